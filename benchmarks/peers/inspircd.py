"""InspIRCd, an IRC server in C++."""

import os
from pathlib import Path

from benchmarks.peers.base import BenchmarkPeer, first_line, installed
from benchmarks.protocols import IRC

# No artificial delay, no limits on queues, rates and connections of one address, no look-ups of
# names, no pings during the measurement. Senders are outside the channel, which has no mode n.
_CONFIG = """\
<server name="irc.bench.test" description="benchmark" network="bench" id="001">
<admin name="bench" nick="bench" email="bench@bench.test">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect allow="*" timeout="60" pingfreq="100000" threshold="100000000" fakelag="no"
         commandrate="100000000" recvq="100000000" softsendq="1000000000"
         hardsendq="1000000000" localmax="100000" globalmax="100000" limit="100000"
         resolvehostnames="no" useident="no" maxchans="10" maxconnwarn="no">
<performance softlimit="100000" somaxconn="1024" clonesonconnect="no" quietbursts="yes">
<options defaultmodes="" defaultbind="ipv4">
<limits maxnick="31" maxchan="64" maxuser="31" maxhost="64">
<log method="file" type="*" level="default" target="{folder}/ircd.log">
<pid file="{folder}/inspircd.pid">
<path configdir="{folder}" datadir="{folder}" logdir="{folder}" runtimedir="{folder}">
"""


class InspIRCd(BenchmarkPeer):
    """The package of Debian, without modules."""

    name = "inspircd"
    label = "InspIRCd"
    protocol = IRC

    def missing(self) -> str | None:
        return installed("inspircd", "inspircd")

    def version(self) -> str:
        return first_line("/usr/sbin/inspircd", "--version")

    def command(self, folder: Path, port: int, members: int) -> list[str]:
        config = folder / "inspircd.conf"
        config.write_text(_CONFIG.format(port=port, folder=folder), "ascii")
        command = ["/usr/sbin/inspircd", "--nofork", "--nopid", "--config", str(config)]
        return [*command, "--runasroot"] if os.geteuid() == 0 else command
