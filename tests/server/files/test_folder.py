"""The downloads folder: no name taken twice, no more than fits, nothing left behind."""

import errno
import os
import shutil
import socket
import stat
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from server.files.folder import Folder
from server.files.incoming import INCOMING, KEPT_FOR, UnsafeFolderError, UploadError
from server.files.space import measure
from server.files.upload import Kept
from tests.server.files.downloads import MOST, left, take


def test_names_never_overwrite(folder: Folder) -> None:
    stored = [take(folder, f"{n}".encode()).stored for n in range(4)]
    assert stored == ["notes.txt", "notes (2).txt", "notes (3).txt", "notes (4).txt"]
    assert [(folder.path / name).read_text() for name in stored] == ["0", "1", "2", "3"]
    assert take(folder, b"", "README").stored == "README"
    assert take(folder, b"", "README").stored == "README (2)"
    assert take(folder, b"").name == "notes.txt", "it is shared under the name it came with"


def test_a_program_keeps_its_name_for_members_where_any_file_is_taken(tmp_path: Path) -> None:
    any_file, text = Folder(tmp_path / "any", accepted="any"), Folder(tmp_path / "text")
    for folder, shown in ((any_file, "setup.exe"), (text, "setup.exe.txt")):
        folder.create()
        folder.prepare()
        kept = [take(folder, b"x", "setup.exe") for _ in range(2)]
        assert [one.name for one in kept] == [shown] * 2
        assert [one.stored for one in kept] == ["setup.exe.txt", "setup.exe (2).txt"]
    assert take(any_file, b"x", "x.desktop").name == "x.desktop.txt"


def test_two_at_once_get_two_names(folder: Folder) -> None:
    uploads = [folder.begin("a.txt", MOST) for _ in range(8)]
    kept: list[Kept] = []
    for number, upload in enumerate(uploads):
        upload.write(b"%d" % number)
    threads = [
        threading.Thread(target=lambda one=one: kept.append(one.finish())) for one in uploads
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.stored for one in kept}) == 8
    contents = sorted((folder.path / one.stored).read_bytes() for one in kept)
    assert contents == [b"%d" % n for n in range(8)]


def test_a_file_system_without_hard_links(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*args: Any, **more: Any) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    assert [take(folder, b"x").stored for _ in range(2)] == ["notes.txt", "notes (2).txt"]
    assert left(folder) == ["notes (2).txt", "notes.txt"]


def test_an_abandoned_upload_leaves_nothing(folder: Folder) -> None:
    upload = folder.begin("a.txt", MOST)
    upload.write(b"half")
    assert len(left(folder)) == 1
    upload.abandon()
    upload.abandon()
    assert left(folder) == []


def test_abandoning_after_the_end_is_harmless(folder: Folder) -> None:
    kept = take(folder, b"whole")
    assert left(folder) == [kept.stored]
    folder.remove(kept.stored)
    folder.remove(kept.stored)
    assert left(folder) == []


def test_too_large(folder: Folder) -> None:
    upload = folder.begin("a.txt", 10)
    upload.write(b"x" * 10)
    with pytest.raises(UploadError, match="10 bytes"):
        upload.write(b"x")
    upload.abandon()
    assert left(folder) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_no_space(
    folder: Folder, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int, pieces: Sequence[bytes]) -> int:
        raise OSError(number, os.strerror(number))

    upload = folder.begin("a.txt", MOST)
    monkeypatch.setattr(os, "writev", full)
    with pytest.raises(UploadError, match="disk is full"):
        upload.write(b"x")
    upload.abandon()
    assert left(folder) == []


def test_a_file_that_reports_an_error_when_it_closes_is_removed(folder: Folder) -> None:
    class Late:
        def close(self) -> None:
            raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    upload = folder.begin("a.txt", MOST)
    upload._file.close()
    upload._file = Late()  # type: ignore[assignment]
    upload.abandon()
    assert left(folder) == []


def test_many_pieces_are_written_whole(folder: Folder) -> None:
    """The system takes 1024 at a time."""
    pieces = [b"%d\n" % number for number in range(3000)]
    upload = folder.begin("a.txt", MOST)
    upload.write(*pieces)
    assert (folder.path / upload.finish().stored).read_bytes() == b"".join(pieces)


@pytest.mark.parametrize("most", [1, 3, 8])
def test_what_the_system_did_not_take_is_written_too(
    folder: Folder, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write

    def some(file: int, data: bytes) -> int:
        return write(file, data[:most])

    upload = folder.begin("a.txt", MOST)
    monkeypatch.setattr(os, "writev", lambda file, pieces: some(file, b"".join(pieces)))
    monkeypatch.setattr(os, "write", some)
    upload.write(b"one, ", b"two, ", b"three")
    upload.write(b", four")
    assert (folder.path / upload.finish().stored).read_bytes() == b"one, two, three, four"


def test_preparing_removes_unfinished_uploads_and_nothing_else(folder: Folder) -> None:
    kept = take(folder, b"keep")
    (folder.path / INCOMING / "99999999-0123456789abcdef.part").write_text(
        "of a process that died"
    )
    folder.prepare()
    assert left(folder) == [kept.stored]


def test_preparing_leaves_other_files_alone(folder: Folder) -> None:
    theirs = folder.path / INCOMING / "a folder.part"
    theirs.mkdir()
    folder.prepare()
    assert take(folder, b"x").stored == "notes.txt"
    assert theirs.is_dir()


def test_preparing_leaves_uploads_of_another_server_alone(folder: Folder) -> None:
    """Two servers may share the folder, each with its own data."""
    upload = folder.begin("theirs.txt", MOST)
    upload.write(b"half")
    folder.prepare()
    assert upload.finish().stored == "theirs.txt"


def test_uploads_go_on_while_another_worker_starts(folder: Folder) -> None:
    """A worker removes left-overs when it starts; what others write is none."""
    with ThreadPoolExecutor(1) as other:
        ended = threading.Event()

        def start_again_and_again() -> None:
            while not ended.is_set():
                folder.prepare(KEPT_FOR)

        starting = other.submit(start_again_and_again)
        try:
            kept = [take(folder, b"whole") for _ in range(500)]
        finally:
            ended.set()
        starting.result()
    assert len({one.stored for one in kept}) == 500


def test_a_file_that_was_removed(folder: Folder) -> None:
    kept = take(folder, b"x")
    with folder.open(kept.stored, 1) as file:
        assert file.read() == b"x"
    folder.remove(kept.stored)
    with pytest.raises(FileNotFoundError):
        folder.open(kept.stored, 1)


def test_a_file_that_was_changed(folder: Folder) -> None:
    kept = take(folder, b"x")
    (folder.path / kept.stored).write_bytes(b"xyz")
    with pytest.raises(FileNotFoundError):
        folder.open(kept.stored, 1)


# --- links, pipes, and what others put there ---------------------------------------------


@pytest.mark.parametrize("kind", ["link", "dangling"])
def test_a_link_in_place_of_incoming_is_refused(tmp_path: Path, kind: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    if kind == "link":
        elsewhere.mkdir()
        (elsewhere / f"{'5e' * 32}.kept").write_text("theirs")
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads" / INCOMING).symlink_to(elsewhere)
    with pytest.raises(UnsafeFolderError, match="is a link"):
        Folder(tmp_path / "downloads").prepare()
    assert elsewhere.exists() == (kind == "link")
    assert kind == "dangling" or len(list(elsewhere.iterdir())) == 1


def test_a_link_that_comes_later_is_not_followed(folder: Folder, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / f"{'5e' * 32}.kept").write_text("theirs")
    (folder.path / INCOMING).rmdir()
    (folder.path / INCOMING).symlink_to(elsewhere)
    for part in ("", "5e" * 32):
        with pytest.raises(OSError, match=r"Not a directory|symbolic links"):
            folder.begin("a.txt", MOST, part)
    assert [path.read_text() for path in elsewhere.iterdir()] == ["theirs"]


def test_incoming_is_made_again_if_it_was_removed(folder: Folder) -> None:
    incoming = folder.path / INCOMING
    for part in ("", "5e" * 32):
        incoming.rmdir()
        assert measure(folder.path).used == 0
        incoming.rmdir()
        folder.begin("a.txt", MOST, part).abandon()
        assert incoming.stat().st_mode & 0o777 == 0o700
    incoming.rmdir()
    assert folder.kept("5e" * 32) == 0


def test_an_upload_under_way_fails_if_its_bytes_were_removed(folder: Folder) -> None:
    upload = folder.begin("a.txt", MOST)
    shutil.rmtree(folder.path / INCOMING)
    with pytest.raises(FileNotFoundError):
        upload.finish()
    upload.abandon()
    assert take(folder, b"x", "a.txt").stored == "a.txt"


def test_another_users_folder_in_place_of_incoming_is_refused(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be theirs to read and to change what is uploaded."""
    fstat = os.fstat

    def owned(descriptor: int) -> os.stat_result:
        found = fstat(descriptor)
        if stat.S_ISDIR(found.st_mode):
            return os.stat_result([*found[:4], found.st_uid + 1, *found[5:]])
        return found

    monkeypatch.setattr(os, "fstat", owned)
    with pytest.raises(UnsafeFolderError, match="belongs to another user"):
        folder.begin("a.txt", MOST)
    with pytest.raises(UnsafeFolderError, match="belongs to another user"):
        folder.prepare()
    assert left(folder) == []


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "large disk").mkdir()
    (tmp_path / "downloads").symlink_to(tmp_path / "large disk")
    folder = Folder(tmp_path / "downloads")
    folder.prepare()
    take(folder, b"x")
    assert (tmp_path / "large disk" / "notes.txt").read_bytes() == b"x"


def test_only_names_of_the_servers_own_pattern_are_removed(folder: Folder) -> None:
    incoming = folder.path / INCOMING
    for name in ("notes.txt", "a.kept", "x.part", "12-34.part", "5e.kept.txt"):
        (incoming / name).write_text("theirs")
    (incoming / f"{'5e' * 32}.kept").symlink_to(incoming / "notes.txt")
    os.mkfifo(incoming / f"{'5f' * 32}.kept")
    before = sorted(path.name for path in incoming.iterdir())
    folder.prepare()
    take(folder, b"x")
    assert sorted(path.name for path in incoming.iterdir()) == before


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "hard link"])
def test_a_planted_part_is_not_written_to(folder: Folder, tmp_path: Path, kind: str) -> None:
    other = tmp_path / "other.txt"
    other.write_text("theirs")
    part = "5e" * 32
    place = folder.path / INCOMING / f"{part}.kept"
    if kind == "link":
        place.symlink_to(other)
    elif kind == "pipe":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    else:
        place.hardlink_to(other)
    assert folder.kept(part) == 0
    upload = folder.begin("a.txt", MOST, part)
    upload.write(b"mine")
    stored = upload.finish().stored
    assert (folder.path / stored).read_bytes() == b"mine"
    assert other.read_text() == "theirs"


def plant(place: Path, kind: str) -> None:
    """Put something that is no regular file at a place."""
    if kind == "link":
        target = place.parent / "target"
        target.write_bytes(b"x")
        place.symlink_to(target)
    elif kind == "dangling":
        place.symlink_to(place.parent / "missing")
    elif kind == "pipe":
        os.mkfifo(place)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(str(place))
    elif kind == "loop":
        place.symlink_to(place)
    else:
        place.mkdir()


NO_FILES = ["link", "dangling", "pipe", "socket", "loop", "folder"]


@pytest.mark.parametrize("kind", NO_FILES)
def test_only_regular_files_are_served(folder: Folder, kind: str) -> None:
    plant(folder.path / "notes.txt", kind)
    with pytest.raises(FileNotFoundError):
        folder.open("notes.txt", 1)


@pytest.mark.parametrize("stored", ["../secret", "/etc/hostname", ".incoming/x", "..", ""])
def test_no_path_leads_out_of_the_folder(folder: Folder, stored: str) -> None:
    (folder.path.parent / "secret").write_text("x")
    with pytest.raises(FileNotFoundError):
        folder.open(stored, 1)


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("kind", NO_FILES)
def test_a_planted_name_is_skipped(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, kind: str, links: bool
) -> None:
    def no_links(*args: Any, **more: Any) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    if not links:
        monkeypatch.setattr(os, "link", no_links)
    plant(folder.path / "notes.txt", kind)
    assert take(folder, b"mine").stored == "notes (2).txt"
    assert (folder.path / "notes (2).txt").read_bytes() == b"mine"


def test_a_claim_whose_file_cannot_be_moved_is_removed(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: Any, **more: Any) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", fails)
    monkeypatch.setattr(os, "rename", fails)
    with pytest.raises(PermissionError):
        take(folder, b"x")
    assert left(folder) == []


# --- modes -------------------------------------------------------------------------------


@pytest.fixture
def generous_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("generous_umask")
@pytest.mark.parametrize(
    ("mode", "file", "folder"),
    [(0o600, 0o600, 0o700), (0o644, 0o644, 0o755), (0o640, 0o640, 0o750)],
)
def test_modes_of_what_is_new(tmp_path: Path, mode: int, file: int, folder: int) -> None:
    downloads = Folder(tmp_path / "shared" / "downloads", mode)
    downloads.prepare()
    upload = downloads.begin("notes.txt", MOST)
    part = next((downloads.path / INCOMING).iterdir())
    assert part.stat().st_mode & 0o777 == 0o600
    upload.finish()
    assert (downloads.path / "notes.txt").stat().st_mode & 0o777 == file
    assert downloads.path.stat().st_mode & 0o777 == folder
    assert downloads.path.parent.stat().st_mode & 0o777 == folder
    assert (downloads.path / INCOMING).stat().st_mode & 0o777 == 0o700
    assert not downloads.others_can_write()


@pytest.mark.parametrize(
    ("mode", "open_to_others"), [(0o755, False), (0o775, True), (0o757, True)]
)
def test_a_folder_that_exists_keeps_its_mode(
    tmp_path: Path, mode: int, open_to_others: bool
) -> None:
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads").chmod(mode)
    folder = Folder(tmp_path / "downloads")
    folder.prepare()
    assert folder.path.stat().st_mode & 0o777 == mode
    assert folder.others_can_write() == open_to_others


# --- space -------------------------------------------------------------------------------


def test_what_is_no_file_counts_as_nothing(folder: Folder) -> None:
    for kind in NO_FILES:
        plant(folder.path / kind, kind)
    target = 1
    take(folder, b"12345")
    under_way = folder.begin("a.txt", MOST)
    under_way.write(b"123")
    under_way._file.flush()
    upload = folder.begin("b.txt", MOST, "5e" * 32)
    upload.write(b"12")
    upload.set_aside()
    (folder.path / INCOMING / "theirs.kept").symlink_to("theirs.kept")
    space = measure(folder.path)
    under_way.abandon()
    assert (space.stored, space.parts, space.kept) == (5 + target, 3, {"5e" * 32 + ".kept": 2})
    assert space.used == 11
    assert space.free > 0
