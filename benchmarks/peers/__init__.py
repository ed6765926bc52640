"""The servers that are compared: one small file each, with every setting written down."""

from benchmarks.peers.base import Peer, Running
from benchmarks.peers.inspircd import InspIRCd
from benchmarks.peers.ngircd import Ngircd
from benchmarks.peers.ours import Ours
from benchmarks.peers.redis import Redis

ALL: tuple[Peer, ...] = (Ours(), Redis(), InspIRCd(), Ngircd())

__all__ = ["ALL", "Peer", "Running"]
