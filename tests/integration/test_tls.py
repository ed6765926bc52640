"""A server and its clients over TLS, on real sockets."""

import asyncio
import contextlib
import hashlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from server.tls import identity, issue
from shared import protocol
from tests.conftest import StartServer
from tests.support.protocol_client import (
    ANY_CERTIFICATE,
    ProtocolClient,
    http_session,
    joined_clients,
)
from tests.support.running import ROOT, RunningServer, eventually

FEATURES = list(protocol.FEATURES)
"""Those of a server without TLS."""

PASSWORD = "a-secret-password"
TEXT = "the-text-of-a-message"
CONTENT = "the content of a file\n" * 500


def key_on_the_wire(port: int) -> str:
    """Return the hash of the key that the server shows, as the protocol has it."""
    certificate = ssl.get_server_certificate(("127.0.0.1", port))
    key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    info = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return urlsafe_b64encode(hashlib.sha256(info).digest()).rstrip(b"=").decode()


async def room_info(url: str) -> dict[str, object]:
    async with http_session() as http, http.get(f"{url}/room") as answer:
        found: dict[str, object] = await answer.json()
        return found


async def test_plain_and_encrypted_members_are_in_one_room(server: RunningServer) -> None:
    async with (
        joined_clients(server.url, "ada") as [ada],
        joined_clients(server.secure_url, "bob") as [bob],
    ):
        await ada.send("say", text="from plain")
        await bob.until(type="said", text="from plain")
        await bob.send("say", text="from tls")
        await ada.until(type="said", text="from tls")
        await ada.send("report", id="r")
        report = await ada.until(type="report")
        assert {one["name"]: one["tls"] for one in report["members"]} == {
            "ada": False,
            "bob": True,
        }
        assert bob.welcome["key"] == key_on_the_wire(server.port)
        assert bob.welcome["features"] == [*FEATURES, "tls"]
    info = await room_info(server.url)
    assert (info["key"], info["features"]) == (bob.welcome["key"], [*FEATURES, "tls"])


async def test_files_over_tls(server: RunningServer) -> None:
    content = os.urandom(500_000).hex()
    async with joined_clients(server.secure_url, "ada") as [ada]:
        status, _, file = await ada.share("large.txt", content)
        assert status == 201
        url = server.secure_url + file["url"]
        async with ada.http.get(url) as answer:
            assert await answer.text() == content
        async with ada.http.get(url, headers={"Range": "bytes=999000-"}) as answer:
            assert (answer.status, await answer.text()) == (206, content[999_000:])


async def test_a_reader_that_stops_delays_nobody_over_tls(server: RunningServer) -> None:
    async with joined_clients(server.secure_url, "ada", "slow") as [ada, slow]:
        transport = slow.socket._conn.protocol.transport
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        for number in range(800):
            await ada.send("say", text=f"{number} " + "x" * 6000)
            await ada.until(type="said", text=f"{number} " + "x" * 6000)
        transport.resume_reading()
        await slow.until(type="said", text="799 " + "x" * 6000)
        assert len(slow.said()[-800:]) == len(set(slow.said()[-800:])) == 800


async def test_the_end_of_the_server_is_announced_over_tls(start_server: StartServer) -> None:
    running = start_server()
    async with joined_clients(running.secure_url, "ada") as [ada]:
        running.signal(signal.SIGTERM)
        assert await ada.closed() == 1001
        ada.welcome = {}
    assert running.wait() == 0


# --- nothing can be read along -----------------------------------------------------------


class Relay:
    """Passes connections on and keeps all bytes of both directions."""

    def __init__(self, target: int) -> None:
        self._target = target
        self.recorded = bytearray()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[int]:
        """Return the port."""
        self._group = asyncio.TaskGroup()
        async with self._group:
            listening = await asyncio.start_server(self._pass, "127.0.0.1", 0)
            yield listening.sockets[0].getsockname()[1]
            listening.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target)
        self._group.create_task(self._pump(reader, server_writer))
        self._group.create_task(self._pump(server_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                self.recorded += data
                writer.write(data)
        except OSError:
            pass
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


def occurs(secret: bytes, recorded: bytes) -> bool:
    """Whether a text is in the bytes, as it is or masked with four bytes (RFC 6455, 5.3)."""
    return secret in recorded or _differences(secret) in _differences(recorded)


def _differences(data: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(data, data[4:], strict=False))


@pytest.mark.parametrize("scheme", ["https", "http"])
async def test_a_relay_reads_nothing(
    start_server: StartServer, tmp_path: Path, scheme: str
) -> None:
    """`http` shows that the relay would see it."""
    (tmp_path / "password").write_text(PASSWORD)
    running = start_server("--password-file", str(tmp_path / "password"))
    relay = Relay(running.port)
    async with (
        relay.running() as port,
        joined_clients(f"{scheme}://127.0.0.1:{port}", "adalovelace", password=PASSWORD) as [
            ada
        ],
    ):
        await ada.send("say", text=TEXT)
        await ada.until(type="said", text=TEXT)
        _, _, file = await ada.share("secretplans.txt", CONTENT)
        async with ada.http.get(ada.url + file["url"]) as answer:
            assert await answer.text() == CONTENT
        token = ada.welcome["token"]
    assert len(relay.recorded) > 2 * len(CONTENT)
    secrets = ("adalovelace", PASSWORD, token, TEXT, CONTENT[:20], "secretplans", file["id"])
    seen = [secret for secret in secrets if occurs(secret.encode(), bytes(relay.recorded))]
    assert seen == ([] if scheme == "https" else list(secrets))


# --- the key and the certificate ---------------------------------------------------------


async def test_the_key_stays_when_the_server_starts_again(start_server: StartServer) -> None:
    running = start_server()
    key = key_on_the_wire(running.port)
    running.stop()
    running.start()
    assert key_on_the_wire(running.port) == key
    (link, *_) = json.loads((running.data / "server.json").read_bytes())["ways"]["links"]
    assert link.endswith(f"#sha256={key}")


def own_files(folder: Path) -> tuple[Path, Path]:
    """Write a new certificate of the person's own; return its paths."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    private = issue.new_key()
    key.write_bytes(private)
    cert.write_bytes(issue.certificate(private, {"localhost"}))
    return cert, key


async def test_ones_own_certificate_is_read_again_at_sighup(
    start_server: StartServer, tmp_path: Path
) -> None:
    cert, key = own_files(tmp_path)
    running = start_server("--tls-cert", str(cert), "--tls-key", str(key), "--workers", "2")
    first = key_on_the_wire(running.port)
    async with joined_clients(running.secure_url, "ada") as [ada]:
        assert ada.welcome["key"] == first
        own_files(tmp_path)
        key.write_bytes(b"half written")
        running.signal(signal.SIGHUP)
        eventually(lambda: "certificate not loaded" in running.log.read_text())
        assert {key_on_the_wire(running.port) for _ in range(6)} == {first}
        own_files(tmp_path)
        running.signal(signal.SIGHUP)
        eventually(lambda: first not in {key_on_the_wire(running.port) for _ in range(6)})
        second = key_on_the_wire(running.port)
        assert (await room_info(running.secure_url))["key"] == second
        for worker in running.children("worker"):
            worker.kill()
        eventually(lambda: key_or_nothing(running) == second)
        running.expect_errors = True


def key_or_nothing(running: RunningServer) -> str:
    """Return the key, or nothing while no worker serves."""
    try:
        return key_on_the_wire(running.port)
    except OSError:
        return ""


def test_files_that_do_not_serve_are_one_line(tmp_path: Path) -> None:
    cert, key = own_files(tmp_path)
    key.write_bytes(issue.new_key())
    done = subprocess.run(
        [sys.executable, "-m", "server", "--port", "0", "--data-dir", str(tmp_path / "data"),
         "--downloads", str(tmp_path / "d"), "--tls-cert", str(cert), "--tls-key", str(key)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == f"chatroom: The key {key} is not that of the certificate {cert}.\n"


def test_a_damaged_key_of_the_room_is_one_line(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "tls").mkdir(parents=True, mode=0o700)
    data.chmod(0o700)
    identity.write_private(identity.key_path(data), b"damaged")
    done = subprocess.run(
        [sys.executable, "-m", "server", "--port", "0", "--data-dir", str(data),
         "--downloads", str(tmp_path / "d")],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("chatroom: The TLS key ")
    assert done.stderr.count("\n") == 1


# --- without TLS -------------------------------------------------------------------------


async def test_without_tls_its_first_byte_is_the_end(start_server: StartServer) -> None:
    running = start_server("--tls", "off")
    with (
        pytest.raises((ConnectionError, ssl.SSLEOFError)),
        socket.create_connection(("127.0.0.1", running.port)) as raw,
    ):
        ANY_CERTIFICATE.wrap_socket(raw)
    info = await room_info(running.url)
    assert ("key" in info, info["features"]) == (False, [*FEATURES])
    async with aiohttp.ClientSession() as http:
        client = await ProtocolClient(http, running.url).connect()
        assert "key" not in await client.join("ada")
        await client.leave()
