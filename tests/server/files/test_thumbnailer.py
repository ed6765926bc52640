"""Asking for thumbnails: in turn, in time, whatever becomes of the process that makes them."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from server.files import thumbnailer
from server.files.thumbnailer import AT_ONCE, BEGUN, Made, Thumbnailer

MADE = Made("image/png", 800, 600, b"small")


class Process:
    """Stands for the process: it answers the pictures that `let` lets through."""

    def __init__(self, address: Path) -> None:
        self.address = address
        self.asked: list[bytes] = []
        self.answers: list[bytes] = []
        self.let = asyncio.Semaphore(1000)
        self.most = self._now = 0
        self._server: asyncio.Server | None = None
        self._ends: list[asyncio.StreamWriter] = []

    async def open(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, self.address)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for _ in range(1000):
            self.let.release()
        self.address.unlink(missing_ok=True)

    async def closed(self) -> None:
        self.close()
        for one in self._ends:
            with suppress(ConnectionError):
                await one.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.append(writer)
        self._now += 1
        self.most = max(self.most, self._now)
        # The descriptor of the picture is on its way, too; asyncio drops it.
        self.asked.append(await reader.read(1))
        await self.let.acquire()
        encoded = BEGUN + msgspec.msgpack.encode(MADE)
        writer.write(self.answers.pop(0) if self.answers else encoded)
        self._now -= 1
        writer.close()


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[Process]:
    process = Process(tmp_path / "pictures")
    await process.open()
    yield process
    await process.closed()


@pytest.fixture
def own(process: Process, monkeypatch: pytest.MonkeyPatch) -> Thumbnailer:
    monkeypatch.setattr(thumbnailer, "CONNECT_WITHIN", 0.2)
    return Thumbnailer(process.address)


async def make(own: Thumbnailer, member: int = 1) -> Made | None:
    with Path(os.devnull).open("rb") as picture:  # noqa: ASYNC230 - a test
        return await own.make(member, picture)


async def test_an_answer_comes_back(own: Thumbnailer) -> None:
    assert await make(own) == MADE


@pytest.mark.parametrize(
    "answer",
    [
        BEGUN,  # the picture has ended its decoder
        BEGUN + msgspec.msgpack.encode(MADE)[:-1],
        BEGUN + b"\xc1",
        BEGUN + bytes(thumbnailer._ANSWER_BYTES + 1),
    ],
    ids=["none", "cut", "broken", "too long"],
)
async def test_what_is_no_answer_is_none(
    own: Thumbnailer, process: Process, answer: bytes
) -> None:
    process.answers = [answer]
    assert await make(own) is None
    assert len(process.asked) == 1, "a picture that ends the process is not shown it again"
    assert await make(own) == MADE


async def test_a_process_that_ended_before_it_looked_is_asked_again(
    own: Thumbnailer, process: Process
) -> None:
    process.answers = [b"", b""]
    assert await make(own) == MADE
    assert len(process.asked) == 3


async def test_a_process_that_is_about_to_start_is_waited_for(
    own: Thumbnailer, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnailer, "CONNECT_WITHIN", 60.0)
    process.close()
    asking = asyncio.create_task(make(own))
    await asyncio.sleep(0)
    await process.open()
    assert await asking == MADE


async def test_without_a_process_the_picture_goes_on_without(
    own: Thumbnailer, process: Process
) -> None:
    process.close()
    assert await make(own) is None


async def test_a_process_that_hangs_is_given_up(
    own: Thumbnailer, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnailer, "MADE_WITHIN", 0.05)
    process.let = asyncio.Semaphore(0)
    assert await asyncio.gather(*(make(own) for _ in range(AT_ONCE))) == [None] * AT_ONCE
    monkeypatch.undo()
    for _ in range(AT_ONCE + 1):
        process.let.release()
    assert await make(own) == MADE, "its turn was given back"


async def test_few_are_asked_for_at_a_time_and_members_take_turns(
    own: Thumbnailer, process: Process
) -> None:
    process.let = asyncio.Semaphore(0)
    done: list[int] = []

    async def one(member: int) -> None:
        await make(own, member)
        done.append(member)

    many = [asyncio.create_task(one(1)) for _ in range(10)]
    await _until(lambda: len(process.asked) == AT_ONCE)
    other = asyncio.create_task(one(2))
    await asyncio.sleep(0)
    for _ in range(11):
        process.let.release()
    await asyncio.gather(*many, other)
    assert done.index(2) <= AT_ONCE + 2, "not behind all of the first one's"
    assert process.most <= AT_ONCE


async def test_who_gives_up_waiting_leaves_the_queue(
    own: Thumbnailer, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.let = asyncio.Semaphore(0)
    working = [asyncio.create_task(make(own)) for _ in range(AT_ONCE)]
    await _until(lambda: len(process.asked) == AT_ONCE)
    monkeypatch.setattr(thumbnailer, "QUEUED_FOR", 0.01)
    assert await make(own, 2) is None
    cancelled = asyncio.create_task(make(own, 3))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)
    assert own._waiting == {}
    for _ in range(AT_ONCE + 1):
        process.let.release()
    assert await asyncio.gather(*working) == [MADE] * AT_ONCE
    assert await make(own) == MADE


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - it waits for another task
            await asyncio.sleep(0)
