"""The startup message: where the room is, who can join, how to let others in."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from server.processes import binding, own_addresses, startup_message, ways_in
from server.processes.own_addresses import Interface
from server.processes.run_directory import WaysIn
from server.settings import Settings
from shared import short_code
from shared.joinlink import Address, JoinLink

KEY = bytes(range(32))
HASH = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

type Message = Callable[..., tuple[str, int]]


@pytest.fixture
def message() -> Iterator[Message]:
    """The message of a server on a free port, and the port."""
    with ExitStack() as stack:

        def text(
            *hosts: str, key: bytes = KEY, terminal: bool = False, **options: object
        ) -> tuple[str, int]:
            sockets = binding.bind(hosts, 0)
            for one in sockets:
                stack.callback(one.close)
            settings = Settings(host=hosts, **options)  # type: ignore[arg-type]
            ways = ways_in.find(settings, sockets, key)
            shown = startup_message.text(
                settings, sockets, ways, "C0 DE" if key else "", terminal=terminal
            )
            return shown, sockets[0].getsockname()[1]

        yield text


def test_on_this_computer_only(message: Message) -> None:
    text, port = message("127.0.0.1", room="Lab 7", max_users=9, downloads=Path("/a/files"))
    assert text.startswith('The room "Lab 7" is open. Press Ctrl-C to close it.\n')
    assert f"join link  chatroom://127.0.0.1:{port}/#sha256={HASH}\n" in text
    assert f"listening  127.0.0.1:{port}\n" in text
    assert "only this computer" in text
    assert "--host 0.0.0.0" in text
    assert "at most 9" in text
    assert "/a/files" in text


def test_browsers_of_this_computer_need_no_encryption(message: Message) -> None:
    text, port = message("localhost")
    assert f"web page   http://localhost:{port}/\n" in text


def test_browsers_of_others_get_an_encrypted_address(message: Message) -> None:
    text, port = message("0.0.0.0")
    (page,) = (line for line in text.splitlines() if "web page" in line)
    assert "https://" in page
    assert f":{port}/ " in page
    assert "warns once" in page


def test_the_key_is_there_to_compare(message: Message) -> None:
    assert "key        C0 DE\n" in message("localhost")[0]


def test_without_tls_there_is_no_key(message: Message) -> None:
    text, _ = message("0.0.0.0", key=b"", tls="off")
    assert "sha256" not in text
    assert "web page   http://" in text
    assert "others on the network can read along" in text


def test_a_terminal_shows_a_code_for_phones(message: Message) -> None:
    assert "▄▄▄▄▄" in message("0.0.0.0", terminal=True)[0]
    assert "▄▄▄▄▄" not in message("0.0.0.0")[0], "a log file is no camera's business"
    assert "▄▄▄▄▄" not in message("0.0.0.0", terminal=True, qr=False)[0]
    assert "▄▄▄▄▄" not in message("localhost", terminal=True)[0], "no phone reaches it"


def test_on_the_network_without_a_password(message: Message) -> None:
    text, port = message("0.0.0.0")
    assert "everybody on the network" in text
    assert "--password-file" in text
    assert "chatroom://0.0.0.0" not in text, "others need an address that they can reach"
    assert f":{port}/#sha256={HASH}" in text


def test_on_the_network_with_a_password(message: Message) -> None:
    text, _ = message("0.0.0.0", password="secret")
    assert "everybody on the network who knows the password" in text
    assert "secret" not in text


def test_every_address_has_its_link_and_the_name_comes_last(
    message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [Interface("eth0", "192.168.1.5"), Interface("docker0", "172.17.0.1")]
    monkeypatch.setattr(own_addresses, "interfaces", lambda: found)
    monkeypatch.setattr(own_addresses, "default_address", lambda: "")
    monkeypatch.setattr(socket, "gethostname", lambda: "Tower")
    text, port = message("0.0.0.0")
    links = [
        line.split()[-1]
        for line in text.splitlines()
        if line.startswith(("  join link", "  or"))
    ]
    assert links == [
        f"chatroom://{host}:{port}/#sha256={HASH}"
        for host in ("192.168.1.5", "172.17.0.1", "tower")
    ]


@pytest.mark.parametrize(
    ("addresses", "shown"),
    [
        (["192.168.1.20"], "code       R2M0-2508\n"),
        (["192.168.1.20", "172.17.0.1", "2001:db8::1"],
         "code       R2M0-2508 (192.168.1.20), NG8G-0088 (172.17.0.1)\n"),
        (["2001:db8::1"], ""),
    ],
)  # fmt: skip
def test_addresses_have_codes(addresses: list[str], shown: str) -> None:
    links = [str(JoinLink((Address(one),))) for one in (*addresses, "tower")]
    ways = WaysIn(tuple(links), "https://192.168.1.20:18000/", everybody=True)
    lines = [f"{line}\n" for line in startup_message.hand_out(ways, qr_code=False)]
    codes = [line.lstrip() for line in lines if line.startswith("  code")]
    assert codes == ([shown] if shown else [])


def test_no_code_leads_to_this_computer_only(message: Message) -> None:
    assert "  code" not in message("127.0.0.1")[0]
    assert "  code" not in message("127.0.0.1", public_url="http://127.0.0.1:18000")[0]


def test_a_code_has_the_port(message: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Interface("eth0", "192.168.1.5")]
    monkeypatch.setattr(own_addresses, "interfaces", lambda: found)
    text, port = message("0.0.0.0")
    (line,) = (line for line in text.splitlines() if line.startswith("  code"))
    assert short_code.decode(line.split()[1]) == Address("192.168.1.5", port)


def test_localhost_is_called_by_its_name(message: Message) -> None:
    text, port = message("localhost")
    assert f"join link  chatroom://localhost:{port}/#sha256={HASH}\n" in text
    assert "  or " not in text


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://chat.example.org", "chatroom://chat.example.org:443/"),
        ("http://chat.example.org", "chatroom://chat.example.org:80/"),
        ("http://[2001:db8::1]:8080", "chatroom://[2001:db8::1]:8080/"),
    ],
)
def test_the_public_address_beats_all_others(message: Message, url: str, link: str) -> None:
    text, _ = message("127.0.0.1", public_url=url)
    assert f"join link  {link}\n" in text
    assert "  or " not in text
    assert f"everybody who reaches {url}" in text
