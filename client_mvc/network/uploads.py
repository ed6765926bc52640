"""Files that are uploaded: one at a time, in order, each shared once.

After a lost connection the queue waits for the next one, then sends the rest of the file under
the same key. The server recognises the key, so it never shares a file twice. A file that the
server would refuse for certain is refused here, before its turn comes.
"""

import asyncio
import logging
import os
import stat
import time
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections import deque
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol, Self
from urllib.parse import quote

import aiohttp

from client_mvc.network import api_files, backoff, codes, disk, http_answers, tls
from shared import media_types, protocol
from shared.identity import ServerIdentity
from shared.problems import Problem, ProblemError, problem

log = logging.getLogger(__name__)

BLOCK = 64 * 1024
PROGRESS_EVERY = 0.1
STALLED_AFTER = 30.0
SAMPLE = 64 * 1024
LEAST_WAIT = 1.0
"""Seconds. Each attempt sends the file, so one that is refused again costs something."""

_ATTR_CHAR = "!#$&+-.^_`|~"  # RFC 8187 section 3.2.1, besides letters and digits

_BY_STATUS = {
    401: problem("not_joined", "files"),
    403: problem("forbidden"),
    411: problem("length_required"),
    413: problem("file_too_large"),
    415: problem("not_text"),
    429: problem("rate_limited"),
    503: problem("storage", "unreachable"),
    507: problem("storage", "quota"),
}
"""For an answer whose body does not say more."""
_TEMPORARY = (408, 429, 502, 503, 504)
_LOST = problem("connection_lost")
_EXPLAINED = (aiohttp.ClientConnectorError, tls.KeyMismatch, TimeoutError)


class UploadError(ProblemError):
    """The file cannot be shared; `problem` says why."""


class _TryAgain(ProblemError):
    """The server cannot take the file now."""


class _NotYet(_TryAgain):
    """The room takes no file of the member now, but at a time that is known.

    The member is muted, or in slow mode; or the room cannot decide anything (`unavailable`).
    """


class MemberState(Protocol):
    """What an upload reads of the membership, which may change meanwhile."""

    async def ready(self) -> None:
        """Wait for a live connection."""

    @property
    def live(self) -> bool:
        """Whether there is a live connection."""

    @property
    def server(self) -> ServerIdentity:
        """The server of the live connection, or of the last one."""

    @property
    def token(self) -> str | None:
        """The membership's token."""

    @property
    def room_journal(self) -> str:
        """The journal that `GET /room` names; empty if this server has no such answer."""

    @property
    def file_limit(self) -> int:
        """The largest file in bytes."""

    @property
    def accepted(self) -> str:
        """What files the room takes (`messages.Limits.files`)."""


class UploadQueue:
    """The uploads of one membership. `close` it when that ends."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        member: MemberState,
        tell: Callable[[api_files.TransferEvent], None],
    ) -> None:
        self._http = http
        self._member = member
        self._tell = tell
        self._waiting: dict[str, Path] = {}
        self._unchecked: deque[str] = deque()
        self._checking: asyncio.Task[None] | None = None
        self._key = ""
        self._task: asyncio.Task[None] | None = None
        self._confirmed = False
        self._begun: _Version | None = None
        self._doubted = False

    def add(self, key: str, path: Path) -> None:
        """Share `path` when its turn comes; whether the room may take it is checked before."""
        self._waiting[key] = path
        self._unchecked.append(key)
        self._begin_next()
        if self._checking is None:
            self._checking = asyncio.create_task(self._check())
            self._checking.add_done_callback(self._checked)

    def cancel(self, key: str) -> None:
        """Stop this one; no further event tells of it."""
        self._waiting.pop(key, None)
        if self._task is not None and key == self._key:
            self._task.cancel()

    def confirm(self, key: str) -> None:
        """The room has a file with this key: it arrived, also where the answer was lost."""
        if key == self._key:
            self._confirmed = True

    async def close(self) -> None:
        """Stop all uploads."""
        self._waiting.clear()
        tasks = [task for task in (self._task, self._checking) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _check(self) -> None:
        """Tell the size of each file that waits, or that it cannot be shared."""
        while self._unchecked:
            key = self._unchecked.popleft()
            if key not in self._waiting:
                continue  # its turn came, or it was cancelled
            try:
                with await self._opened(self._waiting[key]) as file:
                    size = os.fstat(file.fileno()).st_size
            except (UploadError, OSError) as error:
                if self._waiting.pop(key, None) is not None:
                    self._tell(api_files.UploadFailed(key, _problem(error)))
            else:
                self._tell(api_files.UploadSize(key, size))

    def _checked(self, task: asyncio.Task[None]) -> None:
        self._checking = None
        if not task.cancelled() and (error := task.exception()):
            # Each is checked again when its turn comes.
            log.error("checking queued uploads failed", exc_info=error)

    async def _opened(self, path: Path) -> BinaryIO:
        """Open a file that the room may take. Raises `UploadError` or OSError."""
        member = self._member
        return await asyncio.to_thread(_opened, path, member.file_limit, member.accepted)

    def _begin_next(self) -> None:
        if self._task is None and self._waiting:
            self._key = next(iter(self._waiting))
            self._confirmed = False
            upload = self._upload(self._key, self._waiting.pop(self._key))
            self._task = asyncio.create_task(upload)
            self._task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and (error := task.exception()):
            log.error("upload task failed", exc_info=error)
            self._tell(api_files.UploadFailed(self._key, problem("internal")))
        self._begin_next()

    async def _upload(self, key: str, path: Path) -> None:
        try:
            await self._until_confirmed(key, path)
        except (UploadError, OSError) as error:
            self._tell(api_files.UploadFailed(key, _problem(error)))
        else:
            self._tell(api_files.UploadDone(key))

    async def _until_confirmed(self, key: str, path: Path) -> None:
        failures = 0
        self._doubted = False
        while True:
            if not self._member.live:
                failures = 0
                self._tell(api_files.UploadRetrying(key, _LOST))
                await self._member.ready()
            if self._confirmed:
                return
            try:
                if await self._attempt(key, path):
                    return
                why = problem("rejoined")
            except _NotYet as error:
                why = error.problem
                failures = -1 if why.retry_after is not None else 0  # this one is none
            except _TryAgain as error:
                why = error.problem
            except (aiohttp.ClientError, TimeoutError) as error:
                log.info("upload cut file=%r error=%r", path.name, error)
                why = _LOST
                if isinstance(error, _EXPLAINED):
                    why = http_answers.explain(error, self._member.server.address)
            failures += 1
            if failures == backoff.TRANSFER_ATTEMPTS:
                raise UploadError(why)
            self._tell(api_files.UploadRetrying(key, why))
            await asyncio.sleep(backoff.wait(failures, why.retry_after))

    async def _attempt(self, key: str, path: Path) -> bool:
        """Send the file once. Return False where the membership changed meanwhile."""
        journal = self._member.room_journal
        if journal and await self._journal() != journal:
            raise _TryAgain(_LOST)  # the WebSocket will find another room here, or none
        file = await self._opened(path)
        with file:
            version = _Version.of(key, file)
            token, size, server = self._member.token, version.size, self._member.server
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
            offset = await self._offset(server, headers, size) if version == self._begun else 0
            self._begun = version
            sending = _Sending(file, offset, size, key, self._tell)
            self._tell(api_files.UploadSize(key, size))
            self._tell(api_files.UploadProgress(key, offset / size if offset else 0.0))
            headers |= {
                "Content-Disposition": disposition(path.name),
                "Content-Length": str(size - offset),
                "Content-Type": media_types.UNKNOWN,  # the server looks for itself
            }
            if offset:
                headers[protocol.UPLOAD_OFFSET] = str(offset)
            try:
                async with (
                    asyncio.timeout(STALLED_AFTER) as sending.stalled,
                    self._http.post(
                        server.url("/files"),
                        ssl=tls.check_of(server),
                        data=sending.blocks(),
                        headers=headers,
                        allow_redirects=False,
                    ) as answer,
                ):
                    if answer.status == 401 and token != self._member.token:
                        return False
                    if answer.status == 409 and offset:
                        # The server may not have noticed yet that the attempt before was
                        # cut, so it is asked once more; then all of the file is sent.
                        self._begun = None if self._doubted else version
                        self._doubted = True
                        raise _TryAgain(await http_answers.refusal(answer, _BY_STATUS))
                    if answer.status in _TEMPORARY:
                        why = await http_answers.refusal(answer, _BY_STATUS)
                        undecided = why.code == codes.UNDECIDED
                        raise _NotYet(why) if undecided else _TryAgain(why)
                    if answer.status != 201:
                        why = await http_answers.refusal(answer, _BY_STATUS)
                        if answer.status == 403 and (why.retry_after or 0) >= LEAST_WAIT:
                            raise _NotYet(why)
                        raise UploadError(why)
            except aiohttp.ClientError:
                if sending.broken is not None:
                    raise UploadError(sending.broken) from None
                raise
        return True

    async def _journal(self) -> str:
        """Return the journal of the room at the address now; empty if there is none."""
        try:
            async with asyncio.timeout(STALLED_AFTER):
                room = await http_answers.ask_room(self._http, self._member.server)
        except http_answers.Unreachable as unreachable:
            raise _TryAgain(unreachable.problem) from unreachable
        return room.journal if room is not None else ""

    async def _offset(self, server: ServerIdentity, headers: dict[str, str], size: int) -> int:
        """Return how many of `size` bytes the server has, of an upload that was cut."""
        async with (
            asyncio.timeout(STALLED_AFTER),
            self._http.head(
                server.url("/files"),
                ssl=tls.check_of(server),
                headers=headers,
                allow_redirects=False,
            ) as answer,
        ):
            offset = answer.headers.get(protocol.UPLOAD_OFFSET, "")
            known = answer.status == 200 and offset.isdecimal() and len(offset) < 20
            return int(offset) if known and int(offset) <= size else 0


class _Version(NamedTuple):
    """Tells whether the file is still the one of which the server has the beginning."""

    key: str
    size: int
    changed: int

    @classmethod
    def of(cls, key: str, file: BinaryIO) -> Self:
        status = os.fstat(file.fileno())
        return cls(key, status.st_size, status.st_mtime_ns)


class _Sending:
    """The body of one attempt: the file's bytes from `offset` on.

    `broken` says why the body ended early; aiohttp only tells that it did.
    """

    def __init__(
        self,
        file: BinaryIO,
        offset: int,
        size: int,
        key: str,
        tell: Callable[[api_files.TransferEvent], None],
    ) -> None:
        self.stalled: asyncio.Timeout | None = None
        self.broken: Problem | None = None
        self._file = file
        self._offset = offset
        self._size = size
        self._key = key
        self._tell = tell

    async def blocks(self) -> AsyncIterator[bytes]:
        """Yield exactly as many bytes as were announced."""
        sent, told_at = self._offset, time.monotonic()
        await asyncio.to_thread(self._file.seek, sent)
        while sent < self._size:
            try:
                block = await asyncio.to_thread(self._file.read, min(BLOCK, self._size - sent))
            except OSError as error:
                self.broken = disk.cannot_read(error)
                raise
            if not block:
                self.broken = problem("file_changed")
                raise UploadError(self.broken)
            yield block
            sent += len(block)
            now = time.monotonic()
            if self.stalled is not None:
                self.stalled.reschedule(asyncio.get_running_loop().time() + STALLED_AFTER)
            if now - told_at >= PROGRESS_EVERY:
                told_at = now
                self._tell(api_files.UploadProgress(self._key, sent / self._size))


def _opened(path: Path, most: int, accepted: str) -> BinaryIO:
    """Return the open file if the room may take it. Raises `UploadError` or OSError."""
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise UploadError(problem("is_folder"))
    if not stat.S_ISREG(status.st_mode):
        raise UploadError(problem("not_a_file"))
    if status.st_size > most:
        raise UploadError(problem("too_long", "file", most=most, have=status.st_size))
    with path.open("rb") as file:
        sample = file.read(SAMPLE)
    if accepted in ("text", "pictures") and not _is_text(sample):
        if accepted == "text":
            raise UploadError(problem("not_text"))
        if media_types.by_content(sample) not in media_types.PICTURES:
            raise UploadError(problem("not_text", "pictures"))
    return path.open("rb")


def _is_text(sample: bytes) -> bool:
    """Return whether a file that begins so may be text; the server looks at all of it."""
    return b"\0" not in sample or sample.startswith((BOM_UTF16_LE, BOM_UTF16_BE))


def _problem(error: UploadError | OSError) -> Problem:
    return error.problem if isinstance(error, UploadError) else disk.cannot_read(error)


def disposition(name: str) -> str:
    """Return the Content-Disposition of a file called `name` (RFC 6266, RFC 8187)."""
    return "attachment; filename*=UTF-8''" + quote(name, safe=_ATTR_CHAR, errors="replace")
