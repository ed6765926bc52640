"""What a worker asks the room process by proxy: questions that need no order.

A room process that was started again has new proxies; meanwhile the questions wait.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing.managers import RemoteError

from server.processes.run_directory import RunInfo
from server.room import proxies
from server.room.interface import (
    Membership,
    Overview,
    RoomReport,
    RoomUnavailableError,
    Stats,
)
from server.room.proxies import RoomQuestions
from shared.moderation import BanInfo
from shared.problems import Problem

CALL_THREADS = 4
CONTACT_WITHIN = 5.0


class ProxiedQuestions:
    """A part of `server.room.interface.Room`; its methods raise `RoomUnavailableError`."""

    def __init__(self, info: RunInfo) -> None:
        self._info = info
        self._reached = asyncio.Event()
        self._callers = ThreadPoolExecutor(CALL_THREADS, "room-call")
        self._questions: RoomQuestions | None = None

    async def member_of(self, token: str) -> Membership | None:
        """Return the member that this token belongs to."""
        return await self._ask(lambda room: room.member_of(token))

    async def report(self) -> RoomReport:
        """Return who is connected from where."""
        return await self._ask(lambda room: room.report())

    async def stats(self) -> Stats:
        """Return figures of the whole room."""
        return await self._ask(lambda room: room.stats())

    async def bans(self, member: int) -> list[BanInfo] | Problem:
        """Return the bans that hold, newest first; why not, if this member may not know."""
        return await self._ask(lambda room: room.bans(member))

    async def overview(self) -> Overview:
        """Return what anybody may know of the room before joining."""
        return await self._ask(lambda room: room.overview())

    async def _contact(self) -> None:
        if not self._reached.is_set():
            try:
                await asyncio.wait_for(self._reached.wait(), CONTACT_WITHIN)
            except TimeoutError:
                raise RoomUnavailableError("the room cannot be reached") from None

    async def _ask[T](self, question: Callable[[RoomQuestions], T]) -> T:
        await self._contact()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._callers, partial(self._proxied, question))
        except (OSError, EOFError, RemoteError, sqlite3.Error) as error:
            raise RoomUnavailableError(str(error)) from error

    def _renew_callers(self) -> None:
        """Proxies keep a connection for each thread: a new room needs new threads."""
        self._callers.shutdown(wait=False)
        self._callers = ThreadPoolExecutor(CALL_THREADS, "room-call")
        self._questions = None

    def _proxied[T](self, question: Callable[[RoomQuestions], T]) -> T:
        if self._questions is None:
            self._questions = proxies.connect(self._info.manager_address, self._info.authkey)
        return question(self._questions)

    def _close_callers(self) -> None:
        self._callers.shutdown(wait=False, cancel_futures=True)
