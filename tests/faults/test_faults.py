"""Each fault once, then several together: nothing is lost, duplicated or reordered.

The long run is `python -m tests.faults`; here each fault is short and the seed is fixed
(FAULTS_SEED in the environment changes it). A failure prints the folder of the histories.
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
from tests.faults.bot_room import BotRoom
from tests.faults.checker import JournalContents
from tests.faults.history import InjectedFault
from tests.faults.nemesis import KINDS, PlannedFault
from tests.support.running import ROOT

NAMES = ("ann", "ben", "cid")
GRACE = 30
START_WITHIN = 30.0
SETTLE_WITHIN = 45.0
MESSAGES, PAUSE = 40, 0.02
FILES, FILE_PAUSE = 2, 0.3
# With this seed the room, a worker, the whole server and a client die, and the disk is full.
SEED = int(os.environ.get("FAULTS_SEED", "2981"))
STRIKES_AT, LASTS = 0.2, 0.7
STARTS = 8


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotRoom]:
    """Run one server and three bots for all faults."""
    folder = tmp_path_factory.mktemp("faults")
    with closing(BotRoom(folder, NAMES, "--grace", str(GRACE))) as running:
        running.settle(START_WITHIN)
        yield running


def run_faults(
    room: BotRoom, rng: Random, planned: list[PlannedFault], messages_each: int
) -> tuple[JournalContents, list[InjectedFault]]:
    """Send messages while the faults strike; all checks must pass when the room has settled."""
    room.send(messages_each, PAUSE)
    room.upload(FILES, FILE_PAUSE)
    faults = nemesis.act(room, rng, planned, KINDS)
    journal, findings = room.check(SETTLE_WITHIN)
    assert findings == []
    return journal, faults


@pytest.fixture
def rng(room: BotRoom) -> Random:
    """Start from a fixed seed, unless FAULTS_SEED is set."""
    print(f"seed {SEED}, histories in {room.folder}")
    return Random(SEED)


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"kill worker", "kill room", "file limit"}))
def test_one_fault(room: BotRoom, rng: Random, kind: str) -> None:
    sent_before, acknowledged_before = figures.count(room.histories())
    files_before, _ = figures.files(room.histories())
    planned = [PlannedFault(STRIKES_AT, kind, min(LASTS, KINDS[kind].lasts))]
    journal, _ = run_faults(room, rng, planned, MESSAGES)
    sent, acknowledged = figures.count(room.histories())
    # It may be more: a client killed before it records a message sends another one.
    assert sent - sent_before >= MESSAGES * len(NAMES)
    assert acknowledged - acknowledged_before == sent - sent_before
    files, _ = figures.files(room.histories())
    assert files - files_before >= FILES * len(NAMES)
    assert not [
        row
        for row in journal.rows
        if isinstance(row.event, messages.Left) and row.event.reason == "lost"
    ]


def start_duration() -> float:
    """Return the seconds that a process of the server needs at present to load its modules."""
    began = time.monotonic()
    loading = [sys.executable, "-c", "import server.room.room_side.manager"]
    subprocess.run(loading, cwd=ROOT, check=True)
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("kind", "connected", "disconnected"), [("kill worker", 2, 3), ("kill room", 2, 0)]
)
def test_the_death_of_one_process_is_a_short_interruption(
    room: BotRoom, rng: Random, kind: str, connected: float, disconnected: float
) -> None:
    room.restart_bots()
    room.settle(START_WITHIN)
    duration = start_duration()
    _, faults = run_faults(room, rng, [PlannedFault(STRIKES_AT, kind, 0)], MESSAGES)
    longest = figures.longest_waits(room.histories(), faults)
    # On a busy machine, the time of several process starts, which is the members' wait.
    starts = STARTS * max(duration, start_duration())
    print(longest, starts)
    assert longest.connected < max(connected, starts)
    assert longest.disconnected <= (max(disconnected, starts) if disconnected else 0)


def test_a_full_disk_is_reported(room: BotRoom, rng: Random) -> None:
    run_faults(room, rng, [PlannedFault(STRIKES_AT, "file limit", LASTS)], MESSAGES)
    waits = [
        each
        for runs in room.histories().values()
        for run in runs
        for each in run.records
        if isinstance(each, history.MessageWaits)
    ]
    assert waits
    assert all("disk" in each.reason for each in waits)


def test_many_faults_together(room: BotRoom, rng: Random) -> None:
    planned = nemesis.plan(rng, list(KINDS), 6, 4.0, KINDS)
    print("\n".join(map(str, planned)))
    run_faults(room, rng, planned, 250)
