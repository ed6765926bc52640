"""Makes texts safe to draw: every text from outside passes here on its way into a widget.

Separates colour emoji from other text, in Python, because Tcl's regular expressions reject
characters above U+FFFF; replaces emoji by their names where the platform's Xft crashes on them;
closes directional controls at the end of the text that has them. It changes nothing else: the
reader sees the message as it was sent. Lists and labels get right-to-left text in the order in
which Tk has to draw it.
"""

import ctypes
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from client_mvc.text import right_to_left

# Emoji_Presentation=Yes (Unicode emoji-data.txt), with 1F300-1F64F and 1F680-1F6FF whole.
_PICTURE = (
    "[\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693"
    "\u26a1\u26aa\u26ab\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa"
    "\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf"
    "\u2b1b\u2b1c\u2b50\u2b55\U0001f004\U0001f0cf\U0001f18e\U0001f191-\U0001f19a"
    "\U0001f1e6-\U0001f1ff\U0001f201\U0001f21a\U0001f22f\U0001f232-\U0001f236"
    "\U0001f238-\U0001f23a\U0001f250\U0001f251\U0001f300-\U0001f64f\U0001f680-\U0001f6ff"
    "\U0001f7e0-\U0001f7eb\U0001f7f0\U0001f90c-\U0001f9ff\U0001fa70-\U0001faff]"
)
# A picture, any symbol with the emoji selector (VS16), or a keycap; with skin tone and tags.
_ONE = (
    f"(?:[0-9#*]\ufe0f?\u20e3|[^\\s\\w]\ufe0f|{_PICTURE}\ufe0f?)"
    "[\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*"
)
_ZWJ = "\u200d"
_JOINER = re.compile(f"({_ZWJ})")
_EMOJI = re.compile(f"((?:{_ONE}(?:{_ZWJ}{_ONE})*)+)")

_END_OF_ISOLATE = "\u2069"
_OPENERS = {
    **dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c"),  # embeddings and overrides
    **dict.fromkeys("\u2066\u2067\u2068", _END_OF_ISOLATE),  # isolates
}
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

_XFT_DRAWS_COLOUR_SINCE = 20305

type Tags = tuple[str, ...]
type Pieces = list[str | Tags]
"""Text, its tags, text, its tags…: the arguments of `Text.insert` after the index."""


class SafeText:
    """Prepares texts for widgets. `emoji`: this platform can draw colour emoji."""

    def __init__(self, *, emoji: bool) -> None:
        self._emoji = emoji

    def text(self, text: str) -> str:
        """Prepare `text` for a widget that shows line breaks."""
        if text.isascii():
            return text
        if _DIRECTION.search(text):
            text = "\n".join(_closed(line) for line in text.split("\n"))
        # Python reads the bytes of a file name that is not UTF-8 as lone surrogates.
        text = _LONE_SURROGATE.sub("\ufffd", text)
        return text if self._emoji else _EMOJI.sub(_named, text)

    def line(self, text: str) -> str:
        """Prepare `text` for a label, a title or a cell: one line."""
        return self.text(" ".join(text.splitlines()))

    def cell(self, text: str) -> str:
        """Prepare what a member wrote for a cell or a label: one line, in the order of its
        characters on screen.
        """
        return right_to_left.one_line(self.line(text))

    def sentence(self, text: str) -> str:
        """Prepare words of the program, with names in them, for a widget, as `cell` does."""
        return right_to_left.sentence(self.text(text))

    def runs(self, text: str) -> Iterator[tuple[str, bool]]:
        """Split `text` into pieces, in order; True marks a piece that is only emoji."""
        text = self.text(text)
        if text.isascii():
            if text:
                yield text, False
            return
        for number, piece in enumerate(_EMOJI.split(text)):
            # Tk does not join emoji, and the emoji font draws a wide blank for the joiner.
            for part in _JOINER.split(piece) if number % 2 else (piece,):
                if part:
                    yield part, number % 2 == 1 and part != _ZWJ


def emoji_places(text: str) -> Iterator[tuple[int, int]]:
    """Find the emoji in `text`, as (start, end); for a field, whose text must not change."""
    if text.isascii():
        return
    for found in _EMOJI.finditer(text):
        at = found.start()
        for part in found[0].split(_ZWJ):
            yield at, at + len(part)
            at += len(part) + len(_ZWJ)


def xft_draws_emoji() -> bool:
    """Tell whether Tk can draw colour emoji without a crash.

    Xft before 2.3.5 sends a colour glyph in a request that the X server answers with BadLength,
    which ends the program. Other systems than Linux, and a Tk without Xft, are not affected.
    """
    try:
        maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True
    found = re.search(r"\s(/\S*libXft\S*)$", maps, re.MULTILINE)
    if found is None:
        return True
    try:
        version: int = ctypes.CDLL(found[1]).XftGetVersion()
    except (OSError, AttributeError):
        return False
    return version >= _XFT_DRAWS_COLOUR_SINCE


def _closed(line: str) -> str:
    """Close, at the end of `line`, every directional control that it leaves open."""
    waiting: list[str] = []
    isolates = 0  # in `waiting`, which may be long
    for found in _DIRECTION.finditer(line):
        control = found[0]
        if closer := _OPENERS.get(control):
            waiting.append(closer)
            isolates += closer == _END_OF_ISOLATE
        elif control == _END_OF_ISOLATE and isolates:
            # The end of an isolate also ends the controls inside it (UAX #9, X6a).
            while waiting.pop() != control:
                pass
            isolates -= 1
        elif waiting and waiting[-1] == control:
            waiting.pop()
    return line + "".join(reversed(waiting))


def _named(emoji: re.Match[str]) -> str:
    names = (unicodedata.name(character, "") for character in emoji[0])
    return "".join(
        f":{name.lower()}:"
        for name in names
        if name and not name.startswith(("VARIATION", "ZERO WIDTH", "TAG "))
    )
