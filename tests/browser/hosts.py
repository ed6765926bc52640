"""One room on several hosts, in this process: the server's own pages and sockets, a fake room.

Two real servers are two rooms, so the hosts share a room in memory instead.
"""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import override

from server.budgets.refusals import Refusals
from server.connections.fanout import FanOut
from server.connections.worker_state import WorkerState
from server.files.folder import Folder
from server.protocols.detect import ProtocolSwitch
from server.protocols.http_server import HttpServer
from server.room.interface import (
    JoinAccepted,
    JoinRefused,
    JoinRequest,
    Overview,
    Post,
    PostResult,
)
from server.settings import Settings
from shared.codec import encode
from shared.messages import HasMajority, HostList
from shared.problems import NO_MAJORITY, problem
from tests.fakes import FakeRoom, accepted

AT = "2026-11-22T08:00:00.000Z"


class SharedRoom:
    """The state that all hosts share; `decides`: they reach a majority."""

    def __init__(self) -> None:
        self.events: list[bytes] = []
        self.fanouts: list[FanOut] = []
        self.keys: dict[str, int] = {}
        self.decides = True

    def sequence(self, kind: str, tail: bytes) -> int:
        """Append an event, and send it out at every host."""
        seq = len(self.events) + 1
        head = f'{{"type":"{kind}","seq":{seq},"at":"{AT}","member":7,'
        self.events.append(head.encode() + tail)
        for fanout in self.fanouts:
            fanout.deliver(seq, self.events[-1:])
        return seq


class HostRoom(FakeRoom):
    """The shared room, as one host knows it. `journal` is its own."""

    def __init__(self, shared: SharedRoom) -> None:
        super().__init__()
        self.shared = shared
        self.events = shared.events
        self.hosts: Sequence[str] = ()
        self.journal = "j1"
        self.cut_off = False

    @override
    async def join(self, request: JoinRequest) -> JoinAccepted | JoinRefused:
        self.join_requests.append(request)
        if request.token not in (None, "secret"):
            return JoinRefused(problem("bad_token"))
        start = request.after or 0
        if request.token is None:
            start = self.shared.sequence("joined", b'"name":"ann"}') - 1
        newest = len(self.events)
        names = {"name": "ann", "seq": newest, "start": start, "journal": self.journal}
        return accepted(**names, hosts=tuple(self.hosts))

    @override
    def post(self, post: Post, answer: Callable[[PostResult], None] | None = None) -> None:
        self.posts.append(post)
        assert answer is not None
        keys = self.shared.keys
        if not self.shared.decides or self.cut_off:
            answer(PostResult(problem=NO_MAJORITY))
        elif post.key in keys:
            answer(PostResult(seq=keys[post.key]))
        else:
            keys[post.key] = self.shared.sequence("said", post.tail)
            answer(PostResult())

    @override
    async def overview(self) -> Overview:
        decides = self.shared.decides and not self.cut_off
        return Overview(self.journal, 1, 3, password=False, decides=decides)


class Host:
    """One host, at a port of its own; `close` it at the end."""

    def __init__(self, shared: SharedRoom, tls: ssl.SSLContext | None = None) -> None:
        self.room = HostRoom(shared)
        fanout = FanOut(self.room)
        shared.fanouts.append(fanout)
        fanout.head = len(shared.events)
        settings = Settings(room="lobby")
        folder = Folder(Path())
        self.state = WorkerState(1, self.room, fanout, folder, settings, Refusals())
        self.state.tls = tls
        self._scheme = "https" if tls else "http"
        self._http = HttpServer(self.state)
        self._transports: set[asyncio.BaseTransport] = set()
        self._server: asyncio.Server | None = None
        self.url = ""

    async def open(self, port: int = 0) -> str:
        """Listen, and return the URL."""
        await self._http.open()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._switch, "127.0.0.1", port)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"{self._scheme}://127.0.0.1:{port}"
        return self.url

    def cut_off(self) -> None:
        """Reach the other hosts no more, and tell the members."""
        self.room.cut_off = True
        self.state.fanout.state("majority", encode(HasMajority(on=False)))

    def name(self, hosts: Sequence[str]) -> None:
        """Name all hosts of the room, in the page's policy and in `welcome`."""
        self.state.hosts = (self.url, *(host for host in hosts if host != self.url))
        self.room.hosts = self.state.hosts

    def tell_hosts(self) -> None:
        """Tell the members which hosts are named."""
        self.state.fanout.state("hosts", encode(HostList([*self.state.hosts])))

    def _switch(self) -> ProtocolSwitch:
        transports = self._transports

        class Switch(ProtocolSwitch):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                transports.add(transport)
                super().connection_made(transport)

        return Switch(
            self._http.connect,
            lambda: None,
            lambda _: None,
            self._http.beginnings.take,
            hold=self._http.unread.hold,
            tls=lambda: self.state.tls,
        )

    async def close(self) -> None:
        """Listen no more, and cut all connections, as a host that dies does."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for transport in self._transports:
            if isinstance(transport, asyncio.Transport):
                transport.abort()
        for session in list(self.state.sessions.values()):
            session.disconnected()
        await self._http.close()
