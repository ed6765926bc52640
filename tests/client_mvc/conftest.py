"""For all tests of the client: what is logged as an error fails; a client, a room, a wire."""

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from client_mvc.network import api, uploads
from shared.joinlink import Address
from tests.client_mvc.client import Client
from tests.client_mvc.network.fake_room import FakeRoom
from tests.client_mvc.network.wire import Wire

BLOCKS = 50
LARGE = bytes(range(32, 96)) * (BLOCKS * uploads.BLOCK // 64)


@pytest.fixture(autouse=True)
def no_logged_errors(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """A test that asks for `caplog` itself expects some."""
    yield
    if "caplog" not in inspect.signature(request.function).parameters:
        records = caplog.get_records("call")
        assert not [each.getMessage() for each in records if each.levelno >= logging.ERROR]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    client = Client(tmp_path)
    yield client
    client.model.close()


@pytest.fixture
def inside(client: Client) -> Client:
    """A client in the room, caught up."""
    client.join()
    client.hear(api.CaughtUp())
    return client


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


@pytest.fixture
def large(tmp_path: Path, room: FakeRoom) -> Path:
    """A file of many blocks, and a room that takes it."""
    path = tmp_path / "large.txt"
    path.write_bytes(LARGE)
    room.file_limit = len(LARGE)
    return path
