"""What the server announces: the name of the service and its TXT record. Pure.

RFC 6763: the instance name is one DNS label (63 bytes), a string of a TXT record has at most
255 bytes, with its key.
"""

import hashlib
import unicodedata
from typing import NamedTuple

from shared import protocol

TYPE = "_chatroom._tcp.local."
LABEL_BYTES = 63
STRING_BYTES = 255
_ID_CHARACTERS = 6


class Facts(NamedTuple):
    """The room as it is now.

    `journal` is the id of its journal; `active` counts its members, `places` is the largest
    number of them.
    """

    journal: str
    active: int
    places: int


def instance(room: str, *unique: str) -> str:
    """Return a name for the service that no other room on the network has.

    Args:
        room: the name of the room.
        unique: texts that together only this server has; the name ends with a hash of them.
    """
    digest = hashlib.sha256("\0".join(unique).encode()).hexdigest()[:_ID_CHARACTERS]
    end = f" ({digest})"
    # A dot would begin another label.
    name = "".join(" " if c in ".\\" or not _is_safe(c) else c for c in room)
    return cut(" ".join(name.split()) or "room", LABEL_BYTES - len(end)).rstrip() + end


def host(*unique: str) -> str:
    """Return a host name for the addresses of the service, apart from the computer's own."""
    digest = hashlib.sha256("\0".join(unique).encode()).hexdigest()[: 2 * _ID_CHARACTERS]
    return f"chatroom-{digest}.local."


def text(room: str, facts: Facts, key: str) -> dict[str, str]:
    """Return the TXT record.

    Args:
        room: the name of the room.
        facts: the room as it is now.
        key: the hash of the TLS key, as `GET /room` has it; empty without TLS.
    """
    fields = {
        "room": room,
        "journal": facts.journal,
        "version": str(protocol.VERSION),
        "places": f"{facts.active}/{facts.places}",
    }
    if key:
        fields["key"] = key
    return {name: cut(value, STRING_BYTES - len(f"{name}=")) for name, value in fields.items()}


def cut(text: str, most: int) -> str:
    """Return the beginning of `text` that has at most `most` bytes in UTF-8."""
    return text.encode()[:most].decode("utf-8", "ignore")


def _is_safe(character: str) -> bool:
    return character.isprintable() and unicodedata.category(character) != "Cf"
