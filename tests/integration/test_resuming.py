"""Uploads that are cut: nothing of them is seen, and with a key they can be gone on with."""

import asyncio
import contextlib
import signal
from pathlib import Path

import aiohttp

from tests.conftest import StartServer
from tests.support.guest import Guest, guests, http_session
from tests.support.running import RunningServer, eventually

TEXT = b"a line of the file\n" * 40_000
KEY = {"Idempotency-Key": "notes of today"}


def incoming(server: RunningServer) -> list[Path]:
    """What is there of files that are not whole."""
    return list((server.downloads / ".incoming").iterdir())


async def start_upload(
    server: RunningServer, guest: Guest, head: bytes = b""
) -> asyncio.StreamWriter:
    """The first half of the file, and the server has some of it."""
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(
        b"POST /files HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n"
        b"Content-Disposition: attachment; filename=cut.txt\r\n"
        b"Authorization: Bearer %b\r\n%b\r\n"
        % (len(TEXT), guest.welcome["token"].encode(), head)
    )
    writer.write(TEXT[: len(TEXT) // 2])
    await writer.drain()
    await asyncio.to_thread(eventually, lambda: any(p.stat().st_size for p in incoming(server)))
    return writer


async def kept(guest: Guest, **headers: str) -> tuple[int, str | None]:
    """The answer to the question how much is there."""
    headers = {"Authorization": f"Bearer {guest.welcome['token']}"} | headers
    async with guest.http.head(guest.url + "/files", headers=headers) as answer:
        return answer.status, answer.headers.get("Upload-Offset")


async def offset_of_cut(guest: Guest) -> int:
    """How much is there of the upload, once the server has seen that it was cut."""
    async with asyncio.timeout(10):
        while True:
            with contextlib.suppress(aiohttp.ClientError):  # that worker is the one that died
                status, offset = await kept(guest, **KEY)
                assert status == 200
                if offset != "0":
                    return int(offset or 0)


async def test_an_upload_that_is_cut_off_leaves_nothing(server: RunningServer) -> None:
    async with guests(server.url, "gus") as (gus,):
        writer = await start_upload(server, gus)
        writer.transport.abort()
        await asyncio.to_thread(eventually, lambda: not incoming(server))
        assert not (server.downloads / "cut.txt").exists()
        await gus.send("leave")
        await gus.closed()


async def test_with_a_key_it_goes_on_where_it_was(server: RunningServer) -> None:
    async with guests(server.url, "gwen", "glen") as (gwen, glen):
        writer = await start_upload(server, gwen, b"Idempotency-Key: notes of today\r\n")
        writer.transport.abort()
        offset = await offset_of_cut(gwen)
        assert 0 < offset <= len(TEXT) // 2
        assert not (server.downloads / "cut.txt").exists()
        for other in ({}, {"Idempotency-Key": "another"}):
            assert await kept(gwen, **other) == (200, "0")
        assert await kept(glen, **KEY) == (200, "0"), "it is another member's"
        for where, status in ((offset - 1, 409), (len(TEXT), 409), ("ten", 400), ("-1", 400)):
            answer, _, body = await gwen.share(
                "cut.txt", b"rest", **KEY, **{"Upload-Offset": str(where)}
            )
            assert answer == status, body
            assert body["reason"]
        rest = {"Upload-Offset": str(offset)}
        status, _, file = await gwen.share("cut.txt", TEXT[offset:], **KEY, **rest)
        assert (status, file["size"], file["lines"]) == (201, len(TEXT), 40_000)
        assert (server.downloads / "cut.txt").read_bytes() == TEXT
        assert incoming(server) == []
        assert await kept(gwen, **KEY) == (200, "0")
        again = await gwen.share("cut.txt", TEXT, **KEY)
        assert again[2]["id"] == file["id"]
        for guest in (gwen, glen):
            await guest.send("leave")
            await guest.closed()


async def test_who_is_no_member_is_told_nothing(server: RunningServer) -> None:
    async with http_session() as http:
        for headers in ({}, {"Authorization": "Bearer nonsense", **KEY}):
            async with http.head(server.url + "/files", headers=headers) as answer:
                assert answer.status == 401
                assert "Upload-Offset" not in answer.headers


async def test_the_largest_file_is_no_larger_in_parts(start_server: StartServer) -> None:
    server = start_server("--max-file", str(len(TEXT)))
    async with guests(server.url, "greg") as (greg,):
        writer = await start_upload(server, greg, b"Idempotency-Key: notes of today\r\n")
        writer.transport.abort()
        offset = await offset_of_cut(greg)
        rest = KEY | {"Upload-Offset": str(offset)}
        assert (await greg.share("cut.txt", TEXT[offset:] + b"x", **rest))[0] == 413
        assert (await greg.share("cut.txt", TEXT[offset:], **rest))[0] == 201


async def test_any_worker_goes_on_with_what_a_killed_one_had(start_server: StartServer) -> None:
    server = start_server("--workers", "1")
    server.expect_errors = True
    async with guests(server.url, "gale") as (gale,):
        writer = await start_upload(server, gale, b"Idempotency-Key: notes of today\r\n")
        (worker,) = server.children("worker")
        worker.send_signal(signal.SIGKILL)
        offset = await offset_of_cut(gale)
        writer.transport.abort()
        rest = KEY | {"Upload-Offset": str(offset)}
        assert (await gale.share("cut.txt", TEXT[offset:], **rest))[0] == 201
        assert (server.downloads / "cut.txt").read_bytes() == TEXT
