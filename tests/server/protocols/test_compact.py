"""The forms with fewer characters in the script that browsers get."""

import pytest

from server.protocols.http.compact import compacted

MARK = "\U000f0000"


@pytest.mark.parametrize(
    ("code", "small"),
    [
        # Declarations, one after another in the same block, become one.
        ("const a=1;const b=2;let c;f();let d;", "let a=1,b=2,c;f();let d;"),
        ("const{a}=b;const[c]=d;const e=f;", "let{a}=b,[c]=d,e=f;"),
        ("const a=()=>{f();const b=1};const c=2", "let a=()=>{f();let b=1},c=2"),
        ("const a=1;if(b){f()}const c=2;", "let a=1;if(b){f()}let c=2;"),
        ("for(const a of b)f(a);const c=2;", "for(let a of b)f(a);let c=2;"),
        ("for(let a=1;a<2;a++);let b;", "for(let a=1;a<2;a++);let b;"),
        ("const a=1;letter=2;constant=a.let;", "let a=1;letter=2;constant=a.let;"),
        # Line breaks, after statements that end.
        ("function f(){}\nif(a)\nb\n.c();\nelse\nd", "function f(){}if(a)b.c();else\nd"),
        ("a=MARK\nb", "a=MARK\nb"),
        # Truth.
        ("f(true,{false:false});return true;", "f(!0,{false:!1});return!0;"),
        ("a.true=is_true;", "a.true=is_true;"),
        # Brackets around one name or literal.
        ("f((a)=>b,async(a)=>b);", "f(a=>b,async(a)=>b);"),
        ("f((a,b)=>c,([a])=>b,()=>a);", "f((a,b)=>c,([a])=>b,()=>a);"),
        ("const f=(a)=>(b)=>(c);", "let f=a=>b=>c;"),
        ("f({a:(b),c:(MARK)},(24).d,(a)(b));", "f({a:b,c:MARK},(24).d,a(b));"),
        ("a={f(b){},[c](d){}};if(e)g();", "a={f(b){},[c](d){}};if(e)g();"),
        ("f(new A(),new B().c());d=new E();", "f(new A,new B().c());d=new E;"),
        # Spaces.
        ("return MARK;a=MARK in b;return a;", "returnMARK;a=MARKin b;return a;"),
        ("a=b + c - d;e=f + +g - -h;i=j-- - k;", "a=b+c-d;e=f + +g - -h;i=j-- - k;"),
    ],
)
def test_code_gets_shorter(code: str, small: str) -> None:
    assert compacted(code.replace("MARK", MARK)) == small.replace("MARK", MARK)
