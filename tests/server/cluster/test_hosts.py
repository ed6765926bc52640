"""Who is alive, by heartbeats; all times are given."""

import msgspec
import pytest

from server.cluster.hosts import Heartbeat, Hosts


class Facts(msgspec.Struct, frozen=True):
    version: int


class World:
    """One host `a` (epoch 1) that ticks and hears heartbeats each second."""

    def __init__(self) -> None:
        self.now = 100.0
        self.hosts: Hosts[Facts] = Hosts("a", 1, self.now)
        self.living: dict[str, list[int]] = {"a": [1], "b": [2], "c": [3]}
        self.position = 0

    def beat(self, host: str, epoch: int, version: int = 1) -> bool:
        self.position += 1
        beat = Heartbeat(host, epoch, self.position, Facts(version))
        return self.hosts.heard(beat, self.now)

    def run(self, seconds: float, ticks: bool = True) -> None:
        """Let time pass in steps of a tenth of a second."""
        for _ in range(round(seconds * 10)):
            before, self.now = self.now, round(self.now + 0.1, 1)
            if int(before) == int(self.now):
                continue
            if ticks:
                self.hosts.tick(self.now)
            for host, epochs in self.living.items():
                for epoch in epochs:
                    self.beat(host, epoch)

    @property
    def lost(self) -> list[tuple[str, int]]:
        return self.hosts.lost(self.now)

    @property
    def alive(self) -> list[str]:
        return [heartbeat.host for heartbeat in self.hosts.alive(self.now)]

    @property
    def duplicate(self) -> list[str]:
        return self.hosts.duplicate(self.now)


@pytest.fixture
def world() -> World:
    world = World()
    world.run(10)
    assert (world.alive, world.lost, world.duplicate) == (["a", "b", "c"], [], [])
    return world


def test_a_heartbeat_travels_with_facts_of_the_caller() -> None:
    heartbeat = Heartbeat("a", 7, 12, Facts(3))
    decoder = msgspec.msgpack.Decoder(Heartbeat[Facts])
    assert decoder.decode(msgspec.msgpack.encode(heartbeat)) == heartbeat


def test_the_newest_heartbeat_is_given(world: World) -> None:
    heartbeats = world.hosts.alive(world.now)
    assert [heartbeat.position for heartbeat in heartbeats] == [28, 29, 30]


def test_another_host_is_news_once(world: World) -> None:
    assert world.beat("d", 4)
    assert not world.beat("d", 4)
    assert world.beat("d", 4, version=2)
    assert world.beat("d", 5, version=2), "it has started again"
    assert not world.beat("d", 4), "this was on its way"
    assert not world.beat("d", 5, version=2)


def test_one_that_was_lost_is_news_again(world: World) -> None:
    del world.living["b"]
    world.run(5)
    assert not world.beat("b", 2)
    world.run(5.1)
    assert world.beat("b", 2)


def test_a_host_is_no_news_to_itself(world: World) -> None:
    assert not world.beat("a", 1, version=2)
    assert not world.beat("a", 9)


def test_a_host_that_is_silent_for_five_seconds_is_lost(world: World) -> None:
    del world.living["b"]
    world.run(5)
    assert (world.lost, world.alive) == ([], ["a", "b", "c"])
    world.run(0.1)
    assert (world.lost, world.alive) == ([("b", 2)], ["a", "c"])
    world.run(60)
    assert world.lost == [("b", 2)]


def test_a_lost_host_that_is_settled_is_not_named_again(world: World) -> None:
    del world.living["b"]
    world.run(6)
    world.hosts.forget("b", 2)
    world.hosts.forget("b", 2)
    assert (world.lost, world.alive) == ([], ["a", "c"])
    world.living["b"] = [2]
    world.run(1)
    assert world.alive == ["a", "b", "c"]


def test_a_host_that_is_heard_again_is_not_lost(world: World) -> None:
    del world.living["b"]
    world.run(6)
    assert world.lost
    world.living["b"] = [2]
    world.run(1)
    assert world.lost == []


def test_a_host_that_was_never_heard_is_lost_after_its_time(world: World) -> None:
    world.hosts.expect("d", 4, world.now)
    world.run(5)
    assert world.lost == []
    world.run(0.1)
    assert world.lost == [("d", 4)]


def test_one_that_hears_nothing_declares_nobody(world: World) -> None:
    world.living.clear()
    world.run(60)
    assert world.lost == []
    world.living["a"] = [1]
    world.run(5)
    assert world.lost == []  # it has heard itself for less than five seconds
    world.run(2)
    assert world.lost == [("b", 2), ("c", 3)]


def test_one_that_does_not_hear_itself_declares_nobody(world: World) -> None:
    world.living = {"b": [2]}
    world.run(60)
    assert world.lost == []


def test_one_that_stood_still_declares_nobody(world: World) -> None:
    world.now += 20
    assert world.lost == []  # before its first tick
    world.hosts.tick(world.now)
    assert world.lost == []
    del world.living["b"]
    world.run(4.9)
    assert world.lost == []
    world.run(2)
    assert world.lost == [("b", 2)]


def test_one_whose_ticks_come_late_declares_nobody(world: World) -> None:
    del world.living["b"]
    world.run(4, ticks=False)
    world.hosts.tick(world.now)
    world.run(4.9)
    assert world.lost == []
    world.run(2)
    assert world.lost == [("b", 2)]


def test_the_time_without_contact_does_not_count(world: World) -> None:
    del world.living["b"]
    world.run(4)
    world.hosts.contact_lost(world.now)
    world.run(5)
    assert world.lost == []
    world.run(0.1)
    assert world.lost == [("b", 2)]


def test_a_host_that_starts_again_is_no_duplicate_and_not_lost(world: World) -> None:
    world.living["b"] = [22]
    for _ in range(30):
        world.run(1)
        assert (world.duplicate, world.lost) == ([], [])
    del world.living["b"]
    world.run(6)
    assert world.lost == [("b", 2), ("b", 22)]
    world.hosts.forget("b", 2)
    assert world.lost == [("b", 22)]


def test_a_former_run_goes_on_after_its_successor_was_settled(world: World) -> None:
    world.living["b"] = [22]
    world.run(6)
    world.hosts.forget("b", 22)
    world.living["b"] = [2]
    world.run(10)
    assert (world.alive, world.duplicate, world.lost) == (["a", "b", "c"], [], [])


def test_late_heartbeats_of_a_former_run_are_no_duplicate(world: World) -> None:
    world.living["b"] = [22]
    world.run(3)
    for _ in range(6):
        world.beat("b", 2)
    world.run(20)
    world.beat("b", 2)
    world.run(1)
    assert world.duplicate == []
    assert [heartbeat.epoch for heartbeat in world.hosts.alive(world.now)] == [1, 22, 3]


@pytest.mark.parametrize("host", ["a", "b"])
def test_two_hosts_with_one_name_are_noticed(world: World, host: str) -> None:
    world.living[host].append(99)
    world.run(4)
    assert world.duplicate == [host]
    world.living[host].pop(0)
    world.run(6)
    assert world.duplicate == []


def test_a_host_that_starts_hears_the_end_of_its_own_former_run() -> None:
    world = World()
    world.beat("a", 99)
    world.run(20)
    assert (world.duplicate, world.lost) == ([], [])


def test_a_host_that_starts_where_its_name_is_taken_notices_it() -> None:
    world = World()
    world.living["a"] = [1, 99]
    world.run(4)
    assert world.duplicate == ["a"]


def test_a_host_that_starts_again_and_again_takes_no_memory(world: World) -> None:
    for epoch in range(1000):
        world.living["b"] = [epoch]
        world.run(1)
    assert len(world.hosts._hosts["b"].epochs) == 8
    assert world.lost == []
