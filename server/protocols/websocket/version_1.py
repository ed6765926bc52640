"""Events for clients of version 1: those that joined without `features`.

Such a client may fail at an event of a type that it does not know. It gets one as a `said` of
the reserved name `server`, with the same `seq` and one English line, so that its `seq` goes on.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from shared import protocol
from shared.codec import encode
from shared.messages import Said

LINES: dict[str, Callable[[Mapping[str, Any]], str]] = {}
"""By the type of an event that is no part of version 1: the line about it."""

_VERSION_1 = tuple(
    b'{"type":"%b"' % type.encode() for type in ("said", "shared", "joined", "left", "presence")
)
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def as_version_1(event: bytes) -> bytes:
    """Return an event's JSON for such a client; empty if it must not get the event."""
    if event.startswith(_VERSION_1):
        return event
    fields = _decode(event)
    if "seq" not in fields:
        return b""
    line = LINES.get(fields["type"], _other)
    said = Said(
        seq=fields["seq"], at=fields["at"], name=protocol.SERVER_NAME, text=line(fields)
    )
    return encode(said)


def _other(fields: Mapping[str, Any]) -> str:
    return f"This client cannot show an event of type {fields['type']}."
