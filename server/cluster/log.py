"""The log of a room on several hosts: a stream that all of them append to and follow.

One batch of this host is on its way at a time, and what comes meanwhile makes up the next. A
batch is carried out when it comes back, in its place among those of the others. One whose
acknowledgement is lost is appended again under the same number; the core knows it.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import NamedTuple

from server.budgets.outages import Outage
from server.cluster import entries
from server.cluster.connection import UnavailableError
from server.cluster.entries import EntryError, VersionError
from server.cluster.records import Record
from server.cluster.stream import Stream
from server.room.hosts import Source
from server.room.log import Applies, rfc3339_ns
from server.room.operations import Operation
from server.room.storage.errors import StorageError

log = logging.getLogger(__name__)

MOST_BYTES = 512 * 1024
ANSWER_WITHIN = 2.0
AGAIN_AFTER = 0.05
LONGEST_WAIT = 1.0
DISK_AGAIN_AFTER = 1.0


class StoppedError(Exception):
    """This host can carry out nothing more; the text says why, and what to do."""


class HostPlace(NamedTuple):
    """A host at its start: name, number of the start, last position that it carried out."""

    host: str
    epoch: int
    position: int


class JetStreamLog:
    """The log of a room on several hosts.

    Args:
        apply: carries entries out; raises `StorageError` when it cannot write.
        restore: goes back to the state that was written last.
        stream: where the entries are.
        place: this host, and how far it is.
        now: gives monotonic seconds.

    Attributes:
        resumed: is called when the log is ready again.
        position: the last position that was carried out.
        trouble: why entries are not carried out at present; empty: they are.
    """

    most_bytes = MOST_BYTES

    def __init__(
        self,
        apply: Applies,
        restore: Callable[[], None],
        stream: Stream,
        place: HostPlace,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._apply = apply
        self._restore = restore
        self._stream = stream
        self._host, self._epoch = place.host, place.epoch
        self._now = now
        self._number = 0
        self._on_its_way: int | None = None
        self._waits_since = now()
        self._appending: asyncio.Task[None] | None = None
        self._disk = Outage(log, "journal not written", logging.ERROR)
        self._stale = False
        self._caught_up = False
        self.resumed: Callable[[], None] = lambda: None
        self.position = place.position
        self.trouble = ""

    # --- to the stream -------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether the next batch can be appended."""
        return self._caught_up and self._on_its_way is None

    def waits(self) -> float:
        """Return for how many seconds the log has not been ready; 0 if it is."""
        return 0.0 if self.ready else self._now() - self._waits_since

    def append(self, operations: Sequence[Operation]) -> None:
        """Put these operations behind all others, soon."""
        self._number += 1
        self._on_its_way = self._number
        self._waits_since = self._now()
        source = Source(self._host, self._epoch, self._number)
        data = entries.encode(source, operations)
        # Started at once: the entry is sent before this returns.
        self._appending = asyncio.Task(
            self._append(data, f"{self._epoch:x}-{self._number}"),
            loop=asyncio.get_running_loop(),
            eager_start=True,
        )
        self._appending.add_done_callback(self._appended)

    async def _append(self, data: bytes, id: str) -> None:
        wait = AGAIN_AFTER
        while True:
            try:
                await self._stream.append(data, id, ANSWER_WITHIN)
            except UnavailableError as reason:
                log.debug("entry not acknowledged id=%s error=%s", id, reason)
            else:
                return
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    def _appended(self, task: asyncio.Task[None]) -> None:
        """End the process if a batch can never be appended: nothing would be any more."""
        if not task.cancelled() and (error := task.exception()) is not None:
            context = {"message": "entry cannot be appended", "exception": error}
            task.get_loop().call_exception_handler(context)

    # --- from the stream -----------------------------------------------------------------

    async def run(self) -> None:
        """Carry entries out as long as this runs.

        Raises:
            PurgedError: entries that this host lacks are gone: it needs a snapshot.
            RewoundError: the stream is not the one that this host followed.
            StoppedError: another host runs a later version.
            OvertakenError: another process writes to the journal.
        """
        while True:
            try:
                await self._stream.follow(self.position, self.take)
            except StorageError as error:
                self.trouble = str(error)
                self._disk.failed(f"error={error}")
                await asyncio.sleep(DISK_AGAIN_AFTER)

    def caught_up(self) -> None:
        """Note that everything was carried out that was in the stream at the start."""
        self._caught_up = True
        self.resumed()

    def take(self, record: Record) -> None:
        """Carry out an entry. Raises as `run` does, and `StorageError`."""
        if self._stale:
            self._undo()
        at = rfc3339_ns(record.at_ns)
        try:
            source, operations = entries.decode(record.data)
        except VersionError as error:
            raise StoppedError(str(error)) from error
        except EntryError:
            log.exception("record is no entry position=%d", record.position)
            self.position = record.position
            return
        own = (source.host, source.epoch, source.number) == (
            self._host, self._epoch, self._on_its_way,
        )  # fmt: skip
        try:
            self._apply(record.position, at, operations, source, own=own)
        except (StorageError, sqlite3.Error) as error:
            self._stale = True
            with suppress(StorageError):  # tried again with the next entry
                self._undo()
            raise StorageError(str(error)) from error
        self.position = record.position
        if self.trouble:
            self.trouble = ""
            self._disk.over()
        if own:
            self._on_its_way = None
            if self._appending is not None:
                self._appending.cancel()
            self.resumed()

    def _undo(self) -> None:
        try:
            self._restore()
        except sqlite3.Error as error:
            raise StorageError(str(error)) from error
        self._stale = False

    def close(self) -> None:
        """Append nothing any more."""
        if self._appending is not None:
            self._appending.cancel()
