"""Events and codes for clients of version 1: those that joined without `features`.

Such a client may fail at an event of a type that it does not know. It gets one as a `said` of
the reserved name `server`, with the same `seq` and one English line, so that its `seq` goes on.
A deleted message or file comes as such a line too. It cannot read codes that it does not know,
so it gets the one that makes it do the right thing; the reason stays.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import structs

from shared import protocol
from shared.codec import encode
from shared.messages import Error, Refused, Said

type _Fields = Mapping[str, Any]

_VERSION_1 = tuple(
    b'{"type":"%b"' % type.encode() for type in ("said", "shared", "joined", "left", "presence")
)
# In the text of a message the quotes have a backslash before them.
_DELETED = b'"deleted":{'
_REFUSALS = {
    "name_taken", "room_full", "bad_name", "bad_password", "bad_token", "banned", "too_many",
    "bad_request", "shutting_down",
}  # fmt: skip
_REFUSALS_INSTEAD = {"kicked": "banned", "locked": "room_full"}
_ERRORS = {
    "bad_request", "unknown_type", "too_long", "empty", "rate_limited", "not_joined", "storage",
}  # fmt: skip
# `rate_limited` and `storage` make it send again a little later; the others, give up.
_ERRORS_INSTEAD = {"slow": "rate_limited", "unavailable": "storage"}
_ROLES = {"owner": "an owner", "moderator": "a moderator", "member": "an ordinary member"}
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def as_version_1(event: bytes) -> bytes:
    """Return an event's JSON for such a client; empty if it must not get the event."""
    if event.startswith(_VERSION_1):
        if _DELETED not in event:
            return event
        fields = _decode(event)
        if "deleted" not in fields:
            return event
        line = _erased(fields)
    else:
        fields = _decode(event)
        if "seq" not in fields:
            return b""
        line = LINES.get(fields["type"], _other)(fields)
    said = Said(seq=fields["seq"], at=fields["at"], name=protocol.SERVER_NAME, text=line)
    return encode(said)


def refused_as_version_1(refused: Refused) -> Refused:
    """Return a refusal with a code that such a client can read."""
    if refused.code in _REFUSALS:
        return refused
    instead = _REFUSALS_INSTEAD.get(refused.code, "shutting_down")
    return structs.replace(refused, code=instead)


def error_as_version_1(error: Error) -> Error:
    """Return an error with a code that such a client can read."""
    if error.code in _ERRORS:
        return error
    return structs.replace(error, code=_ERRORS_INSTEAD.get(error.code, "bad_request"))


# --- the lines ---------------------------------------------------------------------------


def _role(fields: _Fields) -> str:
    role = _ROLES.get(fields["role"], fields["role"])
    if fields["name"] == fields["target"]:
        return f"{fields['target']} is {role} now."
    return f"{fields['name']} made {fields['target']} {role}."


def _banned(fields: _Fields) -> str:
    why = f" Reason: {fields['text']}" if fields.get("text") else ""
    return f"{fields['name']} banned {fields['target']}{_until(fields)}.{why}"


def _unbanned(fields: _Fields) -> str:
    return f"{fields['name']} ended the ban of {fields['target']}."


def _muted(fields: _Fields) -> str:
    if "until" in fields:
        return f"{fields['name']} muted {fields['target']}{_until(fields)}."
    return f"{fields['name']} ended the mute of {fields['target']}."


def _slowed(fields: _Fields) -> str:
    if fields["seconds"]:
        return f"{fields['name']} set slow mode: one message in {fields['seconds']} s."
    return f"{fields['name']} ended slow mode."


def _locked(fields: _Fields) -> str:
    return f"{fields['name']} {'locked' if fields['on'] else 'unlocked'} the room."


def _topic(fields: _Fields) -> str:
    if fields["text"]:
        return f"{fields['name']} set the topic: {fields['text']}"
    return f"{fields['name']} removed the topic."


def _deleted(fields: _Fields) -> str:
    return f"{fields['name']} deleted a message or a file."


def _edited(fields: _Fields) -> str:
    return f"{fields['name']} edited a message."


def _reacted(fields: _Fields) -> str:
    if fields["on"]:
        return f"{fields['name']} reacted with {fields['emoji']}."
    return f"{fields['name']} took back {fields['emoji']}."


def _pinned(fields: _Fields) -> str:
    return f"{fields['name']} {'pinned' if fields['on'] else 'unpinned'} a message or a file."


def _renamed(fields: _Fields) -> str:
    return f"{fields['name']} is now called {fields['to']}."


def _erased(fields: _Fields) -> str:
    what = "message" if fields["type"] == "said" else "file"
    return f"This {what} of {fields['name']} was deleted by {fields['deleted']['by']}."


def _until(fields: _Fields) -> str:
    """Return the end of a ban or a mute in minutes: "2026-11-22 08:00 UTC"."""
    until = fields.get("until")
    return f" until {until[:10]} {until[11:16]} UTC" if until else ""


def _other(fields: _Fields) -> str:
    return f"This client cannot show an event of type {fields['type']}."


LINES: dict[str, Callable[[_Fields], str]] = {
    "role": _role,
    "banned": _banned,
    "unbanned": _unbanned,
    "muted": _muted,
    "slowed": _slowed,
    "locked": _locked,
    "topic": _topic,
    "deleted": _deleted,
    "edited": _edited,
    "reacted": _reacted,
    "pinned": _pinned,
    "renamed": _renamed,
}
"""By the type of an event that is no part of version 1: the line about it."""
