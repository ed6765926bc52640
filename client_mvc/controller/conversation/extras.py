"""What stands around a message or a file: quote, reactions, edited, pinned. Pure.

Also the kind of a file, and the size of a picture on screen.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from client_mvc.controller import wording
from client_mvc.i18n.translate import _
from client_mvc.text import markup
from client_mvc.view.contract.items import Chip, Extras, FileKind, Picture, Quote
from shared import limits, media_types, messages, standing, texts
from shared.conversation import Reactor
from shared.standing import Sent

WIDEST, HIGHEST = 360, 240
"""The largest picture in the conversation, in pixels at 96 dpi."""
EMOTE = re.compile(r"/me\s+(?=\S)")
"""The start of an emote; other programs may send any white space behind the command."""
_NO_EMOTE = re.compile(r"/(?=/+me\s+\S)")
"""A slash that is not shown: "//me too" is the message "/me too", and no emote."""

_DOCUMENTS = ("doc", "docx", "odt", "rtf", "xls", "xlsx", "ods", "ppt", "pptx", "odp", "epub")
_PROGRAMS = (
    *("exe", "msi", "bat", "cmd", "com", "ps1", "jar", "apk", "app", "dll", "so"),
    *("deb", "rpm", "appimage", "desktop", "lnk", "scr", "vbs"),
)
_BY_SUFFIX: dict[str, FileKind] = {
    **dict.fromkeys(_DOCUMENTS, "document"),
    **dict.fromkeys(_PROGRAMS, "program"),
}
"""What the content does not tell: office documents are archives, programs are anything."""


@dataclass(slots=True)
class Reader:
    """Who reads, and what they see; the presenter keeps it up to date.

    `hides` tells of a name and a number whether the reader ignores that member. `edit_for` is
    for how many seconds one can edit an own message, 0 where one cannot.
    """

    you: str = ""
    number: int | None = None
    mentions: Callable[[str], bool] = lambda _text: False
    colour: Callable[[str, int | None], int] = lambda name, _number: wording.colour(name)
    hides: Callable[[str, int | None], bool] = lambda _name, _number: False
    find: Callable[[int], messages.AnyEvent | None] = lambda _seq: None
    show_joins: bool = True
    edit_for: float = 0.0

    def is_own(self, event: messages.AnyEvent) -> bool:
        """Tell whether the reader did it: by number where there is one."""
        number = getattr(event, "member", None) or None
        if self.number is not None and number is not None:
            return bool(number == self.number)
        return event.name == self.you

    def is_to_reader(self, said: messages.Said) -> bool:
        """Tell whether a message answers one of the reader's."""
        if not said.reply_to:
            return False
        parent = self.find(said.reply_to)
        if parent is not None:
            return self.is_own(parent)
        return bool(said.quote and self.you and said.quote.name == self.you)

    def is_mentioned(self, said: messages.Said) -> bool:
        """Tell whether a message of somebody else is for the reader."""
        if self.is_own(said):
            return False
        return self.is_to_reader(said) or self.mentions(texts.defuse(said.text))


def extras(
    sent: messages.Said | messages.Shared,
    when: datetime | None,
    reader: Reader,
    clock: wording.Clock,
) -> Extras:
    """Return what stands around a message or a file that was sent at `when`."""
    return Extras(
        clock(when) if when is not None else "",
        quote(sent, reader) if isinstance(sent, messages.Said) and sent.reply_to else None,
        _chips(sent, reader) if sent.reactions else (),
        _edited(sent, when, clock) if sent.edited else "",
        bool(sent.pinned),
        editable_until(sent, reader) if reader.edit_for else 0.0,
    )


def editable_until(sent: messages.AnyEvent, reader: Reader) -> float:
    """Return until when the reader can edit a message, in seconds since 1970; 0: never."""
    if not isinstance(sent, messages.Said) or sent.deleted or not reader.edit_for:
        return 0.0
    when = wording.valid_moment(sent.at)
    if when is None or not reader.is_own(sent):
        return 0.0
    return when.timestamp() + reader.edit_for


def quote(said: messages.Said, reader: Reader) -> Quote | None:
    """Return the line of the message that `said` answers; None if it answers none."""
    if not said.reply_to:
        return None
    if not said.quote:
        return Quote(said.reply_to, "", 0, _("This message is not kept any more"), gone=True)
    name, parent = said.quote.name, reader.find(said.reply_to)
    number = getattr(parent, "member", None) or None
    colour = reader.colour(name, number)
    if not said.quote.text:
        return Quote(said.reply_to, name, colour, _("Message deleted"), gone=True)
    text = one_line(said.quote.text)
    if reader.hides(name, number):
        text = _("Message hidden")
    return Quote(said.reply_to, name, colour, text)


def quoted(sent: Sent) -> str:
    """Return the begin of a message in one line, or the name of a file."""
    match sent:
        case messages.Said():
            return standing.quote(sent).text
        case messages.Shared():
            return standing.quote(sent).text


def one_line(text: str) -> str:
    """Return a text in one line that is safe to show, without marks of styles.

    An emote is without its command.
    """
    cut = len(text) >= limits.QUOTE_CHARACTERS
    does = emoted(text)
    said = markup.without_marks(texts.defuse(literal(text) if does is None else does), cut=cut)
    return " ".join(said.split())


def emoted(text: str) -> str | None:
    """Return what the sender does, if a message says so ("/me waves"); None: it does not."""
    start = EMOTE.match(text)
    return text[start.end() :] if start else None


def as_emote(name: str, text: str) -> str:
    """Return a text as it is shown: "/me waves" is "ann waves", "//me too" is "/me too"."""
    does = emoted(text)
    return literal(text) if does is None else f"{name} {does}"


def literal(text: str) -> str:
    """Return the text of a message without the slash that makes it no emote, if it has one."""
    return text[1:] if _NO_EMOTE.match(text) else text


def no_emote(text: str) -> str:
    """Return the message that is shown as `text`, whatever that begins with."""
    return f"/{text}" if _NO_EMOTE.match(f"/{text}") else text


def _chips(sent: messages.Said | messages.Shared, reader: Reader) -> tuple[Chip, ...]:
    chips = []
    for emoji, reactors in (sent.reactions or {}).items():
        others = [each.name for each in reactors if not _is_reader(each, reader)]
        mine = len(others) < len(reactors)
        names = [*others, _("you")] if mine else others
        chips.append(Chip(emoji, len(reactors), mine, wording.together(names)))
    return tuple(chips)


def _is_reader(one: Reactor, reader: Reader) -> bool:
    if one.member and reader.number is not None:
        return one.member == reader.number
    return one.name == reader.you


def _edited(
    sent: messages.Said | messages.Shared,
    when: datetime | None,
    clock: wording.Clock,
) -> str:
    edited = wording.valid_moment(sent.edited or "", when.tzinfo if when else None)
    if edited is None:
        return _("Edited")
    return _("Edited at {time}", time=clock.until(edited, when or edited))


def kind(file: messages.File) -> FileKind:
    """Return what a file is, by its media type and its name; without a type it is a text."""
    if not file.type:
        return "text"
    suffix = file.name.lower().rpartition(".")[2]
    match file.type.lower().partition("/"):
        case ("text", _, _):
            return "text"
        case ("audio" | "video" | "application", _, _) if suffix in _PROGRAMS:
            return "program"  # it may begin like a sound
        case ("image", _, _):
            return "picture"
        case ("audio", _, _):
            return "sound"
        case ("video", _, _):
            return "film"
        case (_, _, "pdf"):
            return "document"
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    return "other" if file.type == media_types.UNKNOWN else "archive"


def picture(file: messages.File) -> Picture | None:
    """Return the size of a picture on screen; None for what has no small copy to show."""
    if not (file.thumb and file.width and file.height) or kind(file) != "picture":
        return None
    scale = min(1.0, WIDEST / file.width, HIGHEST / file.height)
    width, height = round(file.width * scale), round(file.height * scale)
    return Picture(max(1, width), max(1, height), (file.width, file.height))
