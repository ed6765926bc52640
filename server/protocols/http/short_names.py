"""Shortens the local names of a module of the browser client, as minifiers do.

No scopes are looked up, only which words are variables. A name that the module declares gets
one short name, wherever it stands; two names get the same one only if no function uses both,
and none that uses the one is around one that uses the other. Variables are told from properties
by the characters around them, in the layout that `bundle.py` makes; what is unclear keeps its
name. A module that declares a name cannot use the browser's own of this name. A test compares
the syntax trees of the script and its sources.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import islice, product
from typing import NamedTuple

_TOKEN = re.compile(r"(?P<word>[#\w$]+)|[(\[{]|(?P<end>[)\]},;])", re.ASCII)
_LAST_WORD = re.compile(r"[\w$]+\Z", re.ASCII)
_LETTERS = "etnsraoiclduphmfgbykvwxjzqETSARINCOLDMPHFUBGYVKWXJZQ"
"""The most frequent ones first, which compress best."""
_NAMES = (*_LETTERS, *("".join(two) for two in product(_LETTERS, repeat=2)))
"""More than a module has names."""
_WRITTEN_OUT = 2
"""Characters that `{text:t}` has more than `{text}`."""
_CLASS = re.compile(r"\bclass(?: [\w$]+)?(?: extends [\w$.]+)?\Z", re.ASCII)
_LOOK_BACK = 100
"""The most characters before a brace that are looked at."""
_RESERVED = frozenset(
    (
        "async", "as", "await", "break", "case", "catch", "class", "const", "continue",
        "debugger", "default", "delete", "do", "else", "enum", "export", "extends", "false",
        "finally", "for", "from", "function", "get", "if", "import", "in", "instanceof", "let",
        "new", "null", "of", "return", "set", "static", "super", "switch", "this", "throw",
        "true", "try", "typeof", "var", "void", "while", "with", "yield",
    )
)  # fmt: skip
_BEFORE_DECLARED = frozenset(("const", "let", "var", "function", "class"))
_BEFORE_PATTERN = frozenset(("const", "let", "var"))
_BEFORE_BLOCK = frozenset(("do", "else", "finally", "try"))
_BEFORE_NO_PARAMETERS = frozenset(("for", "if", "switch", "while"))
_BEFORE_METHOD = frozenset(("async", "get", "set", "static"))


class _Bracket(NamedTuple):
    """A bracket that is open, or a function without braces.

    Attributes:
        kind: `(`, `[`, `=>`, or of a brace: `object`, `block`, `class`, or empty if unclear.
        function: the number of the function that it is in; parameters are in theirs.
        declares: it is a pattern or list of parameters, so the names in it are declared.
    """

    kind: str
    function: int
    declares: bool = False


class _Use(NamedTuple):
    """A place of a variable.

    Attributes:
        start: the position of its first character.
        name: its name.
        function: the number of the function that it is in.
        short: it stands for a property of this name and its value, as in `{name}`.
    """

    start: int
    name: str
    function: int
    short: bool


class _Module:
    """The names of one module."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._ends = self._matching()
        self._open = [_Bracket("block", 0)]
        self._body: int | None = None  # of this function a body comes next
        self.outer = [0]
        self.uses: list[_Use] = []
        self.declared: set[str] = set()
        self.private: Counter[str] = Counter()
        for found in _TOKEN.finditer(code):
            if found["word"]:
                self._word(found.start(), found.end(), found[0])
            elif found["end"]:
                self._end(found.end(), found[0])
            else:
                self._open.append(self._bracket(found.start(), found[0]))

    def _matching(self) -> dict[int, int]:
        """Return where each round bracket ends."""
        ends: dict[int, int] = {}
        began: list[int] = []
        for found in re.finditer(r"[()]", self._code):
            if found[0] == "(":
                began.append(found.start())
            else:
                ends[began.pop()] = found.start()
        return ends

    def _before(self, position: int) -> str:
        """Return the word that ends here, or empty."""
        if position < 1 or self._code[position - 1] in "(,[{=:}); ":
            return ""
        found = _LAST_WORD.search(self._code, max(0, position - _LOOK_BACK), position)
        return found[0] if found else ""

    # --- brackets --------------------------------------------------------------------

    def _bracket(self, start: int, character: str) -> _Bracket:
        before = self._code[start - 1] if start else ""
        outer = self._open[-1]
        function, self._body = outer.function if self._body is None else self._body, None
        if character == "(":
            if not self._has_parameters(start):
                return _Bracket("(", function)
            self.outer.append(function)
            return _Bracket("(", len(self.outer) - 1, declares=True)
        nested = outer.declares and before in ("(", "[", "{", ",", ":")
        declares = nested or self._before(start) in _BEFORE_PATTERN
        kind = character if character == "[" else "object"
        if character == "{" and not declares:
            kind = self._brace(start, before)
        return _Bracket(kind, function, declares)

    def _end(self, end: int, character: str) -> None:
        while self._open[-1].kind == "=>":
            self._open.pop()
        if character in ",;":
            return
        ended = self._open.pop()
        if ended.kind != "(" or not ended.declares:
            return
        if self._code.startswith(("{", "=>{"), end):
            self._body = ended.function
        else:
            self._open.append(_Bracket("=>", ended.function))

    def _has_parameters(self, start: int) -> bool:
        after = self._ends[start] + 1
        if self._code.startswith("=>", after):
            return True
        return (
            self._code.startswith("{", after)
            and self._before(start) not in _BEFORE_NO_PARAMETERS
        )

    def _brace(self, start: int, before: str) -> str:
        """Return what a brace begins."""
        if before in (")", ";", "{", "}", "\n") or self._code.startswith("=>", start - 2):
            return "block"
        if before == ":" and self._open[-1].kind == "block":
            statement = re.split(r"[;{}\n]", self._code[max(0, start - _LOOK_BACK) : start])[-1]
            return "block" if re.match(r"case\b|default:", statement) else "object"
        word = self._before(start)
        if not word:
            return "object"
        if word in _BEFORE_BLOCK:
            return "block"
        if _CLASS.search(self._code, max(0, start - _LOOK_BACK), start):
            return "class"
        return "object" if word in _RESERVED else ""

    # --- words -----------------------------------------------------------------------

    def _word(self, start: int, end: int, word: str) -> None:
        if word[0] == "#":
            self.private[word] += 1
            return
        before = self._code[start - 1 : start]
        after = self._code[end : end + 1]
        spread = before == "." and self._code.startswith("...", start - 3)
        if word in _RESERVED or word[0].isdigit() or (before == "." and not spread):
            return
        kind, function, declares = self._open[-1]
        first = before in ("{", ",")
        if kind == "class" and self._is_member(start, before):
            return
        if kind == "object" and self._is_key(start, before, after):
            return
        assigned = after == "=" and self._code[end + 1] not in "=>"
        short = kind == "object" and first and (after in (",", "}") or assigned)
        if not kind and first:
            return  # what is not declared elsewhere keeps its name
        self.uses.append(_Use(start, word, function, short))
        if (
            (declares and (short or spread or before in ("(", "[", ",", ":")))
            or (self._code.startswith("=>", end))
            or (kind == "block" and before == ",")
            or (before == " " and self._before(start - 1) in _BEFORE_DECLARED)
        ):
            self.declared.add(word)

    def _is_member(self, start: int, before: str) -> bool:
        """Whether a word directly in a class names a method or a field."""
        return before in ("{", "}", ";", "\n", "*") or (
            before == " " and self._before(start - 1) in _BEFORE_METHOD
        )

    def _is_key(self, start: int, before: str, after: str) -> bool:
        """Whether a word directly in an object names a property or a method."""
        if before in ("{", ","):
            return after in (":", "(")
        return before == "*" or (
            after == "(" and before == " " and self._before(start - 1) in _BEFORE_METHOD
        )


class _Homes:
    """The functions of a module, and the short names that each has."""

    def __init__(self, outer: list[int]) -> None:
        """Take the number of the function around each; that of the module is 0."""
        self._outer = outer
        self._here: list[set[str]] = [set() for _ in outer]
        self._within: list[set[str]] = [set() for _ in outer]

    def _around(self, function: int) -> list[int]:
        """Return a function and those around it, the outermost last."""
        found = [function]
        while function:
            function = self._outer[function]
            found.append(function)
        return found

    def of(self, functions: set[int]) -> int:
        """Return the innermost function that these are in."""
        first, *others = functions
        shared = self._around(first)
        for one in others:
            around = set(self._around(one))
            shared = [each for each in shared if each in around]
        return shared[0]

    def take(self, home: int, names: Iterable[str]) -> str:
        """Return the first name that nothing within this function has, nor one around it."""
        around = self._around(home)
        used = self._within[home].union(*(self._here[one] for one in around))
        found = next(name for name in names if name not in used)
        self._here[home].add(found)
        for one in around:
            self._within[one].add(found)
        return found


def shortened(code: str) -> str:
    """Return the code of a module with short names for what it declares.

    Args:
        code: an expression without comments and literals, with spaces only where they mean
            something.
    """
    module = _Module(code)
    homes = _Homes(module.outer)
    words = set(re.findall(r"[\w$]+", code, re.ASCII)) | _RESERVED
    functions: dict[str, set[int]] = defaultdict(set)
    for use in module.uses:
        functions[use.name].add(use.function)
    often = Counter(use.name for use in module.uses if use.name in module.declared)
    saved: Counter[str] = Counter()
    for use in module.uses:
        saved[use.name] += -_WRITTEN_OUT if use.short else len(use.name) - 1
    free = list(islice((name for name in _NAMES if name not in words), len(often)))
    new: dict[str, str] = {}
    for name, _ in often.most_common():
        if saved[name] > 0:
            # With its first letter it is the same in most modules, which compresses well.
            first = () if name[0] in words else (name[0],)
            new[name] = homes.take(homes.of(functions[name]), (*first, *free))
    parts: list[str] = []
    end = 0
    for start, name, _, short in module.uses:
        if name in new:
            parts += (code[end:start], f"{name}:" if short else "", new[name])
            end = start + len(name)
    small = "".join([*parts, code[end:]])
    fields = dict(zip((name for name, _ in module.private.most_common()), _NAMES, strict=False))
    return re.sub(r"#[\w$]+", lambda found: f"#{fields[found[0]]}", small) if fields else small
