"""Uploads: the name, the answers, and the post to the room."""

import asyncio
import errno
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp.multipart import BadContentDispositionHeader, BadContentDispositionParam

from server.files.folder import Folder
from server.files.incoming import disk_full
from server.files.upload import Upload
from server.protocols.http import receiving
from server.protocols.http.disposition import file_name
from server.protocols.http.errors import HttpError, error_response
from server.protocols.http.requests import Requests
from server.protocols.http.uploads import Uploads
from server.room.interface import Membership, Post, PostResult, StoredFile
from server.settings import Settings
from shared import limits, protocol
from shared.codec import decode_event, encode
from shared.messages import File, Said, Shared
from shared.problems import Problem, problem
from tests.fakes import FakeRoom, turns
from tests.server.protocols.connecting import Answer, Connection, Server, worker_state
from tests.support.waiting import until

# --- the name --------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("attachment; filename*=UTF-8''notes.txt", "notes.txt"),
        ("attachment; filename*=UTF-8''%E6%97%A5%E6%9C%AC.txt", "日本.txt"),
        ('attachment; filename="my notes.txt"', "my notes.txt"),
        ("attachment; filename=old.txt; filename*=UTF-8''new.txt", "new.txt"),
        ("attachment; filename*=iso-8859-1''%FCber.txt", "über.txt"),
        ("attachment", "file.txt"),
        ("", "file.txt"),
        ("attachment; filename=my notes.txt", "my notes.txt"),
        ("attachment; filename=my notes.txt; x=y", "my notes.txt"),
        ("attachment;FileName = my notes.txt", "my notes.txt"),
        ("filename=a.txt", "a.txt"),
        ("attachment; filename=größe 1.txt", "größe 1.txt"),
        ("attachment; filename=a (1).txt", "a (1).txt"),
        ('attachment; filename="a;b.txt"', "a;b.txt"),
        ('attachment; filename="a \\"b\\".txt', 'a "b".txt'),
        ("attachment; filename=old.txt; filename*=nonsense''%41.txt", "old.txt"),
        ("attachment; filename=", "file.txt"),
    ],
)
def test_file_name(header: str, name: str) -> None:
    assert file_name(header) == name


@pytest.mark.filterwarnings(
    f"ignore::{BadContentDispositionHeader.__module__}.{BadContentDispositionHeader.__name__}",
    f"ignore::{BadContentDispositionParam.__module__}.{BadContentDispositionParam.__name__}",
)
@pytest.mark.parametrize(
    "header",
    [
        "", ";", "attachment; filename*=nonsense''a.txt", "attachment; filename*=UTF-8''%ff",
        "attachment; filename*=a", "attachment; filename*='", "attachment; filename",
        'attachment; filename="', "attachment; filename*0=a; filename*1=b",
        "attachment; filename*0*=bogus''a", "attachment; filename*=x''%", "filename=a",
    ],
)  # fmt: skip
def test_an_invalid_header_does_no_harm(header: str) -> None:
    assert isinstance(file_name(header), str)


# --- the post --------------------------------------------------------------------

FILE = File("f1", "a.txt", 3, "00", 1, "abc", "/files/f1/a.txt")
ADA = Membership(7, "ada")


class Sharing:
    """A stored file that is posted to the room."""

    def __init__(self, folder: Path) -> None:
        self.room = FakeRoom()
        self.path = folder / "a (2).txt"
        self.path.write_text("abc")
        state = worker_state(self.room)
        state.folder = Folder(folder)
        self.uploads = Uploads(state, Requests(state))

    async def share(self, key: str = "k") -> File:
        return await self.uploads._share(ADA, key, StoredFile(FILE, self.path.name, "utf-8"))


@pytest.fixture
def sharing(tmp_path: Path) -> Sharing:
    return Sharing(tmp_path)


async def shared(sharing: Sharing, answer: PostResult) -> File:
    """Share, and let the room answer so."""
    task = asyncio.create_task(sharing.share())
    await turns()
    sharing.room.answer(answer)
    return await task


async def test_a_share_is_a_post_of_its_member(sharing: Sharing) -> None:
    assert await shared(sharing, PostResult()) == FILE
    (post,) = sharing.room.posts
    assert (post.member, post.connection) == (7, 0)
    event = decode_event(b'{"type":"shared","seq":1,"at":"",' + post.tail)
    assert isinstance(event, Shared)
    assert (event.name, event.file) == ("ada", FILE)
    assert sharing.path.exists()


async def test_a_repeat_is_the_earlier_file_and_this_copy_goes(sharing: Sharing) -> None:
    earlier = File("f0", "a.txt", 3, "00", 1, "abc", "/files/f0/a.txt")
    sharing.room.events = [encode(Shared(seq=1, at="", name="ada", file=earlier))]
    assert await shared(sharing, PostResult(seq=1)) == earlier
    assert not sharing.path.exists()


@pytest.mark.parametrize(("code", "status"), [("storage", 507), ("not_joined", 401)])
async def test_a_file_that_the_room_refuses_is_not_kept(
    sharing: Sharing, code: str, status: int
) -> None:
    with pytest.raises(HttpError) as refused:
        await shared(sharing, PostResult(problem=problem(code)))
    assert error_response(refused.value).status == status
    assert not sharing.path.exists()


async def test_the_key_of_a_file_is_never_the_id_of_a_message(sharing: Sharing) -> None:
    """A `say` may have any id of 1 to 64 characters, also one that looks like a file's key.
    Then the upload would be answered with 201, and neither kept nor shared."""
    await shared(sharing, PostResult())
    assert len(sharing.room.posts[0].key) > limits.ID_CHARACTERS


async def test_a_key_that_a_message_used_does_not_lose_the_file(sharing: Sharing) -> None:
    sharing.room.events = [encode(Said(seq=1, at="", name="ada", text="hi", id="file k"))]
    try:
        file = await shared(sharing, PostResult(seq=1))
    except HttpError:
        return
    assert file != FILE or sharing.path.exists(), "201 for a file that is gone"


# --- answers -----------------------------------------------------------------------------


class TakingRoom(FakeRoom):
    """A room that takes every post at once."""

    def post(self, post: Post, answer: Callable[[PostResult], None] | None = None) -> None:
        super().post(post, answer)
        self.answer(PostResult())


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with Server(Settings(max_file=100)) as server:
        server.state.room = server.room = TakingRoom()
        server.state.folder = Folder(tmp_path)
        server.state.folder.prepare()
        yield server


async def send(
    connection: Connection, body: bytes, *, length: int | None = None, **headers: str
) -> Answer:
    """Upload, and wait for the answer."""
    fields = {"Authorization": "Bearer secret", **headers}
    size = str(len(body) if length is None else length)
    await connection.ask("POST", "/files", body, Content_Length=size, **fields)
    await until(lambda: connection.transport.written)
    return Answer(connection.transport.written)


async def test_an_upload(server: Server) -> None:
    connection = server.connect()
    name = "attachment; filename*=UTF-8''notes.txt"
    for number in (1, 2):
        answer = await send(connection, b"hello", Content_Disposition=name)
        assert answer.status == 201
        assert answer.headers["Location"] == answer.json["url"]
        assert (answer.json["name"], answer.json["lines"]) == ("notes.txt", 1)
        assert len(server.room.posts) == number, "the connection is kept alive"


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"x" * 101, {}, 413, "too_long"),
        (b"a\0b", {}, 415, "not_text"),
        (b"x", {"Authorization": "Bearer wrong"}, 401, "not_joined"),
        (b"x", {"Authorization": "Basic secret"}, 401, "not_joined"),
        (b"x", {"Authorization": "Bearer"}, 401, "not_joined"),
        (b"x", {"Content-Type": "multipart/form-data; boundary=x"}, 415, "form_encoded"),
        (b"x", {"Content-Type": "Multipart/Mixed; boundary=x"}, 415, "form_encoded"),
        (b"x", {"Origin": "http://evil.example"}, 403, "forbidden"),
        (b"x", {"Origin": "null"}, 403, "forbidden"),
        (b"x", {protocol.UPLOAD_OFFSET: "x"}, 400, "bad_request"),
        (b"x", {protocol.UPLOAD_OFFSET: "9" * 19}, 413, "too_long"),
        (b"x", {protocol.UPLOAD_OFFSET: "9" * 5000}, 400, "bad_request"),
        (b"x", {protocol.UPLOAD_OFFSET: "5"}, 409, "bad_offset"),
        (b"x", {protocol.UPLOAD_OFFSET: "5", "Idempotency-Key": "k"}, 409, "bad_offset"),
    ],
)
async def test_uploads_that_are_refused(
    server: Server, body: bytes, headers: dict[str, Any], status: int, code: str
) -> None:
    answer = await send(server.connect(), body, **headers)
    assert (answer.status, answer.json["code"]) == (status, code)
    assert answer.json["reason"]
    assert server.room.posts == []
    assert [path.name for path in server.state.folder.path.iterdir()] == [".incoming"]


@pytest.mark.parametrize("length", [2**63, 2**64 - 1])
async def test_a_length_that_no_file_has(server: Server, length: int) -> None:
    offset = {protocol.UPLOAD_OFFSET: "9" * 19}
    answer = await send(server.connect(), b"x", length=length, **offset)
    assert (answer.status, answer.json["code"]) == (413, "too_long")


async def test_a_file_that_is_not_text_is_refused_in_plain_words(server: Server) -> None:
    answer = await send(server.connect(), b"\x89PNG\r\n\x1a\n\0\0\0")
    assert answer.json["reason"] == (
        "This file is not text. This room accepts text files only."
    )


async def test_an_upload_needs_its_length(server: Server) -> None:
    answer = await server.connect().ask(
        "POST", "/files", Authorization="Bearer secret", Transfer_Encoding="chunked"
    )
    assert (answer.status, answer.json["code"]) == (411, "length_required")


async def test_the_room_is_asked_for_space_before_the_first_byte(server: Server) -> None:
    connection = server.connect()
    fields = {"Authorization": "Bearer secret", "Idempotency-Key": "k"}
    await connection.ask("POST", "/files", Content_Length="100", **fields)
    ((upload, _),) = server.room.uploads.values()
    assert (upload.member, upload.size) == (7, 100)
    assert upload.part.endswith(".kept")
    connection.switch.data_received(b"x" * 100)
    await until(lambda: b" 201 " in connection.transport.written)
    assert server.room.uploads == {}


@pytest.mark.parametrize(
    ("why", "status"),
    [
        (problem("storage", "quota"), 507),
        (problem("storage", "disk"), 507),
        (problem("rate_limited", "uploads", most=4).after(1.0), 429),
        (problem("rate_limited", "upload_rate").after(0.5), 429),
    ],
)
async def test_an_upload_that_the_room_refuses(
    server: Server, why: Problem, status: int
) -> None:
    server.room.upload_answer = why
    answer = await send(server.connect(), b"x")
    assert (answer.status, answer.json["params"]) == (status, why.params)
    assert ("Retry-After" in answer.headers) == (status == 429)
    assert list((server.state.folder.path / ".incoming").iterdir()) == []


@pytest.mark.parametrize("came", [b"", b"hello"])
async def test_an_upload_ends_with_the_membership(server: Server, came: bytes) -> None:
    connection = server.connect()
    fields = {"Authorization": "Bearer secret", "Idempotency-Key": "k"}
    await connection.ask("POST", "/files", came, Content_Length="100", **fields)
    ((_, ended),) = server.room.uploads.values()
    ended()
    await until(lambda: connection.transport.written)
    answer = Answer(connection.transport.written)
    assert (answer.status, answer.json["code"]) == (401, "not_joined")
    assert answer.headers["Connection"] == "close"
    assert (server.room.posts, server.room.uploads) == ([], {})
    assert list((server.state.folder.path / ".incoming").iterdir()) == []


async def test_a_disk_error_is_logged_and_told_in_plain_words(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    incoming = server.state.folder.path / ".incoming"
    incoming.rmdir()
    incoming.touch()  # no folder
    answer = await send(server.connect(), b"x")
    assert answer.status == 507
    assert answer.json["reason"] == "The server cannot store the file."
    assert ".incoming" in caplog.text


async def test_a_disk_that_is_full_in_the_middle_is_told_and_leaves_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    (other := server.state.folder.path / "other.txt").write_bytes(b"shared before")

    def full(upload: Upload, data: bytes) -> None:
        raise disk_full(OSError(errno.ENOSPC, "No space left on device"))

    monkeypatch.setattr(Upload, "write", full)
    answer = await send(server.connect(), b"x" * 90)
    assert (answer.status, answer.json["code"]) == (507, "storage")
    assert answer.json["params"] == {"rule": "disk"}
    assert list((server.state.folder.path / ".incoming").iterdir()) == []
    assert other.read_bytes() == b"shared before"
    assert server.room.uploads == {}, "its space is given back"


async def test_an_upload_that_stalls_is_answered_and_ended(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "STALLED", 0)
    connection = server.connect()
    answer = await send(connection, b"x", length=2)
    assert (answer.status, answer.json["code"]) == (408, "timeout")
    assert answer.headers["Connection"] == "close"


async def test_an_upload_that_stalls_keeps_all_bytes_that_came(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "STALLED", 0)
    fields = {"Idempotency-Key": "k", "Authorization": "Bearer secret"}
    answer = await send(server.connect(), b"hello ", length=11, **fields)
    assert answer.status == 408
    connection = server.connect()
    await connection.ask("HEAD", "/files", **fields)
    await until(lambda: connection.transport.written)
    assert Answer(connection.transport.written).headers[protocol.UPLOAD_OFFSET] == "6"


async def test_a_cut_upload_goes_on_where_it_was(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, written = Upload.write, bytearray()

    def noted(upload: Upload, data: bytes) -> None:
        write(upload, data)
        written.extend(data)

    monkeypatch.setattr(receiving, "LEAST", 1)
    monkeypatch.setattr(Upload, "write", noted)
    fields = {"Idempotency-Key": "k", "Authorization": "Bearer secret"}
    cut = server.connect()
    await cut.ask("POST", "/files", b"hello ", Content_Length="11", **fields)
    await until(lambda: written == b"hello ")
    cut.switch.connection_lost(None)
    connection = server.connect()

    async def kept() -> str:
        await connection.ask("HEAD", "/files", **fields)
        await until(lambda: connection.transport.written)
        return Answer(connection.transport.written).headers[protocol.UPLOAD_OFFSET]

    async with asyncio.timeout(10):
        while await kept() != "6":
            pass
    rest: dict[str, Any] = {protocol.UPLOAD_OFFSET: "6", "Idempotency-Key": "k"}
    answer = await send(connection, b"world", **rest)
    assert (answer.status, answer.json["size"]) == (201, 11)


async def test_a_file_that_was_shared_before_and_is_not_kept_is_gone(
    sharing: Sharing,
) -> None:
    with pytest.raises(HttpError) as refused:
        await shared(sharing, PostResult(seq=1))
    assert error_response(refused.value).status == 410
    assert not sharing.path.exists()
