"""The first start of a host, before there are nodes: it says that it waits, and then opens."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.nats_servers import NatsServers
from tests.support.running import ROOT, lasting_port


def test_a_host_waits_for_the_nodes(tmp_path: Path) -> None:
    nodes = NatsServers(tmp_path)
    command = [
        sys.executable, "-m", "server", "--port", str(lasting_port()), "--no-announce",
        "--data-dir", str(tmp_path / "data"), "--downloads", str(tmp_path / "downloads"),
        "--cluster", ",".join(nodes.urls), "--host-name", "attic",
    ]  # fmt: skip
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
    try:
        assert server.stdout is not None
        assert server.stdout.readline() == (
            f"Waiting for the other hosts and for the nodes {nodes.urls[0]}.\n"
        )
        nodes.start()
        assert "is open" in server.stdout.readline()
        server.terminate()
        assert server.wait(15) == 0
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
        nodes.close()
