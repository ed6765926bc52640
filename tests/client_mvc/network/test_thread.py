"""The network thread against a room on a real port: connections."""

import asyncio
import contextlib
import logging
from functools import partial
from pathlib import Path

import pytest
from aiohttp import web

from client_mvc.network import api, api_files, backoff, interfaces, session, thread
from client_mvc.network.interfaces import InterfaceWatch
from shared import limits, messages, protocol
from shared.identity import ServerIdentity
from shared.joinlink import Address
from shared.problems import Problem
from tests.client_mvc.fakes import failure, said
from tests.client_mvc.network.fake_room import FakeRoom, answer
from tests.client_mvc.network.wire import WITHIN, Wire
from tests.support.waiting import until


class TestConnecting:
    async def test_join_send_and_leave(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        room.log.append(said(1, "before"))
        await wire.join(address)
        wire.network.send(api.OutgoingMessage("a", "hello"))
        assert (await wire.until(api.MessageConfirmed)).id == "a"
        received = await wire.until(api.EventReceived)
        assert received.event == said(2, "hello", name="alice", id="a")
        wire.network.leave()
        assert await wire.until(api.MembershipEnded) == api.MembershipEnded("left", clean=True)

    async def test_after_a_cut_it_resumes_and_sends_again(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        await wire.join(address)
        room.silent = True
        wire.network.send(api.OutgoingMessage("a", "hello"))
        await until(lambda: room.says)
        room.silent = False
        room.log.append(said(1, "meanwhile"))
        room.cut()
        await wire.until(api.Disconnected)
        assert (await wire.until(api.EventReceived)).event == said(1, "meanwhile")
        await wire.until(api.MessageConfirmed)
        assert room.joins[1] == messages.Join(
            "alice",
            token="t1",
            after=0,
            features=list(protocol.FEATURES),
            client=session.CLIENT,
        )
        assert [say.id for say in room.says] == ["a", "a"]

    async def test_a_server_that_restarts_is_reached_again(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        await wire.join(address)
        await room.close()
        assert (await wire.until(api.Disconnected)).attempt == 1
        assert (await wire.until(api.Disconnected)).problem.code == "connection_refused"
        again = FakeRoom()
        await again.open(address.port)
        wire.network.reconnect_now()
        await wire.until(api.CaughtUp)
        await again.close()

    async def test_a_network_that_is_back_ends_the_wait(
        self, wire: Wire, room: FakeRoom, address: Address, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        here: set[tuple[str, str]] = set()
        watch = partial(InterfaceWatch, lambda: frozenset(here))
        monkeypatch.setattr(session, "InterfaceWatch", watch)
        monkeypatch.setattr(interfaces, "EVERY", 0.01)
        monkeypatch.setattr(backoff, "wait", lambda *_, **__: 3600.0)
        await wire.join(address)
        await room.close()
        while (await wire.until(api.Disconnected)).delay == 0:
            pass
        again = FakeRoom()
        await again.open(address.port)
        here.add(("wlan0", "192.168.1.7"))
        await wire.until(api.CaughtUp)
        await again.close()

    async def test_replaced(self, wire: Wire, room: FakeRoom, address: Address) -> None:
        await wire.join(address)
        await room.sockets[0][0].close(code=protocol.CLOSE_REPLACED)
        assert (await wire.until(api.MembershipEnded)).why == "replaced"

    async def test_a_refusal_has_code_and_reason(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        room.refuse = messages.Refused("room_full", "The room is full (3/3).")
        wire.network.connect(1, api.JoinOptions(address, "alice"))
        assert await wire.until(api.MembershipEnded) == api.MembershipEnded(
            "refused", failure("The room is full (3/3).", "room_full")
        )

    async def test_frames_of_unknown_types_are_ignored_and_logged_once(
        self, wire: Wire, room: FakeRoom, address: Address, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, "client_mvc.network")
        await wire.join(address)
        socket, _ = room.sockets[0]
        for _ in range(3):
            await socket.send_str('{"type": "from the future"}')
        await socket.send_str('{"type": "also new"}')
        await socket.send_str('{"type": "welcome"}')
        await socket.send_str("no JSON")
        await socket.send_bytes(b"\x00")
        await room.happen(said(1))
        assert (await wire.until(api.EventReceived)).event == said(1)
        assert caplog.text.count("type=from the future") == 1
        assert caplog.text.count("type=also new") == 1
        assert caplog.text.count("frame ignored") == 3

    async def test_an_event_of_an_unknown_type_counts(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        await wire.join(address)
        await room.sockets[0][0].send_str('{"type": "edited", "seq": 1, "target": 7}')
        await room.tell(said(2))
        event = (await wire.until(api.EventReceived)).event
        assert (event.seq, isinstance(event, messages.UnknownEvent)) == (1, True)
        assert (await wire.until(api.EventReceived)).event == said(2)
        assert len(room.joins) == 1

    async def test_a_frame_that_is_too_large_ends_the_connection(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        await wire.join(address)
        with contextlib.suppress(ConnectionError):  # the client may hang up in the middle
            await room.sockets[0][0].send_str(" " * (limits.SERVER_FRAME_BYTES + 1))
        assert (await wire.until(api.Disconnected)).problem.code == "protocol_broken"
        await wire.until(api.CaughtUp)

    async def test_the_report(self, wire: Wire, address: Address) -> None:
        await wire.join(address)
        wire.network.report("r")
        reported = await wire.until(api.ReportReceived)
        assert reported.report.max_users == 3
        assert 0 < reported.latency < WITHIN

    async def test_history_and_search(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        await wire.join(address)
        for seq in range(1, 6):
            await room.happen(said(seq))
        wire.network.ask(messages.AskHistory("h", before=4, limit=2))
        assert (await wire.until(messages.History)).events == [said(2), said(3)]
        wire.network.ask(messages.AskSearch("s", "hi", limit=1))
        assert (await wire.until(messages.Found)).events == [said(5)]

    async def test_another_session_leaves_the_one_before(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        await wire.join(address)
        wire.network.connect(2, api.JoinOptions(address, "bob"))
        assert (await wire.until(api.Welcomed)).welcome.token == "t2"
        await until(lambda: room.sockets[0][0].closed)
        assert not room.sockets[1][0].closed

    async def test_a_window_that_is_far_behind_slows_reading_down(
        self, wire: Wire, room: FakeRoom, address: Address, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await wire.join(address)
        monkeypatch.setattr(thread, "MOST_UNREAD_EVENTS", 5)
        for seq in range(1, 101):
            await room.happen(said(seq))
        await until(lambda: wire.queue.qsize() > 5)
        assert wire.queue.qsize() == 6
        seqs = [(await wire.until(api.EventReceived)).event.seq for _ in range(100)]
        assert seqs == list(range(1, 101))


class TestFirstQuestion:
    """`GET /room`, before anything else is sent."""

    async def test_it_is_asked_first_on_every_connection(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        room.serve_journal("j1")
        await wire.join(address)
        found = next(each for each in wire.told if isinstance(each, api.RoomFound))
        assert found.room is not None
        assert (found.room.journal, found.known) == ("j1", True)
        room.cut()
        await wire.until(api.CaughtUp)
        assert room.requests == ["/room", "/ws", "/room", "/ws"]

    @pytest.mark.parametrize("status", [400, 404, 405, 426])
    async def test_a_server_without_the_answer_is_joined(
        self, wire: Wire, room: FakeRoom, address: Address, status: int
    ) -> None:
        room.room_answer = answer(status, "?" * 100_000)
        await wire.join(address)
        assert api.RoomFound(None, True, ServerIdentity(address)) in wire.told

    @pytest.mark.parametrize(("status", "code"), [(503, "starting"), (502, "starting")])
    async def test_a_room_that_does_not_answer_now_is_tried_again(
        self, wire: Wire, room: FakeRoom, address: Address, status: int, code: str
    ) -> None:
        await wire.join(address)
        room.room_answer = answer(status)
        room.cut()
        await wire.until(api.Disconnected)
        assert (await wire.until(api.Disconnected)).problem.code == code
        room.room_answer = None
        wire.network.reconnect_now()
        await wire.until(api.CaughtUp)

    @pytest.mark.parametrize("body", ["<html>", "{}", '{"room": "lobby"}', "x" * 100_000])
    async def test_another_answer_is_no_chatroom(
        self, wire: Wire, room: FakeRoom, address: Address, body: str
    ) -> None:
        room.room_answer = answer(200, body)
        wire.network.connect(1, api.JoinOptions(address, "alice", token="t0"))
        ended = await wire.until(api.MembershipEnded)
        assert ended.problem == Problem("not_a_chatroom", {"server": str(address)})
        assert room.requests == ["/room"]

    @pytest.mark.parametrize("found", ["j2", ""])
    async def test_another_room_gets_nothing(
        self, wire: Wire, room: FakeRoom, address: Address, found: str
    ) -> None:
        """Neither where the journal is another one, nor where the answer is gone."""
        if found:
            room.serve_journal(found)
        message = api.OutgoingMessage("a", "hello", tried=True)
        options = api.JoinOptions(
            *(address, "alice", "secret", "t0", 0, [message], "j1"), answers_room=True
        )
        wire.network.connect(1, options)
        assert not (await wire.until(api.RoomFound)).known
        assert (await wire.until(api.MembershipEnded)).why == "other_room"
        assert room.requests == ["/room"]

    async def test_another_room_after_a_lost_connection_gets_nothing(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        room.serve_journal("j1")
        await wire.join(address)
        room.serve_journal("j2")
        room.silent = True
        room.cut()
        wire.network.send(api.OutgoingMessage("a", "hello"))
        wire.network.upload("k", tmp_path / "a.txt")
        ended = await wire.until(api.MembershipEnded)
        assert ended.why == "other_room"
        assert ended.problem == Problem("other_room", {"server": str(address)})
        assert room.requests.count("/ws") == 1
        assert (len(room.joins), room.posts) == (1, [])

    async def test_a_file_is_sent_to_the_same_room_only(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        """Another server may be there before the connection is known to be lost."""
        (tmp_path / "a.txt").write_text("hello")
        room.serve_journal("j1")
        await wire.join(address)
        room.serve_journal("j2")
        wire.network.upload("k", tmp_path / "a.txt")
        assert (await wire.until(api_files.UploadRetrying)).problem.code == "connection_lost"
        assert room.posts == []
        room.serve_journal("j1")
        await wire.until(api_files.UploadDone)

    async def test_a_welcome_of_another_room_gets_no_messages(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        """As of a server that was replaced between the two requests, or of version 0.1."""
        room.journal = "j2"
        message = api.OutgoingMessage("a", "hello")
        options = api.JoinOptions(address, "alice", None, "t0", 0, [message], "j1")
        wire.network.connect(1, options)
        assert (await wire.until(api.MembershipEnded)).why == "other_room"
        assert room.says == []

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    async def test_no_redirect_is_followed(
        self, wire: Wire, room: FakeRoom, address: Address, status: int
    ) -> None:
        elsewhere = FakeRoom()
        other = await elsewhere.open()
        room.room_answer = answer(status, headers={"Location": f"http://{other}/room"})
        room.websocket_answer = answer(status, headers={"Location": f"http://{other}/ws"})
        wire.network.connect(1, api.JoinOptions(address, "alice"))
        ended = await wire.until(api.MembershipEnded)
        assert ended.problem == Problem("redirected", {"server": str(address)})
        room.room_answer = None
        wire.network.connect(2, api.JoinOptions(address, "alice"))
        ended = await wire.until(api.MembershipEnded)
        assert ended.problem == Problem("redirected", {"server": str(address)})
        assert room.requests == ["/room", "/room", "/ws"]
        assert elsewhere.requests == []
        await elsewhere.close()


class TestUnreachable:
    async def problem(self, wire: Wire, address: Address) -> Problem | None:
        wire.network.connect(1, api.JoinOptions(address, "alice"))
        return (await wire.until(api.MembershipEnded)).problem

    async def test_nothing_answers(self, wire: Wire, room: FakeRoom, address: Address) -> None:
        await room.close()
        problem = await self.problem(wire, address)
        assert problem == Problem("connection_refused", {"server": str(address)})

    async def test_no_such_computer(self, wire: Wire) -> None:
        problem = await self.problem(wire, Address("nowhere.invalid"))
        assert problem == Problem("no_such_host", {"host": "nowhere.invalid"})

    @pytest.mark.parametrize(
        ("reply", "code"),
        [
            (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "not_a_chatroom"),
            (b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", "starting"),
            (b"SSH-2.0-OpenSSH_9.6\r\n", "not_a_chatroom"),
            (b"", "closed_early"),
        ],
    )
    async def test_something_else_answers(self, wire: Wire, reply: bytes, code: str) -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1000)
            writer.write(reply)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            problem = await self.problem(wire, Address("127.0.0.1", port))
            assert problem is not None
            assert problem.code == code

    async def test_a_websocket_that_is_no_chatroom(self, wire: Wire) -> None:
        async def other(request: web.Request) -> web.WebSocketResponse:
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            async for _ in socket:
                pass
            return socket

        application = web.Application()
        application.router.add_get("/ws", other)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        address = Address(*runner.addresses[0][:2])
        problem = await self.problem(wire, address)
        assert problem == Problem("not_a_chatroom", {"server": str(address)})
        await runner.cleanup()
