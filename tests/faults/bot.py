"""A client without a window: the network thread and outbox of the client, driven line by line.

`python -m tests.faults.bot NAME SERVERS OUTBOX HISTORY`. SERVERS are the hosts of a room, such
as `127.0.0.1:20001=18000,127.0.0.1:20002=18001`: a proxy for each, and the port behind it. The
bot joins at the first. When it loses that, it goes on to those that `welcome.hosts` names, and
resumes there. Commands come on standard input:

    send COUNT PAUSE    send COUNT messages, PAUSE seconds apart
    upload COUNT PAUSE  upload COUNT files, PAUSE seconds apart
    members             record the members shown
    leave               leave the room, and end
    (end of input)      end, as when a laptop is closed

The bot records its actions and the events it receives in HISTORY, a line at a time, so that it
may be killed at any moment and started again on the same outbox. It does what the controller
does, and decides nothing else.
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
from collections.abc import AsyncGenerator, Callable, Mapping
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO
from unittest.mock import patch
from urllib.parse import urlsplit

import aiohttp
from msgspec import structs

from client_mvc.model.members import Members
from client_mvc.model.outbox import Outbox
from client_mvc.network import api, api_files, uploads, websocket
from client_mvc.network.thread import NetworkThread
from shared import joinlink, messages
from shared.joinlink import Address
from tests.faults import history
from tests.faults.bot_changes import Changes

SAVE_POSITION_EVERY = 1.0
RECONNECT_AFTER = 0.2
"""Seconds until a member tries to connect again after the session ended."""
MOST_UNSENT = 200
MOST_QUEUED = 20
RETRY_AFTER = 1.0
"""Seconds until a member retries a file that was refused."""
LINES = 10_000
"""The most lines of a file."""
PIECE, PIECE_SECONDS = 8192, 0.02


class RecordingWebSocket(websocket.ClientWebSocket):
    """The client's socket; it records each event before the client handles it."""

    record: Callable[[history.Record], None]
    accepted: Callable[[str], None]
    behind: Mapping[int, Address]
    sockets = 0

    def __init__(
        self,
        http: aiohttp.ClientSession,
        address: Address,
        trust: api.Trust,
        within: float | None = None,
        several: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(http, address, trust, within, several)
        RecordingWebSocket.sockets += 1
        self._number = RecordingWebSocket.sockets
        self._after: int | None = None

    def send(self, request: messages.Request) -> None:
        if isinstance(request, messages.Join):
            self._after = request.after
        super().send(request)

    async def events(self) -> AsyncGenerator[websocket.SocketEvent]:
        record, number = RecordingWebSocket.record, self._number
        async with contextlib.aclosing(super().events()) as events:
            async for event in events:
                if isinstance(event, messages.Welcome) and event.hosts:
                    event = _proxied(event, RecordingWebSocket.behind)  # noqa: PLW2901
                match event:
                    case messages.Welcome(reset=False) if self._after is not None:
                        record(history.ResumePromised(socket=number, after=self._after))
                    case messages.Accepted(id=id):
                        RecordingWebSocket.accepted(id)
                    case messages.Welcome():
                        pass  # its `seq` is that of another event
                    case _ if (seq := getattr(event, "seq", None)) is not None:
                        record(history.EventArrived(socket=number, seq=seq))
                    case _:
                        pass
                yield event


def _proxied(welcome: messages.Welcome, behind: Mapping[int, Address]) -> messages.Welcome:
    """Replace the URLs of the hosts by those of the proxies before them."""
    urls = [f"http://{behind[urlsplit(url).port or 0]}" for url in welcome.hosts or ()]
    return structs.replace(welcome, hosts=urls)


class SlowFile(io.FileIO):
    """A file that is read slowly, so that faults strike in the middle of its upload."""

    def read(self, size: int | None = -1, /) -> bytes:
        time.sleep(PIECE_SECONDS)
        return super().read(PIECE if size is None else min(size, PIECE))


def open_slowly(
    path: Path, most: int, accepted: str, opened: Callable[[Path, int, str], BinaryIO]
) -> SlowFile:
    """Replace `uploads._opened`, which checks whether the server may take the file."""
    opened(path, most, accepted).close()
    return SlowFile(path)


class Bot:
    """One member. Runs until it gets the command to end."""

    def __init__(
        self, name: str, servers: str, folder: Path, record: history.HistoryWriter
    ) -> None:
        self._name = name
        ways = [each.partition("=") for each in servers.split(",")]
        behind = {int(port): joinlink.parse(way).address for way, _, port in ways}
        self._hosts = list(behind.values())
        self._record = record
        self._inbox: SimpleQueue[tuple[int, Any]] = SimpleQueue()
        self._network = NetworkThread(self._inbox)
        self._outbox = Outbox(folder)
        self._box = self._outbox.box(str(self._hosts[0]), name)
        self._members = Members()
        self._session = 0
        self._in_room = False
        self._run_id = os.urandom(4).hex()
        self._to_send = 0
        self._sent = 0
        self._held: int | None = None
        self._pause = 0.0
        self._next_send = 0.0
        self._files = folder / f"files of {name}"
        self._to_upload = 0
        self._uploaded = 0
        self._upload_pause = 0.0
        self._next_upload = 0.0
        self._unfinished: set[str] = set()
        self._refused: dict[str, float] = {}
        self._next_keep = 0.0
        self._connect_at: float | None = None
        self._changes = Changes(self._network, record)
        RecordingWebSocket.accepted = lambda key: self._inbox.put((0, f"accepted {key}"))
        RecordingWebSocket.behind = behind
        self._leaving = False
        self._done = False

    def run(self) -> None:
        """Run from start to end."""
        pid, resumes = os.getpid(), self._box.token is not None
        self._record(history.BotStarted(name=self._name, pid=pid, resumes=resumes))
        for unsent in self._box:
            self._record(history.MessageKept(id=unsent.id, text=unsent.text))
        self._files.mkdir(parents=True, exist_ok=True)
        for file in self._box.uploads:
            self._record_file(file.key, file.path.read_bytes())
        threading.Thread(target=self._read_commands, name="commands", daemon=True).start()
        self._network.start()
        self._connect()
        while not self._done:
            with contextlib.suppress(Empty):
                session_number, received = self._inbox.get(timeout=self._timeout())
                if isinstance(received, str):
                    self._command(received.split())
                elif session_number == self._session:
                    self._handle(received)
            self._tick(time.monotonic())
        self._box.save_position()
        self._network.stop()
        self._box.close()
        self._outbox.close()

    def _read_commands(self) -> None:
        for line in sys.stdin:
            self._inbox.put((0, line))
        self._inbox.put((0, "end"))

    def _command(self, command: list[str]) -> None:
        match command:
            case ["send", count, pause]:
                self._to_send, self._pause = self._to_send + int(count), float(pause)
                self._next_send = time.monotonic()
            case ["upload", count, pause]:
                self._to_upload, self._upload_pause = self._to_upload + int(count), float(pause)
                self._next_upload = time.monotonic()
            case ["members"]:
                self._record(
                    history.MembersShown(away={each.name: each.away for each in self._members})
                )
            case ["accepted", *id]:
                self._changes.confirmed(" ".join(id))
            case ["leave"]:
                self._leaving = True
                self._network.leave()
            case ["end"]:
                self._done = True
            case _:
                raise ValueError(f"unknown command: {command}")

    # --- time ------------------------------------------------------------------------------

    def _timeout(self) -> float:
        due = [self._next_keep]
        if self._may_send():
            due.append(self._next_send)
        if self._may_upload():
            due.append(self._next_upload)
        if self._in_room:
            due += self._refused.values()
            due += self._changes.due
        if self._connect_at is not None:
            due.append(self._connect_at)
        return max(0.0, min(due) - time.monotonic())

    def _may_send(self) -> bool:
        return self._in_room and self._to_send > 0 and len(self._box) < MOST_UNSENT

    def _may_upload(self) -> bool:
        return self._in_room and self._to_upload > 0 and len(self._box.uploads) < MOST_QUEUED

    def _tick(self, now: float) -> None:
        if self._connect_at is not None and now >= self._connect_at:
            self._connect()
        if self._may_send() and now >= self._next_send:
            self._next_send = max(self._next_send + self._pause, now - self._pause)
            self._send_next()
        if self._may_upload() and now >= self._next_upload:
            self._next_upload = max(self._next_upload + self._upload_pause, now)
            self._upload_next()
        if self._in_room:
            for key in [key for key, at in self._refused.items() if now >= at]:
                del self._refused[key]
                self._upload({key})
            self._changes.tick(now)
        if now >= self._next_keep:
            self._next_keep = now + SAVE_POSITION_EVERY
            self._box.save_position()

    def _send_next(self) -> None:
        self._to_send -= 1
        self._sent += 1
        unsent = self._box.add(f"{self._name} {self._run_id} {self._sent} {'·' * 40}")
        self._record(history.MessageSent(id=unsent.id, text=unsent.text))
        self._network.send(api.OutgoingMessage(unsent.id, unsent.text))
        self._changes.sent_one()

    def _upload_next(self) -> None:
        self._to_upload -= 1
        self._uploaded += 1
        key, name = uuid.uuid4().hex, f"{self._name} {self._run_id} {self._uploaded}"
        path = self._files / f"{name}.txt"
        data = f"{name}\n".encode() * (1 + zlib.crc32(name.encode()) % LINES)
        path.write_bytes(data)
        self._box.queue_uploads([(key, path)])
        self._record_file(key, data)
        self._upload({key})

    def _record_file(self, key: str, data: bytes) -> None:
        self._record(history.FileQueued(key=key, sha256=hashlib.sha256(data).hexdigest()))

    def _upload(self, keys: set[str]) -> None:
        for file in self._box.uploads:
            if file.key in keys:
                self._network.upload(file.key, file.path)

    def _connect(self) -> None:
        """Connect as the connect dialog does."""
        self._connect_at = None
        self._unfinished = {file.key for file in self._box.uploads}
        self._refused.clear()
        self._session += 1
        box = self._box
        unsaid = tuple(
            api.OutgoingMessage(one.id, one.text, tried=True) for one in box if not one.problem
        )
        after = box.after if self._held is None else self._held
        address, *others = self._hosts
        options = api.JoinOptions(
            address, self._name, None, box.token, after, unsaid, others=others
        )
        self._network.connect(self._session, options)

    # --- events of the network -------------------------------------------------------------

    def _handle(self, network_event: api.NetworkEvent) -> None:
        match network_event:
            case api.Welcomed(welcome, forget):
                names = [each.name for each in welcome.members]
                host, *_ = welcome.hosts or [""]
                self._record(
                    history.RoomEntered(
                        seq=welcome.seq, members=names, forget=forget, host=host
                    )
                )
                self._members.snapshot(welcome.members, welcome.seq)
                self._changes.welcomed(welcome.member or 0)
                self._box.welcomed(welcome.token, welcome.seq, forget=forget)
                self._in_room = True
            case api.EventReceived(event):
                self._record(history.shown(event))
                self._members.apply(event)
                self._changes.shown(event)
                self._box.seen(event.seq)
                self._held = event.seq
                if isinstance(event, messages.Shared) and event.name == self._name:
                    self._delivered(str(event.id))
            case api_files.UploadDone(key):
                self._delivered(key)
            case api_files.UploadFailed(key, problem):
                self._record(history.FileRefused(key=key, reason=problem.reason))
                self._refused[key] = time.monotonic() + RETRY_AFTER
            case api.MessageConfirmed(id):
                self._record(history.MessageAcknowledged(id=id))
                self._box.remove(id)
            case api.MessageFailed(id, problem):
                self._record(history.MessageRejected(id=id, reason=problem.reason))
                self._box.failed(id, problem.reason)
            case messages.Presence():
                self._members.presence(network_event)
            case api.MembershipEnded():
                self._end_session(network_event)
            case _:
                self._record_only(network_event)

    def _delivered(self, key: str) -> None:
        """Remove a file whose upload the server confirmed or showed."""
        for path in [file.path for file in self._box.uploads if file.key == key]:
            self._record(history.FileDelivered(key=key))
            self._box.uploads.remove(key)
            path.unlink()

    def _record_only(self, network_event: api.NetworkEvent) -> None:
        match network_event:
            case api.CaughtUp():
                self._record(history.ReplayEnded())
                self._upload(self._unfinished)
                self._changes.caught_up()
                self._unfinished = set()
            case api.Disconnected(problem):
                self._record(history.ConnectionLost(reason=problem.reason))
            case api.MessageDelayed(id, problem):
                self._record(history.MessageWaits(id=id, reason=problem.reason))
            case api.RequestFailed(id, problem) if not self._changes.failed(id, problem):
                self._record(history.ErrorLogged(error=f"request {id}: {problem.reason}"))
            case _:
                pass

    def _end_session(self, ended: api.MembershipEnded) -> None:
        reason = ended.problem.reason if ended.problem else ""
        self._record(history.SessionEnded(why=ended.why, reason=reason))
        self._in_room = False
        self._box.save_position()
        if ended.clean:
            self._box.left()
        if self._leaving:
            self._done = True
        else:
            self._connect_at = time.monotonic() + RECONNECT_AFTER


class _ErrorRecorder(logging.Handler):
    """Record logged errors, which are findings."""

    def __init__(self, record: history.HistoryWriter) -> None:
        super().__init__(logging.ERROR)
        self._record = record

    def emit(self, record: logging.LogRecord) -> None:
        self._record(history.ErrorLogged(error=self.format(record)))


def main() -> None:
    name, servers, folder, path = sys.argv[1:]
    record = history.HistoryWriter(Path(path))
    logging.getLogger().addHandler(_ErrorRecorder(record))
    RecordingWebSocket.record = record
    opener = partial(open_slowly, opened=uploads._opened)
    with (
        patch("client_mvc.network.session.ClientWebSocket", RecordingWebSocket),
        patch("client_mvc.network.uploads._opened", opener),
    ):
        Bot(name, servers, Path(folder), record).run()


if __name__ == "__main__":
    main()
