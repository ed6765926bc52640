"""Pictures for tests: good ones by Pillow, and hostile ones by hand."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

PNG_BEGINS = b"\x89PNG\r\n\x1a\n"
FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}


def picture(format: str = "PNG", size: tuple[int, int] = (640, 400), **options: Any) -> bytes:
    """Return a picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    return encoded(image, format, **options)


def noise(size: tuple[int, int], format: str = "PNG") -> bytes:
    """Return a picture that no encoder makes small."""
    return encoded(Image.effect_noise(size, 80).convert("RGB"), format)


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def pixel(image: Image.Image, at: tuple[int, int]) -> tuple[int, ...]:
    """Return the colour of a pixel: a number for each band of the picture."""
    value = image.getpixel(at)
    if isinstance(value, tuple):
        return value
    assert isinstance(value, int)
    return (value,)


def opened(data: bytes) -> Image.Image:
    """Return a picture with its pixels loaded."""
    with Image.open(BytesIO(data)) as image:
        image.load()
    return image


def orientation(number: int) -> Image.Exif:
    """Return Exif data with this orientation, and a place where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = number
    exif[0x010E] = "SECRET PLACE"
    return exif


def chunk(name: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    )


def flat_png(width: int, height: int, *, kind: int = 2, rows: int | None = None) -> bytes:
    """Return a PNG whose pixels are all 0, deflated to a thousandth.

    Args:
        width: in pixels.
        height: in pixels.
        kind: the colour type (2: RGB, 6: RGBA).
        rows: how many of its rows it has; None for all.
    """
    row = b"\0" * (1 + width * {0: 1, 2: 3, 6: 4}[kind])
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row) for _ in range(height if rows is None else rows))
    body += packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    return PNG_BEGINS + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def animated_gif(frames: int, size: tuple[int, int] = (64, 48)) -> bytes:
    """Return a GIF with so many frames, all alike but the first."""
    whole = picture("GIF", size)
    table = 3 * (2 << (whole[10] & 7)) if whole[10] & 0x80 else 0
    begin = whole.index(b"\x2c", 13 + table)
    while whole[begin + 1 : begin + 5] != b"\0\0\0\0":
        begin = whole.index(b"\x2c", begin + 1)
    frame = whole[begin:-1]
    return whole[:begin] + frame * frames + b"\x3b"
