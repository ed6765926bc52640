"""The long run: rounds of faults while pages send messages, then a table of the findings.

`python -m tests.browser_faults --rounds 200`. Odd rounds have one fault, each kind in turn;
even ones have several at once. A run that fails prints its seed.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random, SystemRandom

from playwright.async_api import expect

from tests.browser_faults.crowd import gathered
from tests.browser_faults.faults import FAULTS, planned
from tests.browser_faults.person import PATIENCE
from tests.faults.checker import FINDING_KINDS, CheckFinding
from tests.support.browser import running_browser

NAMES = ("ann", "ben", "cid")
EACH, SECONDS = 10, 3.0
"""Messages of each person in a round, and the time they take."""


async def run(folder: Path, seed: int, rounds: int, first: int) -> list[CheckFinding]:
    """Do the rounds that follow from a seed; return what went wrong."""
    kinds, struck = list(FAULTS), Counter[str]()
    findings: list[CheckFinding] = []
    began = time.monotonic()
    expect.set_options(timeout=PATIENCE * 1000)
    async with running_browser() as browser, gathered(browser, folder, NAMES) as crowd:
        for number in range(first, rounds + 1):
            rng = Random(f"{seed}/{number}")
            chosen = [kinds[number // 2 % len(kinds)]]
            if not number % 2:
                chosen = planned(kinds, rng, rng.randint(2, 4))
            at = time.monotonic()
            found = await crowd.round(chosen, rng, EACH, SECONDS)
            struck.update(chosen)
            took = f"{time.monotonic() - at:.1f} s"
            print(f"round {number:3}  {took:>7}  {', '.join(chosen)}", *found, sep="\n    ")
            sys.stdout.flush()
            findings += [each for each in found if each not in findings]
            if any("not settled" in each.detail for each in found):
                break
        sent = crowd.sent
    counted = Counter(finding.kind for finding in findings)
    minutes = (time.monotonic() - began) / 60
    print(f"\nrounds {number}, faults {struck.total()}, messages {sent}, in {minutes:.1f} min")
    print("  ".join(f"{kind} {counted[kind]}" for kind in FINDING_KINDS))
    print("\n".join(f"  {kind:16}{times:5}" for kind, times in sorted(struck.items())))
    return findings


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.browser_faults", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--first", type=int, default=1, help="start with this round")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6))
    parser.add_argument("--folder", type=Path, help="where to keep the room")
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="chatroom-browser-faults-"))
    print(f"seed {arguments.seed}, room in {folder}", flush=True)
    findings = asyncio.run(run(folder, arguments.seed, arguments.rounds, arguments.first))
    for finding in findings:
        print(f"{finding.kind} ({finding.where}): {finding.detail}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
