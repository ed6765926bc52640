"""Joins the modules of the browser client into one script, and its style sheets into one.

Developers have the sources as they are; a worker joins them when it is first asked. Each module
becomes a function: its imports are the parameters, and it returns a list of its exports. Only
the forms that occur in the sources are understood, in the layout of prettier; any other raises
a `BundleError`. Comments are left out, and what means nothing (`compact.py`); local names are
shortened (`short_names.py`). What is needed only at times is imported later, and is a script
of its own.
"""

import posixpath
import re
import string
from collections import Counter
from collections.abc import Mapping

from server.protocols.http.compact import compacted
from server.protocols.http.short_names import shortened

_FIRST = 0xF0000
_MARK = "[\U000f0000-\U000ffffd]"
"""Characters of private use (Unicode): while a file is read, each stands for a literal."""
_TOKENS = {
    # A slash before a space divides; any other starts a regular expression.
    ".js": re.compile(
        r"""(?P<comment> //[^\n]* | /\*.*?\*/ )
        | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*'
        | `(?:[^`\\$] | \\. | \$(?!\{) | \$\{(?:[^`{}] | \{[^`{}]*\} | `[^`]*`)*\})*`
        | (?<![\w$)\]}]) /(?!\s|\*|=[ ])
          (?:[^/\\\[\n] | \\. | \[(?:[^\]\\\n]|\\.)*\])+ /[a-z]*""",
        re.DOTALL | re.VERBOSE,
    ),
    ".css": re.compile(r"""(?P<comment>/\*.*?\*/)|"[^"\n]*"|'[^'\n]*'""", re.DOTALL),
}
_TEMPLATE = re.compile(r"\\.|\$\{(?P<code>(?:[^`{}]|\{[^`{}]*\}|`[^`]*`)*)\}", re.DOTALL)
_UNCLEAR = {".js": re.compile(r"""["'`]|/(?! |\n|= )"""), ".css": re.compile(r"""["']|/\*""")}
_SPACES = {
    ".js": re.compile(r"(?<=[{(\[,;=:?&|>])\n|\n(?=[})\],;:?&|])| ?([{}()\[\],;:=<>?&|!*%]) ?"),
    ".css": re.compile(r"\s*([{},;])\s*"),
}
_IDLE = {
    # A comma at the end of a list, but not one that stands for an element that is left out.
    ".js": re.compile(r"(?<![,(\[]),(?=[)\]}])|;(?=\})"),
    ".css": re.compile(r";(?=\})|(?<=:)\s|(?<![\w.])0(?=\.\d)"),
}
_IMPORT = re.compile(
    rf"\s*(?:import (?:\{{([\w\s,$]+)\}}|\* as ([\w$]+)) from ({_MARK})|export \{{\}});"
)
_NAME = re.compile(r"([\w$]+)(?: as ([\w$]+))?")
_EXPORT = re.compile(r"^export (?=(?:const|class|(?:async )?function) ([\w$]+))", re.MULTILINE)
_ANY_IMPORT = re.compile(rf"^import\b|\bimport\({_MARK}\)", re.MULTILINE)
_LATER = re.compile(rf"\bimport\(({_MARK})\)")
_REFUSED = re.compile(
    r"^export\b(?! (?:const|class|(?:async )?function) [\w$])|(?<=[^\n.\w$#])export\b"
    rf"|(?<![.\w$#])import\b(?!\({_MARK}\))|^(?:(?:const|let) [^=\n]+= )?(?:for )?await\b",
    re.MULTILINE,
)
_SHORT = string.ascii_letters
_PROPERTY = re.compile(r"(?<![\w-])--[a-z][\w-]*")
_STYLE = re.compile(rf"\s*@import ({_MARK});")


class BundleError(ValueError):
    """A source has a form that cannot be joined."""


class _Source:
    """A file without its comments, with a character in place of each literal."""

    def __init__(self, path: str, files: Mapping[str, str]) -> None:
        self.path = path
        self._kind = posixpath.splitext(path)[1]
        self._files = files
        self._literals: list[str] = []
        self.code = _TOKENS[self._kind].sub(self._take, files[path])
        self.refuse(_UNCLEAR[self._kind], "unclear literal")

    def _take(self, found: re.Match[str]) -> str:
        if found["comment"]:
            return "\n" * found[0].count("\n") or " "  # lines keep their numbers
        return self._parts_of(found[0]) if found[0][0] == "`" else self.literal(found[0])

    def literal(self, text: str) -> str:
        """Return the character that stands for a literal, or for a part of one."""
        self._literals.append(text)
        return chr(_FIRST + len(self._literals) - 1)

    def _parts_of(self, template: str) -> str:
        """Return the code in a template, between characters that stand for its text."""
        parts: list[str] = []
        end = 0
        for found in _TEMPLATE.finditer(template):
            if found["code"] is not None:
                parts += (
                    self.literal(template[end : found.start("code")]),
                    _TOKENS[self._kind].sub(self._take, found["code"]),
                )
                end = found.end("code")
        return "".join([*parts, self.literal(template[end:])])

    def refuse(self, form: re.Pattern[str], why: str, start: int = 0) -> None:
        """Raise an error if the code has this form."""
        if found := form.search(self.code, start):
            raise self.error(found.start(), why)

    def error(self, position: int, why: str) -> BundleError:
        """Return an error that names the file, the line and its text."""
        line = self.restored(self.code[:position]).count("\n") + 1
        text = self.restored(self.code[position:].partition("\n")[0])
        return BundleError(f"{self.path}:{line}: {why}: {text[:60]}")

    def target(self, found: re.Match[str], group: int) -> str:
        """Return the path of the file that an import names."""
        name = self.restored(found[group])[1:-1]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), name))
        if path not in self._files or (self._kind == ".js" and not name.startswith(".")):
            raise self.error(found.start(group), "no such file")
        return path

    def small(self, code: str) -> str:
        """Return code with its literals, and without what means nothing."""
        return self.restored(self.squeezed(code))

    def squeezed(self, code: str) -> str:
        """Return code without spaces, commas and semicolons that mean nothing."""
        code = re.sub(r"[ \t]+", " ", re.sub(r"\s*\n\s*", "\n", code)).strip()
        return _IDLE[self._kind].sub("", _SPACES[self._kind].sub(r"\1", code))

    def restored(self, code: str) -> str:
        return re.sub(_MARK, lambda found: self._literals[ord(found[0]) - _FIRST], code)


class _Modules:
    """Joins modules into scripts, each module after those that it imports."""

    def __init__(self, entry: str, files: Mapping[str, str]) -> None:
        self._entry = entry
        self._files = files
        self._exports: dict[str, list[str]] = {}
        self._names: dict[str, str] = {}  # of the joined ones, in the scripts
        self._homes: dict[str, str] = {}  # the script that each is in
        self._lent: dict[str, None] = {}  # names of the first script that others use
        self._later = [entry]  # modules whose scripts are still to be made
        self._script = ""  # the one that is being made, by its path
        self._parts: list[str] = []
        self._borrowed: dict[str, None] = {}

    def scripts(self) -> dict[str, str]:
        """Return the script that begins with the entry, and those imported later."""
        made: dict[str, str] = {}
        for path in self._later:  # grows meanwhile
            made[path] = self._make(path)
        if self._lent:
            made[self._entry] += f"export{{{','.join(self._lent)}}};\n"
        return made

    def _make(self, path: str) -> str:
        source = _Source(path, self._files)
        if path in self._homes:
            raise BundleError(f"{path}: is imported both at once and later")
        if path != self._entry and not _ANY_IMPORT.search(source.code):
            return source.small(source.code)
        self._script, self._parts, self._borrowed = path, [], {}
        self._add(path)
        script = f"const {',\n'.join(self._parts)};\n"
        if path == self._entry:
            return script
        names = ",".join(self._borrowed)
        first = f'import{{{names}}}from"{self._path_to(self._entry)}";\n' if names else ""
        exports = ",".join(self._exports[path])
        return f"{first}{script}export const[{exports}]={self._names[path]};\n"

    def _add(self, path: str) -> None:
        """Join a module, and before it those that it imports."""
        source = _Source(path, self._files)
        self._exports[path] = [one[1] for one in _EXPORT.finditer(source.code)]
        self._homes[path] = self._script
        taken: list[str] = []
        given: list[str] = []
        end = 0
        while found := _IMPORT.match(source.code, end):
            end = found.end()
            if found[3]:
                name = self._name_of_import(source, found)
                exports = self._exports[source.target(found, 3)]
                if found[2]:
                    taken.append(found[2])
                    all_of_it = (f"{one}:{name}[{at}]" for at, one in enumerate(exports))
                    given.append(f"{{{','.join(all_of_it)}}}")
                else:
                    local = {one: new or one for one, new in _NAME.findall(found[1])}
                    names = ",".join(local.get(one, "") for one in exports)
                    taken.append(f"[{names.rstrip(',')}]")
                    given.append(name)
        source.refuse(_REFUSED, "cannot be joined", end)
        body = _LATER.sub(lambda one: self._import_later(source, one), source.code)[end:]
        self._names[path] = name = f"${len(self._names)}"
        function = (
            f"(({','.join(taken)})=>{{{source.squeezed(_EXPORT.sub('', body))}\n"
            f"return[{','.join(self._exports[path])}]}})"
        )
        small = source.restored(compacted(shortened(function)))
        self._parts.append(f"{name}={small}({','.join(given)})")

    def _name_of_import(self, source: _Source, found: re.Match[str]) -> str:
        """Join a module that another imports; return its name in the scripts."""
        path = source.target(found, 3)
        if path not in self._exports:
            self._add(path)
        if path not in self._names:
            raise source.error(found.start(3), "imports itself in a circle")
        if self._homes[path] not in (self._entry, self._script):
            raise source.error(found.start(3), f"is in the script {self._homes[path]}")
        for one in _NAME.finditer(found[1] or ""):
            if one[1] not in self._exports[path]:
                raise source.error(found.start(3), f"{one[1]} is not exported")
        if self._homes[path] != self._script:
            self._lent[self._names[path]] = self._borrowed[self._names[path]] = None
        return self._names[path]

    def _import_later(self, source: _Source, found: re.Match[str]) -> str:
        """Return the import of a module that begins a script of its own."""
        path = source.target(found, 1)
        if path not in self._later:
            self._later.append(path)
        return f"import({source.literal(f'"{self._path_to(path)}"')})"

    def _path_to(self, path: str) -> str:
        """Return the path of another script, as the present one has to name it."""
        there = posixpath.relpath(path, posixpath.dirname(self._script) or ".")
        return there if there.startswith(".") else f"./{there}"


def joined_modules(entry: str, files: Mapping[str, str]) -> dict[str, str]:
    """Join the modules that a module needs.

    A module that another imports only when it needs it (`import("./x.js")`) begins a script of
    its own, with those that it imports and the first script does not have; what that has, it
    takes from there. So each module runs once.

    Args:
        entry: the path of this module, which is in no folder.
        files: all sources, by path.

    Returns:
        The scripts to serve, by the path of the module that each begins with.

    Raises:
        BundleError: if a source has a form that cannot be joined, or would be in two scripts.
    """
    return _Modules(entry, files).scripts()


def joined_styles(entry: str, files: Mapping[str, str]) -> str:
    """Join the style sheets that one imports, which are in its folder, and itself.

    Custom properties get short names, which are the same in all style sheets.

    Args:
        entry: the path of this style sheet.
        files: all sources, by path.

    Raises:
        BundleError: if an import is not at the top, or names no file.
    """
    styles = (text for path, text in files.items() if path.endswith(".css"))
    often = Counter(found for text in styles for found in _PROPERTY.findall(text))
    names = sorted(often, key=lambda name: (-often[name], name))
    short = {name: f"--{new}" for name, new in zip(names, _SHORT, strict=False)}
    return _PROPERTY.sub(
        lambda found: short.get(found[0], found[0]), _joined_style(entry, files)
    )


def _joined_style(entry: str, files: Mapping[str, str]) -> str:
    source = _Source(entry, files)
    parts: list[str] = []
    end = 0
    while found := _STYLE.match(source.code, end):
        end = found.end()
        parts.append(_joined_style(source.target(found, 1), files))
    source.refuse(re.compile("@import"), "cannot be joined", end)
    return "".join([*parts, source.small(source.code[end:])])
