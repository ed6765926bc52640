"""The long run: `python -m tests.faults --rounds 200 [--hosts 3] [--seed N] [--messages N]`.

All rounds use one server folder and the same members. Every other round has one fault alone, so
that its cost for members can be measured; the other rounds have several faults at once. After
each round every bot must have every event, and the checker runs; at the end it checks all
rounds together. The exit status is 1 if a check failed. The folder of the histories is printed:
`--first` with the same seed starts at a later round.

With `--hosts`, the room is on so many hosts, each with a node of NATS: hosts and nodes are
killed and stopped too and, where this user can make networks, cut off from each other; the
journals of all hosts must be equal row by row.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random, SystemRandom

from tests.faults import changecheck, checker, figures, filecheck, history, nemesis, resources
from tests.faults.bot_room import BotRoom, Bots, NotSettled
from tests.faults.checker import CheckFinding
from tests.faults.figures import LongestWaits
from tests.faults.history import Histories, InjectedFault
from tests.faults.nemesis import FaultKind
from tests.support import networks

NAMES = ("ann", "ben", "cid", "dan")
ROUND_SECONDS = 6.0
SETTLE_WITHIN = 90.0
LEAVE_PROBABILITY = 0.15
FILES = 3
"""Files that each bot uploads in a round."""


@dataclass
class RunTotals:
    """The totals of a run."""

    rounds: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    acknowledged: int = 0
    delayed: int = 0
    changes: int = 0
    confirmed: int = 0
    files: int = 0
    files_refused: int = 0
    findings: list[CheckFinding] = field(default_factory=list)
    alone: dict[str, LongestWaits] = field(default_factory=dict)
    together: LongestWaits = field(default_factory=LongestWaits)
    processes: resources.ProcessResources = field(default_factory=resources.ProcessResources)
    left_behind: list[str] = field(default_factory=list)

    def add(
        self, faults: Sequence[InjectedFault], histories: Histories, *, alone: bool
    ) -> LongestWaits:
        """Add a round and return its longest waits. `alone`: it had only one fault."""
        sent, acknowledged = figures.count(histories)
        self.rounds, self.sent = self.rounds + 1, self.sent + sent
        self.acknowledged += acknowledged
        self.delayed += sum(
            isinstance(each, history.MessageWaits)
            for runs in histories.values()
            for run in runs
            for each in run.records
        )
        asked, confirmed = figures.changes(histories)
        self.changes, self.confirmed = self.changes + asked, self.confirmed + confirmed
        files, refused = figures.files(histories)
        self.files, self.files_refused = self.files + files, self.files_refused + refused
        self.faults.update(fault.kind for fault in faults)
        longest = figures.longest_waits(histories, faults)
        total = self.together
        if alone:
            total = self.alone.setdefault(faults[0].kind, LongestWaits())
        total.add(longest)
        return longest


class LongRun[Room: Bots]:
    """The rounds that follow from a seed."""

    def __init__(
        self,
        room: Room,
        kinds: Mapping[str, FaultKind[Room]],
        seed: int,
        rounds: int,
        messages: int,
    ) -> None:
        self._room = room
        self._kinds = kinds
        self._seed = seed
        self._rounds = rounds
        self._each = max(1, messages // rounds // len(NAMES))
        self._record = history.HistoryWriter(room.folder / "nemesis.jsonl")
        self.totals = RunTotals()

    def round(self, number: int) -> list[CheckFinding]:
        """Do one round: send, inject faults, settle, check."""
        room, totals = self._room, self.totals
        rng = Random(f"{self._seed}/{number}")
        planned = self._planned(number, rng)
        room.restart_bots([name for name in NAMES if rng.random() < LEAVE_PROBABILITY])
        room.settle(SETTLE_WITHIN)
        room.send(self._each, ROUND_SECONDS / self._each)
        room.upload(FILES, ROUND_SECONDS / FILES)
        faults = nemesis.act(room, rng, planned, self._kinds)
        for fault in faults:
            self._record(fault)
        _, findings = room.check(SETTLE_WITHIN)
        longest = totals.add(faults, room.histories(), alone=len(planned) == 1)
        for server in room.servers:
            totals.processes.measure(server)
        print(
            f"round {number:3}  {', '.join(fault.kind for fault in faults)}:"
            f"  connected {longest.connected:.2f} s, disconnected {longest.disconnected:.2f} s",
            *findings,
            sep="\n    ",
            flush=True,
        )
        return findings

    def _planned(self, number: int, rng: Random) -> list[nemesis.PlannedFault]:
        kinds = list(self._kinds)
        if number > self._rounds // 2:
            # The listener runs on in the second half, so that growth of its memory shows.
            kinds = [kind for kind in kinds if kind not in nemesis.RESTARTS]
        if number % 2:
            one = [kinds[number // 2 % len(kinds)]]
            return nemesis.plan(rng, one, 1, 2.0, self._kinds)
        return nemesis.plan(rng, kinds, rng.randint(3, 5), ROUND_SECONDS, self._kinds)

    def check_all_rounds(self) -> list[CheckFinding]:
        """Check all rounds together; the bots must have ended."""
        journal = checker.read_journal(self._room.journal)
        histories = history.load(self._room.folder)
        return [
            *checker.check(journal, histories),
            *changecheck.check(journal, histories),
            *filecheck.check(journal, histories),
            *self._room.check_ended(journal),
        ]


def _table(totals: RunTotals, seconds: float) -> str:
    kinds = Counter(finding.kind for finding in totals.findings)
    lines = [
        "",
        f"rounds {totals.rounds}, faults {totals.faults.total()}, in {seconds / 60:.1f} min",
        f"messages {totals.sent}, acknowledged {totals.acknowledged}, delayed {totals.delayed}",
        f"changes of messages {totals.changes}, confirmed {totals.confirmed}",
        f"files shared {totals.files}, refused before {totals.files_refused} times",
        "  ".join(f"{kind} {kinds[kind]}" for kind in checker.FINDING_KINDS),
        "",
        "longest wait in seconds        faults       connected   disconnected",
    ]
    for kind, number in sorted(totals.faults.items()):
        alone = totals.alone.get(kind)
        waits = f"{alone.connected:15.2f}   {alone.disconnected:15.2f}" if alone else ""
        lines.append(f"  {kind:28}{number:7}   {waits}")
    both = totals.together
    lines.append(
        f"  {'several together':28}{'':7}   {both.connected:15.2f}   {both.disconnected:15.2f}"
    )
    lines += ["", "the longest-lived processes of the server", *totals.processes.lines()]
    lines.append(f"left behind at the end: {', '.join(totals.left_behind) or 'nothing'}")
    return "\n".join(lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--messages", type=int, help="messages in all rounds; 520 a round")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6))
    parser.add_argument("--hosts", type=int, default=1, help="hosts of the room")
    parser.add_argument("--only", help="faults to inject, separated by commas")
    parser.add_argument("--no-files", action="store_true", help="download no files from hosts")
    parser.add_argument("--first", type=int, default=1, help="start with this round")
    parser.add_argument("--grace", type=int, default=20, help="grace period in seconds")
    parser.add_argument("--tls", action="store_true", help="the bots use TLS")
    parser.add_argument("--folder", type=Path, help="where to keep the histories")
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="chatroom-histories-"))
    print(f"seed {arguments.seed}, histories in {folder}", flush=True)
    grace = ("--grace", str(arguments.grace))
    if arguments.hosts == 1:
        one = BotRoom(folder, NAMES, *grace, megabytes=512, tls=arguments.tls)
        return _run(arguments, one, nemesis.KINDS)
    from tests.faults import host_nemesis
    from tests.faults.hosts_room import HostsRoom

    separate = networks.possible()
    kinds = {**host_nemesis.KINDS, **(host_nemesis.NETWORK_KINDS if separate else {})}
    if not separate:
        print("no cuts between hosts: they need Linux, root and iproute2")
    room = HostsRoom(
        folder, NAMES, *grace,
        count=arguments.hosts, separate=separate, files=not arguments.no_files,
    )  # fmt: skip
    return _run(arguments, room, kinds)


def _run[Room: Bots](
    arguments: argparse.Namespace, room: Room, kinds: Mapping[str, FaultKind[Room]]
) -> int:
    rounds, started = arguments.rounds, time.monotonic()
    if arguments.only:
        kinds = {name: kinds[name] for name in arguments.only.split(",")}
    try:
        messages = arguments.messages or 520 * rounds
        run = LongRun(room, kinds, arguments.seed, rounds, messages)
        totals = run.totals
        room.settle(SETTLE_WITHIN)
        try:
            for number in range(arguments.first, rounds + 1):
                totals.findings += run.round(number)
        except (NotSettled, nemesis.ServerEnded) as problem:
            totals.findings.append(CheckFinding("error", f"round {number}", str(problem)))
        room.end()
        totals.left_behind = [
            each for server in room.servers for each in resources.left_behind(server)
        ]
        totals.findings += [
            each for each in run.check_all_rounds() if each not in totals.findings
        ]
    finally:
        room.close()
    print(_table(totals, time.monotonic() - started))
    for finding in totals.findings:
        print(f"{finding.kind} ({finding.where}): {finding.detail}")
    for grown in totals.processes.grown():
        print(grown)
    return 1 if totals.findings or totals.left_behind or totals.processes.grown() else 0


if __name__ == "__main__":
    sys.exit(main())
