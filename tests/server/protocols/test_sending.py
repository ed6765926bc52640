"""Blocks of a file on their way to a client: the right bytes, whatever waits where."""

import os
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from server.protocols.http import sending
from server.protocols.http.blocks import LEAST, MOST, BlockSize
from server.protocols.http.sending import Sender
from server.protocols.http.stalls import Stalls


@pytest.mark.parametrize("cached", [True, False])
async def test_a_read_returns_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cached: bool
) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 4)
    read, flags = os.preadv, []

    def noted(file: int, buffers: list[memoryview], offset: int, flag: int = 0) -> int:
        flags.append(flag)
        if flag and not cached:
            raise BlockingIOError
        return read(file, buffers, offset, flag)

    monkeypatch.setattr(os, "preadv", noted)
    block = bytearray(1000)
    with path.open("rb") as file:
        data = await sending._read(file, 1020, memoryview(block))
        assert bytes(data) == b"\xfc\xfd\xfe\xff"
        assert bytes(await sending._read(file, 2000, memoryview(block))) == b""
    assert (os.RWF_NOWAIT in flags) == hasattr(os, "RWF_NOWAIT")


class Slow:
    """A client, its transport, and the answer to it: what was written is taken some time."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._waiting: list[memoryview] = []
        self.got = bytearray()
        self.transport: Any = self

    async def write(self, data: memoryview) -> None:
        self._waiting.append(data)

    def get_write_buffer_size(self) -> int:
        if self._random.random() < 0.5:
            self.take()
        return sum(map(len, self._waiting))

    def take(self) -> None:
        for data in self._waiting:
            self.got += data
        self._waiting.clear()

    async def write_eof(self) -> None:
        self.take()


@pytest.mark.parametrize("seed", range(5))
async def test_what_waits_for_a_slow_client_is_not_overwritten(
    tmp_path: Path, seed: int
) -> None:
    path = tmp_path / "file"
    path.write_bytes(random.Random(seed).randbytes(3_000_001))
    client: Any = Slow(seed)
    stalls = Stalls(60.0)
    state: Any = SimpleNamespace(now=lambda: 0.0)
    with path.open("rb") as file:
        await Sender(state, stalls)._write(file, 5, 2_999_999, client, client)
    assert client.got == path.read_bytes()[5:2_999_999]


def test_blocks_grow_for_a_fast_client_and_shrink_for_a_slow_one() -> None:
    size = BlockSize()
    for _ in range(20):
        size.moved(fast=True)
    assert size.now == MOST
    for _ in range(20):
        size.moved(fast=False)
    assert size.now == LEAST
