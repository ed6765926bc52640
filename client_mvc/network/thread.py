"""The network thread: an asyncio loop of its own, fed with wishes, telling news in a queue.

Nothing else is shared with the thread of the window. Knows no window and no model, so a
program without a window can be built on it.

What speaks HTTP takes as long to load as the whole window: the thread loads it, so that the
window stands meanwhile.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from client_mvc.network import api
from shared import messages
from shared.joinlink import Address

if TYPE_CHECKING:
    import aiohttp

    from client_mvc.network.session import RoomSession

log = logging.getLogger(__name__)

MOST_UNREAD_NEWS = 20_000
"""When the window is so far behind, reading from the room waits for it."""
STOP_WITHIN = 3.0


class NetworkThread:
    """`news.Network`, for real. `start` it, `stop` it at the end."""

    def __init__(self, queue: SimpleQueue[api.SessionEvent]) -> None:
        self._queue = queue
        self._thread = threading.Thread(target=self._run, name="network", daemon=True)
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._stopping: asyncio.Event
        self._http: aiohttp.ClientSession
        self._number = 0
        self._visit: RoomSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._downloads: dict[str, asyncio.Task[None]] = {}

    def start(self) -> None:
        """Start the thread; wishes can be uttered when this returns, and come true soon."""
        self._thread.start()
        self._started.wait()

    def stop(self) -> None:
        """Let go of every connection and end the thread; waits at most a few seconds."""
        self._call(self._stopping.set)
        self._thread.join(STOP_WITHIN)

    # --- wishes, from any thread (see `news.Network`) --------------------------------------

    def connect(self, visit: int, ticket: api.JoinOptions) -> None:
        self._call(self._connect, visit, ticket)

    def say(self, unsaid: api.OutgoingMessage) -> None:
        self._call(self._with_visit, lambda visit: visit.say(unsaid))

    def reconnect_now(self) -> None:
        self._call(self._with_visit, lambda visit: visit.feed(visit.link.reconnect_now()))

    def leave(self) -> None:
        self._call(self._with_visit, lambda visit: visit.leave())

    def report(self, id: str) -> None:
        self.ask(messages.AskReport(id))

    def ask(self, question: api.Query) -> None:
        self._call(self._with_visit, lambda visit: visit.ask(question))

    def upload(self, key: str, path: Path) -> None:
        self._call(self._with_visit, lambda visit: visit.uploads.add(key, path))

    def cancel_upload(self, key: str) -> None:
        self._call(self._with_visit, lambda visit: visit.uploads.cancel(key))

    def download(self, address: Address, wanted: api.DownloadRequest) -> None:
        self._call(self._download, address, wanted)

    def cancel_download(self, key: str) -> None:
        self._call(self._cancel_download, key)

    def fetch(self, address: Address, file: messages.File) -> None:
        self._call(self._fetch, address, file)

    # --- the thread ------------------------------------------------------------------------

    def _call(self, wish: Callable[..., None], *args: object) -> None:
        try:
            self._loop.call_soon_threadsafe(wish, *args)
        except RuntimeError:
            log.debug("a wish came after the end")

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except Exception:
            log.exception("the network thread broke")
            raise
        finally:
            self._started.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._started.set()
        import aiohttp

        async with aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
            connector=aiohttp.TCPConnector(limit=0, use_dns_cache=False),
        ) as self._http:
            await self._stopping.wait()
            if self._visit is not None:
                await self._visit.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connect(self, number: int, ticket: api.JoinOptions) -> None:
        from client_mvc.network.session import RoomSession

        if self._visit is not None:
            self._visit.leave()
        self._number = number
        self._visit = RoomSession(
            ticket,
            self._http,
            lambda told: self._queue.put((number, told)),
            self._slow_down,
        )
        self._own(self._until_ended(self._visit))
        self._visit.start()

    async def _until_ended(self, visit: "RoomSession") -> None:
        try:
            await visit.ended.wait()
        finally:
            if self._visit is visit:
                self._visit = None
            await visit.close()

    def _with_visit(self, wish: "Callable[[RoomSession], None]") -> None:
        if self._visit is not None:
            wish(self._visit)

    def _download(self, address: Address, wanted: api.DownloadRequest) -> None:
        from client_mvc.network import downloads

        work = downloads.save(self._http, address, wanted, self._tell)
        self._downloads[wanted.key] = self._transfer(work)
        self._downloads[wanted.key].add_done_callback(
            lambda _: self._downloads.pop(wanted.key, None)
        )

    def _fetch(self, address: Address, file: messages.File) -> None:
        from client_mvc.network import downloads

        self._transfer(downloads.fetch(self._http, address, file))

    def _cancel_download(self, key: str) -> None:
        if key in self._downloads:
            self._downloads[key].cancel()

    def _tell(self, told: api.NetworkEvent) -> None:
        self._queue.put((self._number, told))

    def _transfer(self, work: Coroutine[Any, Any, api.TransferEvent]) -> asyncio.Task[None]:
        async def told() -> None:
            self._tell(await work)

        return self._own(told())

    def _own(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Keep the task until it ends; a bug in it is logged, not lost."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._task_ended)
        return task

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()):
            log.error("a task of the network broke", exc_info=problem)

    async def _slow_down(self) -> None:
        # A SimpleQueue tells nobody that it was read, so this looks again.
        while self._queue.qsize() > MOST_UNREAD_NEWS:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
