"""The preferences, kept between runs in one JSON file.

An invalid value (somebody edited the file, or another version wrote it) becomes the default of
its field; the other fields keep theirs.
"""

import logging
import re
from pathlib import Path
from typing import Annotated, Any, Literal

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
    """The preferences; `recent` are pairs of server and name, newest first.

    `folder` is where save dialogs start; empty: the system's default.
    """

    theme: Literal["light", "dark", "system"] = "system"
    text_size: Annotated[int, Meta(ge=SMALLEST, le=LARGEST)] = USUAL
    bell: bool = True
    notify: Literal["off", "mentions", "all"] = "mentions"
    hours: Literal[12, 24] = 24
    seconds: bool = False
    folder: str = ""
    geometry: Annotated[str, Meta(pattern=_GEOMETRY)] = ""
    server: str = f"{limits.DEFAULT_HOST}:{limits.DEFAULT_PORT}"
    name: str = ""
    recent: tuple[tuple[str, str], ...] = ()


class Preferences:
    """`now` has the values in force; each change is written to disk at once."""

    def __init__(self, folder: Path) -> None:
        self.changed: Observable[None] = Observable()
        self._path = folder / "preferences.json"
        self.now = _read(self._path)

    def choose(self, **changes: object) -> None:
        """Change these fields of `Choices`. Raises msgspec.ValidationError."""
        values = msgspec.structs.asdict(self.now) | changes
        self._change(msgspec.convert(values, Choices))

    def add_recent(self, server: str, name: str) -> None:
        """Put a room that the client has joined first in the list of recent ones."""
        recent = [each for each in self.now.recent if each != (server, name)]
        recent.insert(0, (server, name))
        self.choose(server=server, name=name, recent=recent[:RECENT])

    def zoom(self, step: int) -> None:
        """Make the text larger or smaller by `step` points; 0 sets the default."""
        size = self.now.text_size + step if step else USUAL
        self.choose(text_size=min(max(size, SMALLEST), LARGEST))

    def set_geometry(self, geometry: str) -> None:
        """Keep the size of the window, "WIDTHxHEIGHT"; ignore any other text."""
        if re.fullmatch(_GEOMETRY, geometry):
            self.choose(geometry=geometry)

    def _change(self, choices: Choices) -> None:
        if choices == self.now:
            return
        self.now = choices
        try:
            write_atomically(self._path, msgspec.json.encode(choices))
        except OSError as problem:
            log.warning("preferences not written error=%s", problem)
        self.changed.notify(None)


def _read(path: Path) -> Choices:
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except FileNotFoundError:
        return Choices()
    except (OSError, msgspec.DecodeError) as problem:
        log.warning("preferences not read path=%s error=%s", path, problem)
        return Choices()
    good = {}
    for field in msgspec.structs.fields(Choices):
        if field.name in kept:
            try:
                good[field.name] = msgspec.convert(kept[field.name], field.type)
            except msgspec.ValidationError as problem:
                log.warning(
                    "preference ignored field=%s path=%s error=%s", field.name, path, problem
                )
    return Choices(**good)
