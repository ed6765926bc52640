"""The acts of owner and moderators: requests, events, and the answer about bans.

`target` names a member: its name, or its number. An act is carried out in the room's one order;
the answer to its request is the event with the same `id`, or an `error`.
"""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from shared.limits import (
    BAN_MINUTES,
    OWNER_KEY_CHARACTERS,
    REASON_CHARACTERS,
    SLOW_SECONDS,
    TOPIC_CHARACTERS,
)
from shared.wire import AtLeastOne, Id, WireEvent, WireMessage

OWNER, MODERATOR, MEMBER = "owner", "moderator", "member"
ROLES = (OWNER, MODERATOR, MEMBER)

Target = str | int
Why = Annotated[str, Meta(max_length=REASON_CHARACTERS)]
Minutes = Annotated[int, Meta(ge=0, le=BAN_MINUTES)]


# --- from the client ---------------------------------------------------------------------


class Claim(WireMessage, frozen=True, kw_only=True, tag="claim"):
    """Become an owner of the room: `key` is the owner's key."""

    id: Id
    key: Annotated[str, Meta(max_length=OWNER_KEY_CHARACTERS)]


class SetRole(WireMessage, frozen=True, kw_only=True, tag="role"):
    """Give a member another role, one of `ROLES`."""

    id: Id
    target: Target
    role: str


class Kick(WireMessage, frozen=True, kw_only=True, tag="kick"):
    """End a membership; `text` says why."""

    id: Id
    target: Target
    text: Why = ""


class Ban(WireMessage, frozen=True, kw_only=True, tag="ban"):
    """End a membership, and let nobody join again as that person (0 minutes: for good)."""

    id: Id
    target: Target
    minutes: Minutes
    text: Why = ""


class Unban(WireMessage, frozen=True, kw_only=True, tag="unban"):
    """End the ban with the number `ban`."""

    id: Id
    ban: AtLeastOne


class Mute(WireMessage, frozen=True, kw_only=True, tag="mute"):
    """Let a member send nothing for so long; 0 minutes end it."""

    id: Id
    target: Target
    minutes: Minutes


class Slow(WireMessage, frozen=True, kw_only=True, tag="slow"):
    """Let each member send one message in so many seconds; 0 ends it."""

    id: Id
    seconds: Annotated[int, Meta(ge=0, le=SLOW_SECONDS)]


class Lock(WireMessage, frozen=True, kw_only=True, tag="lock"):
    """Let nobody new join, or let them again."""

    id: Id
    on: bool


class SetTopic(WireMessage, frozen=True, kw_only=True, tag="topic"):
    """Set what the room is about; empty: nothing."""

    id: Id
    text: Annotated[str, Meta(max_length=TOPIC_CHARACTERS)]


class Delete(WireMessage, frozen=True, kw_only=True, tag="delete"):
    """Delete the message or the file with this `seq`: one's own, or a moderator any."""

    id: Id
    seq: AtLeastOne


class AskBans(WireMessage, frozen=True, kw_only=True, tag="bans"):
    """The bans that hold."""

    id: Id


type ActRequest = Claim | SetRole | Kick | Ban | Unban | Mute | Slow | Lock | SetTopic | Delete


# --- from the server: events -------------------------------------------------------------


class _ActEvent(WireEvent, frozen=True, kw_only=True):
    """An act; `id` is that of the request."""

    id: str | UnsetType = UNSET


class RoleSet(_ActEvent, frozen=True, kw_only=True, tag="role"):
    """The member `target` has this role from now on."""

    target: str
    role: str
    target_member: int | UnsetType = UNSET


class Banned(_ActEvent, frozen=True, kw_only=True, tag="banned"):
    """`target` cannot join `until` then; without it, for good. `text` says why."""

    target: str
    until: str | UnsetType = UNSET
    text: str | UnsetType = UNSET
    target_member: int | UnsetType = UNSET


class Unbanned(_ActEvent, frozen=True, kw_only=True, tag="unbanned"):
    """`target` can join again."""

    target: str


class Muted(_ActEvent, frozen=True, kw_only=True, tag="muted"):
    """`target` can send nothing `until` then; without it, `target` can send again."""

    target: str
    until: str | UnsetType = UNSET
    target_member: int | UnsetType = UNSET


class Slowed(_ActEvent, frozen=True, kw_only=True, tag="slowed"):
    """Each member can send one message in so many seconds; 0: as they like."""

    seconds: int


class Locked(_ActEvent, frozen=True, kw_only=True, tag="locked"):
    """Nobody new can join, or they can again."""

    on: bool


class TopicSet(_ActEvent, frozen=True, kw_only=True, tag="topic"):
    """The room is about `text`; empty: about nothing in particular."""

    text: str


class Deleted(_ActEvent, frozen=True, kw_only=True, tag="deleted"):
    """The message or the file with the `seq` `target` is deleted."""

    target: int


type ActEvent = RoleSet | Banned | Unbanned | Muted | Slowed | Locked | TopicSet | Deleted


# --- from the server: the rest -----------------------------------------------------------


class BanInfo(Struct, frozen=True):
    """A ban that holds; `until` is None for one for good."""

    ban: int
    name: str
    by: str
    at: str
    until: str | None = None
    text: str = ""


class Bans(WireMessage, frozen=True, tag="bans"):
    """Answer to `bans`, newest first."""

    id: str
    bans: list[BanInfo]
