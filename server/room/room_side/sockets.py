"""The sockets of the room process: gateway, Manager and command line.

They are files, and what cleans folders of old files may remove them: then nobody could make
contact any more, though all contacts that exist go on. So they are made again.
"""

import asyncio
import logging
import threading
import time
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any

from server.processes.run_directory import RunInfo, make_private
from server.room.proxies import QUESTIONS, RoomManager, RoomQuestions
from server.room.room_side import command_line
from server.room.room_side.gateway import Gateway
from server.room.room_side.owner import OwnersKey
from server.room.room_side.service import RoomService
from server.room.room_side.several_hosts import SeveralHosts
from server.room.room_side.worker_connection import WorkerConnection

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
ACCEPT_AGAIN_AFTER = 0.2


class RoomSockets:
    """The sockets under which a room process is reached."""

    def __init__(
        self,
        info: RunInfo,
        gateway: Gateway,
        service: RoomService,
        owner: OwnersKey,
        others: SeveralHosts | None = None,
    ) -> None:
        self._info = info
        self._others = others
        self._owner = owner
        self._gateway = gateway
        self._service = service
        # Held: an event loop lets a server without a reference be collected, and it closes.
        self._servers: list[asyncio.Server] = []
        self._paths = [
            Path(one)
            for one in (info.gateway_address, info.manager_address, info.owner_address)
        ]

    async def open(self) -> None:
        """Make the sockets; those of a room process before this one go. Raises `OSError`."""
        info, loop = self._info, asyncio.get_running_loop()
        make_private(Path(info.folder))
        for path in self._paths:
            path.unlink(missing_ok=True)
        serve_questions(info.manager_address, info.authkey, self._service)
        self._servers += [
            await loop.create_unix_server(
                lambda: WorkerConnection(self._gateway), info.gateway_address
            ),
            await command_line.serve(
                info.owner_address,
                {
                    "report": self._service.current_report,
                    "overview": self._service.current_overview,
                    "members": self._service.current_members,
                    "owner-key": self._owner.current,
                    "new-owner-key": self._owner.make,
                    **(self._others.commands() if self._others else {}),
                },
                self._gateway.host.act,
                self._others.change if self._others else None,
            ),
        ]

    async def keep(self) -> None:
        """Make the sockets again whenever one is gone, for as long as this runs."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if all(path.exists() for path in self._paths):
                continue
            log.warning("sockets gone folder=%s action=make_again", self._info.folder)
            try:
                await self.open()
            except OSError as error:
                log.warning("sockets not made error=%s action=retry", error)

    def close(self) -> None:
        """Take no new contacts."""
        for one in self._servers:
            one.close()


class _PatientListener:
    """Waits a moment after an error: the Manager accepts again at once, again and again.

    Without a free descriptor that would take all of a processor.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.address = listener.address

    def accept(self) -> "Connection[Any, Any]":
        try:
            return self._listener.accept()
        except OSError:
            time.sleep(ACCEPT_AGAIN_AFTER)
            raise

    def close(self) -> None:
        self._listener.close()


def serve_questions(address: str, authkey: bytes, questions: RoomQuestions) -> None:
    """Answer proxies from a thread of their own; the process does not wait for it."""

    class Serving(RoomManager):
        pass

    Serving.register("questions", callable=lambda: questions, exposed=QUESTIONS)
    server: Any = Serving(address, authkey).get_server()
    server.listener = _PatientListener(server.listener)
    threading.Thread(target=server.serve_forever, name="manager", daemon=True).start()
