"""Finds the links in a text. Pure."""

import re
from collections.abc import Iterator

# A link ends before a character that would reorder or hide a part of it.
_URL = re.compile(r"https?://[^\s<>\"\u200b-\u200f\u202a-\u202e\u2066-\u2069]+", re.IGNORECASE)
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_SENTENCE_END = ".,;:!?'*_~…»\N{RIGHT DOUBLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"


def links(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each link, without the punctuation of the sentence around it.

    The time grows with the length of the text only: a text may come from anybody.
    """
    for found in _URL.finditer(text):
        start, end = found.span()
        end = _without_punctuation(text, start, end)
        if end > start + len("https://"):
            yield start, end


def _without_punctuation(text: str, start: int, end: int) -> int:
    unmatched: dict[str, int] = {}  # of each closing bracket; counted once
    while end > start:
        last = text[end - 1]
        if opener := _CLOSERS.get(last):
            if last not in unmatched:
                closers = text.count(last, start, end)
                unmatched[last] = closers - text.count(opener, start, end)
            if unmatched[last] <= 0:
                break
            unmatched[last] -= 1
        elif last not in _SENTENCE_END:
            break
        end -= 1
    return end
