"""The log lines of a real aiohttp server about malformed requests and about bugs."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
from aiohttp import web

from server.processes import logs
from server.settings import Settings

MALFORMED = [
    b"GET /\x00 HTTP/1.1\r\n\r\n",
    b"GET / HTTP/9.x\r\n\r\n",
    b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
    b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
]


@pytest.fixture(autouse=True)
def _logging_comes_back() -> Iterator[None]:
    root, server = logging.getLogger(), logging.getLogger("aiohttp.server")
    before, level, filters = root.handlers[:], root.level, server.filters[:]
    root.handlers = []
    yield
    root.handlers, server.filters = before, filters
    root.setLevel(level)


async def _page(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


async def _bug(request: web.Request) -> web.Response:
    raise ValueError("a bug in a handler")


@pytest.fixture
async def port() -> AsyncIterator[int]:
    application = web.Application()
    application.router.add_route("*", "/", _page)
    application.router.add_get("/bug", _bug)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


async def _send(port: int, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.parametrize("data", MALFORMED, ids=lambda data: repr(data[:40]))
async def test_a_malformed_request_is_one_short_line(
    capsys: pytest.CaptureFixture[str], port: int, data: bytes
) -> None:
    logs.configure(Settings(log_level="info"), "worker 1")
    assert b" 400 " in await _send(port, data)
    (line,) = capsys.readouterr().err.splitlines()
    assert "INFO" in line
    assert "Error handling request from 127.0.0.1: 400" in line
    assert len(line) < 400


@pytest.mark.parametrize("data", MALFORMED, ids=lambda data: repr(data[:40]))
async def test_by_default_it_is_not_logged(
    capsys: pytest.CaptureFixture[str], port: int, data: bytes
) -> None:
    logs.configure(Settings(), "worker 1")
    assert b" 400 " in await _send(port, data)
    assert capsys.readouterr().err == ""


async def test_a_bug_keeps_its_traceback(capsys: pytest.CaptureFixture[str], port: int) -> None:
    logs.configure(Settings(), "worker 1")
    assert b" 500 " in await _send(port, b"GET /bug HTTP/1.1\r\nHost: x\r\n\r\n")
    logged = capsys.readouterr().err
    assert "ERROR" in logged
    assert "Traceback" in logged
    assert "a bug in a handler" in logged


def test_the_filter_is_added_once() -> None:
    for _ in range(2):
        logs.configure(Settings(), "worker 1")
    filters = logging.getLogger("aiohttp.server").filters
    assert sum(isinstance(each, logs.MalformedRequest) for each in filters) == 1


def test_a_json_line_has_all_fields(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(Settings(log_format="json"), "worker 1")
    log = logging.getLogger("server.worker")
    log.warning("connection lost reason=%s", "a\nb")
    try:
        int("a bug")
    except ValueError:
        log.exception("upload failed")
    plain, failed = map(json.loads, capsys.readouterr().err.splitlines())
    assert datetime.fromisoformat(plain.pop("at")).tzinfo == UTC
    assert plain == {
        "level": "warning", "process": "worker 1", "logger": "server.worker",
        "message": "connection lost reason=a\nb",
    }  # fmt: skip
    assert failed["level"] == "error"
    assert "ValueError" in failed["traceback"]
