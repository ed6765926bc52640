"""A single host loads nothing of what only a room on several hosts needs."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.running import ROOT

PROCESSES = (
    "server.cli.commands",
    "server.processes.main_process",
    "server.room.room_side.manager",
    "server.worker",
    "server.announcing.process",
    "server.thumbnails.process",
)
"""What each process of a server loads, the main process at first."""

_LOADED = """
import importlib, sys
importlib.import_module(sys.argv[1])
print(*(name for name in sys.modules if name.split(".")[0] == "nats" or
    name.startswith("server.cluster")))
"""
_STARTED = """
import asyncio, sys
sys.modules["nats"] = sys.modules["server.cluster"] = None
from pathlib import Path
from server.room.room_side.several_hosts import SeveralHosts
from server.room.storage.journal import Journal
from server.settings import Settings

async def main():
    host = SeveralHosts(Settings(), None, asyncio.Event())
    assert await host.prepared() and await host.entered(Journal(Path(sys.argv[1])))
    assert host.make_log(None) is None
    await host.run(None)
    await host.close()

asyncio.run(main())
"""


def _run(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("module", PROCESSES)
def test_no_process_loads_nats(module: str) -> None:
    assert _run(_LOADED, module) == ""


def test_the_test_would_see_it() -> None:
    assert "nats" in _run(_LOADED, "server.cluster.room").split()


def test_the_room_process_of_a_single_host_does_without(tmp_path: Path) -> None:
    assert _run(_STARTED, str(tmp_path / "journal")) == ""
