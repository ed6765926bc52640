"""Cut uploads: no file appears, and an upload with a key can be continued."""

import asyncio
import contextlib
import signal
from pathlib import Path

import aiohttp

from tests.conftest import StartServer
from tests.support.protocol_client import ProtocolClient, http_session, joined_clients
from tests.support.running import RunningServer, eventually

TEXT = b"a line of the file\n" * 40_000
KEY = {"Idempotency-Key": "notes of today"}


def incoming(server: RunningServer) -> list[Path]:
    """Return the files of unfinished uploads."""
    return list((server.downloads / ".incoming").iterdir())


async def start_upload(
    server: RunningServer, member: ProtocolClient, head: bytes = b""
) -> asyncio.StreamWriter:
    """Send the first half of the file; wait until the server has some of it."""
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(
        b"POST /files HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n"
        b"Content-Disposition: attachment; filename=cut.txt\r\n"
        b"Authorization: Bearer %b\r\n%b\r\n"
        % (len(TEXT), member.welcome["token"].encode(), head)
    )
    writer.write(TEXT[: len(TEXT) // 2])
    await writer.drain()
    await asyncio.to_thread(eventually, lambda: any(p.stat().st_size for p in incoming(server)))
    return writer


async def stored_offset(member: ProtocolClient, **headers: str) -> tuple[int, str | None]:
    """Ask how much of an upload the server has; return status and offset."""
    headers = {"Authorization": f"Bearer {member.welcome['token']}"} | headers
    async with member.http.head(member.url + "/files", headers=headers) as answer:
        return answer.status, answer.headers.get("Upload-Offset")


async def offset_of_cut(member: ProtocolClient) -> int:
    """Return how much the server has of the upload, once it has noticed the cut."""
    async with asyncio.timeout(10):
        while True:
            with contextlib.suppress(aiohttp.ClientError):  # to the worker that died
                status, offset = await stored_offset(member, **KEY)
                assert status == 200
                if offset != "0":
                    return int(offset or 0)


async def test_a_cut_upload_leaves_no_file(server: RunningServer) -> None:
    async with joined_clients(server.url, "gus") as (gus,):
        writer = await start_upload(server, gus)
        writer.transport.abort()
        await asyncio.to_thread(eventually, lambda: not incoming(server))
        assert not (server.downloads / "cut.txt").exists()


async def test_an_upload_with_a_key_continues(server: RunningServer) -> None:
    async with joined_clients(server.url, "gwen", "glen") as (gwen, glen):
        writer = await start_upload(server, gwen, b"Idempotency-Key: notes of today\r\n")
        writer.transport.abort()
        offset = await offset_of_cut(gwen)
        assert 0 < offset <= len(TEXT) // 2
        assert not (server.downloads / "cut.txt").exists()
        for other in ({}, {"Idempotency-Key": "another"}):
            assert await stored_offset(gwen, **other) == (200, "0")
        assert await stored_offset(glen, **KEY) == (200, "0"), (
            "the upload belongs to another member"
        )
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
        assert await stored_offset(gwen, **KEY) == (200, "0")
        again = await gwen.share("cut.txt", TEXT, **KEY)
        assert again[2]["id"] == file["id"]


async def test_asking_for_an_offset_needs_a_token(server: RunningServer) -> None:
    async with http_session() as http:
        for headers in ({}, {"Authorization": "Bearer nonsense", **KEY}):
            async with http.head(server.url + "/files", headers=headers) as answer:
                assert answer.status == 401
                assert "Upload-Offset" not in answer.headers


async def test_the_size_limit_holds_for_continued_uploads(start_server: StartServer) -> None:
    server = start_server("--max-file", str(len(TEXT)))
    async with joined_clients(server.url, "greg") as (greg,):
        writer = await start_upload(server, greg, b"Idempotency-Key: notes of today\r\n")
        writer.transport.abort()
        offset = await offset_of_cut(greg)
        rest = KEY | {"Upload-Offset": str(offset)}
        assert (await greg.share("cut.txt", TEXT[offset:] + b"x", **rest))[0] == 413
        assert (await greg.share("cut.txt", TEXT[offset:], **rest))[0] == 201


async def test_a_new_worker_continues_the_upload_of_a_killed_one(
    start_server: StartServer,
) -> None:
    server = start_server("--workers", "1")
    server.expect_errors = True
    async with joined_clients(server.url, "gale") as (gale,):
        writer = await start_upload(server, gale, b"Idempotency-Key: notes of today\r\n")
        (worker,) = server.children("worker")
        worker.send_signal(signal.SIGKILL)
        offset = await offset_of_cut(gale)
        writer.transport.abort()
        rest = KEY | {"Upload-Offset": str(offset)}
        assert (await gale.share("cut.txt", TEXT[offset:], **rest))[0] == 201
        assert (server.downloads / "cut.txt").read_bytes() == TEXT
