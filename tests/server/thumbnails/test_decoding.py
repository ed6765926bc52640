"""What becomes of a picture: its size, its thumbnail, and nothing that was said of it."""

from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image

from server.files.thumbnailer import Made
from server.files.thumbnails import MOST_BYTES
from server.thumbnails import decoding
from shared import limits
from tests.support.pictures import (
    FORMATS,
    PNG_BEGINS,
    animated_gif,
    encoded,
    flat_png,
    noise,
    opened,
    orientation,
    picture,
    pixel,
)


@pytest.fixture(autouse=True, scope="module")
def loaded() -> Iterator[None]:
    before = Image.MAX_IMAGE_PIXELS
    decoding.load()
    yield
    Image.MAX_IMAGE_PIXELS = before


def make(data: bytes) -> Made:
    return decoding.make(BytesIO(data))


@pytest.mark.parametrize(("format", "type"), FORMATS.items())
@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((1920, 1080), (480, 270)),
        ((1000, 2000), (180, 360)),
        ((480, 360), (480, 360)),
        ((20, 10), (20, 10)),
        ((1, 3000), (1, 360)),
    ],
)
def test_a_thumbnail_fits_its_box(
    format: str, type: str, size: tuple[int, int], small: tuple[int, int]
) -> None:
    made = make(picture(format, size))
    assert (made.type, made.width, made.height) == (type, *size)
    assert opened(made.data).size == small
    assert len(made.data) < MOST_BYTES


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("number", range(9))
def test_it_is_turned_as_people_see_it(format: str, number: int) -> None:
    image = Image.new("RGB", (400, 200), "white")
    image.paste("red", (0, 0, 100, 100))  # the corner that is at the top left before turning
    made = make(encoded(image, format, exif=orientation(number)))
    sideways = 5 <= number <= 8
    assert (made.width, made.height) == ((200, 400) if sideways else (400, 200))
    shown = opened(made.data).convert("RGB")
    right, below = shown.width - 5, shown.height - 5
    # Exif 2.3, section 4.6.4: where row 0 and column 0 are.
    corner = {
        2: (right, 5), 3: (right, below), 4: (5, below), 5: (5, 5), 6: (right, 5),
        7: (right, below), 8: (5, below),
    }.get(number, (5, 5))  # fmt: skip
    red = {
        at for at in ((5, 5), (right, 5), (5, below), (right, below))
        if pixel(shown, at)[1] < 128
    }  # fmt: skip
    assert red == {corner}


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_it_has_no_metadata(format: str) -> None:
    made = make(picture(format, exif=orientation(1), icc_profile=b"SECRET" * 100))
    small = opened(made.data)
    assert not small.getexif()
    assert not {"exif", "icc_profile", "xmp"} & set(small.info)
    assert b"SECRET" not in made.data
    assert b"EXIF" not in made.data


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "I;16", "CMYK"])
def test_every_kind_of_pixels(mode: str) -> None:
    format = "JPEG" if mode == "CMYK" else "PNG"
    if mode == "PA":
        image = Image.new("RGBA", (600, 400), (200, 0, 0, 90)).quantize(16)
    elif mode == "I;16":
        image = Image.new(mode, (600, 400), 200 * 256)
    else:
        image = Image.new("L", (600, 400), 200).convert(mode)
    made = make(encoded(image, format))
    small = opened(made.data)
    assert (made.width, made.height, small.size) == (600, 400, (480, 320))
    if mode in ("L", "LA", "I;16"):
        assert abs(pixel(small.convert("L"), (9, 9))[0] - 200) < 5


def test_what_is_seen_through_stays_so() -> None:
    made = make(encoded(Image.new("RGBA", (600, 400), (255, 0, 0, 0)), "PNG"))
    assert pixel(opened(made.data).convert("RGBA"), (9, 9))[3] == 0


@pytest.mark.parametrize(
    ("width", "height", "is_made"),
    [
        (8_000, 5_000, True),
        (8_001, 5_000, False),
        (30_000, 30_000, False),
        (2**31 - 1, 2**31 - 1, False),
        (40_000_001, 1, False),
    ],
)
def test_too_many_pixels_are_not_decoded(width: int, height: int, is_made: bool) -> None:
    assert limits.PICTURE_PIXELS == 40_000_000
    data = flat_png(width, height, kind=0, rows=height if is_made else 0)
    made = make(data)
    assert made.type == "image/png"
    assert bool(made.data) == is_made
    assert (made.width, made.height) == ((width, height) if is_made else (0, 0))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("part", [0.02, 0.3, 0.9])
def test_half_a_picture_has_neither_size_nor_thumbnail(format: str, part: float) -> None:
    data = noise((300, 200), format)
    made = make(data[: int(len(data) * part)])
    assert made in (Made(), Made(FORMATS[format]))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PNG_BEGINS,
        PNG_BEGINS + b"%!PS-Adobe-3.0 EPSF-3.0\n" * 100,
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        b"<html>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        encoded(Image.new("RGB", (9, 9)), "BMP"),
        encoded(Image.new("RGB", (9, 9)), "TIFF"),
        encoded(Image.new("RGB", (9, 9)), "PPM"),
    ],
)
def test_no_other_decoder_is_tried(data: bytes) -> None:
    assert make(data) == Made()


def test_only_the_first_of_many_frames_is_decoded() -> None:
    made = make(animated_gif(10_000))
    assert opened(made.data).size == (64, 48)
    frames = [Image.new("RGB", (60, 40), color) for color in ("red", "blue", "green")]
    webp = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    small = opened(make(webp).data).convert("RGB")
    assert pixel(small, (9, 9))[0] > 200
