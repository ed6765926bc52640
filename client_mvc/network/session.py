"""One visit to a room: drives a `ClientProtocol` with a real socket and a real clock.

Lives on the network thread's loop. Knows no window and no model; what it learns it tells.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

import aiohttp

from client_mvc.network import api, interfaces
from client_mvc.network.interfaces import Lookout
from client_mvc.network.protocol import ClientProtocol, HangUp, Open, Send, State, Step
from client_mvc.network.uploads import Uploads
from client_mvc.network.websocket import ClientWebSocket
from shared import messages
from shared.problems import Problem

log = logging.getLogger(__name__)


class RoomSession:
    """From `start` to `ended`; `close` makes an end of it at once."""

    def __init__(
        self,
        ticket: api.JoinOptions,
        http: aiohttp.ClientSession,
        tell: Callable[[api.NetworkEvent], None],
        slow_down: Callable[[], Awaitable[None]],
    ) -> None:
        self.link = ClientProtocol(ticket)
        self.ended = asyncio.Event()
        self.uploads = Uploads(http, ticket.address, self, tell)
        self.address = ticket.address
        self._http = http
        self._tell = tell
        self._slow_down = slow_down
        self._loop = asyncio.get_running_loop()
        self._ready = asyncio.Event()
        self._ear: _Ear | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._lookout: Lookout | None = None
        self._next_look: asyncio.TimerHandle | None = None

    # --- what an upload needs (upload.Member) ----------------------------------------------

    async def ready(self) -> None:
        """Wait for a live connection."""
        await self._ready.wait()

    @property
    def live(self) -> bool:
        """Whether there is a live connection."""
        return self._ready.is_set()

    @property
    def token(self) -> str | None:
        """The membership's token."""
        return self.link.token

    @property
    def file_limit(self) -> int:
        """The largest file in bytes."""
        return self.link.limits.file

    # --- wishes ----------------------------------------------------------------------------

    def start(self) -> None:
        """The first attempt."""
        self.feed(self.link.start())

    def say(self, unsaid: api.OutgoingMessage) -> None:
        """Say it when its turn comes."""
        self.feed(self.link.say(unsaid, self._loop.time()))

    def ask(self, question: api.Query) -> None:
        """Ask the room."""
        self.feed(self.link.ask(question, self._loop.time()))

    def leave(self) -> None:
        """Leave for good; `ended` is set when that is done."""
        self.feed(self.link.leave(self._loop.time()))

    async def close(self) -> None:
        """Let go of everything, whatever state it is in."""
        self._hang_up()
        if self._timer is not None:
            self._timer.cancel()
        self._stop_looking()
        await self.uploads.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- driving ---------------------------------------------------------------------------

    def feed(self, steps: Iterable[Step]) -> None:
        """Take the steps that the link asks for."""
        for step in steps:
            match step:
                case Open():
                    self._open()
                case HangUp():
                    self._hang_up()
                case Send(request):
                    if self._ear is not None:
                        self._ear.connection.send(request)
                case _:
                    self._tell(step)
                    self._notice(step)
        if self.link.state is State.READY:
            self._ready.set()
        else:
            self._ready.clear()
        self._set_timer()
        self._look_out()

    def _notice(self, told: api.NetworkEvent) -> None:
        """What concerns files or the log too. A token is for neither."""
        match told:
            case api.EventReceived(messages.Shared(id=str(key))):
                self.uploads.landed(key)
            case api.CaughtUp():
                log.info("caught up server=%s", self.address)
            case api.Disconnected(problem, attempt, delay):
                log.info(
                    "disconnected code=%s attempt=%d delay=%.1f", problem.code, attempt, delay
                )
            case api.MembershipEnded(why, problem):
                code = problem.code if problem is not None else None
                log.info("membership ended server=%s why=%s code=%s", self.address, why, code)
                self.ended.set()
            case _:
                pass

    def _open(self) -> None:
        self._ear = _Ear(self, self._http, self._slow_down)
        task = asyncio.create_task(self._ear.connection.run())
        self._ear.task = task
        self._tasks.add(task)
        task.add_done_callback(self._connection_ended)

    def _connection_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("connection task failed", exc_info=error)
            if self._ear is not None and self._ear.task is task:
                self._ear = None
                self.feed(self.link.unreachable(Problem("internal"), self._loop.time()))

    def _hang_up(self) -> None:
        if self._ear is not None and self._ear.task is not None:
            self._ear.task.cancel()
        self._ear = None

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.link.wake_at is not None:
            self._timer = self._loop.call_at(self.link.wake_at, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.feed(self.link.tick(self._loop.time()))

    # --- whether the network is back -------------------------------------------------------

    def _look_out(self) -> None:
        """Look once a second while the room is missed, from how the network is now."""
        if not self.link.missed:
            self._stop_looking()
        elif self._lookout is None:
            self._lookout = Lookout()
            self._next_look = self._loop.call_later(interfaces.EVERY, self._look)

    def _look(self) -> None:
        if self._lookout is None:
            return
        self._next_look = self._loop.call_later(interfaces.EVERY, self._look)
        if self._lookout.gained():
            log.info("the network is back")
            self.feed(self.link.network_back())

    def _stop_looking(self) -> None:
        self._lookout = None
        if self._next_look is not None:
            self._next_look.cancel()
            self._next_look = None

    # --- what a connection tells -----------------------------------------------------------

    def heard(self, ear: "_Ear", what: Callable[[float], list[Step]]) -> None:
        """Feed the link, unless it has hung up on this connection."""
        if ear is self._ear:
            self.feed(what(self._loop.time()))


class _Ear:
    """Listens to one connection, and is no longer heard when the link hung up on it."""

    def __init__(
        self,
        visit: RoomSession,
        http: aiohttp.ClientSession,
        slow_down: Callable[[], Awaitable[None]],
    ) -> None:
        self._visit = visit
        self.connection = ClientWebSocket(http, visit.address, self, slow_down)
        self.task: asyncio.Task[None] | None = None

    def opened(self) -> None:
        self._visit.heard(self, self._visit.link.opened)

    def received(self, message: messages.AnyEvent | messages.Reply) -> None:
        self._visit.heard(self, lambda now: self._visit.link.received(message, now))

    def closed(self, code: int) -> None:
        self._visit.heard(self, lambda now: self._visit.link.closed(code, now))

    def unreachable(self, problem: Problem) -> None:
        self._visit.heard(self, lambda now: self._visit.link.unreachable(problem, now))
