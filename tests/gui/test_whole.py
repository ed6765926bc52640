"""The whole program: a server, clients in their own processes, real keys and clicks.

Screenshots are kept in `screenshots/`.
"""

import asyncio
import re
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from shared import short_code
from shared.joinlink import Address
from tests.conftest import StartServer
from tests.gui.puppet import Puppet
from tests.support.protocol_client import joined_clients
from tests.support.running import RunningServer, eventually

pytestmark = [pytest.mark.gui, pytest.mark.timeout(180)]

type StartClient = Callable[..., Puppet]
type Join = Callable[[RunningServer, str], Puppet]
NOTES = "# Deploy notes\n1. stop the old relay\n2. copy rooms.db, größe 👍\n"


@pytest.fixture
def start_client(tmp_path: Path) -> Iterator[StartClient]:
    """Return a function that starts a client with its own display and data folder."""
    with ExitStack() as stack:

        def start(name: str, *options: str) -> Puppet:
            return stack.enter_context(closing(Puppet(tmp_path / f"client-{name}", *options)))

        yield start


@pytest.fixture
def join(start_client: StartClient) -> Join:
    """Return a function that starts a client that joins by its command line."""

    def start(server: RunningServer, name: str) -> Puppet:
        return start_client(name, "--server", f"127.0.0.1:{server.port}", "--name", name)

    return start


@pytest.fixture
def stopped_server(start_server: StartServer, join: Join) -> tuple[RunningServer, Puppet]:
    """A stopped server, and the client of its member ann, which shows the lost connection."""
    server = start_server()
    ann = join(server, "ann")
    ann.until(lambda: ann.ask("members"))
    server.stop()
    ann.until(lambda: ann.ask("banner"))
    return server, ann


def test_three_members_join_and_a_fourth_is_refused(
    start_server: StartServer, start_client: StartClient
) -> None:
    server = start_server("--workers", "2")
    link = f"chatroom://localhost:{server.port}/"
    ann = start_client("ann", "--server", link, "--name", "ann")
    ben = start_client("ben")
    cid = start_client("cid", "--server", f"127.0.0.1:{server.port}", "--name", "cid")
    ann.until(lambda: "cid" in ann.ask("members"))

    # ben has no command line options: the dialog asks for them and shows his errors.
    ben.until(lambda: ben.ask("dialog") is not None)
    ben.screenshot("whole-connect")
    ben.focus("server")
    ben.key("ctrl+a")
    ben.type(link, "server")
    ben.type("two words", "name")
    ben.key("Return")
    ben.until(lambda: "no spaces" in ben.ask("dialog")["name"])
    ben.focus("name")
    ben.key("ctrl+a")
    ben.type("ann", "name")
    ben.key("Return")
    ben.until(lambda: "taken" in ben.ask("dialog")["name"])
    ben.screenshot("whole-name-taken")
    ben.focus("name")
    ben.key("ctrl+a")
    ben.type("ben", "name")
    ben.click("connect")
    ben.until(lambda: ben.ask("dialog") is None)

    dan = start_client("dan", "--server", link, "--name", "dan")
    dan.until(lambda: dan.ask("dialog") and "(3/3)" in str(dan.ask("dialog")))
    dan.screenshot("whole-full")
    ann.send("Good morning, everyone")
    for client in (ben, cid):
        client.shows("Good morning, everyone")
    ben.send("Morning, ann")
    for client in (ann, ben, cid):
        client.shows("Morning, ann")

    ann.send("q")
    assert ann.wait() == 0
    for client in (ben, cid):
        client.until(lambda client=client: len(client.ask("members")) == 2)
        client.shows("ann left")


def test_a_file_goes_from_one_window_to_another(
    start_server: StartServer, start_client: StartClient, tmp_path: Path
) -> None:
    server = start_server("--workers", "2")
    address = f"localhost:{server.port}"
    ann = start_client("ann", "--server", address, "--name", "ann")
    ben = start_client("ben", "--server", address, "--name", "ben")
    for client in (ann, ben):
        client.until(lambda client=client: len(client.ask("members")) == 2)

    notes = tmp_path / "deploy notes.txt"
    notes.write_text(NOTES, "utf-8")
    ann.ask("choose", [str(notes)], None)
    ann.click("share")
    for client in (ann, ben):
        client.until(lambda client=client: client.ask("cards") == 1)
    assert (server.downloads / "deploy notes.txt").read_text("utf-8") == NOTES
    saved = tmp_path / "saved.txt"
    ben.ask("choose", [], str(saved))
    ben.click("save")
    eventually(saved.exists)
    assert saved.read_bytes() == notes.read_bytes()
    ben.click("open")
    ben.until(lambda: ben.ask("texts"))
    ben.screenshot("whole-file-open")

    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    ann.ask("choose", [str(picture)], None)
    ann.click("share")
    ann.until(lambda: "This file is not text" in ann.ask("banner"))
    ann.screenshot("whole-room-light")
    ann.focus("composer")
    ann.key("ctrl+d")
    ann.screenshot("whole-room-dark")


def test_the_report_shows_who_is_connected_from_where(
    start_server: StartServer, start_client: StartClient
) -> None:
    server = start_server("--workers", "2")
    address = f"localhost:{server.port}"
    ann = start_client("ann", "--server", address, "--name", "ann")
    ben = start_client("ben", "--server", address, "--name", "ben")
    ben.until(lambda: len(ben.ask("members")) == 2)
    ben.send("/report")
    ben.until(lambda: ben.ask("report") and "2 of 3" in ben.ask("report")["summary"])
    rows = ben.ask("report")["rows"]
    assert sorted(row[0] for row in rows) == ["ann", "ben"]
    assert {row[5] for row in rows} == {"1", "2"}
    assert all(row[1] in ("127.0.0.1", "::1") for row in rows)
    ben.screenshot("whole-report")
    ann.focus("composer")


def test_a_client_survives_a_crash_of_its_worker(
    start_server: StartServer, start_client: StartClient
) -> None:
    server = start_server("--workers", "2")
    server.expect_errors = True
    address = f"localhost:{server.port}"
    ann = start_client("ann", "--server", address, "--name", "ann")
    ben = start_client("ben", "--server", address, "--name", "ben")
    for client in (ann, ben):
        client.until(lambda client=client: len(client.ask("members")) == 2)
    ann.send("before")
    ben.shows("before")
    for worker in server.children("worker"):
        worker.send_signal(signal.SIGKILL)
    ann.send("after one")
    ann.send("after two")
    ben.shows("after one", "after two")
    text = ben.ask("conversation")
    assert text.index("before") < text.index("after one") < text.index("after two")
    assert text.count("after one") == text.count("after two") == 1
    for client in (ann, ben):
        assert "left" not in client.ask("conversation")
        assert "lost the connection" not in client.ask("conversation")


def test_a_message_written_while_the_server_is_down_is_sent_once(
    start_server: StartServer, join: Join
) -> None:
    server = start_server()
    ann = join(server, "ann")
    ann.until(lambda: ann.ask("members"))
    ann.send("first")
    ann.shows("first")
    server.stop()
    ann.until(lambda: ann.ask("banner"))
    ann.send("meanwhile")
    ann.shows("meanwhile")
    ann.screenshot("whole-reconnecting")
    server.start(server.port)
    ben = join(server, "ben")
    ben.until(lambda: len(ben.ask("members")) == 2)
    ben.shows("first", "meanwhile")
    ben.send("hello")
    ann.shows("hello")
    for client in (ann, ben):
        assert client.ask("conversation").count("meanwhile") == 1


def test_a_crashed_client_resumes_and_sends_the_rest(
    stopped_server: tuple[RunningServer, Puppet], join: Join
) -> None:
    server, ann = stopped_server
    ann.send("written before the crash")
    ann.shows("written before the crash")
    ann.kill()
    server.start(server.port)
    ann.start()
    ann.until(lambda: ann.ask("members") and not ann.ask("dialog"))
    ben = join(server, "ben")
    ben.shows("written before the crash")
    assert ben.ask("conversation").count("written before the crash") == 1
    assert "ann left" not in ben.ask("conversation")


def test_queued_uploads_survive_a_crash_and_are_shared_once(
    stopped_server: tuple[RunningServer, Puppet], tmp_path: Path
) -> None:
    server, ann = stopped_server
    names = ["one.txt", "größe 👍.txt", "three.txt"]
    for name in names:
        (tmp_path / name).write_text(f"This is {name}.\n", "utf-8")
    ann.ask("choose", [str(tmp_path / name) for name in names], None)
    ann.click("share")
    ann.until(lambda: len(ann.ask("uploads")) == len(names))
    ann.kill()
    server.start(server.port)
    ann.start()
    ann.until(lambda: ann.ask("cards") == len(names) and not ann.ask("uploads"))
    ann.screenshot("whole-files-after-crash")
    assert sorted(path.name for path in server.downloads.glob("*.txt")) == sorted(names)


def test_a_draft_survives_a_crash_and_is_sent_once(
    start_server: StartServer, join: Join
) -> None:
    server = start_server()
    ann = join(server, "ann")
    ben = join(server, "ben")
    ann.until(lambda: len(ann.ask("members")) == 2)
    ann.type("be")
    ann.key("Tab")
    ann.until(lambda: ann.ask("composer") == "ben: ")
    ann.type("hello *y")

    def on_disk() -> list[tuple[str]]:
        (path,) = ann.folder.glob("outbox-*.sqlite3")
        with closing(sqlite3.connect(path)) as database:
            return database.execute("SELECT text FROM draft").fetchall()

    eventually(lambda: on_disk() == [("ben: hello *y",)])
    ann.kill()
    ann.start()
    ann.until(lambda: ann.ask("composer") == "ben: hello *y")
    ann.focus("composer")
    ann.key("End")
    ann.type("ou*")
    ann.key("Return")
    ben.shows("ben: hello *you*")
    ben.screenshot("whole-mention")
    assert on_disk() == []
    assert ann.ask("composer") == ""


async def _fill_history(url: str, count: int, *special: str) -> None:
    """Let a member send the special messages, then so many numbered ones, and leave."""
    async with joined_clients(url, "zoe") as (zoe,):
        for text in (*special, *(f"number {number:04}" for number in range(count))):
            await zoe.send("say", text=text, id=text)
            if text.endswith("9"):
                await zoe.until(type="said", id=text)
        await zoe.send("leave")
        await zoe.closed()


def _numbers(client: Puppet) -> list[int]:
    return [int(one) for one in re.findall(r"number (\d{4})", client.ask("conversation"))]


def test_scrolling_up_loads_older_messages(start_server: StartServer, join: Join) -> None:
    server = start_server("--rate", "0")
    asyncio.run(_fill_history(server.url, 500))
    ann = join(server, "ann")
    ann.shows("number 0499")
    assert min(_numbers(ann)) > 440
    ann.focus("conversation")
    while 0 not in _numbers(ann):
        before = ann.ask("in_view")
        ann.key("Prior")
        ann.until(lambda before=before: ann.ask("in_view") != before)
    assert _numbers(ann) == list(range(500)), "every message once, in order"

    def scrolled_to_the_first() -> bool:
        ann.key("Prior")
        return "number 0000" in ann.ask("in_view")

    ann.until(scrolled_to_the_first)
    ann.screenshot("whole-older")

    ben = join(server, "ben")
    ben.shows("ben joined")
    ben.send("and life goes on")
    ann.shows("and life goes on")
    assert "number 0000" in ann.ask("in_view"), "the reader stays where they are"
    ann.focus("composer")
    ann.key("alt+End")
    ann.until(lambda: "and life goes on" in ann.ask("in_view"))


def test_a_search_finds_an_old_message_in_its_context(
    start_server: StartServer, join: Join
) -> None:
    server = start_server("--rate", "0")
    asyncio.run(
        _fill_history(server.url, 1000, "before it", "Die Größe der Nadel 👍", "after it")
    )
    ann = join(server, "ann")
    ann.shows("number 0999")
    ann.focus("composer")
    ann.key("ctrl+f")
    ann.type("nadel GROSSE", "find")
    ann.until(lambda: "Enter searches all history" in ann.ask("find_state"))
    ann.key("Return")
    ann.until(lambda: ann.ask("results"))
    assert ann.ask("results") == ["Die Größe der Nadel 👍"]
    ann.screenshot("whole-search")
    ann.key("Down", "Return")
    ann.until(lambda: "Nadel" in ann.ask("in_view"))
    text = ann.ask("conversation")
    assert text.index("before it") < text.index("Nadel") < text.index("after it")
    assert 999 not in _numbers(ann)
    ann.until(lambda: "older messages" in ann.ask("reading"))

    ben = join(server, "ben")
    ben.shows("ben joined")
    ben.send("meanwhile")
    ann.until(lambda: "1 new message since" in ann.ask("reading"))
    ann.screenshot("whole-jumped")
    assert "meanwhile" not in ann.ask("conversation")
    ann.click("back")
    ann.shows("meanwhile")
    assert ann.ask("reading") == ""
    assert 999 in _numbers(ann)
    ann.focus("find")
    ann.key("Escape")
    ben.send("still here?")
    ann.shows("still here?")

    ann.key("ctrl+g")
    ann.focus("date")
    ann.key("ctrl+a")
    ann.type("2000-01-01", "date")
    ann.key("Return")
    ann.until(lambda: "zoe joined" in ann.ask("in_view"))
    ann.until(lambda: "There are no messages from 2000-01-01" in ann.ask("banner"))

    # Without a server the search reports that, in place of an empty result.
    server.stop()
    ann.until(lambda: "Reconnecting" in ann.ask("banner"))
    ann.key("ctrl+f")
    ann.type("elsewhere", "find")
    ann.key("Return")
    ann.until(lambda: "disconnected" in ann.ask("find_state"))


def test_a_missing_server_is_reported(start_client: StartClient) -> None:
    ann = start_client("ann", "--server", "127.0.0.1:1", "--name", "ann")
    ann.until(lambda: ann.ask("dialog") and "is closed" in str(ann.ask("dialog")))
    ann.screenshot("whole-no-server")


@pytest.mark.parametrize(("number", "dialog"), [(signal.SIGTERM, False), (signal.SIGINT, True)])
def test_a_signal_leaves_the_room_and_keeps_the_draft(
    start_server: StartServer, join: Join, number: signal.Signals, dialog: bool
) -> None:
    server = start_server()
    ann, ben = join(server, "ann"), join(server, "ben")
    for client in (ann, ben):
        client.until(lambda client=client: len(client.ask("members")) == 2)
    ann.type("half a sen")
    if dialog:
        ann.ask("open_dialog")
        ann.until(lambda: ann.ask("dialogs"))
    ann.signal(number)
    assert ann.wait() == 0
    ben.shows("ann joined and left")
    ann.start()
    ann.until(lambda: ann.ask("composer") == "half a sen")


def test_a_signal_before_there_is_a_room(start_client: StartClient) -> None:
    ann = start_client("ann")
    ann.until(lambda: ann.ask("dialog") is not None)
    ann.signal(signal.SIGHUP)
    assert ann.wait() == 0


def test_join_by_code_or_web_address_and_invite_others(
    start_server: StartServer, start_client: StartClient
) -> None:
    server = start_server()
    code = short_code.encode(Address("127.0.0.1", server.port))
    assert code is not None
    web = f"http://127.0.0.1:{server.port}/"
    ann = start_client("ann", "--server", web, "--name", "ann")
    ann.until(lambda: ann.ask("members"))
    ben = start_client("ben")
    ben.until(lambda: ben.ask("dialog") is not None)
    ben.focus("server")
    ben.key("ctrl+a")
    ben.type(code.lower().replace("-", " "), "server")
    ben.type("ben", "name")
    ben.key("Return")
    ann.until(lambda: "ben" in ann.ask("members"))

    ann.click("invite")
    ann.until(lambda: "Invite others to #lobby" in ann.ask("texts_on_screen"))
    assert any("this computer only" in text for text in ann.ask("texts_on_screen"))
    ann.screenshot("whole-invite")
    ann.click("copy")
    ann.until(lambda: "Copied" in ann.ask("texts_on_screen"))
    assert ann.ask("clipboard") == web


def test_at_the_computer_of_the_server_one_invites_by_the_address_for_others(
    start_server: StartServer, join: Join
) -> None:
    server = start_server("--public-url", "https://chat.example.org")
    ann = join(server, "ann")
    ann.until(lambda: ann.ask("members"))
    ann.click("invite")
    ann.until(lambda: "Copied" in ann.ask("texts_on_screen"))
    assert ann.ask("clipboard") == "https://chat.example.org/"
    shown = ann.ask("texts_on_screen")
    assert "chatroom://chat.example.org:443/" in shown
    assert not any("this computer only" in text for text in shown)
