"""A picture's thumbnail, by Pillow.

The picture may be hostile: run this in a process with limits. No other module loads Pillow.
"""

import warnings
from io import BytesIO
from typing import BinaryIO

# All that a picture may need is loaded before the first one: then the process opens no files.
from PIL import (  # noqa: F401
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from server.files.thumbnailer import Made
from shared import limits, media_types

_TYPES = {
    "PNG": media_types.PNG,
    "JPEG": media_types.JPEG,
    "MPO": media_types.JPEG,  # a JPEG with more pictures behind it, as many cameras make
    "GIF": media_types.GIF,
    "WEBP": media_types.WEBP,
}
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What to do to a picture of each orientation (Exif 2.3, section 4.6.4)."""
_SIDEWAYS = (5, 6, 7, 8)
_QUALITY, _EFFORT = 78, 2
_SHARPNESS = 2.0
"""A picture is first reduced to this many times its size, fast, and then well."""
_BOX = (limits.THUMBNAIL_WIDTH, limits.THUMBNAIL_HEIGHT)


def load() -> None:
    """Prepare for pictures, once."""
    Image.init()
    # The pixels are compared below; Pillow would only warn of some of them.
    Image.MAX_IMAGE_PIXELS = None
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    warnings.simplefilter("ignore")
    with Image.new("RGBA", (2, 2)) as image:
        _webp(image)


def make(file: BinaryIO) -> Made:
    """Return what is known of a picture; of a bomb or a damaged one only its type."""
    try:
        image = Image.open(file, formats=_FORMATS)
    except Exception:  # noqa: BLE001 - a decoder may raise anything for bytes of a stranger
        return Made()
    with image:
        type = _TYPES.get(image.format or "", "")
        pixels = image.width * image.height
        if not type or not 0 < pixels <= limits.PICTURE_PIXELS:
            return Made(type)
        try:
            return _made(type, image)
        except Exception:  # noqa: BLE001 - see above
            return Made(type)


def _made(type: str, image: Image.Image) -> Made:
    width, height = image.size
    if type == media_types.PNG:
        image.load()  # what it says of its orientation may come behind the pixels
    turned = _orientation(image)
    sideways = turned in _SIDEWAYS
    if sideways:
        width, height = height, width
    small = _reduced(image, _BOX[::-1] if sideways else _BOX)
    if turned in _TURNS:
        small = small.transpose(_TURNS[turned])
    return Made(type, width, height, _webp(small))


def _orientation(image: Image.Image) -> int:
    try:
        found = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - see above
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _reduced(image: Image.Image, box: tuple[int, int]) -> Image.Image:
    """Return the picture in RGB or RGBA, no larger than the box."""
    if image.mode in ("P", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
    elif image.mode.startswith("I"):  # 16 bits of grey, which `convert` would cut off
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    image.thumbnail(box, Image.Resampling.BICUBIC, reducing_gap=_SHARPNESS)
    if image.mode not in ("RGB", "RGBA"):
        image = image.convert("RGBA" if image.mode in ("LA", "La", "RGBa") else "RGB")
    return image


def _webp(image: Image.Image) -> bytes:
    """Encode pixels, and nothing that was said of them."""
    image.info.clear()
    out = BytesIO()
    image.save(
        out, "WEBP", quality=_QUALITY, method=_EFFORT, exif=b"", icc_profile=b"", xmp=b""
    )
    return out.getvalue()
