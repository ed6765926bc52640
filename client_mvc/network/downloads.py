"""Downloads of shared files: saved whole or not at all, or read to be shown.

A download that was cut continues from there, as long as the file is still the same.
"""

import asyncio
import codecs
import hashlib
import itertools
import logging
import os
import time
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import BinaryIO, NamedTuple

import aiohttp
import chardet

from client_mvc.network import api, api_files, backoff, disk, http_answers, tls
from shared import file_paths, messages, texts
from shared.identity import ServerIdentity
from shared.problems import ProblemError, problem

log = logging.getLogger(__name__)

SHOWN_BYTES = 10 * 1024 * 1024
SILENT_AFTER = 60.0
"""Seconds that the server has for its headers, and for each `LEAST_BYTES` of the file."""
LEAST_BYTES = 4096
PROGRESS_EVERY = 0.1
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16"),
)
# Codecs of other things than files. The time of `punycode` grows with the square of the length.
_NOT_OF_FILES = ("idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined")


class DownloadError(ProblemError):
    """The file cannot be fetched; `problem` says why."""


async def save(
    http: aiohttp.ClientSession,
    server: ServerIdentity,
    request: api_files.DownloadRequest,
    tell: Callable[[api.NetworkEvent], None],
) -> api_files.TransferEvent:
    """Save a shared file; `request.target` is written only with all of it."""
    file, target = request.file, request.target
    part = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with part.open("xb") as out:
            blocks = _blocks(http, server, file, request.journal)
            await _write(
                blocks, file, out, lambda f: tell(api_files.DownloadProgress(request.key, f))
            )
        await asyncio.to_thread(_check, part, file)
        placed = await asyncio.to_thread(_place, part, target, replace=request.replace)
    except DownloadError as failed:
        return api_files.DownloadFailed(request.key, file.name, failed.problem)
    except OSError as error:
        return api_files.DownloadFailed(request.key, file.name, disk.cannot_save(error, target))
    finally:
        part.unlink(missing_ok=True)
    return api_files.DownloadDone(request.key, placed)


async def _write(
    blocks: AsyncGenerator[tuple[str, int, bytes]],
    file: messages.File,
    out: BinaryIO,
    progress: Callable[[float], None],
) -> None:
    told_at = time.monotonic()
    async with aclosing(blocks):
        async for _charset, at, block in blocks:
            out.seek(at)
            await asyncio.to_thread(out.write, block)
            if time.monotonic() - told_at >= PROGRESS_EVERY:
                told_at = time.monotonic()
                progress((at + len(block)) / file.size)


def _check(part: Path, file: messages.File) -> None:
    with part.open("rb") as written:
        if hashlib.file_digest(written, "sha256").hexdigest() != file.sha256:
            raise DownloadError(problem("damaged"))


def _place(part: Path, target: Path, *, replace: bool) -> Path:
    """Move the file to its name, and return that. Raises OSError."""
    if replace:
        part.replace(target)
        return target
    for number in itertools.count(1):
        name = target
        if number > 1:
            name = target.with_name(f"{target.stem} ({number}){target.suffix}")
        try:
            os.link(part, name)
        except FileExistsError:
            continue
        except OSError:
            # No hard links on this file system: claim the name, then replace the claim.
            try:
                name.open("xb").close()
            except FileExistsError:
                continue
            try:
                part.replace(name)
            except OSError:
                name.unlink()
                raise
        return name
    raise AssertionError("numbers do not end")


async def fetch(
    http: aiohttp.ClientSession, server: ServerIdentity, file: messages.File, journal: str
) -> api_files.TransferEvent:
    """Read the beginning of `file` as text, `SHOWN_BYTES` at most."""
    data, charset = bytearray(), ""
    try:
        async with aclosing(_blocks(http, server, file, journal)) as blocks:
            async for charset, at, block in blocks:  # noqa: B007 - the last one is as good
                data[at:] = block
                if len(data) > SHOWN_BYTES:
                    break
    except DownloadError as failed:
        return api_files.FileFetchFailed(file.name, failed.problem)
    cut = len(data) > SHOWN_BYTES
    text, encoding = await asyncio.to_thread(
        decode, bytes(data[:SHOWN_BYTES]), charset, cut=cut
    )
    return api_files.FileFetched(
        file, await asyncio.to_thread(texts.defuse, text), encoding, cut
    )


async def _blocks(
    http: aiohttp.ClientSession, server: ServerIdentity, file: messages.File, journal: str
) -> AsyncGenerator[tuple[str, int, bytes]]:
    """As `answered`, but continue after a cut. Raises `DownloadError`."""
    at, failures, failed_at = 0, 0, 0
    while True:
        try:
            if journal:
                await check_room(http, server, journal)
            part = Part(file.url, file.size, at, file.sha256)
            async with aclosing(answered(http, server, part)) as blocks:
                async for charset, place, block in blocks:
                    yield charset, place, block
                    at = place + len(block)
                    if at - failed_at >= LEAST_BYTES:
                        failures = 0
        except (aiohttp.ClientError, TimeoutError) as error:
            log.info("download cut file=%r at=%d error=%r", file.name, at, error)
            failures, failed_at = failures + 1, at
            if at == 0 or failures == backoff.TRANSFER_ATTEMPTS:
                raise DownloadError(http_answers.explain(error, server.address)) from error
        else:
            return
        if at >= file.size:
            return
        await asyncio.sleep(backoff.wait(failures))


async def check_room(http: aiohttp.ClientSession, server: ServerIdentity, journal: str) -> None:
    """Raise `DownloadError` if the room at the address is another one by now."""
    try:
        async with asyncio.timeout(SILENT_AFTER):
            room = await http_answers.ask_room(http, server)
    except http_answers.Unreachable as unreachable:
        raise DownloadError(unreachable.problem) from unreachable
    if room is None or room.journal != journal:
        raise DownloadError(problem("other_room", server=str(server.address)))


class Part(NamedTuple):
    """What to request: `url` of a room, of at most `most` bytes, from the byte `start` on.

    `tag` is the ETag that it must still have where it does not start at 0.
    """

    url: str
    most: int
    start: int = 0
    tag: str = ""


async def answered(
    http: aiohttp.ClientSession, server: ServerIdentity, part: Part
) -> AsyncGenerator[tuple[str, int, bytes]]:
    """Yield, for each block: the charset that the server named, its place, and its bytes.

    The first block is at `start` if the server has that part of the same file, else at 0.
    Raises `DownloadError`, TimeoutError, and the errors of aiohttp.
    """
    url, most, start, tag = part
    try:
        path = file_paths.checked(url)
    except file_paths.BadPath as bad:
        raise DownloadError(bad.problem) from None
    headers = {"Accept-Encoding": "identity"}
    if start:
        # The ETag of a file is its SHA-256 (docs/protocol.md, part 2).
        headers |= {"Range": f"bytes={start}-", "If-Range": f'"{tag}"'}
    async with asyncio.timeout(SILENT_AFTER):
        answer = await http.get(
            server.url(path), ssl=tls.check_of(server), headers=headers, allow_redirects=False
        )
    async with answer:
        at = _begins(answer, start)
        if at + (answer.content_length or 0) > most:
            raise DownloadError(problem("larger_than_announced"))
        async with aclosing(_paced(answer)) as blocks:
            async for block in blocks:
                if at + len(block) > most:
                    raise DownloadError(problem("larger_than_announced"))
                yield answer.charset or "", at, block
                at += len(block)


async def _paced(answer: aiohttp.ClientResponse) -> AsyncGenerator[bytes]:
    """Yield the body. Raises TimeoutError where it comes too slowly, or does not end."""
    since, count = time.monotonic(), 0
    while True:
        async with asyncio.timeout(SILENT_AFTER):
            block = await answer.content.readany()
        if not block:
            return
        yield block
        count += len(block)
        now = time.monotonic()
        if count >= LEAST_BYTES:
            since, count = now, 0
        elif now - since > SILENT_AFTER:
            raise TimeoutError


def _begins(answer: aiohttp.ClientResponse, start: int) -> int:
    """Return the place in the file at which the body of `answer` begins."""
    if http_answers.is_encoded(answer):
        raise DownloadError(problem("protocol_broken"))
    match answer.status:
        case 200:
            return 0
        case 206 if answer.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
            return start
        case 404 | 410:
            raise DownloadError(problem("gone"))
        case 503:
            # The server is starting or closing: the download may continue later.
            raise aiohttp.ClientResponseError(answer.request_info, (), status=503)
        case status if 300 <= status < 400:
            raise DownloadError(problem("redirected", server=answer.url.authority))
        case status:
            raise DownloadError(problem("http_status", status=status))


def decode(data: bytes, charset: str = "", *, cut: bool = False) -> tuple[str, str]:
    """Return `data` as text, and its encoding.

    Args:
        data: the bytes of the file.
        charset: the encoding that the server named; without it, it is detected.
        cut: whether the last character may be incomplete.
    """
    for bom, encoding, name in _BOMS:
        if data.startswith(bom):
            return codecs.getincrementaldecoder(encoding)("replace").decode(data, not cut), name
    for encoding, errors in ((_known(charset), "replace"), ("utf-8", "strict")):
        if encoding:
            decoder = codecs.getincrementaldecoder(encoding)(errors)
            try:
                return decoder.decode(data, not cut), encoding
            except UnicodeError:
                continue
    era = chardet.EncodingEra.MODERN_WEB
    found = chardet.detect(data[: 64 * 1024], encoding_era=era)["encoding"] or "cp1252"
    return data.decode(found, "replace"), found.lower()


def _known(charset: str) -> str:
    """Return `charset` if Python knows it as one of text, else an empty string."""
    try:
        b"text".decode(charset, "replace")
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):  # not known, not one of text, or no name at all
        return ""
    return "" if name in _NOT_OF_FILES else charset.lower()
