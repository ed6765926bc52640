"""The network thread against a room on a real port: connections, uploads, downloads."""

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest
from aiohttp import web

from client_mvc import backoff, connection, download, lookout, network, news, upload, visit
from client_mvc.lookout import Lookout
from client_mvc.network import NetworkThread
from client_mvc.upload import disposition
from shared import limits, messages
from shared.joinlink import Address
from tests.client_mvc.fake_room import FakeRoom, answer, cut_after, cut_off, held
from tests.client_mvc.fakes import said, shared

WITHIN = 10.0
BLOCKS = 50
LARGE = bytes(range(32, 96)) * (BLOCKS * upload.BLOCK // 64)


class Wire:
    """A started network thread, and what it told so far."""

    def __init__(self) -> None:
        self.queue: SimpleQueue[news.Told] = SimpleQueue()
        self.network = NetworkThread(self.queue)
        self.network.start()
        self.told: list[news.News] = []

    async def until[T](self, kind: type[T]) -> T:
        """The next news of this kind."""
        deadline = time.monotonic() + WITHIN
        while True:
            try:
                _, told = await asyncio.to_thread(
                    self.queue.get, timeout=max(0.0, deadline - time.monotonic())
                )
            except Empty:
                pytest.fail(f"no {kind.__name__}; there was {self.told}")
            self.told.append(told)
            if isinstance(told, kind):
                return told

    def fractions(self) -> list[float]:
        """How far uploads were, by what was told so far."""
        return [each.fraction for each in self.told if isinstance(each, news.UploadProgress)]

    async def join(self, address: Address) -> None:
        self.network.connect(1, news.Ticket(address, "alice"))
        await self.until(news.CaughtUp)


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    wire = Wire()
    yield wire
    await asyncio.to_thread(wire.network.stop)


@pytest.fixture
async def room() -> AsyncIterator[FakeRoom]:
    room = FakeRoom()
    yield room
    await room.close()


@pytest.fixture
async def address(room: FakeRoom) -> Address:
    return await room.open()


class TestConnecting:
    async def test_join_say_and_leave(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        room.log.append(said(1, "before"))
        await wire.join(address)
        wire.network.say(news.Unsaid("a", "hello"))
        assert (await wire.until(news.Confirmed)).id == "a"
        received = await wire.until(news.Received)
        assert received.event == said(2, "hello", name="alice", id="a")
        wire.network.leave()
        assert await wire.until(news.Ended) == news.Ended("left", clean=True)

    async def test_after_a_cut_it_comes_back_and_says_what_was_not_said(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        await wire.join(address)
        room.deaf = True
        wire.network.say(news.Unsaid("a", "hello"))
        await until(lambda: room.says)
        room.deaf = False
        room.log.append(said(1, "meanwhile"))
        room.cut()
        await wire.until(news.Lost)
        assert (await wire.until(news.Received)).event == said(1, "meanwhile")
        await wire.until(news.Confirmed)
        assert room.joins[1] == messages.Join("alice", token="t1", after=0)
        assert [say.id for say in room.says] == ["a", "a"]

    async def test_a_room_that_closed_is_found_again_when_it_opens(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        await wire.join(address)
        await room.close()
        assert (await wire.until(news.Lost)).attempt == 1
        assert "Nothing answers" in (await wire.until(news.Lost)).reason
        again = FakeRoom()
        await again.open(address.port)
        wire.network.reconnect_now()
        await wire.until(news.CaughtUp)
        await again.close()

    async def test_when_the_network_is_back_it_does_not_wait(
        self, wire: Wire, room: FakeRoom, address: Address, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        here: set[tuple[str, str]] = set()
        monkeypatch.setattr(visit, "Lookout", lambda: Lookout(lambda: frozenset(here)))
        monkeypatch.setattr(lookout, "EVERY", 0.01)
        monkeypatch.setattr(backoff, "wait", lambda attempt: (3600.0, 3600.0))
        await wire.join(address)
        await room.close()
        while (await wire.until(news.Lost)).delay == 0:
            pass
        again = FakeRoom()
        await again.open(address.port)
        here.add(("wlan0", "192.168.1.7"))
        await wire.until(news.CaughtUp)
        await again.close()

    async def test_replaced(self, wire: Wire, room: FakeRoom, address: Address) -> None:
        await wire.join(address)
        await room.sockets[0][0].close(code=limits.CLOSE_REPLACED)
        assert (await wire.until(news.Ended)).why == "replaced"

    async def test_a_refusal_has_code_and_reason(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        room.refuse = messages.Refused("room_full", "The room is full (3/3).")
        wire.network.connect(1, news.Ticket(address, "alice"))
        assert await wire.until(news.Ended) == news.Ended(
            "refused", "The room is full (3/3).", "room_full"
        )

    async def test_a_frame_it_does_not_know_is_ignored_but_logged(
        self, wire: Wire, room: FakeRoom, address: Address, caplog: pytest.LogCaptureFixture
    ) -> None:
        await wire.join(address)
        await room.sockets[0][0].send_str('{"type": "from the future"}')
        await room.sockets[0][0].send_bytes(b"\x00")
        await room.happen(said(1))
        assert (await wire.until(news.Received)).event == said(1)
        assert caplog.text.count("ignored") == 2

    async def test_the_report(self, wire: Wire, address: Address) -> None:
        await wire.join(address)
        wire.network.report("r")
        reported = await wire.until(news.Reported)
        assert reported.report.max_users == 3
        assert 0 < reported.latency < WITHIN

    async def test_another_visit_leaves_the_one_before(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        await wire.join(address)
        wire.network.connect(2, news.Ticket(address, "bob"))
        assert (await wire.until(news.Welcomed)).welcome.token == "t2"
        await until(lambda: room.sockets[0][0].closed)
        assert not room.sockets[1][0].closed

    async def test_a_window_that_is_far_behind_slows_the_reading(
        self, wire: Wire, room: FakeRoom, address: Address, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await wire.join(address)
        monkeypatch.setattr(network, "MOST_UNREAD_NEWS", 5)
        for seq in range(1, 101):
            await room.happen(said(seq))
        await until(lambda: wire.queue.qsize() > 5)
        assert wire.queue.qsize() == 6
        seqs = [(await wire.until(news.Received)).event.seq for _ in range(100)]
        assert seqs == list(range(1, 101))


class TestUnreachable:
    """Why there is no room, in sentences."""

    async def reason(self, wire: Wire, address: Address) -> str:
        wire.network.connect(1, news.Ticket(address, "alice"))
        return (await wire.until(news.Ended)).reason

    async def test_nothing_answers(self, wire: Wire, room: FakeRoom, address: Address) -> None:
        await room.close()
        assert await self.reason(wire, address) == (
            f"Nothing answers at {address}. Is the room open?"
        )

    async def test_no_such_computer(self, wire: Wire) -> None:
        assert "No computer is known" in await self.reason(wire, Address("nowhere.invalid"))

    @pytest.mark.parametrize(
        ("reply", "part"),
        [
            (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "HTTP 404"),
            (b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", "starting or closing"),
            (b"SSH-2.0-OpenSSH_9.6\r\n", "no chatroom"),
            (b"", "hung up"),
        ],
    )
    async def test_something_else_answers(self, wire: Wire, reply: bytes, part: str) -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(reply)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            assert part in await self.reason(wire, Address("127.0.0.1", port))

    async def test_a_websocket_that_is_no_chatroom(self, wire: Wire) -> None:
        async def other(request: web.Request) -> web.WebSocketResponse:
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            async for _ in socket:
                pass
            return socket

        application = web.Application()
        application.router.add_get("/ws", other)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        address = Address(*runner.addresses[0][:2])
        assert "no chatroom" in await self.reason(wire, address)
        await runner.cleanup()


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "Notizen für morgen.txt"
    path.write_bytes(b"hello")
    return path


@pytest.fixture
def large(tmp_path: Path, room: FakeRoom) -> Path:
    """A file of many blocks, and a room that takes it."""
    path = tmp_path / "large.txt"
    path.write_bytes(LARGE)
    room.file_limit = len(LARGE)
    return path


class TestUploads:
    async def test_a_file_arrives_whole(
        self, wire: Wire, room: FakeRoom, address: Address, notes: Path
    ) -> None:
        await wire.join(address)
        wire.network.upload("key", notes)
        assert (await wire.until(news.UploadDone)).key == "key"
        headers, body = room.posts[0]
        assert body == b"hello"
        assert headers["Authorization"] == "Bearer t1"
        assert headers["Content-Length"] == "5"
        assert headers["Idempotency-Key"] == "key"
        assert headers["Content-Disposition"] == (
            "attachment; filename*=UTF-8''Notizen%20f%C3%BCr%20morgen.txt"
        )

    async def test_one_after_the_other_in_order(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        await wire.join(address)
        for number in range(5):
            path = tmp_path / f"{number}.txt"
            path.write_text(str(number))
            wire.network.upload(str(number), path)
        for number in range(5):
            assert (await wire.until(news.UploadDone)).key == str(number)
        assert [body for _, body in room.posts] == [b"0", b"1", b"2", b"3", b"4"]

    async def test_progress_grows_to_the_end(
        self, wire: Wire, room: FakeRoom, large: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(upload, "PROGRESS_EVERY", 0.0)
        await wire.join(await room.open())
        wire.network.upload("key", large)
        await wire.until(news.UploadDone)
        fractions = wire.fractions()
        assert fractions == sorted(set(fractions))
        assert (fractions[0], fractions[-1]) == (0.0, 1.0)
        assert len(fractions) == 1 + BLOCKS
        assert room.posts[0][1] == LARGE

    async def test_progress_is_not_told_too_often(
        self, wire: Wire, room: FakeRoom, large: Path
    ) -> None:
        await wire.join(await room.open())
        began = time.monotonic()
        wire.network.upload("key", large)
        await wire.until(news.UploadDone)
        assert len(wire.fractions()) <= 1 + (time.monotonic() - began) / upload.PROGRESS_EVERY

    async def test_after_a_lost_answer_it_is_sent_again_under_the_same_key(
        self, wire: Wire, room: FakeRoom, address: Address, notes: Path
    ) -> None:
        await wire.join(address)
        room.post_answers = [cut_off]
        wire.network.upload("key", notes)
        await wire.until(news.UploadDone)
        assert [headers["Idempotency-Key"] for headers, _ in room.posts] == ["key"]

    async def test_a_lost_answer_does_not_matter_when_the_room_showed_the_file(
        self, wire: Wire, room: FakeRoom, address: Address, notes: Path
    ) -> None:
        await wire.join(address)

        async def shown_but_not_answered(request: web.Request) -> web.StreamResponse:
            event = shared(1, name="alice")
            await room.happen(
                messages.Shared(seq=1, at=event.at, name="alice", file=event.file, id="key")
            )
            return await cut_off(request)

        room.post_answers = [shown_but_not_answered]
        wire.network.upload("key", notes)
        await wire.until(news.UploadDone)
        assert room.posts == []

    async def test_it_waits_for_the_connection_and_uses_the_new_token(
        self, wire: Wire, room: FakeRoom, address: Address, notes: Path
    ) -> None:
        await wire.join(address)
        room.refuse = messages.Refused("bad_token", "Who?")
        room.cut()
        await wire.until(news.Lost)
        await wire.until(news.Lost)
        wire.network.upload("key", notes)
        assert "goes on by itself" in (await wire.until(news.UploadRetrying)).reason
        room.refuse = None
        wire.network.reconnect_now()
        await wire.until(news.UploadDone)
        assert room.joins[-1].token is None
        headers, _ = room.posts[0]
        assert headers["Authorization"] == f"Bearer t{len(room.joins)}"

    @pytest.mark.parametrize(
        ("status", "body", "reason"),
        [
            (401, "", "does not know this membership"),
            (413, "", "larger than this room allows"),
            (415, '{"code": "not_text", "reason": "This is no text."}', "This is no text."),
            (507, "", "no space left"),
            (500, "oops", "HTTP 500"),
        ],
    )
    async def test_a_refusal_is_put_into_words_and_the_next_goes_on(
        self,
        wire: Wire,
        room: FakeRoom,
        address: Address,
        notes: Path,
        *,
        status: int,
        body: str,
        reason: str,
    ) -> None:
        await wire.join(address)
        room.post_answers = [answer(status, body)]
        wire.network.upload("refused", notes)
        wire.network.upload("next", notes)
        failed = await wire.until(news.UploadFailed)
        assert failed.key == "refused"
        assert reason in failed.reason
        assert (await wire.until(news.UploadDone)).key == "next"

    async def test_what_cannot_be_sent_is_not_tried(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        await wire.join(address)
        large = tmp_path / "large.txt"
        large.write_bytes(b"x" * 1001)
        binary = tmp_path / "picture.png"
        binary.write_bytes(b"\x89PNG\r\n\0")
        (tmp_path / "nowhere").symlink_to(tmp_path / "missing")
        os.mkfifo(tmp_path / "pipe")
        for path, reason in (
            (large, "1,000 bytes"),
            (binary, "zero bytes"),
            (tmp_path, "a folder"),
            (tmp_path / "pipe", "not a file"),
            (tmp_path / "missing", "No such file"),
            (tmp_path / "nowhere", "No such file"),
        ):
            wire.network.upload("key", path)
            assert reason in (await wire.until(news.UploadFailed)).reason
        assert room.posts == []

    async def test_what_cannot_be_sent_is_told_before_its_turn(
        self, wire: Wire, room: FakeRoom, address: Address, notes: Path
    ) -> None:
        await wire.join(address)
        began, release = asyncio.Event(), asyncio.Event()

        async def hold(request: web.Request) -> web.StreamResponse:
            began.set()
            return await held(release)(request)

        room.post_answers = [hold]
        wire.network.upload("current", notes)
        await began.wait()
        wire.network.upload("folder", notes.parent)
        wire.network.upload("waiting", notes)
        assert (await wire.until(news.UploadFailed)).key == "folder"
        sizes = [await wire.until(news.UploadSize)]
        assert sizes == [news.UploadSize("waiting", 5)]
        release.set()
        done = [(await wire.until(news.UploadDone)).key for _ in range(2)]
        assert done == ["current", "waiting"]

    async def test_utf_16_has_zero_bytes_and_is_text(
        self, wire: Wire, room: FakeRoom, address: Address, notes: Path
    ) -> None:
        await wire.join(address)
        await asyncio.to_thread(notes.write_bytes, "grüß".encode("utf-16"))
        wire.network.upload("key", notes)
        await wire.until(news.UploadDone)

    async def test_a_room_that_is_busy_is_asked_again(
        self, wire: Wire, room: FakeRoom, address: Address, notes: Path
    ) -> None:
        await wire.join(address)
        reason = '{"code": "rate_limited", "reason": "At most 4 uploads at once."}'
        room.post_answers = [answer(429, reason)]
        wire.network.upload("key", notes)
        retrying = await wire.until(news.UploadRetrying)
        assert retrying.reason == "At most 4 uploads at once. Trying again…"
        await wire.until(news.UploadDone)
        assert len(room.posts) == 1

    async def test_it_is_given_up_when_the_room_never_takes_it(
        self,
        wire: Wire,
        room: FakeRoom,
        address: Address,
        notes: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(upload, "PAUSES", (0.0, 0.0))
        await wire.join(address)
        room.post_answers = [cut_off] * 3
        wire.network.upload("key", notes)
        failed = await wire.until(news.UploadFailed)
        assert failed.reason == "The connection broke. Tried 3 times."

    async def test_cut_in_the_middle_it_goes_on_and_says_so(
        self, wire: Wire, room: FakeRoom, large: Path
    ) -> None:
        await wire.join(await room.open())

        async def cut_everything(request: web.Request) -> web.StreamResponse:
            room.cut()
            return await cut_off(request)

        room.post_answers = [cut_everything]
        wire.network.upload("key", large)
        assert "broke" in (await wire.until(news.UploadRetrying)).reason
        await wire.until(news.UploadDone)
        assert [(headers["Idempotency-Key"], body) for headers, body in room.posts] == [
            ("key", LARGE)
        ]
        assert len(room.joins) == 2

    def test_it_is_tried_for_longer_than_a_dead_connection_is_taken_for_live(self) -> None:
        assert sum(upload.PAUSES) > 1.5 * connection.HEARTBEAT

    async def test_cancelled_it_says_no_more_and_the_next_goes_on(
        self, wire: Wire, room: FakeRoom, address: Address, notes: Path
    ) -> None:
        await wire.join(address)
        began = asyncio.Event()
        release = asyncio.Event()

        async def hold(request: web.Request) -> web.StreamResponse:
            began.set()
            return await held(release)(request)

        room.post_answers = [hold]
        for key in ("current", "waiting", "next"):
            wire.network.upload(key, notes)
        await began.wait()
        wire.network.cancel_upload("waiting")
        wire.network.cancel_upload("current")
        assert (await wire.until(news.UploadDone)).key == "next"
        release.set()
        assert not [each for each in wire.told if isinstance(each, news.UploadFailed)]
        assert len(room.posts) == 1

    async def test_leaving_stops_them(
        self, wire: Wire, room: FakeRoom, address: Address, notes: Path
    ) -> None:
        await wire.join(address)
        began = asyncio.Event()

        async def never(request: web.Request) -> web.StreamResponse:
            began.set()
            return await held(asyncio.Event())(request)

        room.post_answers = [never]
        wire.network.upload("key", notes)
        await began.wait()
        wire.network.leave()
        assert (await wire.until(news.Ended)).clean


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("a b.txt", "a%20b.txt"),
        ("it's (1)*.txt", "it%27s%20%281%29%2A.txt"),
        ('a;b"c\r\n.txt', "a%3Bb%22c%0D%0A.txt"),
        ("日.txt", "%E6%97%A5.txt"),
        ("\udcff.txt", "%3F.txt"),
    ],
)
def test_file_names_in_a_header(name: str, encoded: str) -> None:
    assert disposition(name) == f"attachment; filename*=UTF-8''{encoded}"


def file(data: bytes, **changes: object) -> messages.File:
    values: dict[str, object] = {
        "id": "f1",
        "name": "notes.txt",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "lines": 1,
        "preview": "",
        "url": "/files/f1/notes.txt",
    }
    return messages.File(**(values | changes))  # type: ignore[arg-type]


def wanted(
    data: bytes, target: Path, *, replace: bool = True, **changes: object
) -> news.Wanted:
    return news.Wanted("key", file(data, **changes), target, replace)


class TestDownloads:
    async def test_saved_whole(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        room.files["f1"] = b"hello" * 100_000
        target = tmp_path / "saved.txt"
        target.write_text("old")
        wire.network.download(address, wanted(room.files["f1"], target))
        assert await wire.until(news.Downloaded) == news.Downloaded("key", target)
        assert target.read_bytes() == room.files["f1"]
        assert files_in(tmp_path) == [target]

    async def test_over_none_that_is_there(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        room.files["f1"] = b"hello"
        target = tmp_path / "notes.old.txt"
        target.write_text("old")
        names = []
        for _ in range(2):
            wire.network.download(address, wanted(b"hello", target, replace=False))
            names.append((await wire.until(news.Downloaded)).target.name)
        assert names == ["notes.old (2).txt", "notes.old (3).txt"]
        assert target.read_text() == "old"
        assert len(files_in(tmp_path)) == 3

    async def test_nor_where_the_file_system_has_no_links(
        self,
        wire: Wire,
        room: FakeRoom,
        address: Address,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def no_links(*_: object) -> None:
            raise PermissionError("not here")

        monkeypatch.setattr(os, "link", no_links)
        room.files["f1"] = b"hello"
        target = tmp_path / "notes.txt"
        target.write_text("old")
        wire.network.download(address, wanted(b"hello", target, replace=False))
        saved = (await wire.until(news.Downloaded)).target
        assert (saved.name, saved.read_bytes()) == ("notes (2).txt", b"hello")
        assert target.read_text() == "old"

    async def test_cut_in_the_middle_it_goes_on_from_there(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        data = room.files["f1"] = bytes(range(256)) * 400
        room.get_answers = [cut_after(data[:60_000], len(data))]
        wire.network.download(address, wanted(data, tmp_path / "saved.txt"))
        assert (await wire.until(news.Downloaded)).target.read_bytes() == data
        (first, second) = room.gets
        assert "Range" not in first
        assert second["Range"] == "bytes=60000-"
        assert second["If-Range"] == f'"{hashlib.sha256(data).hexdigest()}"'

    async def test_from_the_beginning_where_the_server_has_no_ranges(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        data = b"hello" * 20_000

        async def whole(request: web.Request) -> web.StreamResponse:
            return web.Response(body=data)

        room.get_answers = [cut_after(data[:60_000], len(data)), whole]
        wire.network.download(address, wanted(data, tmp_path / "saved.txt"))
        assert (await wire.until(news.Downloaded)).target.read_bytes() == data

    async def test_cut_for_good_it_leaves_nothing(
        self,
        wire: Wire,
        room: FakeRoom,
        address: Address,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(download, "PAUSES", (0.0,))
        room.get_answers = [cut_after(b"hel", 5), cut_after(b"", 5), cut_after(b"", 5)]
        wire.network.download(address, wanted(b"hello", tmp_path / "saved.txt"))
        await wire.until(news.DownloadFailed)
        assert files_in(tmp_path) == []

    async def test_cancelled_it_leaves_nothing_and_says_no_more(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        began = asyncio.Event()

        async def never(request: web.Request) -> web.StreamResponse:
            began.set()
            await asyncio.Event().wait()
            return web.Response()

        room.get_answers = [never]
        wire.network.download(address, wanted(b"hello", tmp_path / "saved.txt"))
        await began.wait()
        assert len(files_in(tmp_path)) == 1
        wire.network.cancel_download("key")
        await until(lambda: not files_in(tmp_path))
        assert wire.queue.empty()

    @pytest.mark.parametrize(
        ("served", "changes", "reason"),
        [
            (b"hello", {"sha256": "0" * 64}, "damaged"),
            (b"hello and more", {"size": 5}, "larger"),
            (None, {}, "no longer has it"),
            (b"hello", {"url": "http://elsewhere/files/x"}, "no usable link"),
        ],
    )
    async def test_or_not_at_all(
        self,
        wire: Wire,
        room: FakeRoom,
        address: Address,
        tmp_path: Path,
        *,
        served: bytes | None,
        changes: dict[str, object],
        reason: str,
    ) -> None:
        if served is not None:
            room.files["f1"] = served
        target = tmp_path / "saved.txt"
        target.write_text("old")
        wire.network.download(address, wanted(b"hello", target, **changes))
        failed = await wire.until(news.DownloadFailed)
        assert (failed.key, failed.name) == ("key", "notes.txt")
        assert reason in failed.reason
        assert target.read_text() == "old"
        assert files_in(tmp_path) == [target]

    async def test_a_folder_that_is_not_there(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        room.files["f1"] = b"hello"
        wire.network.download(address, wanted(b"hello", tmp_path / "no" / "saved.txt"))
        assert "No such file" in (await wire.until(news.DownloadFailed)).reason

    async def test_nobody_there(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        await room.close()
        wire.network.download(address, wanted(b"hello", tmp_path / "saved.txt"))
        assert "Nothing answers" in (await wire.until(news.DownloadFailed)).reason

    async def test_fetched_to_be_read(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        room.files["f1"] = "grüß\r\n\x1b".encode()
        one = file(room.files["f1"])
        wire.network.fetch(address, one)
        assert await wire.until(news.Fetched) == news.Fetched(
            one, "grüß\n\ufffd", "utf-8", cut=False
        )

    async def test_fetched_in_the_encoding_that_the_server_says(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        data = "größer".encode("cp437")
        room.files["f1"] = data
        room.get_answers = [cut_after(data, len(data), charset="cp437")]
        wire.network.fetch(address, file(data))
        fetched = await wire.until(news.Fetched)
        assert (fetched.text, fetched.encoding) == ("größer", "cp437")

    async def test_one_that_is_gone_cannot_be_read(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        wire.network.fetch(address, file(b"hello"))
        assert "no longer has it" in (await wire.until(news.FetchFailed)).reason

    async def test_of_a_long_one_the_beginning(
        self, wire: Wire, room: FakeRoom, address: Address, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(download, "SHOWN_BYTES", 1_000)
        room.files["f1"] = b"x" + "ü".encode() * 1_000
        wire.network.fetch(address, file(room.files["f1"]))
        fetched = await wire.until(news.Fetched)
        assert fetched.cut
        assert fetched.text == "x" + "ü" * 499


@pytest.mark.parametrize(
    "data",
    [
        "naïve 👍".encode(),
        "naïve 👍".encode("utf-8-sig"),
        b"\xff\xfe" + "naïve 👍".encode("utf-16-le"),
        b"\xfe\xff" + "naïve 👍".encode("utf-16-be"),
    ],
)
def test_unicode_is_read_in_every_form(data: bytes) -> None:
    text, encoding = download.decode(data)
    assert text == "naïve 👍"
    assert encoding in ("utf-8", "utf-16")


def test_a_legacy_encoding_is_told() -> None:
    text = "Съешь же ещё этих мягких французских булок, да выпей чаю. " * 4
    for charset in ("", "windows-1251", "no-such-encoding", "base64"):
        assert download.decode(text.encode("cp1251"), charset)[0] == text


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def until(condition: Callable[[], object]) -> None:
    """Wait for something on this loop to become true."""
    async with asyncio.timeout(WITHIN):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0)
