"""Whether a journal is the one that its clients know, and its marker while it is open.

The rules are those of `marker`; this module finds out what they need, gives a journal its new
name, and notes each change of the file.
"""

import contextlib
import logging
import os
import sqlite3
import time
from pathlib import Path

from server.room.storage import host_tables, marker
from server.room.storage.marker import FileState, Marked, Marker
from server.settings import Durability

log = logging.getLogger(__name__)

_RENAME = """
UPDATE kept SET id = lower(hex(randomblob(8))), member = max(member, ?), marked = 0
"""
# Nanoseconds: some network disks correct the time of a change a moment after it.
_LATE = 2_000_000_000


class Identity:
    """The identity of the journal at `path`, from before it is opened until it is closed.

    Attributes:
        replaced: the file is not the one that was marked.
    """

    def __init__(self, path: Path, durability: Durability) -> None:
        self._path = path
        self._durability: Durability = durability
        self._found = marker.file_state(path)
        self._marked = marker.read(marker.path_of(path))
        marked = self._marked
        self.replaced = marked is not None and not marker.same_file(marked, self._found)
        if self._found is None:
            self.set_log_aside()
        self._opened: FileState | None = None
        self._marker: Marker | None = None
        self._journal = ""
        self._synced = False

    def set_log_aside(self) -> bool:
        """Rename the log (-wal) that another journal left here; returns False without one."""
        log_file = self._path.with_name(self._path.name + "-wal")
        aside = log_file.with_name(f"{log_file.name}.{time.strftime('%Y%m%d-%H%M%S')}")
        try:
            log_file.replace(aside)
        except FileNotFoundError:
            return False
        self._path.with_name(self._path.name + "-shm").unlink(missing_ok=True)
        log.warning("journal log of another file action=set_aside path=%s", aside)
        return True

    def settle(self, db: sqlite3.Connection, newest: int) -> str:
        """Return the name of the journal: a new one if clients may have other events.

        `newest` is the last `seq` in it. The journal of a room on several hosts keeps its name:
        it gets what it lacks from their log.
        """
        name, has_marker = db.execute("SELECT id, marked FROM kept").fetchone()
        marked = self._marked
        if marked is not None:
            reason = marker.lost(marked, name, newest, self._found, marker.boot())
        else:
            reason = "its marker is missing" if has_marker else ""
        if reason and (newest or has_marker) and host_tables.agreed(db) is None:
            db.execute(_RENAME, (marked.member if marked else 0,))
            (name,) = db.execute("SELECT id FROM kept").fetchone()
            log.warning("journal renamed reason=%s", reason.replace(" ", "_"))
        self._journal = str(name)
        self.settled()
        return self._journal

    def name(self, journal: str) -> None:
        """Take the name that the journal has now."""
        self._journal = journal
        self.settled()

    def settled(self) -> None:
        """Take the file as it is now, before anything is given out."""
        self._opened = marker.file_state(self._path)

    # --- while it is open --------------------------------------------------------------

    def begin(self, db: sqlite3.Connection, seq: int, member: int) -> bool:
        """Prepare for a transaction; returns whether the file was replaced.

        Raises:
            OSError, sqlite3.Error: the marker cannot be written.
        """
        if self._marker is None:
            if self.changed():
                return True
            self._mark(db, seq, member)
        elif self._marker.resting:
            self._marker.wake()
        return False

    def _mark(self, db: sqlite3.Connection, seq: int, member: int) -> None:
        file = marker.file_state(self._path)
        if file is None:
            raise FileNotFoundError(self._path)
        first = Marked(self._journal, marker.boot(), self._durability, seq, member, file)
        opened = Marker(marker.path_of(self._path), first)
        db.execute("UPDATE kept SET marked = 1 WHERE marked = 0")
        self._marker = opened

    def written(self, seq: int, member: int) -> None:
        """Note the highest numbers, before anybody is told."""
        if self._marker is not None:
            self._marker.written(seq, member)

    def checkpoint(self, db: sqlite3.Connection) -> bool:
        """Move what is in the log (-wal) to the file, which nothing else changes.

        Returns whether the file was replaced; then nothing is done.
        """
        return self._checkpoint(db, "PASSIVE") is None

    def empty_log(self, db: sqlite3.Connection) -> bool | None:
        """Do the same, and cut the log; returns whether it is empty, None as above."""
        (wait,) = db.execute("PRAGMA busy_timeout").fetchone()
        db.execute("PRAGMA busy_timeout = 0")
        try:
            return self._checkpoint(db, "TRUNCATE")
        finally:
            db.execute(f"PRAGMA busy_timeout = {wait}")

    def _checkpoint(self, db: sqlite3.Connection, mode: str) -> bool | None:
        if self._marker is None or self.changed():
            return None
        self._marker.writing()
        blocked = True
        try:
            ((blocked, _, _),) = db.execute(f"PRAGMA wal_checkpoint({mode})")
        except sqlite3.Error as error:  # the log keeps it
            log.info("journal log not moved error=%s", error)
        file = marker.file_state(self._path)
        if file is not None and file.inode == self._marker.file.inode:
            self._marker.refile(file)
        self._marker.written()
        return not blocked

    def changed(self) -> bool:
        """Return whether another file has taken the place of the open one, or its contents."""
        known = self._marker.file if self._marker is not None else self._opened
        file = marker.file_state(self._path)
        if file == known:
            return False
        if file is None or known is None or file.inode != known.inode:
            return True
        if file.size != known.size or abs(file.modified - known.modified) > _LATE:
            return True
        self._opened = file
        if self._marker is not None:
            self._marker.refile(file)
        return False

    # --- in quiet moments --------------------------------------------------------------

    @property
    def unsettled(self) -> bool:
        """Whether a power failure now would leave doubt about what is in the journal."""
        return self._durability == "normal" and not (
            self._marker is None or self._marker.resting
        )

    def sync_log(self) -> None:
        """Bring the log (-wal) to the disk; any thread. Raises `OSError`."""
        with self._path.with_name(self._path.name + "-wal").open("rb") as file:
            os.fsync(file.fileno())
        marker.sync_folder(self._path.parent)

    def rest(self) -> None:
        """Note that all that was written is on the disk. Raises `OSError`."""
        if self._marker is not None and not self.changed():
            self._marker.rest()

    # --- the end -----------------------------------------------------------------------

    def sync(self, db: sqlite3.Connection) -> None:
        """Bring all of an open journal to the disk. Raises `sqlite3.Error`."""
        if self._marker is not None and not self.changed():
            db.execute("PRAGMA synchronous = FULL")
            db.execute("UPDATE kept SET position = position")
            self._synced = True

    def close(self) -> None:
        """Mark the closed journal as whole, if it was synced."""
        if self._marker is not None:
            file = marker.file_state(self._path) if self._synced else None
            with contextlib.suppress(OSError):
                self._marker.close(file)
            self._marker = None
