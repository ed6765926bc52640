"""The room process: a multiprocessing Manager that owns the room, and the gateway beside it.

Its main thread runs the event loop on which all state lives; the Manager's threads answer
questions by proxy and only pass them to that loop. All operations come through the gateway.
Knows how the process lives and dies; the rules of the room are the core's.
"""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from functools import partial
from multiprocessing import parent_process
from time import monotonic, time
from typing import Any

from server.budgets.addresses import Grouping, own_networks
from server.budgets.refusals import Refusals
from server.budgets.table import budgets
from server.files.space import measure
from server.processes import child_setup
from server.processes.control_channel import Channel, Closing, Drain, Failed, Message, Ready
from server.processes.run_directory import RunInfo
from server.room.core import RoomCore
from server.room.log import rfc3339
from server.room.room_side.admission import Admission
from server.room.room_side.eraser import Eraser
from server.room.room_side.expiry import FileExpiry
from server.room.room_side.gateway import Gateway
from server.room.room_side.host import Terminal
from server.room.room_side.housekeeping import Housekeeping
from server.room.room_side.owner import OwnersKey
from server.room.room_side.reservations import Reservations
from server.room.room_side.service import RoomService
from server.room.room_side.several_hosts import RoomParts, SeveralHosts
from server.room.room_side.sockets import RoomSockets
from server.room.storage import last_settings
from server.room.storage.errors import JournalError, OvertakenError
from server.room.storage.journal import Journal
from server.room.storage.size_limit import most_keys
from server.settings import Settings

log = logging.getLogger(__name__)

LINGER = 2.0
REOPEN_EVERY = 0.5
UPLOADS_AFTER = 1.0
"""Seconds in which workers name their uploads under way to a room that was restarted."""


def run(settings: Settings, info: RunInfo, refusals: Refusals, control: socket.socket) -> None:
    """Run the room process, from start to end."""
    child_setup.set_up("room", settings)
    os.umask(0o077)  # only the owner of the data folder may read the history
    with asyncio.Runner(loop_factory=child_setup.event_loop) as runner:
        runner.run(_serve(settings, info, refusals, control))


async def _serve(
    settings: Settings, info: RunInfo, refusals: Refusals, control: socket.socket
) -> None:
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
    others = SeveralHosts(settings, channel, end)
    if not await others.prepared():
        return
    journal = await _open_journal(settings, info, channel, end)
    if journal is None or not await others.entered(journal):
        return
    housekeeping = Housekeeping(
        journal, settings, budgets(settings).min_free, refusals, remote=others.files
    )
    housekeeping.prepare()
    _record(settings)
    eraser = Eraser(journal, settings.index, housekeeping.remove_files)
    core = RoomCore(journal, settings.max_users, settings.edit_window)
    group = Grouping(own_networks).group
    admission = Admission(core, settings, monotonic(), group, refusals)
    reservations = Reservations(budgets(settings), settings.quota, refusals.count)
    gateway = Gateway(
        core,
        settings.grace,
        admission,
        reservations,
        show=Terminal().show,
        make_log=others.make_log(core),
        host=settings.host_name,
    )
    owner = OwnersKey(settings.data_dir, gateway, several=bool(settings.cluster))
    if not settings.cluster:
        owner.load()
    service = RoomService(
        loop,
        gateway,
        core,
        started=rfc3339(time()),
        password=bool(settings.password),
        measure=partial(measure, settings.downloads),
        uploads_from=loop.time() + UPLOADS_AFTER if info.restarted else 0.0,
    )
    sockets = RoomSockets(info, gateway, service, owner, others)
    await sockets.open()
    child_setup.tune_garbage_collection()
    channel.send(Ready())
    log.info("room open seq=%d members=%d", journal.newest(), len(core.roster))
    work = [
        channel.beat(settings.hung_after),
        sockets.keep(),
        housekeeping.run(),
        eraser.run(),
        eraser.run_index(),
    ]
    if settings.keep_files:
        keep = timedelta(days=settings.keep_files)
        act = gateway.host.act
        work.append(FileExpiry(journal, keep, act, in_charge=others.in_charge).run())
    if others.files is not None:
        work.append(housekeeping.run_remote())
    parts = RoomParts(core, gateway, admission, housekeeping, owner)
    with _running(others.run(parts)):
        with _running(*work):
            await closing.wait()
            gateway.hold()
            await end.wait()
        await gateway.emptied(LINGER)
    gateway.close()
    await others.close()
    sockets.close()
    journal.close()


@contextlib.contextmanager
def _running(*work: Coroutine[Any, Any, None]) -> Iterator[None]:
    """Do this meanwhile; the process ends if any of it fails."""
    tasks = [asyncio.get_running_loop().create_task(one) for one in work]
    for task in tasks:
        task.add_done_callback(_pass_on_failure)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


def _record(settings: Settings) -> None:
    try:
        last_settings.record(settings)
    except OSError as error:
        log.warning("settings not recorded error=%s", error)


async def _open_journal(
    settings: Settings, info: RunInfo, channel: Channel, end: asyncio.Event
) -> Journal | None:
    """Return the journal; None when there is none and the server ends."""
    while not end.is_set():
        try:
            return Journal(
                settings.journal,
                settings.history,
                settings.durability,
                check=info.unclean,
                most_keys=most_keys(settings.max_journal),
            )
        except JournalError as error:
            if not info.restarted:
                channel.send(Failed(str(error)))
                await end.wait()
                return None
            log.warning("journal not opened action=retry error=%s", error)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(end.wait(), REOPEN_EVERY)
    return None


def _pass_on_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        context = {"message": "a task failed", "exception": error}
        task.get_loop().call_exception_handler(context)


def _fail_stop(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """End the process at an unforeseen error: its state may be half changed.

    The supervisor starts the room again from the journal, and workers send again the operations
    that were not answered.
    """
    error = context.get("exception")
    if isinstance(error, OvertakenError):
        log.error("room restarts reason=overtaken error=%s", error)
    else:
        log.critical("room stops error=%s", context["message"], exc_info=error)
    os._exit(1)
