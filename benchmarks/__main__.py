"""`python -m benchmarks`: which servers, which work, how often; then the table."""

import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from benchmarks import measure, peers, plot, report_page, work
from benchmarks.results import Results

_FILE = click.Path(path_type=Path, dir_okay=False)
_EXISTING = click.Path(path_type=Path, dir_okay=False, exists=True)


class _Names(click.ParamType[list[str]]):
    """Some of the names that there are, separated by commas."""

    name = "names"

    def __init__(self, known: Sequence[str]) -> None:
        self._known = known

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[str]:
        wanted = str(value).split(",")
        if unknown := [name for name in wanted if name not in self._known]:
            self.fail(f"{', '.join(unknown)} is none of {', '.join(self._known)}.")
        return [name for name in self._known if name in wanted]


class _Numbers(click.ParamType[list[int]]):
    """Numbers from 1 on, separated by commas."""

    name = "numbers"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[int]:
        words = str(value).split(",")
        if not all(word.isdecimal() and int(word) for word in words):
            self.fail(f"{value} are no numbers.")
        return [int(word) for word in words]


_PEERS = [peer.name for peer in peers.ALL]
_WORK = [each.name for each in work.ALL]
_QUICK = {"rounds": 1, "seconds": 0.5, "members": [3, 100], "idle": 500, "storm": 200,
          "history": 50_000}  # fmt: skip


@click.command(context_settings={"show_default": True, "max_content_width": 96})
@click.option("--peers", "names", type=_Names(_PEERS), default=",".join(_PEERS))
@click.option("--work", "works", type=_Names(_WORK), default=",".join(_WORK))
@click.option("--members", type=_Numbers(), default="3,30,100,1000", help="In the room.")
@click.option("--rounds", type=click.IntRange(1), default=5, help="Each peer in turn in each.")
@click.option("--seconds", type=click.FloatRange(0.1, 60), default=4.0, help="For each figure.")
@click.option(
    "--cores",
    type=click.Choice(["one", "two"]),
    default="one",
    help="For the server: one, the generator has another; or all, with everybody.",
)
@click.option("--idle", type=click.IntRange(20), default=10_000, help="Idle members.")
@click.option("--storm", type=click.IntRange(2), default=1_000, help="Who join at once.")
@click.option("--history", type=click.IntRange(1_000), default=1_000_000, help="Events.")
@click.option(
    "--quick",
    is_flag=True,
    help="A look in a few minutes: little of everything, N of 3 and 100.",
)
@click.option("--json", "json_file", type=_FILE, help="Keep the figures here.")
@click.option("--plot", "plot_file", type=_FILE, help="Draw them here (.svg, .png).")
@click.option("--write", "page_file", type=_EXISTING, help="Renew the figures in this page.")
@click.option(
    "--read",
    "read_file",
    type=_EXISTING,
    help="Measure nothing: take the figures from a file that --json wrote.",
)
def main(
    *,
    names: list[str],
    works: list[str],
    quick: bool,
    json_file: Path | None,
    plot_file: Path | None,
    page_file: Path | None,
    read_file: Path | None,
    **settings: Any,
) -> None:
    """Measure our server beside others, on this machine, in one run."""
    # A run that is told to end takes its servers and their folders with it.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    if read_file is not None:
        results = Results.load(read_file)
    else:
        results = measure.run(
            [peer for peer in peers.ALL if peer.name in names],
            [each for each in work.ALL if each.name in works],
            {**settings, **_QUICK} if quick else settings,
            json_file,
        )
    print(report_page.markdown(results))
    if plot_file is not None:
        plot.draw(results, plot_file)
    if page_file is not None:
        report_page.write(results, page_file, plot_file)


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
