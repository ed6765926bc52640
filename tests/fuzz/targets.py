"""The targets of fuzzing: one function for each parser of untrusted bytes.

Those that read the files of the data folder are in `storage_targets`.

Each accepts any bytes and raises only on a bug: it catches the errors that the parser
documents, and asserts what must hold of the result.
"""

import io
import os
import ssl
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout, suppress
from functools import cache
from unittest import mock

import msgspec
from aiohttp.multipart import BadContentDispositionHeader, BadContentDispositionParam

from server.cli import commands
from server.files.folder import Folder
from server.files.incoming import INCOMING
from server.files.text_detection import NotTextError
from server.files.upload import Kept
from server.processes import main_process
from server.protocols.http.disposition import file_name as file_name_of
from server.room import ipc
from server.settings import Settings
from server.tls import certificate
from shared import codec, joinlink, limits, messages, names, texts
from shared import emoji as emojis
from shared import standing as changes
from shared.file_names import safe_name
from tests.fuzz.protocols import FuzzFailure, WorkerProtocols, text_frame
from tests.fuzz.registry import assert_one_line, resources, target, text_of, work_folder

CHANGES = changes.Change.__value__
_PIECES = (1 << 20, 1, 2, 3, 5, 7, 64, 1000)

HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: room.local:18000\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chatroom.v1\r\n\r\n"
)
JOIN = text_frame(b'{"type":"join","name":"ada"}')


@cache
def _protocols() -> WorkerProtocols:
    home = work_folder() / "protocols"
    home.mkdir()
    resources.callback(_protocols.cache_clear)
    return resources.enter_context(closing(WorkerProtocols(home)))


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence aiohttp's warnings about invalid headers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BadContentDispositionHeader)
        warnings.simplefilter("ignore", BadContentDispositionParam)
        yield


# --- protocols: the first byte selects the pieces, and how the connection ends -----------


def _exchange(first: int, data: bytes, *, tls: bool = False) -> None:
    with _quiet():
        _protocols().exchange(data, _PIECES[first % 8], patient=not first & 8, tls=tls)


@target
def http(data: bytes) -> None:
    """Parse the bytes of a connection from its start."""
    _exchange(data[0] if data else 0, data[1:])


@target
def tls(data: bytes) -> None:
    """Parse the bytes of a connection that begins as TLS does."""
    _exchange(data[0] if data else 0, b"\x16" + data[1:])


@target
def inside_tls(data: bytes) -> None:
    """Parse what a client sends over TLS."""
    _exchange(data[0] if data else 0, data[1:], tls=True)


@target
def x509(data: bytes) -> None:
    """Read a certificate of the person's own."""
    try:
        facts = certificate.read(data)
        certificate.read(ssl.DER_cert_to_PEM_cert(data).encode())
    except ValueError as problem:
        assert_one_line(problem)
    else:
        assert len(facts.key) == 43


@target
def websocket(data: bytes) -> None:
    """Parse the bytes after a WebSocket handshake."""
    _exchange(data[0] if data else 0, HANDSHAKE + data[1:])


@target
def conversation(data: bytes) -> None:
    """Handle the text frames of a member, one a line."""
    frames = b"".join(map(text_frame, data[1:].split(b"\n")))
    _exchange(data[0] if data else 0, HANDSHAKE + JOIN + frames)


@target
def upload(data: bytes) -> None:
    """Handle an upload: header lines, an empty line, the file."""
    head, _, body = data[1:].partition(b"\n\n")
    lines = [
        b"POST /files HTTP/1.1",
        b"Host: room.local",
        b"Authorization: Bearer secret",
        b"Content-Length: %d" % len(body),
        *head.split(b"\n"),
    ]
    _exchange(data[0] if data else 0, b"\r\n".join(lines) + b"\r\n\r\n" + body)


# --- messages ----------------------------------------------------------------------------


@target
def request(data: bytes) -> None:
    """Decode the JSON of a client."""
    try:
        message = codec.decode_request(data)
    except codec.BadMessage as problem:
        _assert_round_trip(messages.error(problem.problem, problem.id))
        return
    assert codec.decode_request(codec.encode(message)) == message


@target
def from_server(data: bytes) -> None:
    """Decode the JSON of a server, as aiohttp hands it to the client."""
    try:
        message = codec.decode_from_server(data.decode("utf-8", "replace"))
    except msgspec.DecodeError:
        return
    _assert_round_trip(message)


def _assert_round_trip(message: messages.AnyEvent | messages.Reply | None) -> None:
    """Check that a message is the same after encoding and decoding."""
    match message:
        case None:  # an unknown type that is not an event
            return
        case messages.UnknownEvent():
            data = message.raw
        case messages.History() | messages.Found():
            for event in message.events:
                _assert_round_trip(event)
            data = codec.encode(msgspec.structs.replace(message, events=[]))
            message = codec.decode_from_server(data)
        case _:
            data = codec.encode(message)
    assert codec.decode_from_server(data) == message


@target
def standing(data: bytes) -> None:
    """Carry out changes of messages, one event a line, twice: what is known makes no change."""
    events = []
    for line in data.split(b"\n"):
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            events.append(codec.decode_event(line))
    sent = {one.seq: one for one in events if isinstance(one, messages.Said | messages.Shared)}
    ends = []
    for _ in range(2):
        for change in events:
            if isinstance(change, CHANGES) and change.target in sent:
                before = sent[change.target]
                now = sent[change.target] = changes.changed(before, change)
                assert not before.deleted or now == before
                assert codec.decode_event(codec.encode(now)) == now
                changes.quote(now)
        ends.append(dict(sent))
    assert ends[0] == ends[1]


@target
def emoji(data: bytes) -> None:
    """Read one emoji."""
    found = emojis.whole(text_of(data))
    assert found is None or emojis.whole(found) == found


@target
def ipc_frames(data: bytes) -> None:
    """Decode the frames between a worker and the room process."""
    bodies: list[bytes | bytearray] = [data]
    frames = ipc.Frames(bodies.append)
    for start in range(0, len(data), 7):
        frames.feed(data[start : start + 7])
    for body in bodies:
        for decode in (ipc.decode_up, ipc.decode_down):
            try:
                decode(body)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue


# --- texts that people type --------------------------------------------------------------


@target
def link(data: bytes) -> None:
    """Parse a join link or any text in its place."""
    try:
        link = joinlink.parse(text_of(data))
    except joinlink.BadLink as problem:
        assert_one_line(problem)
        return
    assert joinlink.parse(str(link)) == link
    assert all(1 <= address.port <= 65535 for address in link.addresses)


@target
def name(data: bytes) -> None:
    """Check and tidy a member's name."""
    try:
        tidy = names.tidy(text_of(data))
    except names.BadName as problem:
        assert_one_line(problem)
        return
    assert names.tidy(tidy) == tidy
    assert names.key(tidy)


@target
def text(data: bytes) -> None:
    """Tidy the text of a message or of a file."""
    defused = texts.defuse(text_of(data))
    assert texts.defuse(defused) == defused
    try:
        tidy = texts.tidy(text_of(data))
    except texts.BadText as problem:
        assert_one_line(problem)
        return
    assert texts.tidy(tidy) == texts.defuse(tidy) == tidy


# --- files -------------------------------------------------------------------------------


def _check_name(name: str) -> None:
    assert name
    assert name == name.strip(". ")
    assert not set(name) & set('/\\:*?"<>|\0\r\n')
    assert len(name) <= limits.FILE_NAME_CHARACTERS
    assert len(name.encode()) < 240


@target
def file_name(data: bytes) -> None:
    """Make a safe file name from a client's file name."""
    _check_name(safe_name(text_of(data)))


@target
def disposition(data: bytes) -> None:
    """Parse a `Content-Disposition` header."""
    with _quiet():
        _check_name(safe_name(file_name_of(text_of(data))))


@target
def text_file(data: bytes) -> None:
    """Detect text in a file; the result does not depend on the size of the pieces."""
    whole = _store(data, len(data) or 1)
    assert whole == _store(data, 3)
    if whole is None:
        return
    data.decode(whole.encoding)
    assert whole.size == len(data)
    assert 0 <= whole.lines <= len(data)
    assert len(whole.preview) <= limits.PREVIEW_CHARACTERS
    assert texts.defuse(whole.preview) == whole.preview


def _store(data: bytes, piece: int) -> Kept | None:
    """Store a file; return None if it is not text."""
    folder = Folder(work_folder() / "files")
    folder.prepare()
    incoming = folder.begin("a.txt", 1 << 20)
    try:
        for start in range(0, len(data), piece):
            incoming.write(data[start : start + piece])
        kept = incoming.finish()
    except NotTextError:
        return None
    finally:
        incoming.abandon()
        assert not list((folder.path / INCOMING).iterdir())
    assert (folder.path / kept.stored).read_bytes() == data
    folder.remove(kept.stored)
    return kept


# --- the configuration file --------------------------------------------------------------


@target
def config(data: bytes) -> None:
    """Read a configuration file: the server starts, or refuses with one line."""
    path = work_folder() / "chatroom.toml"
    path.write_bytes(data)
    out, err = io.StringIO(), io.StringIO()
    started: list[Settings] = []

    def run(settings: Settings) -> int:
        started.append(settings)
        return 0

    clean = {key: value for key, value in os.environ.items() if not key.startswith("CHATROOM_")}
    with (
        mock.patch.object(main_process, "run", run),
        mock.patch.dict(os.environ, clean, clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        status = commands.main(["--config", str(path)])
    if started:
        assert (status, out.getvalue(), err.getvalue()) == (0, "", "")
        return
    line = err.getvalue()
    if status != 2 or out.getvalue() or line.count("\n") != 1 or not line[:-1].isprintable():
        raise FuzzFailure(f"status {status}, said {out.getvalue()!r} and {line!r}")
