"""Uploads and downloads where a room has several hosts."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from server.files.copies import Copies
from server.files.folder import Folder
from server.files.remote import thumbnail_name
from server.files.thumbnailer import Made, Thumbnailer
from server.files.upload import Upload
from server.room.interface import Post, PostResult, StoredFile
from server.settings import Settings
from shared import protocol
from shared.codec import encode
from shared.messages import File, Shared
from shared.problems import UNAVAILABLE, Problem, problem
from tests.fakes import FakeRoom, turns
from tests.server.protocols.connecting import Answer, Connection, Server
from tests.server.protocols.test_downloads import download
from tests.server.protocols.test_uploads import send
from tests.support.remote_files import MemoryFiles
from tests.support.waiting import until

DATA = b"eins\nzwei\n"
SHA256 = hashlib.sha256(DATA).hexdigest()
STORED = "notes.3f9ac2d01b7e.txt"
NAMED: dict[str, Any] = {"Content_Disposition": "attachment; filename=notes.txt"}


class Room(FakeRoom):
    """A room that takes every post at once, and has one file."""

    def __init__(self, remote: MemoryFiles) -> None:
        super().__init__()
        self._remote = remote
        self.in_store: list[list[str]] = []
        self.result = PostResult()
        self.stored: StoredFile | Problem = StoredFile(
            File("f1", "notes.txt", len(DATA), SHA256, 2, "eins", "/files/f1/notes.txt",
                 type="image/png", thumb="/files/f1/~thumb"), STORED, "utf-8",
        )  # fmt: skip

    def post(self, post: Post, answer: Callable[[PostResult], None] | None = None) -> None:
        super().post(post, answer)
        self.in_store.append(sorted(self._remote.files))
        self.answer(self.result)

    async def file(self, id: str) -> StoredFile | Problem:
        return self.stored


class Host(Server):
    """A worker of a host."""

    def __init__(self, folder: Path, remote: MemoryFiles) -> None:
        super().__init__(Settings(max_file=1000, files="any"))
        self.fake = Room(remote)
        self.state.room = self.room = self.fake
        self.state.folder = Folder(folder, accepted="any", unique=True)
        self.state.folder.prepare()
        self.state.copies = Copies(self.state.folder, remote)

    def names(self) -> list[str]:
        return sorted(one.name for one in self.state.folder.path.iterdir() if one.is_file())

    def kept(self) -> list[bytes]:
        """Return the bytes of uploads that were cut."""
        incoming = self.state.folder.path / ".incoming"
        return [one.read_bytes() for one in incoming.iterdir()]


@pytest.fixture
def remote() -> MemoryFiles:
    return MemoryFiles()


@pytest.fixture
async def host(tmp_path: Path, remote: MemoryFiles) -> AsyncIterator[Host]:
    async with Host(tmp_path / "a", remote) as host:
        yield host


# --- uploads -----------------------------------------------------------------------------


async def test_an_upload_is_in_the_store_before_others_hear_of_it(
    host: Host, remote: MemoryFiles
) -> None:
    answer = await send(host.connect(), DATA, **NAMED)
    assert (answer.status, answer.json["name"]) == (201, "notes.txt")
    (name,) = host.names()
    assert name != "notes.txt"
    assert remote.files == {name: DATA}
    assert host.fake.in_store == [[name]]
    stored = host.room.posts[0].stored
    assert stored is not None
    assert stored.stored == name


async def test_its_thumbnail_is_there_too(
    host: Host, remote: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def make(self: Thumbnailer, member: int, file: object) -> Made:
        return Made("image/png", 3, 2, b"small")

    monkeypatch.setattr(Thumbnailer, "make", make)
    host.state.thumbnailer = Thumbnailer(Path("nowhere"))
    answer = await send(host.connect(), b"\x89PNG\r\n\x1a\n" + DATA)
    assert answer.status == 201
    (name,) = host.names()
    assert host.fake.in_store == [sorted([name, thumbnail_name(name)])]
    assert remote.files[thumbnail_name(name)] == b"small"


async def test_an_upload_waits_for_a_store_that_does_not_answer(
    host: Host, remote: MemoryFiles
) -> None:
    remote.down = True
    connection = host.connect()
    key: dict[str, Any] = {"Idempotency_Key": "k", **NAMED}
    answer = await send(connection, DATA, **key)
    assert (answer.status, answer.json["code"]) == (503, "unavailable")
    assert answer.json["retry_after"] > 0
    assert int(answer.headers["Retry-After"]) > 0
    assert (host.room.posts, host.names(), host.room.uploads) == ([], [], {})
    assert host.kept() == [DATA]

    remote.down = False
    await connection.ask("HEAD", "/files", Authorization="Bearer secret", **key)
    await until(lambda: connection.transport.written)
    known = Answer(connection.transport.written)
    assert known.headers[protocol.UPLOAD_OFFSET] == str(len(DATA))
    rest: dict[str, Any] = {protocol.UPLOAD_OFFSET: str(len(DATA)), **key}
    answer = await send(connection, b"", **rest)
    assert answer.status == 201
    (name,) = host.names()
    assert remote.files == {name: DATA}
    assert host.kept() == []


async def test_nothing_stays_of_an_upload_without_a_key(
    host: Host, remote: MemoryFiles
) -> None:
    remote.down = True
    assert (await send(host.connect(), DATA, **NAMED)).status == 503
    assert (host.names(), host.kept()) == ([], [])


@pytest.mark.parametrize("code", ["storage", "not_joined"])
async def test_what_the_room_refuses_leaves_the_store(
    host: Host, remote: MemoryFiles, code: str
) -> None:
    host.fake.result = PostResult(problem=problem(code))
    assert (await send(host.connect(), DATA, **NAMED)).status in (401, 507)
    assert (host.names(), remote.files) == ([], {})


async def test_what_may_still_be_shared_stays(host: Host, remote: MemoryFiles) -> None:
    host.fake.result = PostResult(problem=UNAVAILABLE)
    answer = await send(host.connect(), DATA, **NAMED)
    assert (answer.status, answer.json["code"]) == (503, "unavailable")
    (name,) = host.names()
    assert remote.files == {name: DATA}


async def test_a_repeat_leaves_the_store(host: Host, remote: MemoryFiles) -> None:
    stored = host.fake.stored
    assert isinstance(stored, StoredFile)
    host.room.events = [encode(Shared(seq=1, at="", name="ada", file=stored.file))]
    host.fake.result = PostResult(seq=1)
    answer = await send(host.connect(), DATA, **NAMED)
    assert (answer.status, answer.json["id"]) == (201, "f1")
    assert (host.names(), remote.files) == ([], {})


async def test_what_the_folder_does_not_take_leaves_the_store(
    host: Host, remote: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(upload: Upload) -> None:
        raise OSError("the disk is broken")

    monkeypatch.setattr(Upload, "finish", fail)
    answer = await send(host.connect(), DATA, **NAMED)
    assert (answer.status, answer.json["code"]) == (507, "storage")
    assert (host.names(), remote.files, host.room.posts) == ([], {}, [])


async def test_two_hosts_take_files_of_one_name_at_once(
    host: Host, remote: MemoryFiles, tmp_path: Path
) -> None:
    async with Host(tmp_path / "b", remote) as other:
        one, two = await asyncio.gather(
            send(host.connect(), b"one", **NAMED), send(other.connect(), b"two", **NAMED)
        )
        assert (one.json["name"], two.json["name"]) == ("notes.txt", "notes.txt")
        ((mine,), (theirs,)) = host.names(), other.names()
        assert remote.files == {mine: b"one", theirs: b"two"}


# --- downloads ---------------------------------------------------------------------------


async def test_a_file_of_another_host_is_fetched_once(host: Host, remote: MemoryFiles) -> None:
    remote.files[STORED] = DATA
    remote.gate.clear()
    asking = [asyncio.create_task(download(host.connect())) for _ in range(5)]
    await until(lambda: remote.fetched)
    remote.gate.set()
    for answer in await asyncio.gather(*asking):
        assert (answer.status, answer.body) == (200, DATA)
    again = await download(host.connect(), Range="bytes=5-8")
    assert (again.status, again.body) == (206, b"zwei")
    assert remote.fetched == [STORED]
    assert host.names() == [STORED]


async def thumbnail(connection: Connection) -> Answer:
    await connection.ask("GET", "/files/f1/~thumb")
    await until(lambda: b"\r\n\r\n" in connection.transport.written)
    return Answer(connection.transport.written)


async def test_a_thumbnail_of_another_host(host: Host, remote: MemoryFiles) -> None:
    remote.files[thumbnail_name(STORED)] = b"small"
    for _ in range(2):
        answer = await thumbnail(host.connect())
        assert (answer.status, answer.body) == (200, b"small")
    assert len(remote.fetched) == 1


async def test_a_file_that_no_host_has(host: Host, remote: MemoryFiles) -> None:
    for answer in (await download(host.connect()), await thumbnail(host.connect())):
        assert (answer.status, answer.json["code"]) == (410, "gone")
    remote.files[STORED] = b"another!!!"
    assert (await download(host.connect())).status == 410
    assert host.names() == []


async def test_a_store_that_does_not_answer(host: Host, remote: MemoryFiles) -> None:
    remote.down = True
    for answer in (await download(host.connect()), await thumbnail(host.connect())):
        assert (answer.status, answer.json["code"]) == (503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
    remote.down, remote.files[STORED] = False, DATA
    assert (await download(host.connect())).body == DATA


async def test_a_full_disk_is_told(host: Host, remote: MemoryFiles) -> None:
    remote.files[STORED] = DATA
    host.state.copies = Copies(host.state.folder, remote, min_free=1 << 62)
    answer = await download(host.connect())
    assert (answer.status, answer.json["params"]) == (507, {"rule": "disk"})


async def test_a_file_that_is_deleted_while_it_is_fetched_does_not_stay(
    host: Host, remote: MemoryFiles
) -> None:
    remote.files[STORED] = DATA
    remote.gate.clear()
    asking = asyncio.create_task(download(host.connect()))
    await until(lambda: remote.fetched)
    host.fake.stored = problem("gone", "deleted")
    remote.gate.set()
    assert (await asking).status == 410
    assert host.names() == []


async def test_closing_ends_a_fetch(tmp_path: Path, remote: MemoryFiles) -> None:
    remote.files[STORED] = DATA
    remote.gate.clear()
    async with Host(tmp_path / "b", remote) as other:
        asking = asyncio.create_task(download(other.connect()))
        await until(lambda: remote.fetched)
    asking.cancel()
    await turns()
    assert (other.names(), other.kept(), remote.now) == ([], [], 0)
