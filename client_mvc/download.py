"""Shared files on their way here: saved whole or not at all, or read to be shown.

Knows HTTP and the file system; no window, no model.
"""

import asyncio
import codecs
import hashlib
import logging
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import chardet

from client_mvc import connection, news
from shared import messages
from shared.joinlink import Address

log = logging.getLogger(__name__)

SHOWN_BYTES = 1024 * 1024
SILENT_AFTER = 60.0

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Failed(Exception):
    """The file did not come; the text says why, to a person."""


async def save(
    http: aiohttp.ClientSession, address: Address, file: messages.File, target: Path
) -> news.Transfer:
    """Download `file` to `target`, which is replaced only by the whole file."""
    part = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        await _save_whole(http, address, file, part)
        part.replace(target)
    except Failed as failed:
        return news.DownloadFailed(file.name, str(failed))
    except OSError as problem:
        return news.DownloadFailed(file.name, f"{target}: {problem.strerror}.")
    finally:
        part.unlink(missing_ok=True)
    return news.Downloaded(target)


async def _save_whole(
    http: aiohttp.ClientSession, address: Address, file: messages.File, part: Path
) -> None:
    digest = hashlib.sha256()
    with part.open("xb") as out:
        async for block in _blocks(http, address, file):
            digest.update(block)
            await asyncio.to_thread(out.write, block)
    if digest.hexdigest() != file.sha256:
        raise Failed("it arrived damaged. Try again.")


async def fetch(
    http: aiohttp.ClientSession, address: Address, file: messages.File
) -> news.Transfer:
    """The beginning of `file` as text."""
    data = bytearray()
    try:
        async for block in _blocks(http, address, file):
            data += block
            if len(data) > SHOWN_BYTES:
                break
    except Failed as failed:
        return news.DownloadFailed(file.name, str(failed))
    cut = len(data) > SHOWN_BYTES
    text = await asyncio.to_thread(decode, bytes(data[:SHOWN_BYTES]), cut=cut)
    return news.Fetched(file.name, text, cut)


async def _blocks(
    http: aiohttp.ClientSession, address: Address, file: messages.File
) -> AsyncIterator[bytes]:
    """The bytes of `file`, at most as many as it has. Raises `Failed`."""
    if not file.url.startswith("/files/"):
        raise Failed("the room gave no usable link to it.")
    url = f"http://{address}{file.url}"
    left = file.size
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=SILENT_AFTER)
    try:
        async with http.get(url, timeout=timeout, allow_redirects=False) as answer:
            if answer.status in (404, 410):
                raise Failed("the room no longer has it.")
            if answer.status != 200:
                raise Failed(f"the server refused it (HTTP {answer.status}).")
            async for block in answer.content.iter_any():
                left -= len(block)
                if left < 0:
                    raise Failed("it arrived larger than it should be. Try again.")
                yield block
    except (aiohttp.ClientError, TimeoutError) as problem:
        log.info("download of %s: %r", file.name, problem)
        raise Failed(connection.explain(problem, address)) from problem


def decode(data: bytes, *, cut: bool = False) -> str:
    """Text in whatever encoding it is; `cut`: the last character may be incomplete."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return codecs.getincrementaldecoder(encoding)("replace").decode(data, not cut)
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(data, not cut)
    except UnicodeDecodeError:
        era = chardet.EncodingEra.MODERN_WEB
        found = chardet.detect(data[: 64 * 1024], encoding_era=era)["encoding"]
        return data.decode(found or "cp1252", "replace")
