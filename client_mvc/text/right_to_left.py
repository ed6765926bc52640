"""Puts Hebrew, Arabic and the like into the order and the forms in which they are drawn. Pure.

Tk draws characters from left to right as they stand, and joins no Arabic letters. The levels of
a paragraph are those of the Unicode Bidirectional Algorithm (UAX #9), by the pure half of
python-bidi, as its faster half mirrors nothing, and by `brackets`. Lines are reordered one by
one (L1, L2).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from unicodedata import bidirectional

from client_mvc.text import brackets

# The blocks that have characters of the classes R and AL.
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\u0870-\u08ff]+")
_LAM, _ALEFS = "\u0644", "\u0622\u0623\u0625\u0627"
# They are kept in the text, but not drawn: marks of direction, and what rule X9 removes.
_UNSEEN = re.compile("[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
# Without numbers and other letters, everything has one level: most paragraphs need no more.
_STRONG = {"R", "AL"}
_ALL_RIGHT = {*_STRONG, "NSM", "WS", "ON", "CS", "ES", "ET"}
# python-bidi is older than isolates.
_ISOLATES = ("LRI", "RLI", "FSI", "PDI")
# What follows a symbol and is drawn with it: skin tones, tags.
_JOINED = re.compile("[\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")

type Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Characters that are drawn as one: a letter and its points, or lam and alef.

    `text` is drawn for those of the paragraph from `start` to `end`, at this level.
    """

    text: str
    start: int
    end: int
    level: int

    @property
    def is_space(self) -> bool:
        """Whether a line may end behind it."""
        return self.text.isspace()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The clusters of a paragraph as it is read; `base` is 1 if it runs from right to left."""

    clusters: tuple[Cluster, ...]
    base: int


def is_needed(text: str) -> bool:
    """Tell whether a text has characters that run from right to left."""
    return not text.isascii() and _RIGHT_TO_LEFT.search(text) is not None


def paragraph(
    text: str, left_to_right: Iterable[Span] = (), base: int | None = None
) -> Paragraph:
    """Split a paragraph into clusters.

    Args:
        text: The paragraph, without line breaks.
        left_to_right: The places of links, which are not reordered.
        base: 0: it runs from left to right; 1: from right to left; None: as its first letter.
    """
    base, levels = _levels(text, left_to_right, base)
    shaped = _shaped(text)
    found: list[tuple[str, int]] = []
    for start, end in _clusters(text):
        drawn = _UNSEEN.sub("", "".join(shaped[start:end]))
        if drawn and start in levels:
            found.append((drawn, start))
    # What is not drawn belongs to what stands in front of it.
    edges = [0, *(start for _drawn, start in found[1:]), len(text)]
    clusters = [
        Cluster(drawn, edges[place], edges[place + 1], levels[start])
        for place, (drawn, start) in enumerate(found)
    ]
    return Paragraph(tuple(clusters), base)


def reordered(line: Sequence[Cluster], base: int) -> list[Cluster]:
    """Return the clusters of a line from left to right, as they are drawn.

    Spaces at the end of the line are left out.
    """
    from bidi import algorithm  # noqa: PLC0415 - 30 ms that most conversations do not need

    end = len(line)
    while end and line[end - 1].is_space:
        end -= 1
    cells: list[dict[str, Any]] = [{"level": each.level, "of": each} for each in line[:end]]
    if not cells:
        return []
    levels = [cell["level"] for cell in cells]
    odd = min((level for level in levels if level % 2), default=max(levels) + 1)
    algorithm.reverse_contiguous_sequence(cells, 0, end - 1, max(levels), odd)
    drawn: list[Cluster] = [cell["of"] for cell in cells]
    return [_drawn(each, algorithm.MIRRORED) for each in drawn]


def one_line(text: str, base: int | None = None) -> str:
    """Return a text as it is drawn in one line; `base` is as in `paragraph`."""
    return placed(text, base=base)[0] if is_needed(text) else text


def sentence(text: str) -> str:
    """Return lines of the program's own words as they are drawn.

    They run from left to right; names in them may run from right to left.
    """
    return "\n".join(one_line(line, base=0) for line in text.split("\n"))


def placed(
    text: str, left_to_right: Iterable[Span] = (), base: int | None = None
) -> tuple[str, tuple[int, ...]]:
    """Return a text as it is drawn in one line, and where each character stands in `text`.

    The arguments are those of `paragraph`.
    """
    whole = paragraph(text, left_to_right, base)
    line = reordered(whole.clusters, whole.base)
    origins = tuple(each.start for each in line for _character in each.text)
    return "".join(each.text for each in line), origins


def _drawn(cluster: Cluster, mirrors: dict[str, str]) -> Cluster:
    """Return a cluster as it is drawn at its level."""
    text = cluster.text
    if not cluster.level % 2:
        return cluster
    if len(text) > 1 and bidirectional(text[0]) in ("R", "AL"):
        # Fonts of these scripts draw points over what follows.
        return replace(cluster, text=text[::-1])
    other = mirrors.get(text)
    return cluster if other is None else replace(cluster, text=other)


def _levels(
    text: str, left_to_right: Iterable[Span], base: int | None
) -> tuple[int, dict[int, int]]:
    """Return the level of the paragraph, and those of the characters that are drawn."""
    classes = set(map(bidirectional, text))
    if base != 0 and classes <= _ALL_RIGHT and not classes.isdisjoint(_STRONG):
        return 1, dict.fromkeys(range(len(text)), 1)
    from bidi import algorithm  # noqa: PLC0415 - see above

    base = algorithm.get_base_level(text) if base is None else base
    storage: dict[str, Any] = algorithm.get_empty_storage()
    storage.update(base_level=base, base_dir="LR"[base])
    algorithm.get_embedding_levels(text, storage)
    cells = storage["chars"]
    for at, cell in enumerate(cells):
        cell["at"] = at
        if cell["type"] in _ISOLATES:
            cell["type"] = "BN"
        elif not cell["type"]:  # newer than this Python
            cell["type"] = "ON"
    for start, end in left_to_right:
        for cell in cells[start:end]:
            cell["type"] = "L"
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    for run in storage["runs"]:
        first = run["start"]
        brackets.resolve(storage["chars"][first : first + run["length"]], run["sor"])
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    # L1: blanks at the end have the level of the paragraph; those of lines are left out.
    return base, {cell["at"]: cell["level"] for cell in storage["chars"]}


def _clusters(text: str) -> Iterable[Span]:
    at = 0
    while at < len(text):
        start, at = at, _past_marks(text, at + 1)
        if text[start] == _LAM and at < len(text) and text[at] in _ALEFS:
            at = _past_marks(text, at + 1)
        yield start, at


def _past_marks(text: str, at: int) -> int:
    while at < len(text) and (bidirectional(text[at]) == "NSM" or _JOINED.match(text[at])):
        at += 1
    return at


def _shaped(text: str) -> list[str]:
    """Return what is drawn for each character: Arabic letters have the form of their place."""
    shaped = list(text)
    for run in _ARABIC.finditer(text):
        drawn = iter(_reshaper().reshape(run[0]))
        forms: list[str] = []
        lam = False  # the last letter is a lam, so that alef is a part of it
        for character in run[0]:
            joined = lam and character in _ALEFS
            forms.append("" if joined else next(drawn, ""))
            if bidirectional(character) != "NSM":
                lam = character == _LAM
        if next(drawn, None) is None:
            shaped[run.start() : run.end()] = forms
    return shaped


@cache
def _reshaper() -> Any:
    from arabic_reshaper import ArabicReshaper  # noqa: PLC0415 - 60 ms, see above

    # One character for each, but lam with alef: no points dropped, no words as one sign.
    options = ("delete_harakat", "delete_tatweel", "support_zwj", "ARABIC LIGATURE ALLAH")
    return ArabicReshaper(dict.fromkeys(options, False))
