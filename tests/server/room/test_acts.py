"""Acts of owner, moderators and host: who may do what to whom, and each act once."""

import hashlib
from collections.abc import Callable

import pytest
from msgspec import UNSET

from server.room.core import RoomCore
from server.room.interface import PostResult
from server.room.operations import OwnerKey
from server.room.storage import moderation_tables
from shared.messages import Left
from shared.moderation import (
    MEMBER,
    MODERATOR,
    OWNER,
    Ban,
    Claim,
    Kick,
    Lock,
    Mute,
    RoleSet,
    Target,
)
from tests.server.room.conftest import OpenBench
from tests.server.room.moderated_room import (
    KEY,
    OTHER_KEY,
    ModeratedRoom,
    ban,
    kick,
    lock,
    mute,
    role,
    slow,
)
from tests.server.room.workbench import Bench, Guest


@pytest.fixture
def room(open_bench: OpenBench) -> ModeratedRoom:
    return ModeratedRoom(open_bench(max_users=6))


# --- roles ------------------------------------------------------------------------------


def test_a_join_with_the_owners_key_makes_an_owner(room: ModeratedRoom) -> None:
    assert room.ann.place.role == OWNER
    event = room.bench.events[1]
    assert event == RoleSet(
        seq=2, at=event.at, name="ann", member=1, target="ann", role=OWNER, target_member=1
    )
    assert room.ann.place.seq == 2, "the join shows the role"
    assert b'"role":"owner"' in bytes(room.ann.place.members)


def test_a_claim_and_a_resume_with_the_key_do_too(room: ModeratedRoom) -> None:
    room.does(room.eve, Claim(id="c", key=KEY.hex()))
    assert room.role_of("eve") == OWNER
    room.does(room.ann, role("ann", MEMBER))
    again = room.bench.join(token=room.ann.place.token, owner=KEY)
    assert again.place.role == OWNER
    events = len(room.bench.events)
    assert room.bench.join(token=room.ann.place.token, owner=KEY).place.role == OWNER
    assert len(room.bench.events) == events, "it was owner already"


@pytest.mark.parametrize("key", [OTHER_KEY.hex(), "", "no key", "é" * 64])
def test_another_key_claims_nothing(room: ModeratedRoom, key: str) -> None:
    assert room.fails(room.eve, Claim(id="c", key=key)) == ("forbidden", "owner_key")
    assert room.role_of("eve") == MEMBER


@pytest.mark.parametrize("resumes", [False, True])
def test_a_join_with_a_wrong_key_is_refused(room: ModeratedRoom, *, resumes: bool) -> None:
    token = room.eve.place.token if resumes else None
    why = room.problem("joe", owner=OTHER_KEY, token=token)
    assert (why.code, why.params["rule"]) == ("forbidden", "owner_key")
    assert room.names == ["ann", "max", "eve"]


def test_without_a_key_nobody_is_owner(bench: Bench) -> None:
    assert bench.refused(owner=hashlib.sha256(b"").digest()) == "forbidden"


def test_another_key_ends_all_owner_roles(room: ModeratedRoom) -> None:
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


def test_only_owners_give_roles(room: ModeratedRoom) -> None:
    assert room.fails(room.max, role("eve")) == ("forbidden", "owner")
    assert room.fails(room.eve, role("eve", OWNER)) == ("forbidden", "owner")
    assert room.fails(room.ann, role("eve", "king")) == ("bad_request", "role")
    room.does(room.ann, role("eve", OWNER))
    assert room.fails(room.eve, role("ann", MEMBER)) == ("forbidden", "on_owner")
    room.does(room.eve, role("eve", MEMBER))
    assert room.role_of("eve") == MEMBER


def test_a_role_ends_with_the_membership(room: ModeratedRoom) -> None:
    room.bench.leave(room.max)
    assert room.bench.join("max").place.role == MEMBER


def test_a_role_survives_a_restart_and_a_resume(room: ModeratedRoom) -> None:
    room.bench.reopen()
    assert room.bench.join(token=room.max.place.token).place.role == MODERATOR


# --- who may act on whom ----------------------------------------------------------------


type OnSomebody = Callable[[str], Kick | Ban | Mute]
ON_SOMEBODY: list[OnSomebody] = [kick, ban, mute]


@pytest.mark.parametrize("act", ON_SOMEBODY)
def test_members_act_on_nobody(room: ModeratedRoom, act: OnSomebody) -> None:
    for name in room.names:
        assert room.fails(room.eve, act(name)) == ("forbidden", "moderator")


@pytest.mark.parametrize("act", ON_SOMEBODY)
def test_nobody_acts_on_an_owner(room: ModeratedRoom, act: OnSomebody) -> None:
    room.does(room.ann, role("eve", OWNER))
    for guest in (room.max, room.eve, room.ann):
        assert room.fails(guest, act("ann")) == ("forbidden", "on_owner")


@pytest.mark.parametrize("act", ON_SOMEBODY)
def test_moderators_do_not_act_on_moderators(room: ModeratedRoom, act: OnSomebody) -> None:
    room.does(room.ann, role("eve"))
    for target in ("max", "eve"):
        assert room.fails(room.max, act(target)) == ("forbidden", "on_moderator")
    room.does(room.ann, act("max"))


def test_the_host_may_do_everything(room: ModeratedRoom) -> None:
    room.does(None, role("ann", MEMBER))
    room.does(None, role("ann", OWNER))
    room.does(None, mute("ann"))
    assert room.bench.say(room.ann, "k") is not None
    room.does(None, kick("ann", "bye"))
    left = room.bench.events[-1]
    assert isinstance(left, Left)
    assert (left.name, left.by, left.text) == ("ann", "server", "bye")


def test_an_act_of_somebody_who_left_is_refused(room: ModeratedRoom) -> None:
    room.bench.leave(room.max)
    assert room.fails(room.max, lock()) == ("not_joined", "")
    old = Guest(room.eve.place, room.eve.connection + 1)
    assert room.fails(old, lock()) == ("not_joined", "")


@pytest.mark.parametrize("target", ["nobody", "no name", "", 99, 0, "x" * 10_000])
def test_there_is_nobody_of_that_name(room: ModeratedRoom, target: Target) -> None:
    for act in (kick(target), ban(target), mute(target), role(target)):
        assert room.fails(room.ann, act) == ("not_found", "member")


@pytest.mark.parametrize("target", ["eve", "EVE", "\uff25ve", 3])
def test_a_target_is_a_name_however_written_or_a_number(
    room: ModeratedRoom, target: Target
) -> None:
    room.does(room.max, kick(target))
    assert room.names == ["ann", "max"]


# --- once, and for ever -----------------------------------------------------------------


@pytest.mark.parametrize("by_host", [False, True])
def test_an_act_is_carried_out_once(room: ModeratedRoom, *, by_host: bool) -> None:
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


def test_a_message_and_an_act_do_not_share_an_id(room: ModeratedRoom) -> None:
    room.bench.say(room.max, "x")
    seq = room.bench.journal.newest()
    assert room.bench.act(room.max, Lock(id="x", on=True)) == PostResult(seq=seq)
    assert not room.bench.core.moderation.room.locked


def test_acts_are_carried_out_while_there_is_little_space(room: ModeratedRoom) -> None:
    room.bench.journal.no_space = "little space"
    room.does(room.max, kick("eve"))
    assert room.names == ["ann", "max"]


def test_the_audit_survives_the_events(open_bench: OpenBench) -> None:
    room = ModeratedRoom(open_bench(max_users=6, keep=1))
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


def test_restrictions_that_ended_are_not_kept(room: ModeratedRoom) -> None:
    for minutes in (1, 2, 3):
        room.does(room.max, ban("eve", minutes))
    room.bench.wall += 121
    room.does(room.max, ban("eve", 1))
    assert len(room.bench.core.moderation.all("ban", "")) == 2
    room.bench.reopen()
    assert len(room.bench.core.moderation.all("ban", "")) == 2


def test_nothing_is_left_of_an_act_that_was_not_written(room: ModeratedRoom) -> None:
    room.bench.journal.full = True  # type: ignore[attr-defined]
    with pytest.raises(Exception, match="disk full"):
        room.bench.act(room.max, ban("eve"))
    room.bench.journal.full = False  # type: ignore[attr-defined]
    assert room.bench.core.moderation.all("ban", "") == []
    assert room.names == ["ann", "max", "eve"]
    assert isinstance(room.bench.core, RoomCore)
    room.does(room.max, ban("eve"))
