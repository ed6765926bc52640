"""Files in: `POST`, `HEAD` and `OPTIONS /files` (docs/protocol.md, part 2).

Bytes are streamed; no part holds a whole file in memory.
"""

import asyncio
import hashlib
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple
from urllib.parse import quote

from aiohttp import HttpVersion11, hdrs, web
from msgspec import UNSET
from msgspec.structs import replace

from server.connections.worker_state import WorkerState
from server.files.background import in_background
from server.files.content import Content
from server.files.incoming import UploadError, kept_name
from server.files.remote import RemoteUnavailableError
from server.files.text_detection import NotTextError
from server.files.thumbnailer import Made
from server.files.upload import Kept, Upload
from server.protocols.aiohttp_internals import ask_for_body
from server.protocols.http.disposition import file_name
from server.protocols.http.doorman import client_of
from server.protocols.http.errors import HttpError
from server.protocols.http.receiving import Incoming, receive
from server.protocols.http.requests import Requests
from server.room import events
from server.room.interface import (
    Membership,
    Post,
    PostResult,
    RoomUnavailableError,
    StoredFile,
    UploadRequest,
)
from shared import limits, media_types, protocol
from shared.codec import decode_event, encode
from shared.messages import File, Shared
from shared.problems import UNAVAILABLE, Problem, problem

log = logging.getLogger(__name__)

_RECALL = 256 * 1024
"""Bytes of a cut upload that a thread reads and hashes at a time."""
THUMBNAIL = "~thumb"
"""The last part of a thumbnail's url: no file has this name (`shared.file_names`)."""
_ACCEPTS = {
    "text": "text/*",
    "pictures": ", ".join(("text/*", *media_types.PICTURES)),
    "any": "*/*",
}


class Uploads:
    """The uploads of one worker."""

    def __init__(self, state: WorkerState, requests: Requests) -> None:
        self._state = state
        self._requests = requests

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve `/files`."""
        router.add_post("/files", self.upload, expect_handler=_ask_later)
        router.add_head("/files", self.kept)
        router.add_route("OPTIONS", "/files", self.options)

    async def options(self, request: web.Request) -> web.Response:
        """Answer with what can be uploaded."""
        most = self._state.settings.max_file
        accepts = _ACCEPTS[self._state.settings.files]
        headers = {
            "Accept-Post": accepts,
            "Allow": "HEAD, OPTIONS, POST",
            protocol.MAX_FILE: str(most),
        }
        body = encode({"accept": accepts, "max_file": most})
        return web.Response(body=body, content_type="application/json", headers=headers)

    async def kept(self, request: web.Request) -> web.Response:
        """Answer with the number of bytes that are kept of an upload which was cut."""
        part = _part(await self._member(request), _key(request))
        size = await in_background(self._state.folder.kept, part) if part else 0
        headers = {protocol.UPLOAD_OFFSET: str(size), hdrs.CACHE_CONTROL: "no-store"}
        return web.Response(headers=headers)

    async def upload(self, request: web.Request) -> web.Response:
        """Take in a file and share it."""
        member = await self._member(request)
        _check_form(request)
        key = _key(request)
        offset = _offset(request)
        size = self._size(request, offset)
        part = _part(member, key)
        async with self._reserved(request, member, size, part) as (incoming, quota):
            wanted = _Wanted(member.member, part, offset, quota)
            kept, made = await self._store(request, incoming, wanted)
            file = await self._share(member, key, await self._described(kept, made))
        return web.Response(
            status=201,
            body=encode(file),
            content_type="application/json",
            headers={hdrs.LOCATION: file.url},
        )

    async def _member(self, request: web.Request) -> Membership:
        scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        token = token.strip() if scheme.lower() == "bearer" else ""
        return await self._requests.member(token, client_of(request).address)

    def _size(self, request: web.Request, offset: int) -> int:
        """Return the size of the whole file: what came before, and what comes now."""
        most = self._state.settings.max_file
        if request.content_length is None:
            raise HttpError(problem("length_required"))
        if (size := offset + request.content_length) > most:
            raise HttpError(problem("too_long", "file", most=most, have=size))
        return size

    @asynccontextmanager
    async def _reserved(
        self, request: web.Request, member: Membership, size: int, part: str
    ) -> AsyncIterator[tuple[Incoming, int]]:
        """Reserve the space of an upload, and give it back at its end.

        The second value is the quota if kept bytes may have to give way, else 0.
        """
        incoming = Incoming(request)
        name = kept_name(part) if part else ""
        wanted = UploadRequest(secrets.randbits(63), member.member, size, name)
        try:
            answer = await self._state.room.begin_upload(wanted, incoming.end)
        except RoomUnavailableError:
            raise HttpError(UNAVAILABLE) from None
        if isinstance(answer, Problem):
            raise HttpError(answer)
        try:
            yield incoming, self._state.settings.quota if answer.tight else 0
        finally:
            await self._state.room.end_upload(wanted.id)

    async def _store(
        self, request: web.Request, incoming: Incoming, wanted: "_Wanted"
    ) -> tuple[Kept, Made]:
        """Take in the file; return it as it is kept, and what is known of it as a picture."""
        folder, most = self._state.folder, self._state.settings.max_file
        member, part, offset, quota = wanted
        name = file_name(request.headers.get(hdrs.CONTENT_DISPOSITION, ""))
        upload: Upload | None = None
        try:
            upload = await in_background(folder.begin, name, most, part, offset, quota)
            await self._receive(request, incoming, upload)
            content = await in_background(upload.check)
            made = await self._picture(member, content, upload)
            await self._copy(upload, made)
            try:
                return await in_background(upload.finish), made
            except (OSError, UploadError):
                await self._discard_copy(upload.stored)
                raise
        except RemoteUnavailableError as why:
            log.info("upload not stored problem=%s", why)
            if upload is not None:  # the client sends the rest again, which is nothing
                await in_background(upload.set_aside)
            raise HttpError(UNAVAILABLE) from None
        except (ConnectionError, TimeoutError) as why:
            if upload is not None:
                await in_background(upload.set_aside)
            if isinstance(why, TimeoutError):
                raise HttpError(problem("timeout")) from None
            # The client has disconnected, so it does not read this.
            raise HttpError(problem("bad_request", "upload_cut")) from None
        except OSError as why:
            log.warning("upload not stored problem=%s", why)
            raise HttpError(problem("storage", "file")) from None
        finally:
            if upload is not None:
                await in_background(upload.abandon)

    async def _receive(self, request: web.Request, incoming: Incoming, upload: Upload) -> None:
        while await in_background(upload.recall, _RECALL):
            pass
        expected = request.headers.get(hdrs.EXPECT, "").lower()
        if expected == "100-continue" and request.version >= HttpVersion11:
            await ask_for_body(request)
        await receive(incoming, upload)

    async def _picture(self, member: int, content: Content, upload: Upload) -> Made:
        """Return what is known of a picture, its thumbnail too if it can have one.

        Raises:
            NotTextError: it begins like a picture, but is none, and only those are taken.
        """
        thumbnailer = self._state.thumbnailer
        if content.type not in media_types.PICTURES or thumbnailer is None:
            return Made(content.type)
        with await in_background(upload.reopen) as file:
            made = await thumbnailer.make(member, file)
        if made is None:
            log.info("no thumbnail reason=not_made type=%s", content.type)
            return Made(content.type)
        if made.type == content.type:
            return made
        if self._state.settings.files == "pictures":
            raise NotTextError("pictures")
        return Made(media_types.UNKNOWN)

    async def _copy(self, upload: Upload, made: Made) -> None:
        """Let other hosts have the file before they hear of it."""
        if (copies := self._state.copies) is not None:
            with await in_background(upload.reopen) as file:
                await copies.store(upload.stored, file, made.data)

    async def _discard_copy(self, stored: str) -> None:
        if self._state.copies is not None:
            await self._state.copies.discard(stored)

    async def _described(self, kept: Kept, made: Made) -> StoredFile:
        """Return the file as members see it; its thumbnail is in its place then."""
        id = secrets.token_hex(16)
        file = File(
            id=id,
            name=kept.name,
            size=kept.size,
            sha256=kept.sha256,
            lines=kept.lines,
            preview=kept.preview,
            url=f"/files/{id}/{quote(kept.name)}",
            type=made.type,
        )
        if made.data:
            file = replace(file, width=made.width, height=made.height)
            try:
                write = self._state.folder.thumbnails.write
                await in_background(write, kept.stored, made.data)
                file = replace(file, thumb=f"/files/{id}/{THUMBNAIL}")
            except OSError as why:  # the file itself is there
                log.warning("thumbnail not stored problem=%s", why)
        return StoredFile(file, kept.stored, kept.encoding)

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
        if self._state.copies is not None and _is_open(result):
            # It may still be shared. If it is not, the client sends it again under this key.
            raise HttpError(UNAVAILABLE)
        await in_background(self._state.folder.remove, stored.stored)
        await self._discard_copy(stored.stored)
        if result.problem is not None:
            raise HttpError(result.problem)
        earlier = await self._state.room.event(result.seq or 0)
        event = decode_event(earlier) if earlier else None
        if not isinstance(event, Shared) or not event.file:
            raise HttpError(problem("gone", "shared_before"))
        return event.file


class _Wanted(NamedTuple):
    """An upload: whose it is; the rest as in `Folder.begin`."""

    member: int
    part: str
    offset: int
    quota: int


async def _ask_later(request: web.Request) -> None:
    """Replace aiohttp's answer to `Expect`, which asks for the body of any request."""


def _is_open(result: PostResult) -> bool:
    """Whether a post may be carried out in spite of its answer."""
    return result.problem is not None and result.problem.code == UNAVAILABLE.code


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


def _check_form(request: web.Request) -> None:
    """Refuse a form, whose body has more than the file.

    `application/x-www-form-urlencoded` is taken: `curl --data-binary @FILE` says so of a plain
    file.
    """
    if request.content_type.startswith("multipart/"):
        raise HttpError(problem("form_encoded"))
