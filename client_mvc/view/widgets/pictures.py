"""Decode pictures that strangers sent: only known formats, and nothing that is too large.

They may run on any thread.
"""

import io
from pathlib import Path

from PIL import Image, ImageOps

from shared import limits

# Without this list an EPS file makes Pillow start Ghostscript.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "AVIF")


FAULTS = Exception
"""What Pillow raises for files that are damaged, missing or too large: its decoders may raise
anything for bytes of a stranger, such as `RuntimeError` or `DecompressionBombError`."""


def opened(source: bytes | Path, *, about: tuple[int, int] | None = None) -> Image.Image:
    """Decode a picture, turned as its camera says; of an animated one the first frame.

    Args:
        source: The file, or what is in it.
        about: If the picture is wanted no larger than that, a JPEG is decoded at a fraction of
            its size.

    Returns:
        A picture in mode RGB, or RGBA if it has transparent parts.

    Raises:
        FAULTS: It is none of the formats, is damaged, or has more pixels than
            `limits.PICTURE_PIXELS`.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    with Image.open(file, formats=FORMATS) as picture:
        if picture.width * picture.height > limits.PICTURE_PIXELS:
            raise ValueError(picture.size)
        if about is not None:
            picture.draft("RGB", (about[0] * 2, about[1] * 2))
        picture.load()
        turned = ImageOps.exif_transpose(picture)
        return turned.convert("RGBA" if turned.has_transparency_data else "RGB")


def as_png(picture: Image.Image, *, level: int = 6) -> bytes:
    """Return a picture as a PNG file; a lower `level` of compression, from 9 on, is quicker."""
    written = io.BytesIO()
    picture.save(written, "PNG", compress_level=level)
    return written.getvalue()


def whole(source: bytes | Path) -> Image.Image | None:
    """Decode a picture; None if it cannot be shown."""
    try:
        return opened(source)
    except FAULTS:
        return None


def thumbnail(source: bytes | Path, most: tuple[int, int]) -> Image.Image | None:
    """Decode a picture to at most this width and height; None if it cannot be shown."""
    try:
        picture = opened(source, about=most)
        picture.thumbnail(most, Image.Resampling.LANCZOS, reducing_gap=2.0)
    except FAULTS:
        return None
    return picture
