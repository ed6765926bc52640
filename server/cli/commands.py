"""The command line: open a room, report, back up and restore.

Each error is one line on standard error.
"""

import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from server.cli import cluster_commands, host_commands, targets
from server.cli.options import DATA_DIR, OPTIONS, from_options
from server.processes import output
from shared import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command (of `sys.argv` by default); returns the exit status."""
    output.prepare()
    try:
        status = server.main(arguments, standalone_mode=False)
        return int(status or 0)
    except click.ClickException as problem:
        text = "".join(c if c.isprintable() else "\ufffd" for c in problem.format_message())
        print(f"chatroom: {text}", file=sys.stderr)
        return problem.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130


def _with_options[F: Callable[..., Any]](function: F) -> F:
    for option in reversed(OPTIONS):
        function = option(function)
    return function


DOWNLOADS, MODE = "chatroom.downloads", "chatroom.mode"


def downloads_of(ctx: click.Context) -> Path | None:
    """Return the downloads folder that was named; None if that is left to the defaults."""
    named = ctx.get_parameter_source("downloads") is not ParameterSource.DEFAULT
    return ctx.params["downloads"] if named else None


@click.group(
    invoke_without_command=True,
    context_settings={
        "auto_envvar_prefix": "CHATROOM",
        "help_option_names": ["-h", "--help"],
        "show_default": True,
        "max_content_width": 96,
    },
)
@click.version_option(__version__, message="Chatroom %(version)s")
@_with_options
@click.pass_context
def server(ctx: click.Context, /, **options: Any) -> int | None:
    """Open a chat room.

    Each option can also be an environment variable (CHATROOM_MAX_USERS=8) or a line in a
    TOML file named by --config. Flags override the environment, which overrides the file.
    """
    if ctx.invoked_subcommand is not None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGHUP))
        ctx.obj = options["data_dir"]
        ctx.meta[DOWNLOADS] = downloads_of(ctx)
        ctx.meta[MODE] = options["downloads_mode"]
        return None
    from server.processes.main_process import run

    return run(from_options(options))


@server.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@DATA_DIR
@click.pass_context
def report(ctx: click.Context, /, as_json: bool, data_dir: Path | None) -> int:
    """Show who is connected, and from where."""
    from server.cli.report import run

    return run(data_dir or ctx.obj, as_json)


@server.command()
@click.option("--owner", is_flag=True, help="Make whoever opens the link an owner of the room.")
@click.option("--qr", "qr_code", is_flag=True, help="Draw the QR code of the web page, too.")
@DATA_DIR
@click.pass_context
def link(ctx: click.Context, /, owner: bool, qr_code: bool, data_dir: Path | None) -> int:
    """Print the links that let people in."""
    from server.cli.link import run

    return run(data_dir or ctx.obj, owner=owner, qr_code=qr_code)


@server.command()
@DATA_DIR
@click.pass_context
def rescue(ctx: click.Context, /, data_dir: Path | None) -> int:
    """Save the readable events of a damaged journal."""
    from server.cli.backups import rescue

    return rescue(data_dir or ctx.obj)


_downloads = click.option(
    "--downloads",
    type=click.Path(path_type=Path),
    help="Folder for shared files.",
    show_default="that of the server",
)
_force = click.option("--force", is_flag=True, help="Replace what is there.")
_file = click.argument("file", type=click.Path(path_type=Path))


@server.command()
@_file
@DATA_DIR
@_downloads
@_force
@click.pass_context
def backup(
    ctx: click.Context,
    /,
    file: Path,
    data_dir: Path | None,
    downloads: Path | None,
    force: bool,
) -> int:
    """Write history, memberships and shared files to FILE, while the server runs or not."""
    from server.cli.backups import backup

    return backup(file, data_dir or ctx.obj, downloads or ctx.meta[DOWNLOADS], force=force)


@server.command()
@_file
@DATA_DIR
@_downloads
@_force
@click.pass_context
def restore(
    ctx: click.Context,
    /,
    file: Path,
    data_dir: Path | None,
    downloads: Path | None,
    force: bool,
) -> int:
    """Put the backup FILE back. What is there now is kept aside."""
    from server.cli.backups import restore

    folder, mode = downloads or ctx.meta[DOWNLOADS], ctx.meta[MODE]
    return restore(file, data_dir or ctx.obj, folder, mode, force=force)


def _pythons(
    ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    for one in value:
        if not targets.PYTHON.fullmatch(one):
            raise click.BadParameter(f"{one!r} is not a version of Python. Try 3.13.")
    return value


@server.command()
@click.option(
    "--platform",
    "systems",
    type=click.Choice(targets.NAMES),
    multiple=True,
    help="Also for these computers; may be given several times.",
)
@click.option(
    "--python",
    "pythons",
    metavar="VERSION",
    callback=_pythons,
    multiple=True,
    help="Also for this version of Python, as 3.13; may be given several times.",
)
@DATA_DIR
@click.pass_context
def wheels(
    ctx: click.Context,
    /,
    systems: tuple[str, ...],
    pythons: tuple[str, ...],
    data_dir: Path | None,
) -> int:
    """Get what the room offers to install the client from (needs the internet once)."""
    from server.cli.wheels import run

    return run(data_dir or ctx.obj, systems, pythons)


for _command in (*host_commands.COMMANDS, *cluster_commands.COMMANDS):
    server.add_command(_command)
