"""An owner and a member in their own windows, at a real server, by real keys."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import StartServer
from tests.gui.puppet import Puppet
from tests.support.running import RunningServer

pytestmark = [pytest.mark.gui, pytest.mark.timeout(180)]


@pytest.fixture
def server(start_server: StartServer) -> RunningServer:
    return start_server("--workers", "1")


@pytest.fixture
def ann(server: RunningServer, tmp_path: Path) -> Iterator[Puppet]:
    """The owner, by the link that has the owner's key."""
    key = (server.data / "owner-key").read_text().strip()
    link = f"chatroom://localhost:{server.port}/#owner={key}"
    with closing(Puppet(tmp_path / "ann", "--server", link, "--name", "ann")) as client:
        yield client
    for file in (tmp_path / "ann").iterdir():
        assert key.encode() not in file.read_bytes(), file


@pytest.fixture
def eve(server: RunningServer, tmp_path: Path) -> Iterator[Puppet]:
    options = ("--server", f"localhost:{server.port}", "--name", "eve")
    with closing(Puppet(tmp_path / "eve", *options)) as client:
        yield client


def on_screen(client: Puppet, text: str) -> None:
    client.until(lambda: any(text in each for each in client.ask("texts_on_screen")))


def choose_for_eve(ann: Puppet, entry: str) -> None:
    """Open the menu of eve, the second member, and choose an entry."""
    ann.focus("members")
    ann.key("Home", "Down", "Menu")
    ann.until(lambda: ann.ask("open_menu"))
    ann.key(*["Down"] * ann.ask("open_menu").index(entry), "Return")


def test_an_owner_deletes_mutes_and_removes(ann: Puppet, eve: Puppet) -> None:
    ann.until(lambda: ann.ask("members") == ["ann (you, owner)", "eve"])
    eve.until(lambda: eve.ask("members") == ["ann (owner)", "eve (you)"])
    eve.send("spam")
    ann.shows("spam")
    ann.focus("composer")
    ann.key("alt+Up")
    ann.until(lambda: ann.ask("cursor"))
    ann.key("Delete")
    ann.focus("yes")
    ann.key("space")
    for client in (ann, eve):
        client.shows("Message deleted by ann")
        assert "spam" not in client.ask("conversation")

    choose_for_eve(ann, "Mute for 10 minutes")
    eve.shows("ann muted eve until")
    on_screen(eve, "You are muted until")
    eve.send("kept")
    assert eve.ask("composer") == "kept"
    choose_for_eve(ann, "Unmute")
    eve.shows("ann ended the mute of eve")
    eve.until(lambda: "Send" in eve.ask("texts_on_screen"))
    eve.focus("composer")
    eve.key("Return")
    ann.shows("kept")

    choose_for_eve(ann, "Remove…")
    ann.type("too loud", "prompt")
    ann.key("Return")
    ann.shows("ann removed eve: too loud")
    on_screen(eve, "ann removed you from #lobby.\n\nReason: too loud")
    on_screen(eve, "Rejoin in ")
    eve.screenshot("removed")
