"""Figures as Markdown: the tables, and their place in docs/performance.md."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import goals, work
from benchmarks.peers import ALL as PEERS
from benchmarks.results import OURS, Results
from benchmarks.work import Shown, Work

_VOID_SHOWN = 200
_PLOT = "Deliveries a second and CPU a delivery against N; CPU a message against history"


def markdown(results: Results) -> str:
    """All of a run: what it was measured on, goals, table, what is void."""
    parts = [_about(results), _goals(results), _table(results), _voids(results)]
    return "\n\n".join(part for part in parts if part) + "\n"


def write(results: Results, page: Path, plot: Path | None = None) -> None:
    """Put it, and the plot, between the page's markers for this choice of cores.

    Raises `ValueError` when the page has none.
    """
    cores = results.settings["cores"]
    begin, end = f"<!-- figures: cores {cores} -->\n", f"<!-- end: cores {cores} -->"
    text = page.read_text("utf-8")
    if begin not in text or end not in text:
        raise ValueError(f"{page} has no place for figures: {begin.strip()} and {end}")
    before, rest = text.split(begin, 1)
    _, after = rest.split(end, 1)
    shown = markdown(results)
    if plot is not None:
        link = plot.absolute().relative_to(page.absolute().parent, walk_up=True)
        shown += f"\n![{_PLOT}]({link.as_posix()})\n"
    page.write_text(f"{before}{begin}\n{shown}\n{end}{after}", "utf-8")


def _about(results: Results) -> str:
    machine = ", ".join(f"{name} {value}" for name, value in results.machine.items())
    settings = ", ".join(f"{name} {value}" for name, value in results.settings.items())
    versions = "; ".join(results.versions.values())
    return f"Measured on: {machine}.\n\nSettings: {settings}.\n\nVersions: {versions}."


def _goals(results: Results) -> str:
    rows = []
    for goal in goals.ALL:
        measured = goal.measured(results)
        if measured is not None:
            sign = "≤" if goal.at_most else "≥"
            met = "yes" if goal.met(measured) else "**no**"
            rows.append([goal.label, f"{sign} {goal.bound:g}", f"{measured:.3g}", met])
    return _rows(["goal", "wanted", "measured", "met"], rows) if rows else ""


def _table(results: Results) -> str:
    labels = {peer.name: peer.label for peer in PEERS}
    peers = list(results.versions)
    rows = [
        [_title(each, members, shown), *_cells(results, each, members, shown, peers)]
        for each in work.ALL
        for members in results.sizes(each.name)
        for shown in each.shown
    ]
    head = ["", *(labels.get(peer, peer) for peer in peers)]
    return "In brackets: as a multiple of ours.\n\n" + _rows(head, rows)


def _title(each: Work, members: int, shown: Shown) -> str:
    return f"{each.label}, N = {members:,}: {shown.label}"


def _cells(
    results: Results, each: Work, members: int, shown: Shown, peers: Sequence[str]
) -> Iterator[str]:
    ours = results.median(each.name, members, OURS, shown.figure)
    for peer in peers:
        value = results.median(each.name, members, peer, shown.figure)
        if value is None:
            yield "void" if results.was_done(each.name, members, peer) else "-"
            continue
        text = f"{value / shown.divisor:,.{shown.decimals}f}"
        if peer != OURS and shown.compared and ours:
            text += f" ({value / ours:.2g})"
        yield text


def _voids(results: Results) -> str:
    lines = [
        f"- {name}, N = {members:,}, {peer}, {len(reasons)} times: {reasons[0][:_VOID_SHOWN]}"
        for (name, members, peer), reasons in results.voids().items()
    ]
    return "Void and left out of the medians:\n\n" + "\n".join(lines) if lines else ""


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
