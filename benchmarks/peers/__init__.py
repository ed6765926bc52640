"""The servers that are compared: one small module each, with all its settings."""

from benchmarks.peers.aiohttp_send import AiohttpSend
from benchmarks.peers.base import BenchmarkPeer, RunningPeer
from benchmarks.peers.inspircd import InspIRCd
from benchmarks.peers.ngircd import Ngircd
from benchmarks.peers.node_ws import NodeWs
from benchmarks.peers.ours import Ours
from benchmarks.peers.redis import Redis
from benchmarks.peers.websockets_broadcast import WebsocketsBroadcast

ALL: tuple[BenchmarkPeer, ...] = (
    Ours(), Redis(), InspIRCd(), Ngircd(), NodeWs(), WebsocketsBroadcast(), AiohttpSend(),
)  # fmt: skip

__all__ = ["ALL", "BenchmarkPeer", "Ours", "RunningPeer"]
