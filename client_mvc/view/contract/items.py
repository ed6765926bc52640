"""The items of the conversation, as values: messages, file cards, notices.

Ready to show: times are formatted, runs of a speaker are grouped, sizes are words. Imports
neither tkinter nor model: the controller makes these, the view shows them.
"""

from dataclasses import dataclass
from typing import Literal

from client_mvc.text.markup import Run

COLOURS = 12
"""How many colours for names a theme has; `colour` below is an index into them."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Starts a run of one speaker: time and name stand once above it."""

    time: str
    name: str
    colour: int


@dataclass(frozen=True, slots=True)
class Quote:
    """One line of the message that a reply is to; `seq` is where a click goes.

    `gone`: it was deleted or is not kept any more, and `text` says so.
    """

    seq: int
    name: str
    colour: int
    text: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """A reaction under a message. `mine`: the reader has it; `names` are those who have it, in
    words.
    """

    emoji: str
    count: int
    mine: bool
    names: str


@dataclass(frozen=True, slots=True)
class Extras:
    """The parts around a message or a file, each of which may be missing.

    `time` is shown where there is no heading, on hover; `edited` in words when it was edited
    last ("Edited at 10:14"), empty if it was not. `editable_until` is until when the reader can
    edit it, in seconds since 1970; 0: never.
    """

    time: str = ""
    quote: Quote | None = None
    chips: tuple[Chip, ...] = ()
    edited: str = ""
    pinned: bool = False
    editable_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Message:
    """Something said. `heading` is None within a run. `mention`: it names the reader; `own`:
    the reader said it, so it is no news to them. `name` is the sender's.

    `runs`, put together, are `text`; none: all of it is plain. `emote`: it is what somebody
    does ("ann waves"), and the text begins with the name. `seq` comes back in `Intents`;
    0: nothing can be done with it.
    """

    text: str
    heading: Heading | None = None
    mention: bool = False
    runs: tuple[Run, ...] = ()
    own: bool = False
    seq: int = 0
    name: str = ""
    emote: bool = False
    extras: Extras = Extras()


@dataclass(frozen=True, slots=True)
class Picture:
    """The size of a shared picture as it is shown, in pixels at 96 dpi.

    `whole` is the size of the file itself, for the caption; None: not known.
    """

    width: int
    height: int
    whole: tuple[int, int] | None = None


type FileKind = Literal[
    "text", "picture", "sound", "film", "document", "archive", "program", "other"
]


@dataclass(frozen=True, slots=True)
class FileCard:
    """A shared file. `size` in words ("2.4 KB"); `file_id` comes back in `Intents`; `own`,
    `seq` and `sender` as `own`, `seq` and `name` in `Message`.

    With a `picture` its thumbnail is shown (`MessagesScreen.show_picture`) in place of a card.
    """

    file_id: str
    name: str
    size: str
    preview: str
    heading: Heading | None = None
    own: bool = False
    seq: int = 0
    sender: str = ""
    kind: FileKind = "text"
    picture: Picture | None = None
    extras: Extras = Extras()


@dataclass(frozen=True, slots=True)
class DeletedMessage:
    """In the place of a message or file that was deleted; `text` says so."""

    text: str
    heading: Heading | None = None


@dataclass(frozen=True, slots=True)
class HiddenMessage:
    """In the place of a message of somebody whom the reader ignores; a click shows it."""

    text: str
    heading: Heading | None = None
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """A small grey line: somebody joined or left, or an act of a moderator.

    `more` are the lines that `text` sums up; a click opens them. `seq` is that of the first,
    so that an open one stays open when it changes.
    """

    time: str
    text: str
    more: tuple[str, ...] = ()
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """A line between two days, "Friday 20 November 2026"."""

    text: str


@dataclass(frozen=True, slots=True)
class Beginning:
    """The line above the oldest there is."""

    text: str


type Item = Message | FileCard | DeletedMessage | HiddenMessage | Notice | Day | Beginning


type Deleting = Literal["none", "own", "all"]
"""Which messages the reader may delete."""


@dataclass(frozen=True, slots=True)
class MessageRules:
    """The actions on messages that the reader has in this room, now."""

    delete: Deleting = "none"
    reply: bool = False
    react: bool = False
    edit: bool = False
    pin: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """An own message that the room does not have yet; always below everything else.

    `runs`, `heading` and `quote` as in `Message`; its time is not known yet.
    """

    key: str
    text: str
    failed: bool = False
    reason: str = ""
    runs: tuple[Run, ...] = ()
    heading: Heading | None = None
    quote: Quote | None = None
