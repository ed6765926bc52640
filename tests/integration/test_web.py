"""What browsers and pip get from a real server."""

import asyncio
import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from server.protocols.http import assets
from tests.conftest import StartServer
from tests.support.protocol_client import ProtocolClient, http_session
from tests.support.running import RunningServer


def put_wheel(folder: Path, project: str, needs: str = "") -> None:
    """Make a wheel with one module in a folder."""
    folder.mkdir(exist_ok=True)
    info = f"{project}-1.0.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {project}\nVersion: 1.0\n"
    files = {
        f"{project}_module.py": b"ANSWER = 42\n",
        f"{info}/METADATA": (
            metadata + (f"Requires-Dist: {needs}\n" if needs else "")
        ).encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
        rows.append(f"{name},sha256={digest.decode()},{len(content)}\n")
    files[f"{info}/RECORD"] = f"{''.join(rows)}{info}/RECORD,,\n".encode()
    with zipfile.ZipFile(folder / f"{project}-1.0-py3-none-any.whl", "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)


def pip_install(target: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    words = [
        sys.executable,
        "-m",
        "pip",
        "--isolated",
        "--disable-pip-version-check",
        "install",
    ]
    # These would go before --cert.
    of_others = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    environment = {name: one for name, one in os.environ.items() if name not in of_others}
    return subprocess.run(
        [*words, "--no-cache-dir", "--retries", "0", "--target", target, *options, "chatroom"],
        check=False, capture_output=True, text=True, timeout=60, env=environment,
    )  # fmt: skip


async def test_a_browser_gets_the_whole_page(server: RunningServer) -> None:
    async with http_session() as http, http.get(f"{server.secure_url}/") as page:
        text = await page.text()
        assert page.status == 200
        folders = set(re.findall(r"/web/([0-9a-f]{16})/", text))
        assert folders <= {assets.packaged().hash}
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]
        for path in re.findall(r'(?:href|src)="(/web/[^"#]*)', text):
            async with http.get(f"{server.secure_url}{path}") as file:
                assert file.status == 200, path
                assert await file.read()


async def test_thirty_browsers_come_at_once_while_members_talk(
    start_server: StartServer,
) -> None:
    server = start_server("--workers", "1", "--max-users", "30")
    path = f"/web/{assets.packaged().hash}/app.js"

    async def browse() -> None:
        async with http_session() as http:
            for _ in range(10):  # six connections load some files each

                async def load() -> None:
                    async with http.get(f"{server.url}{path}") as file:
                        assert file.status == 200
                        await file.read()

                await asyncio.gather(*(load() for _ in range(6)))

    async with http_session() as http:
        member = await ProtocolClient(http, server.url).connect()
        await member.join("ada")
        await asyncio.gather(*(browse() for _ in range(30)))
        await member.send("say", text="still here")
        await member.until(type="said", text="still here")
        async with http.get(f"{server.url}/room") as room:
            assert room.status == 200


async def test_the_invitation_is_that_of_the_startup_message(server: RunningServer) -> None:
    async with http_session() as http, http.get(f"{server.url}/invite") as answer:
        invitation = json.loads(await answer.read())
    assert f"join link  {invitation['chatroom']}\n" in server.banner
    assert f"web page   {invitation['https']}\n" in server.banner
    async with http_session() as http, http.get(f"{server.url}{invitation['qr']}") as code:
        assert code.status == 200
        assert (await code.read()).startswith(b"<svg ")


@pytest.mark.parametrize("way", ["find-links", "index", "certificate"])
async def test_pip_installs_from_the_room(
    start_server: StartServer, tmp_path: Path, way: str
) -> None:
    server = start_server()
    wheels = server.data / "wheels"
    put_wheel(wheels, "chatroom", needs="helper>=1.0")
    put_wheel(wheels, "helper")
    host = f"localhost:{server.port}"
    room, target = f"https://{host}/get/", tmp_path / "target"
    options = {
        "find-links": ("--no-index", "--find-links", room, "--trusted-host", host),
        "index": ("--index-url", f"{room}simple/", "--trusted-host", host),
        "certificate": (
            "--no-index", "--find-links", room,
            "--cert", str(server.data / "tls" / "certificate.pem"),
        ),
    }[way]  # fmt: skip
    done = await asyncio.to_thread(pip_install, target, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {one.name for one in target.glob("*_module.py")} == {
        "chatroom_module.py", "helper_module.py",
    }  # fmt: skip
