"""The long run: `python -m tests.faults --rounds 200 [--seed N] [--messages N]`.

One server folder, the same members throughout. In every other round one fault strikes alone,
so that what it costs people can be told; in the others several strike together. After each
round everybody must have everything, and the checker looks; at the end it looks at it all
once more. Ends with 1 if any promise was broken. Where the histories lie is printed: `--first`
with the same seed begins at a later round.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random, SystemRandom

from tests.faults import census, checker, figures, filecheck, history, nemesis
from tests.faults.checker import SearchResult
from tests.faults.conversation import Conversation, NotQuiet
from tests.faults.figures import Interruption
from tests.faults.history import Fault, Histories

NAMES = ("ann", "ben", "cid", "dan")
LENGTH = 6.0
REST_WITHIN = 90.0
LEAVES = 0.15
FILES = 3
"""That each shares in a round."""


@dataclass
class Tally:
    """What the run has come to."""

    rounds: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    said: int = 0
    confirmed: int = 0
    refused: int = 0
    files: int = 0
    files_refused: int = 0
    findings: list[SearchResult] = field(default_factory=list)
    alone: dict[str, Interruption] = field(default_factory=dict)
    together: Interruption = field(default_factory=Interruption)
    processes: census.Census = field(default_factory=census.Census)
    left_behind: list[str] = field(default_factory=list)

    def add(
        self, faults: Sequence[Fault], histories: Histories, *, alone: bool
    ) -> Interruption:
        """One more round; `alone`: it had one fault only. Returns its longest waits."""
        said, confirmed = figures.count(histories)
        self.rounds, self.said = self.rounds + 1, self.said + said
        self.confirmed += confirmed
        self.refused += sum(
            isinstance(each, history.Waits)
            for lives in histories.values()
            for life in lives
            for each in life.records
        )
        files, refused = figures.files(histories)
        self.files, self.files_refused = self.files + files, self.files_refused + refused
        self.faults.update(fault.kind for fault in faults)
        longest = figures.interruption(histories, faults)
        total = self.together
        if alone:
            total = self.alone.setdefault(faults[0].kind, Interruption())
        total.add(longest)
        return longest


class Run:
    """A seed, and the rounds that follow from it."""

    def __init__(
        self, conversation: Conversation, seed: int, rounds: int, messages: int
    ) -> None:
        self._conversation = conversation
        self._seed = seed
        self._rounds = rounds
        self._each = max(1, messages // rounds // len(NAMES))
        self._note = history.Writer(conversation.folder / "nemesis.jsonl")
        self._kinds = list(nemesis.KINDS)
        self.tally = Tally()

    def round(self, number: int) -> list[SearchResult]:
        """One round: talk, faults, rest, check."""
        conversation, tally = self._conversation, self.tally
        chance = Random(f"{self._seed}/{number}")
        planned = self._planned(number, chance)
        conversation.renew([name for name in NAMES if chance.random() < LEAVES])
        conversation.come_to_rest(REST_WITHIN)
        conversation.say(self._each, LENGTH / self._each)
        conversation.share(FILES, LENGTH / FILES)
        faults = nemesis.act(conversation, chance, planned)
        for fault in faults:
            self._note(fault)
        _, findings = conversation.check(REST_WITHIN)
        longest = tally.add(faults, conversation.histories(), alone=len(planned) == 1)
        tally.processes.take(conversation.server)
        print(
            f"round {number:3}  {', '.join(fault.kind for fault in faults)}:"
            f"  kept {longest.kept:.2f} s, cut {longest.cut:.2f} s",
            *findings,
            sep="\n    ",
            flush=True,
        )
        return findings

    def _planned(self, number: int, chance: Random) -> list[nemesis.Planned]:
        kinds = self._kinds
        if number > self._rounds // 2:
            # The listener lives on in the second half, so that one can see whether it grows.
            kinds = [kind for kind in kinds if kind not in nemesis.RESTARTS]
        if number % 2:
            return nemesis.plan(chance, [kinds[number // 2 % len(kinds)]], 1, 2.0)
        return nemesis.plan(chance, kinds, chance.randint(3, 5), LENGTH)

    def whole(self) -> list[SearchResult]:
        """All rounds, looked at as one; nobody may be talking any more."""
        journal = checker.read_journal(self._conversation.journal)
        histories = history.load(self._conversation.folder)
        return [
            *checker.check(journal, histories),
            *filecheck.check(journal, histories),
            *filecheck.stored(journal, self._conversation.server.downloads),
        ]


def _table(tally: Tally, seconds: float) -> str:
    kinds = Counter(finding.kind for finding in tally.findings)
    lines = [
        "",
        f"rounds {tally.rounds}, faults {tally.faults.total()}, in {seconds / 60:.1f} min",
        f"messages {tally.said}, acknowledged {tally.confirmed}, told to wait {tally.refused}",
        f"files shared {tally.files}, refused before that {tally.files_refused} times",
        "  ".join(f"{kind} {kinds[kind]}" for kind in checker.KINDS),
        "",
        "longest wait in seconds        faults   connection kept   connection lost",
    ]
    for kind, number in sorted(tally.faults.items()):
        alone = tally.alone.get(kind)
        waits = f"{alone.kept:15.2f}   {alone.cut:15.2f}" if alone else ""
        lines.append(f"  {kind:28}{number:7}   {waits}")
    together = tally.together
    lines.append(
        f"  {'several together':28}{'':7}   {together.kept:15.2f}   {together.cut:15.2f}"
    )
    lines += ["", "the longest lives of the server's processes", *tally.processes.lines()]
    lines.append(f"left behind at the end: {', '.join(tally.left_behind) or 'nothing'}")
    return "\n".join(lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--messages", type=int, help="in all rounds together; 520 in each")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6))
    parser.add_argument("--first", type=int, default=1, help="begin with this round")
    parser.add_argument("--grace", type=int, default=20, help="the server's, in seconds")
    parser.add_argument("--folder", type=Path, help="where to keep the histories")
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    rounds, started = arguments.rounds, time.monotonic()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="chatroom-histories-"))
    print(f"seed {arguments.seed}, histories in {folder}", flush=True)
    conversation = Conversation(folder, NAMES, "--grace", str(arguments.grace), megabytes=512)
    try:
        run = Run(conversation, arguments.seed, rounds, arguments.messages or 520 * rounds)
        tally = run.tally
        conversation.come_to_rest(REST_WITHIN)
        try:
            for number in range(arguments.first, rounds + 1):
                tally.findings += run.round(number)
        except (NotQuiet, nemesis.ServerEnded) as problem:
            tally.findings.append(SearchResult("broken", f"round {number}", str(problem)))
        conversation.end()
        tally.left_behind = census.left_behind(conversation.server)
        tally.findings += [each for each in run.whole() if each not in tally.findings]
    finally:
        conversation.close()
    print(_table(tally, time.monotonic() - started))
    for finding in tally.findings:
        print(f"{finding.kind} ({finding.where}): {finding.detail}")
    for grown in tally.processes.grown():
        print(grown)
    return 1 if tally.findings or tally.left_behind or tally.processes.grown() else 0


if __name__ == "__main__":
    sys.exit(main())
