"""What a person's search means, the same on both sides: words, whatever their case and marks.

An event is found when each word of the query stands somewhere in what was said (or the name
of the file that was shared) or in the speaker's name, also within a longer word: so nothing
depends on where a script puts its spaces. Knows no index and no window.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from shared import limits, texts
from shared.messages import Event, Said, Shared

# Voicing marks (class 8) and viramas (9) tell one letter from another; points, accents and
# tones (10 and up) are what people leave out.
_LEFT_OUT = 10


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    kept = "".join(
        part
        for part in parts
        if unicodedata.combining(part) < _LEFT_OUT
        and unicodedata.category(part) != "Cf"
        and not "\ufe00" <= part <= "\ufe0f"
    )
    return unicodedata.normalize("NFC", kept)


def fold(text: str) -> str:
    """`text` without case, accents, and what does not show: café, CAFÉ and cafe are one."""
    if text.isascii():
        return text.lower()
    plain = "".join(map(_plain, unicodedata.normalize("NFC", text)))
    return unicodedata.normalize("NFC", plain)


def words(query: str) -> tuple[str, ...]:
    """The words to look for, folded. Raises `texts.BadText`."""
    if len(query) > limits.SEARCH_CHARACTERS:
        raise texts.BadText(
            "too_long", f"A search has at most {limits.SEARCH_CHARACTERS} characters."
        )
    found = tuple(dict.fromkeys(fold(texts.tidy(query)).split()))
    if not found:
        raise texts.BadText("empty", "There is no word to search for.")
    return found


def searched(event: Event) -> str:
    """What of an event is searched, folded; empty for one that is never found."""
    match event:
        case Said(name=name, text=text):
            return fold(f"{name}\n{text}")
        case Shared(name=name, file=file):
            return fold(f"{name}\n{file.name}")
        case _:
            return ""


def matches(words: Iterable[str], text: str) -> bool:
    """Whether each of these words is in `text` (both folded)."""
    return bool(text) and all(word in text for word in words)


def places(phrase: str, text: str) -> Iterator[tuple[int, int]]:
    """Where `phrase` (folded, as a whole) stands in `text` (as it is): start and end."""
    if not phrase:
        return
    if text.isascii():
        for found in re.finditer(re.escape(phrase), text.lower()):
            yield found.span()
        return
    parts = [_plain(character) for character in text]
    origin = [place for place, part in enumerate(parts) for _ in part]
    for found in re.finditer(re.escape(phrase), "".join(parts)):
        yield origin[found.start()], origin[found.end() - 1] + 1
