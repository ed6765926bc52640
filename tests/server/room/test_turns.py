"""Turns: who comes next, whatever the others want."""

import asyncio
from collections.abc import Callable

import pytest

from server.room.worker_side.turns import Turns


class Hall:
    """Members who take turns, each of which lasts until `end`."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.had: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}

    def ask(self, member: int, name: str) -> asyncio.Task[None]:
        self._ends[name] = asyncio.Event()

        async def take() -> None:
            async with self.turns.turn(member):
                self.had.append(name)
                await self._ends[name].wait()

        return asyncio.create_task(take())

    async def end(self, name: str) -> None:
        self._ends[name].set()
        await settle()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
def hall() -> Hall:
    return Hall()


async def test_one_at_a_time_in_order(hall: Hall) -> None:
    tasks = [hall.ask(1, "a"), hall.ask(1, "b"), hall.ask(1, "c")]
    await settle()
    assert hall.had == ["a"]
    await hall.end("a")
    assert hall.had == ["a", "b"]
    await hall.end("b")
    await hall.end("c")
    await asyncio.gather(*tasks)
    assert hall.had == ["a", "b", "c"]


async def test_a_flood_of_one_member_delays_the_others_by_one_turn(hall: Hall) -> None:
    tasks = [hall.ask(1, f"flood {number}") for number in range(100)]
    await settle()
    tasks += [hall.ask(2, "ada"), hall.ask(2, "ada again"), hall.ask(3, "bob")]
    await settle()
    for name in ("flood 0", "ada", "bob", "flood 1", "ada again"):
        assert hall.had[-1] == name
        await hall.end(name)
    for number in range(2, 100):
        await hall.end(f"flood {number}")
    await asyncio.gather(*tasks)
    assert len(hall.had) == 103


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
async def test_whoever_gives_up_loses_no_turn_of_the_others(hall: Hall, steps: int) -> None:
    tasks = [hall.ask(1, "a"), hall.ask(2, "b"), hall.ask(3, "c")]
    await settle()
    hall._ends["a"].set()
    for _ in range(steps):
        await asyncio.sleep(0)
    tasks[1].cancel()
    await settle()
    assert hall.had[-1] == "c"
    await hall.end("c")
    last = hall.ask(4, "d")
    await settle()
    assert hall.had[-1] == "d"
    await hall.end("d")
    await asyncio.gather(last, tasks[0], tasks[2])


async def test_an_error_ends_the_turn(hall: Hall) -> None:
    def fail() -> None:
        raise ValueError

    async def failing(work: Callable[[], None]) -> None:
        async with hall.turns.turn(1):
            work()

    with pytest.raises(ValueError):  # noqa: PT011
        await failing(fail)
    task = hall.ask(1, "next")
    await settle()
    assert hall.had == ["next"]
    await hall.end("next")
    await task
