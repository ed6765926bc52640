"""Questions by proxy: an error is the caller's, and the room goes on."""

import asyncio
import sqlite3
from typing import Any, cast

import pytest

from server.room.core import RoomCore
from server.room.interface import Membership, Overview, RoomUnavailableError
from server.room.room_side.gateway import Gateway
from server.room.room_side.service import RoomService
from shared.codec import encode
from shared.limits import ANSWER_BYTES
from shared.moderation import MODERATOR, Ban, SetRole
from tests.server.room.workbench import Bench


class Failing:
    """Each use ends with this error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> None:
        raise self._error


def service(gateway: Gateway, core: RoomCore) -> RoomService:
    loop = asyncio.get_running_loop()
    return RoomService(loop, gateway, core, started="2026", password=True)


@pytest.mark.parametrize(
    "error", [sqlite3.OperationalError("disk I/O error"), RoomUnavailableError("!")]
)
async def test_an_error_is_passed_to_the_caller(error: Exception) -> None:
    seen: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: seen.append(context))
    failing = service(cast(Gateway, Failing(error)), cast(RoomCore, Failing(error)))
    for question in (failing.report, failing.stats, failing.overview):
        with pytest.raises(type(error)):
            await asyncio.to_thread(question)
    assert seen == []


async def test_what_anybody_may_know(bench: Bench) -> None:
    room = service(Gateway(bench.core, 30.0), bench.core)
    ada = bench.join("ada")
    bench.drop(bench.join("bob"))
    overview = await asyncio.to_thread(room.overview)
    assert overview == Overview(bench.journal.id, 2, 3, password=True)
    stats = await asyncio.to_thread(room.stats)
    assert (stats.members, stats.away, stats.seq) == (2, 1, 2)
    token = ada.place.token
    assert await asyncio.to_thread(room.member_of, token) == Membership(1, "ada")
    assert await asyncio.to_thread(room.member_of, "another") is None


async def test_the_newest_bans_fit_in_one_frame(bench: Bench) -> None:
    room = service(Gateway(bench.core, 30.0), bench.core)
    ann = bench.join("ann")
    bench.act(None, SetRole(id="r", target="ann", role=MODERATOR))
    bench.join("eve")
    for number in range(700):
        bench.act(None, Ban(id=f"b{number}", target="eve", minutes=0, text="\U0001f600" * 200))
    bans = await asyncio.to_thread(room.bans, ann.place.member)
    assert isinstance(bans, list)
    assert [one.ban for one in bans] == [*range(700, 700 - len(bans), -1)]
    assert ANSWER_BYTES // 2 < len(encode(bans)) <= ANSWER_BYTES
