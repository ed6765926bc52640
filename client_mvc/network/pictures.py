"""Pictures to show: small copies in memory, whole ones in a private folder.

Nothing here decodes a picture. Its bytes are a stranger's.
"""

import asyncio
import shutil
import tempfile
import time
import uuid
from contextlib import aclosing
from pathlib import Path

import aiohttp
from msgspec import UNSET

from client_mvc.network import api_files, backoff, disk, downloads, http_answers
from shared import messages
from shared.identity import ServerIdentity
from shared.problems import Problem, problem

THUMBNAIL_BYTES = 1024 * 1024
"""The most that a small copy may have."""
AT_ONCE = 4
ATTEMPTS = 3
CHECKED_FOR = 5.0
"""Seconds after which the room is asked again whether it is still the same."""
PREFIX = "chatroom-pictures-"


class Pictures:
    """Fetches pictures over `http`, `AT_ONCE` at a time. `close` it at the end."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._places = asyncio.Semaphore(AT_ONCE)
        self._checked: dict[tuple[ServerIdentity, str], float] = {}
        self._folder: Path | None = None
        self._whole: dict[tuple[str, str], Path] = {}

    def close(self) -> None:
        """Remove all pictures from the disk."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    async def fetch(
        self, server: ServerIdentity, file: messages.File, journal: str, *, whole: bool
    ) -> api_files.PictureEvent:
        """Fetch the small copy of a picture, or the `whole` one."""
        try:
            async with self._places:
                if whole:
                    return await self._fetch_whole(server, file, journal)
                return await self._fetch_thumbnail(server, file, journal)
        except downloads.DownloadError as failed:
            return api_files.PictureFetchFailed(file.id, failed.problem, whole)
        except OSError as error:
            why = disk.cannot_save(error, Path(tempfile.gettempdir()))
            return api_files.PictureFetchFailed(file.id, why, whole)

    async def _fetch_whole(
        self, server: ServerIdentity, file: messages.File, journal: str
    ) -> api_files.PictureEvent:
        # Its content names it, and `downloads.save` checks that it is this content.
        known = self._whole.get((file.sha256, journal))
        if known is not None and await asyncio.to_thread(known.is_file):
            return api_files.PictureFetched(file.id, path=known)
        target = await asyncio.to_thread(self._new_path)
        request = api_files.DownloadRequest(file.id, file, target, journal=journal)
        saved = await downloads.save(self._http, server, request, lambda _: None)
        if not isinstance(saved, api_files.DownloadDone):
            assert isinstance(saved, api_files.DownloadFailed)
            return api_files.PictureFetchFailed(file.id, saved.problem, whole=True)
        self._whole[file.sha256, journal] = saved.target
        return api_files.PictureFetched(file.id, path=saved.target)

    def _new_path(self) -> Path:
        if self._folder is None or not self._folder.is_dir():
            self._folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        return self._folder / uuid.uuid4().hex

    async def _fetch_thumbnail(
        self, server: ServerIdentity, file: messages.File, journal: str
    ) -> api_files.PictureFetched:
        if file.thumb is UNSET:
            raise downloads.DownloadError(problem("gone"))
        for failures in range(1, ATTEMPTS + 1):
            try:
                if journal:
                    await self._check_room(server, journal)
                return api_files.PictureFetched(
                    file.id, data=await self._read(server, file.thumb)
                )
            except downloads.DownloadError as failed:
                if failed.problem != problem("http_status", status=429):
                    raise
                why: Problem = failed.problem
            except (aiohttp.ClientError, TimeoutError) as error:
                why = http_answers.explain(error, server.address)
            if failures < ATTEMPTS:
                await asyncio.sleep(backoff.wait(failures))
        raise downloads.DownloadError(why)

    async def _check_room(self, server: ServerIdentity, journal: str) -> None:
        """As in `downloads`, but at most every few seconds: a page has many pictures."""
        now = time.monotonic()
        if now - self._checked.get((server, journal), -CHECKED_FOR) >= CHECKED_FOR:
            await downloads.check_room(self._http, server, journal)
            self._checked = {(server, journal): now}

    async def _read(self, server: ServerIdentity, url: str) -> bytes:
        data = bytearray()
        part = downloads.Part(url, THUMBNAIL_BYTES)
        async with aclosing(downloads.answered(self._http, server, part)) as blocks:
            async for _charset, _at, block in blocks:
                data += block
        return bytes(data)
