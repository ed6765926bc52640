"""The whole program in German: a server, a window, real keys."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import StartServer
from tests.gui.puppet import Puppet
from tests.support.protocol_client import joined_clients

pytestmark = [pytest.mark.gui, pytest.mark.timeout(120)]


@pytest.fixture
def anna(tmp_path: Path) -> Iterator[Puppet]:
    with closing(Puppet(tmp_path / "anna", language="de_DE.UTF-8")) as client:
        yield client


async def test_the_program_in_german(start_server: StartServer, anna: Puppet) -> None:
    server = start_server("--workers", "1")

    def problem(field: str) -> str:
        return str((anna.ask("dialog") or {}).get(field, ""))

    anna.until(lambda: anna.ask("dialog") is not None)
    wanted = {"Einen Raum betreten", "Dein Name", "Verbinden", "Abbrechen"}
    anna.until(lambda: wanted <= set(anna.ask("texts_on_screen")))
    async with joined_clients(server.url, "ben"):
        # An error that the client finds, and one from the server.
        anna.focus("server")
        anna.key("ctrl+a")
        anna.type(f"localhost:{server.port}", "server")
        anna.type("two words", "name")
        anna.key("Return")
        anna.until(lambda: "keine Leerzeichen" in problem("name"))
        anna.key("ctrl+a")
        anna.type("ben", "name")
        anna.key("Return")
        anna.until(lambda: problem("name") == "Der Name ben ist vergeben.")
        anna.screenshot("german-connect")
        anna.key("ctrl+a")
        anna.type("anna", "name")
        anna.key("Return")
        anna.shows("ben und anna sind gekommen")
    day = anna.ask("conversation").splitlines()[0]
    assert re.fullmatch(r"[A-Z][a-z]+tag|Mittwoch", day.split(",")[0])
    assert re.search(r", \d{1,2}\. [A-Z][a-zä]+ 20\d\d", day)

    anna.focus("composer")
    anna.key("F10")
    anna.until(lambda: "Einstellungen … Strg+," in anna.ask("menu"))
    anna.screenshot("german-menu")
    anna.key("Escape")
    anna.send("/nein")
    anna.until(lambda: "Den Befehl /nein gibt es nicht." in anna.ask("banner"))
    anna.key("ctrl+a")
    anna.send("/help")
    anna.until(lambda: "Tasten und Befehle" in anna.ask("texts"))
    anna.screenshot("german-help")
    anna.key("Escape")
    anna.until(lambda: not anna.ask("texts"))
    anna.send("q")
    assert anna.wait() == 0
