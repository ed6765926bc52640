"""A room in a data folder, for tests of backups, restoring and rescue."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from server.cli import commands
from server.room.core import RoomCore
from server.room.interface import Act, StoredFile
from server.room.storage.archive import CONTENTS
from server.room.storage.batch import Batch, Row
from server.room.storage.journal import Journal
from server.settings import JOURNAL
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
            requests: list[SetTopic | Ban | Pin] = [
                SetTopic(id="t", text="exams"),
                Ban(id="b", target="eve", minutes=0),
                Pin(id="p", seq=1, on=True),
            ]
            for number, request in enumerate(requests):
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


def with_contents(**changes: Any) -> Callable[[House], None]:
    def change(house: House) -> None:
        contents = json.loads(house.entries()[CONTENTS]) | changes
        house.change(lambda entries: entries.update({CONTENTS: json.dumps(contents).encode()}))

    return change
