"""The files of the browser client: read when a worker is first asked, compressed once, kept.

The modules are joined into one script, and the style sheets into one (`bundle.py`), because a
class loads the page at once, and browsers keep no file over a certificate that the server made
itself. All files together have one name, the hash of the whole set, which is part of their
paths. So those who can keep files may do so for ever: another edition has other paths.
"""

import hashlib
import posixpath
import re
import zlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files as package_files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from server.protocols.http.bundle import joined_modules, joined_styles

TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml; charset=utf-8",
    "emoji.txt": "text/plain; charset=utf-8",
}
"""The files that are served, by suffix or name. Pages (`.html`) are templates and no assets."""
EMOJI = "emoji.txt"
ENTRY = "app.js"
STYLES = ("style/style.css", "style/later.css")
_JOINED = (".js", ".css")
_IDLE = re.compile(r"<!--.*?-->|(?<=\n)\s+", re.DOTALL)
_GZIP = 31


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
    """

    def __init__(self, contents: Iterable[tuple[str, bytes]]) -> None:
        """Take paths and contents; those of no type in `TYPES` are left out.

        Raises:
            BundleError: if modules or style sheets cannot be joined.
        """
        files = {path: content.decode() for path, content in contents if _type(path)}
        pages = {path: text for path, text in files.items() if not path.endswith(_JOINED)}
        pages |= joined_modules(ENTRY, files)
        pages |= {path: joined_styles(path, files) for path in STYLES if path in files}
        whole = hashlib.sha256()
        self._files: dict[str, Asset] = {}
        for path, text in sorted(pages.items()):
            digest = hashlib.sha256(text.encode())
            whole.update(f"{path}\0{digest.hexdigest()}\n".encode())
            tag = digest.hexdigest()[:32]
            self._files[path] = Asset(_type(path), tag, compressed(text.encode()))
        self.hash = whole.hexdigest()[:16]

    def get(self, hash: str, path: str) -> Asset | None:
        """Return a file; None if this set has another name, or no such file."""
        return self._files.get(path) if hash == self.hash else None


@cache
def packaged() -> Assets:
    """Return the files of the installed program, and the table of emoji that clients share.

    They are read and joined once in a process.
    """
    emoji = package_files("shared").joinpath(EMOJI).read_bytes()
    return Assets([*_walk(package_files("server").joinpath("web")), (EMOJI, emoji)])


def page(name: str) -> str:
    """Return the text of a page of the installed program, without comments and indentation."""
    text = package_files("server").joinpath("web", name).read_text("utf-8")
    return _IDLE.sub("", text)


def style_source(page: str) -> str:
    """Return the `style-src` of a policy that allows the style of this page, and no other."""
    style = page.partition("<style>")[2].partition("</style>")[0]
    return f"'sha256-{b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"


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


def _type(path: str) -> str:
    return TYPES.get(path) or TYPES.get(posixpath.splitext(path)[1], "")
