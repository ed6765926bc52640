"""Uploads that are cut: what came is kept for a while, and the rest is put behind it."""

import os
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.files.folder import Folder
from server.files.incoming import INCOMING, KEPT_FOR, UploadError
from server.files.text_detection import NotTextError
from server.files.upload import Kept, Upload
from tests.server.files.downloads import MOST, left, take
from tests.support.in_memory import temporary_folder

PART, ANOTHER, THIRD = ("5eed" * 16, "a" * 64, "b" * 64)


def cut(folder: Folder, data: bytes, part: str = PART) -> None:
    """An upload that ends after these bytes."""
    upload = folder.begin("notes.txt", MOST, part)
    upload.write(data)
    upload.set_aside()


def go_on(folder: Folder, offset: int, rest: bytes, part: str = PART) -> Kept:
    upload = folder.begin("notes.txt", MOST, part, offset)
    try:
        return finished(upload, rest)
    finally:
        upload.abandon()


def finished(upload: Upload, rest: bytes) -> Kept:
    while upload.recall(7):
        pass
    upload.write(rest)
    return upload.finish()


def age(folder: Folder, seconds: float) -> None:
    """Nothing has been added to any unfinished upload for so long."""
    for path in (folder.path / INCOMING).iterdir():
        then = time.time() - seconds
        os.utime(path, (then, then))


def test_the_rest_is_appended_to_the_kept_bytes(folder: Folder) -> None:
    cut(folder, b"the beginning, ")
    assert folder.kept(PART) == 15
    kept = go_on(folder, 15, b"the rest")
    assert (folder.path / kept.stored).read_bytes() == b"the beginning, the rest"
    assert left(folder) == ["notes.txt"]
    assert folder.kept(PART) == 0


@given(
    st.one_of(
        st.text().map(str.encode),
        st.text().map(lambda text: text.encode("utf-16", "surrogatepass")),
        st.binary(max_size=30),
    ),
    st.lists(st.integers(0, 200), max_size=4),
)
def test_cut_anywhere_it_is_the_same_file_in_the_end(data: bytes, cuts: list[int]) -> None:
    with temporary_folder() as scratch:
        folder = Folder(Path(scratch))
        folder.prepare()
        whole = outcome(lambda: take(folder, data))
        offset = 0
        parts: tuple[object, ...] | str | None = None
        for place in sorted(min(each, len(data)) for each in cuts):
            try:
                upload = folder.begin("notes.txt", MOST, PART, offset)
                while upload.recall(7):
                    pass
                upload.write(data[offset:place])
            except NotTextError as problem:
                upload.abandon()
                parts = str(problem)
                break
            upload.set_aside()
            offset = folder.kept(PART)
            assert offset == place
        if parts is None:
            parts = outcome(lambda: go_on(folder, offset, data[offset:]))
        assert parts == whole


def outcome(share: Callable[[], Kept]) -> tuple[object, ...] | str:
    """Return the result without the name in the folder, or the error."""
    try:
        kept = share()
    except NotTextError as problem:
        return str(problem)
    return (kept.name, kept.size, kept.sha256, kept.lines, kept.preview, kept.encoding)


def test_a_rest_that_does_not_fit_is_refused(folder: Folder) -> None:
    with pytest.raises(UploadError, match="keeps"):
        go_on(folder, 3, b"rest")
    cut(folder, b"12345")
    for offset in (1, 4, 6, 10**18):
        with pytest.raises(UploadError, match="keeps 5 bytes"):
            go_on(folder, offset, b"rest")
    with pytest.raises(UploadError, match="keeps"):
        go_on(folder, 5, b"rest", part=ANOTHER)
    with pytest.raises(UploadError, match="keeps"):
        go_on(folder, 5, b"rest", part="")
    assert folder.kept(PART) == 5
    assert left(folder) == [f"{PART}.kept"]


def test_an_upload_without_a_key_is_not_kept(folder: Folder) -> None:
    cut(folder, b"12345", part="")
    assert left(folder) == []


def test_a_refused_upload_is_not_kept(folder: Folder) -> None:
    upload = folder.begin("a.png", MOST, PART)
    with pytest.raises(NotTextError):
        upload.write(b"\x89PNG\0")
    upload.abandon()
    assert (folder.kept(PART), left(folder)) == (0, [])


def test_an_upload_that_starts_again_starts_empty(folder: Folder) -> None:
    cut(folder, b"an earlier attempt, and longer")
    assert (folder.path / go_on(folder, 0, b"the file").stored).read_bytes() == b"the file"
    assert left(folder) == ["notes.txt"]


def test_an_upload_under_way_is_not_disturbed(folder: Folder) -> None:
    """A client that has given up a connection tries again before the room knows of it."""
    first = folder.begin("notes.txt", MOST, PART)
    first.write(b"first")
    assert folder.kept(PART) == 0
    with pytest.raises(UploadError, match="keeps"):
        go_on(folder, 5, b"rest")
    second = go_on(folder, 0, b"second")
    stored = first.finish().stored
    assert (folder.path / second.stored).read_bytes() == b"second"
    assert (folder.path / stored).read_bytes() == b"first"
    assert left(folder) == ["notes (2).txt", "notes.txt"]


def test_an_upload_that_ended_touches_no_later_one(folder: Folder) -> None:
    first = folder.begin("notes.txt", MOST, PART)
    first.write(b"first")
    first.finish()
    second = folder.begin("notes.txt", MOST, PART)
    first.abandon()
    first.set_aside()
    second.write(b"second")
    assert (folder.path / second.finish().stored).read_bytes() == b"second"


def test_a_cut_upload_is_kept_for_a_while_and_no_longer(folder: Folder) -> None:
    cut(folder, b"12345")
    age(folder, KEPT_FOR / 2)
    take(folder, b"")
    assert folder.kept(PART) == 5
    age(folder, KEPT_FOR + 1)
    take(folder, b"")
    assert folder.kept(PART) == 0
    assert left(folder) == ["notes (2).txt", "notes.txt"]


def test_a_cut_upload_outlives_its_worker_and_not_the_server(folder: Folder) -> None:
    cut(folder, b"12345")
    (folder.path / INCOMING / "99999999-0123456789abcdef.part").write_text(
        "of a process that died"
    )
    folder.prepare(KEPT_FOR)
    assert left(folder) == [f"{PART}.kept"]
    folder.prepare()
    assert left(folder) == []


def test_a_long_upload_is_not_removed(folder: Folder) -> None:
    upload = folder.begin("notes.txt", MOST, PART)
    age(folder, KEPT_FOR + 1)
    take(folder, b"", "other.txt")
    upload.write(b"12345")
    assert upload.finish().stored == "notes.txt"


def test_kept_uploads_give_way_where_the_quota_is_short(folder: Folder) -> None:
    """The oldest first, as many as it takes, and only once the new file is whole."""
    for part in (PART, ANOTHER, THIRD):
        cut(folder, b"12345", part)
    for number, part in enumerate((ANOTHER, THIRD, PART)):
        then = time.time() - 300 + number
        os.utime(folder.path / INCOMING / f"{part}.kept", (then, then))
    upload = folder.begin("notes.txt", MOST, "c" * 64, 0, 16)
    upload.write(b"1234")
    assert [folder.kept(part) for part in (PART, ANOTHER, THIRD)] == [5, 5, 5]
    upload.finish()
    assert [folder.kept(part) for part in (PART, ANOTHER, THIRD)] == [5, 0, 5]


def test_an_upload_that_goes_on_gives_no_way_to_itself(folder: Folder) -> None:
    cut(folder, b"12345", PART)
    upload = folder.begin("notes.txt", MOST, PART, 5, 1)
    assert finished(upload, b"6").size == 6


def test_a_file_of_the_folder_is_never_written_again(folder: Folder) -> None:
    """A worker that died at the wrong moment left a file under both of its names."""
    cut(folder, b"the file")
    os.link(folder.path / INCOMING / f"{PART}.kept", folder.path / "notes.txt")
    assert folder.kept(PART) == 0
    os.link(folder.path / "notes.txt", folder.path / INCOMING / f"{PART}.kept")
    assert go_on(folder, 0, b"again").stored == "notes (2).txt"
    assert (folder.path / "notes.txt").read_bytes() == b"the file"


def test_a_file_that_is_just_done_is_not_taken_for_a_kept_one(folder: Folder) -> None:
    with ThreadPoolExecutor(1) as other:
        ended = threading.Event()

        def try_to_go_on() -> None:
            while not ended.is_set():
                try:
                    upload = folder.begin("stray.txt", MOST, PART, 8)
                except UploadError:
                    continue
                upload.write(b"more")
                upload.set_aside()

        trying = other.submit(try_to_go_on)
        try:
            kept = [go_on(folder, 0, b"the file") for _ in range(300)]
        finally:
            ended.set()
        trying.result()
    assert {(folder.path / one.stored).read_bytes() for one in kept} == {b"the file"}


def test_a_folder_that_is_gone_is_an_error(folder: Folder) -> None:
    shutil.rmtree(folder.path)
    for part in ("", PART):
        with pytest.raises(FileNotFoundError):
            folder.begin("notes.txt", MOST, part)
    assert folder.kept(PART) == 0
