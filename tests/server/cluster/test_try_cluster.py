"""`try-cluster`, with a program in place of the servers that only says that it runs."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from server.cli import try_cluster
from server.cluster import secret
from shared import joinlink
from tests.support.running import ROOT, eventually, is_alive, lasting_port

STAND_IN = """
import json, signal, sys
from pathlib import Path
from server.processes.run_directory import RunDirectory, WaysIn

options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
data = Path(sys.argv[sys.argv.index("--data-dir") + 1])
port = sys.argv[sys.argv.index("--port") + 1]
(data.parent / "arguments").write_text(json.dumps(sys.argv[1:]))
if "--no-start" in sys.argv:
    sys.exit("no start: here is why")
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
folder = RunDirectory(data)
key = "ab" * 32
folder.publish(WaysIn((f"chatroom://localhost:{port}/#sha256={key}",),
                      f"https://localhost:{port}/", False))
try:
    while True:
        signal.pause()
finally:
    folder.close()
"""


class Trial:
    """`try_cluster.run` in a process of its own, with stand-ins for the servers."""

    def __init__(
        self, folder: Path, *options: str, hosts: int = 3, temporary: bool = False
    ) -> None:
        folder.mkdir(exist_ok=True)
        stand_in = folder / "stand_in.py"
        stand_in.write_text(STAND_IN)
        self.folder = folder / "all"
        self.port = lasting_port()
        place = None if temporary else f"Path({str(self.folder)!r})"
        script = (
            "import sys; from pathlib import Path; from server.cli import try_cluster\n"
            f"server = [{sys.executable!r}, '-P', {str(stand_in)!r}]\n"
            f"trial = try_cluster.Trial({hosts}, {self.port}, {options!r}, server)\n"
            f"sys.exit(try_cluster.run(trial, {place}))"
        )
        self._log = folder / "log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", script], cwd=ROOT, stdout=log, stderr=log,
                env={**os.environ, "TMPDIR": str(folder)},
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self._log.read_text()

    def has_started(self) -> "Trial":
        eventually(lambda: "To lose a host" in self.said or self.process.poll() is not None, 90)
        assert self.process.poll() is None, self.said
        return self

    def id_of(self, name: str) -> int:
        """Return the process of a host or node, as it was printed."""
        found = re.search(rf"^  {name} .* process (\d+)$", self.said, re.MULTILINE)
        assert found, self.said
        return int(found[1])

    def children(self) -> list[psutil.Process]:
        return [
            one
            for one in psutil.Process(self.process.pid).children(recursive=True)
            if "resource_tracker" not in " ".join(one.cmdline())
        ]


type Try = Callable[..., Trial]


@pytest.fixture
def attempt(tmp_path: Path) -> Iterator[Try]:
    made: list[Trial] = []

    def start(*options: str, **more: Any) -> Trial:
        made.append(Trial(tmp_path / str(len(made)), *options, **more))
        return made[-1]

    yield start
    for one in made:
        if one.process.poll() is None:
            one.process.terminate()
            one.process.wait(60)


def test_it_starts_all_prints_one_link_and_ends_all(attempt: Try) -> None:
    trial = attempt("--max-users", "30").has_started()
    ports = [trial.port, trial.port + 1, trial.port + 2]
    (text,) = re.findall(r"join link  (\S+)", trial.said)
    link = joinlink.parse(text)
    assert [(one.host, one.port) for one in link.addresses] == [("localhost", p) for p in ports]
    assert link.key == "ab" * 32
    names = ["host1", "host2", "host3", "node1", "node2", "node3"]
    children = trial.children()
    assert {trial.id_of(name) for name in names} == {one.pid for one in children}

    arguments = [
        json.loads((trial.folder / name / "arguments").read_text()) for name in names[:3]
    ]
    urls = re.findall(r"nats://127\.0\.0\.1:\d+", trial.said)
    assert len(urls) == 3
    for name, words in zip(names, arguments, strict=False):
        assert words[words.index("--cluster") + 1] == ",".join(urls)
        assert words[words.index("--host-name") + 1] == name
        assert words[-2:] == ["--max-users", "30"]
        file = Path(words[words.index("--cluster-credentials") + 1])
        assert secret.read(file).authority
    keys = {(trial.folder / name / "data/tls/key.pem").read_bytes() for name in names[:3]}
    assert len(keys) == 1, "all hosts have one TLS key"

    trial.process.send_signal(signal.SIGINT)
    assert trial.process.wait(60) == 0
    assert not any(map(is_alive, children))
    assert "has ended" not in trial.said
    assert trial.folder.exists()


def test_it_says_which_one_ends_and_goes_on(attempt: Try) -> None:
    trial = attempt(hosts=2).has_started()
    os.kill(trial.id_of("host2"), signal.SIGKILL)
    eventually(lambda: "host2 has ended (signal SIGKILL). The others go on." in trial.said)
    again = re.search(r"To start it again: (.* --host-name host2 .*)", trial.said)
    assert again
    os.kill(trial.id_of("node3"), signal.SIGKILL)
    eventually(lambda: "node3 has ended (signal SIGKILL)." in trial.said)
    assert trial.process.poll() is None
    os.kill(trial.id_of("host1"), signal.SIGKILL)
    assert trial.process.wait(60) == 1
    assert trial.said.endswith("All hosts have ended.\n")
    assert "host1 has ended" in trial.said


def test_one_that_does_not_start_ends_all(attempt: Try) -> None:
    trial = attempt("--no-start", hosts=1)
    assert trial.process.wait(90) == 1
    assert (
        "host1 did not start (exit status 1). Its last lines:\n  no start: here" in trial.said
    )


def test_a_temporary_folder_goes(attempt: Try, tmp_path: Path) -> None:
    trial = attempt(hosts=1, temporary=True).has_started()
    (place,) = re.findall(r"folder     (\S+) \(removed at the end\)", trial.said)
    assert Path(place, "node1", "store").is_dir()
    children = trial.children()
    assert len(children) == 4
    trial.process.terminate()
    assert trial.process.wait(60) == 0
    assert not Path(place).exists()
    assert not any(map(is_alive, children))


def test_its_children_end_with_it(attempt: Try) -> None:
    trial = attempt(hosts=1).has_started()
    children = trial.children()
    trial.process.kill()
    trial.process.wait()
    eventually(lambda: not any(map(is_alive, children)))


def test_a_folder_in_use(
    attempt: Try, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trial = attempt(hosts=1).has_started()
    assert try_cluster.run(try_cluster.Trial(1, 0), trial.folder) == 1
    assert "already running on the data folder" in capsys.readouterr().err
    assert try_cluster.run(try_cluster.Trial(1, 0), Path("/proc/nowhere")) == 1
    assert (
        capsys.readouterr().err == "chatroom: It cannot be tried: No such file or directory.\n"
    )
