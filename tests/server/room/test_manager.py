"""What proxies call: a room that was overtaken stops, one whose disk fails does not."""

import asyncio
import sqlite3
from typing import Any, cast

import pytest

from server.room.core import RoomCore
from server.room.interface import RoomUnavailableError
from server.room.room_side.gateway import Hub
from server.room.room_side.manager import Desk
from server.room.storage.journal import OvertakenError


class BrokenHub:
    """Every question ends with this."""

    def __init__(self, problem: Exception) -> None:
        self._problem = problem

    async def report(self) -> None:
        raise self._problem


@pytest.mark.parametrize(
    ("problem", "stops"),
    [
        (OvertakenError("!"), True),
        (sqlite3.OperationalError("disk I/O error"), False),
        (RoomUnavailableError("!"), False),
    ],
)
async def test_a_call_that_finds_the_room_overtaken_stops_it(
    problem: Exception, *, stops: bool
) -> None:
    loop, seen = asyncio.get_running_loop(), list[Any]()
    loop.set_exception_handler(lambda _, context: seen.append(context.get("exception")))
    desk = Desk(loop, cast(Hub, BrokenHub(problem)), cast(RoomCore, None))
    with pytest.raises(type(problem)):
        await asyncio.to_thread(desk.report)
    assert seen == ([problem] if stops else [])
