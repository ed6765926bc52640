"""A conversation of two people in their own windows, at a real server, by real keys."""

import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import StartServer
from tests.gui.clipboard_owner import clipboard_of_another
from tests.gui.puppet import Puppet
from tests.support.running import RunningServer

pytestmark = [pytest.mark.gui, pytest.mark.timeout(180)]


@pytest.fixture
def server(start_server: StartServer) -> RunningServer:
    return start_server("--workers", "2", "--files", "any")


@pytest.fixture
def ann(server: RunningServer, tmp_path: Path) -> Iterator[Puppet]:
    """The owner."""
    key = (server.data / "owner-key").read_text().strip()
    link = f"chatroom://localhost:{server.port}/#owner={key}"
    with closing(Puppet(tmp_path / "ann", "--server", link, "--name", "ann")) as client:
        client.until(lambda: client.ask("members") == ["ann (you, owner)"])
        yield client


@pytest.fixture
def ben(server: RunningServer, ann: Puppet, tmp_path: Path) -> Iterator[Puppet]:
    options = ("--server", f"localhost:{server.port}", "--name", "ben")
    with closing(Puppet(tmp_path / "ben", *options)) as client:
        client.until(lambda: len(client.ask("members")) == 2)
        yield client


def above(client: Puppet, part: str) -> object:
    return client.ask("above")[part]


def choose(client: Puppet, times: int) -> None:
    """Choose a message: the newest one by 1, the one before by 2."""
    client.until(lambda: not client.ask("sending"))
    client.focus("composer")
    client.key(*["alt+Up"] * times)
    client.until(lambda: client.ask("cursor"))


def test_people_answer_react_and_correct_themselves(ann: Puppet, ben: Puppet) -> None:
    ann.send("The room moves to hall 2")
    ben.shows("hall 2")
    choose(ben, 1)
    ben.key("Return")
    ben.until(lambda: above(ben, "context") == "Replying to ann")
    ben.type("Wich door, @a")
    ben.until(lambda: above(ben, "suggested") == ["ann"])
    ben.until(lambda: ann.ask("above")["typing"] == "ben is typing")
    ben.key("Tab")
    ben.until(lambda: ben.ask("composer") == "Wich door, @ann ")
    ben.key("Return")
    ann.shows("Wich door, @ann")
    ann.until(lambda: above(ann, "typing") == "")
    ben.focus("composer")

    def edits() -> bool:
        ben.key("Up")  # only a message that is confirmed can be edited, and ann may know sooner
        return above(ben, "context") == "Editing your message"

    ben.until(edits)
    ben.key("Home", "Delete", "Delete", "Delete", "Delete")
    ben.type("Which")
    ben.key("Return")
    ann.shows("Which door, @ann", "(edited)")
    choose(ann, 1)
    ann.key("r")
    ann.until(lambda: ann.ask("reacting"))
    ann.key("Right", "Return")
    ben.until(lambda: ben.ask("reactions") == ["❤️ 1"])
    ben.screenshot("conversation-reaction")


def test_a_pasted_picture_is_shown_and_taken_back(
    ann: Puppet, ben: Puppet, tmp_path: Path
) -> None:
    written = io.BytesIO()
    Image.effect_noise((640, 280), 60).save(written, "PNG")
    with clipboard_of_another(
        tmp_path, environment=ben.environment, image_png=written.getvalue()
    ):
        ben.focus("composer")
        ben.key("ctrl+v")
        ben.until(lambda: above(ben, "files") == ["pasted.png"])
    ben.send("the latency")
    ann.shows("the latency")
    ann.until(lambda: ann.ask("pictures") == 1)
    ann.screenshot("conversation-picture")
    choose(ben, 1)
    ben.key("Delete")
    ben.focus("yes")
    ben.key("Return")
    ann.shows("File deleted")
    ann.until(lambda: ann.ask("pictures") == 0)


def choose_entry(client: Puppet, label: str) -> None:
    """Choose an entry of the menu that a key just opened; its first one is active."""
    client.until(lambda: client.ask("open_menu"))
    client.key(*["Down"] * client.ask("open_menu").index(label), "Return")


def test_a_pinned_message_is_found_again(ann: Puppet, ben: Puppet) -> None:
    ann.send("Our address: https://wiki.example.org/hall2")
    ann.shows("wiki.example.org")
    choose(ann, 1)
    ann.key("m")
    choose_entry(ann, "Pin")
    ben.until(lambda: "wiki.example.org" in str(above(ben, "pin")))
    for number in range(40):
        ann.send(f"message {number}")
    ben.shows("message 39")
    assert "wiki.example.org" not in ben.ask("in_view")
    ben.click("pin")
    ben.until(lambda: "wiki.example.org" in ben.ask("in_view"))
    ben.screenshot("conversation-pinned")


def test_somebody_ignored_is_not_seen(ann: Puppet, ben: Puppet) -> None:
    ben.send("spam, spam")
    ann.shows("spam, spam")
    ann.focus("members")
    ann.key("Home", "Down", "Menu")
    choose_entry(ann, "Ignore")
    ann.shows("Message from ben hidden")
    ben.send("more spam")
    ann.until(lambda: ann.ask("conversation").count("Message from ben hidden") == 2)
    assert "spam" not in ann.ask("conversation")
    assert ann.ask("members") == ["ann (you, owner)", "ben (ignored)"]
