"""Small pictures in the conversation: reaction chips, the bar of a quote, lines, marks.

Widgets for these would make scrolling slow, and text cannot be round. One picture serves every
message that shows the same. A `Text` does not keep its pictures alive: who shows one holds it.
"""

import tkinter as tk
from functools import lru_cache

import ttkbootstrap as tb
from PIL import Image, ImageDraw, ImageFont, ImageTk

from client_mvc.view.contract.items import COLOURS, Chip
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import emoji_images

_SCALE = 4
"""Shapes are drawn so much larger and then reduced: Pillow does not smooth their edges."""
_CHIPS, _MARKS = 500, 100


class Drawings:
    """The pictures in the colours and sizes of `look`; they are drawn when first needed."""

    def __init__(self, look: Look, owner: tk.Misc) -> None:
        self._look = look
        self._chip = lru_cache(_CHIPS)(self._draw_chip)
        self._bar = lru_cache(_MARKS)(self._draw_bar)
        self._plus = lru_cache(1)(self._draw_plus)
        self._rules: dict[tuple[int, bool], tk.PhotoImage] = {}
        self._owner = owner
        self._wide = 0
        self.empty = tk.PhotoImage(master=owner, width=2, height=2)
        """Keeps the place of a picture, with the padding that makes it as large."""

    def clear(self) -> None:
        """Forget everything: colours or sizes changed."""
        self._chip.cache_clear()
        self._bar.cache_clear()
        self._plus.cache_clear()
        self.fit(self._wide)

    def chip(self, chip: Chip) -> ImageTk.PhotoImage | None:
        """Draw a reaction with its number; None: this system has no font for it."""
        return self._chip(chip.emoji, chip.count, chip.mine)

    def plus(self) -> ImageTk.PhotoImage:
        """Draw the chip that adds a reaction."""
        return self._plus()

    def bar(self, colour: int) -> ImageTk.PhotoImage:
        """Draw the bar in front of a quote."""
        return self._bar(colour % COLOURS)

    def pin(self) -> str:
        """Return the mark of a pinned message."""
        look = self._look
        size = round(12 * look.size / 10)
        return str(tb.Icon("pin-angle-fill", size=size, color=look.palette.muted))

    def rule(self, words: str, *, new: bool) -> tk.PhotoImage:
        """Return the line to the left and right of `words`, as long as the window leaves it.

        Lines beside words of the same width are one picture, which `fit` makes longer.
        """
        key = (self._look.small.measure(words), new)
        if key not in self._rules:
            self._rules[key] = tk.PhotoImage(master=self._owner, height=1)
            self._stretch(key)
        return self._rules[key]

    def fit(self, wide: int) -> None:
        """Make the lines as long as a conversation of this width needs them."""
        self._wide = wide
        for key in self._rules:
            self._stretch(key)

    def _stretch(self, key: tuple[int, bool]) -> None:
        words, new = key
        palette, px = self._look.palette, self._look.px
        # Beside the gaps of the picture and the edges: the frame that shows the focus.
        room = (self._wide - words) // 2 - px(16) - px(12) * 2 - px(2)
        picture = self._rules[key]
        picture.blank()
        picture.configure(width=max(1, room), height=1)
        colour = palette.problem if new else palette.line
        picture.put(colour, to=(0, 0, max(1, room), 1))

    def _draw_chip(self, emoji: str, count: int, mine: bool) -> ImageTk.PhotoImage | None:
        look = self._look
        palette, size = look.palette, look.grown(15)
        symbol = emoji_images.drawn(emoji, size)
        if symbol is None:
            return None
        fill, ink = palette.banners["info"] if mine else (palette.card, palette.muted)
        edge = palette.accent if mine else palette.line
        digits = ImageFont.load_default(size * 0.84)  # ships with Pillow
        label = str(count)
        high, pad = round(size * 1.62), round(size * 0.55)
        gap = round(size * 0.35)
        wide = pad * 2 + symbol.width + gap + round(digits.getlength(label))
        chip = _pill(wide, high, fill, edge)
        chip.alpha_composite(symbol, (pad, (high - symbol.height) // 2))
        drawing = ImageDraw.Draw(chip)
        drawing.text((wide - pad, high / 2), label, ink, digits, anchor="rm")
        return ImageTk.PhotoImage(chip, master=self._owner)

    def _draw_plus(self) -> ImageTk.PhotoImage:
        palette, size = self._look.palette, self._look.grown(15)
        wide, high = round(size * 1.9), round(size * 1.62)
        chip = _pill(wide, high, palette.card, palette.line)
        middle, arm = (wide // 2, high // 2), size // 4
        drawing = ImageDraw.Draw(chip)
        for across, down in ((arm, 0), (0, arm)):
            line = (middle[0] - across, middle[1] - down, middle[0] + across, middle[1] + down)
            drawing.line(line, palette.muted, max(1, size // 10))
        return ImageTk.PhotoImage(chip, master=self._owner)

    def _draw_bar(self, colour: int) -> ImageTk.PhotoImage:
        look = self._look
        wide, high = look.px(3), look.small.metrics("linespace")
        ink = look.palette.names[colour]
        return ImageTk.PhotoImage(_pill(wide, high, ink, ink), master=self._owner)


def _pill(wide: int, high: int, fill: str, edge: str) -> Image.Image:
    big = (wide * _SCALE, high * _SCALE)
    picture = Image.new("RGBA", big)
    box = (0, 0, big[0] - 1, big[1] - 1)
    radius = min(big) // 2
    ImageDraw.Draw(picture).rounded_rectangle(box, radius, fill, edge, _SCALE)
    return picture.resize((wide, high), Image.Resampling.LANCZOS)
