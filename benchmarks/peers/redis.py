"""Redis publish/subscribe: no chat, no history, but what many would build one on."""

from pathlib import Path

from benchmarks.peers.base import Peer, installed, said_by
from benchmarks.protocols import REDIS


class Redis(Peer):
    """One channel; speakers have connections of their own."""

    name = "redis"
    label = "Redis publish/subscribe"
    protocol = REDIS

    def missing(self) -> str | None:
        return installed("redis-server", "redis-server")

    def version(self) -> str:
        return said_by("redis-server", "--version").split(" sha")[0]

    def command(self, folder: Path, port: int, members: int) -> list[str]:
        return [
            "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder),
            "--save", "", "--appendonly", "no",  # nothing is kept
            "--maxclients", str(members + 200), "--tcp-backlog", "1024",
            "--client-output-buffer-limit", "pubsub", "0", "0", "0",  # readers may lag
            "--timeout", "0", "--tcp-keepalive", "0", "--protected-mode", "no",
        ]  # fmt: skip
