"""Nodes: what is written for them, and which nats-server runs it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from server.cluster import engine, issue, secret
from server.cluster.engine import EngineError, Node
from server.cluster.secret import Secret
from shared.address import Address
from tests.support.running import ROOT

THREE = engine.peers("a,b,c")
CLUSTER_PAGE = ROOT / "docs/cluster.md"


def _node(folder: Path, number: int = 1, peers: tuple[Address, ...] = THREE) -> Node:
    folder.mkdir(mode=0o700, exist_ok=True)
    return Node(number=number, peers=peers, data=folder, secret_file=folder / secret.NAME)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make certificates in this process: another one takes half a second to start."""

    def made(request: dict[str, Any], otherwise: str) -> dict[str, str]:
        now = datetime.now(UTC)
        pair = issue.node(**request, now=now) if request else issue.authority(now)
        return dict(zip(("certificate", "key"), pair, strict=True))

    monkeypatch.setattr(engine, "_issue", made)


# --- what is written ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("a", ["a:6222"]),
        (
            "chat-1, Chat-2,chat_3.example",
            ["chat-1:6222", "chat-2:6222", "chat_3.example:6222"],
        ),
        ("10.0.0.1:1,10.0.0.1:2,[fd00::2]:3", ["10.0.0.1:1", "10.0.0.1:2", "[fd00::2]:3"]),
    ],
)
def test_peers(text: str, hosts: list[str]) -> None:
    assert [str(one) for one in engine.peers(text)] == hosts


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a,b", "2 nodes are named. Name three"),
        ("a,b,c,d", "4 nodes are named"),
        ("a,b,a", "named twice"),
        ("a,b,", "'' is not an address"),
        ("a,b,nats://c", "'nats://c' is not an address"),
        ("a,b,c:0", "'c:0' is not an address"),
        ("a,b,c:70000", "is not an address"),
        ("a,b,c d", "is not an address"),
        ('a,b,c"', "is not an address"),
    ],
)
def test_what_makes_no_cluster(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        engine.peers(text)


@pytest.mark.usefixtures("quick")
def test_node_1_makes_the_secret_and_the_others_take_a_copy(tmp_path: Path) -> None:
    first, second = _node(tmp_path / "one"), _node(tmp_path / "two", 2)
    with pytest.raises(EngineError, match="Node 1 makes it when it starts: copy it from there"):
        engine.prepare(second)
    made = engine.prepare(first)
    assert made.made_secret
    assert secret.read(first.secret_file) == made.secret
    shutil.copy(first.secret_file, second.secret_file)
    taken = engine.prepare(second)
    assert (taken.made_secret, taken.secret) == (False, made.secret)
    assert not engine.prepare(first).made_secret


@pytest.mark.usefixtures("quick")
def test_only_this_user_can_read_what_is_written(tmp_path: Path) -> None:
    node = _node(tmp_path / "one")
    engine.prepare(node)
    modes = {one.name: one.stat().st_mode & 0o777 for one in node.data.iterdir()}
    assert modes.pop(engine.STORE) == 0o700
    assert len(modes) == 5
    assert set(modes.values()) == {0o600}


def test_the_configuration_keeps_what_was_promised(tmp_path: Path) -> None:
    node = _node(tmp_path / "one", 2)
    text = engine.configuration(node, Secret("me", "word"))
    assert "server_name: node2\n" in text
    assert "sync_interval: always" in text
    assert "handshake_first: true" in text
    assert '"nats-route://me:word@a:6222", "nats-route://me:word@b:6222"' in text
    assert "max_file_store" not in text
    alone = engine.configuration(_node(tmp_path / "one", peers=THREE[:1]), Secret("me", "word"))
    assert "cluster" not in alone


@pytest.mark.usefixtures("quick")
def test_a_folder_of_another_node_is_refused(tmp_path: Path) -> None:
    engine.prepare(_node(tmp_path / "one"))
    with pytest.raises(EngineError, match=r"is the data folder of node 1\. Start it with --no"):
        engine.prepare(_node(tmp_path / "one", 2))


@pytest.mark.usefixtures("quick")
def test_other_peers_and_another_secret_are_noted(tmp_path: Path) -> None:
    node = _node(tmp_path / "one")
    assert engine.prepare(node).notes == []
    assert engine.prepare(node).notes == []
    moved = _node(tmp_path / "one", peers=engine.peers("a,b,d"))
    (note,) = engine.prepare(moved).notes
    assert "last started with --peers a:6222,b:6222,c:6222." in note
    other = _node(tmp_path / "other")
    engine.prepare(other)
    shutil.copy(other.secret_file, moved.secret_file)
    (note,) = engine.prepare(moved).notes
    assert "another secret" in note


@pytest.mark.usefixtures("quick")
def test_a_lost_secret_is_not_replaced(tmp_path: Path) -> None:
    node = _node(tmp_path / "one")
    engine.prepare(node)
    node.secret_file.unlink()
    with pytest.raises(EngineError, match=r"has run before\. Copy it from another host"):
        engine.prepare(node)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("user = 'a'\npassword = 'b'\n", "has no authority_key"),
        ("user = ", "is not the secret of a cluster"),
    ],
)
def test_another_file_is_no_secret(tmp_path: Path, content: str, why: str) -> None:
    node = _node(tmp_path / "one")
    node.secret_file.write_text(content)
    with pytest.raises(EngineError, match=why):
        engine.prepare(node)


def test_a_damaged_secret(tmp_path: Path) -> None:
    node = _node(tmp_path / "one")
    text = engine.prepare(node).secret.text()
    body, key = text.split("-----BEGIN PRIVATE KEY-----\n")
    node.secret_file.write_text(body + "-----BEGIN PRIVATE KEY-----\n" + key[4:])
    with pytest.raises(EngineError, match=r"is damaged\. Copy it again"):
        engine.prepare(node)
    node.secret_file.write_text(text.replace('user = "chatroom"', 'user = "chat room"'))
    with pytest.raises(EngineError, match=r"was changed\. Copy it again"):
        engine.prepare(node)


def test_a_damaged_state(tmp_path: Path) -> None:
    node = _node(tmp_path / "one")
    (node.data / engine.STATE).write_text("[]")
    with pytest.raises(EngineError, match=r"node\.json is damaged"):
        engine.prepare(node)


@pytest.mark.usefixtures("quick")
def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    node = _node(tmp_path / "one")
    engine.prepare(node)
    (node.data / engine.STORE).rmdir()
    (node.data / engine.STORE).write_text("not a folder")
    with pytest.raises(EngineError, match="cannot be used"):
        engine.prepare(node)
    node = _node(tmp_path / "shared")
    node.data.chmod(0o777)
    with pytest.raises(EngineError, match="Other users can write to"):
        engine.prepare(node)
    with pytest.raises(EngineError, match="cannot be printed"):
        engine.prepare(_node(tmp_path / "new\nline"))


# --- which nats-server -------------------------------------------------------------------


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], str]:
    """Put a nats-server with a version `beside` Python or in the `path`."""
    (tmp_path / "beside").mkdir()
    (tmp_path / "path").mkdir()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "beside" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))

    def put(where: str, version: str) -> str:
        path = tmp_path / where / "nats-server"
        path.write_text(f"#!/bin/sh\necho nats-server: {version}\n")
        path.chmod(0o755)
        return str(path)

    return put


def test_nats_server_beside_python_comes_first(programs: Callable[[str, str], str]) -> None:
    with pytest.raises(EngineError, match=r"There is no nats-server .* pip install"):
        engine.find()
    system = programs("path", "v2.12.3")
    assert engine.find() == (system, "v2.12.3")
    beside = programs("beside", "v2.11.0-RC.1")
    assert engine.find() == (beside, "v2.11.0-RC.1")


@pytest.mark.parametrize(
    ("version", "why"),
    [
        ("v2.9.10", r"v2\.9\.10, and Chatroom needs 2\.11"),
        ("v1.99.0", "needs"),
        ("?", "not run"),
    ],
)
def test_another_nats_server_is_refused(
    programs: Callable[[str, str], str], version: str, why: str
) -> None:
    programs("path", version)
    with pytest.raises(EngineError, match=why):
        engine.find()


# --- the command line --------------------------------------------------------------------


def test_the_command_line_does_not_load_nats() -> None:
    script = (
        "import sys; from server.cli import commands; commands.main(['-h']);"
        "sys.exit(any(one.split('.')[0] == 'nats' or one.startswith('server.cluster')"
        " for one in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=dict(os.environ), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "engine" in done.stdout


# --- the documentation -------------------------------------------------------------------


def _block(kind: str) -> str:
    (found,) = re.findall(rf"```{kind}\n(.*?)```", CLUSTER_PAGE.read_text("utf-8"), re.DOTALL)
    return str(found)


def test_the_configuration_that_the_documentation_shows_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "own.conf"
    path.write_text(_block("conf").replace("/var/lib/nats", str(tmp_path / "store")))
    done = subprocess.run(
        [engine.find().path, "-t", "-c", str(path)], capture_output=True, text=True, check=False
    )
    assert "is valid" in done.stderr + done.stdout


def test_the_secret_that_the_documentation_shows_fits_to_it(tmp_path: Path) -> None:
    path = tmp_path / "own.secret"
    path.write_text(_block("toml"))
    found = secret.read(path)
    assert f'user: "{found.user}", password: "{found.password}"' in _block("conf")


def test_the_documentation_has_what_the_node_says() -> None:
    page = CLUSTER_PAGE.read_text("utf-8")
    rows = page[page.index("| it says | do |") :].split("\n\n")[0]
    source = "".join(
        (ROOT / "server/cluster" / name).read_text("utf-8")
        for name in ("engine.py", "engine_log.py")
    )
    said = re.findall(r"^\| `([^`]+)` ", rows, re.MULTILINE)
    assert len(said) == 9
    for sentence in said:
        for part in sentence.split("…"):
            words = re.sub(r"\d", "", part).strip()
            assert words in re.sub(r"\{.*?\}", "", source), sentence
