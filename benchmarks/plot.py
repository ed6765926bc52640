"""Plot the figures against the size of the room and the length of the history."""

from pathlib import Path

from benchmarks.peers import ALL as PEERS
from benchmarks.results import OURS, BenchmarkResults

_INCHES = (13, 4.2)


def draw(results: BenchmarkResults, file: Path) -> None:
    """Plot deliveries/s and CPU per delivery against N, and CPU per message against history."""
    # matplotlib comes with the extra `bench` and is needed only here; no display is needed.
    from matplotlib.figure import Figure

    figure = Figure(figsize=_INCHES, layout="constrained")
    speed, cost, history = figure.subplots(1, 3)
    sizes = results.sizes("full")
    for axes, name in ((speed, "deliveries_per_s"), (cost, "cpu_us")):
        for peer in PEERS:
            points = [
                (members, value)
                for members in sizes
                if (value := results.median("full", members, peer.name, name)) is not None
            ]
            if points:
                width = 2.5 if peer.name == OURS else 1.2
                axes.loglog(*zip(*points, strict=True), "o-", label=peer.name, linewidth=width)
        axes.set_xlabel("members")
        axes.set_xticks(sizes, [f"{each:,}" for each in sizes])
        axes.minorticks_off()
    speed.set_title("deliveries/s, full load")
    cost.set_title("server CPU, µs a delivery, full load")
    if speed.lines:
        speed.legend(fontsize="small")
    if curve := results.curve("history", OURS, "curve"):
        history.plot([x / 1e3 for x, _ in curve], [y for _, y in curve], "o-")
        history.set_ylim(bottom=0)
    history.set_xlabel("thousand events in the journal")
    history.set_title("ours: server CPU, µs a message")
    figure.savefig(file)
