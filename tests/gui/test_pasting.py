"""What is pasted: from another program's clipboard, by real keys."""

import io
import itertools
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from client_mvc.view.contract.values import Attachment
from client_mvc.view.contract.windows import PictureView
from client_mvc.view.widgets.clipboard import Clipboard, Pasted, files_of
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.clipboard_owner import ROOT, clipboard_of_another
from tests.gui.driver import Driver, Recorder

pytestmark = pytest.mark.gui


def picture(wide: int, high: int, kind: str = "PNG") -> bytes:
    noise = random.Random(7).randbytes(wide * high * 3)
    written = io.BytesIO()
    Image.frombytes("RGB", (wide, high), noise).save(written, kind)
    return written.getvalue()


def content(window: ChatWindow) -> str:
    return window.composer.text.get("1.0", "end-1c")


def note(window: ChatWindow) -> str:
    shown = window.composer.note
    return str(shown.cget("text")) if shown.winfo_ismapped() else ""


@pytest.mark.parametrize("size", [(2, 2), (900, 700)])
def test_a_picture_goes_above_the_field(
    window: ChatWindow,
    driver: Driver,
    intents: Recorder,
    tmp_path: Path,
    size: tuple[int, int],
) -> None:
    png = picture(*size)
    # Decoders ignore what follows; a short answer of Tk would end at the first NUL.
    png += bytes(max(0, 4_100 - len(png)))
    with clipboard_of_another(tmp_path, image_png=png):
        driver.type("look: ")
        driver.key("ctrl+v")
        driver.until(lambda: intents.named("attachments.add_picture"))
    assert intents.named("attachments.add_picture") == [(png,)]
    assert content(window) == "look: "


def test_a_bitmap_is_shared_as_png(
    driver: Driver, intents: Recorder, tmp_path: Path, window: ChatWindow
) -> None:
    with clipboard_of_another(tmp_path, image_bmp=picture(60, 40, "BMP")):
        driver.key("ctrl+v")
        driver.until(lambda: intents.named("attachments.add_picture"))
    ((png,),) = intents.named("attachments.add_picture")
    assert png.startswith(b"\x89PNG")


def test_copied_files_go_above_the_field(
    window: ChatWindow, driver: Driver, intents: Recorder, tmp_path: Path
) -> None:
    listed = b"file:///tmp/a%20%F0%9F%91%8D.txt\r\nfile://localhost/b\r\n"
    with clipboard_of_another(
        tmp_path, text_uri__list=listed, UTF8_STRING=b"/tmp/a", image_png=picture(40, 40)
    ):
        driver.key("ctrl+v")
        driver.until(lambda: intents.named("attachments.add"))
    assert intents.named("attachments.add") == [((Path("/tmp/a 👍.txt"), Path("/b")),)]
    assert content(window) == ""


def test_files_copied_in_a_file_manager_without_a_plain_list_are_taken(
    driver: Driver, intents: Recorder, tmp_path: Path, window: ChatWindow
) -> None:
    listed = b"copy\nfile:///tmp/a%20b.txt\nfile:///tmp/c"
    with clipboard_of_another(tmp_path, x__special_gnome__copied__files=listed):
        driver.key("ctrl+v")
        driver.until(lambda: intents.named("attachments.add"))
    assert intents.named("attachments.add") == [((Path("/tmp/a b.txt"), Path("/tmp/c")),)]


def test_a_link_is_pasted_as_text(window: ChatWindow, driver: Driver, tmp_path: Path) -> None:
    link = b"https://a.example/"
    with clipboard_of_another(tmp_path, text_uri__list=link, UTF8_STRING=link):
        driver.key("ctrl+v")
        driver.until(lambda: content(window))
    assert content(window) == link.decode()


def test_with_shift_a_picture_of_text_is_pasted_as_text(
    window: ChatWindow, driver: Driver, intents: Recorder, tmp_path: Path
) -> None:
    both: dict[str, Any] = {"image_png": picture(40, 40), "UTF8_STRING": b"1\t2"}
    with clipboard_of_another(tmp_path, **both):
        driver.key("ctrl+shift+v")
        driver.until(lambda: content(window))
    assert content(window) == "1\t2"
    assert intents.named("attachments.add_picture") == []


@pytest.mark.parametrize("characters", [8_000, 8_001])
def test_a_text_that_is_too_long_is_offered_as_a_file(
    window: ChatWindow, driver: Driver, intents: Recorder, tmp_path: Path, characters: int
) -> None:
    text = "é" * characters
    with clipboard_of_another(tmp_path, UTF8_STRING=text.encode()):
        driver.key("ctrl+v")
        driver.until(lambda: content(window) or intents.named("attachments.add_text"))
    as_file = characters > 8_000
    assert intents.named("attachments.add_text") == ([(text,)] if as_file else [])
    assert content(window) == ("" if as_file else text)


@pytest.mark.parametrize(
    ("offered", "said"),
    [
        ({"application_x__other": b"x"}, "neither text nor a picture nor a file"),
        ({"image_png": b"no picture" * 600}, "cannot be read"),
    ],
)
def test_what_cannot_be_sent_is_said(
    window: ChatWindow,
    driver: Driver,
    intents: Recorder,
    *,
    tmp_path: Path,
    offered: dict[str, Any],
    said: str,
) -> None:
    with clipboard_of_another(tmp_path, **offered):
        driver.key("ctrl+v")
        driver.until(lambda: said in note(window))
    assert content(window) == ""
    assert intents.calls == []
    driver.type("x")
    driver.until(lambda: note(window) == "")


def test_an_empty_clipboard_is_said(window: ChatWindow, driver: Driver, tmp_path: Path) -> None:
    with clipboard_of_another(tmp_path, UTF8_STRING=b"x"):
        pass
    driver.key("ctrl+v")
    driver.until(lambda: "empty" in note(window))


def test_a_program_that_hangs_does_not_freeze_the_window(
    window: ChatWindow, driver: Driver, tmp_path: Path
) -> None:
    turns: list[float] = []

    def turn() -> None:
        turns.append(time.monotonic())
        if not note(window):
            window.root.after(20, turn)

    with clipboard_of_another(tmp_path, hangs=True, UTF8_STRING=b"x"):
        window.root.after(20, turn)
        driver.key("ctrl+v", "ctrl+v")
        driver.until(lambda: "does not answer" in note(window), 30)
    assert max(b - a for a, b in itertools.pairwise(turns)) < 2
    window.root.clipboard_clear()
    window.root.clipboard_append("again")
    driver.key("ctrl+v")
    driver.until(lambda: content(window) == "again")


class SlowProgram:
    """Stands for xclip; answers when it is `released`."""

    available = True

    def __init__(self) -> None:
        self.released = threading.Event()
        self.asked: list[str] = []

    def read(self, target: str, within: float) -> bytes | None:
        self.asked.append(target)
        return picture(30, 30) if self.released.wait(within) else None


def test_large_data_is_read_by_a_program_on_a_thread(
    window: ChatWindow, driver: Driver, tmp_path: Path
) -> None:
    program = SlowProgram()
    clipboard = Clipboard(window.root, program)
    got: list[Pasted] = []
    with clipboard_of_another(tmp_path, image_png=b"asked of the program"):
        window.root.update()  # Tk hears that the clipboard is another's
        clipboard.read(got.append)
        driver.until(lambda: program.asked == ["image/png"])
        driver.type("alive")
        assert content(window) == "alive"
        assert got == []
        program.released.set()
        driver.until(lambda: got)
    assert got == [Pasted(picture=picture(30, 30))]


def test_a_picture_of_this_program_is_pasted_here_and_elsewhere(
    window: ChatWindow, driver: Driver, intents: Recorder, tmp_path: Path
) -> None:
    path = tmp_path / "p.png"
    path.write_bytes(picture(20, 10))
    window.windows.show_picture(PictureView("f", "p.png", "", path), lift=True)
    viewer = window.windows.picture
    assert viewer is not None
    driver.until(lambda: viewer.has_picture)
    window.root.clipboard_clear()
    driver.focus(viewer.view)
    driver.key("ctrl+c")
    own = ("selection", "own", "-selection", "CLIPBOARD")
    driver.until(lambda: str(window.root.tk.call(*own)) == ".")
    driver.key("Escape")
    driver.focus(window.composer.text)
    driver.key("ctrl+v")
    driver.until(lambda: intents.named("attachments.add_picture"))
    ((data,),) = intents.named("attachments.add_picture")
    script = (
        "import sys, tkinter; root = tkinter.Tk(); root.withdraw();"
        "value = root.selection_get(selection='CLIPBOARD', type='image/png');"
        "sys.stdout.buffer.write(value.encode('latin-1'))"
    )
    # Tk of the window has to answer the other program.
    other = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE)
    assert other.stdout is not None
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(other.stdout.read()), daemon=True)
    reader.start()
    driver.until(lambda: read)
    other.wait(10)
    other.stdout.close()
    for each in (data, read[0]):
        with Image.open(io.BytesIO(each)) as shown:
            assert (shown.format, shown.size) == ("PNG", (20, 10))


def test_pasting_with_the_focus_elsewhere_works_too(
    window: ChatWindow, driver: Driver, intents: Recorder, tmp_path: Path
) -> None:
    with clipboard_of_another(tmp_path, image_png=picture(80, 80)):
        driver.focus(window.members.tree)
        driver.key("ctrl+v")
        driver.until(lambda: intents.named("attachments.add_picture"))


def test_a_field_of_a_dialog_takes_no_picture_for_text(
    window: ChatWindow, driver: Driver, tmp_path: Path
) -> None:
    window.search.open()
    with clipboard_of_another(tmp_path, image_png=picture(80, 80)):
        driver.focus(window.search.field.text)
        driver.key("ctrl+v")
        driver.type(".")
    assert window.search.field.get() == "."


def test_the_files_above_the_field(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    shown = [Attachment("a", "pasted.png", "1 KB", picture(300, 200)), Attachment("b", "b.txt")]
    window.composer.show_attachments(shown)
    cards = window.composer.attachments.cards
    driver.until(lambda: cards["a"].picture.cget("image"))
    driver.click(cards["b"].remove)
    assert intents.named("attachments.remove") == [("b",)]
    window.composer.show_attachments(shown[:1])
    assert list(cards) == ["a"]
    driver.focus(window.composer.text)
    driver.key("Return")
    assert intents.named("composer.send") == [("",)]
    window.composer.show_attachments([])
    assert not window.composer.attachments.winfo_ismapped()


def test_a_damaged_preview_is_a_card_with_an_icon(window: ChatWindow, driver: Driver) -> None:
    window.composer.show_attachments(
        [Attachment("a", "a.png", preview=b"%!PS-Adobe-3.0 EPSF-3.0\n"), Attachment("b", "b")]
    )
    cards = window.composer.attachments.cards
    window.composer.show_attachments([Attachment("b", "b", preview=picture(9, 9))])
    driver.until(lambda: cards["b"].picture.cget("image"))


@pytest.mark.parametrize(
    ("listed", "files"),
    [
        (b"# a comment\r\nfile:///a\r\n\r\nhttps://b/\r\nfile://elsewhere/c", ["/a"]),
        (b"file:///%ff\0", ["/\udcff"]),
        (b"file:///\xe9", []),
        (b"file://[::1/x", []),
        (b"", []),
    ],
)
def test_lists_of_addresses(listed: bytes, files: list[str]) -> None:
    assert files_of(listed) == tuple(map(Path, files))
