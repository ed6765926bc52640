"""Values and stand-ins for the tests of the client."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Literal

from msgspec import structs

from client_mvc.network import api, api_files
from shared import messages
from shared.identity import ServerIdentity
from shared.joinlink import Address
from shared.problems import Problem

ADDRESS = Address("localhost", 18000)
AT = "2026-11-22T08:00:00.000Z"
SHA_OF_HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


def welcome(
    seq: int = 0,
    *,
    token: str = "t1",
    reset: bool = False,
    you: str = "alice",
    members: Sequence[str] = (),
    text: int = 8000,
    file: int = 1000,
    journal: str = "",
    **more: Any,
) -> messages.Welcome:
    made = messages.Welcome(
        you=you,
        token=token,
        seq=seq,
        reset=reset,
        max_users=3,
        limits=messages.Limits(text, file),
        room="lobby",
        journal=journal,
        members=[messages.MemberInfo(name, AT) for name in members or (you,)],
    )
    return structs.replace(made, **more)


def said(
    seq: int, text: str = "hi", *, name: str = "bob", id: str | None = None, at: str = AT
) -> messages.Said:
    if id is None:
        return messages.Said(seq=seq, at=at, name=name, text=text)
    return messages.Said(seq=seq, at=at, name=name, text=text, id=id)


def events(first: int, last: int) -> list[messages.Said]:
    """Numbered messages."""
    return [said(seq, f"message {seq}") for seq in range(first, last + 1)]


def shared(
    seq: int,
    *,
    name: str = "bob",
    id: str = "f1",
    size: int = 5,
    sha256: str = SHA_OF_HELLO,
    preview: str = "hello",
    called: str = "notes.txt",
    key: str | None = None,
) -> messages.Shared:
    file = messages.File(id, called, size, sha256, 1, preview, f"/files/{id}/notes.txt")
    if key is None:
        return messages.Shared(seq=seq, at=AT, name=name, file=file)
    return messages.Shared(seq=seq, at=AT, name=name, file=file, id=key)


def joined(seq: int, name: str = "bob", at: str = AT) -> messages.Joined:
    return messages.Joined(seq=seq, at=at, name=name)


def left(seq: int, name: str = "bob", reason: str = "quit") -> messages.Left:
    return messages.Left(seq=seq, at=AT, name=name, reason=reason)


def failure(reason: str, code: str = "of tomorrow") -> Problem:
    """A problem that is shown as `reason`."""
    return Problem(code, {"reason": reason})


class FakeNetwork:
    """Remembers what it was asked for; tests play the news."""

    def __init__(self) -> None:
        self.joins: list[api.JoinOptions] = []
        self.session = 0
        self.sent: list[api.OutgoingMessage] = []
        self.asked: list[str] = []
        self.reports: list[str] = []
        self.questions: list[api.Query] = []
        self.uploads: list[tuple[str, Path]] = []
        self.downloads: list[api_files.DownloadRequest] = []
        self.downloaded_from: list[ServerIdentity] = []
        self.downloaded_room: list[str] = []
        self.fetched: list[messages.File] = []
        self.pictures: list[tuple[str, bool]] = []
        self.discovers: list[Address] | None = None
        self.invites: list[tuple[ServerIdentity, str]] = []

    def connect(self, session: int, options: api.JoinOptions) -> None:
        self.session = session
        self.joins.append(options)

    def send(self, message: api.OutgoingMessage) -> None:
        self.sent.append(message)

    def reconnect_now(self) -> None:
        self.asked.append("reconnect_now")

    def leave(self) -> None:
        self.asked.append("leave")

    def typing(self) -> None:
        self.asked.append("typing")

    def fetch_picture(
        self, server: ServerIdentity, file: messages.File, journal: str, whole: bool
    ) -> None:
        self.pictures.append((file.id, whole))

    def report(self, id: str) -> None:
        self.reports.append(id)

    def ask(self, query: api.Query) -> None:
        self.questions.append(query)

    def upload(self, key: str, path: Path) -> None:
        self.uploads.append((key, path))

    def cancel_upload(self, key: str) -> None:
        self.asked.append(f"cancel {key}")

    def download(self, server: ServerIdentity, request: api_files.DownloadRequest) -> None:
        self.downloads.append(request)
        self.downloaded_room.append(request.journal)
        self.downloaded_from.append(server)

    def cancel_download(self, key: str) -> None:
        self.asked.append(f"cancel {key}")

    def fetch(self, server: ServerIdentity, file: messages.File, journal: str = "") -> None:
        self.fetched.append(file)
        self.downloaded_room.append(journal)

    def ask_invite(self, server: ServerIdentity, journal: str) -> None:
        self.invites.append((server, journal))

    def discover(self, known: Sequence[Address]) -> None:
        self.discovers = list(known)

    def stop_discovering(self) -> None:
        self.discovers = None

    def look_further(self) -> None:
        self.asked.append("look_further")

    def stop_looking(self) -> None:
        self.asked.append("stop_looking")


class FakeDesktop:
    """A desktop that remembers; tests say how it looks."""

    def __init__(self) -> None:
        self.dark: bool | None = None
        self.can_notify = True
        self.can_follow = True
        self.looks = 0
        self.notified: list[tuple[str, str]] = []
        self.withdrawn = 0

    def notify(self, title: str, text: str) -> None:
        self.notified.append((title, text))

    def withdraw(self) -> None:
        self.withdrawn += 1

    def look(self) -> None:
        self.looks += 1


class FakeKeyring:
    """A keyring that answers at once, or later while it is `locked`; `fails` when told to."""

    def __init__(self) -> None:
        self.state: Literal["missing", "unknown", "none", "ready"] = "ready"
        self.passwords: dict[str, str] = {}
        self.locked = self.fails = False
        self.looks = 0
        self.reads: list[str] = []
        self._waiting: list[tuple[Future[Any], Callable[[], object]]] = []

    def look(self) -> None:
        self.looks += 1

    def read(self, key: str) -> Future[str | None]:
        self.reads.append(key)
        return self._do(lambda: self.passwords.get(key))

    def store(self, key: str, password: str) -> Future[None]:
        return self._do(lambda: self.passwords.__setitem__(key, password))

    def delete(self, key: str) -> Future[None]:
        return self._do(lambda: self.passwords.pop(key, None) and None)

    def unlock(self) -> None:
        """Do all that waits."""
        self.locked, waiting = False, self._waiting
        self._waiting = []
        for future, work in waiting:
            self._settle(future, work)

    def _do(self, work: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        if self.locked:
            self._waiting.append((future, work))
        else:
            self._settle(future, work)
        return future

    def _settle(self, future: Future[Any], work: Callable[[], object]) -> None:
        if not future.set_running_or_notify_cancel():
            return
        if self.fails:
            future.set_exception(OSError("locked"))
        else:
            future.set_result(work())
