"""The startup message: where the room is, who can join, how to let others in."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from server.processes import binding, startup_message
from server.settings import Settings

type Message = Callable[..., tuple[str, int]]


@pytest.fixture
def message() -> Iterator[Message]:
    """The message of a server on a free port, and the port."""
    with ExitStack() as stack:

        def text(host: str, **options: object) -> tuple[str, int]:
            sockets = binding.bind(host, 0)
            for one in sockets:
                stack.callback(one.close)
            settings = Settings(host=host, **options)  # type: ignore[arg-type]
            return startup_message.text(settings, sockets), sockets[0].getsockname()[1]

        yield text


def test_on_this_computer_only(message: Message) -> None:
    text, port = message("127.0.0.1", room="Lab 7", max_users=9, downloads=Path("/a/files"))
    assert text.startswith('The room "Lab 7" is open. Press Ctrl-C to close it.\n')
    assert f"join link  chatroom://127.0.0.1:{port}/\n" in text
    assert f"chatroom --server chatroom://127.0.0.1:{port}/\n" in text
    assert f"listening  127.0.0.1:{port}\n" in text
    assert "only this computer" in text
    assert "--host 0.0.0.0" in text
    assert "at most 9" in text
    assert "/a/files" in text


def test_on_the_network_without_a_password(message: Message) -> None:
    text, port = message("0.0.0.0")
    assert "everybody on the network" in text
    assert "--password-file" in text
    assert "chatroom://0.0.0.0" not in text, "others need an address that they can reach"
    assert f":{port}/" in text


def test_on_the_network_with_a_password(message: Message) -> None:
    text, _ = message("0.0.0.0", password="secret")
    assert "everybody on the network who knows the password" in text
    assert "secret" not in text
