"""Holds what a server sends to the limits of the protocol, before anything else sees it. Pure.

Texts that are too long are cut: the event still counts, and nothing else is lost. Numbers and
lists that cannot be right mean a server that does not keep to the protocol: `BrokenProtocol`.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from msgspec import UNSET, UnsetType, structs

from shared import conversation, limits, messages, moderation, texts
from shared.messages import AnyEvent, Error, File, MemberInfo, Refused, Reply, RoomInfo
from shared.problems import ProblemError, problem

HIGHEST = 2**53
"""The highest `seq` and size: integers that every program represents exactly."""
REASON_CHARACTERS = 500
WORD_CHARACTERS = 64
"""Of codes, states, features, addresses and other short texts."""
TOKEN_CHARACTERS = 1_000
JOURNAL_CHARACTERS = 200
UNKNOWN_BYTES = 16 * 1024
"""The largest event of an unknown type whose JSON is kept."""
PARAMS = 16
BANS = 20_000
PIXELS = 100_000
"""The widest and highest picture."""

_ELLIPSIS = "…"
_TOKEN = re.compile(r"[!-~]+")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


class BrokenProtocol(ProblemError):
    """A server does not keep to the protocol."""

    def __init__(self) -> None:
        super().__init__(problem("protocol_broken"))


def message(received: AnyEvent | Reply) -> AnyEvent | Reply:
    """Return the message with its texts cut to the limits. Raises `BrokenProtocol`."""
    match received:
        case messages.Welcome():
            return _welcome(received)
        case messages.Refused() | messages.Error():
            return refusal(received)
        case messages.Presence():
            return structs.replace(
                received,
                name=_name(received.name),
                state=_word(received.state),
                note=_note(received.note),
            )
        case conversation.IsTyping():
            return structs.replace(received, name=_name(received.name))
        case messages.Accepted() | messages.HasMajority():
            return received
        case messages.HostList(hosts):
            return messages.HostList(_hosts(hosts) or [])
        case messages.History():
            _check_places(received.before, received.after)
            return structs.replace(received, events=_page(received.events, limits.MAX_HISTORY))
        case messages.Found():
            _check_places(received.before)
            _require(len(received.events) <= limits.MAX_FOUND)
            return structs.replace(received, events=[event(each) for each in received.events])
        case messages.Report():
            return _report(received)
        case moderation.Bans():
            return _bans(received)
        case _:
            return event(received)


def room(info: RoomInfo) -> RoomInfo:
    """Return the answer to `GET /room`, held to the limits. Raises `BrokenProtocol`."""
    _require(len(info.journal) <= JOURNAL_CHARACTERS)
    return structs.replace(
        info, room=_line(info.room, WORD_CHARACTERS), features=_features(info.features)
    )


def refusal[T: Refused | Error](answer: T) -> T:
    """Return a refusal or error with short texts, and params that a sentence can show."""
    params: dict[str, Any] | UnsetType = UNSET
    if answer.params is not UNSET:
        params = {
            name[:WORD_CHARACTERS]: _line(value, WORD_CHARACTERS * 4)
            if isinstance(value, str)
            else value
            for name, value in list(answer.params.items())[:PARAMS]
            if isinstance(value, str | float) or (type(value) is int and abs(value) <= HIGHEST)
        }
    code, reason = _word(answer.code), _line(answer.reason, REASON_CHARACTERS)
    return structs.replace(answer, code=code, reason=reason, params=params)


def event(received: AnyEvent) -> AnyEvent:
    """Return the event with its texts cut to the limits. Raises `BrokenProtocol`."""
    _require(1 <= received.seq <= HIGHEST)
    changes: dict[str, Any] = {}
    if isinstance(received, messages.Said | messages.Shared):
        changes = _standing(received)
    if len(received.at) > WORD_CHARACTERS:
        changes["at"] = ""
    if received.name != (name := _name(received.name)):
        changes["name"] = name
    match received:
        case messages.Said(text=text, id=id):
            if len(text) > limits.TEXT_CHARACTERS:
                changes["text"] = _cut(text, limits.TEXT_CHARACTERS)
            changes |= _without_long_id(id) | _reply(received)
        case messages.Shared(file=messages.File() as file, id=id):
            changes["file"] = _file(file)
            changes |= _without_long_id(id)
        case messages.Left(reason=reason):
            changes |= {"reason": _word(reason), "by": _told(received.by)}
            changes["text"] = _told(received.text)
        case messages.UnknownEvent(type=type, raw=raw):
            changes["type"] = _word(type)
            if len(raw) > UNKNOWN_BYTES:
                changes["raw"] = b""
        case messages.Joined() | messages.Shared():
            pass
        case (
            conversation.Edited()
            | conversation.Reacted()
            | conversation.Pinned()
            | conversation.Renamed()
        ):
            changes |= _change(received)
        case _:
            changes |= _act(received)
    return structs.replace(received, **changes) if changes else received


def _standing(sent: messages.Said | messages.Shared) -> dict[str, Any]:
    """Return the fields that are cut of how a message or file stands after its changes."""
    changes: dict[str, Any] = {}
    if sent.deleted:
        by, at = _name(sent.deleted.by), _word(sent.deleted.at)
        changes["deleted"] = messages.Deletion(by, at)
    if sent.edited and len(sent.edited) > WORD_CHARACTERS:
        changes["edited"] = _word(sent.edited)
    if sent.reactions:
        changes["reactions"] = _reactions(sent.reactions)
    return changes


def _reactions(reactions: messages.Reactions) -> messages.Reactions | UnsetType:
    """Return as many reactions as a message can have."""
    kept: messages.Reactions = {}
    left = limits.REACTIONS
    for emoji, reactors in list(reactions.items())[: limits.REACTION_KINDS]:
        those = [structs.replace(one, name=_name(one.name)) for one in reactors[:left]]
        left -= len(those)
        if those and len(emoji) <= limits.EMOJI_CHARACTERS:
            kept[_line(emoji, limits.EMOJI_CHARACTERS)] = those
    return kept or UNSET


def _reply(said: messages.Said) -> dict[str, Any]:
    """Return the fields of a reply that are cut."""
    if said.reply_to is not UNSET:
        _require(1 <= said.reply_to <= HIGHEST)
    if not said.quote:
        return {}
    name, text = _name(said.quote.name), _line(said.quote.text, limits.QUOTE_CHARACTERS)
    return {"quote": conversation.Quote(name, text)}


def _change(change: conversation.ConversationEvent) -> dict[str, Any]:
    """Return the fields of a change of a message, or of a name, that are cut."""
    if not isinstance(change, conversation.Renamed):
        _require(1 <= change.target <= HIGHEST)
    match change:
        case conversation.Edited(text=text) if len(text) > limits.TEXT_CHARACTERS:
            return {"text": _cut(text, limits.TEXT_CHARACTERS)}
        case conversation.Reacted(emoji=emoji):
            return {"emoji": _line(emoji, limits.EMOJI_CHARACTERS)}
        case conversation.Renamed(to=to):
            return {"to": _name(to)}
    return {}


def _act(act: moderation.ActEvent) -> dict[str, Any]:
    """Return the fields of a moderator's act that are cut."""
    changes: dict[str, Any] = {}
    for field in ("target", "role", "until", "text"):
        value = getattr(act, field, UNSET)
        if isinstance(value, str):
            changes[field] = _told(value)
    if isinstance(act, moderation.Slowed):
        changes["seconds"] = _between(act.seconds, limits.SLOW_SECONDS)
    return changes


def _told(text: str | UnsetType) -> str | UnsetType:
    """Return a name, a reason or a topic as one line."""
    return text if text is UNSET else _line(text, limits.TOPIC_CHARACTERS)


def _page(events: Sequence[AnyEvent], most: int) -> list[AnyEvent]:
    """Return the events of a page of history, which are in the order of `seq`."""
    _require(len(events) <= most)
    checked = [event(each) for each in events]
    _require(all(one.seq < next.seq for one, next in pairwise(checked)))
    return checked


def _check_places(*places: int | UnsetType) -> None:
    _require(all(place is UNSET or 0 <= place <= HIGHEST for place in places))


def _welcome(welcome: messages.Welcome) -> messages.Welcome:
    _require(0 <= welcome.seq <= HIGHEST)
    _require(len(welcome.members) <= limits.MAX_USERS)
    _require(len(welcome.token) <= TOKEN_CHARACTERS)
    _require(_TOKEN.fullmatch(welcome.token) is not None)
    _require(len(welcome.journal) <= JOURNAL_CHARACTERS)
    return structs.replace(
        welcome,
        you=_name(welcome.you),
        room=_line(welcome.room, WORD_CHARACTERS),
        max_users=_between(welcome.max_users, limits.MAX_USERS),
        limits=messages.Limits(
            _between(welcome.limits.text, limits.TEXT_CHARACTERS),
            _between(welcome.limits.file, HIGHEST),
            _word(welcome.limits.files),
            min(max(welcome.limits.edit, 0.0), float(HIGHEST)),
        ),
        members=[_member(each) for each in welcome.members],
        topic=_line(welcome.topic, limits.TOPIC_CHARACTERS),
        slow=_between(welcome.slow, limits.SLOW_SECONDS),
        features=_features(welcome.features),
        pins=[_pin(each) for each in welcome.pins[-limits.PINS_SHOWN :]],
        hosts=_hosts(welcome.hosts),
    )


def _hosts(hosts: list[str] | UnsetType) -> list[str] | UnsetType:
    """Return as many hosts as a room can have, without those that are no URL."""
    if hosts is UNSET:
        return UNSET
    first = hosts[: limits.HOSTS]
    return [one for one in first if len(one) <= limits.HOST_URL_CHARACTERS] or UNSET


def _pin(pinned: messages.Said | messages.Shared) -> messages.Said | messages.Shared:
    checked = event(pinned)
    assert isinstance(checked, messages.Said | messages.Shared)
    return checked


def _member(member: MemberInfo) -> MemberInfo:
    name, since, state = _name(member.name), _word(member.since), _word(member.state)
    return structs.replace(member, name=name, since=since, state=state, note=_note(member.note))


def _note(note: str | UnsetType) -> str | UnsetType:
    return note if note is UNSET else _line(note, limits.NOTE_CHARACTERS)


def _report(report: messages.Report) -> messages.Report:
    _require(len(report.members) <= limits.MAX_USERS)
    lines = []
    for line in report.members:
        numbers = (line.port, line.worker, line.sent, line.received)
        _require(all(0 <= number <= HIGHEST for number in numbers))
        _require(0 <= line.idle <= HIGHEST)
        lines.append(
            structs.replace(
                line,
                name=_name(line.name),
                address=_word(line.address),
                door=_word(line.door),
                since=_word(line.since),
                state=_word(line.state),
                client=line.client if line.client is UNSET else _word(line.client),
                host=line.host if line.host is UNSET else _word(line.host),
            )
        )
    return structs.replace(
        report,
        active=_between(report.active, limits.MAX_USERS),
        max_users=_between(report.max_users, limits.MAX_USERS),
        started=_word(report.started),
        members=lines,
    )


def _bans(answer: moderation.Bans) -> moderation.Bans:
    _require(len(answer.bans) <= BANS)
    _require(all(0 <= each.ban <= HIGHEST for each in answer.bans))
    bans = [
        structs.replace(
            each,
            name=_name(each.name),
            by=_name(each.by),
            at=_word(each.at),
            until=None if each.until is None else _word(each.until),
            text=_line(each.text, limits.REASON_CHARACTERS),
        )
        for each in answer.bans
    ]
    return structs.replace(answer, bans=bans)


def _file(file: File) -> File:
    _require(0 <= file.size <= HIGHEST)
    lines = file.preview.split("\n", limits.PREVIEW_LINES)[: limits.PREVIEW_LINES]
    return File(
        id=file.id[:WORD_CHARACTERS],
        name=_line(file.name, limits.FILE_NAME_CHARACTERS),
        size=file.size,
        # No file has an empty checksum, and nothing can be hidden in it.
        sha256=file.sha256 if _SHA256.fullmatch(file.sha256) else "",
        lines=_between(file.lines, HIGHEST),
        preview="\n".join(lines)[: limits.PREVIEW_CHARACTERS],
        url=file.url,
        type=file.type if file.type is UNSET else _word(file.type),
        width=_pixels(file.width),
        height=_pixels(file.height),
        thumb=file.thumb,
    )


def _pixels(number: int | UnsetType) -> int | UnsetType:
    return number if number is UNSET else _between(number, PIXELS)


def _without_long_id(id: str | UnsetType) -> dict[str, UnsetType]:
    too_long = isinstance(id, str) and len(id) > limits.ID_CHARACTERS
    return {"id": UNSET} if too_long else {}


def _features(features: Sequence[str]) -> list[str]:
    return [_word(each) for each in features[:WORD_CHARACTERS]]


def _name(name: str) -> str:
    return _line(name, limits.NAME_CHARACTERS)


def _word(word: str) -> str:
    return _line(word, WORD_CHARACTERS)


def _line(text: str, most: int) -> str:
    """Return one line of at most `most` characters, and an ellipsis where it was cut."""
    if len(text) > most:
        text = _cut(text, most)
    if text.isprintable():
        return text
    return texts.defuse(text).replace("\n", " ").replace("\t", " ")


def _cut(text: str, most: int) -> str:
    return text[: most - 1] + _ELLIPSIS


def _between(number: int, most: int) -> int:
    return min(max(number, 0), most)


def _require(condition: bool) -> None:
    if not condition:
        raise BrokenProtocol
