"""Downloads: ranges, conditions, and the form of the answer."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from server.files.folder import Folder
from server.protocols.http.errors import HttpError, error_response
from server.protocols.http.sending import find_range
from server.room.interface import StoredFile
from shared.messages import File
from shared.problems import Problem, problem
from tests.server.protocols.connecting import Answer, Connection, Server
from tests.support.waiting import until

TAG = "ab" * 32


def wanted(headers: dict[str, str], size: int = 10) -> tuple[int, int] | tuple[int, str]:
    """Return the first byte and the one after the last, or the status and `Content-Range`."""
    try:
        return find_range(make_mocked_request("GET", "/files/id/a.txt", headers), size, TAG)
    except HttpError as refusal:
        response = error_response(refusal)
        return response.status, response.headers["Content-Range"]


@pytest.mark.parametrize(
    ("header", "answer"),
    [
        (None, (0, 10)),
        ("bytes=0-", (0, 10)),
        ("bytes=0-0", (0, 1)),
        ("bytes=2-4", (2, 5)),
        ("bytes=9-", (9, 10)),
        ("bytes=5-999", (5, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=10-", (416, "bytes */10")),
        ("bytes=99-100", (416, "bytes */10")),
        ("bytes=-0", (416, "bytes */10")),
        ("bytes=-00", (416, "bytes */10")),
        ("Bytes=2-4", (2, 5)),
        ("bytes=2-4 ", (2, 5)),
        ("bytes=٢-4", (0, 10)),
        ("bytes=0-" + "9" * 18, (0, 10)),
        ("bytes=0-" + "9" * 5000, (0, 10)),
        ("bytes=-" + "9" * 5000, (0, 10)),
        ("bytes=" + "9" * 19 + "-", (416, "bytes */10")),
        ("bytes=" + "9" * 5000 + "-", (416, "bytes */10")),
        # Several ranges, or none (RFC 9110, section 14.2): the whole file.
        ("bytes=4-2", (0, 10)),
        ("bytes=0-1,3-4", (0, 10)),
        ("bytes=", (0, 10)),
        ("bytes=-", (0, 10)),
        ("bytes=a-b", (0, 10)),
        ("lines=0-1", (0, 10)),
        ("", (0, 10)),
    ],
)
def test_range(header: str | None, answer: tuple[object, ...]) -> None:
    assert wanted({} if header is None else {"Range": header}) == answer


def test_an_empty_file_has_no_range() -> None:
    assert wanted({}, size=0) == (0, 0)
    assert wanted({"Range": "bytes=0-"}, size=0) == (416, "bytes */0")


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        (f'"{TAG}"', (2, 5)),
        ('"another"', (0, 10)),
        (f'W/"{TAG}"', (0, 10)),
        ("Sun, 22 Nov 2026 08:00:00 GMT", (0, 10)),
    ],
)
def test_if_range(condition: str, answer: tuple[int, int]) -> None:
    assert wanted({"Range": "bytes=2-4", "If-Range": condition}) == answer


@given(st.text(max_size=30), st.integers(0, 20))
def test_any_range_is_within_the_file(header: str, size: int) -> None:
    for value in (header, f"bytes={header}"):
        got = wanted({"Range": value}, size)
        if got[0] != 416:
            assert 0 <= got[0] <= int(got[1]) <= size


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 20))
def test_a_range_is_what_was_asked_for(first: int, last: int, size: int) -> None:
    got = wanted({"Range": f"bytes={first}-{last}"}, size)
    if last < first:
        assert got == (0, size)
    elif first >= size:
        assert got == (416, f"bytes */{size}")
    else:
        assert got == (first, min(last + 1, size))


# --- answers -----------------------------------------------------------------------------

DATA = b"eins\nzwei\n"
SHA256 = hashlib.sha256(DATA).hexdigest()
FILE = File("f1", "größe.txt", len(DATA), SHA256, 2, "eins", "/files/f1/gr%C3%B6%C3%9Fe.txt")


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    async with Server() as server:
        (tmp_path / "kept.txt").write_bytes(DATA)
        server.state.folder = Folder(tmp_path)

        async def file(id: str) -> StoredFile | Problem:
            return (
                StoredFile(FILE, "kept.txt", "utf-8-sig")
                if id == "f1"
                else problem("not_found")
            )

        monkeypatch.setattr(server.room, "file", file)
        yield server


async def download(connection: Connection, method: str = "GET", **headers: str) -> Answer:
    """Ask for the file, and wait for the answer's end."""
    await connection.ask(method, "/files/f1/any", **headers)
    written = connection.transport
    await until(lambda: b"\r\n\r\n" in written.written)
    if method == "GET" and b" 304 " not in written.written[:20]:
        await until(lambda: _is_whole(written.written))
    return Answer(written.written)


def _is_whole(written: bytes) -> bool:
    answer = Answer(written)
    return len(answer.body) == int(answer.headers["Content-Length"])


async def test_a_download(server: Server) -> None:
    connection = server.connect()
    for method, body in [("GET", DATA), ("HEAD", b""), ("GET", DATA)]:
        answer = await download(connection, method)
        assert (answer.status, answer.body) == (200, body)
        assert answer.headers["Content-Length"] == str(len(DATA))
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.headers["Etag"] == f'"{SHA256}"'
        assert answer.headers["Content-Disposition"] == (
            "attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe.txt"
        )
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert not connection.transport.closing, "the connection is kept alive"


async def test_parts_of_a_download(server: Server) -> None:
    connection = server.connect()
    answer = await download(connection, Range="bytes=5-8")
    assert (answer.status, answer.body) == (206, b"zwei")
    assert answer.headers["Content-Range"] == "bytes 5-8/10"
    assert (await download(connection, If_None_Match=f'"{SHA256}"')).status == 304
    answer = await download(connection, Range="bytes=10-")
    assert (answer.status, answer.json["code"]) == (416, "bad_range")
    assert answer.headers["Content-Range"] == "bytes */10"
    assert (await download(connection)).body == DATA


async def test_a_file_that_was_removed_or_changed_is_gone(server: Server) -> None:
    connection = server.connect()
    path = server.state.folder.path / "kept.txt"
    path.write_bytes(DATA + b"more")
    answer = await download(connection)
    assert (answer.status, answer.json["code"]) == (410, "gone")
    path.unlink()
    answer = await download(connection)
    assert (answer.status, answer.json["code"]) == (410, "gone")
    answer = await connection.get("/files/unknown/a.txt")
    assert (answer.status, answer.json["code"]) == (404, "not_found")
