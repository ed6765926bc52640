"""Files that are older than `--keep-files` are deleted, and nothing else."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from server.room.interface import Act, PostResult, StoredFile
from server.room.room_side import expiry
from server.room.room_side.expiry import FileExpiry
from server.room.storage.moderation_tables import audit
from shared.messages import Shared
from shared.moderation import ActRequest, Deleted
from shared.problems import Problem, problem
from tests.server.room.conftest import OpenBench
from tests.server.room.test_core_deleting import FILE, share, stored
from tests.server.room.workbench import Bench

DAY = 86_400.0


class Room:
    """A room with members who share files, and its expiry after 30 days."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.ann = bench.join("ann")
        self.asked: list[int] = []
        self.problem: Problem | None = None
        self.expiry = FileExpiry(bench.journal, timedelta(days=30), self._act, self._now)

    async def _act(self, id: str, request: ActRequest) -> bytes | Problem:
        self.asked.append(getattr(request, "seq", 0))
        if self.problem is not None:
            return self.problem
        (answer,) = self.bench.answers(Act(member=0, connection=0, key=id, request=request))
        return (answer.problem if isinstance(answer, PostResult) else None) or b"{}"

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.bench.wall, UTC)

    def share(self, number: int) -> int:
        """Share a file; returns its `seq`."""
        file = msgspec.structs.replace(FILE, id=f"f{number}")
        post = share(self.ann, f"file {number}")
        post = msgspec.structs.replace(
            post,
            tail=msgspec.json.encode({"name": "ann", "file": file, "id": f"k{number}"})[1:],
            stored=StoredFile(file, f"{number}.txt", "utf-8"),
        )
        assert self.bench.answers(post) == [None]
        return self.bench.journal.newest()

    def there(self, *seqs: int) -> list[int]:
        """Return which of these files are not deleted."""
        found = [stored(self.bench, seq) for seq in seqs]
        assert all(isinstance(one, Shared) for one in found)
        return [one.seq for one in found if one.file]


@pytest.fixture
def room(open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setattr(expiry, "PAUSE", 0.0)
    return Room(open_bench())


async def test_old_files_go_and_younger_ones_and_messages_stay(room: Room) -> None:
    old = room.share(1)
    room.bench.say(room.ann, "m", "an old message")
    said = room.bench.journal.newest()
    room.bench.wall += 20 * DAY
    young = room.share(2)
    assert await room.expiry.look() == 0
    room.bench.wall += 10 * DAY + 1
    assert await room.expiry.look() == 1
    assert room.there(old, young) == [young]
    assert stored(room.bench, said).text == "an old message"
    deleted = room.bench.events[-1]
    assert isinstance(deleted, Deleted)
    assert (deleted.name, deleted.target, deleted.member) == ("server", old, msgspec.UNSET)


async def test_all_that_became_old_meanwhile_go_a_few_at_a_time(room: Room) -> None:
    seqs = [room.share(number) for number in range(2 * expiry.AT_ONCE + 3)]
    room.bench.wall += 365 * DAY
    assert await room.expiry.look() == len(seqs)
    assert room.there(*seqs) == []
    assert await room.expiry.look() == 0
    assert room.asked == seqs, "each is deleted once"


async def test_the_audit_keeps_what_people_did(room: Room) -> None:
    room.share(1)
    room.bench.wall += 31 * DAY
    assert await room.expiry.look() == 1
    with closing(sqlite3.connect(room.bench.path)) as db:
        assert audit(db) == []


async def test_what_cannot_be_deleted_now_is_tried_again(room: Room) -> None:
    seqs = [room.share(1), room.share(2)]
    room.bench.wall += 31 * DAY
    room.problem = problem("storage", "journal")
    assert await room.expiry.look() == 0
    room.problem = None
    assert await room.expiry.look() == 2
    assert room.there(*seqs) == []


async def test_a_clock_that_was_set_back_deletes_no_younger_file(room: Room) -> None:
    ahead = room.share(1)
    room.bench.wall -= 60 * DAY
    old = room.share(2)
    room.bench.wall += 31 * DAY
    assert await room.expiry.look() == 1
    assert room.there(ahead, old) == [ahead]
