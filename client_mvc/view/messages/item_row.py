"""An item of the conversation on screen: its mark, its parts, and how it is shown."""

from dataclasses import dataclass, field
from typing import Any

from client_mvc.view.contract.items import FileCard, Item, Message
from client_mvc.view.messages.file_card import FileCardFrame
from client_mvc.view.messages.flow import Flowed
from client_mvc.view.messages.parts import Name
from client_mvc.view.messages.segments import Fold

ORDER: tuple[Name, ...] = (
    "unread",
    "head",
    "quote",
    "body",
    "more",
    "fold",
    "caption",
    "chips",
)
"""The parts of an item, from top to bottom."""

type Shape = tuple[tuple[Name, int], ...]
"""The names of an item's parts, and how many lines each takes."""


@dataclass(slots=True, eq=False)
class ItemRow:
    """An item on screen. `mark` is at its start, `card` its widget if it is a file's.

    `fold` is where its body ends while it is folded, `opened`: all of it is seen.
    `flowed` are its reordered paragraphs, by their first lines, counted from that of the body.
    `as_card`: a picture that cannot be had. `unread`: the line "New messages" is above it.
    `kept` are its pictures, which Tk does not keep.
    """

    item: Item
    mark: str
    shape: Shape = ()
    fold: Fold | None = None
    flowed: tuple[tuple[int, Flowed], ...] = ()
    opened: bool = False
    as_card: bool = False
    unread: bool = False
    card: FileCardFrame | None = None
    kept: tuple[Any, ...] = field(default=())

    @property
    def lines(self) -> int:
        """How many lines it takes."""
        return sum(lines for _name, lines in self.shape)

    @property
    def seq(self) -> int:
        """The number of the message or file; 0 for another item."""
        return self.item.seq if isinstance(self.item, Message | FileCard) else 0

    @property
    def own(self) -> bool:
        """Whether the reader sent it."""
        return isinstance(self.item, Message | FileCard) and self.item.own

    @property
    def picture(self) -> FileCard | None:
        """The file, if it is shown as a picture."""
        item = self.item
        shown = isinstance(item, FileCard) and item.picture is not None and not self.as_card
        return item if shown and isinstance(item, FileCard) else None

    def above(self, part: Name) -> int:
        """Return how many lines of it stand above `part`, or above where it would stand."""
        place = ORDER.index(part)
        return sum(lines for name, lines in self.shape if ORDER.index(name) < place)

    def has(self, part: Name) -> int:
        """Return how many lines `part` takes; 0: it has no such part."""
        return dict(self.shape).get(part, 0)
