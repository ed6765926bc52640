"""The targets of fuzzing: one function for each parser of untrusted bytes.

Each accepts any bytes and raises only on a bug: it catches the errors that the parser
documents, and asserts what must hold of the result.
"""

import io
import os
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from unittest import mock

import msgspec
from aiohttp.multipart import BadContentDispositionHeader, BadContentDispositionParam

from server.cli import commands
from server.files.folder import INCOMING, Folder, Kept, safe_name
from server.files.text_detection import NotTextError
from server.processes import supervisor
from server.protocols.http.file_routes import _file_name
from server.room import ipc
from server.room.core import RoomCore
from server.room.roster import Roster
from server.room.storage.journal import Journal, JournalError
from server.room.storage.rescue import rescue
from server.room.worker_side.search import Finder
from server.settings import INDEX, JOURNAL, Settings
from shared import joinlink, limits, messages, names, searching, texts
from tests.fuzz import journals
from tests.fuzz.protocols import FuzzFailure, WorkerProtocols, text_frame
from tests.fuzz.report import Target

TARGETS: dict[str, Target] = {}
_PIECES = (1 << 20, 1, 2, 3, 5, 7, 64, 1000)
_resources = ExitStack()

HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: room.local:18000\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chatroom.v1\r\n\r\n"
)
JOIN = text_frame(b'{"type":"join","name":"ada"}')


def target(function: Target) -> Target:
    """Register a target."""
    TARGETS[function.__name__] = function
    return function


def close() -> None:
    """Remove the folders and the event loop of the targets."""
    _resources.close()
    _protocols.cache_clear()
    _finder.cache_clear()
    _folder.cache_clear()


@cache
def _folder() -> Path:
    return Path(_resources.enter_context(tempfile.TemporaryDirectory(prefix="chatroom-fuzz-")))


@cache
def _protocols() -> WorkerProtocols:
    home = _folder() / "protocols"
    home.mkdir()
    return _resources.enter_context(closing(WorkerProtocols(home)))


def _text(data: bytes) -> str:
    """Decode bytes as those of a header or a field: invalid UTF-8 becomes surrogates."""
    return data.decode("utf-8", "surrogateescape")


def _one_line(problem: Exception) -> None:
    assert str(problem).isprintable(), f"not one line: {problem!r}"


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence aiohttp's warnings about invalid headers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BadContentDispositionHeader)
        warnings.simplefilter("ignore", BadContentDispositionParam)
        yield


# --- protocols: the first byte selects the pieces, and how the connection ends -----------


def _exchange(first: int, data: bytes) -> None:
    with _quiet():
        _protocols().exchange(data, _PIECES[first % 8], patient=not first & 8)


@target
def http(data: bytes) -> None:
    """Parse the bytes of a connection from its start."""
    _exchange(data[0] if data else 0, data[1:])


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
        message = messages.decode_request(data)
    except messages.BadMessage as problem:
        _assert_round_trip(messages.error(problem.problem, problem.id))
        return
    assert messages.decode_request(messages.encode(message)) == message


@target
def from_server(data: bytes) -> None:
    """Decode the JSON of a server, as aiohttp hands it to the client."""
    try:
        message = messages.decode_from_server(data.decode("utf-8", "replace"))
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
            data = messages.encode(msgspec.structs.replace(message, events=[]))
            message = messages.decode_from_server(data)
        case _:
            data = messages.encode(message)
    assert messages.decode_from_server(data) == message


@target
def ipc_frames(data: bytes) -> None:
    """Decode the frames between a worker and the room process."""
    bodies = [data]
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
        link = joinlink.parse(_text(data))
    except joinlink.BadLink as problem:
        _one_line(problem)
        return
    assert joinlink.parse(str(link)) == link
    assert all(1 <= address.port <= 65535 for address in link.addresses)


@target
def name(data: bytes) -> None:
    """Check and tidy a member's name."""
    try:
        tidy = names.tidy(_text(data))
    except names.BadName as problem:
        _one_line(problem)
        return
    assert names.tidy(tidy) == tidy
    assert names.key(tidy)


@target
def text(data: bytes) -> None:
    """Tidy the text of a message or of a file."""
    defused = texts.defuse(_text(data))
    assert texts.defuse(defused) == defused
    try:
        tidy = texts.tidy(_text(data))
    except texts.BadText as problem:
        _one_line(problem)
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
    _check_name(safe_name(_text(data)))


@target
def disposition(data: bytes) -> None:
    """Parse a `Content-Disposition` header."""
    request = mock.Mock(headers={"Content-Disposition": _text(data)})
    with _quiet():
        _check_name(safe_name(_file_name(request)))


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
    folder = Folder(_folder() / "files")
    folder.prepare()
    incoming = folder.begin("a.txt", len(data), 1 << 20)
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


# --- the journal -------------------------------------------------------------------------


def _write(image: journals.JournalImage, into: str) -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix=into, dir=_folder())
    image.write(Path(folder.name))
    return folder


@target
def journal(data: bytes) -> None:
    """Open a damaged journal: it has its history, or it is refused and left unchanged."""
    image = journals.damaged(journals.whole(), data)
    with _write(image, "journal-") as folder:
        path = Path(folder, JOURNAL)
        try:
            opened = Journal(path, check=True)
        except JournalError as problem:
            _one_line(problem)
            assert bool(image.main) == bool(path.stat().st_size)
            return
        with closing(opened):
            # SQLite takes a file smaller than a page for a new one; it has no history.
            assert opened.newest() > 0 or len(image.main) < journals.SECTOR, "emptied"


@target
def room(data: bytes) -> None:
    """Start a room on a damaged journal that can be opened: it starts or gives a reason."""
    image = journals.damaged(journals.whole(), data)
    with _write(image, "room-") as folder:
        try:
            with closing(Journal(Path(folder, JOURNAL), check=True)) as opened:
                RoomCore(opened, Roster(8, 30.0), now=0.0, wall=0.0)
        except JournalError as problem:
            _one_line(problem)


@target
def rescued(data: bytes) -> None:
    """Rescue a damaged journal: the new one has no gap, and the damaged one is kept."""
    image = journals.damaged(journals.whole(), data)
    with _write(image, "rescue-") as folder:
        path = Path(folder, JOURNAL)
        try:
            count, aside = rescue(path)
        except (sqlite3.Error, OSError):
            assert path.exists()
            assert bool(image.main) == bool(path.stat().st_size)
            return
        assert bool(image.main) == bool(aside.stat().st_size)
        with closing(Journal(path, check=True)) as fresh:
            _check_gapless(path, fresh, count)
            RoomCore(fresh, Roster(8, 30.0), now=0.0, wall=0.0)


def _check_gapless(path: Path, fresh: Journal, count: int) -> None:
    with closing(sqlite3.connect(path)) as db:
        seqs = [seq for (seq,) in db.execute("SELECT seq FROM event ORDER BY seq")]
    first = fresh.first_kept()
    assert seqs == list(range(first, first + count)), "a hole"


# --- searching ---------------------------------------------------------------------------


@target
def query(data: bytes) -> None:
    """Search for a text: the index finds the same as a look at every event."""
    try:
        words = searching.words(_text(data))
    except texts.BadText as problem:
        _one_line(problem)
        return
    assert all(searching.fold(word) == word for word in words)
    finder = _finder()
    for _ in range(2):  # without the index, then with it
        found = finder.find(words, None, limits.MAX_FOUND).events
        assert found == list(reversed(journals.with_words(words)))
        while finder.catch_up():
            pass


@cache
def _finder() -> Finder:
    folder = _resources.enter_context(tempfile.TemporaryDirectory(dir=_folder()))
    path = journals.whole().write(Path(folder))
    return _resources.enter_context(closing(Finder(path, path.with_name(INDEX))))


@target
def index(data: bytes) -> None:
    """Use a damaged search index: it finds no wrong event, and it is repaired."""
    with _write(journals.whole(), "index-") as folder:
        journal, path = Path(folder, JOURNAL), Path(folder, INDEX)
        path.write_bytes(journals.damaged(journals.index(), data).main)
        right = list(reversed(journals.with_words(["words"])))
        with closing(Finder(journal, path)) as finder:
            finder.catch_up()
            found = finder.find(["words"], None, limits.MAX_FOUND).events
            assert set(found) <= set(right)
            while finder.catch_up():
                pass
            path.write_bytes(b"")
        with closing(Finder(journal, path)) as finder:
            assert finder.find(["words"], None, limits.MAX_FOUND).events == right


# --- the configuration file --------------------------------------------------------------


@target
def config(data: bytes) -> None:
    """Read a configuration file: the server starts, or refuses with one line."""
    path = _folder() / "chatroom.toml"
    path.write_bytes(data)
    out, err = io.StringIO(), io.StringIO()
    started: list[Settings] = []

    def run(settings: Settings) -> int:
        started.append(settings)
        return 0

    clean = {key: value for key, value in os.environ.items() if not key.startswith("CHATROOM_")}
    with (
        mock.patch.object(supervisor, "run", run),
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
