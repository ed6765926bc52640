"""What the person chose, kept between runs in one JSON file in the folder given."""

import logging
import re
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from client_mvc.model.atomic import write_atomically
from client_mvc.model.observable import Observable
from shared import limits

log = logging.getLogger(__name__)

RECENT = 8
SMALLEST, USUAL, LARGEST = 8, 11, 28
"""Text sizes in points."""

_GEOMETRY = "^([0-9]{2,5}x[0-9]{2,5})?$"


class Choices(Struct, frozen=True):
    """The preferences; `recent` are pairs of server and name, newest first."""

    dark: bool = False
    text_size: Annotated[int, Meta(ge=SMALLEST, le=LARGEST)] = USUAL
    geometry: Annotated[str, Meta(pattern=_GEOMETRY)] = ""
    server: str = f"{limits.DEFAULT_HOST}:{limits.DEFAULT_PORT}"
    name: str = ""
    recent: tuple[tuple[str, str], ...] = ()


class Preferences:
    """`now` is what holds; every change is written at once."""

    def __init__(self, folder: Path) -> None:
        self.changed: Observable[None] = Observable()
        self._path = folder / "preferences.json"
        self.now = _read(self._path)

    def visited(self, server: str, name: str) -> None:
        """Remember a room that let us in."""
        recent = [each for each in self.now.recent if each != (server, name)]
        recent.insert(0, (server, name))
        self._change(
            msgspec.structs.replace(
                self.now, server=server, name=name, recent=tuple(recent[:RECENT])
            )
        )

    def set_dark(self, dark: bool) -> None:
        """Light or dark."""
        self._change(msgspec.structs.replace(self.now, dark=dark))

    def zoom(self, step: int) -> None:
        """Text larger, smaller, or with step 0 as at first."""
        size = self.now.text_size + step if step else USUAL
        size = min(max(size, SMALLEST), LARGEST)
        self._change(msgspec.structs.replace(self.now, text_size=size))

    def set_geometry(self, geometry: str) -> None:
        """The size of the window, "WIDTHxHEIGHT"; anything else is not kept."""
        if re.fullmatch(_GEOMETRY, geometry):
            self._change(msgspec.structs.replace(self.now, geometry=geometry))

    def _change(self, choices: Choices) -> None:
        if choices == self.now:
            return
        self.now = choices
        try:
            write_atomically(self._path, msgspec.json.encode(choices))
        except OSError as problem:
            log.warning("the preferences could not be written: %s", problem)
        self.changed.notify(None)


def _read(path: Path) -> Choices:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Choices)
    except FileNotFoundError:
        return Choices()
    except (OSError, msgspec.DecodeError) as problem:
        log.warning("the preferences in %s are not readable: %s", path, problem)
        return Choices()
