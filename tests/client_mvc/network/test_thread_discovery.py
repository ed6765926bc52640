"""The network thread finds rooms when it is asked to, and stops."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue

import pytest

from client_mvc.network import api_nearby, thread
from client_mvc.network.thread import NetworkThread
from shared.joinlink import Address
from tests.support.running import eventually

HERE, THERE = Address("10.0.0.5"), Address("10.0.0.6")


class FakeDiscovery:
    """Remembers what it was told."""

    made: list["FakeDiscovery"]

    def __init__(
        self, known: Sequence[Address], tell: Callable[[api_nearby.NearbyEvent], None]
    ) -> None:
        self.known = list(known)
        self.tell = tell
        self.commands: list[str] = []
        self.running = False
        self.made.append(self)

    async def run(self) -> None:
        self.running = True
        self.tell(api_nearby.RoomsNearby(()))
        try:
            await asyncio.Event().wait()
        finally:
            self.running = False

    def look_further(self) -> None:
        self.commands.append("look_further")

    def stop_looking(self) -> None:
        self.commands.append("stop_looking")


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Is set when the module has been loaded."""
    done = threading.Event()
    done.set()

    def load() -> type[FakeDiscovery]:
        done.wait()
        return FakeDiscovery

    FakeDiscovery.made = []
    monkeypatch.setattr(thread, "_load_discovery", load)
    return done


@pytest.fixture
def network(loaded: threading.Event) -> Iterator[NetworkThread]:
    network = NetworkThread(SimpleQueue())
    network.start()
    yield network
    network.stop()
    assert not any(one.running for one in FakeDiscovery.made)


def test_it_runs_until_it_is_stopped(network: NetworkThread) -> None:
    network.look_further()  # nothing is being looked for
    network.discover([HERE])
    eventually(lambda: FakeDiscovery.made and FakeDiscovery.made[0].running)
    (first,) = FakeDiscovery.made
    assert first.known == [HERE]
    assert network._queue.get()[1] == api_nearby.RoomsNearby(())
    network.look_further()
    network.stop_looking()
    eventually(lambda: first.commands == ["look_further", "stop_looking"])
    network.discover([THERE])
    eventually(lambda: len(FakeDiscovery.made) == 2 and FakeDiscovery.made[1].running)
    assert not first.running
    network.stop_discovering()
    eventually(lambda: not FakeDiscovery.made[1].running)


def test_commands_wait_until_it_is_loaded(
    network: NetworkThread, loaded: threading.Event
) -> None:
    loaded.clear()
    network.discover([])
    network.look_further()
    network.report("")  # a command of another kind goes on meanwhile
    assert FakeDiscovery.made == []
    loaded.set()
    eventually(lambda: FakeDiscovery.made and FakeDiscovery.made[0].commands)


def test_stopped_while_it_is_loaded(network: NetworkThread, loaded: threading.Event) -> None:
    loaded.clear()
    network.discover([])
    network.look_further()
    network.stop_discovering()
    loaded.set()
    network.discover([HERE])
    eventually(lambda: FakeDiscovery.made and FakeDiscovery.made[-1].running)
    assert [(one.known, one.commands) for one in FakeDiscovery.made] == [([HERE], [])]


def test_not_where_the_person_does_not_want_it(loaded: threading.Event) -> None:
    network = NetworkThread(SimpleQueue(), discovery=False)
    network.start()
    try:
        network.discover([HERE])
        done = threading.Event()
        network._call(done.set)
        assert done.wait(30)
        assert FakeDiscovery.made == []
        assert network._discovering is None
    finally:
        network.stop()
