"""A server of a few lines with Python's `websockets`, on uvloop."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.peers.base import PROGRAMS, PYTHON, BenchmarkPeer
from benchmarks.protocols import WEBSOCKET


class WebsocketsBroadcast(BenchmarkPeer):
    """Its settings are in the program."""

    name = "websockets"
    label = "Python `websockets.broadcast`"
    protocol = WEBSOCKET

    def missing(self) -> str | None:
        try:
            version("websockets")
        except PackageNotFoundError:
            return "websockets is not installed (pip install websockets)"
        return None

    def version(self) -> str:
        return f"websockets {version('websockets')}, uvloop {version('uvloop')}"

    def command(self, folder: Path, port: int, members: int) -> list[str]:
        return [PYTHON, str(PROGRAMS / "websockets_broadcast.py"), str(port)]
