"""The portal's file dialogs, with a D-Bus connection that a test plays."""

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from dbus_fast import Message, MessageType, Variant

from client_mvc.platform.portal import Portal, paths

WITHIN = 10.0
REQUEST = "org.freedesktop.portal.Request"


class Bus:
    """Replaces `MessageBus`; `answers` makes the signals that follow a question."""

    unique_name = ":1.23"
    fails: Exception | None = None
    refuses = False
    asked: list[Message]
    answers: Callable[[str], Sequence[Message]]

    async def connect(self) -> "Bus":
        if self.fails is not None:
            raise self.fails
        return self

    def add_message_handler(self, handler: Callable[[Message], None]) -> None:
        self._handler = handler

    async def call(self, message: Message) -> Message:
        message.serial, message.sender = 1, self.unique_name
        if message.member == "AddMatch":
            return Message.new_method_return(message)
        self.asked.append(message)
        if self.refuses:
            return Message.new_error(message, "org.freedesktop.DBus.Error.ServiceUnknown", "")
        token = message.body[2]["handle_token"].value
        handle = f"/org/freedesktop/portal/desktop/request/1_23/{token}"
        for answer in type(self).answers(handle):
            asyncio.get_running_loop().call_soon(self._handler, answer)
        return Message.new_method_return(message, "o", [handle])

    async def wait_for_disconnect(self) -> None:
        await asyncio.Event().wait()

    def disconnect(self) -> None:
        pass


def response(path: str, code: int, *uris: str) -> Message:
    return Message(
        message_type=MessageType.SIGNAL,
        path=path,
        interface=REQUEST,
        member="Response",
        signature="ua{sv}",
        body=[code, {"uris": Variant("as", list(uris))}],
    )


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> type[Bus]:
    Bus.fails, Bus.refuses, Bus.asked = None, False, []
    Bus.answers = staticmethod(lambda handle: [response(handle, 0, "file:///tmp/a.txt")])
    monkeypatch.setattr("dbus_fast.aio.MessageBus", Bus)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    return Bus


def ask(portal: Portal, **options: Any) -> Sequence[Path] | None:
    answers: SimpleQueue[Sequence[Path] | None] = SimpleQueue()
    portal.ask("OpenFile", "x11:2a", "Share files", options, answers.put)
    return answers.get(timeout=WITHIN)


def test_the_chosen_files(bus: type[Bus]) -> None:
    assert ask(Portal(), multiple=True, current_folder=b"/tmp\0") == [Path("/tmp/a.txt")]
    (question,) = bus.asked
    parent, title, options = question.body
    assert (question.member, parent, title) == ("OpenFile", "x11:2a", "Share files")
    assert options["multiple"] == Variant("b", True)
    assert options["current_folder"] == Variant("ay", b"/tmp\0")


def test_a_cancelled_dialog_gives_no_files(bus: type[Bus]) -> None:
    bus.answers = staticmethod(lambda handle: [response(handle, 1, "file:///tmp/a.txt")])
    portal = Portal()
    assert ask(portal) == []
    assert portal.usable


def test_answers_to_others_are_ignored(bus: type[Bus]) -> None:
    bus.answers = staticmethod(
        lambda handle: [
            response(handle + "x", 0, "file:///etc/passwd"),
            response(handle, 0, "file:///tmp/a.txt"),
        ]
    )
    assert ask(Portal()) == [Path("/tmp/a.txt")]


@pytest.mark.parametrize("how", ["no bus", "no portal"])
def test_without_a_portal_it_is_not_asked_again(bus: type[Bus], how: str) -> None:
    if how == "no bus":
        bus.fails = FileNotFoundError(2, "No such file or directory")
    else:
        bus.refuses = True
    portal = Portal()
    assert portal.usable
    assert ask(portal) is None
    assert not portal.usable


def test_without_a_session_bus_it_is_not_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    assert not Portal().usable


def test_uris_become_paths() -> None:
    uris = ["file:///a%20b/%C3%B6?%23.txt", "file://localhost/%FF", "https://example.org/x"]
    assert [os.fsencode(path) for path in paths(uris)] == ["/a b/ö?#.txt".encode(), b"/\xff"]
