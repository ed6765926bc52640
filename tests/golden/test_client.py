"""The client understands the recorded sessions: it tells these events, and stays connected."""

import json
from typing import cast

import pytest

from client_mvc.network import api
from client_mvc.network.protocol import ClientProtocol
from client_mvc.network.state import ClientState
from client_mvc.network.steps import HangUp, Open, Send, Step
from shared import codec, conversation, messages
from shared.joinlink import Address
from tests.golden.sessions import Line, names, read

ADDRESS = Address("localhost", 18000)
ASKED = ("history", "search", "report", "edit", "react", "pin", "rename", "note")


class Replay:
    """Feeds a session to the client's protocol, and notes in brief what it tells."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self.now = 0.0
        self.connected = False
        self.protocol: ClientProtocol | None = None

    def run(self) -> None:
        for number, line in enumerate(self.lines):
            if "told" not in line:
                assert "server" not in line, f"line {number + 1} does not say what it tells"
                self.take(number)
                continue
            assert brief(self.take(number)) == line["told"], f"line {number + 1}"

    def take(self, number: int) -> list[Step]:
        line = self.lines[number]
        if line.keys() & {"server", "close"} and not self.connected:
            return []  # the client hung up before
        steps = self.steps(number, line)
        if any(isinstance(step, HangUp) for step in steps):
            self.connected = False
        return steps

    def steps(self, number: int, line: Line) -> list[Step]:
        match line:
            case {"open": _}:
                self.connected = True
                return self.open(number)
            case {"wait": seconds}:
                self.now += seconds
                return self.machine.tick(self.now)
            case {"room": room}:
                steps = self.machine.room_found(codec.decode_room(json.dumps(room).encode()))
                if self.machine.state is not ClientState.ENDED:
                    self.machine.opened(self.now)
                return steps
            case {"client": frame}:
                return self.request(frame)
            case {"server": frame}:
                message = codec.decode_from_server(json.dumps(frame))
                return [] if message is None else self.machine.received(message, self.now)
            case {"close": code}:
                return self.machine.closed(code, self.now)
            case {"end": end}:
                assert self.machine.state.name == end["state"]
                assert self.machine._position.seq == end["seq"]
        return []

    @property
    def machine(self) -> ClientProtocol:
        assert self.protocol is not None
        return self.protocol

    def open(self, number: int) -> list[Step]:
        """The socket opens: of a first connection, or of one that was lost."""
        join = next(line["client"] for line in self.lines[number:] if "client" in line)
        if self.protocol is not None and self.protocol.state is not ClientState.ENDED:
            self.protocol.reconnect_now()
            return self.open_socket(number)
        self.protocol = ClientProtocol(
            api.JoinOptions(
                ADDRESS,
                join.get("name", ""),
                join.get("password"),
                join.get("token"),
                join.get("after"),
                journal=join.get("journal", ""),
            ),
            uniform=lambda _low, high: high,
        )
        self.protocol.start()
        return self.open_socket(number)

    def open_socket(self, number: int) -> list[Step]:
        """Open the socket; where the session has the answer to `GET /room`, only after it."""
        return [] if "room" in self.lines[number + 1] else self.machine.opened(self.now)

    def request(self, frame: Line) -> list[Step]:
        match frame:
            case {"type": "say", "id": id, "text": text}:
                message = api.OutgoingMessage(id, text, reply_to=frame.get("reply_to", 0))
                return self.machine.send(message, self.now)
            case {"type": "typing"}:
                return self.machine.typing(self.now)
            case {"type": "leave"}:
                return self.machine.leave(self.now)
            case {"type": type} if type in ASKED:
                try:
                    query = codec.decode_request(json.dumps(frame).encode())
                except codec.BadMessage:
                    return []
                return self.machine.ask(cast(api.Query, query), self.now)
        return []


def brief(steps: list[Step]) -> list[str]:
    """Each step in a few words."""
    return [" ".join(filter(None, _words(step))) for step in steps]


def _words(step: Step) -> list[str]:  # noqa: C901, PLR0912
    match step:
        case Open() | HangUp() | api.CaughtUp():
            return [type(step).__name__]
        case Send(request):
            return ["Send", type(request).__name__, str(getattr(request, "id", ""))]
        case api.RoomFound(room, known):
            return ["RoomFound", room.room, "" if known else "another"]
        case api.Welcomed(welcome, forget):
            return ["Welcomed", str(welcome.seq), "forget" if forget else ""]
        case api.Disconnected(problem, attempt, delay):
            return ["Disconnected", problem.code, str(attempt), str(delay)]
        case api.Reconnecting(attempt):
            return ["Reconnecting", str(attempt)]
        case api.MembershipEnded(why, problem, clean):
            code = problem.code if problem else ""
            return ["MembershipEnded", why, code, "clean" if clean else ""]
        case api.EventReceived(event):
            return [_event(event)]
        case api.MessageConfirmed(id):
            return ["MessageConfirmed", id]
        case api.MessageDelayed(id, problem) | api.MessageFailed(id, problem):
            return [type(step).__name__, id, problem.code]
        case api.RequestFailed(id, problem):
            return ["RequestFailed", id, problem.code]
        case api.ReportReceived(report):
            return ["Report", report.id, str(report.active)]
        case messages.Presence():
            return ["Presence", step.name, step.state]
        case conversation.IsTyping():
            return ["IsTyping", step.name]
        case messages.History() | messages.Found():
            return [type(step).__name__, step.id, *map(_event, step.events)]
    raise AssertionError(step)


def _event(event: messages.AnyEvent) -> str:
    known = not isinstance(event, messages.UnknownEvent)
    kind = type(event).__name__ if known else f"unknown:{event.type}"
    return f"{event.seq}:{kind}"


@pytest.mark.parametrize("name", names("0.1"))
def test_sessions_of_version_0_1(name: str) -> None:
    Replay(read(name)).run()


@pytest.mark.parametrize("name", names("0.2"))
def test_sessions_of_version_0_3(name: str) -> None:
    Replay(read(name)).run()


@pytest.mark.parametrize("name", names("0.3"))
def test_sessions_of_version_0_4(name: str) -> None:
    Replay(read(name)).run()


@pytest.mark.parametrize("name", names("later"))
def test_sessions_of_a_later_version(name: str) -> None:
    Replay(read(name)).run()
