"""The goals of the server, and whether a run meets them (docs/performance.md)."""

from dataclasses import dataclass

from benchmarks.results import HOSTS, OURS, TLS, BenchmarkResults

LARGEST = -1


@dataclass(frozen=True, slots=True)
class Goal:
    """`figure` of ours (or of the peer `of`) is at least (or at most) `bound`.

    With `base`, the ratio of `figure` to the figure `base` of `peer` is taken instead.
    `members` is the size of the room; LARGEST stands for the largest one measured.
    """

    work: str
    members: int
    figure: str
    bound: float
    label: str
    peer: str = OURS
    base: str = ""
    at_most: bool = False
    of: str = OURS

    def measured(self, results: BenchmarkResults) -> float | None:
        """Return the value to compare; None if it was not measured."""
        sizes = results.sizes(self.work)
        members = max(sizes, default=0) if self.members == LARGEST else self.members
        ours = results.median(self.work, members, self.of, self.figure)
        if not self.base:
            return ours
        theirs = results.median(self.work, members, self.peer, self.base)
        return ours / theirs if ours is not None and theirs else None

    def met(self, measured: float) -> bool:
        """Return whether the value meets the goal."""
        return measured <= self.bound if self.at_most else measured >= self.bound


def _full(members: int, **bounds: float) -> list[Goal]:
    return [
        Goal(
            "full", members, "deliveries_per_s", bound,
            f"full load, N = {members}, deliveries/s over those of {peer.replace('_', '-')}",
            peer.replace("_", "-"), "deliveries_per_s",
        )
        for peer, bound in bounds.items()
    ]  # fmt: skip


def _tls(members: int, bound: float) -> Goal:
    label = f"TLS: full load, N = {members}, deliveries/s over those in plain"
    return Goal("full", members, "deliveries_per_s", bound, label, OURS, "deliveries_per_s",
                of=TLS)  # fmt: skip


def _on_hosts(window: int, bound: float) -> Goal:
    label = f"on hosts: full load, {window} messages of each sender under way, messages/s"
    return Goal(f"window{window}", 100, "messages_per_s", bound, label, of=HOSTS)


def _cost(members: int) -> Goal:
    return Goal(
        "steady", members, "cpu_us", 1.25,
        f"CPU a delivery at 50,000 deliveries/s, N = {members}, over that of inspircd",
        "inspircd", "cpu_us", at_most=True,
    )  # fmt: skip


ALL = (
    *_full(1000, redis=3, inspircd=4, ngircd=4, websockets=40),
    *_full(100, inspircd=1, ngircd=1, redis=0.5, websockets=8, node_ws=8),
    *_full(3, node_ws=1),
    _cost(100),
    _cost(1000),
    Goal("latency", 3, "p50_ms", 2, "one message at a time, N = 3, p50 over that of ngircd",
         "ngircd", "p50_ms", at_most=True),
    Goal("idle", LARGEST, "kib_each", 20, "idle memory, KiB a connection", at_most=True),
    Goal("start", 1, "mib", 120, "the whole server at N = 3, MiB", at_most=True),
    Goal("start", 1, "message_s", 1, "start to the first message, s", at_most=True),
    Goal("start", 1, "welcome_ms", 200, "connecting to `welcome`, ms", at_most=True),
    Goal("uploads", 3, "p99_ms", 3, "p99 beside uploads over p99 without",
         base="before_p99_ms", at_most=True),
    Goal("history", LARGEST, "last_us", 1.25,
         "CPU a message at the end of a long history over that at its beginning",
         base="first_us", at_most=True),
    _tls(100, 0.5),
    _tls(1000, 0.25),
    Goal("latency", 3, "p50_ms", 1.3, "TLS: one message at a time, N = 3, p50 over plain's",
         OURS, "p50_ms", at_most=True, of=TLS),
    Goal("storm", LARGEST, "joins_per_s", 400, "TLS: handshakes and joins/s", of=TLS),
    Goal("idle", LARGEST, "kib_each", 60, "TLS: idle memory, KiB a connection", at_most=True,
         of=TLS),
    Goal("latency", 3, "p50_ms", 3, "on hosts: one message at a time, N = 3, p50, ms",
         at_most=True, of=HOSTS),
    _on_hosts(16, 20_000),
    _on_hosts(4, 8_000),
    Goal("history", LARGEST, "grown_mib", 32, "memory for reading all of a long history, MiB",
         at_most=True),
)  # fmt: skip
