"""The protocol of a connection, however its first bytes come."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.connections.kind import Kind
from server.protocols import detect as module
from server.protocols.detect import Choice, ProtocolSwitch, choose
from tests.support.waiting import until

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"]

CASES: list[tuple[bytes, Choice]] = [
    *((f"{method} / HTTP/1.1\r\n".encode(), Choice.HTTP) for method in METHODS),
    *((f"{method} ".encode(), Choice.HTTP) for method in METHODS),
    *((method.encode(), Choice.UNDECIDED) for method in METHODS),
    *((method[:1].encode(), Choice.UNDECIDED) for method in METHODS),
    (b"", Choice.UNDECIDED),
    (b"NICK ada\r\n", Choice.NONE),
    (b"GETX", Choice.NONE),
    (b"GET\t/", Choice.NONE),
    (b"get / HTTP/1.1", Choice.NONE),
    (b" GET /", Choice.NONE),
    (b"\x16\x03\x01\x02\x00", Choice.TLS),
    (b"\x16", Choice.TLS),
    (b"SSH-2.0-OpenSSH", Choice.NONE),
    (b"\0", Choice.NONE),
    (b"PRI * HTTP/2.0\r\n", Choice.NONE),
]


@pytest.mark.parametrize(("first", "choice"), CASES, ids=repr)
def test_choice(first: bytes, choice: Choice) -> None:
    assert choose(first) is choice


@given(st.binary(max_size=20) | st.sampled_from([case[0] for case in CASES]))
def test_more_bytes_never_change_a_choice(data: bytes) -> None:
    decided = [choose(data[:size]) for size in range(len(data) + 1)]
    first = next((one for one in decided if one is not Choice.UNDECIDED), None)
    if first is not None:
        assert set(decided[decided.index(first) :]) == {first}


class FakeProtocol(asyncio.Protocol):
    """A protocol that records its calls."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.told.append(transport)

    def data_received(self, data: bytes) -> None:
        self.data += data

    def eof_received(self) -> bool:
        self.told.append("eof")
        return True

    def pause_writing(self) -> None:
        self.told.append("pause")

    def resume_writing(self) -> None:
        self.told.append("resume")

    def connection_lost(self, exc: Exception | None) -> None:
        self.told.append(exc)


class Transport(asyncio.Transport):
    aborted = 0
    closing = False
    reading = True

    def is_closing(self) -> bool:
        return self.closing

    def is_reading(self) -> bool:
        return self.reading

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def abort(self) -> None:
        self.aborted += 1


class Connection:
    """A connection whose protocol is not chosen yet."""

    def __init__(self) -> None:
        self.protocols: list[FakeProtocol] = []
        self.closed = False
        self.ends = 0
        self.kinds: list[Kind] = []
        self.transport = Transport()
        self.busy = False
        self.waiting: list[Callable[[], None]] = []
        self.held: list[int] = []
        self.switch = ProtocolSwitch(
            self._open, self._ended, self.kinds.append, self._take_turn, hold=self._hold
        )
        self.switch.connection_made(self.transport)

    def _open(
        self, switch: ProtocolSwitch, transport: asyncio.Transport, first: bytes
    ) -> FakeProtocol | None:
        assert switch is self.switch
        if self.closed:
            return None
        protocol = FakeProtocol()
        protocol.connection_made(transport)
        protocol.data_received(first)
        self.protocols.append(protocol)
        return protocol

    def _ended(self) -> None:
        self.ends += 1

    def _hold(self, switch: ProtocolSwitch, size: int) -> None:
        assert switch is self.switch
        self.held.append(size)

    def _take_turn(self, go: Callable[[], None]) -> None:
        if self.busy:
            self.waiting.append(go)
        else:
            go()


REQUEST = b"OPTIONS /files HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("piece", [1, 2, 8, 9, 1000])
async def test_the_protocol_gets_every_byte_once(piece: int) -> None:
    connection = Connection()
    for start in range(0, len(REQUEST), piece):
        connection.switch.data_received(REQUEST[start : start + piece])
    (protocol,) = connection.protocols
    assert protocol.data == REQUEST
    assert protocol.told == [connection.transport]
    connection.switch.connection_lost(None)
    assert protocol.told[-1] is None


async def test_one_that_begins_later_gets_every_byte_once() -> None:
    connection = Connection()
    connection.busy = True
    for byte in REQUEST[:-1]:
        connection.switch.data_received(bytes([byte]))
    assert not connection.protocols
    assert not connection.transport.reading, "a client could fill the memory meanwhile"
    assert connection.held[-1] == len(REQUEST) - 1
    (go,) = connection.waiting
    go()
    assert connection.held[-1] == 0
    assert connection.transport.reading
    connection.switch.data_received(REQUEST[-1:])
    (protocol,) = connection.protocols
    assert protocol.data == REQUEST


@pytest.mark.parametrize("lost", [False, True])
async def test_one_that_ends_before_it_begins_is_not_opened(lost: bool) -> None:
    connection = Connection()
    connection.busy = True
    connection.switch.data_received(REQUEST)
    connection.transport.closing = True
    if lost:
        connection.switch.connection_lost(None)
        assert connection.held[-1] == 0
    (go,) = connection.waiting
    go()
    assert not connection.protocols


async def test_one_that_keeps_too_much_is_aborted() -> None:
    connection = Connection()
    connection.busy = True
    connection.switch.data_received(REQUEST)
    connection.switch.end()
    assert connection.transport.aborted == 1
    connection.switch.connection_lost(None)
    connection.switch.end()
    assert connection.transport.aborted == 1


async def test_the_rest_is_passed_on() -> None:
    connection = Connection()
    connection.switch.pause_writing()
    connection.switch.resume_writing()
    connection.switch.data_received(b"GET / ")
    connection.switch.pause_writing()
    connection.switch.resume_writing()
    assert connection.switch.eof_received()
    problem = ConnectionResetError()
    connection.switch.connection_lost(problem)
    assert connection.protocols[0].told == [
        connection.transport,
        "pause",
        "resume",
        "eof",
        problem,
    ]
    assert connection.ends == 1


async def test_a_connection_after_the_end_of_the_server_is_aborted() -> None:
    connection = Connection()
    connection.closed = True
    connection.switch.data_received(REQUEST)
    assert connection.transport.aborted == 1
    connection.switch.connection_lost(None)
    assert connection.ends == 1


@pytest.mark.parametrize("first", [b"NICK ada\r\n", b"\x16\x03\x01", b"\0" * 100_000])
async def test_an_unknown_protocol_is_aborted(first: bytes) -> None:
    connection = Connection()
    connection.switch.data_received(first)
    assert (connection.transport.aborted, connection.protocols) == (1, [])
    connection.switch.connection_lost(None)
    assert connection.ends == 1


async def test_a_connection_without_a_request_is_aborted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "REQUEST_WITHIN", 0)
    silent, slow, request_came, ended = Connection(), Connection(), Connection(), Connection()
    slow.switch.data_received(b"GE")
    request_came.switch.data_received(b"GET / ")
    request_came.switch.request_came()
    ended.switch.connection_lost(None)
    await until(lambda: silent.transport.aborted and slow.transport.aborted)
    assert request_came.transport.aborted == 0
    assert ended.transport.aborted == 0


async def test_an_end_before_any_byte() -> None:
    connection = Connection()
    assert connection.switch.eof_received() is None, "the transport closes itself"
    connection.switch.connection_lost(None)
    assert connection.ends == 1
