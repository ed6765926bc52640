"""The short names of variables in the script that browsers get."""

import pytest

from server.protocols.http.short_names import shortened


@pytest.mark.parametrize(
    ("code", "short"),
    [
        # What is declared here is shortened; properties, keys and what is global are not.
        ("const text=other.text;f(text);", "const a=other.text;f(a);"),
        ("const text=1,more=text;", "const a=1,b=a;"),
        ("const text=1;f({text:text,more:text});", "const a=1;f({text:a,more:a});"),
        ("const text=1;f({text,...text});", "const a=1;f({text:a,...a});"),
        ("const text=1;f(more?text:text,{[text]:2});", "const a=1;f(more?a:a,{[a]:2});"),
        ("const text=1;f(x?.text,x.text.text);", "const a=1;f(x?.text,x.text.text);"),
        ("let text;text??={};text={text};", "let a;a??={};a={text:a};"),
        # Patterns.
        ("const{text,more:other=text}=f();", "const{text:a,more:b=a}=f();"),
        ("const[{text},...rest]=f();rest;text;", "const[{text:a},...b]=f();b;a;"),
        ("for(const[key,value]of all)f(key,value);", "for(const[a,b]of all)f(a,b);"),
        ("f(({text=1},{deep:{more}})=>text+more);", "f(({text:a=1},{deep:{more:b}})=>a+b);"),
        ("let text;[text]=[2];({text}=f());", "let a;[a]=[2];({text:a}=f());"),
        # Functions and classes: methods and fields keep their names.
        ("function call(one,two=one){one(two);}", "function c(a,b=a){a(b);}"),
        ("const f={call(one){one();},get text(){}};", "const f={call(a){a();},get text(){}};"),
        ("f(async(one)=>one,async one=>one);", "f(async(a)=>a,async a=>a);"),
        ("try{f();}catch(error){f(error);}", "try{f();}catch(a){f(a);}"),
        (
            "class Some extends Other{text=1;static b=this.#text;#text=2;async f(x){x(text);}}",
            "class a extends Other{text=1;static b=this.#a;#a=2;async f(x){x(text);}}",
        ),
        ("switch(x){case 1:{const text=1;f(text);}}", "switch(x){case 1:{const a=1;f(a);}}"),
        # Conditions are no parameters.
        ("if(text){f();}while(more){f();}", "if(text){f();}while(more){f();}"),
        # Two functions may have the same name, but not one within the other.
        ("f((one)=>one,(two)=>two);", "f((a)=>a,(a)=>a);"),
        ("f((one)=>(two)=>one+two,three);", "f((a)=>(b)=>a+b,three);"),
        ("const all=(one)=>{f(one);};all((two)=>two);", "const a=(b)=>{f(b);};a((b)=>b);"),
        # A name that the module has in another sense is not taken.
        ("const text=a;f(b.c,text);", "const d=a;f(b.c,d);"),
        ("const text=1;f(a.text);", "const b=1;f(a.text);"),
    ],
)
def test_variables_get_short_names(code: str, short: str) -> None:
    assert shortened(code) == short


def test_a_module_may_have_more_variables_than_letters() -> None:
    names = [f"name{number}" for number in range(100)]
    short = (
        shortened(f"let {','.join(names)};").removeprefix("let ").removesuffix(";").split(",")
    )
    assert len(set(short)) == 100
    assert short[51:54] == ["Z", "aa", "ab"]
    assert "do" not in short
