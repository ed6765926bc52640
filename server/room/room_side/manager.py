"""The room process: a multiprocessing Manager that holds the room, and the hub beside it.

Its main thread runs the event loop on which all state lives; the Manager's threads serve
proxies and only pass their calls to that loop. Workers join, resume and ask for reports by
proxy; everything said goes through the hub. Knows how the process lives and dies; what the
room does is the core's.
"""

import asyncio
import contextlib
import logging
import os
import socket
import threading
from collections.abc import Callable, Coroutine
from multiprocessing import parent_process
from multiprocessing.managers import BaseManager
from pathlib import Path
from time import monotonic, time
from typing import Any

from server.processes import child_setup
from server.processes.control_channel import Channel, Closing, Drain, Failed, Message, Ready
from server.processes.run_directory import RunInfo
from server.room.core import RoomCore
from server.room.interface import JoinRequest, Membership, RoomReport, Stats
from server.room.ipc import pack_granted
from server.room.room_side.gateway import Hub, WorkerLink
from server.room.roster import Roster
from server.room.storage.journal import Journal, JournalError, OvertakenError
from server.settings import Settings

log = logging.getLogger(__name__)

CALL_WITHIN = 10.0
LINGER = 2.0
REOPEN_EVERY = 0.5


class Desk:
    """What proxies can call. Any thread; each call runs on the room's event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, hub: Hub, core: RoomCore) -> None:
        self._loop = loop
        self._hub = hub
        self._core = core

    def join(self, wish: JoinRequest) -> bytes:
        """Join or resume; `wire.unpack_granted` reads the answer."""
        return pack_granted(self._on_loop(self._hub.admit(wish)))

    def report(self) -> RoomReport:
        """Who is connected from where, as of now."""
        return self._on_loop(self._hub.report())

    def member_of(self, token: str) -> Membership | None:
        """Whose token this is."""
        return self._on_loop(self._call(lambda: self._core.member_of(token)))

    def stats(self) -> Stats:
        """Figures of the whole room."""
        return self._on_loop(self._call(self._core.stats))

    async def _call[T](self, function: Callable[[], T]) -> T:
        return function()

    def _on_loop[T](self, work: Coroutine[Any, Any, T]) -> T:
        call = self._unless_overtaken(work)
        return asyncio.run_coroutine_threadsafe(call, self._loop).result(CALL_WITHIN)

    async def _unless_overtaken[T](self, work: Coroutine[Any, Any, T]) -> T:
        """The room stops then; other errors are the caller's: a disk that cannot be read."""
        try:
            return await work
        except OvertakenError as problem:
            self._loop.call_exception_handler({"message": str(problem), "exception": problem})
            raise


class RoomManager(BaseManager):
    """The Manager; workers `connect()` to it and use `desk()`."""

    def desk(self) -> Desk:
        """A proxy of the room's `Desk`. Replaced by `register` below."""
        raise NotImplementedError


DESK_CALLS = ("join", "report", "member_of", "stats")
RoomManager.register("desk", exposed=DESK_CALLS)


def run(settings: Settings, info: RunInfo, control: socket.socket) -> None:
    """The room process, from start to end."""
    child_setup.set_up("room", settings)
    os.umask(0o077)  # the history is nobody else's business
    for left_over in (info.gateway_address, info.manager_address):
        Path(left_over).unlink(missing_ok=True)
    with asyncio.Runner(loop_factory=child_setup.event_loop) as runner:
        runner.run(_serve(settings, info, control))


async def _serve(settings: Settings, info: RunInfo, control: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_fail_stop)
    closing, end = asyncio.Event(), asyncio.Event()

    def told(message: Message, passed: socket.socket | None = None) -> None:
        closing.set()
        if not isinstance(message, Closing):
            end.set()

    channel = Channel(control, told)
    if parent := parent_process():
        loop.add_reader(parent.sentinel, told, Drain())
    journal = await _open_journal(settings, info, channel, end)
    if journal is None:
        return
    core = RoomCore(
        journal,
        Roster(settings.max_users, settings.grace),
        password=settings.password,
        now=monotonic(),
        wall=time(),
    )
    hub = Hub(core)
    _start_manager(info, Desk(loop, hub, core))
    # Held: an event loop lets a server that nobody holds be collected, and it closes.
    server = await loop.create_unix_server(lambda: WorkerLink(hub), info.gateway_address)
    child_setup.tune_garbage_collection()
    channel.send(Ready())
    log.info("room open at seq %d with %d members", journal.newest(), len(core.roster))
    beating = loop.create_task(channel.beat(settings.hung_after))
    await closing.wait()
    hub.hold()
    await end.wait()
    beating.cancel()
    await hub.emptied(LINGER)
    hub.close()
    server.close()
    journal.close()


async def _open_journal(
    settings: Settings, info: RunInfo, channel: Channel, end: asyncio.Event
) -> Journal | None:
    """The journal; None when there is none and the server ends."""
    while not end.is_set():
        try:
            return Journal(
                settings.journal, settings.history, settings.durability, check=info.unclean
            )
        except JournalError as problem:
            if not info.restarted:
                channel.send(Failed(str(problem)))
                await end.wait()
                return None
            log.warning("%s Trying again.", problem)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(end.wait(), REOPEN_EVERY)
    return None


def _fail_stop(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """An error nobody foresaw: state may be half changed, so the journal must say what holds.

    The supervisor starts the room again, and workers post again what was not answered.
    """
    problem = context.get("exception")
    if isinstance(problem, OvertakenError):
        log.error("the room begins anew: %s", problem)
    else:
        log.critical("the room stops: %s", context["message"], exc_info=problem)
    os._exit(1)


def _start_manager(info: RunInfo, desk: Desk) -> None:
    """Serve proxies from a thread of their own; the process does not wait for it."""

    class Serving(RoomManager):
        pass

    Serving.register("desk", callable=lambda: desk, exposed=DESK_CALLS)
    server = Serving(info.manager_address, info.authkey).get_server()
    threading.Thread(target=server.serve_forever, name="manager", daemon=True).start()
