"""The rules for texts. Of a message, nothing but line ends is ever changed."""

import re

from shared import limits
from shared.problems import ProblemError, problem

# Category Cc without line feed and tab.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class BadText(ProblemError):
    """The text cannot be sent."""


def tidy(text: str) -> str:
    """Return `text` with its line ends as line feeds. Raises `BadText`."""
    text = _line_feeds(text)
    if not text:
        raise BadText(problem("empty", "text"))
    if len(text) > limits.TEXT_CHARACTERS:
        raise BadText(problem("too_long", "text", most=limits.TEXT_CHARACTERS, have=len(text)))
    return _without_control(text)


def one_line(text: str) -> str:
    """Return a topic or a reason: white space becomes single spaces. Raises `BadText`."""
    return " ".join(_without_control(_line_feeds(text)).split())


def _without_control(text: str) -> str:
    # Nearly every text is printable, and `isprintable` is much faster than the search.
    if not text.isprintable() and (found := _CONTROL.search(text)):
        codepoint = f"{ord(found[0]):04X}"
        raise BadText(problem("bad_request", "control_character", codepoint=codepoint))
    return text


def defuse(text: str, instead: str = "\N{REPLACEMENT CHARACTER}") -> str:
    """Make `text` from a file or a clipboard safe to show.

    Its line ends become line feeds, and each control character becomes `instead`.
    """
    return _CONTROL.sub(instead, _line_feeds(text))


def _line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
