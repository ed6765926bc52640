"""A small journal as a crash leaves it, and damaged copies of it.

Damage is encoded in steps of five bytes: the kind, the place (three bytes), the value. So a
fuzzer, which only knows bytes, can aim at a place.
"""

import tempfile
from collections.abc import Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from server.room.interface import Peer, StoredFile
from server.room.roster import Member
from server.room.storage.batch import Batch, Row
from server.room.storage.journal import Journal
from server.room.worker_side.search import Searcher
from server.settings import INDEX, JOURNAL
from shared import searching
from shared.codec import decode_event, encode
from shared.conversation import Edited
from shared.messages import File, Joined, Said, Shared

EVENTS = 48
SECTOR = 512
STEP = 5
WAL = 0x80
_AT = "2026-11-22T08:00:00.000Z"


class JournalImage(NamedTuple):
    """The bytes of a journal: those of its file and of SQLite's write-ahead log."""

    main: bytes
    wal: bytes

    def write(self, folder: Path) -> Path:
        """Write the files into a folder without a journal; return the journal's path."""
        path = folder / JOURNAL
        path.write_bytes(self.main)
        path.with_name(JOURNAL + "-wal").write_bytes(self.wal)
        return path


@cache
def whole() -> JournalImage:
    """Return a journal with `EVENTS` events, the later half of them still in the log."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / JOURNAL
        journal = Journal(path)
        journal.append(_batch(1, EVENTS // 2))
        journal.close()
        journal = Journal(path)
        journal.append(_batch(EVENTS // 2 + 1, EVENTS))
        image = JournalImage(path.read_bytes(), path.with_name(JOURNAL + "-wal").read_bytes())
        journal.close()
    return image


@cache
def index() -> JournalImage:
    """Return the search index of that journal."""
    with tempfile.TemporaryDirectory() as folder:
        path = whole().write(Path(folder))
        with closing(Searcher(path, path.with_name(INDEX))) as searcher:
            while searcher.update():
                pass
        return JournalImage(path.with_name(INDEX).read_bytes(), b"")


def with_words(words: Sequence[str]) -> list[bytes]:
    """Return the events with all these words, found by looking at each event."""
    bodies = [_row(seq).body for seq in range(1, EVENTS + 1)]
    return [
        body
        for body in bodies
        if searching.matches(words, searching.searched(decode_event(body)))
    ]


def _batch(first: int, last: int) -> Batch:
    batch = Batch()
    for seq in range(first, last + 1):
        batch.rows.append(_row(seq))
        if seq % 12 == 1:
            member = seq // 12 + 1
            batch.members.append(_member(member, seq))
        if seq % 16 == 5:
            batch.pins[seq] = batch.edits[seq + 1] = seq
    batch.counters = last, last
    return batch


def _member(id: int, seq: int) -> Member:
    connection, away = (None, seq) if id % 2 else (1 << 62 | id, None)
    peer = Peer("10.0.0.1", 4000, "websocket")
    token = bytes(range(32))
    return Member(id, f"ada{id}", token, _AT, seq, 1, connection, away, peer, "Desktop 1")


def _row(seq: int) -> Row:
    member, id = 1 + seq % 4, f"id-{seq}"
    if seq % 12 == 1:
        return Row(seq, member, None, encode(Joined(seq=seq, at=_AT, name="ada")))
    if seq % 16 == 6:
        edited = Edited(seq=seq, at=_AT, name="ada", target=seq - 1, text="words")
        return Row(seq, member, id, encode(edited))
    if seq % 8 == 0:
        file = File(f"f{seq}", "a.txt", 3, "ab" * 32, 1, "abc", f"/files/f{seq}/a.txt")
        shared = Shared(seq=seq, at=_AT, name="ada", file=file)
        return Row(seq, member, id, encode(shared), StoredFile(file, "a.txt", "utf-8"))
    said = Said(seq=seq, at=_AT, name="ada", text="words " * (seq % 40), id=id)
    if seq % 16 == 5:
        said = replace(said, pinned=True, edited=_AT)
    return Row(seq, member, id, encode(said))


def damaged(image: JournalImage, steps: bytes) -> JournalImage:
    """Return the image after these steps."""
    parts = [bytearray(image.main), bytearray(image.wal)]
    for start in range(0, len(steps) - STEP + 1, STEP):
        kind, where, value = steps[start], steps[start + 1 : start + 4], steps[start + 4]
        part = parts[bool(kind & WAL)]
        if not part:
            continue
        at = int.from_bytes(where, "big") % len(part)
        match kind % 4:
            case 0 | 1:
                part[at] = value
            case 2:  # a sector that was never written, or belongs to another file
                sector = at - at % SECTOR
                part[sector : sector + SECTOR] = bytes([value]) * len(part[sector:][:SECTOR])
            case 3:
                del part[at:]
    return JournalImage(bytes(parts[0]), bytes(parts[1]))


def step(kind: int, at: int, value: int = 0) -> bytes:
    """Return a step: 0 sets a byte, 2 fills a sector, 3 cuts the file; + `WAL` for the log."""
    return bytes([kind]) + at.to_bytes(3, "big") + bytes([value])
