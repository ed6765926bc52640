"""Files out: `GET` and `HEAD /files/ID/NAME` (docs/protocol.md, part 2)."""

import asyncio
import logging
import re
from typing import BinaryIO
from urllib.parse import quote

from aiohttp import hdrs, web

from server.connections.worker_state import WorkerState
from server.protocols.http.errors import HttpError
from server.protocols.http.stalls import Stalls
from server.room.interface import RoomUnavailableError, StoredFile
from shared.problems import UNAVAILABLE, Problem, problem

log = logging.getLogger(__name__)

# A thread reads this many bytes at a time: few enough that members who send messages meanwhile
# do not wait for it where there is one core.
BLOCK = 32 * 1024
_RANGE = re.compile(r"[ \t]*bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*", re.IGNORECASE)


class Downloads:
    """The downloads of one worker."""

    def __init__(self, state: WorkerState, stalls: Stalls) -> None:
        self._state = state
        self._stalls = stalls

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve `/files/ID/NAME`; the name may be missing."""
        router.add_get("/files/{id}/{name}", self.download)
        router.add_get("/files/{id}", self.download)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Answer with the bytes of a shared file, all or a range."""
        try:
            stored = await self._state.room.file(request.match_info["id"])
        except RoomUnavailableError:
            raise HttpError(UNAVAILABLE) from None
        if isinstance(stored, Problem):
            raise HttpError(stored)
        try:
            size = stored.file.size
            file = await asyncio.to_thread(self._state.folder.open, stored.stored, size)
        except OSError as why:
            log.info("file not readable file=%s problem=%s", stored.stored, why)
            raise HttpError(problem("gone")) from None
        try:
            return await self._send(request, stored, file)
        finally:
            await asyncio.to_thread(file.close)

    async def _send(
        self, request: web.Request, stored: StoredFile, file: BinaryIO
    ) -> web.StreamResponse:
        size, tag, name = stored.file.size, stored.file.sha256, quote(stored.file.name)
        response = web.StreamResponse()
        response.etag = tag
        response.headers.update(
            {
                hdrs.ACCEPT_RANGES: "bytes",
                hdrs.CONTENT_DISPOSITION: f"attachment; filename*=UTF-8''{name}",
                hdrs.CONTENT_TYPE: f"text/plain; charset={_charset(stored.encoding)}",
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "sandbox; default-src 'none'",
                hdrs.CACHE_CONTROL: "private, max-age=31536000, immutable",
            }
        )
        if any(one.value in (tag, "*") for one in request.if_none_match or ()):
            response.set_status(304)
            return response
        start, stop = _range(request, size, tag)
        if (start, stop) != (0, size):
            response.set_status(206)
            response.headers[hdrs.CONTENT_RANGE] = f"bytes {start}-{stop - 1}/{size}"
        response.content_length = stop - start
        try:
            await response.prepare(request)
            if request.method != hdrs.METH_HEAD:
                await self._write(file, start, stop, response, request)
        except ConnectionError as why:
            log.info("download ended early file=%s problem=%s", stored.stored, why)
            response.force_close()
        return response

    async def _write(
        self,
        file: BinaryIO,
        start: int,
        stop: int,
        response: web.StreamResponse,
        request: web.Request,
    ) -> None:
        await asyncio.to_thread(file.seek, start)
        while start < stop:
            data = await asyncio.to_thread(file.read, min(BLOCK, stop - start))
            if not data:
                raise ConnectionResetError("the file has become shorter")
            await response.write(data)
            self._stalls.progressed(request.transport, self._state.now())
            start += len(data)
        await response.write_eof()


def _range(request: web.Request, size: int, tag: str) -> tuple[int, int]:
    """Return the first byte and the one after the last (RFC 9110, section 14).

    Raises:
        HttpError: the file has no such bytes.
    """
    if_range = request.headers.get(hdrs.IF_RANGE)
    if if_range is not None and if_range != f'"{tag}"':
        return 0, size
    wanted = _RANGE.fullmatch(",".join(request.headers.getall(hdrs.RANGE, [])))
    if wanted is None or not (wanted[1] or wanted[2]):
        return 0, size  # several ranges, or none: the whole file is a valid answer
    if not wanted[1]:
        start, stop = max(0, size - _position(wanted[2])), size
    else:
        start, last = _position(wanted[1]), _position(wanted[2] or str(size))
        if last < start and wanted[2]:
            return 0, size
        stop = min(last + 1, size)
    if start >= stop:
        headers = {"Content-Range": f"bytes */{size}"}
        raise HttpError(problem("bad_range", size=size), headers)
    return start, stop


def _position(digits: str) -> int:
    """Return the number; of one that is behind any file, another one that is."""
    return int(digits) if len(digits) <= 18 else 10**18


def _charset(encoding: str) -> str:
    return "utf-8" if encoding == "utf-8-sig" else encoding.replace("_", "-")
