"""The server's messages as version 0.1 decoded them: the keys and values that it requires.

This table never changes. A frame with another shape is lost to an installed client of 0.1; an
event with another shape sends it into a loop of reconnecting. Fields that it does not know are
ignored.
"""

from typing import Any

STATES = ("active", "away")
EVENT = {"seq": int, "at": str, "name": str}
FILE = {
    "id": str, "name": str, "size": int, "sha256": str, "lines": int, "preview": str,
    "url": str,
}  # fmt: skip
MEMBER = {"name": str, "since": str, "state?": STATES}
CONNECTION = {
    "name": str, "address": str, "port": int, "door": str, "tls": bool, "worker": int,
    "since": str, "idle": (int, float), "state": STATES, "sent": int, "received": int,
}  # fmt: skip
EVENTS: dict[str, Any] = {
    "said": {**EVENT, "text": str, "id?": str},
    "shared": {**EVENT, "file": FILE, "id?": str},
    "joined": EVENT,
    "left": {**EVENT, "reason": ("quit", "lost", "kicked", "banned")},
}
MESSAGES: dict[str, Any] = {
    **EVENTS,
    "welcome": {
        "you": str, "token": str, "seq": int, "reset": bool, "max_users": int,
        "limits": {"text": int, "file": int}, "members": [MEMBER], "room": str,
        "journal?": str, "version?": int,
    },
    "refused": {
        "code": (
            "name_taken", "room_full", "bad_name", "bad_password", "bad_token", "banned",
            "too_many", "bad_request", "shutting_down",
        ),
        "reason": str,
    },
    "presence": {"name": str, "state": STATES},
    "accepted": {"id": str, "seq": int},
    "history": {"id": str, "events": [EVENTS], "more": bool},
    "found": {"id": str, "events": [EVENTS], "more": bool, "before": int},
    "report": {
        "id": str, "active": int, "max_users": int, "started": str, "members": [CONNECTION],
    },
    "error": {
        "code": (
            "bad_request", "unknown_type", "too_long", "empty", "rate_limited", "not_joined",
            "storage",
        ),
        "reason": str,
        "id?": str,
    },
}  # fmt: skip


def check(value: Any, shape: Any = MESSAGES) -> None:
    """Fail unless `value` has this shape.

    A shape is a type, some types or values in a tuple, a list with the shape of its entries, or
    the fields of an object, of which those with a question mark may be missing. `MESSAGES` and
    `EVENTS` are chosen from by the object's type.
    """
    if shape is MESSAGES or shape is EVENTS:
        assert value["type"] in shape, value
        check(value, shape[value["type"]])
    elif isinstance(shape, dict):
        for key, inner in shape.items():
            name = key.removesuffix("?")
            assert name in value or name != key, f"{name} is missing: {value}"
            if name in value:
                check(value[name], inner)
    elif isinstance(shape, list):
        for each in value:
            check(each, shape[0])
    elif isinstance(shape, tuple):
        assert value in shape or type(value) in shape, value
    else:
        assert type(value) is shape, (value, shape)
