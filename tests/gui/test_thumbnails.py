"""Pictures in the conversation: their room, what is kept, what is shown in place of them."""

import io
import zlib
from collections.abc import Callable

import psutil
import pytest
from PIL import Image, ImageColor, ImageGrab

from client_mvc.view.contract.items import Extras, FileCard, Heading, Item, Message, Picture
from client_mvc.view.messages import thumbnails
from client_mvc.view.messages.message_view import MessageView
from client_mvc.view.messages.thumbnails import KEPT, decoded
from client_mvc.view.style.palette import DARK, LIGHT
from client_mvc.view.widgets import pictures
from client_mvc.view.window.main_window import ChatWindow
from shared import limits
from tests.gui.driver import Driver, Recorder
from tests.support.pictures import pixel

pytestmark = pytest.mark.gui

SIZE = Picture(320, 240, (1280, 960))


def data(width: int = 320, height: int = 240, kind: str = "PNG") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (width, height), "#336699").save(target, kind)
    return target.getvalue()


def shared(number: int, heading: bool = True, sender: str = "bob") -> FileCard:
    head = Heading("10:00", sender, 1) if heading else None
    return FileCard(
        f"p{number}", f"{number}.png", "84 KB", "", head, seq=number, sender=sender,
        kind="picture", picture=SIZE, extras=Extras("10:00"),
    )  # fmt: skip


def height(view: MessageView) -> int:
    view.update()
    return int(view.text.tk.call(str(view.text), "count", "-update", "-ypixels", "1.0", "end"))


def loaded(view: MessageView, count: int = 1) -> Callable[[], bool]:
    return lambda: len(view.thumbnails.shown) == count


def test_the_room_of_a_picture_is_kept_before_it_loads(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    view = window.messages
    view.append([Message("above"), shared(1), Message("below")])
    driver.until(lambda: set(intents.named("pictures.need")) == {("p1",)})
    before = height(view), view.text.bbox(view.text.search("below", "1.0"))
    view.show_picture("p1", data())
    driver.until(loaded(view))
    assert (height(view), view.text.bbox(view.text.search("below", "1.0"))) == before
    assert "1.png  ·  1280 × 960  ·  84 KB" in view.text.get("1.0", "end")  # noqa: RUF001
    x, y, wide, high = view.text.bbox("3.0") or (0, 0, 0, 0)
    assert (wide, high) >= (320, 240)
    driver.click(view.text, at=(x + wide // 2, y + high // 2))
    assert intents.named("pictures.open") == [("p1",)]


def test_a_picture_that_is_loading_has_a_ground(window: ChatWindow, driver: Driver) -> None:
    view = window.messages
    view.append([shared(1)])
    driver.until(lambda: view.text.image_cget("2.0", "image") != str(view._drawings.empty))
    driver.root.update()
    x, y, wide, high = view.text.bbox("2.0") or (0, 0, 0, 0)
    assert (wide, high) >= (320, 240)
    left, top = view.text.winfo_rootx(), view.text.winfo_rooty()
    ground = pixel(ImageGrab.grab(), (left + x + wide // 2, top + y + high // 2))
    assert ground != (255, 255, 255)
    assert min(ground) > 230


def test_the_edge_of_a_picture_is_soft_on_both_grounds() -> None:
    for palette in (LIGHT, DARK):
        line = ImageColor.getrgb(palette.line)
        below = Image.new("RGBA", (64, 48), palette.background)
        # A picture of the colour of the ground, so that only its edge is seen.
        corner = thumbnails._rounded(below.copy(), 8)
        seen = pixel(Image.alpha_composite(below, corner), (32, 0))
        assert all(abs(a - b) < 12 for a, b in zip(seen, line, strict=False))


@pytest.mark.parametrize("broken", [b"", b"no picture", data()[:80]])
def test_a_picture_that_cannot_be_had_is_a_card(
    window: ChatWindow, driver: Driver, broken: bytes
) -> None:
    view = window.messages
    view.append([shared(1), Message("below")])
    view.show_picture("p1", broken)
    driver.until(lambda: view.cards)
    assert view.cards[0].file.name == "1.png"
    assert view.text.get("1.0", "end-1c") == "10:00\tbob\n\nbelow\n"


def test_pictures_of_one_sender_stand_side_by_side(window: ChatWindow, driver: Driver) -> None:
    view = window.messages
    items: list[Item] = [shared(1), shared(2, False), shared(3, False, "ann"), Message("x")]
    view.append(items[:1])
    view.append(items[1:])
    driver.root.update()
    tops = [(view.text.bbox(f"{line}.0") or (0, 0))[:2] for line in (2, 4, 6)]
    assert tops[0][1] == tops[1][1] < tops[2][1]
    assert tops[0][0] < tops[1][0]
    view.change([(1, Message("instead"))])
    driver.root.update()
    assert "1.png" in str(
        view.text.tk.call(str(view.text), "get", "-displaychars", "1.0", "end")
    )


def test_pictures_side_by_side_load_without_moving_anything(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    view = window.messages
    view.append([shared(1), shared(2, False), Message("below")])
    before = height(view)
    driver.until(lambda: len(intents.named("pictures.need")) == 2)
    view.show_picture("p1", data())
    driver.until(loaded(view))
    assert height(view) == before


def test_only_pictures_near_the_view_are_kept(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    view = window.messages
    memory = psutil.Process().memory_info
    before = memory().rss
    count = 200
    view.append([shared(number) for number in range(count)])
    asked = 0
    for number in range(count - 1, -1, -5):
        view.show_place(number, mark=False)
        driver.until(lambda: not view.thumbnails._later.waiting)
        for (file_id,) in intents.named("pictures.need")[asked:]:
            asked += 1
            view.show_picture(file_id, data())
        driver.until(lambda: not view.thumbnails._worker._waiting)
    driver.until(lambda: len(view.thumbnails.shown) <= KEPT)
    assert asked >= count - 20
    assert memory().rss - before < 60 * 1024 * 1024
    far = [row.seq for row in view.thumbnails.shown]
    assert max(far) < 60


def test_a_picture_with_too_many_pixels_is_not_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert decoded(data(), (64, 64), 8) is not None
    assert decoded(data(kind="JPEG"), (64, 64), 8) is not None
    assert decoded(data(kind="TIFF"), (64, 64), 8) is None
    monkeypatch.setattr(limits, "PICTURE_PIXELS", 1_000)
    assert decoded(data(), (64, 64), 8) is None


def no_avif() -> bytes:
    """Pillow raises RuntimeError for it."""
    target = io.BytesIO()
    Image.new("RGB", (40, 30)).save(target, "AVIF")
    return target.getvalue().replace(b"pitm\0\0\0\0\0\1", b"pitm\0\0\0\0\0\2")


def bomb() -> bytes:
    """Pillow raises DecompressionBombError for it."""
    picture = bytearray(data())
    picture[16:24] = (20_000).to_bytes(4) * 2
    picture[29:33] = zlib.crc32(picture[12:29]).to_bytes(4)
    return bytes(picture)


@pytest.mark.parametrize("make", [no_avif, bomb])
def test_whatever_is_wrong_with_a_picture_it_cannot_be_shown(
    make: Callable[[], bytes],
) -> None:
    assert decoded(make(), (64, 64), 8) is None
    assert pictures.whole(make()) is None
    assert pictures.thumbnail(make(), (64, 64)) is None


def test_a_line_of_pixels_is_a_picture() -> None:
    assert decoded(data(3000, 10), (1, 300), 8) is not None
    assert decoded(data(10, 3000), (300, 1), 8) is not None
