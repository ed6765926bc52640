"""The measurement of large files, with a small one: it runs, and notices wrong bytes."""

import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import WSMsgType, web
from click.testing import CliRunner

from benchmarks import files
from tests.support.protocol_client import ConnectionClosed
from tests.support.running import ROOT


@pytest.mark.parametrize("text", [[], ["--text"]])
def test_it_measures_both_ways_and_cuts(text: list[str]) -> None:
    arguments = ["--mib", "4", "--rounds", "1", "--cuts", "6", "--pictures", "1", *text]
    done = CliRunner().invoke(files.main, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    up, down = (
        next(line for line in done.output.splitlines() if line.startswith(way))
        for way in ("up ", "down")
    )
    assert "ratio" in up
    assert "s/GiB" in down
    assert "resumed after 6 cuts" in done.output
    assert "SHA-256 right" in done.output


def test_another_checkout_is_measured_beside_it() -> None:
    """Here it is the same one, under another path."""
    arguments = ["--mib", "1", "--rounds", "2", "--cuts", "0", "--pictures", "1"]
    arguments += ["--against", str(ROOT / "docs" / "..")]
    done = CliRunner().invoke(files.main, arguments, catch_exceptions=False)
    lines = [line.split()[:2] for line in done.output.splitlines()]
    ways = [line for line in lines if line[0] in ("up", "down")]
    assert ways == [[way, who] for way in ("up", "down") for who in ("ours", "base", "bare")]


@asynccontextmanager
async def room(
    serve: Callable[[web.WebSocketResponse], Awaitable[object]],
) -> AsyncIterator[str]:
    """Stand for a server, which does this with a member; gives its address."""

    async def joining(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await socket.receive()
        await socket.send_json({"type": "welcome", "token": "secret"})
        await serve(socket)
        return socket

    application = web.Application()
    application.router.add_get("/ws", joining)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def wait(event: threading.Event) -> None:
    assert event.wait(10)


async def test_the_member_answers_pings_during_the_work() -> None:
    """Else the server ends the membership after a minute and a half."""
    answered = threading.Event()
    tokens: list[str] = []

    async def ping(socket: web.WebSocketResponse) -> None:
        await socket.ping()
        assert (await socket.receive()).type is WSMsgType.PONG
        answered.set()
        await socket.receive()  # it leaves

    def work(some: list[str]) -> None:
        wait(answered)
        tokens.extend(some)

    async with room(ping) as url:
        await files.as_members([url], work)
    assert tokens == ["secret"]


async def test_a_member_who_was_disconnected_is_an_error() -> None:
    closed = threading.Event()

    async def close(socket: web.WebSocketResponse) -> None:
        await socket.close(code=4001)
        closed.set()

    async with room(close) as url:
        with pytest.raises(ConnectionClosed, match="4001"):
            await files.as_members([url], lambda _: wait(closed))
