"""What stands on screen, as values: messages, cards, rows, forms.

Ready to show: times are formatted, runs of a speaker are grouped, sizes are words. Imports
neither tkinter nor model: the controller makes these, the view shows them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from client_mvc.text.markup import Run

COLOURS = 12
"""How many colours for names a theme has; `colour` below is an index into them."""

type Field = Literal["server", "name", "password", "form"]
"""Where an error of the connect dialog belongs; `form` is the dialog as a whole."""


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
    """What may stand around a message or a file.

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
class Question:
    """A question for the member. `yes` is the button that agrees; the other one is Cancel."""

    title: str
    text: str
    yes: str


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
    """What the reader can do with messages in this room, now."""

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


@dataclass(frozen=True, slots=True)
class ComposerContext:
    """What the next message is: a reply, or an own message edited. `title` is "Replying to
    bob"; `text` is one line of that message.
    """

    kind: Literal["reply", "edit"]
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A row of the suggestions. `insert` takes the place of what is typed.

    `mark` is an emoji, or the state of a member ("active", "away"), or empty; `detail` stands
    behind `label` in grey.
    """

    insert: str
    label: str
    detail: str = ""
    mark: str = ""
    colour: int | None = None


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What could be meant by the last `typed` characters before the cursor; never empty."""

    kind: Literal["member", "command", "emoji"]
    typed: int
    rows: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class EmojiRow:
    """An emoji to choose, and its name ("thumbs up")."""

    emoji: str
    name: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file above the composer, to be sent with Enter. `preview` is a picture (PNG or another
    format that was pasted), `problem` why the room does not take it.
    """

    key: str
    name: str
    size: str = ""
    preview: bytes = b""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PinBar:
    """The newest pinned message, in one line; `count` of them are pinned."""

    seq: int
    name: str
    colour: int
    text: str
    count: int


@dataclass(frozen=True, slots=True)
class PinRow:
    """A pinned message or file, in the window of all of them."""

    seq: int
    day: str
    time: str
    name: str
    colour: int
    text: str


@dataclass(frozen=True, slots=True)
class PictureView:
    """A shared picture in the viewer: `path` is the whole file, None while it is loading.

    `facts` are its size, in pixels and in bytes; `before` and `after`: there is another one to
    go to. `problem`: why it cannot be shown.
    """

    file_id: str
    name: str
    facts: str
    path: Path | None = None
    before: bool = False
    after: bool = False
    problem: str = ""


type Role = Literal["owner", "moderator", "member"]
type Act = Literal["mute", "unmute", "remove", "ban", "promote", "demote", "ignore", "show"]
"""The acts that can be offered on a member; `promote` makes a moderator, `demote` a member;
`show` ends `ignore`."""


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One line of the members list. `unknown`: without a connection nobody can tell whether
    they are there. `acts`: what the reader may do to this member. `note` is what the member
    says of itself; `ignored`: the reader hides its messages.
    """

    name: str
    away: bool
    you: bool
    unknown: bool = False
    role: Role = "member"
    muted: bool = False
    acts: frozenset[Act] = frozenset()
    colour: int = 0
    note: str = ""
    ignored: bool = False


type UploadState = Literal["waiting", "sending", "retrying", "failed"]


@dataclass(frozen=True, slots=True)
class UploadRow:
    """A file on its way. `size` in words, empty while it is not known; `fraction` is 0 to 1;
    `note` says why it is `retrying` or has `failed`; `retry`: another attempt may help.
    """

    key: str
    name: str
    size: str = ""
    state: UploadState = "waiting"
    fraction: float = 0.0
    note: str = ""
    retry: bool = True


@dataclass(frozen=True, slots=True)
class SavingRow:
    """Several files being saved. `fraction` is that of all together, `problem` names those
    that could not be; `over`: nothing more happens unless the person tries again.
    """

    text: str
    fraction: float
    problem: str = ""
    over: bool = False


@dataclass(frozen=True, slots=True)
class FileText:
    """A shared file to read. `facts` in words (size, encoding); `note`: what is not shown."""

    file_id: str
    name: str
    facts: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class HelpGroup:
    """A part of the help. A row is keys or commands, and what each of them does.

    `notes` are paragraphs below the rows.
    """

    title: str
    rows: tuple[tuple[tuple[str, ...], str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class About:
    """What this program is. `facts` are labels and values, for a report of a fault."""

    name: str
    version: str
    text: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Banner:
    """The line under the top bar. `action` is the text of its button, if it has one."""

    kind: Literal["warning", "good", "info"]
    text: str
    action: str = ""


@dataclass(frozen=True, slots=True)
class RoomRules:
    """The state of a room that top bar and menu show. `slow` in seconds, 0: off.

    `moderates`: the reader may change these; `can_claim`: may say that they are the owner.
    """

    topic: str = ""
    locked: bool = False
    slow: int = 0
    moderates: bool = False
    can_claim: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Why nothing can be sent now, as a sentence, and for how long ("12 s"; may be empty)."""

    reason: str
    left: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A dialog for one line of text. `yes` is the button that agrees.

    `label` stands above the field, which may stay empty if it is `optional`; `limit` in
    characters; `secret`: the text is not shown.
    """

    title: str
    text: str
    label: str
    yes: str
    value: str = ""
    limit: int = 200
    optional: bool = True
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Removal:
    """Why the reader is no longer in the room. `rejoin` is the text of the button for coming
    back, empty: there is none; `ready`: it works now.
    """

    title: str
    text: str
    rejoin: str = ""
    ready: bool = False


@dataclass(frozen=True, slots=True)
class BanRow:
    """A ban that holds; `ban` comes back in `Intents`. Times are words."""

    ban: int
    name: str
    until: str
    by: str
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class ReportTable:
    """The active-user report, as words. `numeric` are the columns that sort by number.

    `latency` is how long the room took to answer, as a sentence.
    """

    summary: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    latency: str = ""


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A message or file that a search of all history found; `seq` comes back in `Intents`."""

    seq: int
    day: str
    time: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Results:
    """What was found, newest first, and in words how much. `more`: there is more to ask for."""

    rows: tuple[ResultRow, ...]
    summary: str
    more: bool = False


@dataclass(frozen=True, slots=True)
class Security:
    """Whether the connection is encrypted: `mark` for the top bar, `details` explain it."""

    encrypted: bool
    mark: str
    details: str


@dataclass(frozen=True, slots=True)
class InviteRow:
    """A way into the room, to copy. `hint` explains it; `large`: it is to be read out loud."""

    label: str
    text: str
    hint: str = ""
    large: bool = False


@dataclass(frozen=True, slots=True)
class Invite:
    """What to give to others so that they join. `note` says what they have to know first.

    Without `rows` they are not known yet. `qr` is the text of a QR code, empty: there is none.
    `copied` is the place of the row that was copied last.
    """

    title: str
    rows: tuple[InviteRow, ...]
    note: str = ""
    qr: str = ""
    copied: int | None = None


@dataclass(frozen=True, slots=True)
class KeyQuestion:
    """A question about the key of a server; its default is no. Without `yes` there is no yes.

    `keys` are labels and fingerprints; `after` is the text below them.
    """

    title: str
    text: str
    keys: tuple[tuple[str, str], ...]
    after: str
    no: str
    yes: str = ""


@dataclass(frozen=True, slots=True)
class KnownRoomRow:
    """A known room, in the preferences. `key` comes back in `Intents`; `used` is a day."""

    key: str
    name: str
    address: str
    used: str


@dataclass(frozen=True, slots=True)
class ConnectForm:
    """What the connect dialog starts with. `recent`: (server, name), newest first.

    `rooms` are the names of rooms by server, as far as they are known.
    """

    server: str
    name: str
    recent: tuple[tuple[str, str], ...] = ()
    password: bool = False
    rooms: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class NearbyRow:
    """A room on this network; `server` fills the field when it is chosen.

    `state`: "4 of 12 here · encrypted".
    """

    server: str
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Nearby:
    """The rooms on this network. `status` stands below them.

    `progress`, 0 to 1: how far the search of further addresses is; None: there is none.
    """

    rows: tuple[NearbyRow, ...] = ()
    status: str = ""
    progress: float | None = None


@dataclass(frozen=True, slots=True)
class PreferencesForm:
    """What can be chosen, as it is. `folder`: where saved files go; empty: anywhere.

    `can_follow`, `can_notify`: the theme of the system is told here, there are notifications.
    `show_joins`: the conversation says who joins and leaves.
    """

    theme: Literal["light", "dark", "system"]
    text_size: int
    bell: bool
    notify: Literal["off", "mentions", "all"]
    hours: Literal[12, 24]
    seconds: bool
    folder: str = ""
    can_follow: bool = True
    can_notify: bool = True
    show_joins: bool = True
    rooms: tuple[KnownRoomRow, ...] = ()
