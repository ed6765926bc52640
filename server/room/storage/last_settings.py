"""The settings that a room was last opened with, in its data folder: a backup needs them.

Without the password, which the owner has in a file.
"""

import os
from pathlib import Path

import msgspec

from server.settings import Settings

NAME = "settings.json"


class LastSettings(msgspec.Struct, frozen=True):
    """Settings that matter to the room as a whole, in the words of the command line."""

    downloads: str = "downloads"
    room: str = ""
    max_users: int = 0
    history: int = 0
    files: str = ""
    keep_files: int = 0
    max_file: int = 0
    quota: int = 0
    max_journal: int = 0
    durability: str = ""
    tls: str = ""
    tls_cert: str = ""
    tls_key: str = ""


def record(settings: Settings) -> None:
    """Write them to the data folder. Raises `OSError`."""
    fields = LastSettings.__struct_fields__
    values = {name: getattr(settings, name) for name in fields}
    for name in ("downloads", "tls_cert", "tls_key"):
        values[name] = str(values[name] or "")
    last = LastSettings(**values)
    path = settings.data_dir / NAME
    fresh = path.with_name(NAME + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - of a descriptor
        file.write(msgspec.json.format(msgspec.json.encode(last)) + b"\n")
    fresh.replace(path)


def recorded(data: Path) -> LastSettings | None:
    """Return those of a data folder; None if there are none that can be read."""
    try:
        return msgspec.json.decode((data / NAME).read_bytes(), type=LastSettings)
    except (OSError, ValueError):  # msgspec's errors are ValueErrors
        return None
