"""Start each proxy that is installed in front of a server, and use the room through it."""

import asyncio
import contextlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp

from tests.support.running import ROOT, RunningServer, lasting_port

CLIENT = "127.0.0.2"
"""The address that the client uses; the proxy's is 127.0.0.1."""
NAME = "chat.example.org"
SPOOFED = {
    "X-Forwarded-For": "203.0.113.66",
    "Forwarded": "for=203.0.113.66",
    "X-Forwarded-Proto": "http",
}


@dataclass
class Case:
    """A proxy: its name, its port, its folder, and the port of the server behind it."""

    name: str
    port: int
    folder: Path
    server: int

    def documented(self) -> str:
        """Return the settings of docs/operations.md, with the ports of this case."""
        text = (ROOT / "docs" / "operations.md").read_text("utf-8")
        found = re.search(rf"```{self.name}\n(.*?)```", text, re.DOTALL)
        assert found, self.name
        text = found[1].replace("127.0.0.1:18000", f"127.0.0.1:{self.server}")
        return text.replace("/etc/ssl", str(self.folder)).replace(
            ":443 ssl", f"127.0.0.1:{self.port} ssl"
        )


def nginx(case: Case) -> list[str]:
    """Write the settings; return the command."""
    settings = case.documented().replace("listen 443", f"listen 127.0.0.1:{case.port}")
    folder = case.folder
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off;\n{temporary}{settings} }}\n"
    )
    return [
        "nginx",
        "-e",
        f"{folder}/error.log",
        "-p",
        str(folder),
        "-c",
        f"{folder}/nginx.conf",
    ]


def haproxy(case: Case) -> list[str]:
    """Write the settings; return the command."""
    (case.folder / "haproxy.cfg").write_text(case.documented())
    return ["haproxy", "-db", "-f", f"{case.folder}/haproxy.cfg"]


def caddy(case: Case) -> list[str]:
    """Write the settings; return the command. It asks nobody for a certificate here."""
    keys = f"tls {case.folder}/chat.pem {case.folder}/chat.key"
    settings = case.documented().replace(
        f"{NAME} {{", f"https://{NAME}:{case.port} {{\n    bind 127.0.0.1\n    {keys}"
    )
    text = f"{{\n    admin off\n    auto_https off\n}}\n{settings}"
    (case.folder / "Caddyfile").write_text(text)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", f"{case.folder}/Caddyfile"]


PROXIES: dict[str, Callable[[Case], list[str]]] = {
    "nginx": nginx, "haproxy": haproxy, "caddy": caddy,
}  # fmt: skip


def make_certificate(folder: Path) -> None:
    """Make a certificate that only this run believes."""
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
            "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
            "-keyout", f"{folder}/chat.key", "-out", f"{folder}/chat.pem",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    both = (folder / "chat.pem").read_text() + (folder / "chat.key").read_text()
    (folder / "chat-with-key.pem").write_text(both)


@contextlib.contextmanager
def running(case: Case) -> Iterator[None]:
    """Run the proxy of a case."""
    command = PROXIES[case.name](case)
    with (case.folder / "output").open("wb") as output:
        process = subprocess.Popen(command, cwd=case.folder, stdout=output, stderr=output)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


class Guest:
    """Somebody who uses the room through the proxy."""

    def __init__(self, case: Case, http: aiohttp.ClientSession) -> None:
        self.case = case
        self.http = http
        self.base = f"https://{NAME}:{case.port}"

    async def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Return status and body of a page."""
        async with self.http.get(self.base + path, headers=headers) as answer:
            return answer.status, await answer.read()

    async def answers(self) -> None:
        """Wait until the proxy runs."""
        async with asyncio.timeout(10):
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    if (await self.get("/healthz"))[0] == 200:
                        return
                await asyncio.sleep(0.05)

    async def join(self, origin: str) -> Any:
        """Return a WebSocket of a page of this origin, and its `welcome`."""
        socket = await self.http.ws_connect(
            self.base + "/ws", protocols=["chatroom.v1"], headers={**SPOOFED, "Origin": origin}
        )
        await socket.send_json({"type": "join", "name": "ada", "features": []})
        return socket, await socket.receive_json()


async def try_trusted(guest: Guest) -> None:
    """Everything works, and the address is the client's."""
    socket, welcome = await guest.join(guest.base)
    assert welcome["type"] == "welcome", welcome
    await socket.send_json({"type": "report", "id": "r"})
    while (report := await socket.receive_json())["type"] != "report":
        pass
    (line,) = report["members"]
    assert (line["address"], line["tls"]) == (CLIENT, True), line
    keys = {"Authorization": f"Bearer {welcome['token']}", "Idempotency-Key": "k"}
    data = b"line\n" * 100_000
    async with guest.http.post(guest.base + "/files", data=data, headers=keys) as answer:
        assert answer.status == 201, answer.status
        url = (await answer.json())["url"]
    assert await guest.get(url) == (200, data)
    assert await guest.get(url, Range="bytes=5-9") == (206, b"line\n")
    async with guest.http.head(guest.base + "/files", headers=keys) as answer:
        assert answer.headers["Upload-Offset"] == "0"
    for origin in ("https://evil.example", f"http://{NAME}", "null"):
        with contextlib.suppress(aiohttp.WSServerHandshakeError):
            await guest.join(origin)
            raise AssertionError(f"a page of {origin} has joined")
    # The client is on this computer too, and the proxy says so.
    assert (await guest.get("/metrics"))[0] == 200
    await socket.close()


async def try_untrusted(guest: Guest) -> None:
    """The client is not taken for this computer, though the proxy's address is."""
    assert (await guest.get("/metrics"))[0] == 403
    async with guest.http.get(f"http://127.0.0.1:{guest.case.server}/metrics") as answer:
        assert answer.status == 200


class Here(aiohttp.abc.AbstractResolver):
    """Finds every name on this computer."""

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> Any:
        """Return the address of the proxy."""
        found = {"hostname": host, "host": "127.0.0.1", "port": port}
        return [{**found, "family": 2, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        """Do nothing."""


async def try_proxy(name: str, folder: Path, *, trusted: bool) -> None:
    """Use a room through this proxy."""
    port = lasting_port()
    options = ["--trusted-proxy", "127.0.0.1"] if trusted else []
    url = f"https://{NAME}:{port}"
    server = RunningServer(folder, "--public-url", url, "--workers", "2", *options)
    try:
        case = Case(name, port, folder, server.port)
        context = ssl.create_default_context(cafile=str(folder / "chat.pem"))
        connector = aiohttp.TCPConnector(
            resolver=Here(), ssl=context, local_addr=(CLIENT, 0), family=socket.AF_INET
        )
        with running(case):
            async with aiohttp.ClientSession(connector=connector) as http:
                guest = Guest(case, http)
                await guest.answers()
                await (try_trusted if trusted else try_untrusted)(guest)
    finally:
        server.close()


def main() -> int:
    """Try all proxies that are installed; return the exit status."""
    installed = [name for name in PROXIES if shutil.which(name)]
    for name in installed:
        for trusted in (True, False):
            with TemporaryDirectory() as scratch:
                folder = Path(scratch)
                make_certificate(folder)
                asyncio.run(try_proxy(name, folder, trusted=trusted))
            print(f"{name}: {'trusted' if trusted else 'not trusted'}: works")
    for name in PROXIES.keys() - set(installed):
        print(f"{name}: not installed")
    return 0 if installed else 1


if __name__ == "__main__":
    sys.exit(main())
