"""Files out: `GET` and `HEAD /files/ID/NAME`, and thumbnails (docs/protocol.md, part 2).

Nothing of a member's may act on a page of this server: the browser guesses no type, runs
nothing, and shows only the kinds of pictures that a server recognises by content.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from typing import BinaryIO
from urllib.parse import quote

from aiohttp import hdrs, web
from msgspec import UNSET

from server.connections.worker_state import WorkerState
from server.files.copies import Copies
from server.files.incoming import FULL
from server.files.remote import RemoteMissingError, RemoteUnavailableError
from server.protocols.http.errors import HttpError
from server.protocols.http.sending import Content, Sender
from server.protocols.http.uploads import THUMBNAIL
from server.room.interface import RoomUnavailableError, StoredFile
from shared import media_types
from shared.problems import UNAVAILABLE, Problem, problem

log = logging.getLogger(__name__)


class Downloads:
    """The downloads of one worker."""

    def __init__(self, state: WorkerState, sender: Sender) -> None:
        self._state = state
        self._sender = sender

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve `/files/ID/NAME`; the name may be missing."""
        router.add_get(f"/files/{{id}}/{THUMBNAIL}", self.thumbnail)
        router.add_get("/files/{id}/{name}", self.download)
        router.add_get("/files/{id}", self.download)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Answer with the bytes of a shared file, all or a range."""
        stored = await self._stored(request)
        name, size, sha256 = stored.stored, stored.file.size, stored.file.sha256
        file = await self._opened(
            request,
            name,
            lambda: self._state.folder.open(name, size),
            lambda copies: copies.fetch(name, size, sha256),
        )
        try:
            return await self._send(request, stored, file)
        finally:
            await asyncio.to_thread(file.close)

    async def thumbnail(self, request: web.Request) -> web.StreamResponse:
        """Answer with the thumbnail of a picture."""
        stored = await self._stored(request)
        if stored.file.thumb is UNSET:
            raise HttpError(problem("not_found"))
        name = stored.stored
        file = await self._opened(
            request,
            name,
            lambda: self._state.folder.thumbnails.open(name),
            lambda copies: copies.fetch_thumbnail(name),
        )
        try:
            size = os.fstat(file.fileno()).st_size
            tag = f"{stored.file.sha256}-thumb"
            headers = _headers("inline", media_types.WEBP)
            content = Content(file, stored.stored, size, tag)
            return await self._sender.send(request, content, headers)
        finally:
            await asyncio.to_thread(file.close)

    async def _opened(
        self,
        request: web.Request,
        name: str,
        open: Callable[[], BinaryIO],
        fetch: Callable[[Copies], Awaitable[None]],
    ) -> BinaryIO:
        """Open a file, which may have to be fetched first. Raises `HttpError`."""
        try:
            return await asyncio.to_thread(open)
        except OSError as why:
            if (copies := self._state.copies) is None:
                log.info("file not readable file=%s problem=%s", name, why)
                raise HttpError(problem("gone")) from None
        try:
            await fetch(copies)
            await self._still_shared(request, name)
            return await asyncio.to_thread(open)
        except RemoteUnavailableError:
            raise HttpError(UNAVAILABLE) from None
        except (RemoteMissingError, OSError) as why:
            log.info("file not readable file=%s problem=%s", name, why)
            full = isinstance(why, OSError) and why.errno in FULL
            raise HttpError(problem("storage", "disk") if full else problem("gone")) from None

    async def _still_shared(self, request: web.Request, name: str) -> None:
        """Let go of a file that was deleted while it was fetched. Raises `HttpError`."""
        try:
            await self._stored(request)
        except HttpError:
            await asyncio.to_thread(self._state.folder.remove, name)
            raise

    async def _stored(self, request: web.Request) -> StoredFile:
        """Return the file of this id. Raises `HttpError`."""
        try:
            stored = await self._state.room.file(request.match_info["id"])
        except RoomUnavailableError:
            raise HttpError(UNAVAILABLE) from None
        if isinstance(stored, Problem):
            raise HttpError(stored)
        return stored

    async def _send(
        self, request: web.Request, stored: StoredFile, file: BinaryIO
    ) -> web.StreamResponse:
        type = _type(stored)
        how = "inline" if type in media_types.PICTURES else "attachment"
        name = quote(stored.file.name)
        headers = _headers(f"{how}; filename*=UTF-8''{name}", type)
        content = Content(file, stored.stored, stored.file.size, stored.file.sha256)
        return await self._sender.send(request, content, headers)


def _type(stored: StoredFile) -> str:
    """Return the type to serve a file as: one of the short list."""
    type = stored.file.type
    if (
        type is UNSET or type == media_types.TEXT
    ):  # before there were types, all files were text
        return f"{media_types.TEXT}; charset={_charset(stored.encoding)}"
    return type if type in media_types.KNOWN else media_types.UNKNOWN


def _headers(disposition: str, type: str) -> dict[str, str]:
    return {
        hdrs.CONTENT_DISPOSITION: disposition,
        hdrs.CONTENT_TYPE: type,
        hdrs.CONTENT_SECURITY_POLICY: "sandbox; default-src 'none'",
        hdrs.CACHE_CONTROL: "private, max-age=31536000, immutable",
    }


def _charset(encoding: str) -> str:
    return "utf-8" if encoding == "utf-8-sig" else encoding.replace("_", "-")
