"""The script and the style sheet that browsers get, joined from the sources."""

import json
import subprocess
from pathlib import Path

import pytest

from server.protocols.http import assets
from server.protocols.http.assets import ENTRY, STYLES
from server.protocols.http.bundle import BundleError, joined_modules, joined_styles

SAME_PROGRAM = Path(__file__).with_name("same_program.mjs")
WEB = Path(assets.__file__).parents[2] / "web"
SOURCES = {
    one.relative_to(WEB).as_posix(): one.read_text("utf-8")
    for one in WEB.rglob("*")
    if one.suffix in (".js", ".css")
}


def joined(**files: str) -> str:
    """Join app.js and others, the paths of which have `__` for `/`."""
    named = {f"{name.replace('__', '/')}.js": text for name, text in files.items()}
    return joined_modules("app.js", named)["app.js"]


def run(script: str) -> str:
    """Run a script; return what it logs."""
    done = subprocess.run(
        ["node", "--input-type=module", "-"],
        check=True, capture_output=True, text=True, timeout=60, input=script,
    )  # fmt: skip
    return done.stdout


def test_modules_become_functions_in_the_order_in_which_they_need_each_other() -> None:
    script = joined(
        app='import { a, b as c } from "./x/a.js";\nimport * as d from "./d.js";\na(c, d.e);\n',
        x__a=(
            '/** A. @module */\nimport {\n  e,\n} from "../d.js";\n\n'
            "export const b = e;\nexport async function a() {}\n"
        ),
        d="export class e {}\n",
        unused="never();\n",
    )
    assert script.splitlines() == [
        "const $0=(()=>{class e{}return[e]})(),",
        "$1=(([e])=>{let b=e;async function a(){}return[b,a]})($0),",
        "$2=(([c,a],d)=>{a(c,d.e);return[]})($1,{e:$0[0]});",
    ]  # fmt: skip


def test_a_module_that_is_imported_later_stays_a_file() -> None:
    files = {
        "app.js": 'import { go } from "./x/go.js";\ngo();\n',
        "x/go.js": 'export const go = () => import("./late.js");\n',
        "x/late.js": "/** @import {T} from './t.js' */\n\nexport default { a: 1 };\n",
    }
    sent = joined_modules("app.js", files)
    assert sent.keys() == {"app.js", "x/late.js"}
    assert 'import("./x/late.js")' in sent["app.js"]
    assert sent["x/late.js"] == "export default{a:1};"


@pytest.mark.parametrize(
    ("source", "sent"),
    [
        ("/** What it is. */\nlet a = 1; // one\n", "let a=1;"),
        ("  // a line\n  /*\n   * many\n   **/  \nb();\n", "b();"),
        ("f(/** @type {A} */ (a).b, /* c */ d);", "f(a.b,d);"),
        ("const u = 'https://a/*';\n// x", "let u='https://a/*';"),
        ("t = `a\n  // kept\n/* kept  */\n`;\n// gone\n", "t=`a\n  // kept\n/* kept  */\n`;"),
        ("// a `tick`\n// another `\nt = `\n// kept`;", "t=`\n// kept`;"),
        (
            "t = `${a ? `// ${b}` : {}} \\` ${'x'}  y`;",
            "t=`${a?`// ${b}`:{}} \\` ${'x'}  y`;",
        ),
        ('s = "a \\" // b" + \'"\';', 's="a \\" // b"+\'"\';'),
        ("a\n / b / c;\nd /= 2;\ne = f /\n  g;", "a/ b / c;d /=2;e=f /\ng;"),
        ("r = /[/*] \"\\//g;\ns(/=/, /'/u);", "r=/[/*] \"\\//g;s(/=/,/'/u);"),
        ("if (/`/.test(a)) return /\\s  x/;", "if(/`/.test(a))return/\\s  x/;"),
        ("a = b\n  ? c\n  : d;\ne\n  .f();\ng++;\n++h;", "a=b?c:d;e.f();g++;++h;"),
        (
            "i = j - -k + +l;\nclass A {\n  #m = 1;\n}\nn();",
            "i=j - -k + +l;class A{#e=1}n();",
        ),
        ("const b = (c) => {\n  return;\n};\n", "let b=c=>{return};"),
    ],
)
def test_comments_and_spaces_are_not_sent(source: str, sent: str) -> None:
    assert joined(app=source) == f"const $0=(()=>{{{sent}return[]}})();\n"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('import a from "./a.js";', "cannot be joined"),
        ('import a, { b } from "./a.js";', "cannot be joined"),
        ('import "./a.js";', "cannot be joined"),
        ('import { "b" as c } from "./a.js";', "cannot be joined"),
        ('import { b } from "./a.js" with { type: "json" };', "cannot be joined"),
        ('a();\nimport { b } from "./a.js";', "cannot be joined"),
        ('import { b } from "./nothing.js";', "no such file"),
        ('import { b } from "a.js";', "no such file"),
        ('import { b } from "https://example.org/a.js";', "no such file"),
        ('import { b, c } from "./a.js";', "c is not exported"),
        ('import { c } from "./circle.js";', "in a circle"),
        ("export default 1;", "cannot be joined"),
        ("export let a = 1;", "cannot be joined"),
        ("export var a = 1;", "cannot be joined"),
        ("export const { a } = b;", "cannot be joined"),
        ("export function* a() {}", "cannot be joined"),
        ("export { a };", "cannot be joined"),
        ("export { a as b };", "cannot be joined"),
        ('export { b } from "./a.js";', "cannot be joined"),
        ('export * from "./a.js";', "cannot be joined"),
        ("  export const a = 1;", "cannot be joined"),
        ("a(); export const b = 1;", "cannot be joined"),
        ("a(import.meta.url);", "cannot be joined"),
        ("import(name);", "cannot be joined"),
        ('import("./nothing.js");', "no such file"),
        ("await a();", "cannot be joined"),
        ("const a = await b();", "cannot be joined"),
        ("for await (const a of b) c();", "cannot be joined"),
        ("a = b/c;", "unclear literal"),
        ("a = (b)/c/d;", "unclear literal"),
        ("a = 'b", "unclear literal"),
        ("a = `${{ b: { c: {} } }}`;", "unclear literal"),
        ("/* never closed", "unclear literal"),
    ],
)
def test_another_form_is_an_error_with_file_and_line(line: str, why: str) -> None:
    number = 5 + line.count("\n")
    source = f"/**\n * Two\n */\nimport {{ b as first }} from './a.js'; // `\n{line}\n"
    a = "export const b = 1, c = 2;\n"
    with pytest.raises(BundleError) as refused:
        joined(
            app='import { d } from "./x/d.js";\n',
            x__d=source + "export const d = 1;\n",
            x__a=a,
            x__circle='import { d } from "./d.js";\nexport const c = d;\n',
        )
    where = "x/circle.js:1" if why == "in a circle" else f"x/d.js:{number}"
    assert str(refused.value).startswith(f"{where}: ")
    assert why in str(refused.value)


LATER = {
    "app.js": (
        'import { log } from "./b/log.js";\nimport { word } from "./b/word.js";\n'
        'void import("./b/late.js").then(({ run }) => log(run(word)));\n'
    ),
    "b/log.js": "export const log = (text) => console.log(text);\nlog('once');\n",
    "b/word.js": "export const word = 'a';\n",
    "b/late.js": (
        'import { log } from "./log.js";\nimport { twice } from "../c/twice.js";\n'
        "log('late');\nexport const run = (text) => twice(text);\n"
    ),
    "c/twice.js": "export const twice = (text) => text + text;\n",
}


def test_a_script_that_is_imported_later_takes_what_the_first_one_has() -> None:
    sent = joined_modules("app.js", LATER)
    assert sent.keys() == {"app.js", "b/late.js"}
    assert sent["app.js"].endswith("export{$0};\n")
    assert sent["b/late.js"].startswith('import{$0}from"../app.js";\n')
    assert sent["b/late.js"].endswith("export const[run]=$4;\n")
    assert "twice" not in sent["app.js"]


@pytest.mark.node
def test_each_module_of_later_scripts_runs_once(tmp_path: Path) -> None:
    for path, text in joined_modules("app.js", LATER).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}', "utf-8")
    done = subprocess.run(
        ["node", tmp_path / "app.js"], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "once\nlate\naa\n"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"app.js": 'import "./b/log.js";\n'}, "cannot be joined"),
        (
            {"app.js": 'import { log } from "./b/log.js";\nimport("./b/log.js");\n'},
            "both at once and later",
        ),
        (
            {
                "app.js": 'import("./b/late.js");\nimport("./b/other.js");\n',
                "b/other.js": 'import { twice } from "../c/twice.js";\n',
            },
            r"is in the script b/late\.js",
        ),
    ],
)
def test_no_module_is_in_two_scripts(more: dict[str, str], why: str) -> None:
    with pytest.raises(BundleError, match=why):
        joined_modules("app.js", LATER | more)


def test_style_sheets_are_joined_in_their_order() -> None:
    files = {
        "s/all.css": '/* All. */\n@import "b.css";\n@import "a.css";\n\np {\n  top: 0;\n}\n',
        "s/a.css": 'a::before,\na :hover {\n  content: "  /* ; */ ";\n}\n',
        "s/b.css": "@media (width > 3em) and print {\n  b { margin: 0.5px 10.5px -0.2em }\n}\n",
        "s/c.css": ":root {\n  --one: 1;\n  --two: var(--one);\n}\n.c--one {\n}\n",
    }
    assert joined_styles("s/all.css", files) == (
        "@media (width > 3em) and print{b{margin:.5px 10.5px -.2em}}"
        'a::before,a :hover{content:"  /* ; */ "}p{top:0}'
    )
    assert joined_styles("s/c.css", files) == ":root{--a:1;--b:var(--a)}.c--one{}"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('@import "nothing.css";', "no such file"),
        ("@import url(a.css);", "cannot be joined"),
        ('@import "a.css" print;', "cannot be joined"),
        ('p {}\n@import "a.css";', "cannot be joined"),
        ("p { content: 'a }", "unclear literal"),
        ("/* never closed", "unclear literal"),
    ],
)
def test_another_style_sheet_is_an_error_with_file_and_line(line: str, why: str) -> None:
    number = 3 + line.count("\n")
    with pytest.raises(BundleError, match=rf"^s/b\.css:{number}: .*{why}"):
        joined_styles("s/b.css", {"s/b.css": f"/*\n*/\n{line}\n", "s/a.css": ""})


def test_the_sources_can_be_joined() -> None:
    sent = joined_modules(ENTRY, SOURCES)
    assert sent.keys() >= {ENTRY, "i18n/de.js", "i18n/de_problems.js"}
    styles = "".join(joined_styles(path, SOURCES) for path in STYLES)
    assert styles.count("{") == sum(
        text.count("{") for path, text in SOURCES.items() if path.endswith(".css")
    )


@pytest.mark.node
def test_browsers_get_the_same_program_as_developers() -> None:
    """Both have the same syntax trees, but for imports, exports and local names."""
    sent = joined_modules(ENTRY, SOURCES)
    done = subprocess.run(
        ["node", SAME_PROGRAM],
        check=False, capture_output=True, text=True, timeout=60,
        input=json.dumps({"sources": SOURCES, "sent": sent, "entry": ENTRY}),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    modules = sum("export " in text for path, text in SOURCES.items() if path.endswith(".js"))
    assert int(done.stdout) > modules - 10, "most modules are compared"


@pytest.mark.node
def test_a_joined_program_does_what_the_modules_do() -> None:
    script = joined(
        app=(
            'import { count, Name as Called } from "./a.js";\nimport * as b from "./b.js";\n'
            "console.log(new Called().text, count(), count(), Object.keys(b), b.now());\n"
        ),
        a=(
            'import { now } from "./b.js";\nlet calls = 0;\n'
            "export const count = () => ++calls + now();\n"
            "export class Name {\n  text = `// ${calls} \n/**/`;\n}\n"
        ),
        b="export function now() {\n  return d;\n}\nconst d = 10;\nexport const c = 1;\n",
    )
    assert run(script) == "// 0 \n/**/ 11 12 [ 'now', 'c' ] 10\n"
