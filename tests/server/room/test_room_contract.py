"""The contract of a room, which the fake one keeps as well."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path

import msgspec
import pytest

from server.processes.run_directory import RunInfo
from server.room.core import RoomCore
from server.room.interface import (
    Act,
    CloseReason,
    ConnectionUsage,
    JoinAccepted,
    JoinRequest,
    Page,
    PostResult,
    Room,
    RoomUnavailableError,
)
from server.room.log import rfc3339
from server.room.room_side.gateway import Gateway
from server.room.room_side.service import RoomService
from server.room.room_side.sockets import serve_questions
from server.room.room_side.worker_connection import WorkerConnection
from server.room.storage.journal import Journal
from server.room.worker_side import questions
from server.room.worker_side.room_client import RoomClient
from server.settings import Settings
from shared.codec import decode_event
from shared.messages import MemberInfo
from shared.moderation import Lock
from shared.problems import problem
from tests.fakes import FakeRoom, turns
from tests.server.room.workbench import join_request, post

GRACE = 30.0


class Worker:
    """The callbacks of a worker, and the events it got."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.joined: list[tuple[int, JoinRequest]] = []
        self.evicted: list[tuple[int, CloseReason]] = []

    def deliver(self, first: int, bodies: Sequence[bytes]) -> None:
        assert first == len(self.bodies) + 1
        self.bodies += bodies

    def rewrite(self, seq: int, body: bytes) -> None:
        self.bodies[seq - 1] = body

    def requote(self, seq: int, quote: bytes) -> None:
        pass

    def signal(self, presences: Sequence[tuple[str, bytes]]) -> None:
        pass

    def typing(self, member: int, body: bytes) -> None:
        pass

    def hosts(self, urls: tuple[str, ...], pages: tuple[str, ...]) -> None:
        pass

    def majority(self, *, has: bool) -> None:
        pass

    def evict(self, connection: int, reason: CloseReason) -> None:
        self.evicted.append((connection, reason))

    def moved(self, head: int) -> None:
        pass

    def usage(self) -> list[ConnectionUsage]:
        return []

    def registered(self) -> list[tuple[int, JoinRequest]]:
        return self.joined


class Case:
    """A room with `members` places, and how a test makes it have events or be away."""

    room: Room

    async def fill(self, count: int) -> list[bytes]:
        """Make the room have this many events; returns them."""
        raise NotImplementedError

    async def answer(self) -> None:
        """Let it answer the posts it got."""

    async def stop(self) -> None:
        """Make it unavailable."""
        raise NotImplementedError


class Fake(Case):
    def __init__(self) -> None:
        self.fake = FakeRoom()
        self.room = self.fake

    async def fill(self, count: int) -> list[bytes]:
        self.fake.events = [b'{"seq":%d}' % seq for seq in range(1, count + 1)]
        return self.fake.events

    async def answer(self) -> None:
        for number in range(len(self.fake.answers)):
            self.fake.answer(PostResult(), number)

    async def stop(self) -> None:
        self.fake.down = True


class Local(Case):
    """The room of one server, in this process: gateway, Manager and a worker's client."""

    def __init__(self, folder: Path) -> None:
        self._info = RunInfo(folder=str(folder), authkey=b"key")
        settings = Settings(data_dir=folder)
        self.worker = Worker()
        self.room = self.client = RoomClient(settings, self._info, 1, self.worker)
        self.journal = Journal(settings.journal)
        self._core = RoomCore(self.journal, 3)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        gateway = Gateway(self._core, GRACE)
        started = rfc3339(0)
        service = RoomService(loop, gateway, self._core, started=started, password=False)
        serve_questions(self._info.manager_address, self._info.authkey, service)
        self._server = await loop.create_unix_server(
            lambda: WorkerConnection(gateway), self._info.gateway_address
        )
        self._contact = asyncio.ensure_future(self.client.stay_connected())
        await self.client.opened()
        with closing(self.journal), closing(gateway), closing(self.client):
            yield
            self._contact.cancel()
            self._server.close()

    async def fill(self, count: int) -> list[bytes]:
        request = join_request("ada")
        place = await self.room.join(request)
        assert isinstance(place, JoinAccepted)
        for number in range(count - 1):
            self.room.post(post(place, request.connection, f"{number}"))
        await self.client.settle(5)
        return self.worker.bodies

    async def stop(self) -> None:
        self._contact.cancel()
        self.client.close()
        await turns()


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of a socket must be short."""
    return tmp_path_factory.mktemp("r")


@pytest.fixture(params=["fake", "local"])
async def case(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Case]:
    if request.param == "fake":
        yield Fake()
        return
    local = Local(folder)
    async with local.running():
        yield local


async def test_a_join(case: Case) -> None:
    place = await case.room.join(join_request("ada"))
    assert isinstance(place, JoinAccepted)
    assert place.name == "ada"
    assert place.token
    members = msgspec.json.decode(bytes(place.members) + b"]", type=list[MemberInfo])
    assert [(one.name, one.member) for one in members] == [("ada", place.member)]


async def test_each_post_is_answered_once_in_order(case: Case) -> None:
    request = join_request("ada")
    place = await case.room.join(request)
    assert isinstance(place, JoinAccepted)
    answered: list[int] = []
    all_answered = asyncio.Event()

    def answer(number: int, _: PostResult) -> None:
        answered.append(number)
        if len(answered) == 3:
            all_answered.set()

    for number in range(3):
        said = post(place, request.connection, f"{number}")
        case.room.post(said, partial(answer, number))
    assert answered == []
    assert not case.room.congested
    await case.room.ready()
    await case.answer()
    async with asyncio.timeout(5):
        await all_answered.wait()
    assert answered == [0, 1, 2]


async def test_an_act_is_answered_once_in_the_order_of_posts(case: Case) -> None:
    request = join_request("ada")
    place = await case.room.join(request)
    assert isinstance(place, JoinAccepted)
    answered: list[str] = []
    all_answered = asyncio.Event()

    def answer(what: str) -> None:
        answered.append(what)
        if len(answered) == 2:
            all_answered.set()

    lock = Lock(id="l", on=True)
    act = Act(member=place.member, connection=request.connection, key="l", request=lock)
    case.room.act(act, lambda _: answer("act"))
    case.room.post(post(place, request.connection, "p"), lambda _: answer("post"))
    assert answered == []
    await case.answer()
    async with asyncio.timeout(5):
        await all_answered.wait()
    assert answered == ["act", "post"]


async def test_a_leave_is_done(case: Case) -> None:
    request = join_request("ada")
    place = await case.room.join(request)
    assert isinstance(place, JoinAccepted)
    done = asyncio.Event()
    case.room.leave(place.member, request.connection, done=done.set)
    async with asyncio.timeout(5):
        await done.wait()
    case.room.drop(request.connection)


async def test_pages_are_consecutive_and_say_what_lies_beyond(case: Case) -> None:
    room, events = case.room, await case.fill(10)
    assert await room.page_before(11, 3) == Page(events[7:], 8, None)
    assert await room.page_before(8, 3) == Page(events[4:7], 5, 7)
    assert await room.page_before(3, 5) == Page(events[:2], None, 2)
    assert await room.page_before(1, 5) == Page([], None, 0)
    assert await room.page_from(1, 3) == Page(events[:3], None, 3)
    assert await room.page_from(4, 3) == Page(events[3:6], 4, 6)
    assert await room.page_from(8, 30) == Page(events[7:], 8, None)
    assert await room.page_from(11, 3) == Page([], 11, None)
    assert await room.events_after(7, 2) == events[7:9]
    assert await room.events_after(10, 2) == []
    assert await room.event(4) == events[3]
    assert await room.event(11) is None
    assert await room.file("unknown") == problem("not_found")


async def test_questions(case: Case) -> None:
    place = await case.room.join(join_request("ada"))
    assert isinstance(place, JoinAccepted)
    known = await case.room.member_of(place.token)
    assert known is not None
    assert known.name == "ada"
    assert await case.room.member_of("no token") is None
    overview = await case.room.overview()
    assert (overview.active, overview.max_users, overview.password) == (1, 3, False)
    assert (await case.room.report()).max_users == 3
    assert (await case.room.stats()).max_users == 3
    assert (await case.room.search(1, ["word"], None, 5)).before >= 0
    assert case.room.connected


async def test_a_room_that_does_not_answer(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "CONTACT_WITHIN", 0.01)
    await case.stop()
    room = case.room
    for question in (room.join(join_request()), room.member_of("t"), room.overview()):
        with pytest.raises(RoomUnavailableError):
            await question


async def test_a_whole_conversation_reaches_the_worker(folder: Path) -> None:
    local = Local(folder)
    async with local.running():
        request = join_request("ada")
        ada = await local.room.join(request)
        assert isinstance(ada, JoinAccepted)
        local.room.post(post(ada, request.connection, "", "no id"))
        again = join_request(token=ada.token)
        assert isinstance(await local.room.join(again), JoinAccepted)
        events = [decode_event(body) for body in local.worker.bodies]
        assert [event.name for event in events] == ["ada", "ada"]
        assert local.worker.evicted == [(request.connection, CloseReason.REPLACED)]
