"""Networks of the test's own, with computers that reach nobody else (Linux, as root).

Each computer is a network namespace; each network is a bridge in one more namespace, which has
no way out.
"""

import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

_numbers = itertools.count(1)


def possible() -> bool:
    """Return whether this user can make networks here."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    name = f"chatroom-{os.getpid()}-try"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
    if made.returncode == 0:
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    return made.returncode == 0


class Computer:
    """A network namespace with one interface for each of its addresses: eth0, eth1, …"""

    def __init__(self, name: str) -> None:
        self.name = name
        _ip("netns", "add", name)
        self.ip("link", "set", "lo", "up")

    def ip(self, *arguments: str) -> None:
        """Run `ip` with these arguments on this computer."""
        _ip("-n", self.name, *arguments)

    def command(self, *arguments: str) -> list[str]:
        """Return the command that runs a program on this computer."""
        return ["ip", "netns", "exec", self.name, *arguments]

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Be on this computer with this thread, and with what it starts meanwhile."""
        with Path("/proc/thread-self/ns/net").open("rb") as before:
            with Path("/run/netns", self.name).open("rb") as here:
                os.setns(here.fileno(), os.CLONE_NEWNET)
            try:
                yield
            finally:
                os.setns(before.fileno(), os.CLONE_NEWNET)

    def close(self) -> None:
        """Remove it; what runs on it must have ended."""
        _ip("netns", "del", self.name)


class Networks:
    """Networks 10.77.0.0/24, 10.77.1.0/24, …, and the computers in them.

    Args:
        count: the number of networks.
    """

    def __init__(self, count: int = 1) -> None:
        self._prefix = f"chatroom-{os.getpid()}-{next(_numbers)}"
        self._switch = Computer(f"{self._prefix}-switch")
        self._computers = [self._switch]
        for number in range(count):
            bridge = f"br{number}"
            # Snooping needs a router that asks who listens; there is none.
            self._switch.ip("link", "add", bridge, "type", "bridge", "mcast_snooping", "0")
            self._switch.ip("link", "set", bridge, "up")

    def computer(self, *networks: int) -> Computer:
        """Make a computer with an interface in each of these networks.

        The first computer has the address 10.77.N.1, the second one 10.77.N.2, …
        """
        host = len(self._computers)
        made = Computer(f"{self._prefix}-{host}")
        self._computers.append(made)
        for place, number in enumerate(networks):
            port = f"p{host}.{place}"
            made.ip(
                *("link", "add", f"eth{place}", "type", "veth"),
                *("peer", "name", port, "netns", self._switch.name),
            )
            self._switch.ip("link", "set", port, "master", f"br{number}", "up")
            made.ip("addr", "add", f"10.77.{number}.{host}/24", "dev", f"eth{place}")
            made.ip("link", "set", f"eth{place}", "up")
        return made

    def block_multicast(self) -> None:
        """Let multicast pass no more, as on an isolated Wi-Fi.

        A bridge without flooding sends only to ports where it knows the receiver, and it never
        learns a group.
        """
        for port in self._ports():
            self._bridge("link", "set", "dev", port, "mcast_flood", "off")

    def unplug(self, computer: Computer, place: int) -> None:
        """Pull the cable out of the interface `place` of a computer."""
        host = self._computers.index(computer)
        self._switch.ip("link", "set", f"p{host}.{place}", "down")

    def plug(self, computer: Computer, place: int) -> None:
        """Put that cable in again."""
        host = self._computers.index(computer)
        self._switch.ip("link", "set", f"p{host}.{place}", "up")

    def close(self) -> None:
        """Remove all of it."""
        for one in reversed(self._computers):
            one.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ports(self) -> Sequence[str]:
        found = subprocess.run(
            ["ip", "-n", self._switch.name, "-br", "link", "show", "type", "veth"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return [line.partition("@")[0] for line in found.stdout.splitlines()]

    def _bridge(self, *arguments: str) -> None:
        _run("bridge", "-n", self._switch.name, *arguments)


def _ip(*arguments: str) -> None:
    _run("ip", *arguments)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
