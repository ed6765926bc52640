"""The short names of variables in the script that browsers get."""

import pytest

from server.protocols.http.short_names import shortened


@pytest.mark.parametrize(
    ("code", "short"),
    [
        # Declared names are shortened; properties, keys and global names are not.
        ("const text=other.text;f(text);", "const t=other.text;f(t);"),
        ("const text=1,more=text;", "const t=1,m=t;"),
        ("const text=1;f({text:text,more:text});", "const t=1;f({text:t,more:t});"),
        ("const text=1;f({text,...text});", "const t=1;f({text:t,...t});"),
        ("const text=1;f(more?text:text,{[text]:2});", "const t=1;f(more?t:t,{[t]:2});"),
        ("const text=1;f(x?.text,x.text.text);", "const t=1;f(x?.text,x.text.text);"),
        ("let text;text??={};text={text};", "let t;t??={};t={text:t};"),
        # Patterns.
        ("const{text,more:other=text}=f();", "const{text:t,more:o=t}=f();"),
        ("const[{text},...rest]=f();rest;text;", "const[{text:t},...r]=f();r;t;"),
        ("for(const[key,value]of all)f(key,value);", "for(const[k,v]of all)f(k,v);"),
        ("f(({text=1},{deep:{more}})=>text+more);", "f(({text:t=1},{deep:{more:m}})=>t+m);"),
        ("let text;[text]=[2];({text}=f());", "let t;[t]=[2];({text:t}=f());"),
        # Functions and classes: methods and fields keep their names.
        ("function call(one,two=one){one(two);}", "function c(o,t=o){o(t);}"),
        ("const f={call(one){one();},get text(){}};", "const f={call(o){o();},get text(){}};"),
        ("f(async(one)=>one,async one=>one);", "f(async(o)=>o,async o=>o);"),
        ("try{f();}catch(error){f(error);}", "try{f();}catch(e){f(e);}"),
        (
            "class Some extends Other{text=1;static b=this.#text;#text=2;async f(x){x(text);}}",
            "class S extends Other{text=1;static b=this.#e;#e=2;async f(x){x(text);}}",
        ),
        ("switch(x){case 1:{const text=1;f(text);}}", "switch(x){case 1:{const t=1;f(t);}}"),
        # Conditions are no parameters.
        ("if(text){f();}while(more){f();}", "if(text){f();}while(more){f();}"),
        # Two functions may have the same name, but not one within the other.
        ("f((one)=>one,(other)=>other);", "f((o)=>o,(o)=>o);"),
        ("f((one)=>(other)=>one+other,b);", "f((o)=>(e)=>o+e,b);"),
        ("const of_=(one)=>{f(one);};of_((two)=>two);", "const o=(e)=>{f(e);};o((t)=>t);"),
        # A name that the module has in another sense is not taken.
        ("const text=t;f(b.e,text);", "const n=t;f(b.e,n);"),
        # A name that is written for a property too, and hardly used, stays.
        ("const{text,more}=f();more;", "const{text,more:m}=f();m;"),
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
    assert short[51:54] == ["Q", "ee", "et"]
    assert "do" not in short
