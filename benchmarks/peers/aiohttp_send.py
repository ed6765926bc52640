"""A server of a few lines with aiohttp, on uvloop."""

from importlib.metadata import version
from pathlib import Path

from benchmarks.peers.base import PROGRAMS, PYTHON, BenchmarkPeer
from benchmarks.protocols import WEBSOCKET


class AiohttpSend(BenchmarkPeer):
    """Its settings are in the program."""

    name = "aiohttp"
    label = "aiohttp `send_str` to each"
    protocol = WEBSOCKET

    def missing(self) -> str | None:
        return None  # the Chatroom server needs aiohttp too

    def version(self) -> str:
        return f"aiohttp {version('aiohttp')}, uvloop {version('uvloop')}"

    def command(self, folder: Path, port: int, members: int) -> list[str]:
        return [PYTHON, str(PROGRAMS / "aiohttp_send.py"), str(port)]
