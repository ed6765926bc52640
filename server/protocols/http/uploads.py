"""Files in: `POST`, `HEAD` and `OPTIONS /files` (docs/protocol.md, part 2).

Bytes are streamed; no part holds a whole file in memory.
"""

import asyncio
import hashlib
import logging
import secrets
import warnings
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.multipart import content_disposition_filename, parse_content_disposition
from msgspec import UNSET

from server.connections.worker_state import WorkerState
from server.files.folder import Kept, Upload
from server.protocols.aiohttp_internals import ask_for_body
from server.protocols.http.errors import UNAVAILABLE, HttpError
from server.room import events
from server.room.interface import Membership, Post, PostResult, RoomUnavailableError, StoredFile
from shared import limits, protocol
from shared.codec import decode_event, encode
from shared.messages import File, Shared
from shared.problems import Problem, problem

log = logging.getLogger(__name__)

PENDING_UPLOADS = 4
# A thread hashes and writes this many bytes at a time: few enough that members who send
# messages meanwhile do not wait for it where there is one core.
BLOCK = 32 * 1024
STALLED = 60.0


class Uploads:
    """The uploads of one worker."""

    def __init__(self, state: WorkerState) -> None:
        self._state = state
        self._pending: Counter[int] = Counter()

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve `/files`."""
        router.add_post("/files", self.upload, expect_handler=_ask_later)
        router.add_head("/files", self.kept)
        router.add_route("OPTIONS", "/files", self.options)

    async def options(self, request: web.Request) -> web.Response:
        """Answer with what can be uploaded."""
        most = self._state.settings.max_file
        headers = {
            "Accept-Post": "text/*",
            "Allow": "HEAD, OPTIONS, POST",
            protocol.MAX_FILE: str(most),
        }
        body = encode({"accept": "text/*", "max_file": most})
        return web.Response(body=body, content_type="application/json", headers=headers)

    async def kept(self, request: web.Request) -> web.Response:
        """Answer with the number of bytes that are kept of an upload which was cut."""
        part = _part(await self._member(request), _key(request))
        size = await asyncio.to_thread(self._state.folder.kept, part) if part else 0
        headers = {protocol.UPLOAD_OFFSET: str(size), hdrs.CACHE_CONTROL: "no-store"}
        return web.Response(headers=headers)

    async def upload(self, request: web.Request) -> web.Response:
        """Take in a file and share it."""
        member = await self._member(request)
        key = _key(request)
        offset = _offset(request)
        size = self._size(request, offset)
        name = _file_name(request)
        async with self._place(member):
            kept = await self._store(request, name, size, _part(member, key), offset)
            id = secrets.token_hex(16)
            file = File(
                id=id,
                name=kept.name,
                size=kept.size,
                sha256=kept.sha256,
                lines=kept.lines,
                preview=kept.preview,
                url=f"/files/{id}/{quote(kept.name)}",
            )
            file = await self._share(member, key, StoredFile(file, kept.stored, kept.encoding))
        return web.Response(
            status=201,
            body=encode(file),
            content_type="application/json",
            headers={hdrs.LOCATION: file.url},
        )

    async def _member(self, request: web.Request) -> Membership:
        scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        try:
            member = None
            if scheme.lower() == "bearer":
                member = await self._state.room.member_of(token.strip())
        except RoomUnavailableError:
            raise HttpError(UNAVAILABLE) from None
        if member is None:
            raise HttpError(problem("not_joined", "files"), {"WWW-Authenticate": "Bearer"})
        return member

    def _size(self, request: web.Request, offset: int) -> int:
        """Return the size of the whole file: what came before, and what comes now."""
        most = self._state.settings.max_file
        if request.content_length is None:
            raise HttpError(problem("length_required"))
        if (size := offset + request.content_length) > most:
            raise HttpError(problem("too_long", "file", most=most, have=size))
        return size

    @asynccontextmanager
    async def _place(self, member: Membership) -> AsyncIterator[None]:
        """Count an upload of this member; refuse more than `PENDING_UPLOADS` at a time."""
        if self._pending[member.member] >= PENDING_UPLOADS:
            params = {"rule": "uploads", "most": PENDING_UPLOADS}
            raise HttpError(Problem("rate_limited", params, retry_after=1.0))
        self._pending[member.member] += 1
        try:
            yield
        finally:
            self._pending[member.member] -= 1
            self._pending += Counter()  # drops those at zero

    async def _store(
        self, request: web.Request, name: str, size: int, part: str, offset: int
    ) -> Kept:
        folder, most = self._state.folder, self._state.settings.max_file
        upload: Upload | None = None
        try:
            upload = await asyncio.to_thread(folder.begin, name, size, most, part, offset)
            await self._receive(request, upload)
            return await asyncio.to_thread(upload.finish)
        except (ConnectionError, TimeoutError) as why:
            if upload is not None:
                await asyncio.to_thread(upload.set_aside)
            if isinstance(why, TimeoutError):
                raise HttpError(problem("timeout")) from None
            # The client has disconnected, so it does not read this.
            raise HttpError(problem("bad_request", "upload_cut")) from None
        except OSError as why:
            log.warning("upload not stored problem=%s", why)
            raise HttpError(problem("storage", "file")) from None
        finally:
            if upload is not None:
                await asyncio.to_thread(upload.abandon)

    async def _receive(self, request: web.Request, upload: Upload) -> None:
        while await asyncio.to_thread(upload.recall, BLOCK):
            pass
        expected = request.headers.get(hdrs.EXPECT, "").lower()
        if expected == "100-continue" and request.version >= HttpVersion11:
            await ask_for_body(request)
        block = bytearray()
        while True:
            try:
                async with asyncio.timeout(STALLED):
                    data = await request.content.read(BLOCK - len(block))
            except (ConnectionError, TimeoutError):
                # The client can go on after these bytes too.
                await asyncio.to_thread(upload.write, bytes(block))
                raise
            block += data
            if len(block) == BLOCK or not data:
                await asyncio.to_thread(upload.write, bytes(block))
                block.clear()
            if not data:
                return

    async def _share(self, member: Membership, key: str, stored: StoredFile) -> File:
        """Post the file; return it, or the one that was shared with this key before."""
        answered: asyncio.Future[PostResult] = asyncio.get_running_loop().create_future()
        id = key if key and len(key) <= limits.ID_CHARACTERS else UNSET
        post = Post(
            member=member.member,
            connection=0,
            key=_post_key(key or secrets.token_hex(16)),
            tail=events.shared(member.name, stored.file, id),
            stored=stored,
        )
        await self._state.room.ready()
        self._state.room.post(post, answered.set_result)
        # From here the room may have the file: a client that disconnects must not undo it.
        result = await asyncio.shield(answered)
        if result.problem is None and result.seq is None:
            return stored.file
        await asyncio.to_thread(self._state.folder.remove, stored.stored)
        if result.problem is not None:
            raise HttpError(result.problem)
        earlier = await self._state.room.event(result.seq or 0)
        event = decode_event(earlier) if earlier else None
        if not isinstance(event, Shared):
            raise HttpError(problem("gone", "shared_before"))
        return event.file


async def _ask_later(request: web.Request) -> None:
    """Replace aiohttp's answer to `Expect`, which asks for the body of any request."""


def _key(request: web.Request) -> str:
    return request.headers.get("Idempotency-Key", "")


def _offset(request: web.Request) -> int:
    """Return the byte that the body begins with."""
    value = request.headers.get(protocol.UPLOAD_OFFSET, "0")
    if not (value.isascii() and value.isdecimal() and len(value) < 20):
        raise HttpError(problem("bad_request", "upload_offset"))
    return int(value)


def _part(member: Membership, key: str) -> str:
    """Return the name under which a cut upload with this key is kept; empty without a key."""
    return _hashed(f"{member.member} {key}") if key else ""


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _post_key(key: str) -> str:
    """Return a key that no message can have: it is longer than any `id`."""
    return "file " + _hashed(key)


def _file_name(request: web.Request) -> str:
    header = request.headers.get(hdrs.CONTENT_DISPOSITION, "")
    try:
        with warnings.catch_warnings(action="ignore"):
            _, parameters = parse_content_disposition(header)
            return content_disposition_filename(parameters) or "file.txt"
    except (ValueError, LookupError):
        return "file.txt"
