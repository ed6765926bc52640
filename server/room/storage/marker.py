"""The marker beside the journal: the highest `seq` that was given out, and of which file.

A journal that was put back from a copy, or that lost its newest events with the power, looks
whole. But its clients have events that it does not have, and would miss those that take their
numbers. So the room notes beside the journal, before it delivers an event, how far it has come.
A journal that opens with less than that, or in another file, gets a new name (`identity`), and
every client is told `reset`.

The note lies in memory that the kernel writes to the file, so it costs no system call and
survives the end of any process. Only a power failure can take it back; so the marker is synced
to disk, with the boot of the computer, before the first event is written, and when the journal
is closed or has been quiet for a while. An open marker of an earlier boot means that the power
failed while events came; with durability "full" none of them is lost by that.
"""

import mmap
import os
import struct
import subprocess
import sys
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

SUFFIX = ".seen"
_MAGIC = b"chatseen"
_HEAD = struct.Struct("8s16s36sI")  # magic, the journal's name, the boot, their checksum
_NUMBERS = struct.Struct("6Q")  # state, seq, member, and the file: inode, size, time
_STATES: tuple["State", ...] = ("closed", "normal", "full", "writing normal", "writing full")
_SIZE = _HEAD.size + _NUMBERS.size

type State = Literal["closed", "normal", "full", "writing normal", "writing full"]
"""`closed`, or open with this durability; `writing`: the file may just have changed."""


@dataclass(frozen=True, slots=True)
class FileState:
    """What tells a file from another of the same name: inode, bytes, nanoseconds."""

    inode: int
    size: int
    modified: int


@dataclass(frozen=True, slots=True)
class Marked:
    """What a marker says: `seq` and `member` are the highest numbers that were given out."""

    journal: str
    boot: str
    state: State
    seq: int
    member: int
    file: FileState


def path_of(journal: Path) -> Path:
    """Return the path of a journal's marker."""
    return journal.with_suffix(SUFFIX)


def file_state(path: Path) -> FileState | None:
    """Return the state of a file; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return FileState(found.st_ino, found.st_size, found.st_mtime_ns)


@cache
def boot() -> str:
    """Return the name of this boot of the computer; empty where the system has none."""
    try:
        if sys.platform == "darwin":
            asked = ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"]
            run = subprocess.run(asked, check=True, capture_output=True, text=True)  # noqa: S603
            found = run.stdout
        else:
            found = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""
    return found.strip()[:36]


def read(path: Path) -> Marked | None:
    """Read a marker; None if there is none, or if it is damaged."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    if len(data) != _SIZE:
        return None
    magic, journal, boot_name, checksum = _HEAD.unpack_from(data)
    state, seq, member, *file = _NUMBERS.unpack_from(data, _HEAD.size)
    if magic != _MAGIC or checksum != zlib.crc32(journal + boot_name) or state >= len(_STATES):
        return None
    name, booted = (text.rstrip(b"\0").decode("ascii") for text in (journal, boot_name))
    return Marked(name, booted, _STATES[state], seq, member, FileState(*file))


def lost(marked: Marked, journal: str, newest: int, file: FileState | None, now: str) -> str:
    """Return why clients may have events that this journal does not have; empty: they have not.

    Args:
        marked: the marker.
        journal, newest: the journal's name and its last `seq`.
        file: the journal's file before it was opened.
        now: the present boot.
    """
    if marked.journal != journal:
        return "it is another journal"
    if newest < marked.seq:
        return f"it ends at {newest}, and {marked.seq} was given out"
    if not same_file(marked, file):
        return "the file was replaced"
    if marked.state.endswith("normal") and marked.boot != now:
        return "the computer stopped without notice"
    return ""


def same_file(marked: Marked, file: FileState | None) -> bool:
    """Return whether the journal's file is the one that was marked, unchanged since."""
    if file is None or file.inode != marked.file.inode:
        return False
    return marked.state.startswith("writing") or file == marked.file


class Marker:
    """The marker of an open journal, in the memory of this process. Methods raise `OSError`."""

    def __init__(self, path: Path, first: Marked) -> None:
        """Open the marker, make it say `first`, and sync it to disk.

        One that is of the same journal and boot already is changed in place, which a full disk
        allows too.
        """
        present = read(path)
        if not present or (present.journal, present.boot) != (first.journal, first.boot):
            _create(path, first)
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _SIZE)
        self._numbers = memoryview(self._map)[_HEAD.size :].cast("Q")
        self.resting = False
        self._state = _STATES.index(first.state)
        self.refile(first.file)
        self._numbers[1], self._numbers[2] = first.seq, first.member
        self.written()
        self._map.flush()

    def writing(self) -> None:
        """Note that the journal's file may change from now on."""
        self._numbers[0] = self._state + 2

    def written(self, seq: int = 0, member: int = 0) -> None:
        """Note what is written, before anybody is told; 0: as before."""
        numbers = self._numbers
        if seq:
            numbers[1], numbers[2] = seq, member
        numbers[0] = self._state

    def refile(self, file: FileState) -> None:
        """Note the state of the file."""
        numbers = self._numbers
        numbers[3], numbers[4], numbers[5] = file.inode, file.size, file.modified
        self.file = file

    def rest(self) -> None:
        """Mark a journal that is whole on disk as closed, until `wake`."""
        self._numbers[0] = 0
        self._map.flush()
        self.resting = True

    def wake(self) -> None:
        """Mark it as open, before it is written."""
        self._numbers[0] = self._state
        self._map.flush()
        self.resting = False

    def close(self, file: FileState | None) -> None:
        """End; with `file`, the state of a journal that is whole on disk, mark it as closed."""
        if file is not None:
            self.refile(file)
            self._numbers[0] = 0
            self._map.flush()
        self._numbers.release()
        self._map.close()


def _create(path: Path, marked: Marked) -> None:
    """Write a marker under another name, sync it, and put it in its place."""
    journal, booted = marked.journal.encode().ljust(16, b"\0"), marked.boot.encode()
    booted = booted.ljust(36, b"\0")
    head = _HEAD.pack(_MAGIC, journal, booted, zlib.crc32(journal + booted))
    file = marked.file
    numbers = _STATES.index(marked.state), marked.seq, marked.member
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with open(fresh, "xb", opener=_private) as out:
        out.write(head + _NUMBERS.pack(*numbers, file.inode, file.size, file.modified))
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
