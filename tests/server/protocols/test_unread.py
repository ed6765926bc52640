"""What clients send over HTTP before anybody reads it: how much of it a worker keeps."""

import asyncio
import gc
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import StreamReader, web

from server.budgets.buckets import Allowance
from server.budgets.refusals import Refusals
from server.budgets.table import budgets
from server.files.folder import Folder
from server.protocols.aiohttp_internals import BODY_AT_ONCE, _HttpConnection
from server.protocols.detect import ProtocolSwitch
from server.protocols.http.unread import MOST_WAIT, Unread
from server.protocols.http_server import READ_AHEAD
from server.settings import Settings
from tests.fakes import Clock, request, turns
from tests.server.protocols.client_frames import masked
from tests.server.protocols.connecting import Connection, Server
from tests.support.waiting import until

READ = 1 << 18
"""Bytes that a read may return."""
MOST = 4 * READ
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
POST = b"POST /files HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n"


class Holding:
    """A connection; `ended` once it had to end."""

    ended = False

    def end(self) -> None:
        self.ended = True


def test_whose_bytes_move_least_goes_first() -> None:
    refusals = Refusals()
    unread = Unread(replace(budgets(Settings()), unread=100), refusals, Clock())
    slow, quick, third = Holding(), Holding(), Holding()
    unread.hold(slow, 40)
    unread.hold(quick, 60)
    unread.hold(quick, 50)
    unread.hold(third, 10)
    assert not slow.ended, "all together keep 100"
    unread.hold(quick, 60)
    assert (slow.ended, quick.ended, third.ended) == (True, False, False)
    unread.hold(slow, 0)
    unread.hold(third, 40)
    assert (quick.ended, third.ended) == (False, False)
    assert refusals.totals()["bytes"] == 1


WRONG = (
    b"POST /files HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer none\r\n"
    b"Content-Length: 5\r\n\r\nhello"
)


NO_PATH = GET.replace(b"healthz", b"none")
ENDLESS = GET[:-2] + b"X-A: b\r\n" * 3000
UPLOAD = (
    b"POST /files HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\n"
    b"Content-Disposition: attachment; filename=a.txt\r\nContent-Length: 99999\r\n\r\n"
)
ENDED = {
    "get": GET, "gets": GET * 50, "no path": NO_PATH, "wrong": WRONG, "wrongs": WRONG * 50,
    "refused": POST, "body refused": POST + b"x" * READ, "half": UPGRADE[:-2],
    "upgrade": UPGRADE, "no http": b"GET HTTP\r\n\r\n", "endless": ENDLESS,
    "announced": UPLOAD, "cut": UPLOAD + b"x" * 40_000,
}  # fmt: skip


@pytest.mark.parametrize("data", ENDED.values(), ids=ENDED)
async def test_an_ended_connection_is_no_garbage(
    server: Server, data: bytes, tmp_path: Path
) -> None:
    """A flood leaves thousands, which stay for minutes if they are in a reference cycle."""
    server.state.folder = Folder(tmp_path)
    server.state.folder.prepare()
    kinds = (_HttpConnection, ProtocolSwitch, StreamReader, web.Request)
    before = {id(one) for one in gc.get_objects() if type(one) in kinds}

    def are_gone() -> bool:
        left = [one for one in gc.get_objects() if type(one) in kinds]
        return not [one for one in left if id(one) not in before]

    gc.disable()
    try:
        connection = server.connect()
        await connection.send(data)
        connection.switch.connection_lost(None)
        connection.transport.closing = True
        connection.transport.protocol = None  # as event loops do
        del connection
        await until(are_gone)
    finally:
        gc.enable()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server() as server:
        changed = replace(server.state.budgets, unread=MOST, dropped=Allowance(READ, READ))
        server.http.unread = Unread(changed, server.state.refusals, server.state.now)
        yield server


def flood(connection: Connection, data: bytes, reads: int = 100) -> int:
    """Send as much as is read; return the number of reads."""
    for number in range(reads):
        if not connection.transport.reading:
            return number
        connection.switch.data_received(data)
    return reads


async def stalled(server: Server, first: bytes) -> Connection:
    """Return a connection that sent `first`, which has to wait for its turn."""
    turn = asyncio.Event()
    server.http._turns.wait = turn.wait  # type: ignore[method-assign,assignment]
    connection = server.connect()
    await connection.send(first)
    return connection


def go_on(server: Server) -> None:
    """Let those that are stalled have their turn."""
    server.http._turns.wait.__self__.set()  # type: ignore[attr-defined]


async def test_a_body_that_nobody_wants_yet_is_read_no_further(server: Server) -> None:
    connection = await stalled(server, POST)
    assert flood(connection, b"x" * READ) <= 2
    parsed = 2 * READ_AHEAD + BODY_AT_ONCE
    assert READ - parsed <= server.http.unread._total <= READ


async def test_requests_behind_another_wait_unparsed_and_are_all_answered(
    server: Server,
) -> None:
    connection = await stalled(server, GET)
    count = READ // len(GET) // 20
    assert flood(connection, GET * count) == 1
    assert server.http.unread._total > len(GET) * (count - 50)
    go_on(server)
    await until(lambda: connection.transport.written.count(b" 200 OK") == count + 1)
    assert server.http.unread._total == 0
    assert connection.transport.reading


async def test_a_request_in_pieces_behind_others_is_answered(server: Server) -> None:
    connection = await stalled(server, GET * 40 + GET[:20])
    connection.switch.data_received(GET[20:])
    go_on(server)
    await until(lambda: connection.transport.written.count(b" 200 OK") == 41)


async def test_all_connections_together_keep_so_much(server: Server) -> None:
    many = [await stalled(server, POST) for _ in range(20)]
    for connection in many:
        flood(connection, b"x" * READ)
        assert server.http.unread._total <= MOST
    await turns()
    ended = [connection.transport.aborted for connection in many]
    assert 12 <= ended.count(True) <= 17
    assert ended == sorted(ended, reverse=True), "who waits longest goes first"
    assert server.state.refusals.totals()["bytes"] == ended.count(True)


async def test_the_rest_of_a_body_that_was_answered_is_dropped_slowly(server: Server) -> None:
    connection = server.connect()
    connection.switch.data_received(POST)
    await until(lambda: b" 401 " in connection.transport.written)
    for _ in range(20):
        if connection.transport.reading:
            connection.switch.data_received(b"x" * READ)
        await turns()
    assert not connection.transport.reading
    assert server.http.unread._total == 0
    assert not connection.transport.closing, "the client has time to read the answer"


async def test_where_many_bodies_were_answered_some_connections_end(server: Server) -> None:
    many = [server.connect() for _ in range(20)]
    for connection in many:
        connection.switch.data_received(POST)
    await until(lambda: all(b" 401 " in one.transport.written for one in many))
    for connection in many:
        connection.switch.data_received(b"x" * READ)
    ended = [connection.transport.aborted for connection in many]
    assert server.state.refusals.totals()["bytes"] == ended.count(True) > 0
    assert server.http.unread._dropped.wait(server.state.now(), 0) <= MOST_WAIT + 1
    for connection in many:
        connection.switch.connection_lost(None)


async def test_a_websocket_reads_on_where_other_bytes_are_dropped_slowly(
    server: Server,
) -> None:
    """As when a client shares files in vain, and then joins on the same connection."""
    connection = server.connect()
    connection.switch.data_received(GET)
    await until(lambda: b" 200 OK" in connection.transport.written)
    http = connection.switch._protocol
    assert isinstance(http, _HttpConnection)
    http._pause_transport_reading()
    http._held = asyncio.get_running_loop().call_later(60, http._read_on)
    connection.switch.data_received(UPGRADE)
    await until(lambda: b" 101 " in connection.transport.written)
    assert connection.transport.reading
    connection.switch.data_received(masked(request("join", name="ada")))
    await until(lambda: bool(server.room.join_requests))


async def test_a_connection_that_ends_keeps_nothing(server: Server) -> None:
    connection = await stalled(server, POST)
    flood(connection, b"x" * READ)
    connection.switch.connection_lost(None)
    assert server.http.unread._total == 0
    await turns()
