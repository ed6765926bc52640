"""Our server as its users start it, with the journal on."""

from pathlib import Path

from benchmarks.peers.base import PYTHON, ROOT, Peer, said_by
from benchmarks.protocols import CHATROOM


class Ours(Peer):
    """`--workers` is left out: as many as the cores it may use, so one or two."""

    name = "ours"
    label = "Chatroom (ours)"
    protocol = CHATROOM

    def missing(self) -> str | None:
        return None

    def version(self) -> str:
        commit = said_by("git", "-C", str(ROOT), "describe", "--always", "--dirty")
        return f"commit {commit}"

    def command(self, folder: Path, port: int, members: int) -> list[str]:
        return [
            PYTHON, "-m", "server", "--port", str(port),
            "--data-dir", str(folder / "data"), "--downloads", str(folder / "downloads"),
            "--max-users", str(max(3, members)),
            "--rate", "0",  # no limit to what a member says
            "--max-connections", "0",  # nor to the connections of one address
            "--quota", "0",
        ]  # fmt: skip
