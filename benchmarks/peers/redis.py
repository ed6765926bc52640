"""Redis publish/subscribe: no chat and no history, but a common base for a chat server."""

from pathlib import Path

from benchmarks.peers.base import BenchmarkPeer, first_line, installed
from benchmarks.protocols import REDIS


class Redis(BenchmarkPeer):
    """One channel; senders have connections of their own."""

    name = "redis"
    label = "Redis publish/subscribe"
    protocol = REDIS

    def missing(self) -> str | None:
        return installed("redis-server", "redis-server")

    def version(self) -> str:
        return first_line("redis-server", "--version").split(" sha")[0]

    def command(self, folder: Path, port: int, members: int) -> list[str]:
        return [
            "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder),
            "--save", "", "--appendonly", "no",  # no persistence
            "--maxclients", str(members + 200), "--tcp-backlog", "1024",
            "--client-output-buffer-limit", "pubsub", "0", "0", "0",  # slow readers are kept
            "--timeout", "0", "--tcp-keepalive", "0", "--protected-mode", "no",
        ]  # fmt: skip
