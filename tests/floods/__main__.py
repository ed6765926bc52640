"""Try floods: `python -m tests.floods [KIND ...] [--guests 1,32] [--seconds 20]`.

Each kind runs against a server of its own while two members talk, one message at a time. A line
for each says how long their messages took, how much memory the server took, and how often a
process of it was killed. The exit status is 1 if one was, or if messages were slow.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.floods.kinds import KINDS
from tests.support.protocol_client import ProtocolClient, joined_clients
from tests.support.running import ROOT, RunningServer

MOST_SECONDS = 0.3
"""The 99th percentile of how long a message takes, above which a flood counts as harmful."""


@dataclass
class Noticed:
    """What was noticed of a flood: seconds of each message, the most bytes, the log."""

    waits: list[float] = field(default_factory=list)
    memory: int = 0
    worker: int = 0
    guests: dict[str, int] = field(default_factory=dict)
    killed: int = 0
    refused: dict[str, int] = field(default_factory=dict)

    @property
    def p99(self) -> float:
        """The 99th percentile of the waits; infinite if there were none."""
        if len(self.waits) < 2:
            return float("inf")
        return statistics.quantiles(self.waits, n=100)[98]

    def line(self, kind: str, guests: int) -> str:
        """Return the figures in one line."""
        refused = {name: number for name, number in self.refused.items() if number}
        return (
            f"{kind:24} {guests:3} guests: {len(self.waits):6} messages, "
            f"p99 {self.p99 * 1000:6.1f} ms, longest {max(self.waits) * 1000:6.0f} ms; "
            f"memory {self.memory >> 20} MiB, worker {self.worker >> 20} MiB; "
            f"killed {self.killed}; {self.guests}; refused {refused}"
        )


async def flood(kind: str, guests: int, seconds: float, server: RunningServer) -> Noticed:
    """Flood a server for so many seconds."""
    noticed = Noticed()
    async with joined_clients(server.url, "ann", "ben") as (ann, ben):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.floods.guests",
            str(server.port), kind, str(guests), str(seconds),
            cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        ended = asyncio.create_task(process.communicate())
        while not ended.done():
            noticed.waits.append(await _one_message(ann, ben, len(noticed.waits)))
            _note_memory(server, noticed)
            await asyncio.sleep(0.06)  # within the rate of one member
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


async def _one_message(ann: ProtocolClient, ben: ProtocolClient, number: int) -> float:
    began = time.monotonic()
    await ann.send("say", text="hello", id=f"n{number}")
    await asyncio.gather(ann.until(id=f"n{number}"), ben.until(id=f"n{number}"))
    ann.events.clear()
    ben.events.clear()
    return time.monotonic() - began


def _note_memory(server: RunningServer, noticed: Noticed) -> None:
    total = 0
    for one in [server.process, *psutil.Process(server.process.pid).children(recursive=True)]:
        try:
            process = psutil.Process(one.pid)
            used = process.memory_info().rss
            if "chatroom: worker" in " ".join(process.cmdline()):
                noticed.worker = max(noticed.worker, used)
        except psutil.Error:
            continue
        total += used
    noticed.memory = max(noticed.memory, total)


def main() -> int:
    """Run the kinds that are asked for; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.floods")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--guests", default="1,32")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--option", action="append", default=[], help="of the server")
    options = parser.parse_args()
    harmful = []
    for kind in options.kinds or KINDS:
        for guests in map(int, options.guests.split(",")):
            with tempfile.TemporaryDirectory() as folder:
                server = RunningServer(
                    Path(folder), "--workers", "1", "--max-users", "100", *options.option
                )
                try:
                    noticed = asyncio.run(flood(kind, guests, options.seconds, server))
                finally:
                    server.process.terminate()
                    server.wait(30)
            print(noticed.line(kind, guests), flush=True)
            if noticed.killed or noticed.p99 > MOST_SECONDS:
                harmful.append((kind, guests))
    print("harmful:", harmful or "none")
    return bool(harmful)


if __name__ == "__main__":
    sys.exit(main())
