"""ngircd, an IRC server in C."""

from pathlib import Path

from benchmarks.peers.base import Peer, installed, said_by
from benchmarks.protocols import IRC

# No penalty for who says much, no limit of connections, no look-ups of names and idents, no
# pings while it is measured. Speakers are outside the channel, which has no mode n.
_CONFIG = """\
[Global]
    Name = irc.bench.test
    Info = benchmark
    MotdPhrase = "-"
    Ports = {port}
    Listen = 127.0.0.1
[Limits]
    MaxConnections = 0
    MaxConnectionsIP = 0
    MaxJoins = 0
    MaxPenaltyTime = 0
    PingTimeout = 100000
    PongTimeout = 100000
[Options]
    DNS = no
    Ident = no
    PAM = no
    SyslogFacility = local1
"""


class Ngircd(Peer):
    """As Debian builds it."""

    name = "ngircd"
    label = "ngircd"
    protocol = IRC
    at_once = 8  # it listens with a queue of 10

    def missing(self) -> str | None:
        return installed("ngircd", "ngircd")

    def version(self) -> str:
        return said_by("/usr/sbin/ngircd", "--version").split("-IDENT")[0]

    def command(self, folder: Path, port: int, members: int) -> list[str]:
        config = folder / "ngircd.conf"
        config.write_text(_CONFIG.format(port=port), "ascii")
        return ["/usr/sbin/ngircd", "--nodaemon", "--config", str(config)]
