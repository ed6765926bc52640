"""Acts on the room: slow mode, lock, topic."""

import pytest

from server.room.interface import PostResult
from server.room.operations import OwnerKey
from shared.moderation import (
    OWNER,
    Delete,
    SetTopic,
)
from tests.server.room.conftest import OpenBench
from tests.server.room.moderated_room import (
    AT_HOME,
    ELSEWHERE,
    KEY,
    LAPTOP,
    ModeratedRoom,
    lock,
    mute,
    slow,
)
from tests.server.room.workbench import code


@pytest.fixture
def room(open_bench: OpenBench) -> ModeratedRoom:
    return ModeratedRoom(open_bench(max_users=6))


def test_slow_mode(room: ModeratedRoom) -> None:
    room.does(room.max, slow(30))
    assert room.bench.say(room.eve, "1") is None
    room.bench.wall += 10
    room.bench.reopen()
    answer = room.bench.say(room.eve, "2")
    assert answer is not None
    assert answer.problem is not None
    assert (answer.problem.code, answer.problem.retry_after) == ("slow", 20.0)
    assert room.bench.say(room.eve, "1") == PostResult(seq=7), "it was said before"
    for guest in (room.max, room.ann):
        assert [room.bench.say(guest, key) for key in "ab"] == [None, None]
    room.bench.wall += 20
    assert room.bench.say(room.eve, "2") is None
    room.does(room.max, slow(0))
    assert room.bench.say(room.eve, "3") is None


def test_a_reply_that_was_not_sent_does_not_count_in_slow_mode(room: ModeratedRoom) -> None:
    room.does(room.max, slow(30))
    assert code(room.bench.say(room.eve, "1", reply_to=999)) == "not_found"
    assert room.bench.say(room.eve, "2") is None
    assert code(room.bench.say(room.eve, "3", reply_to=999)) == "slow"


@pytest.mark.parametrize(
    "returns", [{"device": LAPTOP, "peer": ELSEWHERE}, {"peer": AT_HOME}, {"peer": ELSEWHERE}]
)
def test_slow_mode_holds_for_who_leaves_and_joins_again(
    room: ModeratedRoom, returns: dict[str, object]
) -> None:
    room.does(room.max, slow(30))
    room.bench.say(room.eve, "1")
    room.bench.leave(room.eve)
    room.bench.reopen()
    name = "eve" if returns == {"peer": ELSEWHERE} else "joe"
    again = room.bench.join(name, **returns)
    assert code(room.bench.say(again, "2")) == "slow"
    room.bench.wall += 31
    assert room.bench.say(again, "2") is None


def test_a_locked_room_takes_nobody_new(room: ModeratedRoom) -> None:
    room.does(room.max, lock())
    room.bench.reopen()
    assert room.bench.refused("joe") == "locked"
    room.bench.drop(room.eve)
    again = room.bench.join("eve", token=room.eve.place.token)
    assert again.place.locked
    assert room.bench.join("ann2", owner=KEY).place.role == OWNER
    room.does(room.max, lock(on=False))
    room.bench.join("joe")


def test_the_owners_key_enters_a_full_room_one_over_in_all(open_bench: OpenBench) -> None:
    bench = open_bench(max_users=1)
    bench.perform(OwnerKey(KEY))
    bench.join("joe")
    assert bench.refused("eve") == "room_full"
    bench.join("ann", owner=KEY)
    assert bench.refused("amy", owner=KEY) == "room_full"


def test_a_topic(room: ModeratedRoom) -> None:
    room.does(room.max, SetTopic(id="t", text="exams"))
    room.bench.reopen()
    assert room.bench.join("joe").place.topic == "exams"
    room.does(room.max, SetTopic(id="u", text=""))
    assert room.bench.journal.event(room.bench.journal.newest()) == (
        b'{"type":"topic","seq":%d,"at":"%b","member":2,"name":"max","text":"","id":"u"}'
        % (room.bench.journal.newest(), room.bench.core.last_at.encode())
    )


def test_a_muted_moderator_says_nothing_by_the_topic(room: ModeratedRoom) -> None:
    room.does(room.ann, mute("max", 10))
    assert room.fails(room.max, SetTopic(id="t", text="hear me"))[0] == "muted"
    room.does(room.ann, SetTopic(id="t", text="exams"))
    room.bench.wall += 600
    room.does(room.max, SetTopic(id="u", text="free"))


def test_there_is_no_message_to_delete(room: ModeratedRoom) -> None:
    assert room.fails(room.ann, Delete(id="d", seq=999)) == ("not_found", "message")
