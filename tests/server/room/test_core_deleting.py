"""Deleting messages and files: who may, and what everybody gets from then on."""

from typing import Any

import msgspec
import pytest

from server.room.interface import Act, Post, StoredFile
from server.room.operations import Operation
from server.room.outcome import Outcome
from server.room.storage import moderation_tables
from server.room.storage.errors import StorageError
from shared.codec import decode_event
from shared.messages import Deletion, File, Said, Shared
from shared.moderation import MODERATOR, Delete, Deleted, SetRole
from tests.server.room.conftest import OpenBench
from tests.server.room.workbench import Bench, FlakyJournal, Guest, code, post

FILE = File("f1", "secret.txt", 3, "00", 1, "abc", "/files/f1/secret.txt")


@pytest.fixture
def bench(open_bench: OpenBench) -> Bench:
    return open_bench()


def delete(guest: Guest | None, seq: int, id: str = "d") -> Act:
    """The request of a member to delete an event; of the host, without one."""
    member, connection = (guest.place.member, guest.connection) if guest else (0, 0)
    return Act(member=member, connection=connection, key=id, request=Delete(id=id, seq=seq))


def perform(bench: Bench, *operations: Operation) -> Outcome:
    outcome = bench.perform(*operations)
    assert all(answer is None for answer in outcome.answers), outcome.answers
    return outcome


def share(guest: Guest, key: str = "file k") -> Post:
    tail = msgspec.json.encode({"name": guest.place.name, "file": FILE, "id": "k"})[1:]
    stored = StoredFile(FILE, "secret.txt", "utf-8")
    member = guest.place.member
    return Post(member=member, connection=0, key=key, tail=tail, stored=stored)


def stored(bench: Bench, seq: int) -> Any:
    body = bench.journal.event(seq)
    assert body
    return decode_event(body)


async def test_a_member_deletes_its_own_message(bench: Bench) -> None:
    ann = bench.join("ann")
    bench.say(ann, "k", "a secret")
    (said,) = [one for one in bench.events if isinstance(one, Said)]
    outcome = perform(bench, delete(ann, 2))
    deleted = bench.events[-1]
    assert isinstance(deleted, Deleted)
    assert (deleted.target, deleted.name, deleted.member, deleted.id) == (2, "ann", 1, "d")
    now = stored(bench, 2)
    assert now == msgspec.structs.replace(said, text="", deleted=Deletion("ann", deleted.at)), (
        "it keeps its place, its time, its sender and its id"
    )
    assert outcome.rewritten == [(2, bench.journal.event(2))]
    assert bench.journal.erasing.waiting.keys() == {2}


async def test_a_file_has_no_file_any_more(bench: Bench) -> None:
    ann = bench.join("ann")
    perform(bench, share(ann))
    assert bench.journal.file("f1")
    perform(bench, delete(ann, 2))
    now = stored(bench, 2)
    assert isinstance(now, Shared)
    assert not now.file
    assert now.deleted
    assert bench.journal.file("f1") is None
    assert bench.journal.is_deleted("f1")
    assert not bench.journal.is_deleted("f2")
    assert [row[1:] for row in bench.journal.doomed(9)] == [("secret.txt", 3, "00")]


@pytest.mark.parametrize("apart", [True, False])
async def test_an_upload_sent_again_after_the_deletion_is_not_shared_again(
    bench: Bench, apart: bool
) -> None:
    ann = bench.join("ann")
    if apart:
        perform(bench, share(ann))
        perform(bench, delete(ann, 2))
    else:
        perform(bench, share(ann), delete(ann, 2))
    (again,) = bench.answers(share(ann))
    assert again is not None
    assert again.seq == 2
    assert len(bench.events) == 3
    assert bench.journal.file("f1") is None


async def test_a_message_sent_again_after_the_deletion_stays_deleted(bench: Bench) -> None:
    ann = bench.join("ann")
    bench.say(ann, "k", "a secret")
    perform(bench, delete(ann, 2))
    again = bench.say(ann, "k", "a secret")
    assert again is not None
    assert again.seq == 2
    bench.reopen()
    again = bench.say(ann, "k", "a secret")
    assert again is not None
    assert again.seq == 2
    assert stored(bench, 2).text == ""


async def test_a_deletion_together_with_the_message(bench: Bench) -> None:
    ann = bench.join("ann")
    said = post(ann.place, ann.connection, "k", "a secret")
    outcome = perform(bench, said, delete(ann, 2))
    assert b"a secret" not in b"".join(outcome.bodies)
    assert [event.seq for event in map(decode_event, outcome.bodies)] == [2, 3]
    assert stored(bench, 2).deleted


async def test_what_cannot_be_deleted(bench: Bench) -> None:
    ann = bench.join("ann")
    bench.say(ann, "k", "a secret")
    perform(bench, delete(ann, 2))
    for number, seq in enumerate((1, 2, 3, 4, 2**62)):  # joined, twice, deleted, unknown
        assert code(bench.answers(delete(ann, seq, f"x{number}"))[0]) == "not_found"
    assert len(bench.events) == 3


async def test_an_event_that_is_not_kept_cannot_be_deleted(open_bench: OpenBench) -> None:
    bench = open_bench(keep=3)
    ann = bench.join("ann")
    for number in range(5):
        bench.say(ann, f"{number}", "x")
    assert code(bench.answers(delete(ann, 3, "d1"))[0]) == "not_found"
    perform(bench, delete(ann, 4, "d2"))


async def test_only_moderators_delete_what_others_sent(bench: Bench) -> None:
    ann, ben = bench.join("ann"), bench.join("ben")
    bench.say(ann, "1", "a secret")
    bench.say(ann, "2", "another")
    assert code(bench.answers(delete(ben, 3))[0]) == "forbidden"
    role = SetRole(id="r", target="ben", role=MODERATOR)
    perform(bench, Act(member=0, connection=0, key="r", request=role))
    perform(bench, delete(ben, 3, "now"))
    assert stored(bench, 3).deleted.by == "ben"
    perform(bench, delete(None, 4))
    assert stored(bench, 4).deleted.by == "server"
    assert bench.events[-1].member is msgspec.UNSET


async def test_the_audit_has_what_was_done_to_others(bench: Bench) -> None:
    """Else a member who deletes its own messages for an hour drives all others out of it."""
    ann = bench.join("ann")
    bench.say(ann, "1", "a secret")
    bench.say(ann, "2", "another")
    assert not perform(bench, delete(ann, 2, "d1")).acts
    perform(bench, delete(None, 3, "d2"))
    (line,) = moderation_tables.audit(bench.journal._db)
    assert (line.name, line.target, line.value) == ("server", "ann", "3")


async def test_the_number_of_the_sender_counts_and_not_the_name(bench: Bench) -> None:
    ann = bench.join("ann")
    bench.say(ann, "k", "a secret")
    bench.leave(ann)
    other = bench.join("ann")
    assert code(bench.answers(delete(other, 2))[0]) == "forbidden"


async def test_a_deletion_that_cannot_be_written_changes_nothing(bench: Bench) -> None:
    ann = bench.join("ann")
    bench.say(ann, "k", "a secret")
    assert isinstance(bench.journal, FlakyJournal)
    bench.journal.full = True
    with pytest.raises(StorageError):
        bench.perform(delete(ann, 2))
    assert not bench.journal.erasing.waiting
    bench.journal.full = False
    assert stored(bench, 2).text == "a secret"
    perform(bench, delete(ann, 2))


async def test_a_deletion_does_not_wait_for_free_space(bench: Bench) -> None:
    ann = bench.join("ann")
    bench.say(ann, "k", "a secret")
    bench.journal.no_space = "little"
    perform(bench, delete(ann, 2))


async def test_a_restarted_room_knows_what_is_still_to_be_cleaned(bench: Bench) -> None:
    ann = bench.join("ann")
    bench.say(ann, "k", "a secret")
    perform(bench, delete(ann, 2))
    bench.reopen()
    assert bench.journal.erasing.waiting == {2: [None]}
    bench.journal.erased({2: 1})
    assert not bench.journal.erasing.waiting
    bench.reopen()
    assert not bench.journal.erasing.waiting
    assert code(bench.answers(delete(ann, 2, "again"))[0]) == "not_found"
