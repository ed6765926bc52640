"""The parts of an item of the conversation: heading, quote, body, reactions.

Each part takes lines of its own, so that a change replaces only the parts that differ: new
reactions to a file leave its card or picture where it is.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from client_mvc.i18n.translate import _
from client_mvc.view.contract.items import (
    COLOURS,
    Beginning,
    Day,
    DeletedMessage,
    Extras,
    FileCard,
    HiddenMessage,
    Item,
    Message,
    Notice,
    Pending,
    Picture,
    Quote,
)
from client_mvc.view.messages import segments
from client_mvc.view.messages.drawings import Drawings
from client_mvc.view.messages.flow import Flow, Flowed
from client_mvc.view.messages.segments import ASIDE
from client_mvc.view.messages.tags import GAP
from client_mvc.view.style.safe_text import Pieces, Tags
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.flow_layout import clipped

type Name = Literal["unread", "head", "quote", "body", "more", "fold", "caption", "chips"]

_QUOTE_WIDEST = 560


@dataclass(frozen=True, slots=True)
class Inline:
    """A picture in a line of a part, counted from 0: at its start, or at its end."""

    picture: Any
    tags: Tags
    line: int = 0
    at_end: bool = False
    padx: int = 0
    pady: int = 0
    align: Literal["center", "bottom"] = "center"


@dataclass(frozen=True, slots=True)
class Part:
    """Text with its tags, which ends with a line break, and the pictures in it.

    With a `card`, the widget of that file stands in its line. `fold` is where it ends while
    it is folded, `flowed` its paragraphs that are not in the order in which they are read.
    """

    name: Name
    pieces: Pieces
    pictures: tuple[Inline, ...] = ()
    card: FileCard | None = None
    fold: segments.Fold | None = None
    flowed: tuple[tuple[int, Flowed], ...] = ()
    lines: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lines", segments.lines(self.pieces))


class Parts:
    """Makes the parts of items. `width` is that of the conversation, in pixels.

    `flow` lays out their texts, in the width that it is told.
    """

    def __init__(self, look: Look, drawings: Drawings) -> None:
        self.width = 0
        self.flow = Flow(look)
        self._look = look
        self._drawings = drawings

    def of(self, item: Item, *, opened: bool = False, cards: bool = False) -> list[Part]:
        """Return the parts of an item, from top to bottom.

        Args:
            item: The item.
            opened: A long message or a notice shows all of its lines.
            cards: A picture is shown as a card: it cannot be had.
        """
        safe = self._look.safe
        match item:
            case Message():
                return self._message(item, opened=opened)
            case FileCard():
                return self._file(item, as_card=cards or item.picture is None)
            case DeletedMessage():
                body: Pieces = [f"{safe.line(item.text)}\n", ("body", "deleted")]
                return [*self._head(item.heading), self._sentence("body", body)]
            case HiddenMessage():
                tags: Tags = ("body", "deleted", "hidden", "click")
                hidden: Pieces = [safe.line(item.text), tags, "\n", ("body", "deleted")]
                return [*self._head(item.heading), self._sentence("body", hidden)]
            case Notice():
                return self._notice(item, opened=opened)
            case Day():
                return [self._line("body", item.text, new=False)]
            case Beginning():
                return [Part("body", [f"{safe.line(item.text)}\n", ("beginning",)])]

    def unread(self) -> Part:
        """Return the line above the first item that the reader did not see."""
        return self._line("unread", _("New messages"), new=True)

    def pending(self, item: Pending, place: int) -> list[Part]:
        """Return the parts of an outgoing message; `place` is its position among them."""
        tags: Tags = ("body", "pending")
        pieces = segments.runs(item.text, item.runs, self._look.safe, tags)
        parts = [*self._head(item.heading), *self._quote(item.quote)]
        laid = self.flow.lay([*_without_links(pieces), "\n", tags])
        parts.append(Part("body", laid.pieces, flowed=laid.flowed))
        if actions := segments.pending_actions(item, self._look.safe, place):
            parts.append(Part("caption", actions))
        return parts

    def _message(self, item: Message, *, opened: bool) -> list[Part]:
        safe, extras = self._look.safe, item.extras
        tags: Tags = ("body",)
        if item.emote:
            tags = (*tags, "emote")
        pieces = segments.runs(item.text, item.runs, safe, tags)
        marks, pictures = self._marks(extras)
        parts = [*self._head(item.heading), *self._quote(extras.quote)]
        end = (*tags, "block") if segments.ends_with_block(item.runs) else tags
        if folding := segments.fold(pieces):
            laid = self.flow.lay([*pieces, "\n", end])
            body = Part("body", laid.pieces, fold=laid.fold(folding), flowed=laid.flowed)
            label = segments.fold_label(folding.more, opened=opened)
            line: Tags = ("body", "small", ASIDE)
            more: Pieces = [label, (*line, *segments.CLICK, "fold-label"), *marks]
            parts += [body, Part("fold", [*more, "\n", line], pictures)]
        else:
            laid = self.flow.lay([*pieces, *marks, "\n", end])
            last = segments.lines(laid.pieces) - 1
            # Behind a text that runs from right to left is its left end.
            at_end = "rtl" not in laid.pieces[-1]
            pictures = tuple(replace(each, line=last, at_end=at_end) for each in pictures)
            parts.append(Part("body", laid.pieces, pictures, flowed=laid.flowed))
        parts += self._chips(extras)
        return [_on_ground(part, "mention") for part in parts] if item.mention else parts

    def _file(self, item: FileCard, *, as_card: bool) -> list[Part]:
        look, extras = self._look, item.extras
        parts = [*self._head(item.heading), *self._quote(extras.quote)]
        if as_card or item.picture is None:
            # What does not change the card is not part of it.
            card = replace(item, heading=None, extras=Extras(), picture=None)
            parts.append(Part("body", ["\n", ("card",)], card=card))
        else:
            wide, high = room(item.picture, look)
            empty = Inline(
                self._drawings.empty,
                ("picture", "click"),
                padx=wide // 2 - 1 + look.px(GAP),
                pady=high // 2 - 1 + look.px(GAP),
                align="bottom",
            )
            parts.append(Part("body", ["\n", ("picture", ASIDE)], (empty,)))
            whole = item.picture.whole
            pixels = (f"{whole[0]} \N{MULTIPLICATION SIGN} {whole[1]}",) if whole else ()
            facts = (item.name, *pixels, item.size)
            words = "  ·  ".join(look.safe.cell(each) for each in facts)
            faint: Tags = ("body", "faint", ASIDE)
            parts.append(Part("caption", [f"{words}\n", faint]))
        chips = self._chips(extras)
        if extras.pinned:
            chips = [self._pinned(chips[0] if chips else None)]
        return [*parts, *chips]

    def _pinned(self, chips: Part | None) -> Part:
        """Put the mark of a pinned file in front of its reactions."""
        chips = chips or Part("chips", ["\n", ("chips", ASIDE)])
        plain = len(chips.pieces) == 2  # only pictures
        tags: Tags = ("chips", "pinned", ASIDE)
        pin = Inline(self._drawings.pin(), tags, at_end=plain, padx=self._look.px(3))
        pictures = (pin, *chips.pictures) if plain else (*chips.pictures, pin)
        return replace(chips, pictures=pictures)

    def _head(self, heading: Any) -> list[Part]:
        if heading is None:
            return []
        return [self._sentence("head", segments.heading(heading, self._look.safe))]

    def _sentence(self, name: Name, pieces: Pieces) -> Part:
        """Return a part that runs from left to right, whatever the names in it do."""
        laid = self.flow.lay(pieces, base=0)
        return Part(name, laid.pieces, flowed=laid.flowed)

    def _quote(self, quote: Quote | None) -> list[Part]:
        if quote is None:
            return []
        look = self._look
        tags: Tags = ("quote", ASIDE)
        name = look.safe.cell(quote.name)
        room = min(self.width, look.grown(_QUOTE_WIDEST) + look.px(160)) - look.px(160)
        room = max(look.px(80), room - look.small.measure(name))
        text = clipped(look.safe.line(quote.text), look.small, room)
        bar = Inline(self._drawings.bar(quote.colour), (*tags, "click"))
        if quote.gone:
            pieces: Pieces = [f"  {text}", (*tags, "deleted", "small-italic"), "\n", tags]
            return [Part("quote", pieces, (replace(bar, tags=tags),))]
        name_tags: Tags = (f"name{quote.colour % COLOURS}", "small-bold")
        pieces = ["  ", (*tags, "click"), name, (*tags, "click", *name_tags)]
        pieces += [f"  {text}", (*tags, "click", "faint"), "\n", tags]
        return [Part("quote", pieces, (bar,))]

    def _marks(self, extras: Extras) -> tuple[Pieces, tuple[Inline, ...]]:
        """Return what follows the text: that it was edited, that it is pinned."""
        pieces: Pieces = []
        if extras.edited:
            pieces += ["  " + _("(edited)"), ("body", "faint", "edited", ASIDE)]
        pictures: tuple[Inline, ...] = ()
        if extras.pinned:
            tags: Tags = ("body", "pinned", ASIDE)
            pieces += [" ", tags]
            gap = self._look.px(3)
            pictures = (Inline(self._drawings.pin(), tags, at_end=True, padx=gap),)
        return pieces, pictures

    def _chips(self, extras: Extras) -> list[Part]:
        if not extras.chips:
            return []
        pieces: Pieces = []
        pictures: list[Inline] = []
        gap = self._look.px(2)
        for place, chip in enumerate(extras.chips):
            tags: Tags = ("chips", "chip", f"chip-{place}", ASIDE)
            picture = self._drawings.chip(chip)
            if picture is not None and not pieces:
                pictures.append(Inline(picture, tags, at_end=True, padx=gap))
            else:
                # From the first one without a picture on: pictures stand before all text.
                style = "text-chip-mine" if chip.mine else "text-chip"
                words = f" {self._look.safe.line(chip.emoji)} {chip.count} "
                pieces += segments.emoji(words, self._look.safe, (*tags, style))
                pieces += [" ", ("chips", ASIDE)]
        pieces += ["\n", ("chips", ASIDE)]
        if len(pieces) > 2:
            pictures = [replace(each, at_end=False) for each in reversed(pictures)]
        return [Part("chips", pieces, tuple(pictures))]

    def _notice(self, item: Notice, *, opened: bool) -> list[Part]:
        safe = self._look.safe
        parts = [self._sentence("body", segments.notice(item, safe, opened=opened))]
        if opened and item.more:
            lines = "".join(f"\t{safe.line(line)}\n" for line in item.more)
            parts.append(self._sentence("more", [lines, ("notice", "notice-more")]))
        return parts

    def _line(self, name: Name, words: str, *, new: bool) -> Part:
        words = self._look.safe.line(words)
        rule = self._drawings.rule(words, new=new)
        gap = self._look.px(12)
        tags: Tags = ("unread", ASIDE) if new else ("day",)
        sides = tuple(Inline(rule, tags, at_end=end, padx=gap) for end in (False, True))
        return Part(name, [f"{words}\n", tags], sides)


def room(picture: Picture, look: Look) -> tuple[int, int]:
    """Return width and height of a picture on screen: even, as padding is on both sides."""
    wide, high = look.px(picture.width), look.px(picture.height)
    return max(2, wide - wide % 2), max(2, high - high % 2)


def _on_ground(part: Part, ground: str) -> Part:
    """Put the ground of a whole message below all that a part has."""
    pieces: Pieces = [
        (*piece, ground) if isinstance(piece, tuple) else piece for piece in part.pieces
    ]
    pictures = (replace(each, tags=(*each.tags, ground)) for each in part.pictures)
    return replace(part, pieces=pieces, pictures=tuple(pictures))


def _without_links(pieces: Pieces) -> Pieces:
    """Take the links out of a text that is not sent yet: its addresses are only text."""
    dropped = {"action", "click", "link"}
    return [
        tuple(tag for tag in piece if tag not in dropped) if isinstance(piece, tuple) else piece
        for piece in pieces
    ]
