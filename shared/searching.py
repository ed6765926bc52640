"""The meaning of a search, the same on both sides: words, folded (`shared.folding`).

An event matches when each word of the query stands somewhere in the message text (or the name
of the shared file) or in the sender's name, also within a longer word: so nothing depends on
where a script puts its spaces.
"""

import re
from collections.abc import Iterable, Iterator

from shared import limits, texts
from shared.folding import fold, fold_parts
from shared.messages import AnyEvent, File, Said, Shared
from shared.problems import problem


def words(query: str) -> tuple[str, ...]:
    """Return the words to look for, folded. Raises `texts.BadText`."""
    if len(query) > limits.SEARCH_CHARACTERS:
        raise texts.BadText(problem("too_long", "search", most=limits.SEARCH_CHARACTERS))
    found = tuple(dict.fromkeys(fold(texts.tidy(query)).split())) if query else ()
    if not found:
        raise texts.BadText(problem("empty", "search"))
    return found


def searched(event: AnyEvent) -> str:
    """Return the folded text that a search looks at; empty if there is none."""
    match event:
        case Said(name=name, text=text) if not event.deleted:
            return fold(f"{name}\n{text}")
        case Shared(name=name, file=File() as file):
            return fold(f"{name}\n{file.name}")
        case _:
            return ""


def matches(words: Iterable[str], text: str) -> bool:
    """Return whether each of these words is in `text` (both folded)."""
    return bool(text) and all(word in text for word in words)


def places(phrase: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each place of `phrase` (folded) in `text` (not folded)."""
    if not phrase:
        return
    if text.isascii():
        folded = fold(text)  # as long as the text
        for found in re.finditer(re.escape(phrase), folded):
            yield found.span()
        return
    parts = fold_parts(text)
    origin = [place for place, part in enumerate(parts) for _ in part]
    for found in re.finditer(re.escape(phrase), "".join(parts)):
        yield origin[found.start()], origin[found.end() - 1] + 1
