"""Upload and download files: `POST`, `GET` and `HEAD /files` of docs/protocol.md."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from urllib.parse import unquote

import pytest

from tests.conftest import StartServer
from tests.support.protocol_client import ProtocolClient, http_session, joined_clients
from tests.support.running import RunningServer, eventually

NOTES = "# Notes\n1. one\n2. two\n"


async def test_a_file_is_downloaded_byte_for_byte(server: RunningServer) -> None:
    data = "größe €\r\nzwei\n".encode("cp1252") * 20_000
    async with joined_clients(server.url, "ann", "ben") as (ann, ben):
        status, headers, file = await ann.share("gr%C3%B6%C3%9Fe.txt", data)
        assert status == 201
        assert headers["Location"] == file["url"] == f"/files/{file['id']}/gr%C3%B6%C3%9Fe.txt"
        shared = await ben.until(type="shared")
        assert shared["file"] == file
        assert shared["name"] == "ann"
        assert file["name"] == "größe.txt"
        assert (file["size"], file["lines"]) == (len(data), 40_000)
        assert file["sha256"] == hashlib.sha256(data).hexdigest()
        assert file["preview"].split("\n")[:2] == ["größe €", "zwei"]
        assert len(file["preview"].split("\n")) == 12
        assert len(file["id"]) >= 32
        async with ben.http.get(server.url + file["url"]) as answer:
            assert await answer.read() == data
            assert answer.headers["ETag"] == f'"{file["sha256"]}"'
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert unquote(answer.headers["Content-Disposition"]).endswith("größe.txt")
        assert (server.downloads / "größe.txt").read_bytes() == data


@pytest.mark.parametrize(
    ("wanted", "status", "body"),
    [
        ("bytes=0-4", 206, b"# Not"),
        ("bytes=-4", 206, b"two\n"),
        ("bytes=19-", 206, b"wo\n"),
        ("bytes=5-1000", 206, NOTES.encode()[5:]),
        ("bytes=22-", 416, None),
        ("bytes=0-1,4-5", 200, NOTES.encode()),
        ("lines=1-2", 200, NOTES.encode()),
    ],
)
async def test_ranges(server: RunningServer, wanted: str, status: int, body: bytes) -> None:
    async with joined_clients(server.url, "cid") as (cid,):
        _, _, file = await cid.share("notes.txt", NOTES)
        url = server.url + file["url"]
        async with cid.http.get(url, headers={"Range": wanted}) as answer:
            assert answer.status == status
            if body is not None:
                assert await answer.read() == body
        tag = f'"{file["sha256"]}"'
        async with cid.http.get(url, headers={"If-None-Match": tag}) as answer:
            assert answer.status == 304
        stale = {"Range": wanted, "If-Range": '"another"'}
        async with cid.http.get(url, headers=stale) as answer:
            assert (answer.status, await answer.read()) == (200, NOTES.encode())
        async with cid.http.head(url) as answer:
            assert answer.headers["Content-Length"] == str(len(NOTES))


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 415),
        (b"text with a \0 in it", 415),
        (bytes(range(1, 256)) * 4, 415),
        ("Привет, это обычный текст.\n".encode("cp1251") * 9, 201),
        ("UTF-16 with BOM\n".encode("utf-16"), 201),
        (b"", 201),
    ],
)
async def test_only_text_is_accepted(server: RunningServer, data: bytes, status: int) -> None:
    async with joined_clients(server.url, "dan") as (dan,):
        answer, _, body = await dan.share("data.txt", data)
        assert answer == status, body
        if status != 201:
            assert body["reason"]
        eventually(lambda: not list((server.downloads / ".incoming").iterdir()))


async def test_a_large_file_is_refused_before_its_body(server: RunningServer) -> None:
    async with joined_clients(server.url, "dora") as (dora,):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            b"POST /files HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10485761\r\n"
            b"Authorization: Bearer " + dora.welcome["token"].encode() + b"\r\n\r\n"
        )
        assert (await reader.readline()).startswith(b"HTTP/1.1 413")
        writer.close()
        await writer.wait_closed()


async def test_expect_continue(server: RunningServer) -> None:
    """Handle `Expect: 100-continue` (RFC 9110, section 10.1.1), which curl sends."""
    async with joined_clients(server.url, "don") as (don,):

        async def ask(token: str, size: int) -> list[bytes]:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            head = (
                f"POST /files HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n"
                f"Expect: 100-continue\r\nAuthorization: Bearer {token}\r\n\r\n"
            )
            writer.write(head.encode())
            lines = [await reader.readline()]
            if lines == [b"HTTP/1.1 100 Continue\r\n"]:
                assert await reader.readline() == b"\r\n"
                writer.write(b"x" * size)
                lines.append(await reader.readline())
            writer.close()
            await writer.wait_closed()
            return [line.split()[1] for line in lines]

        token = don.welcome["token"]
        assert await ask(token, 5) == [b"100", b"201"]
        assert await ask(token, 10 * 1024 * 1024 + 1) == [b"413"]
        assert await ask("nonsense", 5) == [b"401"]


async def test_an_upload_needs_a_token(server: RunningServer) -> None:
    async with http_session() as http:
        for authorization in ("", "Bearer", "Bearer nonsense", "Basic YTpi"):
            async with http.post(
                server.url + "/files", data=b"x", headers={"Authorization": authorization}
            ) as answer:
                assert answer.status == 401
                assert (await answer.json())["code"] == "not_joined"
        async with http.options(server.url + "/files") as answer:
            assert answer.headers["Accept-Post"] == "text/*"
        for path in ("/files/0123/x.txt", "/files/..%2F..%2Fserver.log/x", "/nothing"):
            async with http.get(server.url + path) as answer:
                assert answer.status == 404


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("GET /files/", 404),
        ("GET /files/0123/x/y", 404),
        ("GET /files", 405),
        ("DELETE /files/0123/x.txt", 405),
    ],
)
async def test_every_error_of_files_has_a_code(
    server: RunningServer, request_line: str, status: int
) -> None:
    method, path = request_line.split()
    async with http_session() as http, http.request(method, server.url + path) as answer:
        assert answer.status == status
        assert {"code", "reason"} <= set(await answer.json())
        assert ("Allow" in answer.headers) == (status == 405)


async def test_an_upload_needs_a_length(server: RunningServer) -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield b"no end in sight"

    async with joined_clients(server.url, "eva") as (eva,):
        headers = {"Authorization": f"Bearer {eva.welcome['token']}"}
        async with eva.http.post(
            server.url + "/files", data=stream(), headers=headers
        ) as answer:
            assert answer.status == 411


async def test_an_idempotency_key_shares_once(server: RunningServer) -> None:
    async with joined_clients(server.url, "fay") as (fay,):
        first = await fay.share("once.txt", NOTES, **{"Idempotency-Key": "k"})
        again = await fay.share("once.txt", NOTES, **{"Idempotency-Key": "k"})
        assert first[0] == again[0] == 201
        assert first[2] == again[2]
        other = await fay.share("once.txt", NOTES, **{"Idempotency-Key": "other"})
        assert other[2]["id"] != first[2]["id"]
        await fay.barrier()
        assert [event["type"] for event in fay.events].count("shared") >= 2
        stored = sorted(path.name for path in server.downloads.glob("once*"))
        assert stored == ["once (2).txt", "once.txt"]


async def test_file_names_stay_in_the_folder(server: RunningServer) -> None:
    async with joined_clients(server.url, "hal") as (hal,):
        for name in ("..%2F..%2Fescape.txt", "%2Fetc%2Fpasswd", ".hidden", "CON.txt", "%00"):
            status, _, file = await hal.share(name, NOTES)
            assert status == 201
            assert "/" not in file["name"]
            assert not file["name"].startswith(".")
        assert not (server.folder / "escape.txt").exists()
        stored = {path.name for path in server.downloads.iterdir()} - {".incoming"}
        assert not any(name.startswith(".") for name in stored)


async def test_the_quota_is_enforced(start_server: StartServer) -> None:
    server = start_server("--quota", "1000", "--max-file", "600")
    async with joined_clients(server.url, "ida") as (ida,):
        assert (await ida.share("big.txt", b"x" * 601))[0] == 413
        assert (await ida.share("a.txt", b"x" * 600))[0] == 201
        status, _, body = await ida.share("b.txt", b"x" * 600)
        assert (status, body["code"]) == (507, "storage")
        assert (await ida.share("c.txt", b"x" * 300))[0] == 201
        os.unlink(server.downloads / "a.txt")  # noqa: PTH108
        assert (await ida.share("b.txt", b"x" * 600))[0] == 201


async def test_health_metrics_and_page(server: RunningServer) -> None:
    async with joined_clients(server.url, "jan") as (jan,):
        for path in ("/healthz", "/readyz"):
            async with jan.http.get(server.url + path) as answer:
                assert (answer.status, (await answer.json())["status"]) == (200, "ok")
        async with jan.http.get(server.url + "/metrics") as answer:
            figures = await answer.text()
            assert "\nchatroom_members 1" in figures or "\nchatroom_members_max 50" in figures
        async with jan.http.get(server.url + "/") as answer:
            assert "lobby" in await answer.text()


async def test_a_guest_is_told_when_the_host_removed_or_changed_a_file(
    server: RunningServer,
) -> None:
    async with joined_clients(server.url, "kim") as (kim,):
        assert isinstance(kim, ProtocolClient)
        _, _, file = await kim.share("gone.txt", NOTES)
        (server.downloads / "gone.txt").unlink()
        async with kim.http.get(server.url + file["url"]) as answer:
            assert answer.status == 410
        _, _, file = await kim.share("edited.txt", NOTES)
        (server.downloads / "edited.txt").write_text(
            "not what kim shared, and longer than that"
        )
        async with kim.http.get(server.url + file["url"]) as answer:
            assert answer.status == 410, "size and sha256 differ"


async def test_the_quota_holds_over_all_workers_at_once(start_server: StartServer) -> None:
    server = start_server("--quota", "1MiB", "--max-file", "1MiB", "--max-users", "9")
    names = [f"m{number}" for number in range(6)]
    async with joined_clients(server.url, *names) as members:
        shared = (one.share("a.txt", b"x" * 600_000) for one in members)
        statuses = sorted(status for status, _, _ in await asyncio.gather(*shared))
        assert statuses == [201] + 5 * [507]
    assert len(list(server.downloads.glob("*.txt"))) == 1


async def test_an_upload_ends_when_its_member_leaves(start_server: StartServer) -> None:
    server = start_server("--workers", "2")
    async with joined_clients(server.url, "lea", "max") as (lea, _):
        uploads = [await begin_upload(server, lea.welcome["token"]) for _ in range(4)]
        await lea.leave()
        for reader, writer in uploads:
            assert b" 401 " in await reader.readline()
            writer.close()
    assert list((server.downloads / ".incoming").iterdir()) == []


async def test_an_upload_goes_on_and_counts_when_the_room_process_is_restarted(
    start_server: StartServer,
) -> None:
    server = start_server("--quota", "1MiB", "--max-file", "1MiB")
    server.expect_errors = True
    async with joined_clients(server.url, "noa", "ole") as (noa, ole):
        reader, writer = await begin_upload(server, noa.welcome["token"], 700_000)
        (room,) = server.children("room")
        room.kill()
        await asyncio.to_thread(eventually, lambda: server.children("room") not in ([], [room]))
        assert (await ole.share("b.txt", b"x" * 600_000))[0] == 507
        writer.write(b"x" * 700_000)
        assert b" 201 " in await reader.readline()
        writer.close()


async def begin_upload(
    server: RunningServer, token: str, size: int = 1000
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Announce an upload, and wait until the server wants its bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = (
        "POST /files HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}",
        f"Content-Length: {size}", "Expect: 100-continue",
    )  # fmt: skip
    writer.write(("\r\n".join(head) + "\r\n\r\n").encode())
    assert await reader.readline() == b"HTTP/1.1 100 Continue\r\n"
    assert await reader.readline() == b"\r\n"
    return reader, writer
