"""`backup`: one archive of history, memberships and shared files."""

import errno
import json
import os
import shutil
import signal
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from server.cli import commands
from server.room.storage import backing_up, last_settings, marker, schema
from server.room.storage.archive import CONTENTS, FILES, Archive
from server.room.storage.batch import Batch, Row
from server.room.storage.journal import Journal
from server.settings import Settings
from shared.codec import encode
from shared.messages import Said
from tests.server.cli.house import AT, House


def test_a_backup_has_journal_files_and_settings(house: House) -> None:
    last_settings.record(
        Settings(data_dir=house.data, downloads=house.downloads, room="Lab 7", password="x")
    )
    said = house.backup()
    assert said.startswith(f"Saved 4 events and 1 file to {house.file} (")
    assert "checked" in said
    assert stat.S_IMODE(house.file.stat().st_mode) == 0o600
    entries = house.entries()
    assert sorted(entries) == ["backup.json", "downloads/notes.txt", "journal.sqlite3"]
    assert entries["downloads/notes.txt"] == b"some notes\n"
    contents = json.loads(entries["backup.json"])
    assert (contents["first"], contents["newest"], contents["missing"]) == (1, 4, [])
    assert contents["settings"]["room"] == "Lab 7"
    assert "password" not in contents["settings"]
    left = sorted(path.name for path in house.file.parent.iterdir())
    assert left == ["data", "downloads", "room.backup"]


def test_the_folder_of_the_files_is_known(house: House) -> None:
    last_settings.record(Settings(data_dir=house.data, downloads=house.downloads))
    status = commands.main(["backup", "--data-dir", str(house.data), str(house.file)])
    assert status == 0
    assert FILES + "notes.txt" in house.entries()


def test_the_options_may_stand_before_the_command(house: House) -> None:
    folders = ["--data-dir", str(house.data), "--downloads", str(house.downloads)]
    assert commands.main([*folders, "backup", str(house.file)]) == 0
    assert FILES + "notes.txt" in house.entries()


def test_what_is_not_checkpointed_is_in_it(house: House) -> None:
    with closing(Journal(house.journal)) as journal:
        journal.append(
            Batch([Row(5, 1, None, encode(Said(seq=5, at=AT, name="ada", text="new")))])
        )
        house.backup()
    assert json.loads(house.entries()[CONTENTS])["newest"] == 5


def test_missing_and_changed_files_are_named(house: House, tmp_path: Path) -> None:
    for name in ("gone.txt", "changed.txt", "grown.txt", "link.txt"):
        house.share(name, b"as it was")
    (house.downloads / "gone.txt").unlink()
    (house.downloads / "changed.txt").write_bytes(b"as it is!")
    (house.downloads / "grown.txt").write_bytes(b"as it was, and more")
    (house.downloads / "link.txt").unlink()
    (house.downloads / "link.txt").symlink_to(house.downloads / "notes.txt")
    lines = house.backup().splitlines()
    assert lines[0].startswith("Saved 8 events and 1 file")
    assert lines[1] == (
        f"Not in the backup, as missing or changed in {house.downloads}: "
        "4 (gone.txt, changed.txt, grown.txt, link.txt)."
    )


def test_a_file_that_is_there_stays(house: House) -> None:
    house.file.write_bytes(b"precious")
    assert "exists" in house.refused("backup")
    house.backup("--force")
    assert CONTENTS in house.entries()


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda house: house.journal.unlink(), "There is no journal in"),
        (lambda house: house.file.mkdir(), "is a folder"),
        (lambda house: house.journal.write_bytes(b"x" * 9999), "The journal cannot be read"),
        (
            lambda house: setattr(house, "file", house.data / "no" / "file"),
            "There is no folder",
        ),
    ],
)
def test_a_backup_that_cannot_be_made(
    house: House, prepare: Callable[[House], object], words: str
) -> None:
    marker.path_of(house.journal).unlink()
    prepare(house)
    said = house.refused("backup")
    assert words in said
    assert said.endswith("No backup was made.\n")


def test_a_full_disk_leaves_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for place in ("_store_file", "_put_in_place", "_copy_journal"):
        with monkeypatch.context() as patch:
            patch.setattr(backing_up, place, full)
            said = house.refused("backup")
        assert said == (
            "chatroom: There is not enough space on the disk. No backup was made.\n"
        )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("place", ["_copy_journal", "_store_file", "_put_in_place"])
def test_an_interrupted_backup_leaves_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, place: str, number: signal.Signals
) -> None:
    monkeypatch.setattr(backing_up, place, lambda *_, **__: os.kill(os.getpid(), number))
    before = house.snapshot()
    status, out, err = house.run("backup", str(house.file))
    assert (status, out) == (130, "")
    assert err == "chatroom: Interrupted. No backup was made.\n"
    assert house.snapshot() == before


def test_a_backup_that_reads_back_otherwise_is_none(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        backing_up, "_store", lambda made, name, file: made.writestr(name, b"x")
    )
    assert "is damaged" in house.refused("backup")


def test_backups_of_older_formats(house: House) -> None:
    formats = Path(__file__).parents[1] / "room" / "formats"
    for number in range(1, schema.VERSION):
        shutil.rmtree(house.data)
        house.data.mkdir()
        with closing(sqlite3.connect(house.journal)) as db:
            db.executescript((formats / f"{number}.sql").read_text())
        assert "Saved 5 events" in house.backup("--force")
        house.restore("--force")
        with closing(Journal(house.journal, check=True)) as journal:
            assert (journal.first_kept(), journal.newest()) == (2, 6)


def test_archives_say_what_they_are(house: House) -> None:
    house.backup()
    with Archive(house.file) as found:
        assert found.contents.events == 4
