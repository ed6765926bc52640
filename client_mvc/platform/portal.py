"""The file dialogs of a Linux desktop, which xdg-desktop-portal shows for other programs.

It is asked over D-Bus (interface org.freedesktop.portal.FileChooser), with the library of the
extra `desktop`. Each question has a thread of its own, since a person may take any time.
"""

import asyncio
import importlib.util
import logging
import os
import sys
import threading
import urllib.parse
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

ANSWER_WITHIN = 3.0
"""Seconds until a portal that does not open a dialog counts as missing."""

_NAME = "org.freedesktop.portal.Desktop"
_PATH = "/org/freedesktop/portal/desktop"
_REQUEST = "org.freedesktop.portal.Request"

type Value = bool | str | bytes


class Portal:
    """`usable`: whether it makes sense to ask; False after a portal did not answer."""

    def __init__(self) -> None:
        has_library = importlib.util.find_spec("dbus_fast") is not None
        has_bus = "DBUS_SESSION_BUS_ADDRESS" in os.environ
        self.usable = sys.platform == "linux" and has_library and has_bus

    def ask(
        self,
        method: str,
        parent: str,
        title: str,
        options: Mapping[str, Value],
        answer: Callable[[Sequence[Path] | None], object],
    ) -> None:
        """Show a dialog.

        Args:
            method: OpenFile or SaveFile.
            parent: The window that it belongs to, as "x11:" and its id in hexadecimal digits.
            title: The title of the dialog.
            options: As in the description of the interface.
            answer: Called on another thread with the chosen paths: none if the person
                cancelled, and None if there is no portal.
        """

        def run() -> None:
            try:
                answer(asyncio.run(_ask(method, parent, title, options)))
            # The library, the bus and the portal fail in many ways; none matters here.
            except Exception as error:  # noqa: BLE001
                self.usable = False
                log.info("portal unavailable error=%s", error or type(error).__name__)
                answer(None)

        threading.Thread(target=run, name="portal", daemon=True).start()


async def _ask(
    method: str, parent: str, title: str, options: Mapping[str, Value]
) -> list[Path]:
    from dbus_fast.aio import MessageBus  # noqa: PLC0415

    bus = await asyncio.wait_for(MessageBus().connect(), ANSWER_WITHIN)
    try:
        return await _ask_on(bus, method, parent, title, options)
    finally:
        bus.disconnect()


async def _ask_on(
    bus: Any, method: str, parent: str, title: str, options: Mapping[str, Value]
) -> list[Path]:
    from dbus_fast import Message, Variant  # noqa: PLC0415

    answered: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
    token = f"chatroom_{uuid.uuid4().hex}"
    handles = {f"{_PATH}/request/{bus.unique_name[1:].replace('.', '_')}/{token}"}

    def heard(message: Message) -> None:
        mine = message.path in handles and message.interface == _REQUEST
        if mine and message.member == "Response" and not answered.done():
            answered.set_result(message.body)

    bus.add_message_handler(heard)
    # Before the question, so that no answer is missed.
    rule = f"type='signal',sender='{_NAME}',interface='{_REQUEST}',member='Response'"
    bus_name = "org.freedesktop.DBus"
    await _call(
        bus,
        Message(
            destination=bus_name, path="/org/freedesktop/DBus", interface=bus_name,
            member="AddMatch", signature="s", body=[rule],
        ),
    )  # fmt: skip
    signatures = {bool: "b", str: "s", bytes: "ay"}
    values = {name: Variant(signatures[type(each)], each) for name, each in options.items()}
    values["handle_token"] = Variant("s", token)
    reply = await _call(
        bus,
        Message(
            destination=_NAME, path=_PATH, interface="org.freedesktop.portal.FileChooser",
            member=method, signature="ssa{sv}", body=[parent, title, values],
        ),
    )  # fmt: skip
    handles.add(str(reply[0]))  # older portals choose it themselves
    lost = asyncio.ensure_future(bus.wait_for_disconnect())
    await asyncio.wait((answered, lost), return_when=asyncio.FIRST_COMPLETED)
    lost.cancel()
    response, results = answered.result() if answered.done() else (2, {})
    return paths(results["uris"].value) if response == 0 and "uris" in results else []


async def _call(bus: Any, message: Any) -> list[Any]:
    from dbus_fast import MessageType  # noqa: PLC0415

    reply = await asyncio.wait_for(bus.call(message), ANSWER_WITHIN)
    if reply.message_type is MessageType.ERROR:
        raise ConnectionError(reply.error_name)
    return list(reply.body)


def paths(uris: Sequence[str]) -> list[Path]:
    """Return the files that file URIs name (RFC 8089); others are left out."""
    found = []
    for uri in uris:
        parts = urllib.parse.urlsplit(uri)
        if parts.scheme == "file" and parts.netloc in ("", "localhost"):
            # Not `parts.path`: `?` and `#` are escaped in these URIs, or part of the name.
            path = uri.partition("://")[2].removeprefix(parts.netloc)
            found.append(Path(os.fsdecode(urllib.parse.unquote_to_bytes(path))))
    return found
