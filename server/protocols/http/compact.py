"""Writes a module of the browser client with fewer characters, as minifiers do.

Only forms that mean the same are exchanged: brackets that may be left out, one declaration for
several variables, `let` for `const` (nothing assigns to a constant, as eslint checks), `!0` for
`true`. Each statement ends with a semicolon or a brace, so that line breaks mean nothing. A
test compares the syntax trees of the script and its sources.
"""

import re

_MARK = "[\U000f0000-\U000ffffd]"
_FORMS = (
    (re.compile(r"\n(?![\w$+-])|(?<=[;{})\]])\n", re.ASCII), ""),
    # The only parameter of an arrow function needs no brackets; a name or literal neither.
    (re.compile(r"(?<![\w$)\]])\(([\w$]+)\)=>", re.ASCII), r"\1=>"),
    (re.compile(rf"(?<=[=(,:\[{{?&|>;!])\(([A-Za-z_$][\w$]*|{_MARK})\)", re.ASCII), r"\1"),
    (re.compile(r"(\bnew [\w$]+)\(\)(?=[,;)}\]])", re.ASCII), r"\1"),
    (re.compile(r"(?<![\w$.#])true\b(?!:)", re.ASCII), "!0"),
    (re.compile(r"(?<![\w$.#])false\b(?!:)", re.ASCII), "!1"),
    (re.compile(r"(?<![\w$.#])const(?=[ {\[])", re.ASCII), "let"),
    # No space is needed beside a literal, or a sign that has no other next to it.
    (re.compile(rf"(?<=[a-z]) (?={_MARK}|!\d)|(?<={_MARK}) (?=[a-z])"), ""),
    (re.compile(r"(?<![+-]) ([+-]) (?![+-])"), r"\1"),
)
_DECLARATION = re.compile(r"[(\[{]|[)\]}]|(?<![\w$.#])let(?=[ {\[])|;(let(?: |(?=[{\[])))?")


def compacted(code: str) -> str:
    """Return the code of a module in fewer characters.

    Args:
        code: as `bundle.py` makes it, with a character in place of each literal.
    """
    for form, new in _FORMS:
        code = form.sub(new, code)
    return _with_joined_declarations(code)


def _with_joined_declarations(code: str) -> str:
    """Return the code with one declaration in place of several."""
    declares = [False]  # for each open bracket, whether the statement in it is a declaration
    parts: list[str] = []
    end = 0
    for found in _DECLARATION.finditer(code):
        sign = found[0]
        if sign in "([{":
            declares.append(False)
        elif sign in ")]}":
            declares.pop()
        elif sign == "let":
            declares[-1] = True
        elif not found[1]:
            declares[-1] = False
        elif declares[-1]:
            parts += (code[end : found.start()], ",")
            end = found.end()
        else:
            declares[-1] = True
    return "".join([*parts, code[end:]])
