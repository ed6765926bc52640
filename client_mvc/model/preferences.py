"""The preferences, kept between runs in one JSON file.

An invalid value (somebody edited the file, or another version wrote it) becomes the default of
its field; the other fields keep theirs. Several clients may run at once: each writes only the
fields that it changed, and all others stay as they are in the file.
"""

import contextlib
import json
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from filelock import FileLock, Timeout
from msgspec import Meta, Struct

from client_mvc.model import known_rooms
from client_mvc.model.atomic import write_atomically
from client_mvc.model.known_rooms import KnownRoom
from client_mvc.model.observable import Observable
from shared import limits

log = logging.getLogger(__name__)

RECENT = 8
IGNORED = 500
SMALLEST, USUAL, LARGEST = 8, 11, 28
"""Text sizes in points."""
LOCK_WITHIN = 1.0
"""Seconds that a write waits for those of other clients."""

_GEOMETRY = r"^([0-9]{2,5}x[0-9]{2,5}(\+-?[0-9]{1,5}\+-?[0-9]{1,5})?)?$"


class Ignored(Struct, frozen=True):
    """A member whose messages are hidden (`ignored`); `number` is 0 where it has none."""

    room: str
    name: str
    look: str
    number: int = 0


class Choices(Struct, frozen=True):
    """The preferences; `recent` are pairs of server and name, newest first, as `rooms` are.

    `folder` is where save dialogs start; empty: the system's default. `ignored` are the members
    of all rooms whose messages are hidden, newest last.
    """

    theme: Literal["light", "dark", "system"] = "system"
    text_size: Annotated[int, Meta(ge=SMALLEST, le=LARGEST)] = USUAL
    bell: bool = True
    notify: Literal["off", "mentions", "all"] = "mentions"
    hours: Literal[12, 24] = 24
    seconds: bool = False
    show_joins: bool = True
    folder: str = ""
    geometry: Annotated[str, Meta(pattern=_GEOMETRY)] = ""
    server: str = f"{limits.DEFAULT_HOST}:{limits.DEFAULT_PORT}"
    name: str = ""
    recent: tuple[tuple[str, str], ...] = ()
    rooms: tuple[KnownRoom, ...] = ()
    ignored: tuple[Ignored, ...] = ()


type _Change = Callable[[Choices], dict[str, Any]]
"""From the valid values on disk to the fields that are to be written."""


class Preferences:
    """`now` has the values in force; each change is written to disk at once.

    `forgotten` notifies of the key of each room that is known no more, but whose password is in
    the keyring.

    A change applies even if it cannot be written; the next write tries it again.
    """

    def __init__(self, folder: Path) -> None:
        self.changed: Observable[None] = Observable()
        self.forgotten: Observable[str] = Observable()
        self._unsaved: list[_Change] = []
        self._path = folder / "preferences.json"
        self.now = _valid(_read(self._path), self._path)

    @property
    def saved(self) -> bool:
        """Whether all changes are on disk."""
        return not self._unsaved

    def choose(self, **changes: object) -> None:
        """Change these fields of `Choices`. Raises msgspec.ValidationError."""
        before = self.now
        self.now = msgspec.convert(msgspec.structs.asdict(before) | changes, Choices)
        if self.now != before:
            values = {each: getattr(self.now, each) for each in changes}
            new = {each: to for each, to in values.items() if to != getattr(before, each)}
            self._write(lambda _: new)
            self.changed.notify(None)

    def add_recent(self, server: str, name: str) -> None:
        """Put a room that the client has joined first in the list of recent ones."""
        before, self.now = self.now, _with_recent(self.now, server, name)
        if self.now != before:
            self._write(lambda kept: _recent_fields(_with_recent(kept, server, name)))
            self.changed.notify(None)

    def renamed(self, server: str, before: str, name: str) -> None:
        """Note that the person has another name in a room that the client has joined."""
        self.now = _renamed(self.now, server, before, name)
        self._write(lambda kept: _recent_fields(_renamed(kept, server, before, name)))
        self.changed.notify(None)

    def change_ignored(
        self, change: Callable[[tuple[Ignored, ...]], tuple[Ignored, ...]]
    ) -> None:
        """Replace the list of ignored members by what `change` makes of it."""

        def fields(kept: Choices) -> dict[str, Any]:
            return {"ignored": change(kept.ignored)[-IGNORED:]}

        self.now = msgspec.structs.replace(self.now, **fields(self.now))
        self._write(fields)
        self.changed.notify(None)

    def read_rooms(self) -> tuple[KnownRoom, ...]:
        """Return the known rooms; other clients may have added some meanwhile."""
        kept = _read(self._path)
        if kept and self.saved:
            rooms = _valid(kept, self._path).rooms
            self.now = msgspec.structs.replace(self.now, rooms=rooms)
        return self.now.rooms

    def know(self, room: KnownRoom) -> None:
        """Add a room to the known ones, or what is new of it."""
        self._change_rooms(lambda rooms: known_rooms.add(rooms, room))

    def forget(self, room: KnownRoom) -> None:
        """Remove a room from the known ones."""
        self._change_rooms(lambda rooms: known_rooms.remove(rooms, room))

    def note_password(self, key: str, *, remembered: bool) -> None:
        """Note whether the keyring has the password of the known room with this key."""
        self._change_rooms(
            lambda rooms: known_rooms.with_password(rooms, key, remembered=remembered)
        )

    def _change_rooms(
        self, change: Callable[[tuple[KnownRoom, ...]], tuple[KnownRoom, ...]]
    ) -> None:
        before = self.read_rooms()
        self.now = msgspec.structs.replace(self.now, rooms=change(before))
        if self.now.rooms != before:
            self._write(lambda kept: {"rooms": change(kept.rooms)})
            self.changed.notify(None)
            for key in known_rooms.remembered(before) - {room.key for room in self.now.rooms}:
                self.forgotten.notify(key)

    def zoom(self, step: int) -> None:
        """Make the text larger or smaller by `step` points; 0 sets the default."""
        size = self.now.text_size + step if step else USUAL
        self.choose(text_size=min(max(size, SMALLEST), LARGEST))

    def set_geometry(self, geometry: str) -> None:
        """Keep size and place of the window, "WIDTHxHEIGHT+X+Y"; ignore any other text."""
        if re.fullmatch(_GEOMETRY, geometry):
            self.choose(geometry=geometry)

    def _write(self, change: _Change) -> None:
        """Apply `change`, and those that failed before, to the values that are on disk now.

        A file that is gone or damaged is replaced by one with all values in force.
        """
        self._unsaved.append(change)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with _only_writer(self._path.with_suffix(".lock")):
                values = _read(self._path) or _plain(msgspec.structs.asdict(self.now))
                for each in self._unsaved:
                    values |= _plain(each(_valid(values, self._path)))
                # A folder need not be valid text: JSON has escapes for that, UTF-8 has none.
                data = json.dumps(values, indent=1).encode()
                write_atomically(self._path, data, private=True)
        except (OSError, ValueError) as problem:
            log.warning("preferences not written error=%s", problem)
        else:
            self._unsaved.clear()


def _with_recent(choices: Choices, server: str, name: str) -> Choices:
    recent = [each for each in choices.recent if each != (server, name)]
    recent.insert(0, (server, name))
    return msgspec.structs.replace(
        choices, server=server, name=name, recent=tuple(recent[:RECENT])
    )


def _renamed(choices: Choices, server: str, before: str, name: str) -> Choices:
    recent = tuple(each for each in choices.recent if each != (server, before))
    return _with_recent(msgspec.structs.replace(choices, recent=recent), server, name)


def _recent_fields(choices: Choices) -> dict[str, Any]:
    return {"server": choices.server, "name": choices.name, "recent": choices.recent}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values as JSON has them."""
    return {name: msgspec.to_builtins(value) for name, value in values.items()}


@contextlib.contextmanager
def _only_writer(path: Path) -> Iterator[None]:
    """Hold the lock of the file at `path`, which every system releases with its process.

    A process that is stopped while it holds the lock does not keep the others from writing.
    """
    lock = FileLock(path, timeout=LOCK_WITHIN, mode=0o600, fallback_to_soft=False)
    try:
        lock.acquire()
    except (Timeout, OSError) as problem:
        log.warning("preferences not locked error=%s", problem)
    try:
        yield
    finally:
        lock.release()


def _read(path: Path) -> dict[str, Any]:
    """Return the fields in the file; an empty dictionary if there is no usable file."""
    try:
        # A new file may have a byte order mark of an editor.
        kept = json.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as problem:
        log.warning("preferences not read path=%s error=%s", path, problem)
        return {}
    if not isinstance(kept, dict):
        log.warning("preferences not read path=%s error=no object", path)
        return {}
    return kept


def _valid(kept: dict[str, Any], path: Path) -> Choices:
    good = {}
    for field in msgspec.structs.fields(Choices):
        if field.name in kept:
            try:
                if field.name != "folder":
                    str(kept[field.name]).encode()  # only a path need not be valid text
                value = kept[field.name]
                if field.name == "rooms":
                    value = [room for room in value if _is_room(room, path)]
                good[field.name] = msgspec.convert(value, field.type)
            except (msgspec.ValidationError, ValueError, TypeError) as problem:
                log.warning(
                    "preference ignored field=%s path=%s error=%s", field.name, path, problem
                )
    return Choices(**good)


def _is_room(value: object, path: Path) -> bool:
    """Return whether this is a known room; one that is damaged costs no other."""
    try:
        msgspec.convert(value, KnownRoom)
    except msgspec.ValidationError as problem:
        log.warning("known room ignored path=%s error=%s", path, problem)
        return False
    return True
