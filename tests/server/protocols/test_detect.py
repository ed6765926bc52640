"""Which door a connection gets, however its first bytes come."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    (b"\x16\x03\x01\x02\x00", Choice.NONE),
    (b"\x16", Choice.NONE),
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


class Door(asyncio.Protocol):
    """A door's protocol that remembers what it was told."""

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

    def abort(self) -> None:
        self.aborted += 1


class Came:
    """A connection in the entrance."""

    def __init__(self) -> None:
        self.doors: list[Door] = []
        self.shut = False
        self.ends = 0
        self.transport = Transport()
        self.entrance = ProtocolSwitch(self._open, self._ended)
        self.entrance.connection_made(self.transport)

    def _open(self) -> Door | None:
        if self.shut:
            return None
        self.doors.append(Door())
        return self.doors[-1]

    def _ended(self) -> None:
        self.ends += 1


REQUEST = b"OPTIONS /files HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("piece", [1, 2, 8, 9, 1000])
async def test_the_door_gets_every_byte_once(piece: int) -> None:
    came = Came()
    for start in range(0, len(REQUEST), piece):
        came.entrance.data_received(REQUEST[start : start + piece])
    (door,) = came.doors
    assert door.data == REQUEST
    assert door.told == [came.transport]
    came.entrance.connection_lost(None)
    assert door.told[-1] is None


async def test_the_rest_is_passed_on() -> None:
    came = Came()
    came.entrance.pause_writing()
    came.entrance.resume_writing()
    came.entrance.data_received(b"GET / ")
    came.entrance.pause_writing()
    came.entrance.resume_writing()
    assert came.entrance.eof_received()
    problem = ConnectionResetError()
    came.entrance.connection_lost(problem)
    assert came.doors[0].told == [came.transport, "pause", "resume", "eof", problem]
    assert came.ends == 1


async def test_who_speaks_when_the_door_is_shut_is_hung_up_on() -> None:
    came = Came()
    came.shut = True
    came.entrance.data_received(REQUEST)
    assert came.transport.aborted == 1
    came.entrance.connection_lost(None)
    assert came.ends == 1


@pytest.mark.parametrize("first", [b"NICK ada\r\n", b"\x16\x03\x01", b"\0" * 100_000])
async def test_whoever_speaks_nothing_known_is_hung_up_on(first: bytes) -> None:
    came = Came()
    came.entrance.data_received(first)
    assert (came.transport.aborted, came.doors) == (1, [])
    came.entrance.connection_lost(None)
    assert came.ends == 1


async def test_whoever_says_nothing_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GREET_WITHIN", 0)
    silent, slow, greeted, ended = Came(), Came(), Came(), Came()
    slow.entrance.data_received(b"GE")
    greeted.entrance.data_received(b"GET / ")
    greeted.entrance.greeted()
    ended.entrance.connection_lost(None)
    await until(lambda: silent.transport.aborted and slow.transport.aborted)
    assert greeted.transport.aborted == 0
    assert ended.transport.aborted == 0


async def test_an_end_before_any_byte() -> None:
    came = Came()
    assert came.entrance.eof_received() is None, "the transport closes itself"
    came.entrance.connection_lost(None)
    assert came.ends == 1
