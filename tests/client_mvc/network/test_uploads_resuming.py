"""Uploads that are cut: where the server has the beginning, only the rest is sent."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web

from client_mvc.network import api_files, backoff, uploads
from shared.problems import Problem
from tests.client_mvc.conftest import LARGE
from tests.client_mvc.fakes import failure
from tests.client_mvc.network.fake_room import FakeRoom, answer, cut_off
from tests.client_mvc.network.wire import Wire

HAD = 10 * uploads.BLOCK + 1


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "wait", lambda *_, **__: 0.0)


class CutAnswer:
    """An answer that reads a part of the file, then cuts every connection."""

    def __init__(self, room: FakeRoom, then: Callable[[], object] = lambda: None) -> None:
        self._room = room
        self._then = then

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        key = request.headers["Idempotency-Key"]
        offset = int(request.headers.get("Upload-Offset", "0"))
        came = await request.content.readexactly(HAD)
        self._room.kept[key] = self._room.kept.get(key, b"")[:offset] + came
        await asyncio.to_thread(self._then)
        self._room.cut()
        return await cut_off(request)


def offsets(room: FakeRoom) -> list[str | None]:
    """Return the offset of each upload that was completed."""
    return [headers.get("Upload-Offset") for headers, _ in room.posts]


async def test_an_upload_that_was_cut_continues_from_there(
    wire: Wire, room: FakeRoom, large: Path
) -> None:
    await wire.join(await room.open())
    room.post_answers = [CutAnswer(room), CutAnswer(room)]
    wire.network.upload("key", large)
    assert (await wire.until(api_files.UploadRetrying)).problem == Problem("connection_lost")
    await wire.until(api_files.UploadDone)
    assert {HAD / len(LARGE), 2 * HAD / len(LARGE)} <= set(wire.fractions())
    (headers, body) = room.posts[0]
    assert body == LARGE[2 * HAD :]
    assert headers["Idempotency-Key"] == "key"
    assert headers["Upload-Offset"] == str(2 * HAD)
    assert headers["Content-Length"] == str(len(LARGE) - 2 * HAD)
    assert len(room.joins) > 1


async def test_a_server_that_keeps_no_part_gets_the_whole_file(
    wire: Wire, room: FakeRoom, large: Path
) -> None:
    await wire.join(await room.open())
    room.post_answers = [CutAnswer(room)]
    room.head_answers = [answer(405)]
    wire.network.upload("key", large)
    await wire.until(api_files.UploadDone)
    assert (offsets(room), room.posts[0][1]) == ([None], LARGE)


async def test_a_file_that_changed_is_sent_from_its_beginning(
    wire: Wire, room: FakeRoom, large: Path
) -> None:
    await wire.join(await room.open())
    changed = LARGE[::-1]

    def change() -> None:
        saved = large.with_suffix(".new")
        saved.write_bytes(changed)
        os.utime(saved, ns=(0, 0))
        saved.replace(large)

    room.post_answers = [CutAnswer(room, change)]
    wire.network.upload("key", large)
    await wire.until(api_files.UploadDone)
    assert (offsets(room), room.posts[0][1]) == ([None], changed)


@pytest.mark.parametrize(("second", "offset"), [("key", str(HAD)), ("another", None)])
async def test_a_retry_continues_and_another_file_does_not(
    wire: Wire,
    room: FakeRoom,
    large: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    second: str,
    offset: str | None,
) -> None:
    monkeypatch.setattr(backoff, "TRANSFER_ATTEMPTS", 1)
    await wire.join(await room.open())
    room.kept = {second: LARGE[:HAD]}
    room.post_answers = [cut_off]
    wire.network.upload("key", large)
    await wire.until(api_files.UploadFailed)
    wire.network.upload(second, large)
    await wire.until(api_files.UploadDone)
    assert offsets(room) == [offset]


async def test_a_server_that_lost_its_part_gets_the_whole_file(
    wire: Wire, room: FakeRoom, large: Path
) -> None:
    await wire.join(await room.open())
    reason = '{"code": "bad_offset", "reason": "Nothing is kept of this file."}'
    room.post_answers = [CutAnswer(room), answer(409, reason), answer(409, reason)]
    wire.network.upload("key", large)
    await wire.until(api_files.UploadDone)
    problems = [
        each.problem for each in wire.told if isinstance(each, api_files.UploadRetrying)
    ]
    assert problems[-1] == failure("Nothing is kept of this file.", "bad_offset")
    assert (offsets(room), room.posts[0][1]) == ([None], LARGE)


async def test_a_server_that_has_not_noticed_the_cut_is_asked_again(
    wire: Wire, room: FakeRoom, large: Path
) -> None:
    await wire.join(await room.open())
    reason = '{"code": "bad_offset", "reason": "Nothing is kept of this file."}'
    room.post_answers = [CutAnswer(room), answer(409, reason)]
    wire.network.upload("key", large)
    await wire.until(api_files.UploadDone)
    (offset,) = offsets(room)
    assert offset
    assert room.posts[0][1] == LARGE[int(offset) :]


@pytest.mark.parametrize("offset", ["-1", "x", "", "9" * 30, str(len(LARGE) + 1)])
async def test_after_an_invalid_offset_the_whole_file_is_sent(
    wire: Wire, room: FakeRoom, large: Path, offset: str
) -> None:
    async def nonsense(request: web.Request) -> web.StreamResponse:
        return web.Response(headers={"Upload-Offset": offset})

    await wire.join(await room.open())
    room.post_answers = [cut_off]
    room.head_answers = [nonsense]
    wire.network.upload("key", large)
    await wire.until(api_files.UploadDone)
    assert (offsets(room), room.posts[0][1]) == ([None], LARGE)
