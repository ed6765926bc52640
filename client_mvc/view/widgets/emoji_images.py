"""Emoji as pictures of any size, drawn by Pillow with the colour font of the system.

Tk draws neither joined emoji nor flags; Pillow does. `None` where there is no such font, or
where it lacks the emoji: then the caller writes it as text, or leaves it out.
"""

import subprocess
import sys
from functools import cache, lru_cache

from PIL import Image, ImageDraw, ImageFont, ImageTk

_FAMILY = "Noto Color Emoji"
_FILES = {
    "win32": "seguiemj.ttf",
    "darwin": "/System/Library/Fonts/Apple Color Emoji.ttc",
}
_SIZES = (109, 160, 96)
"""The sizes of the bitmaps in these fonts, Noto's first; an outline font has every size."""
_LOOK_UP_WITHIN = 5.0
_SAMPLE = "👍"


def available() -> bool:
    """Tell whether this system has a font that emoji can be drawn with."""
    return _font() is not None


@cache
def draws(emoji: str) -> bool:
    """Tell whether `drawn` can draw this emoji, as one picture."""
    font = _font()
    if font is None:
        return False
    _left, top, right, bottom = font.getbbox(emoji)
    # A font without a glyph for the whole draws its parts side by side.
    return bottom > top and right < 1.5 * font.getbbox(_SAMPLE)[2]


@lru_cache(2_000)
def drawn(emoji: str, size: int) -> Image.Image | None:
    """Return a picture of an emoji, `size` pixels high and about as wide.

    It is shared: copy it before you change it.
    """
    font = _font()
    if font is None or not draws(emoji):
        return None
    _left, _top, right, bottom = font.getbbox(emoji)
    big = Image.new("RGBA", (int(right), int(bottom)))
    ImageDraw.Draw(big).text((0, 0), emoji, font=font, embedded_color=True)
    wide = max(1, round(size * right / bottom))
    return big.resize((wide, size), Image.Resampling.LANCZOS, reducing_gap=2.0)


@lru_cache(500)
def photo(emoji: str, size: int) -> ImageTk.PhotoImage | None:
    """Return the picture of `drawn` for Tk. Keep it as long as a widget shows it."""
    picture = drawn(emoji, size)
    return None if picture is None else ImageTk.PhotoImage(picture)


@cache
def _font() -> ImageFont.FreeTypeFont | None:
    path = _FILES.get(sys.platform) or _matched()
    for size in _SIZES:
        try:
            font = ImageFont.truetype(path, size)
        except (OSError, ValueError):
            continue
        # Another font may stand in for a missing one; its emoji have no colours, or no ink.
        named_so = "emoji" in str(font.getname()[0]).lower()
        if named_so and font.getmask(_SAMPLE).getbbox() is not None:
            return font
    return None


def _matched() -> str:
    command = ["fc-match", "-f", "%{file}", _FAMILY]
    try:
        found = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=_LOOK_UP_WITHIN, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.strip()
