"""The downloads folder: no name taken twice, no more than fits, nothing left behind."""

import errno
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from server.files.folder import INCOMING, KEPT_FOR, Folder, Kept, UploadError
from tests.server.files.downloads import MOST, left, take


def test_names_never_overwrite(folder: Folder) -> None:
    stored = [take(folder, f"{n}".encode()).stored for n in range(4)]
    assert stored == ["notes.txt", "notes (2).txt", "notes (3).txt", "notes (4).txt"]
    assert [(folder.path / name).read_text() for name in stored] == ["0", "1", "2", "3"]
    assert take(folder, b"", "README").stored == "README"
    assert take(folder, b"", "README").stored == "README (2)"
    assert take(folder, b"").name == "notes.txt", "it is shared under the name it came with"


def test_two_at_once_get_two_names(folder: Folder) -> None:
    uploads = [folder.begin("a.txt", 1, MOST) for _ in range(8)]
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
    def no_links(*args: Any) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    assert [take(folder, b"x").stored for _ in range(2)] == ["notes.txt", "notes (2).txt"]
    assert left(folder) == ["notes (2).txt", "notes.txt"]


def test_an_abandoned_upload_leaves_nothing(folder: Folder) -> None:
    upload = folder.begin("a.txt", 10, MOST)
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
    upload = folder.begin("a.txt", 10, 10)
    upload.write(b"x" * 10)
    with pytest.raises(UploadError, match="10 bytes"):
        upload.write(b"x")
    upload.abandon()
    assert left(folder) == []


def test_the_quota_counts_what_is_there_and_what_is_coming(tmp_path: Path) -> None:
    folder = Folder(tmp_path, quota=10)
    folder.prepare()
    take(folder, b"12345")
    with pytest.raises(UploadError, match="no space left"):
        folder.begin("a.txt", 6, MOST)
    upload = folder.begin("a.txt", 5, MOST)
    upload.write(b"12345")
    upload._file.flush()
    with pytest.raises(UploadError, match="no space left"):
        folder.begin("b.txt", 1, MOST)
    upload.abandon()
    folder.begin("b.txt", 5, MOST).abandon()


def test_the_quota_is_counted_while_other_uploads_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker may move a file away between being listed and being looked at."""
    folder = Folder(tmp_path, quota=1000)
    folder.prepare()
    others = folder.begin("other.txt", 5, MOST)
    scandir = os.scandir

    @contextmanager
    def overtaken(path: Path | str) -> Iterator[list[os.DirEntry[str]]]:
        with scandir(path) as entries:
            listed = list(entries)
        if isinstance(path, Path) and path.name == INCOMING:  # pathlib's own has a string
            others.abandon()
        yield listed

    monkeypatch.setattr(os, "scandir", overtaken)
    folder.begin("mine.txt", 5, MOST).abandon()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_no_space(folder: Folder, number: int) -> None:
    upload = folder.begin("a.txt", 10, MOST)

    class Full:
        def write(self, data: bytes) -> None:
            raise OSError(number, os.strerror(number))

        def close(self) -> None:
            raise OSError(number, os.strerror(number))

    upload._file.close()
    upload._file = Full()  # type: ignore[assignment]
    with pytest.raises(UploadError, match="disk is full"):
        upload.write(b"x")
    upload.abandon()
    assert left(folder) == []


def test_preparing_removes_unfinished_uploads_and_nothing_else(folder: Folder) -> None:
    kept = take(folder, b"keep")
    (folder.path / INCOMING / "99999999-abcdef.part").write_text("of a process that died")
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
    upload = folder.begin("theirs.txt", 10, MOST)
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
