"""The network thread: an asyncio loop of its own, with commands in and events out.

The two threads share nothing else. An import contract keeps the window and the model out, so a
program without a window can be built on this.

aiohttp takes as long to load as the whole window: this thread loads it, so that the window
appears meanwhile.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from client_mvc.network import api, api_files
from shared import messages
from shared.identity import ServerIdentity
from shared.joinlink import Address

if TYPE_CHECKING:
    import aiohttp

    from client_mvc.network.discovery import Discovery
    from client_mvc.network.pictures import Pictures
    from client_mvc.network.protocol import ClientProtocol
    from client_mvc.network.session import RoomSession
    from client_mvc.network.steps import Step

log = logging.getLogger(__name__)

MOST_UNREAD_EVENTS = 20_000
"""While the window is so many events behind, the thread reads no more from the server."""
STOP_WITHIN = 3.0


class NetworkThread:
    """Implements `api.Network`. `start` it, and `stop` it at the end.

    Args:
        queue: gets the events.
        discovery: whether to look for rooms on this network when asked to.
    """

    def __init__(self, queue: SimpleQueue[api.SessionEvent], *, discovery: bool = True) -> None:
        self._may_discover = discovery
        self._queue = queue
        self._thread = threading.Thread(target=self._run, name="network", daemon=True)
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._stopping: asyncio.Event
        self._http: aiohttp.ClientSession
        self._number = 0
        self._session: RoomSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._downloads: dict[str, asyncio.Task[None]] = {}
        self._pictures: Pictures | None = None
        self._discovery: Discovery | None = None
        self._discovering: asyncio.Task[None] | None = None
        self._first_commands: list[Callable[[Discovery], None]] = []

    def start(self) -> None:
        """Start the thread; it accepts commands when this returns."""
        self._thread.start()
        self._started.wait()

    def stop(self) -> None:
        """Close every connection and end the thread; waits `STOP_WITHIN` at most."""
        self._call(self._stopping.set)
        self._thread.join(STOP_WITHIN)

    # --- commands, from any thread (see `api.Network`) -------------------------------------

    def connect(self, session: int, options: api.JoinOptions) -> None:
        self._call(self._connect, session, options)

    def send(self, message: api.OutgoingMessage) -> None:
        self._feed(lambda protocol, now: protocol.send(message, now))

    def reconnect_now(self) -> None:
        self._feed(lambda protocol, _: protocol.reconnect_now())

    def leave(self) -> None:
        self._feed(lambda protocol, now: protocol.leave(now))

    def typing(self) -> None:
        self._feed(lambda protocol, now: protocol.typing(now))

    def report(self, id: str) -> None:
        self.ask(messages.AskReport(id))

    def ask(self, query: api.Query) -> None:
        self._feed(lambda protocol, now: protocol.ask(query, now))

    def upload(self, key: str, path: Path) -> None:
        self._in_session(lambda session: session.uploads.add(key, path))

    def cancel_upload(self, key: str) -> None:
        self._in_session(lambda session: session.uploads.cancel(key))

    def download(self, server: ServerIdentity, request: api_files.DownloadRequest) -> None:
        self._call(self._download, server, request)

    def cancel_download(self, key: str) -> None:
        self._call(self._cancel_download, key)

    def fetch(self, server: ServerIdentity, file: messages.File, journal: str = "") -> None:
        self._call(self._fetch, server, file, journal)

    def fetch_picture(
        self, server: ServerIdentity, file: messages.File, journal: str, whole: bool
    ) -> None:
        self._call(self._fetch_picture, server, file, journal, whole)

    def ask_invite(self, server: ServerIdentity, journal: str) -> None:
        self._call(self._ask_invite, server, journal)

    def discover(self, known: Sequence[Address]) -> None:
        if self._may_discover:
            self._call(self._discover, known)

    def stop_discovering(self) -> None:
        self._call(self._stop_discovering)

    def look_further(self) -> None:
        self._in_discovery(lambda discovery: discovery.look_further())

    def stop_looking(self) -> None:
        self._in_discovery(lambda discovery: discovery.stop_looking())

    # --- the thread ------------------------------------------------------------------------

    def _call(self, command: Callable[..., None], *args: object) -> None:
        try:
            self._loop.call_soon_threadsafe(command, *args)
        except RuntimeError:
            log.debug("command ignored reason=stopped")

    def _in_session(self, command: "Callable[[RoomSession], None]") -> None:
        def run() -> None:
            if self._session is not None:
                command(self._session)

        self._call(run)

    def _in_discovery(self, command: "Callable[[Discovery], None]") -> None:
        def run() -> None:
            if self._discovery is not None:
                command(self._discovery)
            elif self._discovering is not None:
                self._first_commands.append(command)  # it is being loaded

        self._call(run)

    def _feed(self, input: "Callable[[ClientProtocol, float], list[Step]]") -> None:
        self._in_session(lambda session: session.feed(input))

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except Exception:
            log.exception("network thread failed")
            raise
        finally:
            self._started.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._started.set()
        from client_mvc.network.http_answers import http_session

        async with http_session() as self._http:
            await self._stopping.wait()
            if self._session is not None:
                await self._session.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            if self._pictures is not None:
                self._pictures.close()

    def _connect(self, number: int, options: api.JoinOptions) -> None:
        from client_mvc.network.session import RoomSession

        if self._session is not None:
            self._session.feed(lambda protocol, now: protocol.leave(now))
        self._number = number
        self._session = RoomSession(
            options,
            self._http,
            lambda event: self._queue.put((number, event)),
            self._slow_down,
        )
        self._own(self._until_ended(self._session))
        self._session.feed(lambda protocol, _: protocol.start())

    async def _until_ended(self, session: "RoomSession") -> None:
        try:
            await session.ended.wait()
        finally:
            if self._session is session:
                self._session = None
            await session.close()

    def _download(self, server: ServerIdentity, request: api_files.DownloadRequest) -> None:
        from client_mvc.network import downloads

        work = downloads.save(self._http, server, request, self._tell)
        self._downloads[request.key] = self._answer(work)
        self._downloads[request.key].add_done_callback(
            lambda _: self._downloads.pop(request.key, None)
        )

    def _fetch(self, server: ServerIdentity, file: messages.File, journal: str) -> None:
        from client_mvc.network import downloads

        self._answer(downloads.fetch(self._http, server, file, journal))

    def _fetch_picture(
        self, server: ServerIdentity, file: messages.File, journal: str, whole: bool
    ) -> None:
        from client_mvc.network.pictures import Pictures

        if self._pictures is None:
            self._pictures = Pictures(self._http)
        self._answer(self._pictures.fetch(server, file, journal, whole=whole))

    def _ask_invite(self, server: ServerIdentity, journal: str) -> None:
        from client_mvc.network import inviting

        self._answer(inviting.ask(self._http, server, journal))

    def _cancel_download(self, key: str) -> None:
        if key in self._downloads:
            self._downloads[key].cancel()

    def _discover(self, known: Sequence[Address]) -> None:
        self._stop_discovering()
        self._discovering = self._own(self._run_discovery(known))

    async def _run_discovery(self, known: Sequence[Address]) -> None:
        # It takes 0.2 s, in which this thread has other things to do.
        discovery = await asyncio.to_thread(_load_discovery)
        self._discovery = started = discovery(known, self._tell)
        for command in self._first_commands:
            command(started)
        await started.run()

    def _stop_discovering(self) -> None:
        self._discovery = None
        self._first_commands = []
        if self._discovering is not None:
            self._discovering.cancel()
            self._discovering = None

    def _tell(self, event: api.NetworkEvent) -> None:
        self._queue.put((self._number, event))

    def _answer(self, work: Coroutine[Any, Any, api.NetworkEvent]) -> asyncio.Task[None]:
        async def tell() -> None:
            self._tell(await work)

        return self._own(tell())

    def _own(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` as a task, keep it until it ends, and log an exception."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._task_ended)
        return task

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("network task failed", exc_info=error)

    async def _slow_down(self) -> None:
        # A SimpleQueue does not signal that it was read, so this looks again.
        while self._queue.qsize() > MOST_UNREAD_EVENTS:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def _load_discovery() -> "type[Discovery]":
    from client_mvc.network.discovery import Discovery

    return Discovery
