"""A room on several hosts, over real sockets: which one the client talks to."""

import socket
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from client_mvc.network import api, api_files, elsewhere, hosts, websocket
from shared import messages
from shared.joinlink import Address
from shared.problems import Problem
from tests.client_mvc.fakes import said
from tests.client_mvc.network import certificates
from tests.client_mvc.network.fake_room import FakeRoom
from tests.client_mvc.network.wire import Wire
from tests.support.waiting import until

NOWHERE = "https://nowhere.invalid:18000"


@pytest.fixture
async def rooms() -> AsyncIterator[list[FakeRoom]]:
    """Three hosts of one room, which share its history."""
    rooms = [FakeRoom() for _ in range(3)]
    for each in rooms:
        each.serve_journal("j1")
        each.log = rooms[0].log
    yield rooms
    for each in rooms:
        await each.close()


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server is on this computer."""
    monkeypatch.setattr("client_mvc.network.reaching.is_loopback", lambda _: False)


async def opened(*rooms: FakeRoom) -> list[Address]:
    """Let the hosts listen, and name each other."""
    addresses = [await each.open() for each in rooms]
    for own, room in zip(addresses, rooms, strict=True):
        others = [f"http://{each}" for each in addresses if each != own]
        room.hosts = [f"http://{own}", *others]
    return addresses


def connect(wire: Wire, first: Address, *others: Address, **changes: object) -> None:
    options = api.JoinOptions(first, "alice", others=others, **changes)  # type: ignore[arg-type]
    wire.network.connect(1, options)


async def joined_at(wire: Wire) -> Address | None:
    await wire.until(api.CaughtUp)
    found = [each for each in wire.told if isinstance(each, api.RoomFound)]
    return found[-1].server.address if found[-1].server else None


class TestLosingAHost:
    async def test_the_membership_goes_on_at_another_host(
        self, wire: Wire, rooms: list[FakeRoom]
    ) -> None:
        first, second = await opened(*rooms[:2])
        connect(wire, first)
        await wire.until(api.CaughtUp)
        rooms[0].silent = True
        wire.network.send(api.OutgoingMessage("a", "hello"))
        await until(lambda: rooms[0].says)
        rooms[0].log.append(said(1, "meanwhile"))
        await rooms[0].close()
        assert await joined_at(wire) == second
        assert (rooms[1].joins[0].token, rooms[1].joins[0].after) == ("t1", 0)
        await until(lambda: rooms[1].says)
        await wire.until(api.MessageConfirmed)
        assert rooms[1].says[0].id == "a"
        lost = [each for each in wire.told if isinstance(each, api.Disconnected)]
        assert [(each.attempt, each.delay) for each in lost] == [(1, 0.0)]

    async def test_also_at_one_that_was_named_after_the_client_had_joined(
        self, wire: Wire, rooms: list[FakeRoom]
    ) -> None:
        first, second = await opened(*rooms[:2])
        named, rooms[0].hosts = rooms[0].hosts, []
        connect(wire, first)
        await wire.until(api.CaughtUp)
        await rooms[0].tell(messages.HostList(named))
        assert (await wire.until(api.HostsChanged)).hosts == named
        await rooms[0].close()
        assert await joined_at(wire) == second

    async def test_files_go_to_the_host_that_the_client_is_connected_to(
        self, wire: Wire, rooms: list[FakeRoom], tmp_path: Path
    ) -> None:
        first, _ = await opened(*rooms[:2])
        connect(wire, first)
        await wire.until(api.CaughtUp)
        await rooms[0].close()
        await wire.until(api.CaughtUp)
        (tmp_path / "a.txt").write_text("hello")
        wire.network.upload("k", tmp_path / "a.txt")
        await wire.until(api_files.UploadDone)
        assert [body for _, body in rooms[1].posts] == [b"hello"]

    async def test_a_host_that_has_another_room_gets_nothing(
        self, wire: Wire, rooms: list[FakeRoom]
    ) -> None:
        first, _, third = await opened(*rooms)
        rooms[1].serve_journal("j2")
        connect(wire, first)
        await wire.until(api.CaughtUp)
        await rooms[0].close()
        assert await joined_at(wire) == third
        assert rooms[1].requests == ["/room"]

    async def test_a_host_that_refuses_for_itself_is_passed_over(
        self, wire: Wire, rooms: list[FakeRoom]
    ) -> None:
        first, _, third = await opened(*rooms)
        rooms[1].refuse = messages.Refused("shutting_down", "No.", retry_after=60.0)
        connect(wire, first)
        await wire.until(api.CaughtUp)
        await rooms[0].close()
        assert await joined_at(wire) == third


class TestLeavingAHost:
    @pytest.fixture(autouse=True)
    def _at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(elsewhere, "FIRST", (0.0, 0.01))
        monkeypatch.setattr(elsewhere, "AGAIN", (0.0, 0.01))

    async def test_one_that_cannot_take_messages_is_left_for_one_that_can(
        self, wire: Wire, rooms: list[FakeRoom]
    ) -> None:
        first, _, third = await opened(*rooms)
        rooms[1].serve_journal("j1", majority=False)
        connect(wire, first)
        await wire.until(api.CaughtUp)
        rooms[0].silent = True
        wire.network.send(api.OutgoingMessage("a", "hello"))
        await until(lambda: rooms[0].says)
        await rooms[0].tell(messages.HasMajority(on=False))
        assert not (await wire.until(api.MajorityChanged)).has
        assert await joined_at(wire) == third
        assert (rooms[2].joins[0].token, rooms[2].joins[0].after) == ("t1", 0)
        await wire.until(api.MessageConfirmed)
        assert [each.id for each in rooms[2].says] == ["a"]
        assert rooms[1].joins == []

    async def test_where_no_other_can_the_client_stays_and_reads(
        self, wire: Wire, rooms: list[FakeRoom]
    ) -> None:
        first, second, _ = await opened(*rooms)
        rooms[1].serve_journal("j1", majority=False)
        await rooms[2].close()
        connect(wire, first)
        await wire.until(api.CaughtUp)
        await rooms[0].tell(messages.HasMajority(on=False))
        await until(lambda: len(rooms[1].requests) > 2)
        await rooms[0].happen(said(1, "still here"))
        await wire.until(api.EventReceived)
        assert not any(isinstance(each, api.Disconnected) for each in wire.told)
        rooms[1].serve_journal("j1")
        assert await joined_at(wire) == second

    async def test_one_that_is_frozen_is_left(
        self, wire: Wire, rooms: list[FakeRoom], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(websocket, "HEARTBEAT_OF_SEVERAL", (0.05, 0.05))
        first, second = await opened(*rooms[:2])
        connect(wire, first)
        await wire.until(api.CaughtUp)
        await until(lambda: rooms[0].pings > 2)
        assert not any(isinstance(each, api.Disconnected) for each in wire.told)
        monkeypatch.setattr(websocket, "ANSWER_OF_SEVERAL", 0.2)
        rooms[0].frozen = True
        assert (await wire.until(api.Disconnected)).problem.code == "connection_lost"
        assert await joined_at(wire) == second

    async def test_the_only_host_is_asked_seldom(
        self, wire: Wire, rooms: list[FakeRoom], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(websocket, "HEARTBEAT_OF_SEVERAL", (0.0, 0.0))
        address = await rooms[0].open()
        connect(wire, address)
        await wire.until(api.CaughtUp)
        await rooms[0].happen(said(1))
        await wire.until(api.EventReceived)
        assert rooms[0].pings == 0


class TestJoining:
    async def test_a_link_whose_first_host_is_silent_leads_to_the_second(
        self, wire: Wire, rooms: list[FakeRoom]
    ) -> None:
        """Without the short time for each host it would take as long as `Wire` waits."""
        (second,) = await opened(rooms[1])
        with socket.create_server(("127.0.0.1", 0)) as silent:  # nobody accepts
            connect(wire, Address(*silent.getsockname()), second)
            assert await joined_at(wire) == second
        ends = [each for each in wire.told if isinstance(each, api.MembershipEnded)]
        assert ends == []

    async def test_hosts_that_were_silent_are_tried_once_more(
        self, wire: Wire, rooms: list[FakeRoom], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The network may be slow: the second time they have longer."""
        monkeypatch.setattr(hosts, "FIRST_WITHIN", 0.0)
        first, second = await opened(*rooms[:2])
        connect(wire, first, second)
        assert await joined_at(wire) == first

    async def test_where_no_host_answers_the_first_reason_is_told(
        self, wire: Wire, rooms: list[FakeRoom]
    ) -> None:
        first, second = await opened(*rooms[:2])
        await rooms[0].close()
        rooms[1].refuse = messages.Refused("shutting_down", "No.")
        connect(wire, first, second)
        ended = await wire.until(api.MembershipEnded)
        assert (ended.why, ended.problem and ended.problem.code) == ("refused", "shutting_down")

        await rooms[1].close()
        connect(wire, first, second)
        ended = await wire.until(api.MembershipEnded)
        problem = Problem("connection_refused", {"server": str(first)})
        assert (ended.why, ended.problem) == ("unreachable", problem)

    async def test_what_is_no_address_is_left_out(
        self, wire: Wire, rooms: list[FakeRoom]
    ) -> None:
        first, second = await opened(*rooms[:2])
        rooms[0].hosts = [f"http://{first}", "no url at all", "http://", f"http://{second}"]
        connect(wire, first)
        await wire.until(api.CaughtUp)
        await rooms[0].close()
        assert await joined_at(wire) == second


class TestKeys:
    async def test_one_key_counts_for_all_hosts(
        self, wire: Wire, rooms: list[FakeRoom], tmp_path: Path
    ) -> None:
        own = certificates.make(tmp_path, "own")
        foreign = certificates.make(tmp_path, "foreign")
        kinds = (own, foreign, own)
        addresses = [
            await room.open(tls=kind.context()) for room, kind in zip(rooms, kinds, strict=True)
        ]
        for room in rooms:
            room.hosts = [f"https://{each}" for each in addresses]
        connect(wire, addresses[0], trust=api.Trust(key=own.key))
        await wire.until(api.CaughtUp)
        await rooms[0].close()
        assert await joined_at(wire) == addresses[2]
        assert rooms[1].requests == []

    async def test_on_this_computer_the_room_names_the_key_of_its_other_hosts(
        self, wire: Wire, rooms: list[FakeRoom], tmp_path: Path
    ) -> None:
        own = certificates.make(tmp_path, "own")
        foreign = certificates.make(tmp_path, "foreign")
        first = await rooms[0].open()
        second = await rooms[1].open(tls=foreign.context())
        third = await rooms[2].open(tls=own.context())
        rooms[0].hosts = [f"https://{each}" for each in (first, second, third)]
        rooms[0].key = urlsafe_b64encode(bytes.fromhex(own.key)).decode().rstrip("=")
        connect(wire, first)
        await wire.until(api.CaughtUp)
        await rooms[0].close()
        assert await joined_at(wire) == third
        assert rooms[1].requests == []

    @pytest.mark.usefixtures("far")
    async def test_a_doubt_says_which_host_it_is_about(
        self, wire: Wire, rooms: list[FakeRoom], tmp_path: Path
    ) -> None:
        own = certificates.make(tmp_path, "own")
        second = await rooms[1].open(tls=own.context())
        first = await rooms[0].open()
        await rooms[0].close()
        connect(wire, first, second)
        ended = await wire.until(api.MembershipEnded)
        assert ended.doubt == api.Doubt("unknown_key", key=own.key, address=second)
        assert ended.problem == Problem("unknown_key", {"server": str(second)})
        assert rooms[1].requests == []
