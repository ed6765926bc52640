"""Files in the object store: whole or not there, and no call that waits without end."""

import asyncio
import hashlib
import io
import secrets
import tracemalloc
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import nats.js.errors
import pytest

from server.cluster import jetstream
from server.cluster.connection import Connection, UnavailableError
from server.cluster.object_facts import (
    BLOCK_CHUNKS,
    CHUNK_BYTES,
    Facts,
    metadata,
    to_overwrite,
)
from server.cluster.objects import MissingError, Objects
from server.cluster.sending import WINDOW
from tests.server.cluster.conftest import Connect
from tests.support.nats_servers import NatsServers
from tests.support.waiting import until, until_asked

QUICK = 1.0
"""Seconds of patience in tests where nothing answers."""


@pytest.fixture
async def connection(nats1: NatsServers, connect: Connect) -> Connection:
    return await connect(nats1.urls)


@pytest.fixture
async def objects(connection: Connection) -> Objects:
    return await opened(connection)


async def opened(connection: Connection, patience: float = 12) -> Objects:
    found = Objects(connection, f"test_{secrets.token_hex(8)}", patience)

    async def open() -> bool:
        try:
            await found.open()
        except UnavailableError:
            return False
        return True

    await until_asked(open)
    return found


async def fetched(objects: Objects, name: str, sha256: str = "") -> bytes:
    into = io.BytesIO()
    await objects.fetch(name, into, sha256)
    return into.getvalue()


async def stored(connection: Connection, objects: Objects) -> int:
    """Return how many messages the bucket has."""
    answer = await jetstream.ask(connection, f"STREAM.INFO.{objects._stream}", {}, 5)
    return int(answer["state"]["messages"])


def content(size: int) -> bytes:
    return secrets.token_bytes(size)


@pytest.mark.parametrize(
    "size",
    [
        *(0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1),
        *(CHUNK_BYTES * WINDOW // 2, 3 * CHUNK_BYTES * WINDOW + 5),
    ],
)
async def test_a_file_comes_back_as_it_was(objects: Objects, size: int) -> None:
    data = content(size)
    await objects.put("notes.txt", io.BytesIO(data))
    assert await fetched(objects, "notes.txt") == data
    assert await fetched(objects, "notes.txt", hashlib.sha256(data).hexdigest()) == data


async def test_it_is_read_from_its_beginning(objects: Objects) -> None:
    file = io.BytesIO(b"all of it")
    file.read(4)
    await objects.put("notes.txt", file)
    assert await fetched(objects, "notes.txt") == b"all of it"


async def test_names_may_be_any_text(objects: Objects) -> None:
    names = ["größe 🎈.txt", ".thumbnails/a b.webp", "*", "a.>", "x" * 250]
    for name in names:
        await objects.put(name, io.BytesIO(name.encode()))
    for name in names:
        assert await fetched(objects, name) == name.encode()
    assert sorted(await objects.names()) == sorted(names)


async def test_an_empty_bucket_has_no_names(objects: Objects) -> None:
    assert await objects.names() == []


async def test_opening_again_keeps_the_files(objects: Objects) -> None:
    await objects.put("notes.txt", io.BytesIO(b"here"))
    await objects.open()
    assert await fetched(objects, "notes.txt") == b"here"


async def test_a_missing_file(objects: Objects) -> None:
    with pytest.raises(MissingError):
        await fetched(objects, "notes.txt")
    await objects.delete("notes.txt")


async def test_another_file_of_the_name_is_not_taken_for_it(objects: Objects) -> None:
    await objects.put("notes.txt", io.BytesIO(b"other"))
    into = io.BytesIO()
    with pytest.raises(MissingError):
        await objects.fetch("notes.txt", into, hashlib.sha256(b"mine").hexdigest())
    assert not into.getvalue()


async def test_a_new_file_replaces_the_former(connection: Connection, objects: Objects) -> None:
    await objects.put("notes.txt", io.BytesIO(content(3 * CHUNK_BYTES)))
    await objects.put("notes.txt", io.BytesIO(b"new"))
    assert await fetched(objects, "notes.txt") == b"new"
    assert await objects.names() == ["notes.txt"]
    assert await stored(connection, objects) == 2


async def test_deleting_leaves_nothing(connection: Connection, objects: Objects) -> None:
    await objects.put("notes.txt", io.BytesIO(content(3 * CHUNK_BYTES)))
    await objects.put("other.txt", io.BytesIO(b"stays"))
    await objects.delete("notes.txt")
    with pytest.raises(MissingError):
        await fetched(objects, "notes.txt")
    assert await objects.names() == ["other.txt"]
    assert await stored(connection, objects) == 2


@pytest.mark.parametrize("size", [10, CHUNK_BYTES * 3, CHUNK_BYTES * (2 * BLOCK_CHUNKS + 50)])
async def test_the_bytes_of_a_deleted_file_leave_the_disk(
    nats1: NatsServers, objects: Objects, size: int
) -> None:
    secret = secrets.token_bytes(32)
    # What lies around it keeps the block of the disk.
    await objects.put("before", io.BytesIO(b"stays"))
    await objects.put("secret", io.BytesIO(secret * (size // 32 + 1)))
    await objects.put("behind", io.BytesIO(b"stays"))
    assert on_disk(nats1, secret)
    await objects.delete("secret")
    assert not on_disk(nats1, secret)
    assert await fetched(objects, "before") == await fetched(objects, "behind") == b"stays"


def test_which_chunks_are_overwritten() -> None:
    far = 10_000
    short, exact = range(5, 9), range(far, far + 2 * BLOCK_CHUNKS)
    long = range(2 * far, 2 * far + 2 * BLOCK_CHUNKS + 3)
    found = to_overwrite([short, exact, long])
    assert found[: len(short) + len(exact)] == [*short, *exact]
    missing = set(long) - set(found)
    assert missing == set(range(long.start + BLOCK_CHUNKS, long.stop - BLOCK_CHUNKS))
    assert len(missing) == 3


def test_the_numbers_of_chunks_are_kept() -> None:
    runs = [range(1, 2), range(5, 900)]
    facts = Facts("a", "b", "c", 1, 1, "", metadata=metadata(runs))
    assert facts.runs == runs
    assert Facts("a", "b", "c", 0, 0, "", metadata=metadata([])).runs == []


async def test_numbers_that_are_not_those_of_the_chunks_harm_nothing(
    connection: Connection, objects: Objects
) -> None:
    """As after a copy of the stream to another one."""
    await objects.put("other", io.BytesIO(b"stays"))
    await objects.put("wrong", io.BytesIO(b"goes"))
    facts = await objects._facts("wrong")
    assert facts is not None
    facts.metadata = metadata([range(1, 3)])
    about = msgspec.json.encode(facts)
    await connection.request(objects._about("wrong"), about, 5, {"Nats-Rollup": "sub"})
    await objects.delete("wrong")
    assert await fetched(objects, "other") == b"stays"
    assert await objects.names() == ["other"]
    assert await stored(connection, objects) == 2


def on_disk(servers: NatsServers, what: bytes) -> bool:
    files = [one for one in servers._folder.rglob("*.blk") if one.is_file()]
    return any(what in one.read_bytes() for one in files)


class _Stopping(io.BytesIO):
    """A file that says when so much of it has been read, and then calls `then`."""

    def __init__(self, data: bytes, at: int, then: Any) -> None:
        super().__init__(data)
        self._at, self._then = at, then

    def read(self, size: int | None = -1) -> bytes:
        if self._then is not None and self.tell() >= self._at:
            then, self._then = self._then, None
            then()
        return super().read(size)


async def test_a_cancelled_put_leaves_nothing(connection: Connection, objects: Objects) -> None:
    loop = asyncio.get_running_loop()
    data = content(40 * CHUNK_BYTES)

    def cancel() -> None:
        loop.call_soon_threadsafe(task.cancel)

    task = asyncio.create_task(objects.put("a", _Stopping(data, 20 * CHUNK_BYTES, cancel)))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await objects.names() == []
    with pytest.raises(MissingError):
        await fetched(objects, "a")
    assert await stored(connection, objects) == 0


async def test_a_file_that_cannot_be_read_leaves_the_former(
    connection: Connection, objects: Objects
) -> None:
    def fail() -> None:
        raise OSError("the disk is broken")

    await objects.put("a", io.BytesIO(b"former"))
    with pytest.raises(OSError, match="broken"):
        await objects.put("a", _Stopping(content(40 * CHUNK_BYTES), 20 * CHUNK_BYTES, fail))
    assert await fetched(objects, "a") == b"former"
    assert await stored(connection, objects) == 2


async def test_chunks_of_a_host_that_died_are_no_file(
    connection: Connection, objects: Objects
) -> None:
    await objects.put("whole", io.BytesIO(b"stays"))
    for _ in range(3):
        await connection.request(objects._chunks("abc"), content(1000), 5)
    assert await objects.names() == ["whole"]
    assert await objects.sweep(3600) == 0
    assert await objects.sweep(0) == 1
    assert await stored(connection, objects) == 2
    assert await fetched(objects, "whole") == b"stays"


async def test_a_file_without_one_of_its_chunks_is_missing(
    connection: Connection, objects: Objects
) -> None:
    await objects.put("notes.txt", io.BytesIO(content(5 * CHUNK_BYTES)))
    for sequence in (5, 2):
        what = f"STREAM.MSG.DELETE.{objects._stream}"
        await jetstream.ask(connection, what, {"seq": sequence}, 5)
        with pytest.raises(MissingError):
            await asyncio.wait_for(fetched(objects, "notes.txt"), 5)


async def test_a_file_with_other_bytes_is_missing(
    connection: Connection, objects: Objects
) -> None:
    await objects.put("notes.txt", io.BytesIO(content(5 * CHUNK_BYTES)))
    facts = await objects._facts("notes.txt")
    assert facts is not None
    what = f"STREAM.MSG.DELETE.{objects._stream}"
    await jetstream.ask(connection, what, {"seq": 5}, 5)
    await connection.request(objects._chunks(facts.nuid), content(CHUNK_BYTES), 5)
    with pytest.raises(MissingError, match="damaged"):
        await fetched(objects, "notes.txt")


async def test_an_unreadable_message_about_a_file_is_no_file(
    connection: Connection, objects: Objects
) -> None:
    await connection.request(objects._about("a"), b"{", 5)
    assert await objects.names() == []
    with pytest.raises(MissingError):
        await fetched(objects, "a")


async def test_what_cannot_be_written_is_told(objects: Objects) -> None:
    class Full(io.BytesIO):
        def write(self, data: Any) -> int:
            raise OSError("no space")

    await objects.put("notes.txt", io.BytesIO(b"here"))
    with pytest.raises(OSError, match="no space"):
        await objects.fetch("notes.txt", Full())


async def test_many_at_once(objects: Objects) -> None:
    files = {f"{number}.txt": content(7 * CHUNK_BYTES + number) for number in range(8)}
    await asyncio.gather(*(objects.put(name, io.BytesIO(data)) for name, data in files.items()))
    found = await asyncio.gather(*(fetched(objects, name) for name in files))
    assert found == list(files.values())


async def test_two_files_of_one_name_at_once_leave_one_whole(objects: Objects) -> None:
    both = [content(9 * CHUNK_BYTES), content(9 * CHUNK_BYTES)]
    await asyncio.gather(*(objects.put("notes.txt", io.BytesIO(one)) for one in both))
    assert await fetched(objects, "notes.txt") in both
    assert await objects.names() == ["notes.txt"]


async def test_other_programs_read_it_and_write_it(
    connection: Connection, objects: Objects
) -> None:
    theirs = await connection.client.jetstream().object_store(objects._bucket)
    data = content(2 * CHUNK_BYTES + 3)
    await objects.put("ours", io.BytesIO(data))
    assert (await theirs.get("ours")).data == data
    await theirs.put("theirs", data)
    assert await fetched(objects, "theirs") == data
    await objects.delete("theirs")
    assert await stored(connection, objects) == 4, "ours"
    await theirs.put("theirs", data)
    await theirs.delete("theirs")
    with pytest.raises(MissingError):
        await fetched(objects, "theirs")
    assert await objects.names() == ["ours"]
    await objects.delete("ours")
    with pytest.raises(nats.js.errors.NotFoundError):
        await theirs.get("ours")


async def test_memory_does_not_grow_with_the_file(objects: Objects, tmp_path: Path) -> None:
    size = 48 * 1024 * 1024
    path = tmp_path / "large"
    with path.open("wb") as out:
        out.truncate(size)
    tracemalloc.start()
    try:
        with path.open("rb") as file, (tmp_path / "back").open("wb") as back:
            await objects.put("large", file)
            await objects.fetch("large", back)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (tmp_path / "back").stat().st_size == size
    assert peak < 12 * 1024 * 1024


# --- nodes that stand still, or die ---------------------------------------------------


async def test_calls_end_while_the_node_stands_still(
    nats1: NatsServers, connection: Connection
) -> None:
    objects = await opened(connection, QUICK)
    await objects.put("notes.txt", io.BytesIO(b"here"))
    nats1.freeze(0)
    calls = [
        objects.put("more.txt", io.BytesIO(b"more")),
        objects.fetch("notes.txt", io.BytesIO()),
        objects.delete("notes.txt"),
        objects.names(),
        objects.sweep(0),
        objects.open(),
    ]
    async with asyncio.timeout(10 * QUICK):
        ended = await asyncio.gather(*calls, return_exceptions=True)
    nats1.thaw(0)
    assert [type(one) for one in ended] == [UnavailableError] * len(calls)
    await until_asked(lambda: fetched(objects, "notes.txt"), b"here".__eq__)


async def test_calls_wait_for_a_connection(nats1: NatsServers, connection: Connection) -> None:
    objects = await opened(connection)
    nats1.kill(0)
    await until(lambda: not connection.connected)
    putting = asyncio.create_task(objects.put("notes.txt", io.BytesIO(b"here")))
    await asyncio.to_thread(nats1.start, 0)
    await putting
    assert await fetched(objects, "notes.txt") == b"here"


async def test_a_put_goes_on_when_the_node_does(
    nats1: NatsServers, connection: Connection
) -> None:
    objects = await opened(connection)
    data = content(60 * CHUNK_BYTES)
    loop = asyncio.get_running_loop()

    def stand_still() -> None:
        nats1.freeze(0)
        loop.call_soon_threadsafe(loop.call_later, 0.5, nats1.thaw, 0)

    await objects.put("large", _Stopping(data, 30 * CHUNK_BYTES, stand_still))
    assert await fetched(objects, "large") == data


async def test_a_put_begins_again_after_a_cut(
    nats1: NatsServers, connection: Connection
) -> None:
    objects = await opened(connection)
    data = content(60 * CHUNK_BYTES)

    def restart() -> None:
        nats1.kill(0)
        nats1.start(0)

    await objects.put("large", _Stopping(data, 30 * CHUNK_BYTES, restart))
    assert await fetched(objects, "large") == data
    assert await objects.sweep(0) == 0


async def test_a_cut_in_the_middle_is_unavailable_and_no_file(
    nats1: NatsServers, connection: Connection
) -> None:
    objects = await opened(connection, QUICK)
    await objects.put("small", io.BytesIO(content(30 * CHUNK_BYTES)))
    file = _Stopping(content(60 * CHUNK_BYTES), 30 * CHUNK_BYTES, lambda: nats1.kill(0))
    with pytest.raises(UnavailableError):
        await asyncio.wait_for(objects.put("large", file), 20)
    nats1.start(0)
    assert await until_asked(names_of(objects)) == ["small"]
    with pytest.raises(MissingError):
        await fetched(objects, "large")


def names_of(objects: Objects) -> Any:
    async def ask() -> list[str]:
        try:
            return await objects.names()
        except UnavailableError:
            return []

    return ask


async def test_files_outlive_a_node(nats3: NatsServers, connect: Connect) -> None:
    objects = await opened(await connect(nats3.urls))
    first = content(20 * CHUNK_BYTES)
    await objects.put("first", io.BytesIO(first))
    leader = nats3.leader(objects._stream)
    assert leader is not None
    data = content(200 * CHUNK_BYTES)
    await objects.put("second", _Stopping(data, 100 * CHUNK_BYTES, partial(nats3.kill, leader)))
    assert await fetched(objects, "first") == first
    assert await fetched(objects, "second") == data
    assert sorted(await objects.names()) == ["first", "second"]


async def test_reading_goes_on_while_one_node_stands_still(
    nats3: NatsServers, connect: Connect
) -> None:
    connection = await connect(nats3.urls)
    objects = await opened(connection)
    data = content(50 * CHUNK_BYTES)
    await objects.put("first", io.BytesIO(data))
    here = connection.client.connected_url
    assert here is not None
    others = [node for node in range(3) if str(here.port) not in nats3.urls[node]]
    leader = nats3.leader(objects._stream)
    still = next(node for node in others if node != leader)
    nats3.freeze(still)
    async with asyncio.timeout(10):
        assert await fetched(objects, "first") == data
