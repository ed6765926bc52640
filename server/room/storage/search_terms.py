"""The terms of a text in the search index, and the query for some words.

The terms of a text are the groups of three characters of its words. The index only narrows a
search down, so characters are merged: all but the letters a to z and digits fall into 64
classes. Then the index has at most 101³ terms, each with small numbers, however many letters
the texts have; with each letter by itself, random ideographs took 14 bytes each.
"""

from collections.abc import Sequence
from functools import lru_cache

MOST_TERMS = 4096
"""The terms of one text, at most; a text with more has the one term `MANY`.

The longest messages (8,000 characters) of prose or source code have half as many, so only
random or very long ideographic texts have more. A search looks at these texts themselves.
"""
MOST_ASKED = 512
"""The terms of one query, at most: further ones hardly narrow it down."""
MANY = "many"

_SIZE = 3
_CLASSES = 64
_FIRST_CLASS = 0x100
# Stands behind the last character of a word, so that it ends a term too.
_END = chr(_FIRST_CLASS + _CLASSES)
_PLAIN = "abcdefghijklmnopqrstuvwxyz0123456789"
_SYMBOLS = [*_PLAIN, *(chr(_FIRST_CLASS + number) for number in range(_CLASSES)), _END]
# Letters outside ASCII have terms by themselves, because one of them can be a word.
_FIRST_LETTER = 0x1000
_LETTERS = 0x1000
_MOST_KNOWN = 32_768
# The terms of words up to this length are remembered: people use few words, again and again.
_SHORT = 20


class _Symbol(dict[int, str]):
    """The symbol of each character, for `str.translate`."""

    def __missing__(self, code: int) -> str:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        plain = chr(code) in _PLAIN
        symbol = self[code] = chr(code if plain else _FIRST_CLASS + code % _CLASSES)
        return symbol


_SYMBOL = _Symbol()


def of_text(text: str) -> set[str]:
    """Return the terms of a folded text."""
    terms = set() if text.isascii() else _letters(text)
    for word in set(text.split()):
        terms.update(_of_word(word) if len(word) <= _SHORT else _groups(word))
    return {MANY} if len(terms) > MOST_TERMS else terms


def _groups(word: str) -> tuple[str, ...]:
    symbols = word.translate(_SYMBOL) + _END
    return tuple(symbols[at : at + _SIZE] for at in range(len(symbols) - _SIZE + 1))


_of_word = lru_cache(4096)(_groups)


def query(words: Sequence[str]) -> str | None:
    """Return a query of FTS5 for texts that may have all these words (folded).

    None if it would be every text.
    """
    groups: dict[str, int] = {}
    for word in sorted(words, key=len, reverse=True):
        symbols = word.translate(_SYMBOL)
        for at in range(len(symbols) - _SIZE + 1):
            groups[symbols[at : at + _SIZE]] = 1
        if len(word) < _SIZE:
            groups |= dict.fromkeys(sorted(_letters(word)), 1)
        if len(word) == _SIZE - 1:
            groups[" OR ".join(symbols + last for last in _SYMBOLS)] = len(_SYMBOLS)
    asked, kept = 0, []
    for group, size in groups.items():
        if asked + size <= MOST_ASKED:
            asked += size
            kept.append(f"({group})")
    return f"({' AND '.join(kept)}) OR {MANY}" if kept else None


def _letters(text: str) -> set[str]:
    return {
        chr(_FIRST_LETTER + ord(letter) % _LETTERS) for letter in set(text) if letter > "\x7f"
    }
