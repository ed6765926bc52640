"""The Chatroom server as its users start it, with the journal on."""

from pathlib import Path

from benchmarks.peers.base import PYTHON, ROOT, BenchmarkPeer, first_line
from benchmarks.protocols import CHATROOM


class Ours(BenchmarkPeer):
    """The server of one checkout of this project, by default of this one.

    `--workers` is left out, so the server starts one worker for each core that it may use.

    Args:
        root: The folder of the checkout; `python -m server` runs there.
        name: The name of this peer in options and results.
        tls: Clients speak TLS to it.
    """

    protocol = CHATROOM

    def __init__(self, root: Path = ROOT, name: str = "ours", *, tls: bool = False) -> None:
        self.root = root
        self.name = name
        self.tls = tls
        self.label = f"Chatroom ({name})"

    def missing(self) -> str | None:
        if (self.root / "server" / "__main__.py").exists():
            return None
        return f"{self.root} has no server/__main__.py"

    def version(self) -> str:
        commit = first_line("git", "-C", str(self.root), "describe", "--always", "--dirty")
        return f"commit {commit}"

    def command(self, folder: Path, port: int, members: int) -> list[str]:
        return [
            PYTHON, "-m", "server", "--port", str(port),
            "--data-dir", str(folder / "data"), "--downloads", str(folder / "downloads"),
            "--max-users", str(max(3, members)),
            "--rate", "0",  # no limit on the messages of a member
            "--max-connections", "0",  # no limit on the connections of one address
            "--quota", "0",
        ]  # fmt: skip
