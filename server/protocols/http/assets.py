"""The files of the browser client: read at a worker's start, compressed once, kept in memory.

All of them together have one name, the hash of the whole set, which is part of their paths. So
modules can import each other by relative paths, and browsers can keep them for ever: another
edition has other paths. Lines that are comments are sent empty, which spares a quarter; so the
numbers of lines stay right.
"""

import hashlib
import posixpath
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files as package_files
from importlib.resources.abc import Traversable
from typing import NamedTuple

TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml; charset=utf-8",
}
"""The files that are served, by their suffix. Pages (`.html`) are templates and no assets."""
ENTRY = "app.js"
_GZIP = 31
_IMPORT = re.compile(
    r"""^[ ]*(?:import|export)\b [^"'`;()]*? ["'](\.{1,2}/[^"']+)["']""",
    re.MULTILINE | re.VERBOSE,
)


_COMMENTS = {
    ".js": re.compile(rb"^[ \t]*(?://[^\n]*|/\*(?:[^*]|\*(?!/))*\*/[ \t]*)$", re.MULTILINE),
    ".css": re.compile(rb"^[ \t]*/\*(?:[^*]|\*(?!/))*\*/[ \t]*$", re.MULTILINE),
}


class Asset(NamedTuple):
    """A file.

    Attributes:
        type: its `Content-Type`.
        tag: the hash of its content.
        body: its content, in gzip.
    """

    type: str
    tag: str
    body: bytes

    def plain(self) -> bytes:
        """Return the content for a client that does not understand gzip."""
        return zlib.decompress(self.body, _GZIP)


class Assets:
    """A set of files.

    Attributes:
        hash: the name of the set.
        modules: the paths of the modules that the page needs at once.
    """

    def __init__(self, contents: Iterable[tuple[str, bytes]]) -> None:
        """Take paths and contents; those of no type in `TYPES` are left out."""
        whole = hashlib.sha256()
        imports: dict[str, list[str]] = {}
        self._files: dict[str, Asset] = {}
        for path, source in sorted(contents):
            suffix = posixpath.splitext(path)[1]
            if (type := TYPES.get(suffix)) is None:
                continue
            comments = _COMMENTS.get(suffix)
            content = without_comments(source, comments) if comments else source
            digest = hashlib.sha256(content)
            whole.update(f"{path}\0{digest.hexdigest()}\n".encode())
            self._files[path] = Asset(type, digest.hexdigest()[:32], compressed(content))
            if path.endswith(".js"):
                imports[path] = list(_imports(path, content.decode()))
        self.hash = whole.hexdigest()[:16]
        self.modules = _reached(ENTRY, imports)

    def get(self, hash: str, path: str) -> Asset | None:
        """Return a file; None if this set has another name, or no such file."""
        return self._files.get(path) if hash == self.hash else None


def packaged() -> Assets:
    """Return the files of the installed program."""
    return Assets(_walk(package_files("server").joinpath("web")))


def page(name: str) -> str:
    """Return the text of a page of the installed program."""
    return package_files("server").joinpath("web", name).read_text("utf-8")


def without_comments(source: bytes, comments: re.Pattern[bytes] = _COMMENTS[".js"]) -> bytes:
    """Return a source in which the lines that are comments are empty.

    Lines in a template literal stay, whatever they look like.
    """
    kept: list[bytes] = []
    start = ticks = 0
    for found in comments.finditer(source):
        before = source[start : found.start()]
        ticks += before.count(b"`")
        line = found[0]
        kept += [before, line if ticks % 2 else b"\n" * line.count(b"\n")]
        start = found.end()
        if ticks % 2:
            ticks += line.count(b"`")
    return b"".join([*kept, source[start:]])


def compressed(content: bytes) -> bytes:
    """Return the content in gzip; the same content gives the same bytes."""
    packer = zlib.compressobj(9, wbits=_GZIP)
    return packer.compress(content) + packer.flush()


def _walk(folder: Traversable, path: str = "") -> Iterator[tuple[str, bytes]]:
    for one in folder.iterdir():
        if one.is_dir():
            yield from _walk(one, f"{path}{one.name}/")
        else:
            yield f"{path}{one.name}", one.read_bytes()


def _imports(path: str, source: str) -> Iterator[str]:
    """Return the modules that a module imports when it is loaded (`import … from`)."""
    for found in _IMPORT.finditer(source):
        yield posixpath.normpath(posixpath.join(posixpath.dirname(path), found[1]))


def _reached(entry: str, imports: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the modules that `entry` needs, itself first."""
    found: dict[str, None] = {}
    waiting = [entry]
    while waiting:
        path = waiting.pop()
        if path in imports and path not in found:
            found[path] = None
            waiting += reversed(list(imports[path]))
    return list(found)
