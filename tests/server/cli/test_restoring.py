"""`restore`: a backup comes back, all of it or nothing."""

import errno
import os
import shutil
import signal
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from server.cli import commands
from server.files.thumbnails import Thumbnails
from server.processes import run_directory
from server.room.core import RoomCore
from server.room.storage import restoring
from server.room.storage.batch import Batch, Row
from server.room.storage.journal import Journal
from server.settings import JOURNAL
from shared.codec import encode
from shared.messages import Said
from tests.server.cli.house import AT, House, with_contents


def test_a_backup_comes_back(house: House, tmp_path: Path, capsys: Any) -> None:
    house.backup()
    other = House(tmp_path / "other", capsys)
    other.file = house.file
    shutil.rmtree(other.data)
    shutil.rmtree(other.downloads)
    said = other.restore()
    assert said.startswith(f"Restored 4 events and 1 file from {house.file}.\n")
    assert "before-restore" not in said, "there was nothing"
    assert other.texts() == ["hello 1", "hello 2", "hello 3", "notes.txt"]
    shared = other.downloads / "notes.txt"
    assert shared.read_bytes() == b"some notes\n"
    for path in (shared, other.journal):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    leftovers = {path.name for path in (*other.data.iterdir(), *other.downloads.iterdir())}
    assert {name for name in leftovers if name.startswith(".")} == set()


def test_thumbnails_come_back(house: House, tmp_path: Path, capsys: Any) -> None:
    small = Thumbnails(house.downloads)
    small.write("notes.txt", b"small")
    small.write("orphan.png", b"of no picture")
    house.backup()
    other = House(tmp_path / "other", capsys)
    other.file = house.file
    other.restore()
    folder = other.downloads / ".thumbnails"
    assert {one.name: one.read_bytes() for one in folder.iterdir()} == {
        "notes.txt.webp": b"small"
    }
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    # Over one that is there: that of another picture is kept aside with it.
    (other.downloads / "notes.txt").write_bytes(b"changed since")
    Thumbnails(other.downloads).write("notes.txt", b"of the changed one")
    other.restore()
    (aside,) = other.downloads.glob(".before-restore-*")
    assert (aside / ".thumbnails" / "notes.txt.webp").read_bytes() == b"of the changed one"
    assert (folder / "notes.txt.webp").read_bytes() == b"small"


def test_it_gets_a_new_name_and_its_members_are_away(house: House) -> None:
    with closing(Journal(house.journal)) as journal:
        before = journal.id
    house.backup()
    house.restore()
    with closing(Journal(house.journal)) as journal:
        name = journal.id
        assert name != before
        (ada,) = RoomCore(journal, 3).roster.members()
        assert (ada.state, ada.worker) == ("away", 0)
        posts = [(1, "hello 1"), (1, "hello 9")]
        assert journal.keys.find(posts, journal.keys.hashes(posts)) == {(1, "hello 1"): 1}
    with closing(Journal(house.journal)) as journal:
        assert journal.id == name, "and no other at the next start"


def test_what_was_there_is_kept_aside(house: House) -> None:
    house.backup()
    house.say(2, word="later")
    house.share("later.txt", b"later")
    (house.downloads / "notes.txt").write_bytes(b"changed since")
    (house.downloads / "mine.txt").write_bytes(b"the owner's")
    said = house.refused("restore")
    assert "3 newer events" in said
    assert "--force" in said
    lines = house.restore("--force").splitlines()
    assert lines[1].startswith("What was there before is in ")
    (aside,) = house.data.glob("before-restore-*")
    (files,) = house.downloads.glob(".before-restore-*")
    assert f"{aside} and {files}" in lines[1]
    assert sorted(path.name for path in files.iterdir()) == ["later.txt", "notes.txt"]
    assert (files / "notes.txt").read_bytes() == b"changed since"
    assert house.texts() == ["hello 1", "hello 2", "hello 3", "notes.txt"]
    assert (house.downloads / "notes.txt").read_bytes() == b"some notes\n"
    assert (house.downloads / "mine.txt").read_bytes() == b"the owner's"
    assert not (house.downloads / "later.txt").exists()
    with closing(Journal(aside / JOURNAL, check=True)) as journal:
        assert journal.newest() == 7, "it is whole"


def test_the_key_of_the_room_goes_with_it(house: House, tmp_path: Path, capsys: Any) -> None:
    secrets = {"tls/key.pem": b"the room's", "tls/certificate.pem": b"for it"}
    for name, content in secrets.items():
        house.keep(name, content)
    assert "the secret keys of the room" in house.backup()
    assert "TLS key" not in house.restore(), "it has it"
    other = House(tmp_path / "other", capsys)
    other.file = house.file
    other.keep("tls/key.pem", b"another")
    lines = other.restore().splitlines()
    (aside,) = other.data.glob("before-restore-*")
    assert lines[1:3] == [
        f"What was there before is in {aside}.",
        "The room has the TLS key of the backup.",
    ]
    assert (aside / "tls" / "key.pem").read_bytes() == b"another"
    for name, content in secrets.items():
        assert (other.data / name).read_bytes() == content
        assert stat.S_IMODE((other.data / name).stat().st_mode) == 0o600


def test_the_owners_key_and_moderation_go_with_it(
    house: House, tmp_path: Path, capsys: Any
) -> None:
    house.keep("owner-key", b"K" * 32 + b"\n")
    house.moderate()
    house.backup()
    other = House(tmp_path / "other", capsys)
    other.file = house.file
    assert "The room has the owner's key of the backup." in other.restore()
    assert (other.data / "owner-key").read_bytes() == b"K" * 32 + b"\n"
    assert stat.S_IMODE((other.data / "owner-key").stat().st_mode) == 0o600
    with closing(Journal(other.journal, check=True)) as journal:
        saved = journal.moderation()
        assert saved.room.topic == "exams"
        assert [one.name for one in saved.restrictions] == ["eve"]
        assert journal.pins() == [1]


def test_a_backup_of_an_older_version_is_brought_up_to_date(house: House) -> None:
    house.backup()
    old = house.data.parent / "old.sqlite3"
    with closing(sqlite3.connect(old)) as db:
        formats = Path(__file__).parents[1] / "room" / "formats"
        db.executescript((formats / "6.sql").read_text())
    stored = old.read_bytes()

    def older(entries: dict[str, bytes]) -> None:
        entries[JOURNAL] = stored

    house.change(older)
    with_contents(
        format=1, journal="0123456789abcdef", first=2, newest=6, files=[], missing=["a.txt"]
    )(house)
    house.change(lambda entries: [entries.pop(one) for one in list(entries) if "/" in one])
    house.restore("--force")
    with closing(Journal(house.journal, check=True)) as journal:
        assert journal.newest() == 6


def test_a_backup_without_a_key_leaves_the_one_that_is_there(house: House) -> None:
    house.backup()
    with_contents(format=1)(house)
    house.keep("tls/key.pem", b"the room's")
    house.restore()
    assert (house.data / "tls" / "key.pem").read_bytes() == b"the room's"


def test_over_an_older_state_no_force_is_needed(house: House) -> None:
    shutil.copytree(house.data, house.data.with_name("older"))
    house.say(2)
    house.backup()
    shutil.rmtree(house.data)
    house.data.with_name("older").rename(house.data)
    house.restore()
    assert len(house.texts()) == 6
    house.restore()
    assert len(house.texts()) == 6, "and again"


def test_another_room_is_not_replaced_without_force(
    house: House, tmp_path: Path, capsys: Any
) -> None:
    other = House(tmp_path / "other", capsys)
    other.say(2, word="something else")
    house.backup()
    other.file = house.file
    assert "has other events that are not in the backup" in other.refused("restore")
    other.restore("--force")
    assert other.texts()[0] == "hello 1"


def test_over_a_damaged_journal(house: House) -> None:
    house.backup()
    house.journal.write_bytes(b"damaged" * 1000)
    house.restore()
    assert len(house.texts()) == 4
    (aside,) = house.data.glob("before-restore-*")
    assert (aside / JOURNAL).read_bytes() == b"damaged" * 1000


def test_a_log_that_was_left_does_not_reach_the_restored_journal(house: House) -> None:
    house.backup()
    with closing(Journal(house.journal)) as journal:
        journal.append(
            Batch([Row(5, 1, None, encode(Said(seq=5, at=AT, name="ada", text="killed")))])
        )
        left = {path: path.read_bytes() for path in house.data.iterdir() if path.name != "lock"}
    for path, content in left.items():
        path.write_bytes(content)
    house.restore("--force")
    assert len(house.texts()) == 4
    (aside,) = house.data.glob("before-restore-*")
    with closing(Journal(aside / JOURNAL, check=True)) as journal:
        assert journal.newest() == 5


def test_the_mode_of_the_files_is_the_option(house: House) -> None:
    house.backup()
    (house.downloads / "notes.txt").unlink()
    folders = ["--data-dir", str(house.data), "--downloads", str(house.downloads)]
    options = ["--downloads-mode", "0644", "restore", *folders, str(house.file)]
    assert commands.main(options) == 0
    assert stat.S_IMODE((house.downloads / "notes.txt").stat().st_mode) == 0o644


def test_it_is_not_restored_under_a_running_server(house: House) -> None:
    house.backup()
    with run_directory.holding(house.data):
        assert "already running" in house.refused("restore")
    with run_directory.holding_downloads(house.downloads):
        assert "uses the downloads folder" in house.refused("restore")


@pytest.mark.parametrize("failing", range(9))
def test_a_restore_that_fails_at_any_step_is_taken_back(
    house: House, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    house.keep("tls/key.pem", b"the room's")
    Thumbnails(house.downloads).write("notes.txt", b"small")
    house.backup()
    house.keep("tls/key.pem", b"another")
    house.say(1, word="later")
    (house.downloads / "notes.txt").write_bytes(b"changed")
    Thumbnails(house.downloads).write("notes.txt", b"changed")
    count = 0
    rename, replace = Path.rename, Path.replace

    def counted(original: Callable[[Path, Any], Path]) -> Callable[[Path, Any], Path]:
        def move(path: Path, to: Any) -> Path:
            nonlocal count
            count += 1
            if count == failing + 1:
                raise OSError(errno.EIO, "Input/output error")
            return original(path, to)

        return move

    monkeypatch.setattr(Path, "rename", counted(rename))
    monkeypatch.setattr(Path, "replace", counted(replace))
    before = house.snapshot()
    status, _, err = house.run("restore", str(house.file), "--force")
    if status == 0:
        assert failing >= 7
        return
    assert "Input/output error" in err
    monkeypatch.undo()
    assert house.snapshot() == before
    assert len(house.texts()) == 5


@pytest.mark.parametrize("place", ["_extract", "_prepare"])
def test_an_interrupted_restore_changes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    house.backup()
    monkeypatch.setattr(restoring, place, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    before = house.snapshot()
    status, out, err = house.run("restore", str(house.file))
    assert (status, out) == (130, "")
    assert err == "chatroom: Interrupted. Nothing was changed.\n"
    assert house.snapshot() == before


def test_an_interrupt_in_the_exchange_waits_for_its_end(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.backup()
    keep = restoring._keep

    def interrupted(*arguments: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        keep(*arguments)

    monkeypatch.setattr(restoring, "_keep", interrupted)
    house.run("restore", str(house.file))
    assert len(house.texts()) == 4
    assert list(house.data.glob("before-restore-*"))
