"""Files in and out over HTTP: `POST /files`, `GET /files/ID/NAME` (docs/protocol.md, part 2).

Bytes are streamed; nothing holds a whole file in memory. What becomes of them on disk is
`server.files.folder`' business, that the room hears of them the room's.
"""

import asyncio
import hashlib
import logging
import secrets
import warnings
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO
from urllib.parse import quote

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.multipart import content_disposition_filename, parse_content_disposition
from msgspec import UNSET

from server.connections.worker_state import WorkerState
from server.files.folder import Kept, NoSpaceError, OffsetError, TooLargeError, Upload
from server.files.text_detection import NotTextError
from server.room import events
from server.room.interface import Membership, Post, PostResult, RoomUnavailableError, StoredFile
from shared import limits, protocol
from shared.messages import File, Shared, decode_event, encode

log = logging.getLogger(__name__)

PENDING_UPLOADS = 4
# What a thread hashes, writes or reads at a time: in so few microseconds that people who talk
# meanwhile do not wait for it where there is one core.
BLOCK = 32 * 1024
STALLED = 60.0


def refusal(status: type[web.HTTPException], code: str, reason: str) -> web.HTTPException:
    """An error of this door: JSON with `code` and `reason`."""
    text = encode({"code": code, "reason": reason}).decode()
    return status(text=text, content_type="application/json")


def explain(problem: web.HTTPException) -> None:
    """Give what aiohttp's router refused below `/files` the body that our own errors have."""
    if problem.content_type != "application/json":
        code = "not_found" if problem.status == 404 else "bad_request"
        problem.content_type = "application/json"
        problem.text = encode(
            {"code": code, "reason": (problem.text or problem.reason).strip()}
        ).decode()


class FileTransfers:
    """The `/files` resource of one worker."""

    def __init__(self, context: WorkerState) -> None:
        self._context = context
        self._pending: Counter[int] = Counter()

    def add_routes(self, application: web.Application) -> None:
        """Serve `/files`."""
        application.router.add_post("/files", self.take, expect_handler=_ask_later)
        application.router.add_head("/files", self.kept)
        application.router.add_route("OPTIONS", "/files", self.options)
        application.router.add_get("/files/{id}/{name}", self.give)
        application.router.add_get("/files/{id}", self.give)

    async def options(self, request: web.Request) -> web.Response:
        """What can be uploaded."""
        headers = {
            "Accept-Post": "text/*",
            "Allow": "HEAD, OPTIONS, POST",
            "Chatroom-Max-File": str(self._context.settings.max_file),
        }
        body = encode({"accept": "text/*", "max_file": self._context.settings.max_file})
        return web.Response(body=body, content_type="application/json", headers=headers)

    # --- in --------------------------------------------------------------------------

    async def take(self, request: web.Request) -> web.Response:
        """Share a file."""
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

    async def kept(self, request: web.Request) -> web.Response:
        """How much is here of an upload that was cut."""
        part = _part(await self._member(request), _key(request))
        size = await asyncio.to_thread(self._context.folder.kept, part) if part else 0
        headers = {protocol.UPLOAD_OFFSET: str(size), hdrs.CACHE_CONTROL: "no-store"}
        return web.Response(headers=headers)

    async def _member(self, request: web.Request) -> Membership:
        scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        try:
            member = None
            if scheme.lower() == "bearer":
                member = await self._context.room.member_of(token.strip())
        except RoomUnavailableError:
            raise _unavailable() from None
        if member is None:
            problem = refusal(web.HTTPUnauthorized, "not_joined", "Only members share files.")
            problem.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
            raise problem
        return member

    def _size(self, request: web.Request, offset: int) -> int:
        """Of the whole file: what came before, and what comes now."""
        most = self._context.settings.max_file
        if request.content_length is None:
            raise refusal(web.HTTPLengthRequired, "too_long", "Content-Length is needed.")
        if (size := offset + request.content_length) > most:
            raise _too_large(f"A file may have at most {most} bytes, this one has {size}.")
        return size

    @asynccontextmanager
    async def _place(self, member: Membership) -> AsyncIterator[None]:
        """One of the few uploads that a member may have under way at once."""
        if self._pending[member.member] >= PENDING_UPLOADS:
            problem = refusal(
                web.HTTPTooManyRequests,
                "rate_limited",
                f"At most {PENDING_UPLOADS} uploads at once; wait for one to end.",
            )
            problem.headers[hdrs.RETRY_AFTER] = "1"
            raise problem
        self._pending[member.member] += 1
        try:
            yield
        finally:
            self._pending[member.member] -= 1
            self._pending += Counter()  # forget those at zero

    async def _store(
        self, request: web.Request, name: str, size: int, part: str, offset: int
    ) -> Kept:
        folder, most = self._context.folder, self._context.settings.max_file
        upload: Upload | None = None
        try:
            upload = await asyncio.to_thread(folder.begin, name, size, most, part, offset)
            await self._receive(request, upload)
            return await asyncio.to_thread(upload.finish)
        except OffsetError as problem:
            raise refusal(web.HTTPConflict, "bad_offset", str(problem)) from None
        except TooLargeError as problem:
            raise _too_large(str(problem)) from None
        except NotTextError as problem:
            raise refusal(web.HTTPUnsupportedMediaType, "not_text", str(problem)) from None
        except NoSpaceError as problem:
            raise refusal(web.HTTPInsufficientStorage, "storage", str(problem)) from None
        except (ConnectionError, TimeoutError) as problem:
            if upload is not None:
                await asyncio.to_thread(upload.set_aside)
            if isinstance(problem, TimeoutError):
                reason = "The upload stalled."
                raise refusal(web.HTTPRequestTimeout, "timeout", reason) from None
            # The client went away; nobody reads the answer.
            reason = "The upload was cut off."
            raise refusal(web.HTTPBadRequest, "bad_request", reason) from None
        except OSError as problem:
            log.warning("cannot store an upload: %s", problem)
            reason = f"The room cannot keep the file: {problem.strerror}."
            raise refusal(web.HTTPInsufficientStorage, "storage", reason) from None
        finally:
            if upload is not None:
                await asyncio.to_thread(upload.abandon)

    async def _receive(self, request: web.Request, upload: Upload) -> None:
        while await asyncio.to_thread(upload.recall, BLOCK):
            pass
        await _go_on(request)
        block = bytearray()
        while True:
            async with asyncio.timeout(STALLED):
                data = await request.content.read(BLOCK - len(block))
            block += data
            if len(block) == BLOCK or not data:
                await asyncio.to_thread(upload.write, bytes(block))
                block.clear()
            if not data:
                return

    async def _share(self, member: Membership, key: str, stored: StoredFile) -> File:
        """Tell the room; the file it knows under this key, be it this one or an earlier."""
        answered: asyncio.Future[PostResult] = asyncio.get_running_loop().create_future()
        id = key if key and len(key) <= limits.ID_CHARACTERS else UNSET
        tail = events.shared(member.name, stored.file, id)
        post = Post(
            member=member.member,
            connection=0,
            key=_post_key(key or secrets.token_hex(16)),
            tail=tail,
            stored=stored,
        )
        await self._context.room.ready()
        self._context.room.post(post, answered.set_result)
        # From here the room may have the file: a client that gives up must not undo it.
        answer = await asyncio.shield(answered)
        if answer.problem is None and answer.seq is None:
            return stored.file
        await asyncio.to_thread(self._context.folder.remove, stored.stored)
        if (why := answer.problem) is not None:
            stored_not = why.code == "storage"
            status = web.HTTPInsufficientStorage if stored_not else web.HTTPUnauthorized
            raise refusal(status, why.code, why.reason)
        earlier = await self._context.room.event(answer.seq or 0)
        event = decode_event(earlier) if earlier else None
        if not isinstance(event, Shared):
            reason = "A file was shared with this key before, and is no longer kept."
            raise refusal(web.HTTPConflict, "bad_request", reason)
        return event.file

    # --- out -------------------------------------------------------------------------

    async def give(self, request: web.Request) -> web.StreamResponse:
        """The bytes of a shared file, whole or a range."""
        try:
            stored = await self._context.room.file(request.match_info["id"])
        except RoomUnavailableError:
            raise _unavailable() from None
        if stored is None:
            raise refusal(web.HTTPNotFound, "not_found", "There is no such file.")
        try:
            size = stored.file.size
            file = await asyncio.to_thread(self._context.folder.open, stored.stored, size)
        except OSError:
            reason = "The host has removed or changed this file."
            raise refusal(web.HTTPGone, "gone", reason) from None
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
            response.force_close()
            await response.prepare(request)
            return response
        start, stop = _range(request, size, tag)
        if (start, stop) != (0, size):
            response.set_status(206)
            response.headers[hdrs.CONTENT_RANGE] = f"bytes {start}-{stop - 1}/{size}"
        response.content_length = stop - start
        response.force_close()
        try:
            await response.prepare(request)
            if request.method != hdrs.METH_HEAD:
                await _pour(file, start, stop, response)
        except ConnectionError as problem:  # nobody is there to be told
            log.info("a download ended early: %s", problem)
        return response


async def _ask_later(request: web.Request) -> None:
    """In place of aiohttp's answer to `Expect`, which asks for the body of any request."""


async def _go_on(request: web.Request) -> None:
    """Ask for the body, if the client waits for that (RFC 9110, section 10.1.1)."""
    expected = request.headers.get(hdrs.EXPECT, "").lower()
    if expected == "100-continue" and request.version >= HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer itself has not begun


async def _pour(file: BinaryIO, start: int, stop: int, response: web.StreamResponse) -> None:
    await asyncio.to_thread(file.seek, start)
    while start < stop:
        data = await asyncio.to_thread(file.read, min(BLOCK, stop - start))
        if not data:
            raise ConnectionResetError("the file has become shorter")
        async with asyncio.timeout(STALLED):
            await response.write(data)
        start += len(data)
    await response.write_eof()


def _range(request: web.Request, size: int, tag: str) -> tuple[int, int]:
    """First byte and the one after the last (RFC 9110, section 14). Raises 416."""
    if_range = request.headers.get(hdrs.IF_RANGE)
    if if_range is not None and if_range != f'"{tag}"':
        return 0, size
    try:
        wanted = request.http_range
    except ValueError:  # several ranges, or nonsense: the whole file is a valid answer
        return 0, size
    if wanted.start is None and wanted.stop is None:
        return 0, size
    start, stop, _ = wanted.indices(size)
    if start >= stop:
        problem = refusal(
            web.HTTPRequestRangeNotSatisfiable, "bad_request", f"The file has {size} bytes."
        )
        problem.headers[hdrs.CONTENT_RANGE] = f"bytes */{size}"
        raise problem
    return start, stop


def _key(request: web.Request) -> str:
    return request.headers.get("Idempotency-Key", "")


def _offset(request: web.Request) -> int:
    """The byte that the body begins with."""
    value = request.headers.get(protocol.UPLOAD_OFFSET, "0")
    if not (value.isascii() and value.isdecimal() and len(value) < 20):
        raise refusal(web.HTTPBadRequest, "bad_request", "Upload-Offset is no number of bytes.")
    return int(value)


def _part(member: Membership, key: str) -> str:
    """What an upload that is cut is kept under: of this member and key; empty without a key."""
    return _hashed(f"{member.member} {key}") if key else ""


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _post_key(key: str) -> str:
    """A key that no `say` can have: longer than any `id`."""
    return "file " + _hashed(key)


def _file_name(request: web.Request) -> str:
    header = request.headers.get(hdrs.CONTENT_DISPOSITION, "")
    try:
        with warnings.catch_warnings(action="ignore"):
            _, parameters = parse_content_disposition(header)
            return content_disposition_filename(parameters) or "file.txt"
    except (ValueError, LookupError):
        return "file.txt"


def _charset(encoding: str) -> str:
    return "utf-8" if encoding == "utf-8-sig" else encoding.replace("_", "-")


def _too_large(reason: str) -> web.HTTPException:
    problem = web.HTTPRequestEntityTooLarge(max_size=0, actual_size=0)
    problem.content_type = "application/json"
    problem.text = encode({"code": "too_long", "reason": reason}).decode()
    return problem


def _unavailable() -> web.HTTPException:
    return refusal(
        web.HTTPServiceUnavailable,
        "storage",
        "The room does not answer. Try again in a moment.",
    )
