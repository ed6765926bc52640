"""The figures as Markdown tables, and their place in docs/performance.md."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import goals, work
from benchmarks.peers import ALL as PEERS
from benchmarks.results import BASE, HOSTS, OURS, TLS, BenchmarkResults
from benchmarks.work import ShownFigure, Work

_VOID_SHOWN = 200
_PLOT = "Deliveries a second and CPU a delivery against N; CPU a message against history"

type _Line = tuple[Work, int, ShownFigure]
"""One line of a table: a figure of a work at a size of the room."""


def markdown(results: BenchmarkResults) -> str:
    """Return a whole run as Markdown: machine, goals, tables, void figures."""
    peers = [peer for peer in results.versions if peer not in (BASE, TLS, HOSTS)]
    parts = [_about(results), _goals(results)]
    compared = [peer for peer in (BASE, TLS, HOSTS) if peer in results.versions]
    parts += [_comparison(results, peer) for peer in compared]
    if not compared or peers != [OURS]:
        parts.append(_table(results, peers))
    return "\n\n".join(part for part in [*parts, _voids(results)] if part) + "\n"


def write(results: BenchmarkResults, page: Path, plot: Path | None = None) -> None:
    """Replace the figures between the page's markers for this choice of cores, or for hosts.

    Args:
        results: The run.
        page: A Markdown file with the markers.
        plot: A picture to link below the tables.

    Raises:
        ValueError: The page has no such markers.
    """
    kind = "hosts" if HOSTS in results.versions else f"cores {results.settings['cores']}"
    begin, end = f"<!-- figures: {kind} -->\n", f"<!-- end: {kind} -->"
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


def _about(results: BenchmarkResults) -> str:
    machine = ", ".join(f"{name} {value}" for name, value in results.machine.items())
    settings = ", ".join(f"{name} {value}" for name, value in results.settings.items())
    versions = "; ".join(results.versions.values())
    return f"Measured on: {machine}.\n\nSettings: {settings}.\n\nVersions: {versions}."


def _goals(results: BenchmarkResults) -> str:
    rows = []
    for goal in goals.ALL:
        measured = goal.measured(results)
        if measured is not None:
            sign = "≤" if goal.at_most else "≥"
            met = "yes" if goal.met(measured) else "**no**"
            rows.append([goal.label, f"{sign} {goal.bound:g}", f"{measured:.3g}", met])
    return _rows(["goal", "wanted", "measured", "met"], rows) if rows else ""


def _comparison(results: BenchmarkResults, base: str) -> str:
    """Return every figure of ours and of another of ours, and the ratio of the two."""
    first, second = (OURS, BASE) if base == BASE else (base, OURS)
    rows = []
    for line in _lines(results):
        one, other = (_median(results, line, peer) for peer in (first, second))
        ratio = f"{one / other:.3f}" if one is not None and other else "-"
        cells = [_cell(results, line, peer) for peer in (first, second)]
        rows.append([_title(line), *cells, ratio])
    return _rows(["", first, second, f"{first}/{second}"], rows)


def _table(results: BenchmarkResults, peers: Sequence[str]) -> str:
    """Return every figure of all peers, with its ratio to that of ours in brackets."""
    labels = {peer.name: peer.label for peer in PEERS}
    rows = []
    for line in _lines(results):
        ours = _median(results, line, OURS)
        cells = []
        for peer in peers:
            value = _median(results, line, peer)
            ratio = ""
            if peer != OURS and line[2].compared and ours and value is not None:
                ratio = f" ({value / ours:.2g})"
            cells.append(_cell(results, line, peer) + ratio)
        rows.append([_title(line), *cells])
    head = ["", *(labels.get(peer, peer) for peer in peers)]
    return "In brackets: as a multiple of ours.\n\n" + _rows(head, rows)


def _lines(results: BenchmarkResults) -> Iterator[_Line]:
    for each in (*work.ALL, *work.ON_HOSTS):
        for members in results.sizes(each.name):
            for shown in each.shown:
                yield each, members, shown


def _title(line: _Line) -> str:
    each, members, shown = line
    return f"{each.label}, N = {members:,}: {shown.label}"


def _median(results: BenchmarkResults, line: _Line, peer: str) -> float | None:
    each, members, shown = line
    return results.median(each.name, members, peer, shown.figure)


def _cell(results: BenchmarkResults, line: _Line, peer: str) -> str:
    each, members, shown = line
    value = _median(results, line, peer)
    if value is None:
        return "void" if results.was_done(each.name, members, peer) else "-"
    return f"{value / shown.divisor:,.{shown.decimals}f}"


def _voids(results: BenchmarkResults) -> str:
    lines = [
        f"- {name}, N = {members:,}, {peer}, {len(reasons)} times: {reasons[0][:_VOID_SHOWN]}"
        for (name, members, peer), reasons in results.voids().items()
    ]
    return "Void and left out of the medians:\n\n" + "\n".join(lines) if lines else ""


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
