"""Acts on members: kick, ban and mute, and for whom else they hold."""

import pytest
from msgspec import UNSET

from server.room.interface import CloseReason
from server.room.operations import OwnerKey
from shared.messages import Left
from shared.moderation import (
    OWNER,
    Ban,
    Banned,
    Claim,
    Kick,
    Muted,
    Unban,
)
from tests.server.room.conftest import OpenBench
from tests.server.room.moderated_room import (
    AT_HOME,
    ELSEWHERE,
    KEY,
    LAPTOP,
    PHONE,
    ModeratedRoom,
    ban,
    kick,
    mute,
    role,
)
from tests.server.room.workbench import code


@pytest.fixture
def room(open_bench: OpenBench) -> ModeratedRoom:
    return ModeratedRoom(open_bench(max_users=6))


# --- kick -------------------------------------------------------------------------------


def test_a_kick(room: ModeratedRoom) -> None:
    room.does(room.max, Kick(id="k1", target="eve", text="be nice"))
    event = room.bench.events[-1]
    assert event == Left(
        seq=event.seq, at=event.at, name="eve", member=3, reason="kicked", by="max",
        text="be nice", id="k1",
    )  # fmt: skip
    assert room.bench.evictions[-1] == (room.eve.connection, CloseReason.REMOVED)
    assert code(room.bench.say(room.eve, "k")) == "not_joined"


def test_a_kicked_token_has_ended_for_good_and_its_owner_is_told_why(
    room: ModeratedRoom,
) -> None:
    room.does(room.max, Kick(id="k1", target="eve", text="be nice"))
    for _ in range(2):
        room.bench.wall += 1000
        why = room.problem("eve", token=room.eve.place.token)
        told = {"by": "max", "text": "be nice"}
        assert (why.code, why.params, why.retry_after) == ("kicked", told, None)
        room.bench.reopen()


def test_a_kicked_device_joins_again_after_a_minute(room: ModeratedRoom) -> None:
    room.does(room.max, kick("eve"))
    room.bench.wall += 20
    why = room.problem("evil", device=LAPTOP, peer=ELSEWHERE)
    assert (why.code, why.params, why.retry_after) == (
        "kicked",
        {"rule": "again", "seconds": 40},
        40.0,
    )
    assert room.bench.refused("eve") == "kicked", "nor does the name, as a browser may forget"
    room.bench.reopen()
    assert room.bench.refused("evil", device=LAPTOP) == "kicked"
    room.bench.join("joe", peer=AT_HOME)  # somebody else at the address
    room.bench.wall += 40
    room.bench.join("eve", device=LAPTOP)


def test_who_has_left_cannot_be_kicked(room: ModeratedRoom) -> None:
    room.bench.leave(room.eve)
    assert room.fails(room.max, kick("eve")) == ("not_found", "member")


# --- ban --------------------------------------------------------------------------------


def test_a_ban(room: ModeratedRoom) -> None:
    room.bench.wall = 1_800_000_000.0
    room.does(room.max, Ban(id="b1", target="eve", minutes=60, text="spam"))
    banned, left = room.bench.events[-2:]
    until = "2027-01-15T09:00:00.000Z"
    assert banned == Banned(
        seq=banned.seq, at=banned.at, name="max", member=2, id="b1", target="eve", until=until,
        text="spam", target_member=3,
    )  # fmt: skip
    assert left == Left(
        seq=left.seq, at=left.at, name="eve", member=3, reason="banned", by="max", text="spam"
    )
    assert room.bench.evictions[-1] == (room.eve.connection, CloseReason.REMOVED)
    room.bench.reopen()
    told = room.problem("eve", token=room.eve.place.token)
    assert (told.code, told.retry_after) == ("banned", None)
    assert told.params == {"rule": "until", "until": until, "by": "max", "text": "spam"}
    for why in (
        room.problem("joe", device=LAPTOP, peer=ELSEWHERE),
        room.problem("joe", peer=AT_HOME),
        room.problem("EVE", peer=ELSEWHERE),
    ):
        assert (why.code, why.retry_after) == ("banned", None)
        assert why.params == {"rule": "until", "until": until}
    room.bench.wall += 3600
    room.bench.join("eve", device=LAPTOP, peer=AT_HOME)
    assert room.bench.refused("joe", token=room.eve.place.token) == "bad_token"


def test_a_ban_for_good_holds_on_look_alikes_too(room: ModeratedRoom) -> None:
    room.does(room.max, ban("eve"))
    room.bench.wall += 1e9
    why = room.problem("\u0435\u0475\u0435", peer=ELSEWHERE)  # Cyrillic
    assert (why.code, why.params) == ("banned", {})


def test_others_at_the_address_stay_in(room: ModeratedRoom) -> None:
    joe = room.bench.join("joe", peer=AT_HOME)
    room.does(room.max, ban("eve"))
    assert room.names == ["ann", "max", "joe"]
    room.bench.drop(joe)
    room.bench.join("joe", token=joe.place.token, peer=AT_HOME)
    assert room.bench.refused("new", peer=AT_HOME) == "banned"


def test_an_address_that_the_moderator_shares_is_not_banned(open_bench: OpenBench) -> None:
    bench = open_bench(max_users=9)
    bench.perform(OwnerKey(KEY))
    ann = bench.join("ann", owner=KEY, peer=AT_HOME, device=PHONE)
    bench.join("eve", peer=AT_HOME, device=LAPTOP)
    assert bench.act(ann, ban("eve")) is None
    bench.join("joe", peer=AT_HOME)
    assert bench.refused("joe", peer=AT_HOME, device=LAPTOP) == "banned"


def test_nor_a_device_that_the_moderator_or_an_owner_shares(room: ModeratedRoom) -> None:
    ann = room.bench.join("ann2", peer=AT_HOME, device=LAPTOP)
    room.does(None, role("ann2", OWNER))
    room.does(room.max, ban("eve"))
    assert "ann2" in room.names
    room.bench.join("ann3", peer=ELSEWHERE, device=LAPTOP)
    room.does(ann, ban("ann3"))
    assert room.bench.refused("ann3") == "banned"
    assert "ann2" in room.names


def test_other_memberships_of_the_device_end_too(room: ModeratedRoom) -> None:
    again = room.bench.join("evil", peer=ELSEWHERE, device=LAPTOP)
    room.does(room.max, ban("eve"))
    assert room.names == ["ann", "max"]
    assert room.bench.refused("x", token=again.place.token, peer=ELSEWHERE) == "banned"
    assert {one.name for one in room.bench.events[-2:]} == {"eve", "evil"}


def test_a_banned_device_resumes_nobodys_membership(room: ModeratedRoom) -> None:
    joe = room.bench.join("joe")
    room.does(room.max, ban("eve"))
    assert room.bench.refused("joe", token=joe.place.token, device=LAPTOP) == "banned"


@pytest.mark.parametrize("by_number", [False, True])
def test_who_just_left_can_be_banned(room: ModeratedRoom, *, by_number: bool) -> None:
    room.bench.leave(room.eve)
    room.bench.reopen()
    room.does(room.max, ban(3 if by_number else "eve"))
    assert isinstance(room.bench.events[-1], Banned)
    assert room.bench.refused("joe", device=LAPTOP) == "banned"
    assert room.bench.refused("joe", peer=AT_HOME) == "banned"


def test_an_owner_who_just_left_is_still_one(room: ModeratedRoom) -> None:
    room.bench.leave(room.ann)
    assert room.fails(room.max, ban("ann")) == ("forbidden", "on_owner")


def test_an_undone_ban(room: ModeratedRoom) -> None:
    room.does(room.max, ban("eve"))
    room.bench.reopen()
    (info,) = room.bench.core.moderation.all("ban", room.bench.core.last_at)
    assert room.fails(room.ann, Unban(id="u", ban=info.number + 1)) == ("not_found", "ban")
    room.does(room.max, Unban(id="u", ban=info.number))
    room.bench.join("eve", peer=AT_HOME, device=LAPTOP)
    assert room.fails(room.ann, Unban(id="v", ban=info.number)) == ("not_found", "ban")


def test_the_owners_key_passes_bans_of_moderators_not_of_the_host(room: ModeratedRoom) -> None:
    room.does(room.max, ban("eve"))
    room.does(None, ban("max"))
    assert room.bench.join("eve", owner=KEY, peer=AT_HOME, device=LAPTOP).place.role == OWNER
    assert room.bench.refused("max", owner=KEY) == "banned"


# --- mute -------------------------------------------------------------------------------


def test_a_mute(room: ModeratedRoom) -> None:
    room.does(room.max, mute("eve", 10))
    event = room.bench.events[-1]
    assert isinstance(event, Muted)
    answer = room.bench.say(room.eve, "k1")
    assert answer is not None
    assert answer.problem is not None
    assert answer.problem.code == "muted"
    assert answer.problem.params == {"until": event.until}
    assert answer.problem.retry_after == 600.0
    room.bench.reopen()
    again = room.bench.join(token=room.eve.place.token)
    assert again.place.muted == event.until
    assert code(room.bench.say(again, "k1")) == "muted"
    room.bench.wall += 600
    assert room.bench.say(again, "k1") is None, "what was refused can be sent again"
    assert room.bench.join(token=room.eve.place.token).place.muted == ""


@pytest.mark.parametrize(
    "returns",
    [
        {"name": "eve", "peer": ELSEWHERE},
        {"name": "joe", "peer": ELSEWHERE, "device": LAPTOP},
        {"name": "joe", "peer": AT_HOME},
    ],
)
def test_a_mute_holds_for_who_leaves_and_joins_again(
    room: ModeratedRoom, returns: dict[str, object]
) -> None:
    room.does(room.max, mute("eve"))
    room.bench.leave(room.eve)
    room.bench.reopen()
    name = str(returns.pop("name"))
    again = room.bench.join(name, **returns)
    assert again.place.muted
    assert code(room.bench.say(again, "k")) == "muted"


def test_a_mute_holds_for_the_second_client_of_the_device(room: ModeratedRoom) -> None:
    second = room.bench.join("evil", peer=ELSEWHERE, device=LAPTOP)
    joe = room.bench.join("joe", peer=AT_HOME)
    room.does(room.max, mute("eve"))
    assert code(room.bench.say(second, "k")) == "muted"
    assert room.bench.say(joe, "k") is None, "who is at the address already can go on"
    resumed = room.bench.join("joe", token=joe.place.token, device=LAPTOP)
    assert code(room.bench.say(resumed, "l")) == "muted"


def test_a_mute_ends(room: ModeratedRoom) -> None:
    room.does(room.max, mute("eve"))
    room.does(room.max, mute("eve", 0))
    event = room.bench.events[-1]
    assert isinstance(event, Muted)
    assert event.until is UNSET
    assert room.bench.say(room.eve, "k") is None
    room.bench.leave(room.eve)
    assert room.bench.join("eve", peer=AT_HOME, device=LAPTOP).place.muted == ""


def test_another_mute_replaces_the_first(room: ModeratedRoom) -> None:
    room.does(room.max, mute("eve", 60))
    room.does(room.max, mute("eve", 1))
    room.bench.wall += 61
    assert room.bench.say(room.eve, "k") is None
    room.bench.leave(room.eve)
    assert room.bench.say(room.bench.join("eve", device=LAPTOP), "k") is None


def test_an_owner_is_not_muted_by_the_mute_of_before(room: ModeratedRoom) -> None:
    room.does(room.max, mute("eve"))
    room.does(room.eve, Claim(id="c", key=KEY.hex()))
    assert room.bench.say(room.eve, "k") is None
