"""An old Python and missing packages: one sentence with the command that helps."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from client_mvc import __main__ as client
from server import __main__ as server
from shared import installation

ROOT = Path(__file__).parents[2]
OPTIONAL = {"darkdetect", "dbus_fast", "desktop_notifier", "keyring", "nats", "tkinterdnd2"}


@pytest.mark.parametrize("module", ["server", "client_mvc"])
def test_missing_packages_are_one_line(module: str) -> None:
    """`-S` hides all packages that are installed."""
    result = subprocess.run(
        [sys.executable, "-S", "-m", module],
        cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert (result.returncode, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stderr.startswith("chatroom: Python packages are missing (")
    assert "pip install -e ." in result.stderr


def test_only_packages_that_are_missing_are_named() -> None:
    with pytest.raises(SystemExit, match=r"missing \(nowhere\); run: .*/bin/chatroom$"):
        installation.check("chatroom", ("click", "nowhere", "msgspec"))


def test_an_old_python_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 18, "final", 0))
    with pytest.raises(SystemExit) as ended:
        installation.check("chatroom-server", ())
    assert ended.value.code == (
        "chatroom: this is Python 3.8.18, but Chatroom needs 3.12 or newer; "
        "run it with uv: uv run --python 3.13 chatroom-server"
    )


@pytest.mark.parametrize(
    "path",
    [
        "server/__init__.py", "server/__main__.py", "client_mvc/__init__.py",
        "client_mvc/__main__.py", "shared/__init__.py", "shared/installation.py",
    ],
)  # fmt: skip
def test_python_3_8_can_read_what_runs_first(path: str) -> None:
    ast.parse((ROOT / path).read_text("utf-8"), feature_version=(3, 8))


def test_the_commands_and_the_modules_start_the_same_functions() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["scripts"] == {
        "chatroom": f"{client.__name__}:{client.main.__name__}",
        "chatroom-server": f"{server.__name__}:{server.main.__name__}",
    }


@pytest.mark.parametrize(("program", "folder"), [(server, "server"), (client, "client_mvc")])
def test_the_lists_of_packages_are_complete(program: object, folder: str) -> None:
    imported = _imported(ROOT / folder) | _imported(ROOT / "shared")
    ours = {"server", "client_mvc", "shared"}
    assert set(program.PACKAGES) == imported - ours - OPTIONAL - sys.stdlib_module_names  # type: ignore[attr-defined]


def _imported(folder: Path) -> set[str]:
    """The top-level names that the modules in `folder` import."""
    names = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    return names
