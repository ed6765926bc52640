"""Values of the windows over the main one: questions, forms, lists, pages.

Ready to show: times are formatted, runs of a speaker are grouped, sizes are words. Imports
neither tkinter nor model: the controller makes these, the view shows them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

type Field = Literal["server", "name", "password", "form"]
"""Where an error of the connect dialog belongs; `form` is the dialog as a whole."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question for the member. `yes` is the button that agrees; the other one is Cancel."""

    title: str
    text: str
    yes: str


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
    """The page about this program. `facts` are labels and values, for a report of a fault."""

    name: str
    version: str
    text: str
    facts: tuple[tuple[str, str], ...] = ()


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
class InviteRow:
    """A way into the room, to copy. `hint` explains it; `large`: it is to be read out loud."""

    label: str
    text: str
    hint: str = ""
    large: bool = False


@dataclass(frozen=True, slots=True)
class Invite:
    """The links to give to others so that they join. `note` says what they have to know first.

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
    """The values that the connect dialog starts with. `recent`: (server, name), newest first.

    `rooms` are the names of rooms by server, as far as they are known.
    """

    server: str
    name: str
    recent: tuple[tuple[str, str], ...] = ()
    password: bool = False
    rooms: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PasswordOffer:
    """The choice whether the password is remembered, beside the field for it.

    `ticked`: it will be; `kept`: it is, so the field may stay empty. `text` says where it is
    kept, or why there is no choice (not `offered`).
    """

    offered: bool = False
    ticked: bool = False
    kept: bool = False
    text: str = ""


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
    """The settings of this person. `folder`: where saved files go; empty: anywhere.

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
