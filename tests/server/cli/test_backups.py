"""`backup`, `restore` and `rescue`: what they leave on disk, and what they say."""

import errno
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import stat
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.cli import commands
from server.files.thumbnails import Thumbnails
from server.processes import run_directory
from server.room.core import RoomCore
from server.room.interface import Act, StoredFile
from server.room.storage import archive, last_settings, marker, rescue, restoring, schema
from server.room.storage.archive import CONTENTS, FILES, Archive
from server.room.storage.journal import Batch, Journal, Row
from server.settings import JOURNAL, Settings
from shared.codec import encode
from shared.conversation import Pin
from shared.messages import File, Said
from shared.moderation import Ban, SetTopic
from tests.server.room.test_journal import member
from tests.server.room.workbench import join_operation, join_request

AT = "2026-11-22T08:00:00.000Z"


class House:
    """The folders of a room, and the commands on them."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = folder / "data"
        self.downloads = folder / "downloads"
        self.journal = self.data / JOURNAL
        self.file = folder / "room.backup"
        self._capsys = capsys
        self.data.mkdir(parents=True)
        self.downloads.mkdir()

    def say(self, count: int = 3, *, word: str = "hello") -> None:
        """Write messages."""
        with closing(Journal(self.journal)) as journal:
            for _ in range(count):
                seq = journal.newest() + 1
                text = f"{word} {seq}"
                said = Said(seq=seq, at=AT, name="ada", text=text, member=1, id=text)
                [hash] = journal.keys.hashes([(1, text)])
                row = Row(seq, 1, text, encode(said), hash=hash)
                position, _ = journal.counters()
                journal.append(Batch([row], [member(1, "ada", 77)], counters=(position + 1, 1)))

    def share(self, name: str, content: bytes) -> None:
        """Share a file."""
        (self.downloads / name).write_bytes(content)
        with closing(Journal(self.journal)) as journal:
            seq = journal.newest() + 1
            digest = hashlib.sha256(content).hexdigest()
            file = File(f"f{seq}", name, len(content), digest, 1, "", f"/files/f{seq}/{name}")
            said = encode(Said(seq=seq, at=AT, name="ada", text=name, member=1))
            journal.append(Batch([Row(seq, 1, None, said, StoredFile(file, name, "utf-8"))]))

    def keep(self, name: str, content: bytes) -> None:
        """Lay a secret into the data folder."""
        path = self.data / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_bytes(content)

    def moderate(self) -> None:
        """Set a topic and ban somebody."""
        with closing(Journal(self.journal)) as journal:
            core = RoomCore(journal, 3)
            for number, request in enumerate(
                [
                    SetTopic(id="t", text="exams"),
                    Ban(id="b", target="eve", minutes=0),
                    Pin(id="p", seq=1, on=True),
                ]
            ):
                act = Act(member=0, connection=0, key=request.id, request=request)
                at = "2026-11-22T09:00:00.000Z"
                join = join_operation(join_request("eve"))
                core.apply(core.position + 1, at, [act] if not number else [join, act])

    def run(self, command: str, *arguments: str) -> tuple[int, str, str]:
        """Run a command; returns its status, output and errors."""
        folders = ["--data-dir", str(self.data)]
        if command != "rescue":
            folders += ["--downloads", str(self.downloads)]
        status = commands.main([command, *folders, *arguments])
        printed = self._capsys.readouterr()
        return status, printed.out, printed.err

    def backup(self, *arguments: str) -> str:
        """Make a backup, which must work; returns what is said."""
        status, out, err = self.run("backup", str(self.file), *arguments)
        assert (status, err) == (0, "")
        return out

    def restore(self, *arguments: str) -> str:
        """Restore it, which must work; returns what is said."""
        status, out, err = self.run("restore", str(self.file), *arguments)
        assert (status, err) == (0, "")
        return out

    def refused(self, command: str, *arguments: str) -> str:
        """Run a command that must fail and change nothing; returns its sentence."""
        before = self.snapshot()
        file = [] if command == "rescue" else [str(self.file)]
        status, out, err = self.run(command, *file, *arguments)
        assert (status, out) == (1, "")
        assert err.startswith("chatroom: ")
        assert err.count("\n") == 1, "an error is one line"
        assert self.snapshot() == before
        return err

    def snapshot(self) -> dict[str, bytes | None]:
        """All files but locks and what SQLite keeps beside a database."""
        root = self.data.parent
        return {
            str(path.relative_to(root)): path.read_bytes() if path.is_file() else None
            for path in root.rglob("*")
            if path.name != "lock" and not path.name.endswith(("-wal", "-shm"))
        }

    def texts(self) -> list[str]:
        """What is said in the journal."""
        with closing(Journal(self.journal, check=True)) as journal:
            kept = journal.after(journal.first_kept() - 1, 999)
            assert kept is not None
            return [json.loads(body)["text"] for body in kept]

    def entries(self) -> dict[str, bytes]:
        """What is in the backup."""
        with zipfile.ZipFile(self.file) as found:
            return {name: found.read(name) for name in found.namelist()}

    def change(self, change: Callable[[dict[str, bytes]], object]) -> None:
        """Write the backup anew with other contents."""
        entries = self.entries()
        change(entries)
        with zipfile.ZipFile(self.file, "w") as made:
            for name, content in entries.items():
                made.writestr(name, content)


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> House:
    house = House(tmp_path / "room", capsys)
    house.say()
    house.share("notes.txt", b"some notes\n")
    return house


# --- backup ------------------------------------------------------------------------------


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
            patch.setattr(archive, place, full)
            said = house.refused("backup")
        assert said == (
            "chatroom: There is not enough space on the disk. No backup was made.\n"
        )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("place", ["_copy_journal", "_store_file", "_put_in_place"])
def test_an_interrupted_backup_leaves_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, place: str, number: signal.Signals
) -> None:
    monkeypatch.setattr(archive, place, lambda *_, **__: os.kill(os.getpid(), number))
    before = house.snapshot()
    status, out, err = house.run("backup", str(house.file))
    assert (status, out) == (130, "")
    assert err == "chatroom: Interrupted. No backup was made.\n"
    assert house.snapshot() == before


def test_a_backup_that_reads_back_otherwise_is_none(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "_store", lambda made, name, file: made.writestr(name, b"x"))
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


# --- restore -----------------------------------------------------------------------------


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


def cut(house: House) -> None:
    house.file.write_bytes(house.file.read_bytes()[:-100])


def flip(house: House) -> None:
    data = bytearray(house.file.read_bytes())
    at = data.index(b"journal.sqlite3") + 500
    data[at] ^= 0xFF
    house.file.write_bytes(data)


def with_contents(**changes: Any) -> Callable[[House], None]:
    def change(house: House) -> None:
        contents = json.loads(house.entries()[CONTENTS]) | changes
        house.change(lambda entries: entries.update({CONTENTS: json.dumps(contents).encode()}))

    return change


def with_entry(name: str, content: bytes) -> Callable[[House], None]:
    return lambda house: house.change(lambda entries: entries.update({name: content}))


def with_file_named(name: str) -> Callable[[House], None]:
    """An archive that is right in all else: journal and contents agree on this name."""

    def change(house: House) -> None:
        path = house.data.parent / "hostile.sqlite3"
        path.write_bytes(house.entries()[JOURNAL])
        with closing(sqlite3.connect(path, autocommit=True)) as db:
            schema.create_functions(db)
            (stored,) = db.execute("SELECT stored FROM file").fetchone()
            found = msgspec.msgpack.decode(stored, type=StoredFile)
            found = StoredFile(found.file, name, found.encoding)
            db.execute(
                "UPDATE file SET name = ?, stored = ?", (name, msgspec.msgpack.encode(found))
            )
        contents = json.loads(house.entries()[CONTENTS])
        contents["files"][0]["name"] = name

        def rename(all: dict[str, bytes]) -> None:
            all[FILES + name] = all.pop(FILES + "notes.txt")
            all[JOURNAL] = path.read_bytes()
            all[CONTENTS] = json.dumps(contents).encode()

        house.change(rename)
        path.unlink()

    return change


def with_trigger(house: House) -> None:
    path = house.data.parent / "hostile.sqlite3"
    path.write_bytes(house.entries()[JOURNAL])
    with closing(sqlite3.connect(path, autocommit=True)) as db:
        db.execute("CREATE TRIGGER t AFTER INSERT ON event BEGIN DELETE FROM event; END")
    house.change(lambda entries: entries.update({JOURNAL: path.read_bytes()}))
    path.unlink()


def with_private(name: str, content: bytes = b"x") -> Callable[[House], None]:
    def change(house: House) -> None:
        with_contents(private=[name])(house)
        with_entry(f"private/{name}", content)(house)

    return change


def with_thumbnail(
    name: str, content: bytes = b"x", stored: bytes | None = None
) -> Callable[[House], None]:
    """An archive with a thumbnail that it lists; its bytes are `stored`, if they differ."""

    def change(house: House) -> None:
        digest = hashlib.sha256(content).hexdigest()
        with_contents(thumbnails=[{"name": name, "size": len(content), "sha256": digest}])(
            house
        )
        with_entry(f"thumbnails/{name}", content if stored is None else stored)(house)

    return change


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda house: house.file.unlink(), "No such file"),
        (lambda house: house.file.write_bytes(b""), "not a backup of Chatroom"),
        (lambda house: house.file.write_bytes(b"x" * 5000), "not a backup of Chatroom"),
        (lambda house: (house.file.unlink(), house.file.mkdir()), "directory"),
        (cut, "not a backup of Chatroom"),
        (flip, "is damaged"),
        (
            lambda house: house.change(lambda entries: entries.pop(CONTENTS)),
            "not a backup of Chatroom",
        ),
        (
            lambda house: house.change(lambda entries: entries.pop(JOURNAL)),
            "not a backup of Chatroom",
        ),
        (
            lambda house: house.change(lambda entries: entries.pop("downloads/notes.txt")),
            "damaged",
        ),
        (with_contents(format=4), "made by another version of Chatroom"),
        (with_contents(format=None), "another version"),
        (with_contents(newest=99), "damaged"),
        (with_contents(newest="x"), "damaged"),
        (with_contents(files=[]), "damaged"),
        (with_contents(journal="0" * 16), "damaged"),
        (with_entry(CONTENTS, b"[]"), "damaged"),
        (with_entry(CONTENTS, b"\xff"), "damaged"),
        (with_entry(JOURNAL, b"no database"), "damaged"),
        (with_entry(JOURNAL, b""), "damaged"),
        (with_entry("downloads/../../evil.txt", b"x"), "damaged"),
        (with_entry("/tmp/evil.txt", b"x"), "damaged"),
        (with_entry("downloads/notes.txt", b"other note\n"), "damaged"),
        (with_entry("downloads/notes.txt", b"longer than it was"), "damaged"),
        (with_file_named("../evil.txt"), "damaged"),
        (with_file_named("/tmp/evil.txt"), "damaged"),
        (with_file_named(".incoming"), "damaged"),
        (with_file_named(".."), "damaged"),
        (with_trigger, "damaged"),
        (with_contents(private=["tls/key.pem"]), "damaged"),
        (with_entry("private/tls/key.pem", b"not listed"), "damaged"),
        (with_private("../evil"), "damaged"),
        (with_private("lock"), "damaged"),
        (with_entry("thumbnails/notes.txt", b"not listed"), "damaged"),
        (with_thumbnail("evil.txt"), "damaged"),
        (with_thumbnail("../../evil"), "damaged"),
        (with_thumbnail("notes.txt", b"small", b"other"), "damaged"),
        (with_thumbnail("notes.txt", bytes((1 << 20) + 1)), "damaged"),
        (with_private("tls/key.pem", b"x" * 100_000), "damaged"),
    ],
)
def test_what_is_no_whole_backup_is_refused(
    house: House, damage: Callable[[House], object], words: str
) -> None:
    house.backup()
    (house.downloads / "notes.txt").unlink()
    damage(house)
    said = house.refused("restore")
    assert words in said
    assert said.endswith("Nothing was changed.\n")


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


# --- rescue ------------------------------------------------------------------------------


def test_a_whole_journal_is_left_alone(house: House) -> None:
    before = house.snapshot()
    status, out, err = house.run("rescue")
    assert (status, err) == (0, "")
    assert out == "The journal is whole: there is nothing to rescue.\n"
    assert house.snapshot() == before


def damage_page(house: House) -> None:
    data = bytearray(house.journal.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = b"\xa5" * 4096
    house.journal.write_bytes(data)


def lose_an_event(house: House) -> None:
    with closing(sqlite3.connect(house.journal, autocommit=True)) as db:
        db.execute("DELETE FROM event WHERE seq = 3")


@pytest.mark.parametrize("damage", [damage_page, lose_an_event])
def test_a_damaged_journal_is_rescued(house: House, damage: Callable[[House], None]) -> None:
    house.say(200)
    damage(house)
    broken = house.journal.read_bytes()
    status, out, err = house.run("rescue")
    assert (status, err) == (0, "")
    assert out.startswith("Saved ")
    (aside,) = house.data.glob("journal.damaged-*.sqlite3")
    assert aside.read_bytes() == broken
    assert house.texts()[:2] == ["hello 1", "hello 2"]
    assert not list(house.data.glob("*.rescued*"))
    status, out, _ = house.run("rescue")
    assert (status, "nothing to rescue" in out) == (0, True)


def test_a_rescue_without_a_journal(house: House) -> None:
    house.journal.unlink()
    assert "There is no journal in" in house.refused("rescue")


def test_a_journal_of_a_later_format_is_not_rescued(house: House) -> None:
    with closing(sqlite3.connect(house.journal)) as db:
        db.execute("PRAGMA user_version = 99")
    assert "Another version of Chatroom" in house.refused("rescue")


def test_an_interrupted_rescue_changes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_an_event(house)
    monkeypatch.setattr(rescue, "_append", lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    before = house.snapshot()
    status, _, err = house.run("rescue")
    assert (status, err) == (130, "chatroom: Interrupted. Nothing was changed.\n")
    assert house.snapshot() == before


def test_archives_say_what_they_are(house: House) -> None:
    house.backup()
    with Archive(house.file) as found:
        assert found.contents.events == 4
