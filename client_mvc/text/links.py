"""Finds the links in a text. Pure."""

import re
from collections.abc import Iterator

# A link ends before a character that would reorder or hide a part of it.
_URL = re.compile(r"https?://[^\s<>\"\u200b-\u200f\u202a-\u202e\u2066-\u2069]+", re.IGNORECASE)
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_SENTENCE_END = ".,;:!?'*_~…»\N{RIGHT DOUBLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"


def links(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each link, without the punctuation of the sentence around it."""
    for found in _URL.finditer(text):
        start, end = found.span()
        while end > start:
            last = text[end - 1]
            opener = _CLOSERS.get(last)
            unmatched = opener and text.count(opener, start, end) < text.count(last, start, end)
            if last not in _SENTENCE_END and not unmatched:
                break
            end -= 1
        if end > found.start() + len("https://"):
            yield start, end
