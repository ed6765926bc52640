"""What the server relies on in aiohttp's private parts, as a new version may change them."""

import asyncio
import tomllib
from pathlib import Path

import aiohttp
import pytest
from aiohttp import StreamReader, WSMsgType, web
from aiohttp._websocket import reader
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpRequestParser, WebSocketReader

from server.protocols.aiohttp_internals import (
    FrameParser,
    ask_for_body,
    has_more,
    parse_upgrade,
    take_connection,
)
from tests.fakes import turns
from tests.server.protocols.client_frames import masked
from tests.server.protocols.connecting import Transport

UPGRADE = b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"


def test_pyproject_bounds_the_version() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8"))
    (bound,) = [one for one in project["project"]["dependencies"] if one.startswith("aiohttp")]
    assert "<" in bound, f"private parts change with any release: {aiohttp.__version__}"


def test_the_parsers_are_the_compiled_ones() -> None:
    """The others take ten times as long."""
    assert reader.WebSocketReader.__module__ == "aiohttp._websocket.reader_c"
    assert HttpRequestParser.__module__ == "aiohttp._http_parser"
    assert issubclass(WebSocketReader, reader.WebSocketReader)


async def test_the_frame_reader_hands_its_messages_to_the_queue_at_once() -> None:
    parser = FrameParser()
    (first, second) = parser.feed(masked(b"{}") + masked(b"x", 0x89))
    assert (first.type, first.data) == (WSMsgType.TEXT, b"{}")
    assert (second.type, bytes(second.data)) == (WSMsgType.PING, b"x")
    assert parser.broken == 0


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"\xff" * 14, 1002), (b"\x81\xff" + (1 << 40).to_bytes(8, "big") + b"mask", 1009)],
)
async def test_the_frame_reader_reports_errors_to_the_queue(data: bytes, code: int) -> None:
    parser = FrameParser()
    assert parser.feed(data) == []
    assert parser.broken == code
    assert parser.feed(masked(b"{}")) == []


async def test_a_whole_upgrade_is_parsed_with_what_comes_behind_it() -> None:
    request = parse_upgrade(UPGRADE + b"\x81\x80mask")
    assert request is not None
    assert request.version == aiohttp.HttpVersion11
    headers = request.headers
    assert (headers.getall("host", []), headers.getall("Upgrade", [])) == (["x"], ["websocket"])
    assert request.rest == b"\x81\x80mask"


@pytest.mark.parametrize(
    "data",
    [
        UPGRADE[:-1],
        UPGRADE.replace(b"Upgrade\r\n", b"close\r\n"),
        UPGRADE.replace(b"Host: x", b"Host x"),
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + UPGRADE,
        b"",
    ],
)
async def test_other_requests_are_left_to_aiohttps_server(data: bytes) -> None:
    assert parse_upgrade(data) is None


class Application:
    """aiohttp's server with one handler, and a connection to it."""

    def __init__(self) -> None:
        self.requests: list[web.BaseRequest] = []
        self.early = b""
        self.continued = False

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(request)
        assert isinstance(request, web.BaseRequest)
        if request.method == "POST":
            await ask_for_body(request)  # type: ignore[arg-type]
            return web.Response(body=await request.read())
        response = web.StreamResponse(status=101, headers={"Connection": "upgrade"})
        await response.prepare(request)
        self.early = take_connection(request)  # type: ignore[arg-type]
        return response


async def test_a_connection_can_be_taken_from_aiohttp() -> None:
    application = Application()
    protocol = web.Server(application)()
    transport = Transport()
    protocol.connection_made(transport)
    protocol.data_received(UPGRADE + b"early")
    await turns()
    assert transport.written.startswith(b"HTTP/1.1 101 ")
    assert application.early == b"early"
    protocol.connection_lost(None)
    await turns()
    assert not transport.closing, "the connection goes on with another protocol"
    assert len(asyncio.all_tasks()) == 1


async def test_a_body_can_be_asked_for() -> None:
    protocol = web.Server(Application())()
    transport = Transport()
    protocol.connection_made(transport)
    protocol.data_received(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n")
    await turns()
    assert transport.written == b"HTTP/1.1 100 Continue\r\n\r\n"
    protocol.data_received(b"abc")
    await turns()
    assert transport.written.partition(b"Continue\r\n\r\n")[2].startswith(
        b"HTTP/1.1 200 OK\r\n"
    )
    assert transport.written.endswith(b"\r\n\r\nabc")
    protocol.connection_lost(None)
    await turns()


async def test_a_body_tells_whether_more_has_come() -> None:
    loop = asyncio.get_running_loop()
    body = StreamReader(BaseProtocol(loop), 2**16, loop=loop)
    body.feed_data(b"one")
    body.feed_data(b"two")
    assert has_more(body)
    assert await body.readchunk() == (b"one", False)
    assert has_more(body)
    assert await body.readchunk() == (b"two", False)
    assert not has_more(body)
    body.feed_eof()
    assert not has_more(body)
    assert await body.readchunk() == (b"", False)
