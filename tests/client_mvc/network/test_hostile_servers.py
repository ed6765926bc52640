"""The network thread against servers that mean harm, as bytes on a real port."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from client_mvc.network import api, api_files, backoff, downloads, http_answers, websocket
from shared.identity import ServerIdentity
from shared.joinlink import Address
from shared.problems import Problem
from tests.client_mvc.fakes import said
from tests.client_mvc.network.fake_room import FakeRoom, answer
from tests.client_mvc.network.test_downloads import file, files_in, wanted
from tests.client_mvc.network.wire import Wire

MOST_SENT = 64 * 1024 * 1024  # far more than the buffers of two sockets
CHUNKED = b"HTTP/1.1 %d X\r\nTransfer-Encoding: chunked\r\n%b\r\n"


class Endless:
    """Answers each request with `head`, then with `block` again and again, without an end.

    `sent` is the number of bytes of the last answer; a client that reads on never ends it.
    """

    def __init__(self, head: bytes, block: bytes, pause: float | None = None) -> None:
        self.head = head
        self.block = block
        self.pause = pause
        self.sent = 0

    async def __call__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client hung up
        finally:
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.sent = 0
        writer.write(self.head)
        while self.sent < MOST_SENT:
            writer.write(self.block)
            self.sent += len(self.block)
            await writer.drain()
            if self.pause is not None:
                await asyncio.sleep(self.pause)


@asynccontextmanager
async def serving(talk: Endless) -> AsyncIterator[Address]:
    """Serve `talk`; at the end, all of its connections are closed."""
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(talk(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield Address(*server.sockets[0].getsockname()[:2])
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """No deadline takes long."""
    monkeypatch.setattr(websocket, "CONNECT_WITHIN", 0.5)
    monkeypatch.setattr(http_answers, "BODY_WITHIN", 0.5)
    monkeypatch.setattr(downloads, "SILENT_AFTER", 0.5)
    monkeypatch.setattr(backoff, "TRANSFER_ATTEMPTS", 2)
    monkeypatch.setattr(backoff, "wait", lambda *_, **__: 0.0)


ZEROS = b"10000\r\n" + bytes(0x10000) + b"\r\n"
DRIP = b"1\r\nx\r\n"


class TestAnswers:
    @pytest.mark.usefixtures("soon")
    @pytest.mark.parametrize(
        ("talk", "code"),
        [
            (Endless(CHUNKED % (200, b""), ZEROS), "not_a_chatroom"),
            (Endless(CHUNKED % (200, b"Content-Encoding: gzip\r\n"), ZEROS), "not_a_chatroom"),
            (Endless(CHUNKED % (200, b""), DRIP, 0.01), "no_answer"),
            (Endless(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", 0.01), "no_answer"),
            (Endless(b"HTTP/1.1 200 OK\r\nX-A: ", b"b" * 1000), "not_a_chatroom"),
            (Endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01), "no_answer"),
        ],
    )
    async def test_an_answer_without_end_is_given_up(
        self, wire: Wire, talk: Endless, code: str
    ) -> None:
        async with serving(talk) as address:
            wire.network.connect(1, api.JoinOptions(address, "alice"))
            ended = await wire.until(api.MembershipEnded)
            assert ended.problem is not None
            assert ended.problem.code == code
            assert talk.sent < MOST_SENT

    async def test_a_small_body_is_never_inflated(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        """The sentence inside would have been shown, had it been decoded."""
        (tmp_path / "a.txt").write_text("x")
        packed = gzip.compress(b'{"code":"x","reason":"From inside."}' + b" " * 10_000_000)
        room.post_answers = [answer(413, packed, {"Content-Encoding": "gzip"})]
        await wire.join(address)
        wire.network.upload("k", tmp_path / "a.txt")
        assert (await wire.until(api_files.UploadFailed)).problem == Problem("file_too_large")

    async def test_deeply_nested_refusals(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        (tmp_path / "a.txt").write_text("x")
        room.post_answers = [answer(413, '{"code":"x","reason":"y","params":' + "[" * 16_000)]
        await wire.join(address)
        wire.network.upload("k", tmp_path / "a.txt")
        assert (await wire.until(api_files.UploadFailed)).problem == Problem("file_too_large")


class TestFiles:
    @pytest.mark.usefixtures("soon")
    @pytest.mark.parametrize(
        ("talk", "code"),
        [
            (Endless(CHUNKED % (200, b""), ZEROS), "larger_than_announced"),
            (Endless(CHUNKED % (200, b""), DRIP, 0.01), "no_answer"),
            (Endless(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", 0.01), "no_answer"),
            (Endless(CHUNKED % (200, b""), b"1;" + b"x" * 50, 0.01), None),
            (Endless(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b"x", 0.01),
             "larger_than_announced"),
            (Endless(CHUNKED % (200, b"Content-Encoding: gzip\r\n"), ZEROS), "protocol_broken"),
            (Endless(CHUNKED % (404, b""), ZEROS), "gone"),
            (Endless(CHUNKED % (500, b""), ZEROS), "http_status"),
        ],
    )  # fmt: skip
    async def test_a_download_without_end_is_given_up(
        self, wire: Wire, tmp_path: Path, talk: Endless, code: str | None
    ) -> None:
        async with serving(talk) as address:
            wire.network.download(
                ServerIdentity(address), wanted(b"x" * 5000, tmp_path / "saved.txt")
            )
            failed = await wire.until(api_files.DownloadFailed)
            assert code in (None, failed.problem.code)
            assert talk.sent < MOST_SENT
            assert files_in(tmp_path) == []

    async def test_a_codec_that_takes_long_is_not_used(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        data = b"a" * 100_000
        content_type = {"Content-Type": "text/plain; charset=punycode"}
        room.get_answers = [answer(200, data, content_type)]
        wire.network.fetch(ServerIdentity(address), file(data))
        assert (await wire.until(api_files.FileFetched)).encoding == "utf-8"

    async def test_no_redirect_of_a_file_is_followed(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        elsewhere = FakeRoom()
        other = await elsewhere.open()
        elsewhere.files["f1"] = b"hello"
        (tmp_path / "a.txt").write_text("x")
        location = {"Location": f"http://{other}/files/f1/notes.txt"}
        room.post_answers = [answer(307, headers=location)]
        room.get_answers = [answer(302, headers=location)]
        await wire.join(address)
        wire.network.upload("k", tmp_path / "a.txt")
        redirected = Problem("redirected", {"server": str(address)})
        assert (await wire.until(api_files.UploadFailed)).problem == redirected
        wire.network.fetch(ServerIdentity(address), file(b"hello"))
        assert (await wire.until(api_files.FileFetchFailed)).problem == redirected
        assert (elsewhere.posts, elsewhere.gets) == ([], [])
        await elsewhere.close()


class TestFrames:
    @pytest.mark.parametrize(
        "frame",
        [
            '{"type":"said","seq":9007199254740993,"at":"","name":"a","text":"b"}',
            '{"type":"history","id":"h","more":true,"events":[],"before":-1}',
        ],
    )
    async def test_an_impossible_frame_ends_the_connection_and_nothing_is_lost(
        self, wire: Wire, room: FakeRoom, address: Address, frame: str
    ) -> None:
        await wire.join(address)
        await room.sockets[0][0].send_str(frame)
        assert (await wire.until(api.Disconnected)).problem.code == "protocol_broken"
        await wire.until(api.CaughtUp)
        assert (room.joins[1].token, room.joins[1].after) == ("t1", 0)

    async def test_many_frames_that_cannot_be_read_end_the_connection(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        await wire.join(address)
        socket, _ = room.sockets[0]
        with suppress(ConnectionError):
            for _ in range(websocket.INVALID_FRAMES + 1):
                await socket.send_str('{"type":"history","id":"h","events":[' + "[" * 20_000)
        assert (await wire.until(api.Disconnected)).problem.code == "protocol_broken"

    async def test_answers_that_nobody_asked_for_are_dropped(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        await wire.join(address)
        socket, _ = room.sockets[0]
        for kind in ("history", "found"):
            await socket.send_str(f'{{"type":"{kind}","id":"h","events":[],"more":false}}')
        await socket.send_str(
            '{"type":"report","id":"r","active":1,"max_users":3,"started":"","members":[]}'
        )
        await room.happen(said(1))
        told = len(wire.told)
        assert (await wire.until(api.EventReceived)).event == said(1)
        assert len(wire.told) == told + 1
