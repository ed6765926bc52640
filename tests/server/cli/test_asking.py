"""What the command line believes of the server that it asks."""

import os
import pickle
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from server.cli import report
from server.cli.asking import NotRunningError, ask
from server.processes.run_directory import RunDirectory


@contextmanager
def answering(path: str, answer: bytes) -> Iterator[None]:
    """A server that answers one question so."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        Path(path).chmod(0o600)
        listening.listen()

        def serve() -> None:
            client, _ = listening.accept()
            with client:
                client.recv(100)
                client.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[RunDirectory]:
    with closing(RunDirectory(tmp_path)) as here:
        here.publish()
        yield here


class Planted:
    """Runs a command where it is unpickled."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.proof),)


def test_an_answer_is_never_unpickled(
    here: RunDirectory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proof = tmp_path / "proof"
    with answering(here.info.owner_address, pickle.dumps(Planted(proof))):
        assert report.run(tmp_path, as_json=False) == 1
    assert not proof.exists()
    assert capsys.readouterr().err.count("\n") == 1


def test_an_answer(here: RunDirectory, tmp_path: Path) -> None:
    with answering(here.info.owner_address, b'{"a":1}'):
        assert ask(tmp_path, "report") == b'{"a":1}'


def test_a_socket_that_others_can_write_to_is_not_asked(
    here: RunDirectory, tmp_path: Path
) -> None:
    Path(here.info.owner_address).touch(mode=0o600)
    Path(here.info.owner_address).chmod(0o666)
    with pytest.raises(NotRunningError, match="Other users can write"):
        ask(tmp_path, "report")


def test_without_a_server(tmp_path: Path, here: RunDirectory) -> None:
    with pytest.raises(NotRunningError, match="no server runs"):
        ask(tmp_path / "elsewhere", "report")
    with pytest.raises(NotRunningError, match="no server runs"):
        ask(tmp_path, "report")


def test_no_answer(here: RunDirectory, tmp_path: Path) -> None:
    with (
        answering(here.info.owner_address, b""),
        pytest.raises(NotRunningError, match="does not answer"),
    ):
        ask(tmp_path, "report")
