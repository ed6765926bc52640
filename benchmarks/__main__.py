"""`python -m benchmarks`: choose servers, work and rounds, measure, print the tables."""

import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from benchmarks import measure, peers, plot, report_page, work
from benchmarks.peers import Ours
from benchmarks.results import BASE, OURS, TLS, BenchmarkResults
from benchmarks.work.base import LARGEST_ROOM
from benchmarks.work.own_server import SMALL

_FILE = click.Path(path_type=Path, dir_okay=False)
_EXISTING = click.Path(path_type=Path, dir_okay=False, exists=True)
_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True, resolve_path=True)


class _Names(click.ParamType[list[str]]):
    """Some of the known names, separated by commas."""

    name = "names"

    def __init__(self, known: Sequence[str]) -> None:
        self._known = known

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[str]:
        wanted = str(value).split(",")
        if unknown := [name for name in wanted if name not in self._known]:
            self.fail(f"Unknown: {', '.join(unknown)}. Known: {', '.join(self._known)}.")
        return [name for name in self._known if name in wanted]


class _Numbers(click.ParamType[list[int]]):
    """Numbers from 1 on, separated by commas."""

    name = "numbers"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[int]:
        words = str(value).split(",")
        if not all(word.isdecimal() and int(word) for word in words):
            self.fail(f"{value} is not a list of numbers from 1 on.")
        return [int(word) for word in words]


_PEERS = [peer.name for peer in peers.ALL]
_WORK = [each.name for each in work.ALL]
_OVER_TLS = ("full", "latency", "storm", "idle")
_ON_HOSTS = ("latency", "storm")
_QUICK = {"rounds": 1, "seconds": 0.5, "members": [3, 100], "idle": 500, "storm": 200,
          "history": 50_000}  # fmt: skip


@click.command(context_settings={"show_default": True, "max_content_width": 96})
@click.option("--peers", "names", type=_Names(_PEERS), default=",".join(_PEERS))
@click.option(
    "--against",
    type=_FOLDER,
    help="Another checkout of this project; its server is measured in turn with ours.",
)
@click.option(
    "--tls", is_flag=True, help="Compare ours over TLS with ours in plain, and nothing else."
)
@click.option(
    "--hosts",
    type=click.IntRange(2, 9),
    help="Compare ours on so many hosts with ours on one, all on all cores.",
)
@click.option("--work", "works", type=_Names(_WORK), default=",".join(_WORK))
@click.option("--members", type=_Numbers(), default="3,30,100,1000", help="Sizes of the room.")
@click.option("--rounds", type=click.IntRange(1), default=5, help="All work once in each.")
@click.option("--seconds", type=click.FloatRange(0.1, 60), default=4.0, help="For each figure.")
@click.option(
    "--cores",
    type=click.Choice(["one", "two"]),
    default="one",
    help="one: a core each for server and generator; two: all cores for both.",
)
@click.option(
    "--idle", type=click.IntRange(20, LARGEST_ROOM), default=LARGEST_ROOM, help="Idle members."
)
@click.option("--storm", type=click.IntRange(2), default=1_000, help="Joins at once.")
@click.option("--history", type=click.IntRange(1_000), default=1_000_000, help="Events.")
@click.option(
    "--quick",
    is_flag=True,
    help="An overview in a few minutes: small amounts, N of 3 and 100.",
)
@click.option("--json", "json_file", type=_FILE, help="Save the figures to this file.")
@click.option("--plot", "plot_file", type=_FILE, help="Plot them to this file (.svg, .png).")
@click.option("--write", "page_file", type=_EXISTING, help="Replace the figures in this page.")
@click.option(
    "--read",
    "read_file",
    type=_EXISTING,
    help="Measure nothing; read the figures from a file that --json wrote.",
)
def main(
    *,
    names: list[str],
    against: Path | None,
    tls: bool,
    hosts: int | None,
    works: list[str],
    quick: bool,
    json_file: Path | None,
    plot_file: Path | None,
    page_file: Path | None,
    read_file: Path | None,
    **settings: Any,
) -> None:
    """Measure our server beside others, on this machine, in one run."""
    # A run that gets SIGTERM ends its servers and removes their folders.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    if read_file is not None:
        results = BenchmarkResults.load(read_file)
    else:
        chosen = [peer for peer in peers.ALL if peer.name in names]
        if against is not None:
            if OURS not in names:
                raise click.UsageError("--against needs the peer ours.")
            chosen.insert(1, Ours(against, BASE))
        done = [each for each in work.ALL if each.name in works]
        fixed: dict[str, Any] = {}
        if tls:
            chosen = [Ours(), Ours(name=TLS, tls=True)]
            done = [each for each in done if each.name in _OVER_TLS]
        elif hosts is not None:
            from benchmarks.peers.ours_on_hosts import OursOnHosts

            chosen = [Ours(), OursOnHosts(hosts)]
            done = [*work.ON_HOSTS, *(each for each in done if each.name in _ON_HOSTS)]
            fixed = {"members": [SMALL], "cores": "two", "hosts": hosts}
        amounts = _QUICK if quick else {}
        results = measure.run(chosen, done, {**settings, **amounts, **fixed}, json_file)
    print(report_page.markdown(results))
    if plot_file is not None:
        plot.draw(results, plot_file)
    if page_file is not None:
        report_page.write(results, page_file, plot_file)


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
