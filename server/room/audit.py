"""Acts in plain words, for the host."""

from collections.abc import Mapping

from server.room.moderation import AuditLine
from shared import protocol

_SENTENCES: Mapping[str, str] = {
    "claim": "{name} is an owner now",
    "role": "{name} gave {target} the role {value}",
    "kick": "{name} removed {target}",
    "ban": "{name} banned {target} ({value})",
    "unban": "{name} ended the ban of {target}",
    "mute": "{name} muted {target} ({value})",
    "slow": "{name} set slow mode: {value}",
    "lock": "{name} set the lock of the room: {value}",
    "topic": "{name} set the topic: {value}",
    "pin": "{name} pinned a message of {target}",
    "unpin": "{name} unpinned a message of {target}",
    "delete": "{name} deleted a message of {target}",
}


def sentence(line: AuditLine) -> str:
    """Return an act in plain words, safe to show on a terminal."""
    name = "The host" if line.name == protocol.SERVER_NAME else line.name
    form = _SENTENCES.get(line.act, "{name}: {act} {target} {value}")
    value = line.value
    if line.act in {"ban", "mute"} and value[:4].isdigit():
        value = f"until {value}"
    text = form.format(name=name, act=line.act, target=line.target, value=value)
    text += f": {line.text}" if line.text else ""
    return printable(text)


def printable(text: str) -> str:
    """Return a text as one line without control characters."""
    return "".join(one if one.isprintable() else " " for one in text)
