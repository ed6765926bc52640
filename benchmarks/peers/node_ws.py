"""A server of a few lines with node's `ws`, which is installed at its first use."""

import shutil
import subprocess
from pathlib import Path

from platformdirs import user_cache_path

from benchmarks.peers.base import PROGRAMS, BenchmarkPeer, first_line, installed
from benchmarks.protocols import WEBSOCKET

WS_VERSION = "8.23.0"
FETCH_WITHIN = 120.0


class NodeWs(BenchmarkPeer):
    """Its settings are in the program."""

    name = "node-ws"
    label = "node `ws`"
    protocol = WEBSOCKET

    def missing(self) -> str | None:
        if problem := installed("node", "nodejs") or installed("npm", "npm"):
            return problem
        return None if _module().exists() else _fetch()

    def version(self) -> str:
        return f"node {first_line('node', '--version')}, ws {WS_VERSION}"

    def environment(self) -> dict[str, str]:
        return {"NODE_PATH": str(_module().parent)}

    def command(self, folder: Path, port: int, members: int) -> list[str]:
        return ["node", str(PROGRAMS / "ws_broadcast.js"), str(port)]


def _module() -> Path:
    return user_cache_path("chatroom-benchmarks") / f"ws-{WS_VERSION}" / "node_modules" / "ws"


def _fetch() -> str | None:
    """Install `ws`; return why that failed, None if it succeeded."""
    folder = _module().parents[1]
    folder.mkdir(parents=True, exist_ok=True)
    npm = shutil.which("npm") or "npm"
    try:
        subprocess.run(
            [npm, "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts",
             "--prefix", str(folder), f"ws@{WS_VERSION}"],
            check=True, capture_output=True, timeout=FETCH_WITHIN,
        )  # fmt: skip
    except subprocess.CalledProcessError as problem:
        return f"npm could not fetch ws: {problem.stderr.decode(errors='replace').strip()}"
    except subprocess.TimeoutExpired:
        return f"npm did not fetch ws within {FETCH_WITHIN:.0f} s"
    return None
