"""Damaged outbox files: put aside, named, and what can be read of them is kept."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from client_mvc.model import box_file
from client_mvc.model.outbox import LOST, Box, Outbox
from tests.support.in_memory import temporary_folder

ROOM = "localhost:18000"
PAGE = 4096
MESSAGES = [f"message {number} " + "x" * 300 for number in range(200)]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In memory, since a box writes each message to the disk at once."""
    with temporary_folder() as folder:
        yield Path(folder)


@pytest.fixture(autouse=True)
def _few_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for rows at fewer numbers; the files here have some hundred."""
    monkeypatch.setattr(box_file, "MOST_PROBES", 1000)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    opened = Outbox(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def full(outbox: Outbox, tmp_path: Path) -> Path:
    """The file of a box with messages, a draft, a membership and two queued uploads."""
    box = outbox.box(ROOM, "alice")
    box.welcomed("token", 7, "journal", forget=False)
    for text in MESSAGES:
        box.add(text)
    box.queue_uploads([("one", Path("/tmp/one.txt")), ("two", Path("/tmp/two.txt"))])
    box.save_draft("draft")
    box.attached.keep([Path("/tmp/three.txt")])
    box.close()
    (path,) = tmp_path.glob("outbox-*.sqlite3")
    return path


def overwrite(path: Path, page: int, content: bytes = b"\xa5" * PAGE) -> None:
    with path.open("r+b") as file:
        file.seek(page * PAGE)
        file.write(content)


def texts(box: Box) -> list[str]:
    return [message.text for message in box]


def pages_of(path: Path, table: str) -> list[int]:
    """Return the places of the pages that have rows of `table`, found by what is in them."""
    mark = {"unsent": b"message ", "draft": b"draft", "unshared": b"/tmp/one"}[table]
    data = path.read_bytes()
    return [
        page
        for page in range(1, len(data) // PAGE)
        if data[page * PAGE] == 0x0D and mark in data[page * PAGE : (page + 1) * PAGE]
    ]


def usable(outbox: Outbox, damaged: Path) -> Box:
    """Open the box, which must be usable; the damaged file is beside it, unchanged."""
    content = damaged.read_bytes() if damaged.is_file() else b""
    box = outbox.box(ROOM, "alice")
    assert box.damaged is not None
    assert box.damaged.parent == damaged.parent
    if content:
        assert box.damaged.read_bytes() == content
    draft = box.draft
    box.remove(box.add("and on").id)
    box.save_draft(draft)
    box.close()
    again = outbox.box(ROOM, "alice")
    assert again.damaged is None, "it is reported once"
    return again


@pytest.mark.parametrize("which", [0, 3, -1])
def test_the_messages_around_a_damaged_page_are_kept(
    outbox: Outbox, full: Path, which: int
) -> None:
    leaves = pages_of(full, "unsent")
    assert len(leaves) > 8
    overwrite(full, leaves[which])
    box = usable(outbox, full)
    kept = texts(box)
    assert kept == [text for text in MESSAGES if text in kept]
    assert len(MESSAGES) - 20 < len(kept) < len(MESSAGES)
    assert (box.token, box.draft, len(box.uploads)) == ("token", "draft", 2)
    box.close()


def test_the_messages_between_two_damaged_pages_are_kept(outbox: Outbox, full: Path) -> None:
    leaves = pages_of(full, "unsent")
    for leaf in (leaves[2], leaves[-3]):
        overwrite(full, leaf)
    box = usable(outbox, full)
    assert MESSAGES[len(MESSAGES) // 2] in texts(box)
    assert texts(box)[0] == MESSAGES[0]
    assert texts(box)[-1] == MESSAGES[-1]
    box.close()


@pytest.mark.parametrize("table", ["draft", "unshared"])
def test_damaged_drafts_and_uploads_cost_no_message(
    outbox: Outbox, full: Path, table: str
) -> None:
    for page in pages_of(full, table):
        overwrite(full, page)
    box = usable(outbox, full)
    assert texts(box) == MESSAGES
    assert (box.draft, len(box.uploads)) == (("", 2) if table == "draft" else ("draft", 0))
    box.close()


def test_messages_of_an_unknown_room_are_for_none(outbox: Outbox, full: Path) -> None:
    data = full.read_bytes()
    for page in range(1, len(data) // PAGE):
        content = data[page * PAGE : (page + 1) * PAGE]
        if b"journal" in content and b"message" not in content:
            overwrite(full, page)
    box = usable(outbox, full)
    assert (texts(box), box.token, box.journal) == (MESSAGES, None, LOST)
    box.welcomed("token", 7, "journal", forget=False)
    assert box.journal == "journal"
    box.close()


@pytest.mark.parametrize("length", [16, 100, PAGE])
def test_a_damaged_first_page_costs_nothing(outbox: Outbox, full: Path, length: int) -> None:
    overwrite(full, 0, b"\xa5" * length)
    box = usable(outbox, full)
    assert texts(box) == MESSAGES
    assert (box.token, box.draft, len(box.uploads)) == ("token", "draft", 2)
    box.close()


def test_a_file_that_was_cut_off(outbox: Outbox, full: Path) -> None:
    os.truncate(full, full.stat().st_size // 2)
    box = usable(outbox, full)
    assert texts(box) == MESSAGES[: len(texts(box))]
    assert len(texts(box)) > 20
    box.close()


def test_what_is_only_in_the_log_of_a_crashed_client_is_kept(
    outbox: Outbox, tmp_path: Path
) -> None:
    box = outbox.box(ROOM, "alice")
    (path,) = tmp_path.glob("outbox-*.sqlite3")
    box.add("hello")
    wal = path.with_name(path.name + "-wal")
    # As a crash leaves them.
    content = {each: each.read_bytes() for each in (path, wal)}
    box.close()
    for each, data in content.items():
        each.write_bytes(data)
    path.write_bytes(b"\xa5" * len(content[path]))
    box = outbox.box(ROOM, "alice")
    assert texts(box) == ["hello"]
    box.close()


def _garbage(path: Path) -> None:
    path.write_bytes(b"this is no database, but long enough" * 100)


def _other_tables(path: Path) -> None:
    path.unlink()
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE unsent (number INTEGER PRIMARY KEY, text TEXT)")
    database.execute("INSERT INTO unsent (text) VALUES ('hello')")
    database.commit()
    database.close()


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _not_text(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data.replace(b"message 7 ", b"message \xff "))


@pytest.mark.parametrize("damage", [_garbage, _other_tables, _folder])
def test_a_file_of_another_format(
    outbox: Outbox, full: Path, damage: Callable[[Path], None]
) -> None:
    damage(full)
    usable(outbox, full).close()


def test_a_message_that_is_not_text_costs_no_other(outbox: Outbox, full: Path) -> None:
    _not_text(full)
    box = usable(outbox, full)
    assert texts(box) == [text for text in MESSAGES if not text.startswith("message 7 ")]
    box.close()


def test_a_newer_format_gives_what_this_version_knows(outbox: Outbox, full: Path) -> None:
    database = sqlite3.connect(full)
    database.execute("ALTER TABLE unsent ADD COLUMN answers TEXT")
    database.execute("PRAGMA user_version = 99")
    database.close()
    box = usable(outbox, full)
    assert texts(box) == MESSAGES
    box.close()


def test_a_file_of_version_0_1_is_used_as_it_is(outbox: Outbox, full: Path) -> None:
    database = sqlite3.connect(full)
    database.execute("PRAGMA user_version = 0")
    database.close()
    box = outbox.box(ROOM, "alice")
    assert (box.damaged, texts(box)) == (None, MESSAGES)
    box.close()


def test_an_empty_file_is_a_new_box(outbox: Outbox, full: Path) -> None:
    full.write_bytes(b"")
    box = outbox.box(ROOM, "alice")
    assert (box.damaged, texts(box)) == (None, [])
    box.close()


def test_every_damaged_file_is_kept(
    outbox: Outbox, full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(box_file, "MOST_PROBES", 10)  # no row can be read
    for _ in range(3):
        _garbage(full)
        outbox.box(ROOM, "alice").close()
    assert len(list(full.parent.glob("outbox-*.damaged-*"))) == 3


def test_nothing_changes_while_the_disk_refuses(
    outbox: Outbox, full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overwrite(full, 0)
    damaged = full.read_bytes()

    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("client_mvc.model.box_file.shutil.copyfile", no_space)
        with pytest.raises(OSError, match="No space"):
            outbox.box(ROOM, "alice")
    assert full.read_bytes() == damaged
    assert sorted(each.suffix for each in full.parent.iterdir()) == [".lock", ".sqlite3"]
    box = outbox.box(ROOM, "alice")
    assert texts(box) == MESSAGES
    box.close()


def test_a_damaged_lock_keeps_nobody_out(outbox: Outbox, full: Path) -> None:
    (lock,) = full.parent.glob("claim-*.lock")
    lock.write_bytes(b"\xa5" * PAGE)
    box = outbox.box(ROOM, "alice")
    assert texts(box) == MESSAGES
    box.close()
