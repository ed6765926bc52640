"""The part of the desktop client that finds rooms, as a program for a test.

`python -m tests.support.listener ADDRESS…` asks at these addresses too. It prints each event as
a line of JSON, and takes commands, one a line: `look_further`, `stop_looking`, `end`.
"""

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from client_mvc.network import api
from client_mvc.network.thread import NetworkThread
from shared import joinlink
from tests.support.networks import Computer

ROOT = Path(__file__).parents[2]


class Listener:
    """That program on a computer; `rooms` are those that it lists now."""

    def __init__(self, computer: Computer, *known: str) -> None:
        self.rooms: list[dict[str, Any]] = []
        self.looked: list[tuple[int, int]] = []
        self._process = subprocess.Popen(
            computer.command(sys.executable, "-m", "tests.support.listener", *known),
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"
        self.began = time.monotonic()
        """When it began to look for rooms."""
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def until(self, condition: Callable[[], object], within: float) -> float:
        """Wait until the condition holds, at most `within` seconds after `began`.

        Returns:
            The seconds since then.
        """
        while not condition():
            assert time.monotonic() - self.began < within, f"{self.rooms} {self.looked}"
            time.sleep(0.01)
        return time.monotonic() - self.began

    def again(self) -> None:
        """Count the time from now on."""
        self.began = time.monotonic()

    def tell(self, command: str) -> None:
        """Give a command."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()

    def close(self) -> None:
        """End the program; it must end by itself."""
        self.tell("end")
        status = self._process.wait(10)
        self._reading.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        assert status == 0

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            event = json.loads(line)
            if "rooms" in event:
                self.rooms = event["rooms"]
            else:
                self.looked.append((event["done"], event["total"]))


def _main(known: list[str]) -> None:
    events: queue.SimpleQueue[api.SessionEvent] = queue.SimpleQueue()
    network = NetworkThread(events)
    network.start()
    loaded = threading.Event()
    network._call(loaded.set)  # the window takes as long to appear
    loaded.wait()
    print("ready", flush=True)
    network.discover([joinlink.parse(one).address for one in known])

    def show() -> None:
        while True:
            event: Any = events.get()[1]
            print(json.dumps(asdict(event)), flush=True)

    threading.Thread(target=show, daemon=True).start()
    for line in sys.stdin:
        if line == "end\n":
            network.stop_discovering()
            break
        getattr(network, line.strip())()
    network.stop()


if __name__ == "__main__":
    _main(sys.argv[1:])
