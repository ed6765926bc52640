"""Files over HTTP, as far as it goes without a server: ranges, names, keys."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.multipart import BadContentDispositionHeader, BadContentDispositionParam
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from server.connections.fanout import FanOut
from server.connections.worker_state import WorkerState
from server.files.folder import Folder
from server.protocols.http.file_routes import FileTransfers, _file_name, _range
from server.room.interface import Membership, PostResult, StoredFile
from server.settings import Settings
from shared import limits
from shared.messages import File, Said, Shared, decode_event, encode
from shared.problems import problem
from tests.fakes import FakeOlder, FakeRoom, turns

TAG = "ab" * 32


def wanted(headers: dict[str, str], size: int = 10) -> tuple[int, int] | tuple[int, str]:
    """First byte and the one after the last; or how it is refused."""
    try:
        return _range(make_mocked_request("GET", "/files/id/a.txt", headers), size, TAG)
    except web.HTTPRequestRangeNotSatisfiable as refusal:
        return refusal.status, refusal.headers["Content-Range"]


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
        # What is no range (RFC 9110, section 14.2), or several, is the whole file.
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


# --- the name it comes with --------------------------------------------------------------


def named(header: str | None) -> str:
    headers = {} if header is None else {"Content-Disposition": header}
    return _file_name(make_mocked_request("POST", "/files", headers))


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("attachment; filename*=UTF-8''notes.txt", "notes.txt"),
        ("attachment; filename*=UTF-8''%E6%97%A5%E6%9C%AC.txt", "日本.txt"),
        ('attachment; filename="my notes.txt"', "my notes.txt"),
        ("attachment; filename=old.txt; filename*=UTF-8''new.txt", "new.txt"),
        ("attachment; filename*=iso-8859-1''%FCber.txt", "über.txt"),
        ("attachment", "file.txt"),
        (None, "file.txt"),
    ],
)
def test_file_name(header: str | None, name: str) -> None:
    assert named(header) == name


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
def test_a_header_that_is_no_header_does_no_harm(header: str) -> None:
    assert isinstance(named(header), str)


# --- telling the room --------------------------------------------------------------------

FILE = File("f1", "a.txt", 3, "00", 1, "abc", "/files/f1/a.txt")
ADA = Membership(7, "ada")


class Sharing:
    """A file that is stored, on its way to the room."""

    def __init__(self, folder: Path) -> None:
        self.room = FakeRoom()
        self.path = folder / "a (2).txt"
        self.path.write_text("abc")
        self.transfers = FileTransfers(
            WorkerState(
                worker=1,
                room=self.room,
                fanout=FanOut(FakeOlder()),
                folder=Folder(folder),
                settings=Settings(),
            )
        )

    async def share(self, key: str = "k") -> File:
        return await self.transfers._share(ADA, key, StoredFile(FILE, self.path.name, "utf-8"))


@pytest.fixture
def sharing(tmp_path: Path) -> Sharing:
    return Sharing(tmp_path)


async def shared(sharing: Sharing, answer: PostResult) -> File:
    """Share, and let the room give this answer."""
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
async def test_what_the_room_refuses_is_not_kept(
    sharing: Sharing, code: str, status: int
) -> None:
    with pytest.raises(web.HTTPException) as refused:
        await shared(sharing, PostResult(problem=problem(code)))  # type: ignore[arg-type]
    assert refused.value.status == status
    assert not sharing.path.exists()


async def test_a_key_for_a_file_is_never_taken_for_words(sharing: Sharing) -> None:
    """A `say` may have any id of 1 to 64 characters, also one that looks like a file's key:
    the upload would be answered with 201, deleted, and told nobody."""
    await shared(sharing, PostResult())
    assert len(sharing.room.posts[0].key) > limits.ID_CHARACTERS


async def test_a_key_that_was_used_for_words_does_not_lose_the_file(sharing: Sharing) -> None:
    sharing.room.events = [encode(Said(seq=1, at="", name="ada", text="hi", id="file k"))]
    try:
        file = await shared(sharing, PostResult(seq=1))
    except web.HTTPException:
        return
    assert file != FILE or sharing.path.exists(), "201 for a file that is gone"
