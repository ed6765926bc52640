"""`restore`: archives that are no whole backup are refused, and nothing changes."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing

import msgspec
import pytest

from server.room.interface import StoredFile
from server.room.storage import schema
from server.room.storage.archive import CONTENTS, FILES
from server.settings import JOURNAL
from tests.server.cli.house import House, with_contents


def cut(house: House) -> None:
    house.file.write_bytes(house.file.read_bytes()[:-100])


def flip(house: House) -> None:
    data = bytearray(house.file.read_bytes())
    at = data.index(b"journal.sqlite3") + 500
    data[at] ^= 0xFF
    house.file.write_bytes(data)


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
