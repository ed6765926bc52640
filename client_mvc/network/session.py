"""One membership of a room: drives a `ClientProtocol` with real sockets and a real clock.

Lives on the event loop of the network thread, and tells the controller of events.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial

import aiohttp

from client_mvc.network import api, interfaces, tls
from client_mvc.network.http_answers import Unreachable
from client_mvc.network.interfaces import InterfaceWatch
from client_mvc.network.protocol import ClientProtocol
from client_mvc.network.reaching import Doubted, reach
from client_mvc.network.state import ClientState
from client_mvc.network.steps import AskHosts, HangUp, Open, Send, Step
from client_mvc.network.uploads import UploadQueue
from client_mvc.network.websocket import (
    ClientWebSocket,
    Closed,
    Opened,
    Reached,
    Silent,
    SocketEvent,
)
from shared import __version__, messages
from shared.identity import ServerIdentity
from shared.joinlink import Address
from shared.problems import Problem

log = logging.getLogger(__name__)

CLIENT = f"Chatroom desktop {'.'.join(__version__.split('.')[:2])}"
"""The name of this program in the server's report."""
ASK_WITHIN = 3.0
"""Seconds that another host has to answer while the one of the connection cannot send."""


class RoomSession:
    """Lasts from the first input to `ended`; `close` ends it at once.

    Args:
        options: the room, the name, and what the client holds from before.
        http: the session for sockets and files.
        tell: called with each event.
        slow_down: awaited after each frame; returns when the window can take more events.
    """

    def __init__(
        self,
        options: api.JoinOptions,
        http: aiohttp.ClientSession,
        tell: Callable[[api.NetworkEvent], None],
        slow_down: Callable[[], Awaitable[None]],
    ) -> None:
        self.protocol = ClientProtocol(options, client=CLIENT)
        self.ended = asyncio.Event()
        self.server = ServerIdentity(options.address)
        self.uploads = UploadQueue(http, self, tell)
        self._trust = options.trust
        self._room_key = ""
        self._http = http
        self._tell = tell
        self._slow_down = slow_down
        self._loop = asyncio.get_running_loop()
        self._ready = asyncio.Event()
        self._socket: ClientWebSocket | None = None
        self._reading: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._interfaces: InterfaceWatch | None = None
        self._next_look: asyncio.TimerHandle | None = None

    # --- for uploads (uploads.MemberState)--------------------------------------------------

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
        return self.protocol.token

    @property
    def room_journal(self) -> str:
        """The journal that `GET /room` names; empty if this server has no such answer."""
        return self.protocol.origin.journal

    @property
    def file_limit(self) -> int:
        """The largest file in bytes."""
        return self.protocol.limits.file

    @property
    def accepted(self) -> str:
        """What files the room takes (`messages.Limits.files`)."""
        return self.protocol.limits.files

    # --- driving the protocol ----------------------------------------------------------------

    def feed(self, input: Callable[[ClientProtocol, float], list[Step]]) -> None:
        """Give the protocol an input, with the time, and take the steps that it asks for."""
        for step in input(self.protocol, self._loop.time()):
            match step:
                case Open():
                    self._open()
                case HangUp():
                    self._hang_up()
                case AskHosts(hosts):
                    self._start(self._ask(hosts))
                case Send(request):
                    if self._socket is not None:
                        self._socket.send(request)
                case _:
                    self._tell(step)
                    self._note(step)
        if self.protocol.state is ClientState.READY:
            self._ready.set()
        else:
            self._ready.clear()
        self._set_timer()
        self._watch_interfaces()

    async def close(self) -> None:
        """Release the socket, the timers and the uploads, in any state."""
        self._hang_up()
        if self._timer is not None:
            self._timer.cancel()
        self._stop_watching()
        await self.uploads.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _note(self, event: api.NetworkEvent) -> None:
        """Pass on what uploads and the log need; neither gets the token."""
        match event:
            case api.EventReceived(messages.Shared(id=str(key))):
                self.uploads.confirm(key)
            case api.Welcomed(welcome):
                self._room_key = tls.key_of(welcome.key or "")
            case api.CaughtUp():
                log.info("caught up server=%s", self.server.address)
            case api.Disconnected(problem, attempt, delay):
                code = problem.code
                log.info("disconnected code=%s attempt=%d delay=%.1f", code, attempt, delay)
            case api.MembershipEnded(why, problem):
                code = problem.code if problem is not None else ""
                server = self.server.address
                log.info("membership ended server=%s why=%s code=%s", server, why, code)
                self.ended.set()
            case _:
                pass

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.protocol.wake_at is not None:
            self._timer = self._loop.call_at(self.protocol.wake_at, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.feed(ClientProtocol.tick)

    # --- the socket --------------------------------------------------------------------------

    def _open(self) -> None:
        protocol = self.protocol
        trust = self._trust_at(protocol.hosts.current)
        self._socket = ClientWebSocket(
            self._http,
            protocol.hosts.current,
            trust,
            protocol.hosts.within,
            several=lambda: protocol.hosts.within is not None,
        )
        self._reading = self._start(self._read(self._socket))

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _ask(self, hosts: Sequence[Address]) -> None:
        """Tell the protocol which of these hosts of the room answer, and what."""

        async def ask(host: Address) -> tuple[Address, messages.RoomInfo] | None:
            try:
                async with asyncio.timeout(ASK_WITHIN):
                    _, room = await reach(self._http, host, self._trust_at(host))
            except (Unreachable, Doubted, aiohttp.ClientError, OSError, TimeoutError) as why:
                log.debug("host does not answer host=%s error=%s", host, why)
                return None
            return None if room is None else (host, room)

        answers = [one for one in await asyncio.gather(*map(ask, hosts)) if one]
        self.feed(lambda protocol, now: protocol.hosts_asked(answers, now))

    async def _read(self, socket: ClientWebSocket) -> None:
        """Feed the protocol with the events of a socket until the protocol hangs up on it."""
        try:
            async with aclosing(socket.events()) as events:
                async for event in events:
                    if socket is self._socket:
                        self.feed(partial(_input, event=event))
                    if socket is not self._socket:
                        return  # before the next event is asked for, which may open the socket
                    if isinstance(event, Reached):
                        self._recognise(event.server)
                    await self._slow_down()
        except Unreachable as error:
            problem = error.problem
        except Doubted as doubted:
            doubt = doubted.doubt
            if socket is self._socket:
                self.feed(lambda protocol, now: protocol.doubted(doubt, now))
            return
        except Exception:
            log.exception("socket task failed")
            problem = Problem("internal")
        else:
            return
        if socket is self._socket:
            self._socket = None
            self.feed(lambda protocol, now: protocol.unreachable(problem, now))

    def _trust_at(self, host: Address) -> api.Trust:
        """Return which server may be at this host.

        On this computer a room may be joined without TLS. Its other hosts must have the key
        that it named: it could pass on to them what it gets, so this trusts it no further.
        """
        if self._room_key and not self.server.key and host != self.server.address:
            return api.Trust(key=self._room_key)
        return self._trust

    def _recognise(self, server: ServerIdentity) -> None:
        """Accept only this key from now on, unless the system trusts the server's name."""
        self.server = server
        if server.key:
            self._trust = replace(
                self._trust, key=server.key, system=server.system or self._trust.system
            )

    def _hang_up(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        self._socket = self._reading = None

    # --- whether the network is back ---------------------------------------------------------

    def _watch_interfaces(self) -> None:
        """Look once a second while reconnecting, beginning with the network as it is now."""
        if not self.protocol.reconnecting:
            self._stop_watching()
        elif self._interfaces is None:
            self._interfaces = InterfaceWatch()
            self._next_look = self._loop.call_later(interfaces.EVERY, self._look)

    def _look(self) -> None:
        if self._interfaces is None:
            return
        self._next_look = self._loop.call_later(interfaces.EVERY, self._look)
        if self._interfaces.gained():
            log.info("network back")
            self.feed(lambda protocol, _: protocol.network_back())

    def _stop_watching(self) -> None:
        self._interfaces = None
        if self._next_look is not None:
            self._next_look.cancel()
            self._next_look = None


def _input(protocol: ClientProtocol, now: float, event: SocketEvent) -> list[Step]:
    match event:
        case Reached(server, room):
            return protocol.room_found(room, server, now)
        case Opened():
            return protocol.opened(now)
        case Silent():
            return protocol.silent(now)
        case Closed(code):
            return protocol.closed(code, now)
    return protocol.received(event, now)
