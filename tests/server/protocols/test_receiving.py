"""The body of an upload: all bytes in order, one block written while the next one comes."""

import asyncio
import random
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from server.files import background
from server.protocols.http import receiving
from server.protocols.http.blocks import MOST
from server.protocols.http.receiving import AHEAD, receive
from tests.support.waiting import until


class Body:
    """Stands for `Incoming`: pieces of a body, and then its end."""

    def __init__(self, pieces: list[bytes], end: Exception | None = None) -> None:
        self._pieces = deque(pieces)
        self._end = end
        self.expected: list[int] = []
        self.taken = 0

    def expect(self, size: int) -> None:
        self.expected.append(size)

    async def read(self, most: int) -> list[bytes]:
        await asyncio.sleep(0)
        held: list[bytes] = []
        size = 0
        while self._pieces and size < most:
            held.append(self._pieces.popleft())
            size += len(held[-1])
        self.taken += size
        if not held and self._end is not None:
            raise self._end
        return held


class Taker:
    """Stands for an upload; `before` is called before each write, in the thread."""

    def __init__(self, before: Callable[[], None] = lambda: None) -> None:
        self.got = bytearray()
        self.writes: list[int] = []
        self._before = before

    def write(self, *pieces: bytes) -> None:
        assert threading.current_thread() is not threading.main_thread()
        self._before()
        self.got += b"".join(pieces)
        self.writes.append(len(pieces))


@pytest.mark.parametrize("longest", [1, 1400, 60_000])
async def test_all_bytes_come_in_order(longest: int) -> None:
    rng = random.Random(longest)
    pieces = [rng.randbytes(rng.randint(1, longest)) for _ in range(400)]
    whole = b"".join(pieces)
    taker = Taker()
    await receive(Body(pieces), taker)  # type: ignore[arg-type]
    assert taker.got == whole


async def test_small_pieces_are_written_together() -> None:
    taker = Taker()
    await receive(Body([b"x"] * 100_000), taker)  # type: ignore[arg-type]
    assert len(taker.writes) <= 4


async def test_blocks_grow_with_the_speed() -> None:
    body = Body([bytes(60_000)] * 100)
    await receive(body, Taker())  # type: ignore[arg-type]
    assert body.expected[0] < body.expected[-2] <= MOST


@pytest.mark.parametrize("end", [ConnectionResetError(), TimeoutError()])
async def test_all_that_came_before_a_cut_is_written(end: Exception) -> None:
    pieces = [bytes([number]) * 1000 for number in range(100)]
    whole = b"".join(pieces)
    taker = Taker()
    with pytest.raises(type(end)):
        await receive(Body(pieces, end), taker)  # type: ignore[arg-type]
    assert taker.got == whole


async def test_a_block_that_cannot_be_written_ends_it_before_all_has_come() -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    body = Body([bytes(60_000)] * 1000)
    with pytest.raises(OSError, match="No space"):
        await receive(body, Taker(full))  # type: ignore[arg-type]
    assert body.taken < 10 * MOST


async def test_who_is_cancelled_waits_for_the_block_that_is_being_written() -> None:
    writing, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        writing.set()
        assert go_on.wait(30)

    taker: Any = Taker(hold)
    task = asyncio.create_task(
        receive(Body([bytes(60_000)] * 1000), taker)  # type: ignore[arg-type]
    )
    await asyncio.to_thread(writing.wait, 30)
    task.cancel()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not task.done(), "the file is closed after it"
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(taker.writes) == 1


async def test_the_thread_goes_on_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has come is written while the event loop does something else."""
    monkeypatch.setattr(receiving, "TURN", 60.0)
    came, go_on, written = 240_000, threading.Event(), threading.Event()

    class Busy(Body):
        async def read(self, most: int) -> list[bytes]:
            if self.taken == came:
                go_on.set()
                assert written.wait(30), "the loop does nothing meanwhile"
            return await super().read(60_000)

    class Slow(Taker):
        def write(self, *pieces: bytes) -> None:
            super().write(*pieces)
            if len(self.got) == came:
                written.set()

    def hold() -> None:
        assert go_on.wait(30)

    body = Busy([bytes(60_000)] * (came // 60_000))
    taker = Slow(hold)
    await receive(body, taker)  # type: ignore[arg-type]
    assert len(taker.got) == came
    assert len(taker.writes) > 1


async def test_reading_pauses_while_much_waits() -> None:
    go_on = threading.Event()

    def hold() -> None:
        assert go_on.wait(30)

    body = Body([bytes(60_000)] * 1000)
    taker = Taker(hold)
    task = asyncio.create_task(receive(body, taker))  # type: ignore[arg-type]
    try:
        await until(lambda: body.taken > AHEAD)
        for _ in range(100):
            await asyncio.sleep(0)
        assert body.taken <= AHEAD + MOST + 60_000
    finally:
        go_on.set()
    await task
    assert len(taker.got) == 60_000 * 1000


async def test_uploads_take_turns_where_threads_are_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(receiving, "TURN", 0.0)
    order: list[int] = []
    begin = threading.Event()

    def note(number: int) -> None:
        assert begin.wait(30)
        order.append(number)

    with ThreadPoolExecutor(1) as one:
        monkeypatch.setattr(background, "_threads", one)
        bodies = [Body([bytes(60_000)] * 100) for _ in range(2)]
        takers = [Taker(partial(note, number)) for number in range(2)]
        tasks = [
            asyncio.create_task(receive(body, taker))  # type: ignore[arg-type]
            for body, taker in zip(bodies, takers, strict=True)
        ]
        await until(lambda: all(body.taken > AHEAD for body in bodies))
        begin.set()
        await asyncio.gather(*tasks)
    assert order[:4] == [0, 1, 0, 1]
