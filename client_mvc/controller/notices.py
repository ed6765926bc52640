"""The quiet lines of the conversation: who came and left, and the acts of moderators. Pure."""

from datetime import tzinfo

from msgspec import UnsetType

from client_mvc.controller.wording import Clock, moment, valid_moment
from client_mvc.i18n.errors import UNDONE
from client_mvc.i18n.translate import _, marked
from shared import conversation, messages, moderation, protocol, texts

_LEFT = {
    "quit": marked("{name} left"),
    "lost": marked("{name} lost the connection"),
    "kicked": marked("{name} was removed"),
    "banned": marked("{name} was banned"),
}
_QUIT = _LEFT["quit"]
_ROLES = {
    moderation.OWNER: marked("{by} made {name} an owner"),
    moderation.MODERATOR: marked("{by} made {name} a moderator"),
    moderation.MEMBER: marked("{by} made {name} a member"),
}
_MEMBER = _ROLES[moderation.MEMBER]


def notice(
    event: messages.AnyEvent, clock: Clock | None = None, zone: tzinfo | None = None
) -> str:
    """Return a sentence such as "bob lost the connection" or "ann removed eve: spam".

    Args:
        event: any event.
        clock: formats the times in the sentence.
        zone: the time zone shown; None: the local one.
    """
    match event:
        case messages.Joined(name=name):
            return _("{name} joined", name=name)
        case messages.Left():
            return _left(event)
        case messages.Said(deleted=messages.Deletion() as deletion):
            return deleted_text(event, deletion)
        case messages.Shared(deleted=messages.Deletion() as deletion):
            return deleted_text(event, deletion)
        case messages.Said() | messages.Shared() | messages.UnknownEvent():
            return _("Something that this version cannot show")
        case (
            conversation.Edited()
            | conversation.Reacted()
            | conversation.Pinned()
            | conversation.Renamed()
        ):
            return _change(event)
    return _act(event, clock or Clock(), zone)


def _change(event: conversation.ConversationEvent) -> str:
    by = actor(event.name)
    match event:
        case conversation.Renamed(to=to):
            return _("{name} is called {to} now", name=event.name, to=to)
        case conversation.Pinned(on=on):
            return (
                _("{by} pinned a message", by=by) if on else _("{by} unpinned a message", by=by)
            )
        case conversation.Edited():
            return _("{by} edited a message", by=by)
        case conversation.Reacted(emoji=emoji, on=on):
            if on:
                return _("{by} reacted with {emoji}", by=by, emoji=emoji)
            return _("{by} took back {emoji}", by=by, emoji=emoji)


def deleted_text(event: messages.Said | messages.Shared, deletion: messages.Deletion) -> str:
    """Return "Message deleted", and who did it if it was not its sender."""
    is_file = isinstance(event, messages.Shared)
    if deletion.by == event.name:
        return _("File deleted") if is_file else _("Message deleted")
    by = actor(deletion.by, begins=False)
    if is_file:
        return _("File deleted by {by}", by=by)
    return _("Message deleted by {by}", by=by)


def is_open_ended(until: str, since: str) -> bool:
    """Tell whether a mute is one until somebody ends it."""
    end, start = valid_moment(until), valid_moment(since)
    return end is not None and start is not None and end - start >= UNDONE


def _left(left: messages.Left) -> str:
    if left.by and left.reason == "kicked":
        removed = _("{by} removed {name}", by=actor(left.by), name=left.name)
        return _with_reason(removed, left.text)
    if left.by and left.reason == "banned":
        return _(_QUIT, name=left.name)  # the line above says who banned them, and why
    return _(_LEFT.get(left.reason, _QUIT), name=left.name)


def _act(event: moderation.ActEvent, clock: Clock, zone: tzinfo | None) -> str:
    by = actor(event.name)
    match event:
        case moderation.RoleSet(target=name, role=role):
            if name == event.name and role == moderation.OWNER:
                return _("{name} is the owner now", name=name)
            return _(_ROLES.get(role, _MEMBER), by=by, name=name)
        case moderation.Banned():
            return _banned(event, by, clock, zone)
        case moderation.Unbanned(target=name):
            return _("{by} ended the ban of {name}", by=by, name=name)
        case moderation.Muted():
            return _muted(event, by, clock, zone)
        case moderation.Deleted():
            return _("{by} deleted a message or a file", by=by)
        case _:
            return _rule(event, by)


def _rule(event: moderation.Slowed | moderation.Locked | moderation.TopicSet, by: str) -> str:
    match event:
        case moderation.Slowed(seconds=seconds):
            if not seconds:
                return _("Slow mode is off")
            return _("Slow mode: one message in {seconds} s", seconds=seconds)
        case moderation.Locked(on=on):
            return (
                _("{by} locked the room", by=by) if on else _("{by} unlocked the room", by=by)
            )
        case moderation.TopicSet(text=text):
            if not text:
                return _("{by} removed the topic", by=by)
            return _("Topic: {text}", text=texts.defuse(text))


def _banned(event: moderation.Banned, by: str, clock: Clock, zone: tzinfo | None) -> str:
    if event.until:
        end = clock.until(moment(event.until, zone), moment(event.at, zone))
        banned = _("{by} banned {name} until {time}", by=by, name=event.target, time=end)
    else:
        banned = _("{by} banned {name} for good", by=by, name=event.target)
    return _with_reason(banned, event.text)


def _muted(event: moderation.Muted, by: str, clock: Clock, zone: tzinfo | None) -> str:
    name = event.target
    if not event.until:
        return _("{by} ended the mute of {name}", by=by, name=name)
    if is_open_ended(event.until, event.at):
        return _("{by} muted {name} until undone", by=by, name=name)
    end = clock.until(moment(event.until, zone), moment(event.at, zone))
    return _("{by} muted {name} until {time}", by=by, name=name, time=end)


def actor(name: str, *, begins: bool = True) -> str:
    """Return who did it; the server's own acts have a reserved name."""
    if name != protocol.SERVER_NAME:
        return name
    return _("The server") if begins else _("the server")


def _with_reason(sentence: str, why: str | UnsetType) -> str:
    if not why:
        return sentence
    return _("{sentence}: {reason}", sentence=sentence, reason=texts.defuse(why))
