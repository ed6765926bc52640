"""`wheels`: what it gets, from where, and what it says when it cannot."""

import csv
import io
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from server.cli import commands, needs, own_wheel, pip, targets, wheels
from server.cli.own_wheel import WheelError
from server.cli.pip import Pip, PipError
from server.cli.targets import Target

OWN = "chatroom-0.3.0-py3-none-any.whl"
WINDOWS = Target("windows", "3.13")


def put_wheel(folder: Path, name: str, *stated: str) -> Path:
    """Make a wheel that states what it needs."""
    project, version, *_ = name.split("-")
    lines = ["Metadata-Version: 2.1", f"Name: {project}", f"Version: {version}"]
    lines += [f"Requires-Dist: {one}" for one in stated]
    with zipfile.ZipFile(folder / name, "w") as packed:
        info = f"{project}-{version}.dist-info"
        packed.writestr(f"{info}/METADATA", "\n".join(lines) + "\n")
        packed.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
    return folder / name


class Index:
    """Stands in for pip: puts wheels of an index where pip is asked to, and keeps the words."""

    def __init__(self, **stated: tuple[str, ...]) -> None:
        self.stated = stated
        self.commands: list[tuple[str, ...]] = []
        self.problem: Exception | None = None

    def run(self, command: str, *arguments: str | Path) -> None:
        words = tuple(map(str, arguments))
        self.commands.append((command, *words))
        if self.problem is not None and command == "download":
            raise self.problem
        option = "--wheel-dir" if command == "wheel" else "--dest"
        folder = Path(words[words.index(option) + 1])
        if "--no-deps" in words and command == "wheel":
            put_wheel(folder, OWN, 'tools>=1; sys_platform == "win32"', "core")
        elif command == "wheel":
            put_wheel(folder, "core-2.5-cp312-cp312-linux_x86_64.whl")
        else:
            for word in words:
                project = word.partition("=")[0].partition(">")[0]
                if project in self.stated:
                    name = f"{project}-2.5-py3-none-any.whl"
                    put_wheel(folder, name, *self.stated[project])

    def specifications(self) -> list[set[str]]:
        """Return what each download asked for."""
        return [
            {word for word in words if word.partition("=")[0].partition(">")[0] in self.stated}
            for command, *words in self.commands
            if command == "download"
        ]


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Index:
    index = Index(tools=('deep; platform_system == "Windows"', "core"), core=(), deep=())
    monkeypatch.setattr(wheels, "Pip", lambda work, tell: index)
    monkeypatch.setattr(targets, "this", lambda: Target("linux", "3.12"))
    return index


def names(data: Path) -> list[str]:
    return sorted(one.name for one in (data / "wheels").iterdir())


def test_the_wheels_of_this_computer(
    tmp_path: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    assert commands.main(["wheels", "--data-dir", str(data)]) == 0
    assert names(data) == [OWN, "core-2.5-cp312-cp312-linux_x86_64.whl"]
    assert [one.name for one in data.iterdir()] == ["wheels"], "nothing else is left"
    text = capsys.readouterr().out
    assert "The room offers 2 wheels" in text
    assert "pip install --no-index --find-links https://ADDRESS:18000/get/" in text
    assert (data.stat().st_mode & 0o777, (data / "wheels").stat().st_mode & 0o777) == (
        0o700,
        0o700,
    )


def test_another_kind_of_computer_gets_what_it_needs_itself(
    tmp_path: Path, index: Index
) -> None:
    assert wheels.run(tmp_path, ["windows"], ["3.13"]) == 0
    assert names(tmp_path) == [
        OWN,
        "core-2.5-cp312-cp312-linux_x86_64.whl",
        "core-2.5-py3-none-any.whl",
        "deep-2.5-py3-none-any.whl",
        "tools-2.5-py3-none-any.whl",
    ]
    # The versions that fit together on this computer, and those that only the other one needs.
    assert index.specifications() == [{"tools>=1", "core==2.5"}, {"deep"}]
    download = next(words for words in index.commands if words[0] == "download")
    assert "win_amd64" in download
    assert download[download.index("--python-version") + 1] == "3.13"
    assert "--only-binary" in download


@pytest.mark.parametrize(
    ("systems", "pythons", "others"),
    [
        ([], [], []),
        (["linux"], ["3.12"], []),
        ([], ["3.13"], [Target("linux", "3.13")]),
        (["windows", "windows"], ["3.13"], [WINDOWS]),
        (
            ["windows", "linux"],
            ["3.12", "3.13"],
            [Target("windows", "3.12"), WINDOWS, Target("linux", "3.13")],
        ),
    ],
)
def test_which_computers(
    index: Index, systems: list[str], pythons: list[str], others: list[Target]
) -> None:
    assert wheels._others(systems, pythons) == others


def test_a_failure_leaves_what_was_there(
    tmp_path: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    assert wheels.run(tmp_path, [], []) == 0
    before = names(tmp_path)
    for problem, status in [
        (PipError("The index does not answer."), 1),
        (OSError(28, "No space left on device"), 1),
        (KeyboardInterrupt(), 130),
    ]:
        index.problem = problem  # type: ignore[assignment]
        assert wheels.run(tmp_path, ["windows"], []) == status
        assert names(tmp_path) == before
        assert [one.name for one in tmp_path.iterdir()] == ["wheels"]
        error = capsys.readouterr().err
        assert error.startswith("chatroom: ")
        assert error.endswith(" Nothing was changed.\n")
        assert error.count("\n") == 1
    index.problem = None
    assert wheels.run(tmp_path, ["windows"], []) == 0
    assert len(names(tmp_path)) > len(before)


@pytest.mark.parametrize(
    "words", [["--platform", "amiga"], ["--python", "3"], ["--python", "2.7"]]
)
def test_unknown_computers(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["wheels", *words]) == 2
    assert words[1] in capsys.readouterr().err


def test_needs_are_those_of_the_other_computer(tmp_path: Path) -> None:
    wheel = put_wheel(
        tmp_path, OWN, "always>=2", 'gone; sys_platform != "win32"',
        'old; python_version < "3.13"', 'new; python_version >= "3.13"',
        'more; extra == "desktop"', 'arm; platform_machine == "ARM64"',
    )  # fmt: skip

    def of(target: Target, *extras: str) -> set[str]:
        return {one.name for one in needs.of(wheel, target, extras)}

    assert of(WINDOWS) == {"always", "new"}
    assert of(WINDOWS, "desktop") == {"always", "new", "more"}
    assert of(Target("linux", "3.12")) == {"always", "gone", "old"}
    assert of(Target("windows-arm", "3.12")) == {"always", "old", "arm"}


# --- the wheel of the program ------------------------------------------------------------


def test_a_build_gets_a_copy_of_the_source(tmp_path: Path) -> None:
    seen = []

    def build(source: Path, to: Path) -> None:
        seen.extend(sorted(one.name for one in source.iterdir()))
        assert not list(source.rglob("__pycache__"))
        assert (source / "server" / "web" / "index.html").is_file()
        put_wheel(to, OWN)

    folder = tmp_path / "wheels"
    folder.mkdir()
    assert own_wheel.make(folder, tmp_path, build).name == OWN
    assert seen == ["LICENSE", "README.md", "client_mvc", "pyproject.toml", "server", "shared"]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of the program; returns its folder."""
    site = tmp_path / "site"
    files = {
        "server/__init__.py": "",
        "server/web/app.js": "export {};\n",
        "chatroom-0.3.0.dist-info/METADATA": "Name: chatroom\nVersion: 0.3.0\n",
        "chatroom-0.3.0.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
        "chatroom-0.3.0.dist-info/INSTALLER": "uv",
        "chatroom-0.3.0.dist-info/direct_url.json": "{}",
        "server/__pycache__/x.pyc": "x",
    }
    for name, content in files.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(content)
    rows = "".join(f"{name},,\n" for name in ["../../bin/chatroom", *files])
    (site / "chatroom-0.3.0.dist-info/RECORD").write_text(rows)
    found = metadata.PathDistribution(site / "chatroom-0.3.0.dist-info")
    monkeypatch.setattr(metadata, "distribution", lambda name: found)
    monkeypatch.setattr(own_wheel, "SOURCE", site)
    return site


def no_build(source: Path, to: Path) -> None:
    pytest.fail("an installed program has no source to build")


def test_an_installed_program_is_packed_again(tmp_path: Path, installed: Path) -> None:
    made = own_wheel.make(tmp_path, tmp_path, no_build)
    first = made.read_bytes()
    assert made.name == OWN
    with zipfile.ZipFile(made) as packed:
        info = "chatroom-0.3.0.dist-info"
        assert set(packed.namelist()) == {
            "server/__init__.py", "server/web/app.js", f"{info}/METADATA", f"{info}/WHEEL",
            f"{info}/RECORD",
        }  # fmt: skip
        assert packed.read("server/web/app.js") == b"export {};\n"
        rows = list(csv.reader(io.StringIO(packed.read(f"{info}/RECORD").decode())))
        assert {row[0] for row in rows} == set(packed.namelist())
    assert own_wheel.make(tmp_path, tmp_path, no_build).read_bytes() == first
    done = subprocess.run(
        [
            sys.executable, "-m", "pip", "--isolated", "install", "--no-index", "--no-deps",
            "--disable-pip-version-check", "--target", str(tmp_path / "target"), str(made),
        ],
        check=False, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "target" / "server" / "web" / "app.js").is_file()


def test_an_installation_that_is_not_whole(tmp_path: Path, installed: Path) -> None:
    (installed / "chatroom-0.3.0.dist-info/RECORD").write_text("other/x.py,,\n")
    with pytest.raises(WheelError, match="not whole"):
        own_wheel.make(tmp_path, tmp_path, no_build)


# --- pip ---------------------------------------------------------------------------------


def test_pip_tells_what_it_looks_at(tmp_path: Path) -> None:
    put_wheel(tmp_path, "helper-1.0-py3-none-any.whl")
    told: list[str] = []
    folder = tmp_path / "to"
    words = ("--isolated", "--no-index", "--find-links", tmp_path, "--dest", folder)
    Pip(tmp_path, told.append).run("download", *words, "helper>=1")
    assert [one.name for one in folder.iterdir()] == ["helper-1.0-py3-none-any.whl"]
    assert told == ["helper"]
    with pytest.raises(PipError, match="no wheel of helper==2"):
        Pip(tmp_path, told.append).run("download", *words, "helper==2")


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["WARNING: NewConnectionError('x')", "ERROR: No matching distribution found for a"],
         "package index does not answer"),
        (["ERROR: No matching distribution found for uvloop==1.2"], "no wheel of uvloop==1.2"),
        (["ERROR: Could not install: [Errno 28] No space left on device"], "not enough space"),
        (["something", "ERROR: it broke"], "pip failed: it broke"),
        (["Traceback", "ValueError: x"], "pip failed: ValueError: x"),
        ([], "pip failed: it said nothing"),
    ],
)  # fmt: skip
def test_why_pip_failed(lines: list[str], reason: str) -> None:
    assert reason in pip._reason(lines)


def test_a_python_without_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []

    def run(words: list[str], **_: object) -> "subprocess.CompletedProcess[bytes]":
        calls.append(words)
        return subprocess.CompletedProcess(words, 1)

    def nothing(name: str) -> None:
        return None

    monkeypatch.setattr(pip, "find_spec", nothing)
    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(PipError, match="python3-venv"):
        Pip(tmp_path, nothing).run("wheel")
    assert calls == [[sys.executable, "-m", "venv", str(tmp_path / "pip")]]
