"""The options of the command line: click reads and checks each value once, here.

Flags beat `CHATROOM_…` environment variables, which beat the TOML file of `--config`, which
beats the defaults of `Settings`. This module reads the configuration file and the password
file, and no other.
"""

import difflib
import math
import os
import re
import socket
import stat
import sys
import tomllib
from collections.abc import Callable
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

import click

from server.processes import output
from server.settings import Settings
from shared import limits, passwords

_SIZE = re.compile(r"(\d{1,18})\s*(?:([kmg])i?)?b?", re.IGNORECASE)
_UNITS = {None: 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?")
_PUBLIC_URL = re.compile(
    r"https?://(\[[0-9a-f:.]+\]|[^/?#@\s:\[\]]+)(:\d{1,5})?", re.IGNORECASE
)
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@\s]+|null")
_NODE = re.compile(r"(nats|tls)://(\[[0-9a-f:.]+\]|[^/?#@\s:\[\],]+)(:\d{1,5})?", re.IGNORECASE)
_HOST_NAME = re.compile(r"[A-Za-z0-9_-]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9_-])?")
_REPEATABLE = ("host", "allow_host", "allow_origin", "trusted_proxy")
_DEFAULTS = Settings()

# --- values ------------------------------------------------------------------------------


def size(value: Any) -> int:
    """Bytes, also written as 500k, 10M or 1GiB (powers of 1024)."""
    found = _SIZE.fullmatch(str(value).strip())
    if not found:
        raise click.BadParameter(f"{value!r} is not a size. Try 10MiB, 500k or 4096 (bytes).")
    return int(found[1]) * _UNITS[found[2].lower() if found[2] else None]


def _file_size(value: Any) -> int:
    """Bytes of a file, as `size`."""
    if (found := size(value)) > limits.LARGEST_FILE_BYTES:
        raise click.BadParameter("the largest file can have at most 2GiB.")
    return found


def _room_name(value: Any) -> str:
    text = str(value)
    if not 1 <= len(text) <= 64 or not text.isprintable() or text != text.strip():
        raise click.BadParameter("the name of a room is one line of 1 to 64 characters.")
    return text


def _listen(value: Any) -> str:
    """A name or an address of this computer, also in brackets, or `*`."""
    text = str(value).strip().lower()
    if not text or text != "".join(text.split()):
        raise click.BadParameter(f"{value!r} is not an address. Try 192.168.1.5 or *.")
    return text[1:-1] if text.startswith("[") and text.endswith("]") else text


def _host_name(value: Any) -> str:
    """A name in a Host header (RFC 9110, section 7.2), without the port."""
    text = str(value).lower().rstrip(".")
    if not _HOST.fullmatch(text):
        raise click.BadParameter(
            f"{value!r} is not a host name. Try chat.example.org, no port."
        )
    return text


def _origin(value: Any) -> str:
    """An origin as browsers send it (RFC 6454, section 7); a final slash is dropped."""
    text = str(value).lower().rstrip("/")
    if not _ORIGIN.fullmatch(text):
        raise click.BadParameter(
            f"{value!r} is not an origin. Try https://example.org, with its port if it has one."
        )
    return text


def _network(value: Any) -> IPv4Network | IPv6Network:
    """An address, or a network as 10.0.0.0/8."""
    try:
        return ip_network(str(value), strict=False)
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is not an address. Try 192.0.2.7 or 10.0.0.0/8."
        ) from None


def _url(value: Any) -> str:
    """An address of a web site, without path: what links to this room begin with."""
    text = str(value).strip().rstrip("/")
    if text and not _PUBLIC_URL.fullmatch(text):
        raise click.BadParameter(
            f"{value!r} is not the address of a site. Try https://chat.example.org."
        )
    return text


def _nodes(value: Any) -> tuple[str, ...]:
    """URLs of NATS nodes with commas between them."""
    if isinstance(value, tuple):
        return value
    urls = tuple(one.strip().rstrip("/") for one in str(value).split(",") if one.strip())
    for url in urls:
        if not _NODE.fullmatch(url):
            raise click.BadParameter(
                f"{url!r} is not the address of a node. Try nats://10.0.0.1:4222."
            )
    return urls


def _own_name(value: Any) -> str:
    text = str(value)
    if text and not _HOST_NAME.fullmatch(text):
        raise click.BadParameter(
            f"{value!r} is not a name for a host: 1 to 63 letters, digits, -, _ and dots."
        )
    return text


def _mode(value: Any) -> int:
    """The mode of a file, as chmod takes it; the owner can always read and write."""
    text = str(value)
    if not re.fullmatch(r"0?[67][0-7]{2}", text):
        raise click.BadParameter(f"{value!r} is not a mode of files. Try 0600 or 0644.")
    return int(text, 8) & 0o666


class _Number(click.FloatRange):
    """A finite number in a range."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):  # it passes every comparison with the range
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


def cores() -> int:
    """The number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# --- files -------------------------------------------------------------------------------


def _read_config(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    """Use a TOML file as defaults. Its keys are the option names, with - or _."""
    if value is None:
        return None
    try:
        table = tomllib.loads(value.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as problem:
        raise click.UsageError(f"{value} cannot be read: {problem}") from problem
    known = {str(one.name).replace("_", "-") for one in ctx.command.params} - {"config"}
    switches = {
        str(one.name).replace("_", "-")
        for one in ctx.command.params
        if isinstance(one, click.Option) and one.is_flag
    }
    defaults = {}
    for key, setting in table.items():
        name = key.replace("_", "-")
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise click.UsageError(f"{value}: Unknown setting: {key}.{hint}")
        switch = isinstance(setting, bool) and name in switches
        text = str(setting) if switch else setting
        defaults[name.replace("-", "_")] = _as_typed(value, name, text)
    ctx.default_map = {**(ctx.default_map or {}), **defaults}
    return value


def _as_typed(file: Path, name: str, setting: object) -> str | list[str]:
    """A setting of the file as a person would type it: file and flags pass the same check."""
    repeatable = name.replace("-", "_") in _REPEATABLE
    if repeatable and isinstance(setting, list):
        return [_text(file, name, one) for one in setting]
    text = _text(file, name, setting)
    return [text] if repeatable else text


def _text(file: Path, name: str, setting: object) -> str:
    if isinstance(setting, bool) or not isinstance(setting, str | int | float):
        raise click.UsageError(f"{file}: {name} takes a text or a number.")
    try:
        text = str(setting)
    except ValueError as problem:  # thousands of digits
        raise click.UsageError(f"{file}: the number of {name} is too large.") from problem
    if "\0" in text:
        raise click.UsageError(f"{file}: {name} contains a NUL character.")
    return text


def _read_password(ctx: click.Context, param: click.Parameter, value: Path | None) -> str:
    """Read the first line of the password file."""
    if value is None:
        return ""
    try:
        password = value.read_text("utf-8-sig").split("\n")[0].strip("\r")
        mode = value.stat().st_mode
    except (OSError, ValueError) as problem:
        raise click.BadParameter(f"{value} cannot be read: {problem}") from problem
    if not password:
        raise click.BadParameter(f"the first line of {value} is empty.")
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        output.warn(
            "Other users of this computer can read the password. "
            f"To stop that: chmod go-r {value}"
        )
    return passwords.prepare(password)


# --- options -----------------------------------------------------------------------------

_PATH = click.Path(path_type=Path)


def _option(name: str, type: Any, help: str, **more: Any) -> Callable[..., Any]:
    """The option `--name` with the default of its field in `Settings`."""
    default = getattr(_DEFAULTS, name.replace("-", "_"))
    return click.option(f"--{name}", type=type, help=help, **{"default": default, **more})


OPTIONS = [
    _option(
        "host", _listen, "Address or name to listen on; * is all addresses. Repeatable.",
        metavar="HOST", multiple=True,
    ),
    _option("port", click.IntRange(0, 65535), "Port to listen on; 0 picks a free one."),
    _option("max-users", click.IntRange(1, limits.MAX_USERS), "Largest number of members."),
    _option(
        "workers", click.IntRange(1, 64), "Number of worker processes.",
        default=lambda: min(cores(), 4), show_default="the cores, at most 4",
    ),
    _option("downloads", _PATH, "Folder for shared files."),
    _option("data-dir", _PATH, "Folder for the history."),
    _option("room", _room_name, "Name of the room.", metavar="NAME"),
    _option(
        "history", click.IntRange(0), "Number of events to keep; 0 keeps all.",
    ),
    _option(
        "grace", _Number(0, 86_400), metavar="SECONDS",
        help="Time for which a disconnected member keeps name and place.",
    ),
    _option(
        "rate", _Number(0, 100_000), metavar="NUMBER",
        help="Messages per second of a member, twice as many at once; 0 is no limit.",
    ),
    _option(
        "edit-window", _Number(0, 366 * 86_400), metavar="SECONDS",
        help="Time for which members can edit a message of theirs; 0 allows no edits.",
    ),
    _option(
        "files", click.Choice(["text", "pictures", "any"]),
        "Files that members can share: text only, pictures too, or any.",
    ),
    _option(
        "max-file", _file_size, "Largest file that members can share, at most 2GiB.",
        metavar="SIZE", show_default="10MiB",
    ),
    _option(
        "keep-files", click.IntRange(0, 36_500), metavar="DAYS",
        help="Days after which shared files are deleted; 0 keeps all.",
    ),
    _option(
        "quota", size, "Largest size of all shared files together; 0 is no limit.",
        metavar="SIZE", show_default="1GiB",
    ),
    _option(
        "downloads-mode", _mode, "Who can read shared files on this computer.", metavar="MODE",
        default="0600",
    ),
    _option(
        "max-journal", size, "Largest size of the history; the oldest goes. 0 is no limit.",
        metavar="SIZE", show_default="1GiB",
    ),
    _option(
        "min-free", size, "Space on the disks that stays free: below it nothing is stored.",
        metavar="SIZE", show_default="256MiB",
    ),
    click.option(
        "--password-file", type=_PATH, callback=_read_password,
        help="File whose first line is the password of the room.",
    ),
    _option(
        "max-users-per-address", click.IntRange(0),
        "Most members from one other computer.", show_default="max-users less one",
    ),
    _option(
        "max-connections", click.IntRange(0),
        "Most connections from one address; 0 is no limit.",
    ),
    _option(
        "durability", click.Choice(["normal", "full"]),
        "normal: history survives a crash of any process; full: a power failure too.",
    ),
    _option(
        "allow-host", _host_name, metavar="NAME", multiple=True, default=(),
        help="Further name of this server in URLs (chat.example.org). Repeatable.",
    ),
    _option(
        "allow-origin", _origin, metavar="ORIGIN", multiple=True, default=(),
        help="Web pages of this origin may join too (https://example.org). Repeatable.",
    ),
    _option(
        "trusted-proxy", _network, metavar="ADDRESS", multiple=True, default=(),
        help="A reverse proxy whose X-Forwarded-For is believed. Repeatable.",
    ),
    _option(
        "public-url", _url, metavar="URL",
        help="Where people reach the room, if that is another address (behind a proxy).",
    ),
    _option(
        "tls", click.Choice(["auto", "optional", "off"]),
        "Encryption: auto requires it of other computers, optional does not.",
    ),
    _option("tls-cert", _PATH, "Certificate of your own (PEM); SIGHUP reads it again."),
    _option("tls-key", _PATH, "Key of --tls-cert (PEM, without a passphrase)."),
    _option(
        "cluster", _nodes, metavar="URLS", show_default=False,
        help="NATS nodes of a room on several hosts, with commas (nats://a:4222,nats://b:4222).",
    ),
    _option("cluster-credentials", _PATH, "File that lets this host use the nodes."),
    _option(
        "host-name", _own_name, metavar="NAME", show_default="the name of this computer",
        help="Name of this host in a room on several.",
    ),
    click.option("--qr/--no-qr", default=_DEFAULTS.qr, help="Draw a QR code at the start."),
    click.option(
        "--no-announce", is_flag=True,
        help="Do not announce the room to other computers on the network.",
    ),
    _option(
        "report-addresses", click.Choice(["all", "owner"]),
        "Who sees the addresses of members in the report.",
    ),
    _option(
        "metrics", click.Choice(["loopback", "all"]),
        "Serve /metrics to this machine only, or to all.",
    ),
    _option(
        "log-level",
        click.Choice(["debug", "info", "warning", "error", "critical"], case_sensitive=False),
        "Least important lines to log.",
    ),
    _option("log-format", click.Choice(["text", "json"]), "Format of the log lines."),
    _option("hung-after", _Number(0.1, 3600), "Kill a hung process after.", hidden=True),
    click.option(
        "--config", type=_PATH, is_eager=True, callback=_read_config, expose_value=False,
        help="TOML file with any of these settings (max-users = 8).",
    ),
]  # fmt: skip


_AGREED = (
    "max-users", "history", "edit-window", "files", "max-file", "keep-files", "quota",
    "max-journal", "rate", "grace", "password-file",
)  # fmt: skip


def with_agreed_options[F: Callable[..., Any]](function: F) -> F:
    """Add the options that must be the same on all hosts of a room."""
    for option in reversed(OPTIONS):
        command: Any = option(lambda: None)
        if command.__click_params__[0].opts[0].removeprefix("--") in _AGREED:
            function = option(function)
    return function


DATA_DIR = click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="Data folder of the server.",
    show_default="that of the server's own option",
)
"""The option of commands other than the server itself."""


def from_options(options: dict[str, Any]) -> Settings:
    """Make the settings from the values that click has checked."""
    options["password"] = options.pop("password_file")
    options["announce"] = not options.pop("no_announce")
    _check_tls(options)
    _check_cluster(options)
    for path in ("downloads", "data_dir", "tls_cert", "tls_key", "cluster_credentials"):
        options[path] = options[path] and options[path].absolute()
    for name in ("allow_host", "allow_origin"):
        options[name] = frozenset(options[name])
    return Settings(**options)


def _check_cluster(options: dict[str, Any]) -> None:
    """Refuse options of a room on several hosts without its nodes; give the host a name."""
    if options["cluster"]:
        if find_spec("nats") is None:
            raise click.UsageError(
                "--cluster needs the Python package nats-py. "
                f"Install it: {sys.executable} -m pip install nats-py"
            )
        options["host_name"] = options["host_name"] or _name_of_computer()
        return
    for name in ("cluster_credentials", "host_name"):
        if options[name]:
            raise click.UsageError(f"--{name.replace('_', '-')} needs --cluster too.")


def _name_of_computer() -> str:
    name = re.sub(r"[^A-Za-z0-9_.-]", "-", socket.gethostname())[:63].strip(".")
    return name or "host"


def _check_tls(options: dict[str, Any]) -> None:
    """Refuse a certificate without key, and a key without certificate."""
    given = [name for name in ("tls-cert", "tls-key") if options[name.replace("-", "_")]]
    if len(given) == 1:
        missing = {"tls-cert": "tls-key", "tls-key": "tls-cert"}[given[0]]
        raise click.UsageError(f"--{given[0]} needs --{missing} too.")
    if given and options["tls"] == "off":
        raise click.UsageError("--tls off uses no --tls-cert. Leave out one of them.")
