"""Sends a file of the disk, whole or a range of it (RFC 9110, section 14)."""

import asyncio
import logging
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import BinaryIO, NamedTuple

from aiohttp import hdrs, web

from server.connections.worker_state import WorkerState
from server.protocols.http.blocks import BlockSize
from server.protocols.http.errors import HttpError
from server.protocols.http.stalls import Stalls
from shared.problems import problem

log = logging.getLogger(__name__)

LARGEST = 256 * 1024
"""The largest block that is sent at once, and over TLS encrypted: 0.3 ms of work."""
FAST = 0.02
"""Seconds in which a client takes a block, if larger ones are worth their memory."""
_RANGE = re.compile(r"[ \t]*bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*", re.IGNORECASE)


class Content(NamedTuple):
    """An open file: how the log calls it, its size in bytes, its `ETag`."""

    file: BinaryIO
    name: str
    size: int
    tag: str


class Sender:
    """Sends the files of one worker."""

    def __init__(self, state: WorkerState, stalls: Stalls) -> None:
        self._state = state
        self._stalls = stalls

    async def send(
        self, request: web.Request, content: Content, headers: Mapping[str, str]
    ) -> web.StreamResponse:
        """Answer a request with a file.

        Args:
            request: asks for the file, or a range of it, or whether it has changed.
            content: the file.
            headers: of the answer.

        Raises:
            HttpError: the file has no such bytes.
        """
        file, name, size, tag = content
        response = web.StreamResponse()
        response.etag = tag
        response.headers.update({hdrs.ACCEPT_RANGES: "bytes"} | dict(headers))
        if any(one.value in (tag, "*") for one in request.if_none_match or ()):
            response.set_status(304)
            return response
        start, stop = find_range(request, size, tag)
        if (start, stop) != (0, size):
            response.set_status(206)
            response.headers[hdrs.CONTENT_RANGE] = f"bytes {start}-{stop - 1}/{size}"
        response.content_length = stop - start
        try:
            await response.prepare(request)
            if request.method != hdrs.METH_HEAD:
                await self._write(file, start, stop, response, request)
        except ConnectionError as why:
            log.info("download ended early file=%s problem=%s", name, why)
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
        size = BlockSize(LARGEST)
        block = bytearray()
        while start < stop:
            if len(block) != size.now:
                block = bytearray(size.now)
            data = await _read(file, start, memoryview(block)[: stop - start])
            if not data:
                raise ConnectionResetError("the file has become shorter")
            began = self._state.now()
            await response.write(data)
            # Also where a client takes all at once, others have their turn.
            await asyncio.sleep(0)
            now = self._state.now()
            size.moved(fast=now - began < FAST)
            self._stalls.progressed(request.transport, now)
            start += len(data)
            if request.transport is None or request.transport.get_write_buffer_size():
                block = bytearray()  # the transport still needs that one
        await response.write_eof()


async def _read(file: BinaryIO, start: int, into: memoryview) -> memoryview:
    """Read the next bytes of a file: by a thread, unless they are in memory. Return them."""
    descriptor = file.fileno()
    count = 0
    if hasattr(os, "RWF_NOWAIT"):
        with suppress(OSError):  # they are on the disk, or its file system does not know this
            count = os.preadv(descriptor, [into], start, os.RWF_NOWAIT)
    if not count:
        count = await asyncio.to_thread(os.preadv, descriptor, [into], start)
    return into[:count]


def find_range(request: web.Request, size: int, tag: str) -> tuple[int, int]:
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
