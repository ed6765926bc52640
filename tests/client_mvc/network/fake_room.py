"""A room on a real port that a test controls."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable

from aiohttp import WSMsgType, web
from msgspec import UNSET, UnsetType

from shared import codec, messages, protocol
from shared.joinlink import Address
from tests.client_mvc.fakes import AT, welcome
from tests.support.running import lasting_port
from tests.support.waiting import until

type Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class FakeRoom:
    """Sends each message to everybody; a test arranges the rest."""

    def __init__(self) -> None:
        self.log: list[messages.AnyEvent] = []
        self.joins: list[messages.Join] = []
        self.says: list[messages.Say] = []
        self.sockets: list[tuple[web.WebSocketResponse, web.Request]] = []
        self.refuse: messages.Refused | None = None
        self.room_answer: Answer | None = None
        self.websocket_answer: Answer | None = None
        self.invite_answer: Answer | None = None
        self.requests: list[str] = []
        self.journal = ""
        self.hosts: list[str] = []
        self.key: str | UnsetType = UNSET
        self.silent = False
        self.frozen = False
        self.pings = 0
        self.file_limit = 1000
        self.accepted = "text"
        self.posts: list[tuple[dict[str, str], bytes]] = []
        self.post_answers: list[Answer] = []
        self.kept: dict[str, bytes] = {}
        self.head_answers: list[Answer] = []
        self.files: dict[str, bytes] = {}
        self.gets: list[dict[str, str]] = []
        self.get_answers: list[Answer] = []
        self._application = web.Application(client_max_size=64 * 1024 * 1024)
        self._application.router.add_get("/room", self._room)
        self._application.router.add_get("/ws", self._websocket)
        self._application.router.add_get("/invite", self._invite)
        self._application.router.add_post("/files", self._post)
        self._application.router.add_head("/files", self._kept)
        self._application.router.add_get("/files/{id}/{name}", self._get)
        self._runner = web.AppRunner(self._application, shutdown_timeout=0.1)

    async def open(self, port: int = 0, tls: ssl.SSLContext | None = None) -> Address:
        """Listen, with `tls` to TLS only, and return the address to join."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port or lasting_port(), ssl_context=tls)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        return Address(host, port)

    async def close(self) -> None:
        """Close all connections and stop listening."""
        self.cut()
        await self._runner.cleanup()

    def cut(self) -> None:
        """Cut every connection without a close frame."""
        for _, request in self.sockets:
            if request.transport is not None:
                request.transport.abort()
        self.sockets.clear()

    def serve_journal(self, journal: str, *, majority: bool = True) -> None:
        """Be a room with this journal from now on, and name it in `GET /room`."""
        self.journal = journal
        info = messages.RoomInfo(
            room="lobby",
            journal=journal,
            features=[],
            password=False,
            active=0,
            max_users=3,
            majority=UNSET if majority else False,
        )
        self.room_answer = answer(200, codec.encode(info).decode())

    async def tell(self, message: messages.Event | messages.Reply) -> None:
        """Send this to every member."""
        for socket, _ in list(self.sockets):
            await socket.send_str(codec.encode(message).decode())

    async def happen(self, event: messages.Event) -> None:
        """Append an event, and send it to every member."""
        self.log.append(event)
        await self.tell(event)

    async def _room(self, request: web.Request) -> web.StreamResponse:
        """Answer as a server of version 0.1 does, unless a test says otherwise."""
        self.requests.append("/room")
        if self.room_answer is not None:
            return await self.room_answer(request)
        return web.Response(status=404)

    async def _invite(self, request: web.Request) -> web.StreamResponse:
        self.requests.append("/invite")
        if self.invite_answer is not None:
            return await self.invite_answer(request)
        return web.Response(status=404)

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        self.requests.append("/ws")
        if self.websocket_answer is not None:
            return await self.websocket_answer(request)
        socket = web.WebSocketResponse(protocols=[protocol.SUBPROTOCOL], autoping=False)
        await socket.prepare(request)
        async for frame in socket:
            if frame.type is WSMsgType.PING:
                await self._pinged(socket, frame.data)
                continue
            if frame.type is not WSMsgType.TEXT:
                break
            match codec.decode_request(frame.data.encode()):
                case messages.Join() as join:
                    await self._join(socket, request, join)
                case messages.Say() as say:
                    self.says.append(say)
                    if not self.silent:
                        await self.happen(
                            messages.Said(
                                seq=len(self.log) + 1,
                                at=AT,
                                name="alice",
                                text=say.text,
                                id=say.id,
                            )
                        )
                case messages.AskReport(id):
                    await socket.send_str(
                        codec.encode(messages.Report(id, 1, 3, AT, [])).decode()
                    )
                case messages.AskHistory(id, before=int(before), limit=limit):
                    older = self.log[: before - 1][-limit:]
                    answer = messages.History(id, older, more=before > limit + 1)
                    await socket.send_str(codec.encode(answer).decode())
                case messages.AskSearch(id, limit=limit):
                    found = messages.Found(id, self.log[: -limit - 1 : -1], False, 1)
                    await socket.send_str(codec.encode(found).decode())
                case messages.Leave():
                    await socket.close(code=protocol.CLOSE_LEFT)
        return socket

    async def _pinged(self, socket: web.WebSocketResponse, data: bytes) -> None:
        self.pings += 1
        if not self.frozen:
            await socket.pong(data)

    async def _join(
        self, socket: web.WebSocketResponse, request: web.Request, join: messages.Join
    ) -> None:
        self.joins.append(join)
        if self.refuse is not None:
            await socket.send_str(codec.encode(self.refuse).decode())
            await socket.close(code=protocol.CLOSE_REFUSED)
            return
        token = join.token or f"t{len(self.joins)}"
        limits = messages.Limits(8000, self.file_limit, self.accepted)
        answer = welcome(
            len(self.log),
            token=token,
            limits=limits,
            journal=self.journal,
            hosts=self.hosts or UNSET,
            key=self.key,
        )
        await socket.send_str(codec.encode(answer).decode())
        for event in self.log[join.after or 0 :]:
            await socket.send_str(codec.encode(event).decode())
        self.sockets.append((socket, request))

    async def _post(self, request: web.Request) -> web.StreamResponse:
        if self.post_answers:
            return await self.post_answers.pop(0)(request)
        self.posts.append((dict(request.headers), await request.read()))
        return web.json_response({}, status=201)

    async def _kept(self, request: web.Request) -> web.StreamResponse:
        if self.head_answers:
            return await self.head_answers.pop(0)(request)
        data = self.kept.get(request.headers["Idempotency-Key"], b"")
        return web.Response(headers={"Upload-Offset": str(len(data))})

    async def _get(self, request: web.Request) -> web.StreamResponse:
        self.gets.append(dict(request.headers))
        if self.get_answers:
            return await self.get_answers.pop(0)(request)
        data = self.files.get(request.match_info["id"])
        if data is None:
            return web.Response(status=404)
        wanted = request.http_range
        if wanted.start is None:
            return web.Response(body=data)
        place = f"bytes {wanted.start}-{len(data) - 1}/{len(data)}"
        return web.Response(
            status=206, body=data[wanted.start :], headers={"Content-Range": place}
        )


def answer(
    status: int, body: str | bytes = "", headers: dict[str, str] | None = None
) -> Answer:
    """Read the body, then answer so."""

    async def give(request: web.Request) -> web.StreamResponse:
        await request.read()
        data = body.encode() if isinstance(body, str) else body
        return web.Response(status=status, body=data, headers=headers)

    return give


async def cut_off(request: web.Request) -> web.StreamResponse:
    """Read the beginning of the file, then cut the connection without an answer."""
    await request.content.read(1)
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def cut_after(
    data: bytes,
    size: int,
    charset: str = "utf-8",
    taken: Callable[[], object] = lambda: True,
) -> Answer:
    """Announce `size` bytes, send these, then close the connection once they are `taken`.

    Bytes that a client has not read when the connection closes are lost to it.
    """

    async def give(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = size
        response.headers["Content-Type"] = f"text/plain; charset={charset}"
        await response.prepare(request)
        await response.write(data)
        await until(taken)
        if request.transport is not None:
            request.transport.close()  # the bytes written before are still sent
        return response

    return give


class HeldAnswer:
    """Reads a little of the body, then waits until the test sets `release`."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.release = asyncio.Event()

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        self.began.set()
        await request.content.read(1)
        await self.release.wait()
        return web.Response(status=201)
