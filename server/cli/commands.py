"""The command line: `server` opens a room, `server report` asks one. One line for each error.

Knows the settings and who carries a command out.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from server.cli import options as choices
from shared import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
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
    for option in reversed(choices.OPTIONS):
        function = option(function)
    return function


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

    Every option can also be set by an environment variable (CHATROOM_MAX_USERS=8) or in a
    TOML file named by --config; flags beat the environment, which beats the file.
    """
    if ctx.invoked_subcommand is not None:
        ctx.obj = options["data_dir"]
        return None
    from server.processes.supervisor import run

    return run(choices.from_options(options))


@server.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="The running server's data folder.",
    show_default="as the server's",
)
@click.pass_context
def report(ctx: click.Context, /, as_json: bool, data_dir: Path | None) -> int:
    """Show who is connected to the running room, and from where."""
    from server.cli.report import run

    return run(data_dir or ctx.obj, as_json)


@server.command()
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="The data folder.",
    show_default="as the server's",
)
@click.pass_context
def rescue(ctx: click.Context, /, data_dir: Path | None) -> int:
    """Save what can be read of a damaged journal; the damaged one is kept."""
    from server.room.storage.rescue import run

    return run(data_dir or ctx.obj)
