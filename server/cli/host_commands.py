"""The host's commands on the command line: their arguments and help.

What they do is in `moderation`, which they import when they run.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from server.cli.options import DATA_DIR
from shared.limits import BAN_MINUTES, SLOW_SECONDS
from shared.moderation import ROLES

COMMANDS: list[click.Command] = []

_UNITS = {"m": 1, "h": 60, "d": 24 * 60, "w": 7 * 24 * 60}
_DURATION = re.compile(r"(\d{1,9})\s*([mhdw])")


def _command[F: Callable[..., Any]](name: str) -> Callable[[F], click.Command]:
    """Make a command that gets the data folder as its first argument."""

    def make(function: F) -> click.Command:
        @click.pass_context
        def run(ctx: click.Context, /, data_dir: Path | None, **arguments: Any) -> int:
            return int(function(data_dir or ctx.obj, **arguments))

        run.__doc__ = function.__doc__
        run.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
        command = click.command(name)(DATA_DIR(run))
        COMMANDS.append(command)
        return command

    return make


def minutes(text: str) -> int:
    """Return the minutes of a duration such as 10m, 1h, 2d or 1w. Raises `ValueError`."""
    found = _DURATION.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(f"{text!r} is not a duration. Try 10m, 1h, 2d or 1w.")
    total = int(found[1]) * _UNITS[found[2]]
    if not 1 <= total <= BAN_MINUTES:
        raise ValueError(f"{text!r} is not between a minute and 100 years.")
    return total


def _duration(ctx: click.Context, param: click.Parameter, value: str | None) -> int:
    try:
        return minutes(value) if value else 0
    except ValueError as problem:
        raise click.BadParameter(str(problem)) from None


def _mute_for(ctx: click.Context, param: click.Parameter, value: str) -> int:
    return 0 if value == "off" else _duration(ctx, param, value)


def _on(ctx: click.Context, param: click.Parameter, value: str) -> bool:
    return value == "on"


def _seconds(ctx: click.Context, param: click.Parameter, value: str) -> int:
    if value == "off":
        return 0
    if not value.isdecimal() or len(value) > 6 or int(value) > SLOW_SECONDS:
        raise click.BadParameter(f"{value!r} is not a number of seconds up to {SLOW_SECONDS}.")
    return int(value)


_name = click.argument("name")
_reason = click.option("--reason", default="", show_default=False, help="Say why.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _target(name: str) -> str | int:
    """Return the member that is meant: `#7` is the one with the number 7."""
    number = name.removeprefix("#")
    return int(number) if name != number and number.isdecimal() else name


@_command("members")
@_json
def members(data: Path, as_json: bool) -> int:
    """Show who is in the room, with numbers and roles."""
    from server.cli import moderation

    return moderation.members(data, as_json=as_json)


@_command("kick")
@_name
@_reason
def kick(data: Path, name: str, reason: str) -> int:
    """Remove the member NAME (or #NUMBER), who can join again after a minute."""
    from server.cli import moderation

    return moderation.act(data, type="kick", target=_target(name), text=reason)


@_command("ban")
@_name
@click.argument("duration", required=False, callback=_duration)
@_reason
def ban(data: Path, name: str, duration: int, reason: str) -> int:
    """Remove NAME (or #NUMBER) and keep them out, for good or for DURATION (10m, 1h, 2d).

    A ban holds on the name, on the device, and on the address, unless that is this computer's.
    NAME may have left a short while ago.
    """
    from server.cli import moderation

    target = _target(name)
    return moderation.act(data, type="ban", target=target, minutes=duration, text=reason)


@_command("bans")
@_json
def bans(data: Path, as_json: bool) -> int:
    """Show the bans that hold, while the server runs or not."""
    from server.cli import moderation

    return moderation.bans(data, as_json=as_json)


@_command("unban")
@click.argument("ban")
def unban(data: Path, ban: str) -> int:
    """End a ban: BAN is its number (see `bans`) or the name."""
    from server.cli import moderation

    return moderation.unban(data, ban)


@_command("mute")
@_name
@click.argument("duration", metavar="DURATION|off", callback=_mute_for)
def mute(data: Path, name: str, duration: int) -> int:
    """Let NAME (or #NUMBER) send nothing for DURATION (10m, 1h, 2d); `off` ends it."""
    from server.cli import moderation

    return moderation.act(data, type="mute", target=_target(name), minutes=duration)


@_command("slow")
@click.argument("seconds", metavar="SECONDS|off", callback=_seconds)
def slow(data: Path, seconds: int) -> int:
    """Let each member send one message in SECONDS."""
    from server.cli import moderation

    return moderation.act(data, type="slow", seconds=seconds)


@_command("lock")
@click.argument("on", metavar="on|off", type=click.Choice(["on", "off"]), callback=_on)
def lock(data: Path, on: bool) -> int:
    """Let nobody new join, or let them again. Members stay and can reconnect."""
    from server.cli import moderation

    return moderation.act(data, type="lock", on=on)


@_command("topic")
@click.argument("text")
def topic(data: Path, text: str) -> int:
    """Set what the room is about; "" removes it."""
    from server.cli import moderation

    return moderation.act(data, type="topic", text=text)


@_command("role")
@_name
@click.argument("role", type=click.Choice(ROLES))
def role(data: Path, name: str, role: str) -> int:
    """Make NAME (or #NUMBER) an owner, a moderator or a member."""
    from server.cli import moderation

    return moderation.act(data, type="role", target=_target(name), role=role)


@_command("delete")
@click.argument("seq", type=click.IntRange(1))
def delete(data: Path, seq: int) -> int:
    """Delete the message or the file with the number SEQ."""
    from server.cli import moderation

    return moderation.act(data, type="delete", seq=seq)


@_command("owner-key")
@click.option("--new", is_flag=True, help="Make another key; all owners become members.")
def owner_key(data: Path, new: bool) -> int:
    """Print the owner's key: who has it can become an owner of the room."""
    from server.cli import moderation

    return moderation.key(data, new=new)


@_command("audit")
@_json
def audit(data: Path, as_json: bool) -> int:
    """Show who did what to whom, when and why, while the server runs or not."""
    from server.cli import moderation

    return moderation.audit(data, as_json=as_json)
