"""Values of the main window around the conversation: members, rows, bars.

Ready to show: times are formatted, runs of a speaker are grouped, sizes are words. Imports
neither tkinter nor model: the controller makes these, the view shows them.
"""

from dataclasses import dataclass
from typing import Literal


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
