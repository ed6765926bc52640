"""HTTP as a whole: checks that all requests pass, kept-alive connections, pages, errors."""

import asyncio
import re
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.connections.kind import Kind
from server.protocols.http.errors import STATUS
from server.protocols.http_server import BEGINNINGS_A_TURN
from server.protocols.websocket.frames import close_frame
from server.protocols.websocket.server import JOINS_A_TURN
from server.room.interface import Overview
from server.settings import Settings
from shared import protocol
from shared.problems import TEMPLATES
from tests.fakes import request, turns
from tests.server.protocols.client_frames import masked, parse
from tests.server.protocols.connecting import Answer, Server
from tests.support.waiting import until

HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: chatroom.v1\r\n\r\n"
)
JOIN = masked(request("join", name="ada"))


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server(Settings(room="lab & $host")) as server:
        yield server


# --- checks that every request passes ----------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/room", "/healthz", "/files/1/a", "/nothing", "/ws"])
async def test_a_request_for_another_host_is_refused(server: Server, path: str) -> None:
    answer = await server.connect().get(path, host="evil.example")
    assert answer.status == 421
    assert answer.json["code"] == "wrong_host"
    assert answer.json["params"] == {"host": "evil.example"}
    assert "--allow-host" in answer.json["reason"]


async def test_a_request_without_a_host_is_refused(server: Server) -> None:
    assert (await server.connect().get("/room", host=None)).status == 400
    answer = Answer(await server.connect().send(b"GET /room HTTP/1.0\r\n\r\n"))
    assert (answer.status, answer.json["params"]) == (400, {"rule": "host"})


async def test_a_header_that_is_not_utf_8_is_refused(server: Server) -> None:
    data = await server.connect().send(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: \xff\r\n\r\n")
    answer = Answer(data)
    assert (answer.status, answer.json["params"]) == (400, {"rule": "header"})


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/files/", 404, "not_found"),
        ("GET", "/files/1/2/3", 404, "not_found"),
        ("GET", "/files/unknown/a.txt", 404, "not_found"),
        ("GET", "/files", 405, "bad_method"),
        ("DELETE", "/files/1/a.txt", 405, "bad_method"),
        ("POST", "/room", 405, "bad_method"),
        ("GET", "/ws", 426, "upgrade_required"),
        ("POST", "/files", 401, "not_joined"),
        ("HEAD", "/files", 401, "not_joined"),
    ],
)
async def test_errors(server: Server, method: str, path: str, status: int, code: str) -> None:
    answer = await server.connect().ask(method, path)
    assert answer.status == status
    assert ("Allow" in answer.headers) == (status == 405)
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert answer.headers["Content-Type"].startswith("application/json")
    if method != "HEAD":
        assert answer.json["code"] == code
        assert answer.json["reason"]


@pytest.mark.parametrize("path", ["/room", "/metrics", "/files/1/a"])
async def test_a_room_that_does_not_answer(server: Server, path: str) -> None:
    server.room.down = True
    answer = await server.connect().get(path)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json == {
        "code": "unavailable",
        "reason": "The room does not answer. Try again in a moment.",
        "retry_after": 1.0,
    }


def test_every_status_is_documented() -> None:
    text = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d{3}) \| `(\w+)` \|", text, re.MULTILINE)
    assert sorted(rows) == sorted((str(status), code) for code, status in STATUS.items())
    assert set(STATUS) <= set(TEMPLATES)


# --- kept-alive connections --------------------------------------------------------------


async def test_a_connection_takes_several_requests(server: Server) -> None:
    connection = server.connect()
    for path, status in [("/healthz", 200), ("/nothing", 404), ("/room", 200)]:
        answer = await connection.get(path)
        assert (answer.status, answer.headers.get("Connection")) == (status, None)
    assert not connection.transport.closing


async def test_a_client_can_ask_for_the_end(server: Server) -> None:
    connection = server.connect()
    answer = await connection.get("/healthz", Connection="close")
    assert (answer.status, answer.headers["Connection"]) == (200, "close")
    assert connection.transport.closing


async def test_an_error_that_leaves_a_body_unread_ends_the_connection(server: Server) -> None:
    connection = server.connect()
    answer = await connection.ask("POST", "/files", Content_Length="100")
    assert (answer.status, answer.headers["Connection"]) == (401, "close")


async def test_an_error_after_a_whole_body_does_not(server: Server) -> None:
    connection = server.connect()
    answer = await connection.ask("POST", "/files", b"abc", Content_Length="3")
    assert answer.status == 401
    assert (await connection.get("/healthz")).status == 200


async def test_requests_that_come_at_once_are_answered_in_order(server: Server) -> None:
    get = "GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n"
    both = get.format("/healthz") + get.format("/nothing")
    data = await server.connect().send(both.encode())
    assert data.index(b"HTTP/1.1 200") < data.index(b"HTTP/1.1 404")


# --- connections that are pushed out -----------------------------------------------------


@pytest.mark.parametrize("sent", [b"", b"GET", b"GET /room HTTP/1.1\r\nHo", HANDSHAKE])
async def test_a_connection_that_has_not_joined_is_closed(server: Server, sent: bytes) -> None:
    connection = server.connect()
    await connection.send(sent)
    connection.switch.push_out()
    assert connection.transport.aborted
    assert connection.kinds == []


async def test_a_connection_between_two_requests_is_closed(server: Server) -> None:
    connection = server.connect()
    await connection.get("/room")
    assert connection.kinds == [Kind.PAGE]
    connection.switch.push_out()
    assert connection.transport.aborted


@pytest.mark.parametrize("end", [b"", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"])
async def test_a_request_under_way_is_answered_before(
    server: Server, monkeypatch: pytest.MonkeyPatch, end: bytes
) -> None:
    gate = asyncio.Event()
    overview = server.room.overview

    async def slow() -> Overview:
        await gate.wait()
        return await overview()

    monkeypatch.setattr(server.room, "overview", slow)
    connection = server.connect()
    await connection.send(b"GET /room HTTP/1.1\r\nHost: localhost\r\n\r\n")
    connection.switch.push_out()
    await turns()
    assert not connection.transport.closing
    gate.set()
    answer = await connection.send(end)
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.count(b"HTTP/1.1") == 1
    assert connection.transport.closing


async def test_a_member_is_not_pushed_out(server: Server) -> None:
    connection = server.connect()
    await connection.get("/room")
    await connection.send(HANDSHAKE, JOIN)
    connection.switch.push_out()
    assert connection.kinds == [Kind.PAGE, Kind.UNJOINED, Kind.JOINED]
    assert not connection.transport.closing


async def test_a_page_that_became_a_websocket_is_pushed_out(server: Server) -> None:
    connection = server.connect()
    await connection.get("/room")
    await connection.send(HANDSHAKE)
    assert connection.kinds[-1] is Kind.UNJOINED
    connection.switch.push_out()
    assert connection.transport.aborted


# --- pages -------------------------------------------------------------------------------


async def test_room_tells_what_a_client_may_know_before_it_joins(server: Server) -> None:
    answer = await server.connect().get("/room")
    assert answer.status == 200
    assert answer.json == {
        "room": "lab & $host",
        "journal": "j1",
        "features": list(protocol.FEATURES),
        "password": False,
        "active": 1,
        "max_users": 3,
        "version": 1,
    }
    assert answer.headers["Cache-Control"] == "no-store"


async def test_room_tells_that_it_runs_on_several_hosts(server: Server) -> None:
    server.state.hosts = ("https://a:18000", "https://b:18000")
    told = (await server.connect().get("/room")).json
    assert told["features"] == [*protocol.FEATURES, "hosts"]


@pytest.mark.parametrize(("decides", "told"), [(True, None), (False, False)])
async def test_room_tells_who_looks_for_a_host_that_it_is_none(
    server: Server, monkeypatch: pytest.MonkeyPatch, *, decides: bool, told: bool | None
) -> None:
    async def overview() -> Overview:
        return Overview("j2", 2, 5, password=False, decides=decides)

    monkeypatch.setattr(server.room, "overview", overview)
    assert (await server.connect().get("/room")).json.get("majority") is told


async def test_room_asks_the_room_each_time(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def overview() -> Overview:
        return Overview(journal="j2", active=2, max_users=5, password=True)

    monkeypatch.setattr(server.room, "overview", overview)
    told = (await server.connect().get("/room")).json
    assert (told["journal"], told["active"], told["password"]) == ("j2", 2, True)


@pytest.mark.parametrize(
    ("draining", "connected", "status"),
    [(False, True, 200), (True, True, 503), (False, False, 503)],
)
async def test_readiness(server: Server, draining: bool, connected: bool, status: int) -> None:
    server.state.draining = draining
    server.room.connected = connected
    assert (await server.connect().get("/readyz")).status == status
    assert (await server.connect().get("/healthz")).status == 200


async def test_metrics_are_for_this_machine_unless_the_settings_say_otherwise() -> None:
    for setting, address, status in [
        ("loopback", "127.0.0.1", 200),
        ("loopback", "::ffff:127.0.0.1", 200),
        ("loopback", "192.0.2.7", 403),
        ("all", "192.0.2.7", 200),
    ]:
        async with Server(Settings(metrics=setting, tls="off")) as server:  # type: ignore[arg-type]
            connection = server.connect()
            connection.transport._extra["peername"] = (address, 1)  # type: ignore[attr-defined]
            answer = await connection.get("/metrics")
            assert answer.status == status, address
            assert (b"chatroom_members_max 3" in answer.body) == (status == 200)


async def test_metrics_have_the_refusals() -> None:
    async with Server() as server:
        server.state.refusals.count("joins")
        server.state.refusals.count("joins")
        answer = await server.connect().get("/metrics")
        assert b'chatroom_refused_total{what="joins"} 2.0\n' in answer.body
        assert b'chatroom_refused_total{what="connects"} 0.0\n' in answer.body


# --- WebSocket ---------------------------------------------------------------------------

PIECES = [
    [HANDSHAKE + JOIN],
    [HANDSHAKE, JOIN],
    [HANDSHAKE[:30], HANDSHAKE[30:] + JOIN],
    [HANDSHAKE[:2], HANDSHAKE[2:], JOIN],
    [HANDSHAKE + JOIN[:5], JOIN[5:]],
    [HANDSHAKE[:30], HANDSHAKE[30:] + JOIN[:5], JOIN[5:]],
]


@pytest.mark.parametrize("kept_alive", [False, True])
@pytest.mark.parametrize("pieces", PIECES)
async def test_a_websocket_however_its_bytes_come(
    server: Server, pieces: list[bytes], kept_alive: bool
) -> None:
    connection = server.connect()
    if kept_alive:
        assert (await connection.get("/room")).status == 200
    answer = await connection.send(*pieces)
    head, _, frames = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 101 Switching Protocols"
    assert "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in lines
    assert "Sec-WebSocket-Protocol: chatroom.v1" in lines
    (welcome,) = parse(frames)
    assert b'"welcome"' in welcome
    assert len(server.http.websockets) == 1
    assert connection.kinds[-1] is Kind.JOINED
    await connection.send(masked(request("say", text="hi")))
    assert len(server.room.posts) == 1
    connection.switch.connection_lost(None)
    assert len(server.http.websockets) == 0


@pytest.mark.parametrize("kept_alive", [False, True])
@pytest.mark.parametrize(
    ("header", "changed", "status"),
    [
        (b"Host: localhost", b"Host: evil.example", 421),
        (b"Host: localhost", b"X: y", 400),
        (b"Host: localhost", b"Host: localhost\r\nOrigin: http://evil.example", 403),
        (b"Version: 13", b"Version: 12", 426),
        (b"chatroom.v1", b"chatroom.v9", 400),
    ],
)
async def test_a_handshake_that_is_refused(
    server: Server, header: bytes, changed: bytes, status: int, kept_alive: bool
) -> None:
    connection = server.connect()
    if kept_alive:
        await connection.get("/room")
    answer = Answer(await connection.send(HANDSHAKE.replace(header, changed)))
    assert answer.status == status
    assert answer.body
    assert len(server.http.websockets) == 0


async def test_a_client_that_comes_while_the_server_ends_is_refused(server: Server) -> None:
    server.state.draining = True
    answer = await server.connect().send(HANDSHAKE)
    _, _, frames = answer.partition(b"\r\n\r\n")
    assert b'"shutting_down"' in frames
    assert frames.endswith(close_frame(4003, "refused"))


async def test_a_client_that_does_not_join_in_time_is_refused(server: Server) -> None:
    late, joined = server.connect(), server.connect()
    await late.send(HANDSHAKE)
    await joined.send(HANDSHAKE + JOIN)
    joined.transport.written = late.transport.written = b""
    clock = server.state.now
    for connection in list(server.http.websockets._connections):
        connection.check(clock() + 9)
    await turns()
    assert late.transport.written == b""
    for connection in list(server.http.websockets._connections):
        connection.check(clock() + 11)
    assert b'"bad_request"' in late.transport.written
    assert late.transport.written.endswith(close_frame(4003, "refused"))
    assert joined.transport.written == b""


async def test_quiet_clients_are_pinged_and_silent_ones_dropped(server: Server) -> None:
    connection = server.connect()
    await connection.send(HANDSHAKE + JOIN)
    connection.transport.written = b""
    (websocket,) = server.http.websockets._connections
    now = server.state.now()
    for seconds in (19, 21, 39, 42):
        websocket.check(now + seconds)
    assert connection.transport.written == b"\x89\x00" * 2
    websocket.check(now + 61)
    assert connection.transport.aborted


RUBBISH = b"x" * (1 << 18)


@pytest.mark.parametrize(
    "before",
    [
        b"GET /room HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3,
        b"POST /files HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n" + b"y" * 9,
        b"GET ",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
async def test_endless_bytes_that_are_no_http_take_no_memory(
    server: Server, before: bytes
) -> None:
    """They come before the answer, as other requests have their turn first."""
    connection = server.connect()
    connection.switch.data_received(before + RUBBISH)
    tracemalloc.start()
    try:
        for _ in range(40):
            connection.switch.data_received(RUBBISH)
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used < len(RUBBISH)
    assert not connection.transport.reading
    await turns()
    assert b" 400 Bad Request\r\n" in connection.transport.written
    assert connection.transport.closing


@pytest.mark.parametrize("first", [HANDSHAKE, HANDSHAKE[:-2]])
async def test_few_connections_begin_in_one_turn_of_the_event_loop(
    server: Server, first: bytes
) -> None:
    """As when thousands of guests connect at once, while members talk."""
    connections = [server.connect() for _ in range(5 * BEGINNINGS_A_TURN)]
    for connection in connections:
        connection.switch.data_received(first)
    begun = 0
    while begun < len(connections):
        before = begun
        begun = sum(connection.switch._protocol is not None for connection in connections)
        assert begun - before <= BEGINNINGS_A_TURN
        await asyncio.sleep(0)
    for connection in connections:
        connection.switch.data_received(HANDSHAKE[len(first) :])
    await until(lambda: all(b" 101 " in one.transport.written for one in connections))


async def test_few_join_in_one_turn_of_the_event_loop(server: Server) -> None:
    connections = [server.connect() for _ in range(3 * JOINS_A_TURN)]
    for connection in connections:
        await connection.send(HANDSHAKE)
    for connection in connections:
        connection.switch.data_received(JOIN)
    joins = server.room.join_requests
    while len(joins) < len(connections):
        before = len(joins)
        await asyncio.sleep(0)
        assert len(joins) - before <= JOINS_A_TURN
