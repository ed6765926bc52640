"""Try floods: `python -m tests.floods [KIND ...] [--guests 1,32] [--seconds 20]`.

Each kind runs against a server of its own while two members talk, one message at a time, and
a third one from the address of the first guest. A line for each says how long their messages
took, how much memory each process and how much disk the server took, and how often a process
was killed. The exit status is 1 if one was, or if messages were slow or a process large.

The kind `everything` is one member at the top of every allowance. It runs only if it is named.
"""

import argparse
import asyncio
import contextlib
import json
import re
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.floods.kinds import KINDS, PASSWORD
from tests.support.protocol_client import ConnectionClosed, ProtocolClient, joined_clients
from tests.support.running import ROOT, RunningServer

MOST_SECONDS = 0.3
"""The 99th percentile of how long a message takes, above which a flood counts as harmful."""
MOST_SECONDS_BESIDE_EVERYTHING = 0.1
"""The same for `everything`, which is within all allowances."""
MOST_SECONDS_THERE = 1.0
"""The same for the member at the address of a guest."""
MOST_MEMORY = 200 << 20
"""Bytes of one process."""
EVERYTHING = "everything"
_TITLE = re.compile(r"chatroom: (\w+)")


@dataclass
class Noticed:
    """What was noticed of a flood: seconds of each message, the most bytes, the log."""

    most_seconds: float = MOST_SECONDS
    waits: list[float] = field(default_factory=list)
    there: list[float] = field(default_factory=list)
    memory: dict[str, int] = field(default_factory=dict)
    guests: dict[str, int] = field(default_factory=dict)
    disk: dict[str, int] = field(default_factory=dict)
    killed: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    ended: str = ""

    @property
    def harmful(self) -> bool:
        """Whether it misses a goal."""
        return bool(
            self.killed
            or self.ended
            or p99(self.waits) > self.most_seconds
            or p99(self.there) > MOST_SECONDS_THERE
            or max(self.memory.values(), default=0) > MOST_MEMORY
        )

    def line(self, kind: str, guests: int) -> str:
        """Return the figures in one line."""
        refused = {name: number for name, number in self.refused.items() if number}
        memory = ", ".join(f"{name} {most >> 20}" for name, most in self.memory.items())
        disk = ", ".join(f"{name} {most >> 10}" for name, most in self.disk.items())
        return (
            f"{kind:24} {guests:3} guests: {len(self.waits):4} messages, "
            f"p99 {p99(self.waits) * 1000:6.1f} ms, there {p99(self.there) * 1000:6.1f} ms; "
            f"MiB: {memory}; KiB on disk: {disk}; killed {self.killed}; {self.guests}; "
            f"refused {refused}"
            f"{self.ended and '; ended: ' + self.ended}"
        )


def p99(waits: list[float]) -> float:
    """The 99th percentile of the waits; infinite if there were none."""
    return statistics.quantiles(waits, n=100)[98] if len(waits) > 1 else float("inf")


async def flood(kind: str, guests: int, seconds: float, server: RunningServer) -> Noticed:
    """Flood a server for so many seconds."""
    noticed = Noticed(MOST_SECONDS_BESIDE_EVERYTHING if kind == EVERYTHING else MOST_SECONDS)
    program, *arguments = (
        ["everything", str(seconds)]
        if kind == EVERYTHING
        else ["guests", kind, str(guests), str(seconds)]
    )
    password = {"password": PASSWORD} if _has_password(kind) else {}
    async with (
        joined_clients(server.url, "ann", "ben", **password) as (ann, ben),
        joined_clients(server.url, "cleo", address="127.0.1.1", **password) as (cleo,),
    ):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", f"tests.floods.{program}", str(server.port), *arguments,
            cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        ended = asyncio.create_task(process.communicate())
        try:
            await asyncio.gather(
                _talk(ended, noticed.waits, ann, ben),
                _talk(ended, noticed.there, cleo),
                _note_memory(ended, server, noticed),
                _note_disk(ended, server, noticed),
            )
        except (TimeoutError, ConnectionClosed, AssertionError) as why:
            noticed.ended = repr(why)
        output, _ = await ended
        noticed.guests = json.loads(output)
        async with ann.http.get(server.url + "/metrics") as answer:
            for line in (await answer.text()).splitlines():
                if line.startswith("chatroom_refused_total{"):
                    name = line.split('"')[1]
                    noticed.refused[name] = int(float(line.split()[-1]))
    log = server.log.read_text()
    noticed.killed = log.count("action=kill") + log.count("action=restart")
    return noticed


async def _talk(ended: asyncio.Task[Any], waits: list[float], *members: ProtocolClient) -> None:
    """Let the first say something again and again; note when all have it."""
    while not ended.done():
        began = time.monotonic()
        id = f"n{len(waits)}-{members[0].welcome['member']}"
        await members[0].send("say", text="hello", id=id)
        await asyncio.gather(*(one.until(id=id, type="said") for one in members))
        waits.append(time.monotonic() - began)
        for one in members:
            one.events.clear()
        await asyncio.sleep(0.06)  # within the rate of one member


async def _note_memory(
    ended: asyncio.Task[Any], server: RunningServer, noticed: Noticed
) -> None:
    main = psutil.Process(server.process.pid)
    while not ended.done():
        for process in [main, *main.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                found = _TITLE.search(" ".join(process.cmdline()))
                title = found[1] if found else "other"
                used = process.memory_info().rss
                noticed.memory[title] = max(noticed.memory.get(title, 0), used)
        await asyncio.sleep(0.25)


async def _note_disk(ended: asyncio.Task[Any], server: RunningServer, noticed: Noticed) -> None:
    while not ended.done():
        for folder in server.data, server.downloads:
            used = await asyncio.to_thread(_size, folder)
            noticed.disk[folder.name] = max(noticed.disk.get(folder.name, 0), used)
        await asyncio.sleep(1)


def _size(folder: Path) -> int:
    """Return the bytes of all files in a folder; files may go meanwhile."""
    size = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            size += path.stat().st_blocks * 512
    return size


def _has_password(kind: str) -> bool:
    return kind != EVERYTHING and KINDS[kind].password


def main() -> int:
    """Run the kinds that are asked for; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.floods")
    parser.add_argument(
        "kinds", nargs="*", metavar="KIND", help=", ".join([*KINDS, EVERYTHING])
    )
    parser.add_argument("--guests", default="1,32")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--option", action="append", default=[], help="of the server")
    options = parser.parse_args()
    harmful = []
    for kind in options.kinds or KINDS:
        numbers = "1" if kind == EVERYTHING else options.guests
        for guests in map(int, numbers.split(",")):
            with tempfile.TemporaryDirectory() as folder:
                password = Path(folder) / "password"
                password.write_text(PASSWORD)
                with_password = ["--password-file", str(password)] * _has_password(kind)
                server = RunningServer(
                    Path(folder), "--workers", "1", "--max-users", "100",
                    *with_password, *options.option,
                )  # fmt: skip
                try:
                    noticed = asyncio.run(flood(kind, guests, options.seconds, server))
                finally:
                    server.process.terminate()
                    server.wait(30)
            print(noticed.line(kind, guests), flush=True)
            if noticed.harmful:
                harmful.append((kind, guests))
    print("harmful:", harmful or "none")
    return bool(harmful)


if __name__ == "__main__":
    sys.exit(main())
