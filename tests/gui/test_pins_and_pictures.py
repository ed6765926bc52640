"""The bar and the window of pinned messages, the viewer of pictures, and what is dropped."""

import io
import tkinter as tk
from pathlib import Path

import pytest
from PIL import Image

from client_mvc.view.contract.values import PinBar
from client_mvc.view.contract.windows import PictureView, PinRow
from client_mvc.view.dialogs.picture_viewer import PictureViewer
from client_mvc.view.dialogs.pins import PinsWindow
from client_mvc.view.window.main_window import ChatWindow
from shared import limits
from tests.gui.driver import Chosen, Driver, Recorder

pytestmark = pytest.mark.gui

PINS = [
    PinRow(9, "Today", "10:14", "alice", 0, "the newest"),
    PinRow(5, "1 Nov", "09:00", "bob", 1, "the second"),
    PinRow(2, "1 Nov", "08:00", "bob", 1, "the oldest"),
]


# --- pins ----------------------------------------------------------------------------------


def test_the_bar_shows_the_newest_pin_and_leads_to_it(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    window.pins.show(PinBar(9, "alice", 0, "the newest", 3))
    driver.click(window.pins.text)
    assert intents.named("conversation.show_pins") == [()]
    driver.click(window.pins.all)
    assert intents.named("conversation.show_pins") == [(), ()]
    driver.click(window.pins.jump)
    assert intents.named("history.go_to") == [(9,)]
    window.pins.show(None)
    assert not window.pins.winfo_ismapped()


def test_a_long_pin_leaves_room_for_the_buttons(window: ChatWindow, driver: Driver) -> None:
    window.pins.show(PinBar(9, "alice" * 6, 0, "long " * 90, 3))
    window.root.geometry("430x500")
    driver.until(lambda: window.root.winfo_width() == 430)
    driver.root.update()
    for button in (window.pins.jump, window.pins.all):
        right = button.winfo_rootx() + button.winfo_width()
        assert right <= window.root.winfo_rootx() + 430
        assert button.winfo_width() >= button.winfo_reqwidth()


def opened_pins(window: ChatWindow, *, may_unpin: bool) -> PinsWindow:
    window.windows.show_pins(PINS, may_unpin=may_unpin, lift=True)
    pins = window.windows.pins
    assert pins is not None
    return pins


def test_a_pin_is_gone_to_by_enter_and_by_double_click(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    driver.focus(opened_pins(window, may_unpin=False).tree)
    driver.key("Down", "Return")
    assert intents.named("history.go_to") == [(5,)]
    assert window.windows.pins is None
    assert intents.named("conversation.pins_closed") == [()]
    pins = opened_pins(window, may_unpin=False)
    driver.click_row(pins.tree, "2", times=2)
    assert intents.named("history.go_to") == [(5,), (2,)]


def test_moderators_unpin_one_after_the_other(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    pins = opened_pins(window, may_unpin=True)
    driver.focus(pins.tree)
    driver.key("Down", "Delete")
    assert intents.named("conversation.pin") == [(5, False)]
    window.windows.show_pins([PINS[0], PINS[2]], may_unpin=True, lift=False)
    driver.click(pins.unpin)
    assert intents.named("conversation.pin") == [(5, False), (2, False)]
    window.windows.show_pins([], may_unpin=True, lift=False)
    assert str(pins.summary.cget("text")) == "Nothing is pinned."
    assert pins.unpin.instate(["disabled"])


def test_others_cannot_unpin(window: ChatWindow, driver: Driver, intents: Recorder) -> None:
    pins = opened_pins(window, may_unpin=False)
    driver.focus(pins.tree)
    driver.key("Delete")
    assert intents.named("conversation.pin") == []
    assert not pins.unpin.winfo_ismapped()


def test_a_closed_window_of_pins_stays_closed(window: ChatWindow) -> None:
    window.windows.show_pins(PINS, may_unpin=True, lift=False)
    assert window.windows.pins is None


# --- the viewer ----------------------------------------------------------------------------


def saved(folder: Path, size: tuple[int, int], name: str = "p.png") -> Path:
    path = folder / name
    Image.new("RGB", size, "#336699").save(path)
    return path


@pytest.fixture
def viewer(window: ChatWindow, driver: Driver, tmp_path: Path) -> PictureViewer:
    path = saved(tmp_path, (4000, 3000))
    window.windows.show_picture(PictureView("f", "p.png", "12 MP", path, after=True), lift=True)
    shown = window.windows.picture
    assert shown is not None
    driver.until(lambda: shown.has_picture)
    driver.focus(shown.view)
    return shown


def drawn(viewer: PictureViewer) -> tuple[int, int]:
    """Return the size of what Tk has of the picture."""
    (item,) = viewer.view.find_all()
    image = viewer.view.itemcget(item, "image")
    return int(viewer.tk.call("image", "width", image)), int(
        viewer.tk.call("image", "height", image)
    )


def test_a_large_picture_is_never_whole_in_memory_of_tk(
    viewer: PictureViewer, driver: Driver
) -> None:
    view = viewer.view
    room = view.winfo_width(), view.winfo_height()
    assert viewer.scale < 1
    assert drawn(viewer)[1] == pytest.approx(room[1], abs=2)
    driver.key("1")
    assert viewer.scale == 1
    assert drawn(viewer) == room
    driver.key(*["plus"] * 20)
    assert viewer.scale == 8
    assert all(abs(has - fits) <= 8 for has, fits in zip(drawn(viewer), room, strict=True))
    driver.key("0")
    assert viewer.scale < 1


def test_the_wheel_keeps_the_place_under_the_pointer(
    viewer: PictureViewer, driver: Driver
) -> None:
    driver.key("1")
    view = viewer.view
    at = (100, 60)

    def place() -> tuple[float, float]:
        """Return the pixel of the picture at that point."""
        return tuple(  # type: ignore[return-value]
            centre * size + (point - room / 2) / viewer.scale
            for centre, size, point, room in zip(
                viewer._centre,
                (4000, 3000),
                at,
                (view.winfo_width(), view.winfo_height()),
                strict=True,
            )
        )

    before = place()
    driver.click(view, 4, at=at)
    assert viewer.scale == 1.25
    assert place() == pytest.approx(before, abs=1)
    driver.click(view, 5, at=at)
    assert viewer.scale == pytest.approx(1)


def test_dragging_moves_the_picture_up_to_its_edge(
    viewer: PictureViewer, driver: Driver
) -> None:
    driver.key("1")
    before = viewer._centre
    driver.drag(viewer.view, (300, 200), (250, 180))
    assert viewer._centre[0] == pytest.approx(before[0] + 50 / 4000, abs=1e-6)
    assert viewer._centre[1] == pytest.approx(before[1] + 20 / 3000, abs=1e-6)
    driver.key(*["shift+Left"] * 30)
    assert viewer._centre[0] == pytest.approx(viewer.view.winfo_width() / 2 / 4000)


def test_keys_and_buttons_go_on_save_and_close(
    viewer: PictureViewer, driver: Driver, intents: Recorder, chosen: Chosen
) -> None:
    driver.key("Right", "Left")
    assert intents.named("pictures.step") == [(1,), (-1,)]
    assert viewer.previous.instate(["disabled"])
    driver.click(viewer.next)
    assert intents.named("pictures.step") == [(1,), (-1,), (1,)]
    chosen.target = Path("/tmp/x.png")
    driver.focus(viewer.view)
    driver.key("ctrl+s")
    assert intents.named("files.save") == [("f", Path("/tmp/x.png"))]
    assert chosen.offered == ["p.png"]
    driver.key("Escape")
    assert intents.named("pictures.closed") == [()]


def test_another_picture_takes_the_place_of_the_first(
    window: ChatWindow, viewer: PictureViewer, driver: Driver, tmp_path: Path
) -> None:
    driver.key("1")
    window.windows.show_picture(PictureView("g", "q.png", ""), lift=False)
    driver.until(viewer.message.winfo_ismapped)
    assert not viewer.has_picture
    path = saved(tmp_path, (20, 10), "q.png")
    window.windows.show_picture(PictureView("g", "q.png", "", path), lift=False)
    driver.until(lambda: viewer.has_picture)
    assert drawn(viewer) == (20, 10), "a small picture is not enlarged"
    window.windows.show_picture(None, lift=False)
    assert window.windows.picture is None


@pytest.mark.parametrize("kind", ["postscript", "damaged", "bomb", "missing"])
def test_what_is_no_picture_is_said(
    window: ChatWindow, driver: Driver, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "p"
    if kind == "postscript":
        path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    elif kind == "damaged":
        written = io.BytesIO()
        Image.new("RGB", (300, 300)).save(written, "PNG")
        path.write_bytes(written.getvalue()[:200])
    elif kind == "bomb":
        edge = int(limits.PICTURE_PIXELS**0.5) + 1
        Image.new("1", (edge, edge)).save(path, "PNG")
    window.windows.show_picture(PictureView("f", "p", "", path), lift=True)
    viewer = window.windows.picture
    assert viewer is not None
    driver.until(lambda: "cannot be shown" in str(viewer.message.cget("text")))
    assert not viewer.has_picture


# --- drop ----------------------------------------------------------------------------------


def test_dropped_files_go_above_the_field(window: ChatWindow, intents: Recorder) -> None:
    script = str(window.root.tk.call("bind", ".", "<<Drop:DND_Files>>"))
    if not script:
        pytest.fail("tkinterdnd2 is not installed; the tests need it")
    window.root.tk.eval(script.replace("%D", "{{/tmp/a b.txt} /tmp/c}"))
    assert intents.named("attachments.add") == [([Path("/tmp/a b.txt"), Path("/tmp/c")],)]


def test_a_destroyed_viewer_takes_no_picture(window: ChatWindow, tmp_path: Path) -> None:
    path = saved(tmp_path, (2000, 2000))
    window.windows.show_picture(PictureView("f", "p", "", path), lift=True)
    window.windows.show_picture(None, lift=False)
    window.root.update()
    assert not any(isinstance(one, tk.Toplevel) and isinstance(one, PictureViewer)
                   for one in window.root.winfo_children())  # fmt: skip
