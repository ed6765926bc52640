"""The pictures in the conversation: loaded near the view, dropped far from it.

Two hundred shown pictures would take 100 MiB. A picture keeps its room while it is not loaded
(an empty image with padding; near the view a quiet ground), so nothing moves when it comes. It
is decoded on a thread.
"""

from collections.abc import Callable
from functools import lru_cache

from PIL import Image, ImageDraw, ImageTk

from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.items import FileCard
from client_mvc.view.messages.drawings import Drawings
from client_mvc.view.messages.item_row import ItemRow
from client_mvc.view.messages.message_buffer import MessageBuffer
from client_mvc.view.messages.parts import room
from client_mvc.view.messages.tags import GAP
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import pictures
from client_mvc.view.widgets.delayed_call import DelayedCall
from client_mvc.view.widgets.read_only_text import ReadOnlyText
from client_mvc.view.widgets.worker import Worker

KEPT = 40
"""How many pictures are kept as Tk draws them: those nearest to the view."""
_NEAR = 1.5  # heights of the view
_AFTER = 30  # milliseconds after the last movement
_RADIUS = 8
_SCALE = 3
# Of one grey that is translucent: on both grounds, light and dark, they look like the lines and
# cards of the palette, so a change of the theme needs no new pictures.
_EDGE = (128, 136, 150, 66)
_GROUND = (128, 136, 150, 24)
_GROUNDS = 16


class Thumbnails:
    """Shows the pictures of `buffer`; `fail` gets a row whose picture is not to be had.

    `shown` has those that are drawn now, by their rows.
    """

    def __init__(
        self,
        text: ReadOnlyText,
        look: Look,
        buffer: MessageBuffer,
        drawings: Drawings,
        worker: Worker,
        *,
        intents: Callable[[], Intents],
        fail: Callable[[ItemRow], object],
    ) -> None:
        self.shown: dict[ItemRow, ImageTk.PhotoImage] = {}
        self._text = text
        self._look = look
        self._buffer = buffer
        self._drawings = drawings
        self._worker = worker
        self._intents = intents
        self._fail = fail
        self._asked: set[str] = set()
        self._waiting: dict[ItemRow, ImageTk.PhotoImage] = {}
        self._ground = lru_cache(_GROUNDS)(self._draw_ground)
        self._later = DelayedCall(text, self._look_around)

    def dropped(self) -> None:
        """Take note that rows were removed."""
        self.shown = {row: photo for row, photo in self.shown.items() if row.shape}
        self._waiting = {row: photo for row, photo in self._waiting.items() if row.shape}

    def moved(self) -> None:
        """Take note that other lines may be in view."""
        if self._buffer.pictures or self.shown:
            self._later.after(_AFTER)

    def written(self, row: ItemRow) -> None:
        """Take note that a row was written anew, with an empty picture."""
        if row in self.shown:
            self._put(row, self.shown[row])
        self._waiting.pop(row, None)
        self.moved()

    def arrived(self, file_id: str, data: bytes) -> None:
        """Show the picture that was asked for; without `data` there is none."""
        self._asked.discard(file_id)
        rows = self._rows(file_id)
        file = rows[0].picture if rows else None
        if file is None or file.picture is None:
            return
        if not data:
            self._give_up(file_id)
            return
        size, radius = room(file.picture, self._look), self._look.px(_RADIUS)
        self._worker.run(
            lambda: decoded(data, size, radius),
            lambda picture: self._decoded(file_id, picture),
        )

    def _decoded(self, file_id: str, picture: Image.Image | None) -> None:
        if picture is None:
            self._give_up(file_id)
            return
        for row in self._rows(file_id):
            self.shown[row] = photo = ImageTk.PhotoImage(picture, master=self._text)
            self._put(row, photo)
            self._waiting.pop(row, None)
        self.moved()

    def _give_up(self, file_id: str) -> None:
        for row in self._rows(file_id):
            self._fail(row)

    def _rows(self, file_id: str) -> list[ItemRow]:
        return [row for row in self._buffer.pictures if _id(row) == file_id]

    def _look_around(self) -> None:
        """Ask for the pictures near the view, and drop those that are far from it."""
        text, buffer = self._text, self._buffer
        here = [row for row in self.shown if row.picture and buffer.place_of(row) is not None]
        for row in [row for row in self.shown if row not in here]:
            del self.shown[row]
        rows = [(row, text.line(row.mark)) for row in buffer.pictures]
        if not rows or text.winfo_height() <= 1:
            self._waiting.clear()
            return
        top = text.line("@0,0")
        bottom = text.line(f"@0,{text.winfo_height()}")
        near = sorted(rows, key=lambda each: max(top - each[1], each[1] - bottom, 0))[:KEPT]
        kept = {row for row, _line in near}
        for row in here:
            if row not in kept:
                self._put(row, None)
                del self.shown[row]
        # One that did not come is asked for again when it is next near the view.
        self._asked &= {_id(row) for row in kept}
        margin = max(10, round((bottom - top + 1) * _NEAR))
        wanted = [row for row, line in near if top - margin <= line <= bottom + margin]
        wanted = [row for row in wanted if row not in self.shown]
        self._show_waiting(wanted)
        for row in wanted:
            if (file_id := _id(row)) not in self._asked:
                self._asked.add(file_id)
                self._intents().pictures.need(file_id)

    def _show_waiting(self, rows: list[ItemRow]) -> None:
        """Show a ground in the room of the pictures that are loading, and of no others."""
        for row in [row for row in self._waiting if row not in rows]:
            del self._waiting[row]
            if row not in self.shown:
                self._put(row, None)
        for row in rows:
            if row not in self._waiting and row.picture and row.picture.picture:
                size = room(row.picture.picture, self._look)
                self._waiting[row] = ground = self._ground(size, self._look.px(_RADIUS))
                self._put(row, ground)

    def _draw_ground(self, size: tuple[int, int], radius: int) -> ImageTk.PhotoImage:
        picture = _rounded(Image.new("RGBA", size, _GROUND), radius)
        return ImageTk.PhotoImage(picture, master=self._text)

    def _put(self, row: ItemRow, photo: ImageTk.PhotoImage | None) -> None:
        """Put a picture into the room that is kept for it, or take it out."""
        file = row.picture
        if file is None or file.picture is None or self._buffer.place_of(row) is None:
            return
        px = self._look.px
        wide, high = room(file.picture, self._look)
        own = (photo.width(), photo.height()) if photo is not None else (2, 2)
        self._text.image_configure(
            f"{self._buffer.part(row, 'body')}.0",
            image=photo if photo is not None else self._drawings.empty,
            padx=max(0, (wide - own[0]) // 2) + px(GAP),
            pady=max(0, (high - own[1]) // 2) + px(GAP),
        )


def decoded(data: bytes, size: tuple[int, int], radius: int) -> Image.Image | None:
    """Decode a picture, as large as `size`, with round corners and a thin edge.

    Returns:
        None if it is broken or far too large. Of an animation, the first frame.
    """
    try:
        picture = pictures.opened(data, about=size).convert("RGBA")
        # Not `ImageOps.pad`: it makes nothing of a line that is one pixel high.
        scale = min(size[0] / picture.width, size[1] / picture.height)
        fitting = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
        padded = Image.new("RGBA", size)
        place = (size[0] - fitting[0]) // 2, (size[1] - fitting[1]) // 2
        padded.paste(picture.resize(fitting, Image.Resampling.LANCZOS), place)
        return _rounded(padded, radius)
    except pictures.FAULTS:
        return None


def _rounded(picture: Image.Image, radius: int) -> Image.Image:
    big = picture.width * _SCALE, picture.height * _SCALE
    box = (0, 0, big[0] - 1, big[1] - 1)
    mask, line = Image.new("L", big), Image.new("RGBA", big)
    ImageDraw.Draw(mask).rounded_rectangle(box, radius * _SCALE, 255)
    ImageDraw.Draw(line).rounded_rectangle(box, radius * _SCALE, None, _EDGE, _SCALE)
    small = mask.resize(picture.size, Image.Resampling.LANCZOS)
    shaped = Image.composite(picture, Image.new("RGBA", picture.size), small)
    shaped.alpha_composite(line.resize(picture.size, Image.Resampling.LANCZOS))
    return shaped


def _id(row: ItemRow) -> str:
    return row.item.file_id if isinstance(row.item, FileCard) else ""


def joined(above: ItemRow, below: ItemRow | None) -> bool:
    """Tell whether two pictures stand side by side: of one sender, nothing between them."""
    if above.picture is None or below is None or below.picture is None:
        return False
    of_one = above.picture.sender == below.picture.sender
    alone = not (above.has("chips") or below.has("head") or below.has("quote"))
    return of_one and alone and not below.unread
