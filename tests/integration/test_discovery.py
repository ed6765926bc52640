"""Rooms on this network: the real server and the part of the client that finds rooms, on
computers in networks that the test made.
"""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.support.listener import Listener
from tests.support.networks import Computer, Networks
from tests.support.running import RunningServer, eventually, is_alive

pytestmark = pytest.mark.network

PORT = 18000


class Scene:
    """Networks, and what runs in them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self.networks: Networks

    def lay(self, count: int = 1) -> Networks:
        """Make networks."""
        self.networks = self._stack.enter_context(Networks(count))
        return self.networks

    def server(self, computer: Computer, *options: str, **environment: str) -> RunningServer:
        """Start a server that all computers reach."""
        folder = self._folder / computer.name
        folder.mkdir()
        server = RunningServer(
            folder,
            *("--host", "0.0.0.0", "--workers", "1", *options),
            port=PORT,
            prefix=computer.command(),
            environment={"CHATROOM_NO_ANNOUNCE": "", **environment},
        )
        self._stack.enter_context(closing(server))
        return server

    def listener(self, computer: Computer, *known: str) -> Listener:
        """Start to look for rooms."""
        return self._stack.enter_context(closing(Listener(computer, *known)))

    def announced(self, computer: Computer) -> None:
        """Wait until the server has begun to announce its room."""
        with closing(Listener(computer)) as listener:
            listener.until(lambda: listener.rooms, 30.0)

    def close(self) -> None:
        self._stack.close()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with closing(Scene(tmp_path)) as scene:
        yield scene


def test_a_room_is_listed_within_two_seconds_and_leaves_the_list(scene: Scene) -> None:
    networks = scene.lay()
    here, there = networks.computer(0), networks.computer(0)
    server = scene.server(here, "--room", "LAN party", "--max-users", "12")
    scene.announced(there)
    listener = scene.listener(there)
    listener.until(lambda: listener.rooms, 2.0)
    (room,) = listener.rooms
    assert room["name"] == "LAN party"
    assert room["address"] == ["10.77.0.1", PORT]
    assert (room["active"], room["places"]) == (0, 12)
    assert len(room["key"]) == 64
    assert not room["answered"]
    listener.again()
    server.process.send_signal(signal.SIGTERM)
    listener.until(lambda: not listener.rooms, 4.0)


def test_where_multicast_does_not_pass_known_addresses_are_asked(scene: Scene) -> None:
    networks = scene.lay()
    here, there = networks.computer(0), networks.computer(0)
    server = scene.server(here, "--room", "Lab 7")
    networks.block_multicast()
    unknown = scene.listener(there)
    listener = scene.listener(there, "10.77.0.99", "10.77.0.1")
    listener.until(lambda: listener.rooms, 6.0)
    (room,) = listener.rooms
    assert (room["name"], room["answered"]) == ("Lab 7", True)
    assert unknown.rooms == [], "multicast passes"
    listener.again()
    server.stop()
    listener.until(lambda: not listener.rooms, 10.0)


def test_a_dead_interface_keeps_no_room_away(scene: Scene) -> None:
    networks = scene.lay(2)
    here, there = networks.computer(0, 1), networks.computer(0, 1)
    for computer in (here, there):
        networks.unplug(computer, 0)
    server = scene.server(here, "--room", "Hall")
    scene.announced(there)
    listener = scene.listener(there)
    listener.until(lambda: listener.rooms, 2.0)
    assert listener.rooms[0]["address"] == ["10.77.1.1", PORT]
    assert server.process.poll() is None


def test_the_announcer_may_die_and_says_goodbye_for_a_server_that_is_killed(
    scene: Scene,
) -> None:
    networks = scene.lay()
    here, there = networks.computer(0), networks.computer(0)
    server = scene.server(here)
    scene.announced(there)
    (announcer,) = server.children("announcer")
    announcer.kill()
    eventually(lambda: not is_alive(announcer) and server.children("announcer"))
    listener = scene.listener(there)
    listener.until(lambda: listener.rooms, 30.0)
    (announcer,) = server.children("announcer")
    server.process.kill()
    server.wait()
    listener.again()
    listener.until(lambda: not listener.rooms, 30.0)
    eventually(lambda: not is_alive(announcer))


def test_look_further_finds_what_nobody_announces(scene: Scene) -> None:
    networks = scene.lay()
    here, there = networks.computer(0), networks.computer(0)
    scene.server(here, "--room", "Quiet", "--no-announce")
    listener = scene.listener(there)
    listener.tell("look_further")
    listener.until(lambda: listener.rooms, 10.0)
    listener.until(lambda: listener.looked and listener.looked[-1] == (253, 253), 10.0)
    assert [room["name"] for room in listener.rooms] == ["Quiet"]
