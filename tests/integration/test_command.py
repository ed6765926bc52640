"""The command `python -m server`: each problem is one clear line."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import StartServer
from tests.support.protocol_client import joined_clients
from tests.support.running import ROOT, eventually


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "server", *arguments],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True,
        timeout=30, check=False,
    )  # fmt: skip


def assert_one_line(result: subprocess.CompletedProcess[str], status: int, *words: str) -> None:
    assert result.returncode == status, result.stderr
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stderr.startswith("chatroom: ")
    for word in words:
        assert word in result.stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--port", "99999"], "--port"),
        (["--port", "http"], "--port"),
        (["--max-users", "0"], "--max-users"),
        (["--rate", "nan"], "--rate"),
        (["--max-file", "lots"], "--max-file"),
        (["--password-file", "/nowhere/at/all"], "cannot be read"),
        (["--config", "/nowhere/at/all"], "cannot be read"),
        (["--room", ""], "--room"),
        (["--frobnicate"], "--frobnicate"),
    ],
)
def test_a_wrong_value_gives_one_line(arguments: list[str], word: str) -> None:
    assert_one_line(run(*arguments), 2, word)


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run("--port", port, "--data-dir", str(tmp_path / "data"))
        assert_one_line(result, 1, f"Port {port}", "in use")


def test_unusable_folders(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    data, downloads = str(tmp_path / "data"), str(tmp_path / "downloads")
    below = str(file / "below")
    result = run("--port", "0", "--data-dir", data, "--downloads", below)
    assert_one_line(result, 1, "downloads folder")
    result = run("--port", "0", "--data-dir", below, "--downloads", downloads)
    assert_one_line(result, 1, "data folder")


def test_a_damaged_journal_is_refused_and_kept(tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite3"
    journal.write_bytes(b"this is no database" * 100)
    downloads = str(tmp_path / "downloads")
    result = run("--port", "0", "--data-dir", str(tmp_path), "--downloads", downloads)
    assert_one_line(result, 1, "journal")
    assert journal.read_bytes() == b"this is no database" * 100


def test_nobody_waits_for_a_worker_that_is_still_loading(tmp_path: Path) -> None:
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules/aiohttp.py").write_text("import time\ntime.sleep(600)\n")
    journal = tmp_path / "journal.sqlite3"
    journal.write_bytes(b"this is no database" * 100)
    downloads = str(tmp_path / "downloads")
    result = run(
        "--port", "0", "--data-dir", str(tmp_path), "--downloads", downloads,
        PYTHONPATH=str(tmp_path / "modules"),
    )  # fmt: skip
    assert_one_line(result, 1, "journal")


async def test_a_damaged_journal_is_rescued(start_server: StartServer) -> None:
    server = start_server("--rate", "0")
    async with joined_clients(server.url, "ann") as (ann,):
        for number in range(400):
            await ann.send("say", text=f"{number} {'x' * 200}", id=str(number))
        await ann.until(id="399")
    assert server.stop() == 0
    journal = server.data / "journal.sqlite3"
    whole = journal.read_bytes()
    middle = len(whole) // 2
    journal.write_bytes(whole[:middle] + b"\xa5" * 8192 + whole[middle + 8192 :])
    folders = ("--data-dir", str(server.data), "--downloads", str(server.downloads))

    result = run("rescue", *folders[:2])
    assert (result.returncode, result.stderr) == (0, "")
    saved = int(result.stdout.split()[1])
    assert 0 < saved < 401
    (aside,) = server.data.glob("journal.damaged-*.sqlite3")
    assert aside.read_bytes()[middle : middle + 8192] == b"\xa5" * 8192
    server.start()
    async with joined_clients(server.url, "ben") as (ben,):
        assert ben.welcome["seq"] == saved + 1
        await ben.send("history", id="h", before=saved + 1, limit=1000)
        events = (await ben.next("history"))["events"]
        assert [event["seq"] for event in events] == list(range(1, saved + 1))


def test_a_second_server_on_the_same_folder(start_server: StartServer) -> None:
    server = start_server()
    downloads = str(server.downloads)
    result = run("--port", "0", "--data-dir", str(server.data), "--downloads", downloads)
    assert_one_line(result, 1, "running on the data folder")


def test_a_second_server_on_the_same_downloads(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server()
    other = str(tmp_path / "other")
    result = run("--port", "0", "--data-dir", other, "--downloads", str(server.downloads))
    assert_one_line(result, 1, "Another server uses the downloads folder")


@contextmanager
def started(folder: Path, stdout: int, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A server that was just started; it is ended by SIGTERM, and must end well."""
    process = subprocess.Popen(
        [sys.executable, "-m", "server", "--port", "0", "--data-dir", str(folder / "data"),
         "--downloads", str(folder / "downloads"), "--room", "Blåbær"],
        cwd=ROOT, env={**os.environ, **environment}, stdout=stdout, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
        assert (process.returncode, said) == (0, "")
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("kind", ["a full disk", "a closed pipe", "only ASCII", "nothing"])
def test_a_room_is_open_whatever_its_terminal_takes(tmp_path: Path, kind: str) -> None:
    reading, writing = os.pipe()
    if kind == "a full disk":
        os.close(writing)
        writing = os.open("/dev/full", os.O_WRONLY)
    if kind != "only ASCII":
        os.close(reading)
    environment = {"PYTHONIOENCODING": "ascii:strict"} if kind == "only ASCII" else {}
    stdout = writing if kind != "nothing" else subprocess.DEVNULL
    with started(tmp_path, stdout, **environment):
        os.close(writing)
        eventually((tmp_path / "data" / "server.json").exists)
        eventually(lambda: run("report", "--data-dir", str(tmp_path / "data")).returncode == 0)
    if kind == "only ASCII":
        assert b"Bl\\xe5b\\xe6r" in os.read(reading, 4096)
        os.close(reading)


def test_a_report_that_cannot_be_printed_is_no_success(start_server: StartServer) -> None:
    server = start_server()
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "server", "report", "--data-dir", str(server.data)],
            cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, timeout=30, check=False,
        )  # fmt: skip
    assert result.returncode == 1
    assert "Traceback" not in result.stderr


def test_a_closed_terminal_does_not_end_a_server_under_nohup(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with started(tmp_path, subprocess.DEVNULL) as process:
            eventually((tmp_path / "data" / "server.json").exists)
            process.send_signal(signal.SIGHUP)
            data = str(tmp_path / "data")
            eventually(lambda: run("report", "--data-dir", data).returncode == 0)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_signal_during_the_start_is_held(tmp_path: Path) -> None:
    """As process 1 of a container it would be lost."""
    with started(tmp_path, subprocess.DEVNULL) as process:
        status = Path(f"/proc/{process.pid}/status")
        term = 1 << (signal.SIGTERM - 1)

        def blocked() -> bool:
            (line,) = (one for one in status.read_text().split("\n") if "SigBlk" in one)
            return bool(int(line.split()[1], 16) & term)

        eventually(blocked)


def test_help_names_every_option() -> None:
    result = run("--help")
    assert result.returncode == 0
    for option in (
        "host", "port", "max-users", "workers", "downloads", "data-dir", "room", "history",
        "grace", "rate", "max-file", "password-file", "log-level", "log-format", "config",
    ):  # fmt: skip
        assert f"--{option}" in result.stdout


def test_the_startup_message(start_server: StartServer) -> None:
    server = start_server("--port", "0", "--max-users", "7", "--room", "Blue room")
    assert server.port > 0
    for words in (
        "Blue room", "Ctrl-C", f"127.0.0.1:{server.port}",
        f"chatroom://localhost:{server.port}/", "at most 7", str(server.downloads),
        str(server.data),
    ):  # fmt: skip
        assert words in server.banner
    assert "only this computer" in server.banner
    assert "--host 0.0.0.0" in server.banner


async def test_the_report_command(start_server: StartServer) -> None:
    server = start_server("--workers", "2")
    empty = run("report", "--data-dir", str(server.data))
    assert (empty.returncode, empty.stdout.splitlines()[0][:14]) == (0, "0 of 3 members")
    async with joined_clients(server.url, "ann", "ben"):
        table = run("report", "--data-dir", str(server.data)).stdout.splitlines()
        assert table[0].startswith("2 of 3 members")
        assert [line.split()[0] for line in table[1:]] == ["NAME", "ann", "ben"]
        report = json.loads(run("report", "--json", "--data-dir", str(server.data)).stdout)
        assert [line["name"] for line in report["members"]] == ["ann", "ben"]
        assert report["members"][0]["address"] == "127.0.0.1"
    assert server.stop() == 0
    assert_one_line(run("report", "--data-dir", str(server.data)), 1, "no server runs")


async def test_environment_and_file(start_server: StartServer, tmp_path: Path) -> None:
    config = tmp_path / "room.toml"
    config.write_text('room = "from file"\nmax-users = 5\ngrace = 1.5\n')
    server = start_server(
        "--config",
        str(config),
        environment={"CHATROOM_MAX_USERS": "9", "CHATROOM_WORKERS": "1"},
    )
    assert '"from file"' in server.banner
    assert "at most 9" in server.banner
