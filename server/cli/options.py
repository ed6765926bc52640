"""What the operator can set: defaults < file < environment < flags, checked in one place.

click does the work: flags first, then `CHATROOM_…` variables, then the TOML file as its
default map. Knows no process and opens nothing but the configuration and password files.
"""

import math
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import click

from server.settings import Settings
from shared import limits

_SIZE = re.compile(r"(\d{1,18})\s*(?:([kmg])i?)?b?", re.IGNORECASE)
_HOST_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?")
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@\s]+|null")
_REPEATABLE = ("allow_host", "allow_origin")
_UNITS = {None: 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


class _Size(click.ParamType[int]):
    """Bytes, also as 500k, 10M or 1GiB (powers of 1024)."""

    name = "size"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        if isinstance(value, int):
            return value
        found = _SIZE.fullmatch(str(value).strip())
        if not found:
            self.fail(f"{value!r} is no size. Try 10MiB, 500k or a number of bytes.")
        return int(found[1]) * _UNITS[found[2].lower() if found[2] else None]


class _RoomName(click.ParamType[str]):
    name = "name"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        text = str(value)
        if not 1 <= len(text) <= 64 or not text.isprintable() or text != text.strip():
            self.fail("a room's name is one line of 1 to 64 characters.")
        return text


class _HostName(click.ParamType[str]):
    """A name of this server as the Host header has it (RFC 9110, section 7.2), without port."""

    name = "name"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        text = str(value).lower().rstrip(".")
        if not _HOST_NAME.fullmatch(text):
            self.fail(f"{value!r} is not a host name. Try chat.example.org, without a port.")
        return text


class _Origin(click.ParamType[str]):
    """As browsers send it (RFC 6454, section 7), but a slash at its end is forgiven."""

    name = "origin"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        text = str(value).lower().rstrip("/")
        if not _ORIGIN.fullmatch(text):
            self.fail(f"{value!r} is no origin. Try https://example.org, with its port if any.")
        return text


class _Seconds(click.FloatRange):
    """Seconds; nan and inf are no times."""

    name = "seconds"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        seconds = float(super().convert(value, param, ctx))
        if not math.isfinite(seconds):
            self.fail(f"{value!r} is no number to count with.")
        return seconds


def cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _read_config(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    """Make the TOML file the default map. Keys are the options' names, - or _ alike."""
    if value is None:
        return None
    try:
        table = tomllib.loads(value.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise click.BadParameter(f"{value} cannot be read: {problem}") from problem
    known = {one.name for one in ctx.command.params} - {"config"}
    defaults = {key.replace("-", "_"): setting for key, setting in table.items()}
    if unknown := sorted(set(defaults) - known):
        raise click.BadParameter(f"{value} has settings nobody knows: {', '.join(unknown)}")
    words = {key: _as_typed(value, key, setting) for key, setting in defaults.items()}
    ctx.default_map = {**(ctx.default_map or {}), **words}
    return value


def _as_typed(file: Path, key: str, setting: object) -> str | list[str]:
    """A setting of the file as one would type it, so that flags and file pass one check."""
    if key in _REPEATABLE and isinstance(setting, list):
        return [str(one) for one in setting]
    if isinstance(setting, bool) or not isinstance(setting, str | int | float):
        name = key.replace("_", "-")
        raise click.BadParameter(f"{file}: {name} takes a text or a number")
    try:
        text = str(setting)
    except ValueError as problem:  # thousands of digits
        raise click.BadParameter(f"{file}: {key} is too large a number") from problem
    if "\0" in text:
        raise click.BadParameter(f"{file}: {key} has a zero character")
    return [text] if key in _REPEATABLE else text


def _read_password(ctx: click.Context, param: click.Parameter, value: Path | None) -> str:
    """The first line of the password file."""
    if value is None:
        return ""
    try:
        password = value.read_text("utf-8").split("\n")[0].strip("\r")
    except (OSError, ValueError) as problem:
        raise click.BadParameter(f"{value} cannot be read: {problem}") from problem
    if not password:
        raise click.BadParameter(f"the first line of {value} is empty")
    return password


_LEVELS = ["debug", "info", "warning", "error", "critical"]

_PATH = click.Path(path_type=Path)
OPTIONS = [
    click.option("--host", default=limits.DEFAULT_HOST, help="Address or name to listen on."),
    click.option(
        "--port", type=click.IntRange(0, 65535), default=limits.DEFAULT_PORT,
        help="Port to listen on; 0 picks a free one and prints it.",
    ),
    click.option(
        "--max-users", type=click.IntRange(1, 2000), default=limits.DEFAULT_MAX_USERS,
        help="Places in the room.",
    ),
    click.option(
        "--workers", type=click.IntRange(1, 64), default=lambda: min(cores(), 4),
        show_default="the cores, at most 4", help="Worker processes.",
    ),
    click.option(
        "--downloads", type=_PATH, default=Path("downloads"), help="Folder for shared files."
    ),
    click.option(
        "--data-dir", type=_PATH, default=Path(".chatroom"), help="Folder for the history."
    ),
    click.option(
        "--room", type=_RoomName(), default=limits.DEFAULT_ROOM, help="Name of the room."
    ),
    click.option(
        "--history", type=click.IntRange(0), default=0, show_default="0, everything",
        help="How many events to keep.",
    ),
    click.option(
        "--grace", type=_Seconds(0, 86_400), default=limits.DEFAULT_GRACE,
        help="How long a lost connection keeps its name and place.",
    ),
    click.option(
        "--rate", type=_Seconds(0, 100_000), default=20.0, metavar="NUMBER",
        help="Messages a second for each member, twice that at once; 0 is off.",
    ),
    click.option(
        "--max-file", type=_Size(), default=limits.DEFAULT_FILE_BYTES,
        show_default="10MiB", help="The largest file that can be shared.",
    ),
    click.option(
        "--quota", type=_Size(), default=1 << 30, show_default="1GiB",
        help="All shared files together; 0 is off.",
    ),
    click.option(
        "--password-file", type=_PATH, callback=_read_password,
        help="File whose first line is the room's password.",
    ),
    click.option(
        "--max-connections", type=click.IntRange(0), default=512,
        help="Connections from one address; 0 is off.",
    ),
    click.option(
        "--durability", type=click.Choice(["normal", "full"]), default="normal",
        help="What history survives: the crash of any process, or the loss of power too.",
    ),
    click.option(
        "--allow-host", type=_HostName(), multiple=True, metavar="NAME",
        help="Another name of this server in join links (chat.example.org). Repeatable.",
    ),
    click.option(
        "--allow-origin", type=_Origin(), multiple=True, metavar="ORIGIN",
        help="Web pages of this origin may join too (https://example.org). Repeatable.",
    ),
    click.option(
        "--metrics", type=click.Choice(["loopback", "all"]), default="loopback",
        help="Who may read /metrics.",
    ),
    click.option("--log-level", type=click.Choice(_LEVELS, case_sensitive=False),
                 default="warning", help="How much to log."),
    click.option("--log-format", type=click.Choice(["text", "json"]), default="text",
                 help="Log lines for people or for programs."),
    click.option("--hung-after", type=_Seconds(0.1, 3600), default=5.0, hidden=True),
    click.option(
        "--config", type=_PATH, is_eager=True, callback=_read_config, expose_value=False,
        help="TOML file with any of these settings (max-users = 8).",
    ),
]  # fmt: skip


def from_options(options: dict[str, Any]) -> Settings:
    """The settings that click has put together."""
    options["password"] = options.pop("password_file")
    for folder in ("downloads", "data_dir"):
        options[folder] = options[folder].absolute()
    for several in ("allow_host", "allow_origin"):
        options[several] = frozenset(options[several])
    return Settings(**options)
