"""The clipboard: what it has, read without a freeze, and pictures put on it.

What the other program offers (its targets, ICCCM 2.6.2) is asked first: a request for a form
that it lacks is answered with rubbish by some, and by others only after seconds.
"""

import io
import os
import re
import socket
import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote_to_bytes, urlsplit

from PIL import Image, ImageGrab

from client_mvc.i18n.translate import _, marked
from client_mvc.view.widgets import editing, pictures
from client_mvc.view.widgets.worker import Worker

_WITHIN = 10.0  # seconds that another program has for its answer
_PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/avif", "image/bmp")
_FILES = ("text/uri-list", "x-special/gnome-copied-files")
"""Lists of addresses. Some file managers have only the second, whose first line is none."""
_HEX = re.compile(r"0x[0-9a-f]+(?: 0x[0-9a-f]+)* ?\Z")
_SENT_AS_THEY_ARE = ("PNG", "JPEG", "GIF", "WEBP", "AVIF")
_ONE_PIECE = 4_000
"""Tk hands over longer data in pieces (TK_SEL_BYTES_AT_ONCE); a single one ends at a NUL."""

_EMPTY = marked("The clipboard is empty.")
_OTHER = marked("What you copied is neither text nor a picture nor a file.")
_HANGS = marked("The program that you copied from does not answer. Copy it again.")
_DAMAGED = marked("The copied picture cannot be read. Save it, then share the file.")


@dataclass(frozen=True, slots=True)
class Pasted:
    """What the clipboard had: one of these; `problem` is a sentence where it was nothing."""

    text: str = ""
    files: tuple[Path, ...] = ()
    picture: bytes = b""
    problem: str = ""


class Program(Protocol):
    """A program that reads the clipboard; `read` may block for so many seconds."""

    @property
    def available(self) -> bool: ...
    def read(self, target: str, within: float) -> bytes | None: ...


class Clipboard:
    """Reads and writes the clipboard for a window. Large data is read on a thread."""

    def __init__(self, root: tk.Misc, program: Program | None = None) -> None:
        self._root = root
        self._program = program if program is not None and program.available else None
        self._worker = Worker(root)
        self._reading = False
        self._own_picture = b""
        self._give = root.register(self._piece)

    def copy_picture(self, png: bytes) -> None:
        """Put a picture on the clipboard, as long as this program runs.

        Raises:
            tk.TclError: This system does not let Tk do that.
        """
        root = self._root
        # Decoders ignore what follows the end of a PNG.
        self._own_picture = png + bytes(max(0, _ONE_PIECE + 1 - len(png)))
        root.clipboard_clear()
        handle = ("selection", "handle", "-selection", "CLIPBOARD")
        root.tk.call(*handle, "-type", "image/png", "-format", "STRING", ".", self._give)
        root.tk.call("selection", "own", "-selection", "CLIPBOARD", "-command", "", ".")

    def _piece(self, offset: str, length: str) -> str:
        start = int(offset)
        return self._own_picture[start : start + int(length)].decode("latin-1")

    def read(self, done: Callable[[Pasted], object], *, only_text: bool = False) -> None:
        """Read the clipboard; `done` gets what it has: text at once, the rest soon.

        While Tk waits for another program the window runs on, so a call may come during a
        call; it does nothing.
        """
        if self._reading:
            return
        self._reading = True

        def finish(pasted: Pasted) -> None:
            self._reading = False
            done(pasted)

        try:
            self._read(finish, only_text=only_text)
        except BaseException:
            self._reading = False
            raise

    def _read(self, done: Callable[[Pasted], object], *, only_text: bool) -> None:
        if self._root.tk.call("tk", "windowingsystem") != "x11":
            self._read_elsewhere(done)
            return
        try:
            offered = targets(self._root)
        except tk.TclError as error:
            hangs = "respond" in str(error)
            done(Pasted(problem=_(_HANGS) if hangs else _(_EMPTY)))
            return
        picture = next((each for each in _PICTURES if each in offered), "")
        listed = next((each for each in _FILES if each in offered), "")
        if only_text or not (listed or picture):
            self._read_text(offered, done)
        elif listed and (files := self._files(listed)):
            done(Pasted(files=files))
        elif not picture:
            self._read_text(offered, done)
        elif "TK_APPLICATION" in offered and self._root.tk.call(
            "selection", "own", "-selection", "CLIPBOARD"
        ):
            done(Pasted(picture=self._own_picture))
        else:
            self._read_picture(picture, done)

    def _read_text(self, offered: frozenset[str], done: Callable[[Pasted], object]) -> None:
        if not offered & editing.TEXT_TARGETS:
            done(Pasted(problem=_(_OTHER)))
            return
        try:
            done(Pasted(text=editing.whole(self._root.clipboard_get())))
        except tk.TclError:
            # Longer than Tk takes.
            self._get("UTF8_STRING", lambda data: self._got_text(data, done))

    def _got_text(self, data: bytes | None, done: Callable[[Pasted], object]) -> None:
        text = editing.whole((data or b"").decode("utf-8", "replace"))
        done(Pasted(text=text, problem="" if text else _(_HANGS)))

    def _files(self, target: str) -> tuple[Path, ...]:
        try:
            return files_of(_bytes(self._ask(target)))
        except tk.TclError:
            return ()

    def _read_picture(self, target: str, done: Callable[[Pasted], object]) -> None:
        def got(data: bytes | None) -> None:
            if not data:
                done(Pasted(problem=_(_HANGS)))
                return
            self._worker.run(
                lambda: _sendable(data),
                lambda sendable: done(
                    Pasted(picture=sendable) if sendable else Pasted(problem=_(_DAMAGED))
                ),
            )

        self._get(target, got)

    def _get(self, target: str, got: Callable[[bytes | None], object]) -> None:
        """Get large data: by the program where there is one, else by Tk."""
        if (program := self._program) is not None:
            self._worker.run(lambda: program.read(target, _WITHIN), got)
            return
        try:
            value = self._ask(target)
        except tk.TclError:
            got(None)
            return
        self._worker.run(lambda: _bytes(value), got)

    def _ask(self, target: str) -> str:
        return str(self._root.selection_get(selection="CLIPBOARD", type=target))

    def _read_elsewhere(self, done: Callable[[Pasted], object]) -> None:
        """Windows and macOS: text by Tk, files and pictures by Pillow."""
        if text := editing.clipboard(self._root):
            done(Pasted(text=text))
            return
        self._worker.run(_grabbed, lambda found: done(found or Pasted(problem=_(_OTHER))))


def targets(widget: tk.Misc) -> frozenset[str]:
    """Return the forms in which the clipboard is offered (X11 only).

    Raises:
        tk.TclError: Nothing is offered, or the other program does not answer.
    """
    offered = widget.selection_get(selection="CLIPBOARD", type="TARGETS")
    return frozenset(str(offered).split())


def files_of(uri_list: bytes) -> tuple[Path, ...]:
    """Return the files of this computer that a list of addresses has (RFC 2483, 5)."""
    here = {"", "localhost", socket.gethostname()}
    found = []
    for line in uri_list.splitlines():
        try:
            parts = urlsplit(line.decode("ascii").strip("\0 "))
        except ValueError:  # also what is not ASCII
            continue
        if parts.scheme == "file" and parts.netloc in here:
            found.append(Path(os.fsdecode(unquote_to_bytes(parts.path))))
    return tuple(found)


def _bytes(value: str) -> bytes:
    """Turn Tk's form of binary data into bytes: numbers, or characters up to U+00FF."""
    if _HEX.match(value):
        return bytes(int(each, 16) & 0xFF for each in value.split())
    return value.encode("latin-1", "replace")


def _sendable(data: bytes) -> bytes | None:
    """Return the picture as it can be shared; None if it cannot be read."""
    try:
        with Image.open(io.BytesIO(data), formats=pictures.FORMATS) as picture:
            as_it_is = picture.format in _SENT_AS_THEY_ARE
        return data if as_it_is else pictures.as_png(pictures.opened(data))
    except pictures.FAULTS:
        return None


def _grabbed() -> Pasted | None:
    try:
        found = ImageGrab.grabclipboard()
    except pictures.FAULTS:
        return None
    if isinstance(found, Image.Image):
        return Pasted(picture=pictures.as_png(found))
    return Pasted(files=tuple(map(Path, found))) if found else None
