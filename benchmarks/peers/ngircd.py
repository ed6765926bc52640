"""ngircd, an IRC server in C."""

from pathlib import Path

from benchmarks.peers.base import BenchmarkPeer, first_line, installed
from benchmarks.protocols import IRC

# No penalty for a high rate, no limits on connections, no look-ups of names and idents, no
# pings during the measurement. Senders are outside the channel, which has no mode n.
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


class Ngircd(BenchmarkPeer):
    """The package of Debian."""

    name = "ngircd"
    label = "ngircd"
    protocol = IRC
    concurrent_joins = 8  # its listen queue has a length of 10

    def missing(self) -> str | None:
        return installed("ngircd", "ngircd")

    def version(self) -> str:
        return first_line("/usr/sbin/ngircd", "--version").split("-IDENT")[0]

    def command(self, folder: Path, port: int, members: int) -> list[str]:
        config = folder / "ngircd.conf"
        config.write_text(_CONFIG.format(port=port), "ascii")
        return ["/usr/sbin/ngircd", "--nodaemon", "--config", str(config)]
