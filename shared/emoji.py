"""The emoji: which texts are one, and how people find them by name.

`emoji.txt` has the table; browsers load the same file. It is read when it is needed first.
"""

from bisect import bisect
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from itertools import accumulate
from typing import NamedTuple

from shared.folding import fold

USUAL = ("👍", "❤️", "😂", "🎉", "😮", "👀")
"""Those to offer first as reactions."""
_TONES = {chr(point) for point in range(0x1F3FB, 0x1F400)}
_AS_EMOJI = "\N{VARIATION SELECTOR-16}"
_JOINER = "\N{ZERO WIDTH JOINER}"
_PAIRS = (
    "🫱‍🫲", "🧑‍🐰‍🧑", "👨‍🐰‍👨", "👩‍🐰‍👩", "🧑‍\U0001faef‍🧑", "👨‍\U0001faef‍👨", "👩‍\U0001faef‍👩",
    "👩‍🤝‍👩", "👩‍🤝‍👨", "👨‍🤝‍👨", "🧑‍❤️‍💋‍🧑", "🧑‍❤️‍🧑",
)  # fmt: skip
"""What an emoji of two people is where each has a skin tone of its own; without, it is another
one ("👫")."""
_SECOND = "🧑👨👩🫲"


class Emoji(NamedTuple):
    """An emoji; `names` in English, `local` in German, each with the usual name first.

    `group` is the place of its kind in Unicode's order (0: smileys). `toned`: it comes in skin
    tones, too.
    """

    emoji: str
    group: int
    toned: bool
    names: tuple[str, ...]
    local: tuple[str, ...]


@cache
def table() -> tuple[Emoji, ...]:
    """Return all emoji, in Unicode's order, without skin tones."""
    text = resources.files("shared").joinpath("emoji.txt").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("# "))
    return tuple(
        Emoji(emoji, int(group), bool(toned), tuple(names.split(",")), tuple(local.split(",")))
        for emoji, group, toned, names, local in rows
    )


@cache
def _by_form() -> dict[str, str]:
    return {_bare(one.emoji): one.emoji for one in table()}


@cache
def _toned() -> dict[str, str]:
    """Return the emoji that come in skin tones, as they are without them."""
    forms = *(one.emoji for one in table() if one.toned), *_PAIRS
    return {_bare(form): form for form in forms}


def _bare(text: str) -> str:
    return "".join(each for each in text if each not in _TONES and each != _AS_EMOJI)


def whole(text: str) -> str | None:
    """Return the one emoji (RGI) that `text` is, fully qualified; None if it is none or more.

    The form without a variation selector that some keyboards give counts as well.
    """
    tones = [each for each in text if each in _TONES]
    found = (_toned() if tones else _by_form()).get(_bare(text))
    if found is None or not tones:
        return found
    first, *rest = found.split(_JOINER)
    people = 2 if rest and rest[-1] in _SECOND else 1
    if len(tones) != people or (found in _PAIRS and tones[0] == tones[1]):
        return None
    if people > 1:
        rest[-1] += tones[1]
    toned = _JOINER.join([first.replace(_AS_EMOJI, "") + tones[0], *rest])
    return toned if toned.replace(_AS_EMOJI, "") == text.replace(_AS_EMOJI, "") else None


def find(words: str, *, german: bool = False) -> Sequence[Emoji]:
    """Return the emoji that each word names, those with that very name first.

    Without words all, in Unicode's order.
    """
    wanted = fold(words).replace("_", " ").replace(":", " ").split()
    if not wanted:
        return table()
    index = _index(german)
    places = set.intersection(*(set(index.places(word)) for word in wanted))
    ranked = []
    for place in places:
        one = table()[place]
        rank = max(_rank(index.names(place), word) for word in wanted)
        ranked.append((one.emoji not in USUAL, rank, place, one))
    ranked.sort(key=lambda each: each[:3])
    return [one for *_order, one in ranked]


class _Index(NamedTuple):
    """The folded names of all emoji as one text, with a line break around each name.

    `starts` are the places in it where the names of each emoji begin, and its end.
    """

    text: str
    starts: tuple[int, ...]

    def places(self, word: str) -> Iterator[int]:
        """Yield the place in the table of each emoji with a name that has a word begin so."""
        for begin in (f"\n{word}", f" {word}"):
            at = self.text.find(begin)
            while at >= 0:
                following = bisect(self.starts, at)
                yield following - 1
                at = self.text.find(begin, self.starts[following])

    def names(self, place: int) -> str:
        """Return the names of an emoji."""
        return self.text[self.starts[place] : self.starts[place + 1]]


@cache
def _index(german: bool) -> _Index:
    """Fold all names: that takes longer than to search them, so it is done once."""
    texts = [
        "".join(f"\n{fold(name).replace('_', ' ')}" for name in names) + "\n"
        for names in ((*(one.local if german else ()), *one.names) for one in table())
    ]
    return _Index("".join(texts), tuple(accumulate(map(len, texts), initial=0)))


def _rank(names: str, word: str) -> int:
    """Return 0 where the first name is the word, 1 where another one is, 2 where one begins
    so, 3 where a part of one does.
    """
    if f"\n{word}\n" in names:
        return int(not names.startswith(f"\n{word}\n"))
    return 2 if f"\n{word}" in names else 3
