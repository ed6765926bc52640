"""Pictures to show, from a room on a real port, by way of the network thread."""

import hashlib
import stat
import tempfile
from pathlib import Path

import pytest

from client_mvc.network import api_files, pictures
from shared import messages
from shared.identity import ServerIdentity
from shared.joinlink import Address
from tests.client_mvc.network.fake_room import FakeRoom, answer
from tests.client_mvc.network.wire import Wire

WHOLE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 2000
SMALL = b"RIFF....WEBP"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def files_in(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file()]


def picture(**changes: object) -> messages.File:
    values: dict[str, object] = {
        "id": "f1",
        "name": "a.png",
        "size": len(WHOLE),
        "sha256": hashlib.sha256(WHOLE).hexdigest(),
        "lines": 0,
        "preview": "",
        "url": "/files/f1/a.png",
        "type": "image/png",
        "width": 800,
        "height": 600,
        "thumb": "/files/t1/~thumb",
    }
    return messages.File(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def shown(room: FakeRoom) -> FakeRoom:
    room.serve_journal("j1")
    room.files |= {"f1": WHOLE, "t1": SMALL}
    return room


async def test_a_small_copy_comes_in_memory(
    wire: Wire, shown: FakeRoom, address: Address, folder: Path
) -> None:
    wire.network.fetch_picture(ServerIdentity(address), picture(), "j1", whole=False)
    assert await wire.until(api_files.PictureFetched) == api_files.PictureFetched(
        "f1", data=SMALL
    )
    assert files_in(folder) == []


async def test_a_whole_picture_lies_in_a_private_folder_until_the_end(
    wire: Wire, shown: FakeRoom, address: Address, folder: Path
) -> None:
    wire.network.fetch_picture(ServerIdentity(address), picture(), "j1", whole=True)
    path = (await wire.until(api_files.PictureFetched)).path
    assert path is not None
    assert path.read_bytes() == WHOLE
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    wire.network.stop()
    assert not path.parent.exists()


async def test_a_whole_picture_is_fetched_once(
    wire: Wire, shown: FakeRoom, address: Address, folder: Path
) -> None:
    found = []
    for _ in range(2):
        wire.network.fetch_picture(ServerIdentity(address), picture(), "j1", whole=True)
        found.append((await wire.until(api_files.PictureFetched)).path)
    assert found[0] == found[1]
    assert len(shown.gets) == 1


async def test_a_folder_that_was_removed_is_made_again(
    wire: Wire, shown: FakeRoom, address: Address, folder: Path
) -> None:
    for _ in range(2):
        wire.network.fetch_picture(ServerIdentity(address), picture(), "j1", whole=True)
        path = (await wire.until(api_files.PictureFetched)).path
        assert path is not None
        path.unlink()
        path.parent.rmdir()


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(
    "refused",
    [
        ("larger_than_announced", {"size": 10}),
        ("bad_url", {"url": "//elsewhere/a", "thumb": "http://elsewhere/a"}),
        ("gone", {"url": "/files/none/a", "thumb": "/files/none/a"}),
    ],
)
async def test_what_a_server_says_of_a_picture_is_not_believed(
    wire: Wire,
    address: Address,
    shown: FakeRoom,
    whole: bool,
    refused: tuple[str, dict[str, object]],
) -> None:
    code, changes = refused
    shown.files["t1"] = bytes(pictures.THUMBNAIL_BYTES + 1)
    wire.network.fetch_picture(ServerIdentity(address), picture(**changes), "j1", whole=whole)
    failed = await wire.until(api_files.PictureFetchFailed)
    assert (failed.file_id, failed.problem.code) == ("f1", code)


async def test_bytes_of_another_picture_are_not_shown(
    wire: Wire, shown: FakeRoom, address: Address, folder: Path
) -> None:
    shown.files["f1"] = bytes(len(WHOLE))
    wire.network.fetch_picture(ServerIdentity(address), picture(), "j1", whole=True)
    assert (await wire.until(api_files.PictureFetchFailed)).problem.code == "damaged"
    assert files_in(folder) == []


@pytest.mark.parametrize("whole", [False, True])
async def test_nothing_is_fetched_from_another_room(
    wire: Wire, shown: FakeRoom, address: Address, folder: Path, whole: bool
) -> None:
    wire.network.fetch_picture(ServerIdentity(address), picture(), "j2", whole=whole)
    assert (await wire.until(api_files.PictureFetchFailed)).problem.code == "other_room"
    assert shown.gets == []


async def test_a_file_without_a_small_copy_has_none_to_show(
    wire: Wire, shown: FakeRoom, address: Address, folder: Path
) -> None:
    bare = messages.File("f1", "a.bin", 1, "0" * 64, 0, "", "/files/f1/a.bin")
    wire.network.fetch_picture(ServerIdentity(address), bare, "j1", whole=False)
    assert (await wire.until(api_files.PictureFetchFailed)).problem.code == "gone"


async def test_many_at_once_ask_for_the_room_a_few_times_and_all_come(
    wire: Wire, shown: FakeRoom, address: Address, folder: Path
) -> None:
    for number in range(60):
        one = picture(id=f"p{number}")
        wire.network.fetch_picture(ServerIdentity(address), one, "j1", whole=False)
    names = {(await wire.until(api_files.PictureFetched)).file_id for _ in range(60)}
    assert names == {f"p{number}" for number in range(60)}
    assert len(shown.requests) <= pictures.AT_ONCE + 1


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_server_is_asked_again(
    wire: Wire,
    shown: FakeRoom,
    address: Address,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    monkeypatch.setattr("client_mvc.network.backoff.FIRST", 0.01)
    shown.get_answers = [answer(status)]
    wire.network.fetch_picture(ServerIdentity(address), picture(), "j1", whole=False)
    assert (await wire.until(api_files.PictureFetched)).data == SMALL
