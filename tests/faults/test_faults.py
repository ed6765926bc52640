"""Each fault once, then several together: nothing is lost, doubled or reordered.

The long run is `python -m tests.faults`, always with others; here each fault is short, and the
same ones strike each time (FAULTS_SEED in the environment makes them others). What fails prints
where the histories lie.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from random import Random

import pytest

from shared import messages
from tests.faults import figures, history, nemesis
from tests.faults.checker import Journal
from tests.faults.conversation import Conversation
from tests.faults.history import Fault
from tests.faults.nemesis import KINDS, Planned
from tests.support.running import ROOT

NAMES = ("ann", "ben", "cid")
GRACE = 30
START_WITHIN = 30.0
REST_WITHIN = 45.0
MESSAGES, PAUSE = 60, 0.02
FILES, FILE_PAUSE = 2, 0.5
# With this one the room, a worker, the whole server and a client die, and the disk is full.
SEED = int(os.environ.get("FAULTS_SEED", "67"))
STRIKES_AT, LASTS = 0.3, 1.0
STARTS = 8


@pytest.fixture(scope="module")
def conversation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conversation]:
    """One server and three bots for all faults."""
    folder = tmp_path_factory.mktemp("faults")
    with closing(Conversation(folder, NAMES, "--grace", str(GRACE))) as running:
        running.come_to_rest(START_WITHIN)
        yield running


def go_through(
    conversation: Conversation, chance: Random, planned: list[Planned], messages_each: int
) -> tuple[Journal, list[Fault]]:
    """Talk, and have that happen; what is promised must hold when all is at rest."""
    conversation.say(messages_each, PAUSE)
    conversation.share(FILES, FILE_PAUSE)
    faults = nemesis.act(conversation, chance, planned)
    journal, findings = conversation.check(REST_WITHIN)
    assert findings == []
    return journal, faults


@pytest.fixture
def chance(conversation: Conversation) -> Random:
    """The same each time, if nobody wants another."""
    print(f"seed {SEED}, histories in {conversation.folder}")
    return Random(SEED)


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"kill worker", "kill room", "file limit"}))
def test_one_fault(conversation: Conversation, chance: Random, kind: str) -> None:
    said_before, confirmed_before = figures.count(conversation.histories())
    files_before, _ = figures.files(conversation.histories())
    planned = [Planned(STRIKES_AT, kind, min(LASTS, KINDS[kind].lasts))]
    journal, _ = go_through(conversation, chance, planned, MESSAGES)
    said, confirmed = figures.count(conversation.histories())
    # Maybe more than asked for: killed before it notes a message, a client says another.
    assert said - said_before >= MESSAGES * len(NAMES)
    assert confirmed - confirmed_before == said - said_before
    files, _ = figures.files(conversation.histories())
    assert files - files_before >= FILES * len(NAMES)
    assert not [
        row
        for row in journal.rows
        if isinstance(row.event, messages.Left) and row.event.reason == "lost"
    ]


def starting_takes() -> float:
    """Seconds until a process of the server has loaded what it needs, just now."""
    began = time.monotonic()
    loading = [sys.executable, "-c", "import server.room.manager"]
    subprocess.run(loading, cwd=ROOT, check=True)
    return time.monotonic() - began


@pytest.mark.parametrize(("kind", "kept", "cut"), [("kill worker", 2, 3), ("kill room", 2, 0)])
def test_the_death_of_one_process_is_a_short_interruption(
    conversation: Conversation, chance: Random, kind: str, kept: float, cut: float
) -> None:
    conversation.renew()
    conversation.come_to_rest(START_WITHIN)
    takes = starting_takes()
    _, faults = go_through(conversation, chance, [Planned(STRIKES_AT, kind, 0)], MESSAGES)
    longest = figures.interruption(conversation.histories(), faults)
    # On a busy machine so many starts of a process, which is what people wait for.
    starts = STARTS * max(takes, starting_takes())
    print(longest, starts)
    assert longest.kept < max(kept, starts)
    assert longest.cut <= (max(cut, starts) if cut else 0)


def test_people_are_told_that_the_disk_is_full(
    conversation: Conversation, chance: Random
) -> None:
    go_through(conversation, chance, [Planned(STRIKES_AT, "file limit", LASTS)], MESSAGES)
    waits = [
        each
        for lives in conversation.histories().values()
        for life in lives
        for each in life.records
        if isinstance(each, history.Waits)
    ]
    assert waits
    assert all("disk" in each.reason for each in waits)


def test_many_faults_together(conversation: Conversation, chance: Random) -> None:
    planned = nemesis.plan(chance, list(KINDS), 6, 6.0)
    print("\n".join(map(str, planned)))
    go_through(conversation, chance, planned, 350)
