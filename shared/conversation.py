"""What members do with messages beside saying them, and with their own names: requests, events.

A request with an `id` is carried out in the room's one order, like an act of `moderation`; its
answer is the event with the same `id`, or an `error`. `Edited`, `Reacted`, `Pinned` and
`moderation.Deleted` are changes of the message or file whose `seq` is `target`
(`shared.standing` carries them out).
"""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from shared.limits import EMOJI_CHARACTERS, NOTE_CHARACTERS
from shared.wire import AtLeastOne, Id, WireEvent, WireMessage

# --- from the client ---------------------------------------------------------------------


class Edit(WireMessage, frozen=True, kw_only=True, tag="edit"):
    """Let the own message with this `seq` say `text`."""

    id: Id
    seq: AtLeastOne
    text: str


class React(WireMessage, frozen=True, kw_only=True, tag="react"):
    """Put an emoji under the message or file with this `seq`, or (not `on`) take it back."""

    id: Id
    seq: AtLeastOne
    emoji: Annotated[str, Meta(max_length=EMOJI_CHARACTERS)]
    on: bool


class Pin(WireMessage, frozen=True, kw_only=True, tag="pin"):
    """Pin the message or file with this `seq`, or (not `on`) unpin it."""

    id: Id
    seq: AtLeastOne
    on: bool


class Rename(WireMessage, frozen=True, kw_only=True, tag="rename"):
    """Have the name `name` from now on."""

    id: Id
    name: str


class SetNote(WireMessage, frozen=True, kw_only=True, tag="note"):
    """Let the list of members say `text` beside one's name; empty: nothing."""

    id: Id
    text: Annotated[str, Meta(max_length=NOTE_CHARACTERS)]


class Typing(WireMessage, frozen=True, kw_only=True, tag="typing"):
    """Tell the others that one is writing."""


type ConversationRequest = Edit | React | Pin | Rename | SetNote
"""Those that are carried out in the room's one order."""


# --- from the server: events -------------------------------------------------------------


class _Change(WireEvent, frozen=True, kw_only=True):
    """`id` is that of the request."""

    id: str | UnsetType = UNSET


class Edited(_Change, frozen=True, kw_only=True, tag="edited"):
    """The message `target` says `text` from now on; empty, if it was deleted since."""

    target: int
    text: str


class Reacted(_Change, frozen=True, kw_only=True, tag="reacted"):
    """`name` put an emoji under the message or file `target`, or took it back."""

    target: int
    emoji: str
    on: bool


class Pinned(_Change, frozen=True, kw_only=True, tag="pinned"):
    """The message or file `target` is pinned, or not any more."""

    target: int
    on: bool


class Renamed(_Change, frozen=True, kw_only=True, tag="renamed"):
    """The member that was called `name` is called `to`."""

    to: str


type ConversationEvent = Edited | Reacted | Pinned | Renamed


# --- from the server: the rest -----------------------------------------------------------


class Quote(Struct, frozen=True):
    """Of the message that a reply is to, as it stands: its sender, and the begin of its text.

    A file has its name as text. Without text it was deleted.
    """

    name: str
    text: str


class Reactor(Struct, frozen=True):
    """A member who reacted; `name` is the one at that time."""

    member: int
    name: str


class IsTyping(WireMessage, frozen=True, kw_only=True, tag="typing"):
    """`name` is writing: void after `limits.TYPING_FOR`, or with the next message of theirs."""

    name: str
    member: int | UnsetType = UNSET
