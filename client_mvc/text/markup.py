"""The markup of a message as people type it: `code`, a block between ```, *bold*.

All of the text stays, also the marks, so that copies have the text as it was sent. Blocks bind
tighter than code, code tighter than links, and links tighter than bold; so a star in a link or
in code is a star.
"""

import re
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from client_mvc.text.links import links

_FENCE = "```"
_LANGUAGE = re.compile(r"[\w+#.-]*\n")
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
# Stars that lean on words: 2*3*4 and * a list have none. A keycap emoji begins with a star.
_BOLD = re.compile(
    r"(?<![\w*])(\*{1,2})(?![\s*]|\ufe0f?\u20e3)([^*\n]*[^*\s])\1(?![\w*]|\ufe0f?\u20e3)"
)
_ENDS = ("`", "**", "*")
# Stand-ins for pieces whose style is known: a line break, and an ordinary character.
_APART, _INERT = "\n", "\ufffc"


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a text in one style: `code` within a line, `block` on lines of its own.

    A `mark` is a character that only sets the style of its neighbours.
    """

    text: str
    style: Literal["plain", "bold", "code", "block", "mark"] = "plain"


def split(text: str) -> tuple[Run, ...]:
    """`text` in runs; none if all of it is plain."""
    if "`" not in text and "*" not in text:
        return ()
    styles = ["plain"] * len(text)
    rest = _blocks(text, styles)
    for found in _CODE.finditer(rest):
        _put(styles, found.span(), "mark")
        _put(styles, found.span(1), "code")
    rest = _without(rest, [found.span() for found in _CODE.finditer(rest)], _INERT)
    rest = _without(rest, list(links(rest)), _INERT)
    for found in _BOLD.finditer(rest):
        (start, end), (inner, inner_end) = found.span(), found.span(2)
        _put(styles, (start, inner), "mark")
        _put(styles, (inner_end, end), "mark")
        for place in range(inner, inner_end):
            if styles[place] == "plain":
                styles[place] = "bold"
    if all(style == "plain" for style in styles):
        return ()
    runs, at = [], 0
    for style, group in groupby(styles):
        size = len(list(group))
        runs.append(Run(text[at : at + size], style))  # type: ignore[arg-type]
        at += size
    return tuple(runs)


def without_marks(text: str, *, cut: bool = False) -> str:
    """Return a text as it is read, for a line that shows no styles.

    Args:
        text: The text, its line breaks may be blanks already.
        cut: More may follow: a style at its end may have lost the mark that ends it.
    """
    if "`" not in text and "*" not in text:
        return text
    runs = split(text)
    for end in _ENDS if cut else ():
        longer = split(text.rstrip() + end)
        if longer and longer[-1].style == "mark":
            runs = longer
            break
    shown = "".join(run.text for run in runs if run.style != "mark") if runs else text
    # A fence without its other one begins a block that is cut off.
    return shown.replace(_FENCE, "")


def in_block(before: str) -> bool:
    """Tell whether a cursor after the text `before` stands in a block of code."""
    return before.count(_FENCE) % 2 == 1


def _blocks(text: str, styles: list[str]) -> str:
    """Set the blocks; the text without them, of the same length."""
    found: list[tuple[int, int]] = []
    at = 0
    while (start := text.find(_FENCE, at)) >= 0:
        inner = start + len(_FENCE)
        inner_end = text.find(_FENCE, inner)
        if inner_end < 0:
            break
        at = inner_end + len(_FENCE)
        if language := _LANGUAGE.match(text, inner, inner_end):
            inner = language.end()
        if text[inner:inner_end].strip():
            _put(styles, (start, at), "mark")
            _put(styles, (inner, inner_end), "block")
            found.append((start, at))
    return _without(text, found, _APART)


def _put(styles: list[str], span: tuple[int, int], style: str) -> None:
    start, end = span
    styles[start:end] = [style] * (end - start)


def _without(text: str, spans: list[tuple[int, int]], filler: str) -> str:
    parts, at = [], 0
    for start, end in spans:
        parts += [text[at:start], filler * (end - start)]
        at = end
    return "".join([*parts, text[at:]])
