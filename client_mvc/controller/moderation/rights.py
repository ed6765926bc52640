"""Decides which acts the window offers, by the server's rules (docs/protocol.md). Pure.

Nobody can act on an owner, and a moderator cannot act on another moderator.
"""

from client_mvc.model import room_state
from client_mvc.model.members import Role, RoomMember
from client_mvc.model.room_state import RoomState
from client_mvc.view.contract.items import Deleting, MessageRules
from client_mvc.view.contract.values import Act


def moderates(state: RoomState) -> bool:
    """Tell whether the client may change the rules of the room."""
    return state.moderated and state.role != "member"


def acts_on(own: Role, member: RoomMember) -> frozenset[Act]:
    """Return what somebody with the role `own` may do to another member."""
    if own == "member" or member.role == "owner":
        return frozenset()
    if own == "moderator" and member.role == "moderator":
        return frozenset()
    acts: set[Act] = {"remove", "ban", "unmute" if member.muted_until else "mute"}
    if own == "owner":
        acts.add("demote" if member.role == "moderator" else "promote")
    return frozenset(acts)


def on_messages(state: RoomState) -> MessageRules:
    """Return what the client may do with messages and files."""
    features = state.features
    return MessageRules(
        delete=deleting(state),
        reply=room_state.REPLIES in features,
        react=room_state.REACTIONS in features,
        edit=edit_for(state) > 0,
        pin=room_state.PINS in features and moderates(state),
    )


def edit_for(state: RoomState) -> float:
    """Return for how many seconds the client may edit a message of its own."""
    return state.limits.edit if room_state.EDITING in state.features else 0.0


def deleting(state: RoomState) -> Deleting:
    """Return which messages and files the client may delete."""
    if moderates(state):
        return "all"
    return "own" if state.deleting else "none"
