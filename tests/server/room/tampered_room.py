"""A room on a journal that tests cut, put back or exchange, and clients that keep their events.

Then everybody resumes: each client either has the beginning of what the journal has, or is told
to forget all (`reset`).
"""

import itertools
import os
from pathlib import Path

from server.room.interface import JoinAccepted
from server.room.storage import marker
from server.room.storage.journal import Journal
from server.settings import Durability
from shared.codec import decode_event
from tests.server.room.workbench import Bench, Guest, join_request

DURABILITIES: list[Durability] = ["normal", "full"]
WAL = "-wal"


class Client:
    """What one client has: the name of the journal, and its events by `seq`."""

    def __init__(self, bench: Bench, name: str) -> None:
        self.name = name
        self.guest = bench.join(name)
        self.journal = bench.journal.id
        self.events: dict[int, bytes] = {}

    def read(self, bench: Bench) -> None:
        """Take in what the room has delivered."""
        bodies = bench.journal.after(max(self.events, default=0), 10_000)
        assert bodies is not None
        self.events |= {decode_event(body).seq: body for body in bodies}

    def resume(self, bench: Bench, **without: None) -> bool:
        """Come back, or join anew, and take in what is served; returns whether told `reset`."""
        after = max(self.events)
        token = self.guest.place.token
        asked = {
            "after": after,
            "after_at": decode_event(self.events[after]).at,
            "journal": self.journal,
            "token": token,
        } | without
        answer = bench.ask(join_request(self.name, **asked))
        if not isinstance(answer, JoinAccepted):
            answer = bench.ask(join_request(self.name, **asked | {"token": None}))
        assert isinstance(answer, JoinAccepted), answer
        if answer.reset:
            self.events = {}
        else:
            assert answer.start == after
        served = bench.journal.after(answer.start, 10_000)
        assert served is not None
        self.events |= {decode_event(body).seq: body for body in served}
        self.journal = answer.journal
        self.guest = Guest(answer, 0)
        return answer.reset


class TamperedRoom:
    """A room of clients on a journal that tests tamper with."""

    def __init__(self, folder: Path, durability: Durability = "normal") -> None:
        self.path = folder / "journal.sqlite3"
        self.durability = durability
        self._opened: list[Journal] = []
        self.bench = Bench(self.path, max_users=20, journal=self._open)
        self.clients = [Client(self.bench, name) for name in ("ada", "bob")]
        self._keys = itertools.count()

    def _open(self, path: Path, keep: int) -> Journal:
        self._opened.append(Journal(path, keep, self.durability))
        return self._opened[-1]

    def close(self) -> None:
        """Close the files of journals that were left as a crash leaves them."""
        for one in self._opened:
            one._db.close()

    def talk(self, count: int = 3, *, to: int = 2) -> None:
        """Say something; only the first `to` clients get it."""
        for _ in range(count):
            self.bench.wall += 1
            self.bench.say(self.clients[0].guest, f"k{next(self._keys)}")
        for client in self.clients[:to]:
            client.read(self.bench)

    def kill(self) -> None:
        """End the room process as SIGKILL does: what is on disk stays as it is."""
        left = copy(self.path)
        self.bench.journal.close()
        put(left, self.path)

    def start(self) -> None:
        """Start a room on what is there."""
        self.bench.events = []
        self.bench._open()
        bodies = self.bench.journal.after(self.bench.journal.first_kept() - 1, 10_000)
        assert bodies is not None
        self.bench.events = [decode_event(body) for body in bodies]

    def check(self, **without: None) -> list[bool]:
        """Let everybody come back, and say more: all have the same. Returns the resets."""
        told = [client.resume(self.bench, **without) for client in self.clients]
        self.talk()
        journal = self.bench.journal
        for client in self.clients:
            assert client.events == {seq: journal.event(seq) for seq in client.events}
            assert max(client.events) == journal.newest()
            assert sorted(client.events) == list(
                range(min(client.events), max(client.events) + 1)
            )
        self.bench.close()
        return told


type Files = dict[str, tuple[bytes, os.stat_result]]


def copy(path: Path) -> Files:
    """Return the journal's files and its marker, without what SQLite can make again."""
    wanted = (path.name, path.name + WAL, marker.path_of(path).name)
    files = [path.with_name(name) for name in wanted]
    return {file.name: (file.read_bytes(), file.stat()) for file in files if file.exists()}


def put(files: Files, path: Path) -> None:
    """Put files in place without a trace: the same inode where there is one, the same times."""
    for file in (path, path.with_name(path.name + WAL), path.with_name(path.name + "-shm")):
        if file.name not in files:
            file.unlink(missing_ok=True)
    for name, (data, stat) in files.items():
        path.with_name(name).write_bytes(data)
        os.utime(path.with_name(name), ns=(stat.st_atime_ns, stat.st_mtime_ns))


def remove_log(path: Path) -> None:
    for suffix in (WAL, "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
