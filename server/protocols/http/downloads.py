"""Files out: `GET` and `HEAD /files/ID/NAME` (docs/protocol.md, part 2)."""

import asyncio
import logging
from typing import BinaryIO
from urllib.parse import quote

from aiohttp import hdrs, web

from server.connections.worker_state import WorkerState
from server.protocols.http.errors import HttpError
from server.protocols.http.sending import Content, Sender
from server.room.interface import RoomUnavailableError, StoredFile
from shared.problems import UNAVAILABLE, Problem, problem

log = logging.getLogger(__name__)


class Downloads:
    """The downloads of one worker."""

    def __init__(self, state: WorkerState, sender: Sender) -> None:
        self._state = state
        self._sender = sender

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
        headers: dict[str, str] = {
            hdrs.CONTENT_DISPOSITION: f"attachment; filename*=UTF-8''{quote(stored.file.name)}",
            hdrs.CONTENT_TYPE: f"text/plain; charset={_charset(stored.encoding)}",
            hdrs.CONTENT_SECURITY_POLICY: "sandbox; default-src 'none'",
            hdrs.CACHE_CONTROL: "private, max-age=31536000, immutable",
        }
        content = Content(file, stored.stored, stored.file.size, stored.file.sha256)
        return await self._sender.send(request, content, headers)


def _charset(encoding: str) -> str:
    return "utf-8" if encoding == "utf-8-sig" else encoding.replace("_", "-")
