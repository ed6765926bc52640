"""The path of a shared file on its server, as `file.url` of an event names it."""

import re
from urllib.parse import unquote

from shared import limits
from shared.problems import ProblemError, problem

LONGEST = 100 + 12 * limits.FILE_NAME_CHARACTERS
"""Characters; a character of the name is at most 4 bytes, each of them written as `%XX`."""

# The characters of a path segment (RFC 3986, section 3.3).
_PATH = re.compile(
    r"/files/[A-Za-z0-9_-]{1,64}/((?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)"
)


class BadPath(ProblemError):
    """The text is no path of a shared file."""


def checked(url: str) -> str:
    """Return `url` if it is `/files/ID/NAME` and nothing else. Raises `BadPath`.

    A server could otherwise make a client copy, open or request an address of another server.
    """
    found = _PATH.fullmatch(url) if len(url) <= LONGEST else None
    name = unquote(found[1], errors="replace") if found else ""
    if name in ("", ".", "..") or not _is_name(name):
        raise BadPath(problem("bad_url"))
    return url


def _is_name(name: str) -> bool:
    return not any(each in "/\\" or ord(each) < 32 or 127 <= ord(each) < 160 for each in name)
