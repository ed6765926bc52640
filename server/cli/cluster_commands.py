"""The commands for a room on several hosts: their arguments and help.

What they do is in modules that they import when they run.
"""

import re
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from server.cli.options import DATA_DIR as SERVERS_DATA_DIR
from server.cli.options import size, with_agreed_options
from shared import limits

DATA_DIR = Path(".chatroom-node")
_PATH = click.Path(path_type=Path)
_LISTEN = re.compile(r"\[?[a-z0-9_.:-]+\]?")


def _listen(ctx: click.Context, param: click.Parameter, value: str) -> str:
    text = value.strip().lower()
    if text == "*":
        return "0.0.0.0"  # noqa: S104 - hosts and nodes are other computers
    if not _LISTEN.fullmatch(text):
        raise click.BadParameter(f"{value!r} is not an address. Try 192.168.1.5.")
    return text.strip("[]")


@click.command()
@click.option(
    "--node", "number", type=click.IntRange(1), required=True,
    help="Which of the peers this computer is: 1 for the first.",
)  # fmt: skip
@click.option(
    "--peers", "named", metavar="HOST,HOST,HOST", required=True,
    help="All nodes by name or address, the same list on each of them.",
)  # fmt: skip
@click.option("--data-dir", type=_PATH, default=DATA_DIR, help="Folder for what it stores.")
@click.option(
    "--secret", "secret_file", type=_PATH, show_default="cluster.secret in the data folder",
    help="File that all nodes and hosts share; node 1 makes it.",
)  # fmt: skip
@click.option("--port", type=click.IntRange(1, 65535), default=4222, help="Port for hosts.")
@click.option(
    "--route-port", type=click.IntRange(1, 65535), default=6222, help="Port for other nodes.",
)  # fmt: skip
@click.option(
    "--listen", callback=_listen, default="*", metavar="ADDRESS",
    help="Address of this computer to listen on; * is all.",
)  # fmt: skip
@click.option(
    "--max-store", type=size, default="0", metavar="SIZE",
    show_default="3/4 of the free space", help="Largest size of what it stores.",
)  # fmt: skip
@click.option("--verbose", is_flag=True, help="Print all that nats-server logs.")
def engine(
    number: int,
    named: str,
    data_dir: Path,
    secret_file: Path | None,
    route_port: int,
    **options: Any,
) -> int:
    """Run a node of a cluster: it stores the room for its hosts (docs/cluster.md).

    A cluster has three nodes, each on a computer of its own. One may fail.
    """
    from server.cli.engine import run
    from server.cluster import engine, secret

    try:
        peers = engine.peers(named, route_port)
    except ValueError as problem:
        raise click.BadParameter(str(problem), param_hint="'--peers'") from None
    if number > len(peers):
        raise click.BadParameter(f"there are {len(peers)} peers.", param_hint="'--node'")
    verbose = options.pop("verbose")
    data = data_dir.absolute()
    node = engine.Node(
        number=number, peers=peers, data=data,
        secret_file=(secret_file or data / secret.NAME).absolute(), **options,
    )  # fmt: skip
    return run(node, verbose=verbose)


@click.command(
    "try-cluster", context_settings={"ignore_unknown_options": True, "allow_extra_args": True}
)
@click.option("--hosts", type=click.IntRange(1, 9), default=3, help="Number of hosts.")
@click.option(
    "--port", type=click.IntRange(0, 65527), default=limits.DEFAULT_PORT,
    help="Port of the first host; the others have the next ones. 0 picks free ones.",
)  # fmt: skip
@click.option(
    "--folder", type=_PATH, show_default="a temporary one",
    help="Folder for all that is stored; it stays.",
)  # fmt: skip
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[OPTIONS OF THE SERVER]")
def try_cluster(hosts: int, port: int, folder: Path | None, options: tuple[str, ...]) -> int:
    """Try a room on several hosts on this computer: three nodes, and the hosts.

    Other options are passed on to each host, such as --max-users 30.
    """
    from server.cli.try_cluster import Trial, run

    return run(Trial(hosts, port, options), folder and folder.absolute())


@click.command()
@click.option("--apply", is_flag=True, help="Change those that are named, on all hosts.")
@with_agreed_options
@SERVERS_DATA_DIR
@click.pass_context
def settings(ctx: click.Context, /, apply: bool, data_dir: Path | None, **options: Any) -> int:
    """Show or change what all hosts of a room agree on (a room on several hosts)."""
    from server.cli.several_hosts import settings

    named = {
        name: value
        for name, value in options.items()
        if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT
    }
    if "password_file" in named:
        named["password"] = named.pop("password_file")
    if bool(named) is not apply:
        raise click.UsageError(
            "--apply changes the settings that are named with it, such as --max-users 20."
        )
    return settings(data_dir or ctx.obj, named)


@click.command()
@SERVERS_DATA_DIR
@click.pass_context
def snapshot(ctx: click.Context, /, data_dir: Path | None) -> int:
    """Copy the history to the cluster, and shorten its log (a room on several hosts)."""
    from server.cli.several_hosts import snapshot

    return snapshot(data_dir or ctx.obj)


COMMANDS: list[click.Command] = [engine, try_cluster, settings, snapshot]
