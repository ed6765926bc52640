"""Which texts can be said. Nothing but line ends is ever changed. Knows no member."""

import re

from shared import limits
from shared.messages import ErrorCode

# Category Cc without line feed and tab.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class BadText(ValueError):
    """A text that cannot be said; `code` is that of the protocol's `error`."""

    def __init__(self, code: ErrorCode, reason: str) -> None:
        super().__init__(reason)
        self.code: ErrorCode = code
        self.reason = reason


def tidy(text: str) -> str:
    """`text` with its line ends as line feeds. Raises `BadText`."""
    text = _line_feeds(text)
    if not text:
        raise BadText("empty", "There is nothing to say in an empty text.")
    if len(text) > limits.TEXT_CHARACTERS:
        raise BadText(
            "too_long",
            f"A message has at most {limits.TEXT_CHARACTERS} characters, this one {len(text)}.",
        )
    # Nearly every text is printable, which is told much faster.
    if not text.isprintable() and (found := _CONTROL.search(text)):
        raise BadText(
            "bad_request", f"The text has a control character, U+{ord(found[0]):04X}."
        )
    return text


def defuse(text: str, instead: str = "\N{REPLACEMENT CHARACTER}") -> str:
    """`text` from elsewhere (a file, a clipboard), safe to show: its line ends as line feeds,
    and `instead` for each control character.
    """
    return _CONTROL.sub(instead, _line_feeds(text))


def _line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
