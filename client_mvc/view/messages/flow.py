"""Lays out paragraphs that run from right to left, or contain words that do.

Tk breaks lines before it draws them, so the lines of such a paragraph are broken here, and then
reordered one by one. The `Text` has them as they are drawn; a `Flowed` tells what was said.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from tkinter import font as tkfont

from client_mvc.text import right_to_left
from client_mvc.text.right_to_left import Cluster, Paragraph, Span
from client_mvc.view.messages.segments import ASIDE, Fold
from client_mvc.view.style.safe_text import Pieces, Tags
from client_mvc.view.style.theme import Look

_LEAST = 120
# Fonts may be a little wider together than one by one.
_SLACK = 4
_KEPT_PARAGRAPHS, _KEPT_TEXTS, _KEPT_WIDTHS = 200, 100, 5_000

type Runs = list[tuple[str, Tags]]


@dataclass(frozen=True, slots=True)
class Line:
    """A line on screen: where its text is in the paragraph, and where each character is."""

    start: int
    end: int
    origins: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Flowed:
    """A paragraph on screen. `text` is what was said, without marks, and what is aside behind
    it, from `said` on; `links` are the places of the links in it.
    """

    text: str
    said: int
    lines: tuple[Line, ...]
    links: tuple[Span, ...]

    def places(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Yield line, first and last column + 1 of each piece on screen of a part of `text`."""
        for number, line in enumerate(self.lines):
            at = -1
            for column, origin in enumerate((*line.origins, -1)):
                inside = start <= origin < end
                if inside and at < 0:
                    at = column
                elif not inside and at >= 0:
                    yield number, at, column
                    at = -1

    def selected(self, line: int, start: int, end: int) -> str:
        """Return what was said in a line between two columns."""
        whole = self.lines[line]
        if start <= 0 and end >= len(whole.origins):
            return self.text[whole.start : min(whole.end, self.said)]
        chosen = sorted(set(whole.origins[start:end]))
        starts = sorted({origin for each in self.lines for origin in each.origins})
        after = dict(zip(starts, [*starts[1:], len(self.text)], strict=True))
        return "".join(self.text[at : min(after[at], self.said)] for at in chosen)

    def link(self, line: int, column: int) -> str:
        """Return the link that is at a column of a line; empty: none is."""
        origins = self.lines[line].origins
        at = origins[column] if column < len(origins) else -1
        return next((self.text[a:b] for a, b in self.links if a <= at < b), "")


@dataclass(frozen=True, slots=True)
class Laid:
    """A text laid out. `flowed` has its reordered paragraphs, by their first lines."""

    pieces: Pieces
    flowed: tuple[tuple[int, Flowed], ...] = ()

    def fold(self, fold: Fold) -> Fold:
        """Return where a text is folded, on screen."""
        more = 0  # lines than the text has
        for first, flowed in self.flowed:
            line = first - more
            if line > fold.lines:
                break
            if line == fold.lines:
                if not fold.characters:
                    break
                kept = sum(each.start < fold.characters for each in flowed.lines)
                return replace(fold, lines=first + kept, characters=0)
            more += len(flowed.lines) - 1
        return replace(fold, lines=fold.lines + more)


class Flow:
    """Lays out texts; `width` is the room for one, in pixels."""

    def __init__(self, look: Look) -> None:
        self.width = 0
        self._look = look
        self._laid = lru_cache(_KEPT_TEXTS)(self._lay)
        self._measured = lru_cache(_KEPT_WIDTHS)(self._measure)

    def clear(self) -> None:
        """Forget the widths: the fonts changed."""
        self._laid.cache_clear()
        self._measured.cache_clear()

    def lay(self, pieces: Pieces, *, base: int | None = None) -> Laid:
        """Lay out a text of one or more lines, which ends with a line break.

        Args:
            pieces: The text with its tags.
            base: The direction of its paragraphs; None: that of the first letter. In one of
                the program's own (0), a tab leads to the margin.
        """
        if not any(right_to_left.is_needed(str(piece)) for piece in pieces[::2]):
            return Laid(pieces)
        room = max(self._look.px(_LEAST), self.width) - self._look.px(_SLACK)
        return self._laid(tuple(pieces), room, base)

    def _lay(self, pieces: tuple[str | Tags, ...], room: int, base: int | None) -> Laid:
        laid: Pieces = []
        flowed: list[tuple[int, Flowed]] = []
        line = 0
        for runs, end in _paragraphs(pieces):
            if not _is_reordered(runs):
                _add(laid, runs)
                _add(laid, [("\n", end)])
                line += 1
                continue
            paragraph = self._flow(runs, room, laid, end, base)
            flowed.append((line, paragraph))
            line += len(paragraph.lines)
        return Laid(laid, tuple(flowed))

    def _flow(self, runs: Runs, room: int, laid: Pieces, end: Tags, base: int | None) -> Flowed:
        """Add the lines of a paragraph to `laid`."""
        runs = [(text, tags) for text, tags in runs if "mark" not in tags]
        text = "".join(run for run, _tags in runs)
        styles = [tags for run, tags in runs for _character in run]
        links = tuple(_spans(runs, "link"))
        whole = _paragraph(text, links, base)
        aside = next(iter(_spans(runs, ASIDE)), (len(text), 0))[0]
        own: Tags = ("rtl",) if whole.base else ()
        lines: list[Line] = []
        at = 0
        for clusters in self._broken(whole.clusters, styles, room, tab=base is not None):
            if lines and base is not None:
                own = ("margin",)
            if lines:
                _add(laid, [("\n", (*styles[at - 1], *own))])
            drawn = right_to_left.reordered(clusters, whole.base)
            _add(laid, [(each.text, (*styles[each.start], *own)) for each in drawn])
            origins = tuple(each.start for each in drawn for _character in each.text)
            start, at = at, clusters[-1].end if clusters else len(text)
            lines.append(Line(start, at, origins))
        _add(laid, [("\n", (*end, *own))])
        return Flowed(text, aside, tuple(lines), links)

    def _broken(
        self, clusters: Sequence[Cluster], styles: list[Tags], room: int, *, tab: bool
    ) -> Iterator[Sequence[Cluster]]:
        """Break a paragraph into lines: between words, a long word anywhere.

        `tab`: the room begins behind a tab, if there is one.
        """
        start = 0
        space = 0  # behind the last blank of this line
        wide = word = 0  # of the line, and of it from `space` on
        for place, each in enumerate(clusters):
            width = self._measured(each.text, _font(styles[each.start]))
            if tab and each.text == "\t":
                wide, word, space = 0, 0, place + 1
                continue
            if each.is_space:
                wide, word, space = wide + width, 0, place + 1
                continue
            if wide + width > room and place > start:
                at = space if space > start else place
                yield clusters[start:at]
                start, wide = at, word if at == space else 0
                word = wide
            wide, word = wide + width, word + width
        yield clusters[start:]

    def _measure(self, text: str, name: str) -> int:
        font: tkfont.Font = getattr(self._look, name)
        return font.measure(text)


@lru_cache(_KEPT_PARAGRAPHS)
def _paragraph(text: str, links: tuple[Span, ...], base: int | None) -> Paragraph:
    return right_to_left.paragraph(text, links, base)


def _paragraphs(pieces: Sequence[str | Tags]) -> Iterator[tuple[Runs, Tags]]:
    """Yield the runs of each paragraph, and the tags of its line break."""
    runs: Runs = []
    for text, tags in zip(pieces[::2], pieces[1::2], strict=True):
        first, *others = str(text).split("\n")
        runs.append((first, tags))  # type: ignore[arg-type]
        for other in others:
            yield [run for run in runs if run[0]], tags  # type: ignore[misc]
            runs = [(other, tags)]  # type: ignore[list-item]


def _is_reordered(runs: Runs) -> bool:
    """Tell whether a paragraph is reordered: it is no code, and has such words."""
    code = any("block" in tags or "block-head" in tags for _text, tags in runs)
    return not code and any(right_to_left.is_needed(text) for text, _tags in runs)


def _add(laid: Pieces, runs: Iterable[tuple[str, Tags]]) -> None:
    """Add runs to pieces, few and long ones: Tk's time grows with their number."""
    for text, tags in runs:
        if laid and laid[-1] == tags:
            laid[-2] = str(laid[-2]) + text
        else:
            laid += [text, tags]


def _spans(runs: Runs, tag: str) -> Iterator[Span]:
    at = 0
    for text, tags in runs:
        if tag in tags:
            yield at, at + len(text)
        at += len(text)


def _font(tags: Tags) -> str:
    """Return the attribute of `Look` with the font of a text with these tags."""
    for tag, name in _FONTS:
        if tag in tags:
            return name
    return "base"


_FONTS = (
    ("emoji", "emoji"),
    ("code", "mono"),
    ("faint", "small"),
    ("time", "small"),
    ("notice", "small"),
    ("head", "bold"),
    ("emote", "italic"),
    ("deleted", "italic"),
    ("bold", "bold"),
)
