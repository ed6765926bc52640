"""The host's commands, on a room that is open and on its folder."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from server.cli.commands import main
from server.cli.host_commands import minutes
from server.processes.run_directory import RunDirectory
from server.room.room_side import command_line
from server.room.room_side.gateway import Gateway
from server.room.room_side.owner import OwnersKey
from server.room.room_side.service import RoomService
from server.room.storage import owner_key
from server.settings import JOURNAL
from tests.server.room.gateway_worker import GRACE, Worker
from tests.server.room.workbench import Bench

type Run = Callable[..., "asyncio.Future[tuple[int, str, str]]"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def bench(data: Path) -> object:
    with closing(Bench(data / JOURNAL)) as bench:
        yield bench


@pytest.fixture
async def worker(bench: Bench, data: Path) -> AsyncIterator[Worker]:
    """A worker of the room that is open on `data`, with eve in it."""
    here = RunDirectory(data)
    here.publish()
    gateway = Gateway(bench.core, GRACE)
    loop = asyncio.get_running_loop()
    service = RoomService(loop, gateway, bench.core, started="", password=False)
    key = OwnersKey(data, gateway)
    key.load()
    server = await command_line.serve(
        here.info.owner_address,
        {"members": service.current_members, "new-owner-key": key.make},
        gateway.host.act,
    )
    os.chmod(here.info.owner_address, 0o600)  # noqa: PTH101
    worker = Worker(gateway)
    await worker.join("eve")
    yield worker
    server.close()
    here.close()


@pytest.fixture
def run(data: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    async def run(*arguments: str) -> tuple[int, str, str]:
        status = await asyncio.to_thread(main, [*arguments, "--data-dir", str(data)])
        out, err = capsys.readouterr()
        return status, out.strip(), err.strip()

    return run  # type: ignore[return-value]


@pytest.mark.usefixtures("worker")
async def test_the_commands_on_a_room_that_is_open(run: Run) -> None:
    assert await run("role", "eve", "moderator") == (
        0,
        "The host gave eve the role moderator",
        "",
    )
    assert (await run("slow", "10"))[1] == "The host set slow mode: 10 s"
    assert (await run("lock", "on"))[1] == "The host set the lock of the room: on"
    assert (await run("topic", "exams"))[1] == "The host set the topic: exams"
    assert (await run("mute", "EVE", "10m"))[1].startswith("The host muted eve (until ")
    status, out, _ = await run("members")
    head, _, eve = out.split("\n")
    assert status == 0
    assert head == "1 of 3 members, locked, slow mode 10 s, topic: exams"
    assert eve.split()[:4] == ["eve", "1", "moderator", "active"]
    (line,) = json.loads((await run("members", "--json"))[1])["members"]
    assert (line["name"], line["role"]) == ("eve", "moderator")
    assert line["muted"]
    assert (await run("mute", "eve", "off"))[1] == "The host muted eve (ended)"
    assert (await run("ban", "#1", "1h", "--reason", "spam"))[1].endswith(": spam")
    assert (await run("members"))[1].startswith("0 of 3 members")
    (ban,) = json.loads((await run("bans", "--json"))[1])
    assert (ban["name"], ban["by"], ban["text"]) == ("eve", "server", "spam")
    assert (await run("unban", "Eve"))[1] == "The host ended the ban of eve"
    assert (await run("bans"))[1] == "No bans."
    audit = json.loads((await run("audit", "--json"))[1])
    assert [line["act"] for line in audit] == [
        "role", "slow", "lock", "topic", "mute", "mute", "ban", "unban",
    ]  # fmt: skip


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("arguments", "status", "word"),
    [
        (["kick", "nobody"], 1, "There is no member nobody."),
        (["kick", "eve", "--reason", "x" * 300], 1, "not valid"),
        (["unban", "5"], 1, "There is no ban 5."),
        (["delete", "99"], 1, "The message or file 99"),
        (["ban", "eve", "soon"], 2, "10m, 1h, 2d or 1w"),
        (["mute", "eve"], 2, "DURATION"),
        (["slow", "-1"], 2, "No such option"),
        (["slow", "3601"], 2, "3600"),
        (["lock", "maybe"], 2, "on"),
        (["role", "eve", "king"], 2, "moderator"),
        (["delete", "0"], 2, "0"),
    ],
)
async def test_what_cannot_be_done_is_one_line(
    run: Run, arguments: list[str], status: int, word: str
) -> None:
    got, out, err = await run(*arguments)
    assert (got, out) == (status, "")
    assert err.startswith("chatroom: ")
    assert word in err
    assert "\n" not in err


async def test_another_key_of_a_room_that_is_open(
    run: Run, worker: Worker, data: Path, bench: Bench
) -> None:
    first = owner_key.read(data)
    status, second, _ = await run("owner-key", "--new")
    assert status == 0
    assert second != first
    assert await run("owner-key") == (0, second, "")
    assert bench.core.moderation.room.owner == owner_key.sha256(second)
    assert worker.events


async def test_what_the_folder_tells_without_a_server(
    run: Run, bench: Bench, data: Path
) -> None:
    key = owner_key.make(data)
    assert (await run("bans"))[1] == "No bans."
    assert await run("audit") == (0, "", "")
    assert await run("owner-key") == (0, key, "")
    status, other, _ = await run("owner-key", "--new")
    assert (status, owner_key.read(data)) == (0, other)
    assert other != key
    for arguments in (["members"], ["kick", "eve"], ["lock", "on"]):
        status, _, err = await run(*arguments)
        assert status == 1
        assert "no server runs" in err


@pytest.mark.parametrize("command", ["bans", "audit", "owner-key"])
async def test_a_folder_without_a_room(run: Run, command: str) -> None:
    status, out, err = await run(command)
    assert (status, out) == (1, "")
    assert "There is no room in" in err


def test_durations() -> None:
    given = [minutes(text) for text in ("10m", "1h", "2 d", "1W")]
    assert given == [10, 60, 2880, 10080]
    for wrong in ("", "0m", "5", "h", "-1h", "1y", "99999999w"):
        with pytest.raises(ValueError, match=r"10m|between"):
            minutes(wrong)
