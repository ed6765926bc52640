"""The process that announces the room: what it asks, and what it tells."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from server.announcing import process
from server.announcing.process import Announcer, ask
from server.announcing.record import Facts
from server.processes import own_addresses
from server.processes.own_addresses import Interface
from server.processes.run_directory import RunInfo
from server.settings import Settings
from tests.support.in_memory import temporary_folder


class FakeResponder:
    """Remembers what is announced."""

    def __init__(self) -> None:
        self.announced: list[dict[str, Any]] = []
        self.closed = False

    async def announce(self, **what: Any) -> None:
        self.announced.append(what)

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def responder(monkeypatch: pytest.MonkeyPatch) -> FakeResponder:
    found = [Interface("eth0", "10.0.0.1")]
    monkeypatch.setattr(own_addresses, "interfaces", lambda: found)
    monkeypatch.setattr(own_addresses, "default_address", lambda: "")
    return FakeResponder()


def announcer(responder: FakeResponder) -> Announcer:
    info = RunInfo(folder="/nowhere", key="K" * 43)
    settings = Settings(room="LAN party")
    return Announcer(settings, info, ["0.0.0.0"], 18000, responder)  # type: ignore[arg-type]


async def test_the_room_is_announced_as_it_is(
    responder: FakeResponder, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [None, Facts("j1", 0, 12), None, Facts("j1", 4, 12)]

    async def answer(address: Path) -> Facts | None:
        return answers.pop(0)

    monkeypatch.setattr(process, "ask", answer)
    monkeypatch.setattr(process, "ASK_EVERY", 0.0)
    monkeypatch.setattr(process, "LOOK_EVERY", 0.0)
    own = announcer(responder)
    await own.look()
    assert responder.announced == [], "the room process does not answer yet"
    for _ in range(3):
        await own.look()
    places = [one["text"]["places"] for one in responder.announced]
    assert places == ["0/12", "0/12", "4/12"]
    last = responder.announced[-1]
    assert last["instance"].startswith("LAN party (")
    assert (last["port"], last["senders"]) == (18000, ("10.0.0.1",))
    assert last["text"]["key"] == "K" * 43
    await own.close()
    assert responder.closed


async def test_changes_are_announced_at_most_ten_times_a_minute(
    responder: FakeResponder, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    async def answer(address: Path) -> Facts:
        nonlocal asked
        asked += 1
        return Facts("j1", asked, 12)

    monkeypatch.setattr(process, "ask", answer)
    own = announcer(responder)
    for _ in range(5):
        await own.look()
    assert asked == 1
    assert process.ASK_EVERY >= 6.0


@pytest.mark.parametrize(
    ("sent", "facts"),
    [
        (b'{"journal":"j1","active":4,"max_users":12,"password":true}', Facts("j1", 4, 12)),
        (b"", None),
        (b"[]", None),
        (b"\xff", None),
    ],
)
async def test_an_answer_of_the_room(sent: bytes, facts: Facts | None) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readline() == b"overview\n"
        writer.write(sent)
        writer.close()

    with temporary_folder() as folder:
        address = Path(folder) / "owner"
        async with await asyncio.start_unix_server(serve, address):
            assert await ask(address) == facts
        assert await ask(Path(folder) / "nobody") is None
