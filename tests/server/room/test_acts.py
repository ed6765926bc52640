"""Acts of owner, moderators and host: what they do, to whom, and for how long."""

import hashlib
from itertools import count

import pytest
from msgspec import UNSET

from server.room.core import RoomCore
from server.room.interface import CloseReason, JoinRefused, Peer, PostResult
from server.room.operations import OwnerKey
from server.room.storage import moderation_tables
from shared.messages import Left
from shared.moderation import (
    MEMBER,
    MODERATOR,
    OWNER,
    ActRequest,
    Ban,
    Banned,
    Claim,
    Delete,
    Kick,
    Lock,
    Mute,
    Muted,
    RoleSet,
    SetRole,
    SetTopic,
    Slow,
    Target,
    Unban,
)
from shared.problems import Problem
from tests.server.room.conftest import OpenBench
from tests.server.room.workbench import Bench, Guest, code, join_request

KEY = hashlib.sha256(b"the key").digest()
OTHER_KEY = hashlib.sha256(b"another one").digest()
AT_HOME = Peer("192.168.1.5", 4000, "websocket")
ELSEWHERE = Peer("10.9.9.9", 4000, "websocket")
LAPTOP, PHONE = b"L" * 32, b"P" * 32

_ids = count()


def new_id() -> str:
    return f"a{next(_ids)}"


def kick(target: Target, text: str = "") -> Kick:
    return Kick(id=new_id(), target=target, text=text)


def ban(target: Target, minutes: int = 0, text: str = "") -> Ban:
    return Ban(id=new_id(), target=target, minutes=minutes, text=text)


def mute(target: Target, minutes: int = 10) -> Mute:
    return Mute(id=new_id(), target=target, minutes=minutes)


def role(target: Target, role: str = MODERATOR) -> SetRole:
    return SetRole(id=new_id(), target=target, role=role)


def lock(*, on: bool = True) -> Lock:
    return Lock(id=new_id(), on=on)


def slow(seconds: int) -> Slow:
    return Slow(id=new_id(), seconds=seconds)


class Room:
    """A room with an owner (ann), a moderator (max) and a member (eve), each elsewhere."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        bench.perform(OwnerKey(KEY))
        self.ann = bench.join("ann", owner=KEY, peer=Peer("10.1.1.1", 1, ""))
        self.max = bench.join("max", peer=Peer("10.1.1.2", 1, ""))
        self.eve = bench.join("eve", peer=AT_HOME, device=LAPTOP)
        self.does(self.ann, role("max"))

    def does(self, guest: Guest | None, request: ActRequest) -> None:
        assert self.bench.act(guest, request) is None

    def fails(self, guest: Guest | None, request: ActRequest) -> tuple[str, str]:
        """The code and the rule of the problem."""
        answer = self.bench.act(guest, request)
        assert answer is not None
        assert answer.problem is not None
        return answer.problem.code, answer.problem.params.get("rule", "")

    def problem(self, name: str, **fields: object) -> Problem:
        answer = self.bench.ask(join_request(name, **fields))
        assert isinstance(answer, JoinRefused), answer
        return answer.problem

    def role_of(self, name: str) -> str:
        return next(one.role for one in self.bench.core.roster.members() if one.name == name)

    @property
    def names(self) -> list[str]:
        return self.bench.names


@pytest.fixture
def room(open_bench: OpenBench) -> Room:
    return Room(open_bench(max_users=6))


# --- roles -------------------------------------------------------------------------------


def test_a_join_with_the_owners_key_makes_an_owner(room: Room) -> None:
    assert room.ann.place.role == OWNER
    event = room.bench.events[1]
    assert event == RoleSet(
        seq=2, at=event.at, name="ann", member=1, target="ann", role=OWNER, target_member=1
    )
    assert room.ann.place.seq == 2, "the join shows the role"
    assert b'"role":"owner"' in bytes(room.ann.place.members)


def test_a_claim_and_a_resume_with_the_key_do_too(room: Room) -> None:
    room.does(room.eve, Claim(id="c", key=KEY.hex()))
    assert room.role_of("eve") == OWNER
    room.does(room.ann, role("ann", MEMBER))
    again = room.bench.join(token=room.ann.place.token, owner=KEY)
    assert again.place.role == OWNER
    events = len(room.bench.events)
    assert room.bench.join(token=room.ann.place.token, owner=KEY).place.role == OWNER
    assert len(room.bench.events) == events, "it was owner already"


@pytest.mark.parametrize("key", [OTHER_KEY.hex(), "", "no key", "é" * 64])
def test_another_key_claims_nothing(room: Room, key: str) -> None:
    assert room.fails(room.eve, Claim(id="c", key=key)) == ("forbidden", "owner_key")
    assert room.role_of("eve") == MEMBER


@pytest.mark.parametrize("resumes", [False, True])
def test_a_join_with_a_wrong_key_is_refused(room: Room, *, resumes: bool) -> None:
    token = room.eve.place.token if resumes else None
    why = room.problem("joe", owner=OTHER_KEY, token=token)
    assert (why.code, why.params["rule"]) == ("forbidden", "owner_key")
    assert room.names == ["ann", "max", "eve"]


def test_without_a_key_nobody_is_owner(bench: Bench) -> None:
    assert bench.refused(owner=hashlib.sha256(b"").digest()) == "forbidden"


def test_another_key_ends_all_owner_roles(room: Room) -> None:
    room.does(room.eve, Claim(id="c", key=KEY.hex()))
    room.bench.perform(OwnerKey(OTHER_KEY))
    assert [room.role_of(name) for name in room.names] == [MEMBER, MODERATOR, MEMBER]
    first, second = room.bench.events[-2:]
    assert isinstance(first, RoleSet)
    assert (first.name, first.member, first.target) == ("server", UNSET, "ann")
    assert isinstance(second, RoleSet)
    assert second.target == "eve"
    assert room.bench.refused("joe", owner=KEY) == "forbidden"
    room.bench.reopen()
    assert not room.bench.perform(OwnerKey(OTHER_KEY)).written, "it holds already"


def test_only_owners_give_roles(room: Room) -> None:
    assert room.fails(room.max, role("eve")) == ("forbidden", "owner")
    assert room.fails(room.eve, role("eve", OWNER)) == ("forbidden", "owner")
    assert room.fails(room.ann, role("eve", "king")) == ("bad_request", "role")
    room.does(room.ann, role("eve", OWNER))
    assert room.fails(room.eve, role("ann", MEMBER)) == ("forbidden", "on_owner")
    room.does(room.eve, role("eve", MEMBER))
    assert room.role_of("eve") == MEMBER


def test_a_role_ends_with_the_membership(room: Room) -> None:
    room.bench.leave(room.max)
    assert room.bench.join("max").place.role == MEMBER


def test_a_role_survives_a_restart_and_a_resume(room: Room) -> None:
    room.bench.reopen()
    assert room.bench.join(token=room.max.place.token).place.role == MODERATOR


# --- who may act on whom -----------------------------------------------------------------

ON_SOMEBODY = [kick, ban, mute]


@pytest.mark.parametrize("act", ON_SOMEBODY)
def test_members_act_on_nobody(room: Room, act: type[kick]) -> None:
    for name in room.names:
        assert room.fails(room.eve, act(name)) == ("forbidden", "moderator")


@pytest.mark.parametrize("act", ON_SOMEBODY)
def test_nobody_acts_on_an_owner(room: Room, act: type[kick]) -> None:
    room.does(room.ann, role("eve", OWNER))
    for guest in (room.max, room.eve, room.ann):
        assert room.fails(guest, act("ann")) == ("forbidden", "on_owner")


@pytest.mark.parametrize("act", ON_SOMEBODY)
def test_moderators_do_not_act_on_moderators(room: Room, act: type[kick]) -> None:
    room.does(room.ann, role("eve"))
    for target in ("max", "eve"):
        assert room.fails(room.max, act(target)) == ("forbidden", "on_moderator")
    room.does(room.ann, act("max"))


def test_the_host_may_do_everything(room: Room) -> None:
    room.does(None, role("ann", MEMBER))
    room.does(None, role("ann", OWNER))
    room.does(None, mute("ann"))
    assert room.bench.say(room.ann, "k") is not None
    room.does(None, kick("ann", "bye"))
    left = room.bench.events[-1]
    assert isinstance(left, Left)
    assert (left.name, left.by, left.text) == ("ann", "server", "bye")


def test_an_act_of_somebody_who_left_is_refused(room: Room) -> None:
    room.bench.leave(room.max)
    assert room.fails(room.max, lock()) == ("not_joined", "")
    old = Guest(room.eve.place, room.eve.connection + 1)
    assert room.fails(old, lock()) == ("not_joined", "")


@pytest.mark.parametrize("target", ["nobody", "no name", "", 99, 0, "x" * 10_000])
def test_there_is_nobody_of_that_name(room: Room, target: Target) -> None:
    for act in (kick(target), ban(target), mute(target), role(target)):
        assert room.fails(room.ann, act) == ("not_found", "member")


@pytest.mark.parametrize("target", ["eve", "EVE", "\uff25ve", 3])
def test_a_target_is_a_name_however_written_or_a_number(room: Room, target: Target) -> None:
    room.does(room.max, kick(target))
    assert room.names == ["ann", "max"]


# --- kick --------------------------------------------------------------------------------


def test_a_kick(room: Room) -> None:
    room.does(room.max, Kick(id="k1", target="eve", text="be nice"))
    event = room.bench.events[-1]
    assert event == Left(
        seq=event.seq, at=event.at, name="eve", member=3, reason="kicked", by="max",
        text="be nice", id="k1",
    )  # fmt: skip
    assert room.bench.evictions[-1] == (room.eve.connection, CloseReason.REMOVED)
    assert code(room.bench.say(room.eve, "k")) == "not_joined"


def test_a_kicked_token_has_ended_for_good_and_its_owner_is_told_why(room: Room) -> None:
    room.does(room.max, Kick(id="k1", target="eve", text="be nice"))
    for _ in range(2):
        room.bench.wall += 1000
        why = room.problem("eve", token=room.eve.place.token)
        told = {"by": "max", "text": "be nice"}
        assert (why.code, why.params, why.retry_after) == ("kicked", told, None)
        room.bench.reopen()


def test_a_kicked_device_joins_again_after_a_minute(room: Room) -> None:
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


def test_who_has_left_cannot_be_kicked(room: Room) -> None:
    room.bench.leave(room.eve)
    assert room.fails(room.max, kick("eve")) == ("not_found", "member")


# --- ban ---------------------------------------------------------------------------------


def test_a_ban(room: Room) -> None:
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


def test_a_ban_for_good_holds_on_look_alikes_too(room: Room) -> None:
    room.does(room.max, ban("eve"))
    room.bench.wall += 1e9
    why = room.problem("\u0435\u0475\u0435", peer=ELSEWHERE)  # Cyrillic
    assert (why.code, why.params) == ("banned", {})


def test_others_at_the_address_stay_in(room: Room) -> None:
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


def test_nor_a_device_that_the_moderator_or_an_owner_shares(room: Room) -> None:
    ann = room.bench.join("ann2", peer=AT_HOME, device=LAPTOP)
    room.does(None, role("ann2", OWNER))
    room.does(room.max, ban("eve"))
    assert "ann2" in room.names
    room.bench.join("ann3", peer=ELSEWHERE, device=LAPTOP)
    room.does(ann, ban("ann3"))
    assert room.bench.refused("ann3") == "banned"
    assert "ann2" in room.names


def test_other_memberships_of_the_device_end_too(room: Room) -> None:
    again = room.bench.join("evil", peer=ELSEWHERE, device=LAPTOP)
    room.does(room.max, ban("eve"))
    assert room.names == ["ann", "max"]
    assert room.bench.refused("x", token=again.place.token, peer=ELSEWHERE) == "banned"
    assert {one.name for one in room.bench.events[-2:]} == {"eve", "evil"}


def test_a_banned_device_resumes_nobodys_membership(room: Room) -> None:
    joe = room.bench.join("joe")
    room.does(room.max, ban("eve"))
    assert room.bench.refused("joe", token=joe.place.token, device=LAPTOP) == "banned"


@pytest.mark.parametrize("by_number", [False, True])
def test_who_just_left_can_be_banned(room: Room, *, by_number: bool) -> None:
    room.bench.leave(room.eve)
    room.bench.reopen()
    room.does(room.max, ban(3 if by_number else "eve"))
    assert isinstance(room.bench.events[-1], Banned)
    assert room.bench.refused("joe", device=LAPTOP) == "banned"
    assert room.bench.refused("joe", peer=AT_HOME) == "banned"


def test_an_owner_who_just_left_is_still_one(room: Room) -> None:
    room.bench.leave(room.ann)
    assert room.fails(room.max, ban("ann")) == ("forbidden", "on_owner")


def test_an_undone_ban(room: Room) -> None:
    room.does(room.max, ban("eve"))
    room.bench.reopen()
    (info,) = room.bench.core.moderation.all("ban", room.bench.core.last_at)
    assert room.fails(room.ann, Unban(id="u", ban=info.number + 1)) == ("not_found", "ban")
    room.does(room.max, Unban(id="u", ban=info.number))
    room.bench.join("eve", peer=AT_HOME, device=LAPTOP)
    assert room.fails(room.ann, Unban(id="v", ban=info.number)) == ("not_found", "ban")


def test_the_owners_key_passes_bans_of_moderators_not_of_the_host(room: Room) -> None:
    room.does(room.max, ban("eve"))
    room.does(None, ban("max"))
    assert room.bench.join("eve", owner=KEY, peer=AT_HOME, device=LAPTOP).place.role == OWNER
    assert room.bench.refused("max", owner=KEY) == "banned"


# --- mute --------------------------------------------------------------------------------


def test_a_mute(room: Room) -> None:
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
    room: Room, returns: dict[str, object]
) -> None:
    room.does(room.max, mute("eve"))
    room.bench.leave(room.eve)
    room.bench.reopen()
    name = str(returns.pop("name"))
    again = room.bench.join(name, **returns)
    assert again.place.muted
    assert code(room.bench.say(again, "k")) == "muted"


def test_a_mute_holds_for_the_second_client_of_the_device(room: Room) -> None:
    second = room.bench.join("evil", peer=ELSEWHERE, device=LAPTOP)
    joe = room.bench.join("joe", peer=AT_HOME)
    room.does(room.max, mute("eve"))
    assert code(room.bench.say(second, "k")) == "muted"
    assert room.bench.say(joe, "k") is None, "who is at the address already can go on"
    resumed = room.bench.join("joe", token=joe.place.token, device=LAPTOP)
    assert code(room.bench.say(resumed, "l")) == "muted"


def test_a_mute_ends(room: Room) -> None:
    room.does(room.max, mute("eve"))
    room.does(room.max, mute("eve", 0))
    event = room.bench.events[-1]
    assert isinstance(event, Muted)
    assert event.until is UNSET
    assert room.bench.say(room.eve, "k") is None
    room.bench.leave(room.eve)
    assert room.bench.join("eve", peer=AT_HOME, device=LAPTOP).place.muted == ""


def test_another_mute_replaces_the_first(room: Room) -> None:
    room.does(room.max, mute("eve", 60))
    room.does(room.max, mute("eve", 1))
    room.bench.wall += 61
    assert room.bench.say(room.eve, "k") is None
    room.bench.leave(room.eve)
    assert room.bench.say(room.bench.join("eve", device=LAPTOP), "k") is None


def test_an_owner_is_not_muted_by_the_mute_of_before(room: Room) -> None:
    room.does(room.max, mute("eve"))
    room.does(room.eve, Claim(id="c", key=KEY.hex()))
    assert room.bench.say(room.eve, "k") is None


# --- the room ----------------------------------------------------------------------------


def test_slow_mode(room: Room) -> None:
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


def test_a_reply_that_was_not_sent_does_not_count_in_slow_mode(room: Room) -> None:
    room.does(room.max, slow(30))
    assert code(room.bench.say(room.eve, "1", reply_to=999)) == "not_found"
    assert room.bench.say(room.eve, "2") is None
    assert code(room.bench.say(room.eve, "3", reply_to=999)) == "slow"


@pytest.mark.parametrize(
    "returns", [{"device": LAPTOP, "peer": ELSEWHERE}, {"peer": AT_HOME}, {"peer": ELSEWHERE}]
)
def test_slow_mode_holds_for_who_leaves_and_joins_again(
    room: Room, returns: dict[str, object]
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


def test_a_locked_room_takes_nobody_new(room: Room) -> None:
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


def test_a_topic(room: Room) -> None:
    room.does(room.max, SetTopic(id="t", text="exams"))
    room.bench.reopen()
    assert room.bench.join("joe").place.topic == "exams"
    room.does(room.max, SetTopic(id="u", text=""))
    assert room.bench.journal.event(room.bench.journal.newest()) == (
        b'{"type":"topic","seq":%d,"at":"%b","member":2,"name":"max","text":"","id":"u"}'
        % (room.bench.journal.newest(), room.bench.core.last_at.encode())
    )


def test_there_is_no_message_to_delete(room: Room) -> None:
    assert room.fails(room.ann, Delete(id="d", seq=999)) == ("not_found", "message")


# --- once, and for ever ------------------------------------------------------------------


@pytest.mark.parametrize("by_host", [False, True])
def test_an_act_is_carried_out_once(room: Room, *, by_host: bool) -> None:
    guest, request = None if by_host else room.max, kick("eve")
    room.does(guest, request)
    seq = room.bench.journal.newest()
    room.bench.wall += 61
    room.bench.join("eve")
    for _ in range(2):
        assert room.bench.act(guest, request) == PostResult(seq=seq)
        room.bench.reopen()
        if guest is not None:
            guest = room.bench.join(token=guest.place.token)
    assert "eve" in room.names


def test_a_message_and_an_act_do_not_share_an_id(room: Room) -> None:
    room.bench.say(room.max, "x")
    seq = room.bench.journal.newest()
    assert room.bench.act(room.max, Lock(id="x", on=True)) == PostResult(seq=seq)
    assert not room.bench.core.moderation.room.locked


def test_acts_are_carried_out_while_there_is_little_space(room: Room) -> None:
    room.bench.journal.no_space = "little space"
    room.does(room.max, kick("eve"))
    assert room.names == ["ann", "max"]


def test_the_audit_survives_the_events(open_bench: OpenBench) -> None:
    room = Room(open_bench(max_users=6, keep=1))
    room.does(room.max, kick("eve", "spam"))
    room.does(None, slow(5))
    room.bench.say(room.ann, "k")
    while room.bench.journal.tidy():
        pass
    lines = moderation_tables.audit(room.bench.journal._db)
    short = [(one.name, one.member, one.act, one.target, one.value, one.text) for one in lines]
    assert short == [
        ("server", 0, "slow", "", "5 s", ""),
        ("max", 2, "kick", "eve", "", "spam"),
        ("ann", 1, "role", "max", MODERATOR, ""),
        ("ann", 1, "claim", "ann", OWNER, ""),
    ]


def test_restrictions_that_ended_are_not_kept(room: Room) -> None:
    for minutes in (1, 2, 3):
        room.does(room.max, ban("eve", minutes))
    room.bench.wall += 121
    room.does(room.max, ban("eve", 1))
    assert len(room.bench.core.moderation.all("ban", "")) == 2
    room.bench.reopen()
    assert len(room.bench.core.moderation.all("ban", "")) == 2


def test_nothing_is_left_of_an_act_that_was_not_written(room: Room) -> None:
    room.bench.journal.full = True  # type: ignore[attr-defined]
    with pytest.raises(Exception, match="disk full"):
        room.bench.act(room.max, ban("eve"))
    room.bench.journal.full = False  # type: ignore[attr-defined]
    assert room.bench.core.moderation.all("ban", "") == []
    assert room.names == ["ann", "max", "eve"]
    assert isinstance(room.bench.core, RoomCore)
    room.does(room.max, ban("eve"))
