"""A person without a window: the client's network thread and outbox, driven line by line.

`python -m tests.faults.bot NAME SERVER OUTBOX HISTORY`; commands come on standard input:

    say COUNT PAUSE   say so many messages, so many seconds apart
    share COUNT PAUSE share so many files, so many seconds apart
    members           write down who is shown as being in the room
    leave             leave for good, and end
    (end of input)    end, as when a laptop is closed

What it did and saw goes to HISTORY, a line at a time, so that it may be killed at any moment
and started again on the same outbox. It does as the controller does, and decides nothing else.
"""

import contextlib
import hashlib
import io
import logging
import os
import sys
import threading
import time
import uuid
import zlib
from collections.abc import AsyncGenerator, Callable
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO
from unittest.mock import patch

import aiohttp

from client_mvc.model.members import Members
from client_mvc.model.outbox import Outbox
from client_mvc.network import api, uploads, websocket
from client_mvc.network.thread import NetworkThread
from shared import joinlink, messages
from shared.joinlink import Address
from tests.faults import history

KEEP_PLACE_EVERY = 1.0
AGAIN_AFTER = 0.2
"""So long a person looks at the dialog before trying once more."""
MOST_UNSAID = 200
MOST_UNSHARED = 20
RETRIED_AFTER = 1.0
"""So long a person looks at a file that was refused before pressing Retry."""
LINES = 10_000
"""Of a file, at most."""
PIECE, PIECE_TAKES = 8192, 0.02


class Tapped(websocket.ClientWebSocket):
    """The client's socket; events from the server are noted before the client sees them."""

    note: Callable[[history.Record], None]
    sockets = 0

    def __init__(
        self, http: aiohttp.ClientSession, address: Address, *, ask_room: bool = False
    ) -> None:
        super().__init__(http, address, ask_room=ask_room)
        Tapped.sockets += 1
        self._number = Tapped.sockets
        self._after: int | None = None

    def send(self, request: messages.Request) -> None:
        if isinstance(request, messages.Join):
            self._after = request.after
        super().send(request)

    async def events(self) -> AsyncGenerator[websocket.SocketEvent]:
        async with contextlib.aclosing(super().events()) as events:
            async for event in events:
                match event:
                    case messages.Welcome(reset=False) if self._after is not None:
                        Tapped.note(history.Resumed(socket=self._number, after=self._after))
                    case (
                        messages.Said()
                        | messages.Shared()
                        | messages.Joined()
                        | messages.Left()
                    ):
                        Tapped.note(history.Wire(socket=self._number, seq=event.seq))
                    case _:
                        pass
                yield event


class Slow(io.FileIO):
    """A file on its way through a slow network, so that faults strike in the middle of it."""

    def read(self, size: int | None = -1, /) -> bytes:
        time.sleep(PIECE_TAKES)
        return super().read(PIECE if size is None else min(size, PIECE))


def slowly(path: Path, most: int, opened: Callable[[Path, int], BinaryIO]) -> Slow:
    """In place of `upload._opened`, which says whether the room may take it."""
    opened(path, most).close()
    return Slow(path)


class Bot:
    """One member. Runs until told to end."""

    def __init__(self, name: str, server: str, folder: Path, note: history.Writer) -> None:
        self._name = name
        self._address = joinlink.parse(server)
        self._note = note
        self._inbox: SimpleQueue[tuple[int, Any]] = SimpleQueue()
        self._network = NetworkThread(self._inbox)
        self._outbox = Outbox(folder)
        self._box = self._outbox.box(str(self._address), name)
        self._members = Members()
        self._visit = 0
        self._in_room = False
        self._life = os.urandom(4).hex()
        self._to_say = 0
        self._said = 0
        self._pause = 0.0
        self._next_say = 0.0
        self._files = folder / f"files of {name}"
        self._to_share = 0
        self._shared = 0
        self._share_pause = 0.0
        self._next_share = 0.0
        self._left_over: set[str] = set()
        self._refused: dict[str, float] = {}
        self._next_keep = 0.0
        self._connect_at: float | None = None
        self._leaving = False
        self._over = False

    def run(self) -> None:
        """From start to end."""
        pid, resumes = os.getpid(), self._box.token is not None
        self._note(history.Started(name=self._name, pid=pid, resumes=resumes))
        for unsent in self._box:
            self._note(history.Holds(id=unsent.id, text=unsent.text))
        self._files.mkdir(parents=True, exist_ok=True)
        for file in self._box.unshared:
            self._note_file(file.key, file.path.read_bytes())
        threading.Thread(target=self._listen, name="commands", daemon=True).start()
        self._network.start()
        self._connect()
        while not self._over:
            with contextlib.suppress(Empty):
                visit_number, told = self._inbox.get(timeout=self._patience())
                if isinstance(told, str):
                    self._command(told.split())
                elif visit_number == self._visit:
                    self._told(told)
            self._tick(time.monotonic())
        self._box.keep_place()
        self._network.stop()
        self._box.close()
        self._outbox.close()

    def _listen(self) -> None:
        for line in sys.stdin:
            self._inbox.put((0, line))
        self._inbox.put((0, "end"))

    def _command(self, words: list[str]) -> None:
        match words:
            case ["say", count, pause]:
                self._to_say, self._pause = self._to_say + int(count), float(pause)
                self._next_say = time.monotonic()
            case ["share", count, pause]:
                self._to_share, self._share_pause = self._to_share + int(count), float(pause)
                self._next_share = time.monotonic()
            case ["members"]:
                self._note(
                    history.Members(away={each.name: each.away for each in self._members})
                )
            case ["leave"]:
                self._leaving = True
                self._network.leave()
            case ["end"]:
                self._over = True
            case _:
                raise ValueError(f"no command: {words}")

    # --- time ------------------------------------------------------------------------------

    def _patience(self) -> float:
        due = [self._next_keep]
        if self._may_say():
            due.append(self._next_say)
        if self._may_share():
            due.append(self._next_share)
        if self._in_room:
            due += self._refused.values()
        if self._connect_at is not None:
            due.append(self._connect_at)
        return max(0.0, min(due) - time.monotonic())

    def _may_say(self) -> bool:
        return self._in_room and self._to_say > 0 and len(self._box) < MOST_UNSAID

    def _may_share(self) -> bool:
        return self._in_room and self._to_share > 0 and len(self._box.unshared) < MOST_UNSHARED

    def _tick(self, now: float) -> None:
        if self._connect_at is not None and now >= self._connect_at:
            self._connect()
        if self._may_say() and now >= self._next_say:
            self._next_say = max(self._next_say + self._pause, now - self._pause)
            self._say()
        if self._may_share() and now >= self._next_share:
            self._next_share = max(self._next_share + self._share_pause, now)
            self._share()
        if self._in_room:
            for key in [key for key, at in self._refused.items() if now >= at]:
                del self._refused[key]
                self._upload({key})
        if now >= self._next_keep:
            self._next_keep = now + KEEP_PLACE_EVERY
            self._box.keep_place()

    def _say(self) -> None:
        self._to_say -= 1
        self._said += 1
        unsent = self._box.add(f"{self._name} {self._life} {self._said} {'·' * 40}")
        self._note(history.Says(id=unsent.id, text=unsent.text))
        self._network.send(api.OutgoingMessage(unsent.id, unsent.text))

    def _share(self) -> None:
        self._to_share -= 1
        self._shared += 1
        key, name = uuid.uuid4().hex, f"{self._name} {self._life} {self._shared}"
        path = self._files / f"{name}.txt"
        data = f"{name}\n".encode() * (1 + zlib.crc32(name.encode()) % LINES)
        path.write_bytes(data)
        self._box.promise([(key, path)])
        self._note_file(key, data)
        self._upload({key})

    def _note_file(self, key: str, data: bytes) -> None:
        self._note(history.Shares(key=key, sha256=hashlib.sha256(data).hexdigest()))

    def _upload(self, keys: set[str]) -> None:
        for file in self._box.unshared:
            if file.key in keys:
                self._network.upload(file.key, file.path)

    def _connect(self) -> None:
        """As the connect dialog does it."""
        self._connect_at = None
        self._left_over = {file.key for file in self._box.unshared}
        self._refused.clear()
        self._visit += 1
        box = self._box
        unsaid = tuple(
            api.OutgoingMessage(one.id, one.text, tried=True) for one in box if not one.problem
        )
        ticket = api.JoinOptions(self._address, self._name, None, box.token, box.after, unsaid)
        self._network.connect(self._visit, ticket)

    # --- what the network tells ------------------------------------------------------------

    def _told(self, told: api.NetworkEvent) -> None:
        match told:
            case api.Welcomed(welcome, forget):
                names = [each.name for each in welcome.members]
                self._note(history.Welcomed(seq=welcome.seq, members=names, forget=forget))
                self._members.snapshot(welcome.you, welcome.members, welcome.seq)
                self._box.welcomed(welcome.token, welcome.seq, forget=forget)
                self._in_room = True
            case api.EventReceived(event):
                self._note(history.Saw(event=event))
                self._members.apply(event)
                self._box.seen(event.seq)
                if isinstance(event, messages.Shared) and event.name == self._name:
                    self._delivered(str(event.id))
            case api.UploadDone(key):
                self._delivered(key)
            case api.UploadFailed(key, problem):
                self._note(history.Refused(key=key, reason=problem.reason))
                self._refused[key] = time.monotonic() + RETRIED_AFTER
            case api.MessageConfirmed(id):
                self._note(history.Confirmed(id=id))
                self._box.said(id)
            case api.MessageFailed(id, problem):
                self._note(history.Failed(id=id, reason=problem.reason))
                self._box.failed(id, problem.reason)
            case messages.Presence():
                self._members.presence(told)
            case api.MembershipEnded():
                self._ended(told)
            case _:
                self._noted_only(told)

    def _delivered(self, key: str) -> None:
        """As the room says, or shows."""
        for path in [file.path for file in self._box.unshared if file.key == key]:
            self._note(history.Delivered(key=key))
            self._box.unshared.remove(key)
            path.unlink()

    def _noted_only(self, told: api.NetworkEvent) -> None:
        match told:
            case api.CaughtUp():
                self._note(history.CaughtUp())
                self._upload(self._left_over)
                self._left_over = set()
            case api.Disconnected(problem):
                self._note(history.Lost(reason=problem.reason))
            case api.MessageDelayed(id, problem):
                self._note(history.Waits(id=id, reason=problem.reason))
            case api.RequestFailed(id, problem):
                self._note(history.Broken(error=f"request {id}: {problem.reason}"))
            case _:
                pass

    def _ended(self, ended: api.MembershipEnded) -> None:
        reason = ended.problem.reason if ended.problem else ""
        self._note(history.Ended(why=ended.why, reason=reason))
        self._in_room = False
        self._box.keep_place()
        if ended.clean:
            self._box.left()
        if self._leaving:
            self._over = True
        else:
            self._connect_at = time.monotonic() + AGAIN_AFTER


class _Errors(logging.Handler):
    """What is logged as an error is a finding."""

    def __init__(self, note: history.Writer) -> None:
        super().__init__(logging.ERROR)
        self._note = note

    def emit(self, record: logging.LogRecord) -> None:
        self._note(history.Broken(error=self.format(record)))


def main() -> None:
    name, server, folder, path = sys.argv[1:]
    note = history.Writer(Path(path))
    logging.getLogger().addHandler(_Errors(note))
    Tapped.note = note
    through = partial(slowly, opened=uploads._opened)
    with (
        patch("client_mvc.network.session.ClientWebSocket", Tapped),
        patch("client_mvc.network.uploads._opened", through),
    ):
        Bot(name, server, Path(folder), note).run()


if __name__ == "__main__":
    main()
