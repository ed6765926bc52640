"""Whom moderation keeps out is refused before the password, and the owner's key opens doors."""

import hashlib
from ipaddress import ip_network

import pytest

from server.budgets.addresses import parse
from server.room.interface import JoinAccepted, Peer
from server.room.operations import OwnerKey
from server.room.room_side import admission
from shared.moderation import OWNER, Ban, Kick, Lock, Mute
from tests.server.room.test_admission import Door, peer
from tests.server.room.workbench import Bench

KEY = hashlib.sha256(b"the key").digest()
DEVICE = b"D" * 32
PROXY, OWN = "10.9.0.1", "192.168.1.5"


@pytest.fixture
def door(bench: Bench) -> Door:
    """A room with a password and an owner's key."""
    bench.perform(OwnerKey(KEY))
    bench.wall = 1_800_000_000.0
    return Door(bench, password="right", wall=lambda: bench.wall)


def test_who_is_banned_is_refused_before_the_password(door: Door) -> None:
    door.bench.join("eve", peer=peer(1), device=DEVICE)
    door.bench.act(None, Ban(id="b", target="eve", minutes=0))
    assert door.code("eve", peer=peer(2)) == "banned"
    assert door.code("joe", peer=peer(1)) == "banned"
    assert door.code("joe", peer=peer(2), device=DEVICE) == "banned"
    assert door.code("joe", peer=peer(2)) == "bad_password missing"
    assert door.code("no name", peer=peer(2)) == "bad_password missing"


def test_so_is_who_was_kicked_and_who_comes_to_a_locked_room(door: Door) -> None:
    door.bench.join("eve", peer=peer(1), device=DEVICE)
    door.bench.act(None, Kick(id="k", target="eve"))
    assert door.code("joe", device=DEVICE) == "kicked again"
    door.bench.wall += 60
    assert door.code("joe", device=DEVICE) == "bad_password missing"
    door.bench.act(None, Lock(id="l", on=True))
    assert door.code("joe") == "locked"


def test_a_refusal_costs_the_others_at_the_address_nothing(bench: Bench) -> None:
    door = Door(bench)
    bench.join("eve", peer=peer(1), device=DEVICE)
    bench.act(None, Ban(id="b", target="eve", minutes=0))
    home = Peer("10.0.0.9", 1, "websocket")
    for _ in range(100):
        assert door.code("eve", peer=home) == "banned"
    assert door.code("joe", peer=home) == ""


def test_a_join_that_waits_is_looked_at_again(door: Door) -> None:
    door.bench.join("eve", peer=peer(1))
    for _ in range(40):
        door.guess(1)
    waiting = door.guess(1, "right", name="evil")
    door.bench.act(None, Ban(id="b", target="eve", minutes=0))
    door.seconds_until(lambda: door.result(waiting) is not None)
    admitted = door._late[waiting]
    (answer,) = door.bench.answers(admitted)  # type: ignore[arg-type]
    assert answer.problem.code == "banned"


def test_a_wrong_owners_key_is_refused_at_once(door: Door) -> None:
    wrong = hashlib.sha256(b"").digest()
    assert door.code("ann", owner=wrong) == "forbidden owner_key"
    assert door.code("ann", owner=KEY[:31], password="right") == "forbidden owner_key"


def test_the_owners_key_does_not_stand_for_the_password(door: Door) -> None:
    assert door.code("ann", owner=KEY) == "bad_password missing"
    assert door.code("ann", owner=KEY, password="wrong") == "bad_password wrong"
    assert door.code("ann", owner=KEY, password="right") == ""
    assert isinstance(door.last, JoinAccepted)
    assert door.last.role == OWNER


def test_the_owners_key_enters_where_the_address_has_used_up_its_places(bench: Bench) -> None:
    bench.perform(OwnerKey(KEY))
    door = Door(bench, max_users_per_address=1)
    assert door.code("eve", peer=peer(1)) == ""
    assert door.code("joe", peer=peer(1)) == "too_many places"
    assert door.code("ann", peer=peer(1), owner=KEY) == ""


@pytest.mark.parametrize(
    "shared",
    [
        Peer("127.0.0.1", 1, "websocket"),
        Peer("::1", 1, "websocket"),
        Peer("127.0.0.1", 1, "websocket", proxied=True),
        Peer(PROXY, 1, "websocket"),
        Peer(OWN, 1, "websocket"),
        Peer("", 0, ""),
    ],
)
def test_an_address_that_many_may_have_is_neither_banned_nor_muted(
    bench: Bench, shared: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "own_addresses", lambda: {parse(OWN)})
    door = Door(bench, trusted_proxy=(ip_network(f"{PROXY}/32"),))
    assert door.code("eve", peer=shared) == ""
    bench.act(None, Mute(id="m", target="eve", minutes=5))
    bench.act(None, Ban(id="b", target="eve", minutes=0))
    assert door.code("joe", peer=shared) == ""
    assert isinstance(door.last, JoinAccepted)
    assert door.last.muted == ""


@pytest.mark.parametrize("before", [False, True])
def test_nobody_hides_an_address_by_the_header_of_a_proxy(bench: Bench, before: bool) -> None:
    """Everybody can send `Via`, and no ban would hold then for who takes another name."""
    door = Door(bench)
    assert door.code("eve", peer=Peer("192.0.2.7", 1, "websocket", proxied=before)) == ""
    bench.act(None, Ban(id="b", target="eve", minutes=0))
    for proxied in (False, True):
        peer = Peer("192.0.2.7", 1, "websocket", proxied=proxied)
        assert door.code("joe", peer=peer) == "banned"


def test_of_ipv6_the_network_is_banned(bench: Bench) -> None:
    door = Door(bench)
    assert door.code("eve", peer=Peer("2001:db8:1:2::3", 1, "websocket")) == ""
    bench.act(None, Ban(id="b", target="eve", minutes=0))
    assert door.code("joe", peer=Peer("2001:db8:1:2:ffff::9", 1, "websocket")) == "banned"
    assert door.code("joe", peer=Peer("2001:db8:1:3::3", 1, "websocket")) == ""
