"""Pairs of brackets in a text of both directions: rule N0 of UAX #9. Pure.

python-bidi's half that mirrors is older than this rule. Without it, both brackets of "(abc)"
behind Hebrew would open: each took the direction of its own neighbours.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any
from unicodedata import category, normalize

_DEEPEST = 63  # open brackets (BD16)
_STRONG = {"L": "L", "R": "R", "EN": "R", "AN": "R"}

type Cell = dict[str, Any]
"""A character of python-bidi: "ch", "level", "type" and "orig" (its type before any rule)."""


def resolve(run: Sequence[Cell], before: str) -> None:
    """Give both brackets of each pair one direction, once weak types are resolved.

    Args:
        run: The characters of one level, without what rule X9 removes.
        before: The direction in front of them ("L" or "R").
    """
    for opening, closing in sorted(_pairs(run)):
        direction = _direction(run, opening, closing, before)
        for at in (opening, closing) if direction else ():
            run[at]["type"] = direction
            for mark in run[at + 1 :]:
                if mark["orig"] != "NSM":
                    break
                mark["type"] = direction


def _direction(run: Sequence[Cell], opening: int, closing: int, before: str) -> str:
    """Return the direction of a pair; empty: that of any other neutral character."""
    own = "LR"[run[opening]["level"] % 2]
    inside = {_STRONG.get(cell["type"]) for cell in run[opening + 1 : closing]} - {None}
    if not inside or own in inside:
        return own if inside else ""
    strong = (_STRONG.get(cell["type"]) for cell in reversed(run[:opening]))
    return own if next(filter(None, strong), before) == own else str(inside.pop())


def _pairs(run: Sequence[Cell]) -> Iterator[tuple[int, int]]:
    """Yield the places of both brackets of each pair (BD16)."""
    waiting: list[tuple[str, int]] = []
    for at, cell in enumerate(run):
        if cell["type"] != "ON":
            continue
        bracket = normalize("NFC", cell["ch"])
        if (closer := _closers().get(bracket)) is not None:
            if len(waiting) == _DEEPEST:
                return
            waiting.append((closer, at))
            continue
        for place in range(len(waiting) - 1, -1, -1):
            if waiting[place][0] == bracket:
                yield waiting[place][1], at
                del waiting[place:]
                break


@cache
def _closers() -> dict[str, str]:
    """Return the closing bracket of each opening one."""
    from bidi.mirror import MIRRORED  # noqa: PLC0415 - only texts of both directions need it

    pairs = MIRRORED.items()
    return {one: other for one, other in pairs if (category(one), category(other)) == _PAIR}


_PAIR = ("Ps", "Pe")
