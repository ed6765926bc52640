"""Files from a room on a real port, by way of the network thread: saved, or read."""

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from client_mvc.network import api_files, backoff, downloads
from shared import messages
from shared.identity import ServerIdentity
from shared.joinlink import Address
from shared.problems import Problem
from tests.client_mvc.network.fake_room import FakeRoom, HeldAnswer, answer, cut_after
from tests.client_mvc.network.wire import Wire
from tests.support.waiting import until


def file(data: bytes, **changes: Any) -> messages.File:
    values: dict[str, object] = {
        "id": "f1",
        "name": "notes.txt",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "lines": 1,
        "preview": "",
        "url": "/files/f1/notes.txt",
    }
    return messages.File(**(values | changes))  # type: ignore[arg-type]


def wanted(
    data: bytes, target: Path, *, replace: bool = True, journal: str = "", **changes: Any
) -> api_files.DownloadRequest:
    return api_files.DownloadRequest("key", file(data, **changes), target, replace, journal)


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


class TestDownloads:
    async def test_a_file_is_saved_whole(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        room.files["f1"] = b"hello" * 100_000
        target = tmp_path / "saved.txt"
        target.write_text("old")
        wire.network.download(ServerIdentity(address), wanted(room.files["f1"], target))
        assert await wire.until(api_files.DownloadDone) == api_files.DownloadDone("key", target)
        assert target.read_bytes() == room.files["f1"]
        assert files_in(tmp_path) == [target]

    @pytest.mark.parametrize("found", ["another", "none", "no chatroom"])
    async def test_nothing_is_fetched_from_another_room_at_the_address(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path, found: str
    ) -> None:
        room.files["f1"] = b"hello"
        code = "other_room"
        if found == "another":
            room.serve_journal("j2")
        elif found == "no chatroom":
            room.room_answer, code = answer(200, "Welcome!"), "not_a_chatroom"
        wire.network.download(
            ServerIdentity(address), wanted(b"hello", tmp_path / "saved.txt", journal="j1")
        )
        assert (await wire.until(api_files.DownloadFailed)).problem.code == code
        wire.network.fetch(ServerIdentity(address), file(b"hello"), "j1")
        assert (await wire.until(api_files.FileFetchFailed)).problem.code == code
        assert (room.requests, room.gets) == (["/room", "/room"], [])
        assert files_in(tmp_path) == []

    async def test_the_room_is_asked_again_before_a_download_continues(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        data = room.files["f1"] = bytes(range(256)) * 400
        room.serve_journal("j1")

        def taken() -> bool:
            room.serve_journal("j2")
            return any(part.stat().st_size for part in files_in(tmp_path))

        room.get_answers = [cut_after(data[:60_000], len(data), taken=taken)]
        wire.network.download(
            ServerIdentity(address), wanted(data, tmp_path / "saved.txt", journal="j1")
        )
        assert (await wire.until(api_files.DownloadFailed)).problem.code == "other_room"
        assert len(room.gets) == 1

    async def test_an_existing_file_is_not_replaced(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        room.files["f1"] = b"hello"
        target = tmp_path / "notes.old.txt"
        target.write_text("old")
        names = []
        for _ in range(2):
            wire.network.download(
                ServerIdentity(address), wanted(b"hello", target, replace=False)
            )
            names.append((await wire.until(api_files.DownloadDone)).target.name)
        assert names == ["notes.old (2).txt", "notes.old (3).txt"]
        assert target.read_text() == "old"
        assert len(files_in(tmp_path)) == 3

    async def test_an_existing_file_is_not_replaced_without_hard_links(
        self,
        wire: Wire,
        room: FakeRoom,
        address: Address,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def no_links(*_: object) -> None:
            raise PermissionError("not here")

        monkeypatch.setattr(os, "link", no_links)
        room.files["f1"] = b"hello"
        target = tmp_path / "notes.txt"
        target.write_text("old")
        wire.network.download(ServerIdentity(address), wanted(b"hello", target, replace=False))
        saved = (await wire.until(api_files.DownloadDone)).target
        assert (saved.name, saved.read_bytes()) == ("notes (2).txt", b"hello")
        assert target.read_text() == "old"

    async def test_a_download_that_was_cut_continues_from_there(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        data = room.files["f1"] = bytes(range(256)) * 400

        def some_is_written() -> bool:
            return any(part.stat().st_size for part in files_in(tmp_path))

        room.get_answers = [cut_after(data[:60_000], len(data), taken=some_is_written)]
        wire.network.download(ServerIdentity(address), wanted(data, tmp_path / "saved.txt"))
        assert (await wire.until(api_files.DownloadDone)).target.read_bytes() == data
        (first, second) = room.gets
        assert "Range" not in first
        start = second["Range"].removeprefix("bytes=").removesuffix("-")
        assert 0 < int(start) <= 60_000
        assert second["If-Range"] == f'"{hashlib.sha256(data).hexdigest()}"'

    async def test_a_server_without_ranges_sends_the_whole_file(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        data = b"hello" * 20_000

        async def whole(request: web.Request) -> web.StreamResponse:
            return web.Response(body=data)

        room.get_answers = [cut_after(data[:60_000], len(data)), whole]
        wire.network.download(ServerIdentity(address), wanted(data, tmp_path / "saved.txt"))
        assert (await wire.until(api_files.DownloadDone)).target.read_bytes() == data

    async def test_a_failed_download_leaves_no_file(
        self,
        wire: Wire,
        room: FakeRoom,
        address: Address,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(backoff, "wait", lambda *_, **__: 0.0)
        monkeypatch.setattr(backoff, "TRANSFER_ATTEMPTS", 2)
        room.get_answers = [cut_after(b"hel", 5), cut_after(b"", 5), cut_after(b"", 5)]
        wire.network.download(ServerIdentity(address), wanted(b"hello", tmp_path / "saved.txt"))
        await wire.until(api_files.DownloadFailed)
        assert files_in(tmp_path) == []

    async def test_a_cancelled_download_leaves_no_file_and_is_silent(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        never = HeldAnswer()
        room.get_answers = [never]
        wire.network.download(ServerIdentity(address), wanted(b"hello", tmp_path / "saved.txt"))
        await never.began.wait()
        assert len(files_in(tmp_path)) == 1
        wire.network.cancel_download("key")
        await until(lambda: not files_in(tmp_path))
        assert wire.queue.empty()

    @pytest.mark.parametrize(
        ("served", "changes", "code"),
        [
            (b"hello", {"sha256": "0" * 64}, "damaged"),
            (b"hello and more", {"size": 5}, "larger_than_announced"),
            (None, {}, "gone"),
            (b"hello", {"url": "http://elsewhere/files/x"}, "bad_url"),
            (b"hello", {"url": "@elsewhere/files/f1/x"}, "bad_url"),
            (b"hello", {"url": "/files/f1/../../metrics"}, "bad_url"),
        ],
    )
    async def test_a_file_that_is_not_the_announced_one_is_not_saved(
        self,
        wire: Wire,
        room: FakeRoom,
        address: Address,
        tmp_path: Path,
        *,
        served: bytes | None,
        changes: dict[str, Any],
        code: str,
    ) -> None:
        if served is not None:
            room.files["f1"] = served
        target = tmp_path / "saved.txt"
        target.write_text("old")
        wire.network.download(ServerIdentity(address), wanted(b"hello", target, **changes))
        failed = await wire.until(api_files.DownloadFailed)
        assert (failed.key, failed.name) == ("key", "notes.txt")
        assert failed.problem.code == code
        assert target.read_text() == "old"
        assert files_in(tmp_path) == [target]

    async def test_a_missing_folder(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        room.files["f1"] = b"hello"
        wire.network.download(
            ServerIdentity(address), wanted(b"hello", tmp_path / "no" / "saved.txt")
        )
        problem = (await wire.until(api_files.DownloadFailed)).problem
        assert problem == Problem("folder_missing", {"folder": str(tmp_path / "no")})

    async def test_an_unreachable_server(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        await room.close()
        wire.network.download(ServerIdentity(address), wanted(b"hello", tmp_path / "saved.txt"))
        problem = (await wire.until(api_files.DownloadFailed)).problem
        assert problem == Problem("connection_refused", {"server": str(address)})

    async def test_a_file_is_fetched_as_text(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        room.files["f1"] = "grüß\r\n\x1b".encode()
        one = file(room.files["f1"])
        wire.network.fetch(ServerIdentity(address), one)
        assert await wire.until(api_files.FileFetched) == api_files.FileFetched(
            one, "grüß\n\ufffd", "utf-8", cut=False
        )

    async def test_the_encoding_that_the_server_names_is_used(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        data = "größer".encode("cp437")
        room.files["f1"] = data
        room.get_answers = [cut_after(data, len(data), charset="cp437")]
        wire.network.fetch(ServerIdentity(address), file(data))
        fetched = await wire.until(api_files.FileFetched)
        assert (fetched.text, fetched.encoding) == ("größer", "cp437")

    async def test_a_file_that_was_removed_cannot_be_fetched(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        wire.network.fetch(ServerIdentity(address), file(b"hello"))
        assert (await wire.until(api_files.FileFetchFailed)).problem == Problem("gone")

    async def test_the_beginning_of_a_long_file_is_fetched(
        self, wire: Wire, room: FakeRoom, address: Address, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(downloads, "SHOWN_BYTES", 1_000)
        room.files["f1"] = b"x" + "ü".encode() * 1_000
        wire.network.fetch(ServerIdentity(address), file(room.files["f1"]))
        fetched = await wire.until(api_files.FileFetched)
        assert fetched.cut
        assert fetched.text == "x" + "ü" * 499


@pytest.mark.parametrize(
    "data",
    [
        "naïve 👍".encode(),
        "naïve 👍".encode("utf-8-sig"),
        b"\xff\xfe" + "naïve 👍".encode("utf-16-le"),
        b"\xfe\xff" + "naïve 👍".encode("utf-16-be"),
    ],
)
def test_each_form_of_unicode_is_decoded(data: bytes) -> None:
    text, encoding = downloads.decode(data)
    assert text == "naïve 👍"
    assert encoding in ("utf-8", "utf-16")


def test_a_legacy_encoding_is_detected() -> None:
    text = "Съешь же ещё этих мягких французских булок, да выпей чаю. " * 4
    for charset in ("", "windows-1251", "no-such-encoding", "base64"):
        assert downloads.decode(text.encode("cp1251"), charset)[0] == text
