"""The uploads under way in all workers: how many a member has, and the space that they take.

An upload asks before its first byte, with the size that it announces. So what is there and what
is coming never exceeds the quota, whichever worker takes it. A reservation ends with its
upload, with its worker, with its membership, or when its worker does not name it for `LEASE`
seconds. Workers name theirs again to a room process that was restarted.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from server.budgets.buckets import Buckets
from server.budgets.table import Budgets
from server.files.space import Space
from server.room.interface import UploadAccepted, UploadRequest
from shared.problems import Problem, problem

LEASE = 60.0
MEASURE_EVERY = 2.0
"""A refusal is always decided by what the folder holds now, an acceptance by what it held."""


@dataclass(slots=True)
class _Held:
    upload: UploadRequest
    worker: int
    until: float


class Reservations:
    """All uploads under way. Lives on the room process's event loop.

    Args:
        budgets: the allowances.
        quota: bytes for all files together; 0 is no limit.
        count: counts a refusal, by its kind.
        now: monotonic seconds.
    """

    def __init__(
        self,
        budgets: Budgets,
        quota: int,
        count: Callable[[str], None] = lambda kind: None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budgets = budgets
        self._quota = quota
        self._count = count
        self._now = now
        self._held: dict[int, _Held] = {}
        self._rates: Buckets[int] = Buckets(budgets.uploads)
        self._space: Space | None = None
        self._measured = 0.0
        self._mark = 0
        self.released = 0
        """Bytes of all reservations that ended: files that a measurement before has not."""

    def measured(self, space: Space, mark: int) -> None:
        """Take a measurement of the folder that began when `released` was `mark`."""
        self._space, self._mark, self._measured = space, mark, self._now()

    def reserve(
        self, worker: int, upload: UploadRequest, *, again: bool = False
    ) -> UploadAccepted | Problem | None:
        """Reserve space; None if the folder must be measured first, and then ask `again`."""
        now = self._now()
        self._lapse(now)
        if not again and (why := self._too_many(upload.member, now)):
            self._count("uploads")
            return why
        if self._space is None or (not again and now - self._measured > MEASURE_EVERY):
            return None
        answer = self._fit(self._space, upload)
        if isinstance(answer, UploadAccepted):
            self._held[upload.id] = _Held(upload, worker, now + LEASE)
        elif not again:
            return None
        else:
            self._count("space")
        return answer

    def release(self, id: int) -> None:
        """End a reservation: its file is in the folder now, or never will be."""
        if held := self._held.pop(id, None):
            self.released += held.upload.size

    def renew(self, worker: int, uploads: Iterable[UploadRequest]) -> None:
        """Take the uploads under way of a worker, also those that another room accepted."""
        until = self._now() + LEASE
        for one in uploads:
            self._held[one.id] = _Held(one, worker, until)

    def lost(self, worker: int) -> None:
        """End the reservations of a worker that has died."""
        for id in [id for id, held in self._held.items() if held.worker == worker]:
            self.release(id)

    def ended(self, is_member: Callable[[int], object]) -> dict[int, list[int]]:
        """End the uploads whose membership is over; return them by worker."""
        over: dict[int, list[int]] = {}
        for id, held in self._held.items():
            if not is_member(held.upload.member):
                over.setdefault(held.worker, []).append(id)
        for ids in over.values():
            for id in ids:
                self.release(id)
        return over

    def _lapse(self, now: float) -> None:
        for id in [id for id, held in self._held.items() if held.until < now]:
            self.release(id)

    def _too_many(self, member: int, now: float) -> Problem | None:
        most = self._budgets.uploads_at_once
        if sum(held.upload.member == member for held in self._held.values()) >= most:
            return problem("rate_limited", "uploads", most=most).after(1.0)
        bucket = self._rates.of(member, now)
        if not bucket.take(now):
            return problem("rate_limited", "upload_rate").after(bucket.wait(now))
        return None

    def _fit(self, space: Space, upload: UploadRequest) -> UploadAccepted | Problem:
        under_way = {held.upload.part for held in self._held.values()} | {upload.part}
        kept = sum(size for name, size in space.kept.items() if name not in under_way)
        written = space.parts + sum(space.kept.values()) - kept
        reserved = sum(held.upload.size for held in self._held.values())
        coming = reserved + self.released - self._mark + upload.size
        if self._quota and space.stored + coming > self._quota:
            return problem("storage", "quota")
        if space.free - max(0, coming - written) < self._budgets.min_free:
            return problem("storage", "disk")
        return UploadAccepted(0 < self._quota < space.stored + kept + coming)
