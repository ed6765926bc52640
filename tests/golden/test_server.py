"""The server answers the requests of recorded versions in a way that those can decode."""

import contextlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.conftest import StartServer
from tests.golden import shapes
from tests.golden.sessions import Line, names, read
from tests.support.protocol_client import WITHIN, ProtocolClient, http_session
from tests.support.running import RunningServer

CUT = 1006
UNREPEATABLE = ("room_full", "too_many", "rate_limited")
"""Codes that depend on what others did; the same request may succeed here."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("golden")
    with closing(RunningServer(folder, "--max-users", "50")) as running:
        yield running


class Repeat:
    """Sends the requests of a session again; values that the server made are translated."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        check: Callable[[Any], None] = shapes.check,
    ) -> None:
        self.http = http
        self.check = check
        self.url = url
        self.here: dict[str, str] = {}
        self.you = ""

    async def run(self, lines: list[Line]) -> None:
        socket: aiohttp.ClientWebSocketResponse | None = None
        for line in lines:
            match line:
                case {"open": _}:
                    if socket is not None:
                        await socket.close()
                    socket = await self.http.ws_connect(
                        self.url + "/ws", protocols=["chatroom.v1"]
                    )
                case {"client": frame} if socket is not None:
                    await socket.send_str(self.translated(frame))
                case {"server": recorded} if socket is not None and self.is_answer(recorded):
                    self.compare(recorded, await self.answer(socket, recorded))
                case {"http": request}:
                    await self.request(request, line)
                case {"close": code} if socket is not None and code != CUT:
                    await _leave(socket)

    def translated(self, value: Any) -> str:
        text = json.dumps(value)
        for recorded, here in self.here.items():
            text = text.replace(recorded, here)
        return text

    def compare(self, recorded: Line, answer: Line) -> None:
        if recorded.get("code") in UNREPEATABLE:
            return
        assert answer.get("code") == recorded.get("code"), answer
        if recorded["type"] == "renamed":
            self.you = recorded["to"]
        if recorded["type"] == "welcome":
            self.you = recorded["you"]
            for key in ("token", "journal"):
                self.here[recorded[key]] = answer[key]

    def is_answer(self, message: Line) -> bool:
        """Whether a request of this client caused it: the others tell of other members."""
        if message["type"] == "said":
            return message["name"] == self.you and "id" in message
        if message["type"] == "left":
            return "id" in message
        return message["type"] not in ("presence", "shared", "joined", "typing")

    async def answer(
        self, socket: aiohttp.ClientWebSocketResponse, recorded: Line
    ) -> dict[str, Any]:
        """Return the answer in the place of the one recorded."""
        while True:
            answer: dict[str, Any] = await socket.receive_json(timeout=WITHIN)
            self.check(answer)
            same = all(answer.get(key) == recorded.get(key) for key in ("type", "id"))
            if self.is_answer(answer) and (same or recorded.get("code") in UNREPEATABLE):
                return answer

    async def request(self, recorded: Line, line: Line) -> None:
        request = json.loads(self.translated(recorded))
        body = request["body"].replace("\\0", "\0").encode()
        async with self.http.request(
            request["method"], self.url + request["path"], headers=request["headers"],
            data=body or None, skip_auto_headers=["Content-Type"],
        ) as answer:  # fmt: skip
            if request["path"] == "/room":
                return  # version 0.1 never asked
            assert answer.status == line["status"], await answer.text()
            for name in line["headers"].keys() - {"Content-Type"}:
                assert name in answer.headers
            if answer.content_type == "application/json" and line["body"]:
                before, here = json.loads(line["body"]), await answer.json()
                if "url" in before:
                    shapes.check(here, shapes.FILE)
                    self.here[before["url"]] = here["url"]
                assert here.get("code") == before.get("code")


async def _leave(socket: aiohttp.ClientWebSocketResponse) -> None:
    """Leave, unless the server has closed the connection, and read to the end."""
    with contextlib.suppress(aiohttp.ClientError):
        await socket.send_str('{"type": "leave"}')
    while (await socket.receive(WITHIN)).type is aiohttp.WSMsgType.TEXT:
        pass
    await socket.close()


@pytest.mark.parametrize(
    "name", [name for name in names("0.1") if name not in ("0.1-password", "0.1-presence")]
)
async def test_requests_of_version_0_1(server: RunningServer, name: str) -> None:
    async with http_session() as http:
        bob = await ProtocolClient(http, server.url).connect()
        await bob.join("bob")
        await Repeat(http, server.url).run(read(name))


async def test_a_password_as_in_version_0_1(start_server: StartServer, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("secret")
    server = start_server("--password-file", str(password))
    async with http_session() as http:
        await Repeat(http, server.url).run(read("0.1-password"))


async def test_acts_as_in_version_0_3(start_server: StartServer) -> None:
    server = start_server("--max-users", "50")
    lines = read("0.2-owner")
    (join,) = (line["client"] for line in lines if line.get("client", {}).get("type") == "join")
    async with http_session() as http:
        for name in ("bob", "carl"):
            await (await ProtocolClient(http, server.url).connect()).join(name)
        repeat = Repeat(http, server.url, check=lambda _: None)
        repeat.here[join["owner_key"]] = (server.data / "owner-key").read_text().strip()
        await repeat.run(lines)


async def test_changes_as_in_version_0_4(start_server: StartServer) -> None:
    server = start_server("--max-users", "50")
    lines = read("0.3-conversation")
    join = next(
        line["client"] for line in lines if line.get("client", {}).get("type") == "join"
    )
    async with http_session() as http:
        bob = await ProtocolClient(http, server.url).connect()
        await bob.join("bob")
        await bob.send("say", text="Lunch at one?", id="b1")
        await bob.until(id="b1")
        repeat = Repeat(http, server.url, check=lambda _: None)
        repeat.here[join["owner_key"]] = (server.data / "owner-key").read_text().strip()
        await repeat.run(lines)
