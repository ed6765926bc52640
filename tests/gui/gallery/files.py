"""Files: transfers, the file viewer, the file dialog."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from client_mvc.view.contract.values import SavingRow
from client_mvc.view.contract.windows import FileText
from client_mvc.view.dialogs.file_chooser import FileChooser, Mode
from tests.gui.gallery.samples import UPLOADS
from tests.gui.gallery.shots import Gallery, State

SOURCE = "\n".join(
    f"def line_{n}() -> str:  # größe 👍\n    return {'x' * (n % 40 * 5)!r}\n"
    for n in range(90)
)


def uploads(gallery: Gallery) -> None:
    """Uploads in every state."""
    gallery.room()
    window = gallery.window
    window.transfers.show(UPLOADS)
    gallery.driver.focus(window.transfers.rows["2"].retry)
    gallery.shoot("uploads")
    window.transfers.show(UPLOADS[4:6])
    gallery.shoot("uploads-waiting")


def saving(gallery: Gallery) -> None:
    """All files being saved."""
    gallery.room()
    window = gallery.window
    window.transfers.show(UPLOADS[:1])
    window.transfers.show_saving(
        SavingRow("Saving 3 of 12 files in /home/alice/Downloads", 0.2)
    )
    gallery.shoot("saving")
    failed = (
        "notes.txt (The file was removed on the server), "
        "größe 👍.txt (The disk of this computer is full)"
    )
    window.transfers.show_saving(
        SavingRow("2 of 12 files not saved in /home/alice", 1.0, failed, over=True)
    )
    gallery.shoot("saving-failed")
    window.transfers.show_saving(None)


def reading(gallery: Gallery) -> None:
    """The file viewer with a search, with and without wrapped lines."""
    gallery.room()
    gallery.window.windows.show_file(
        FileText("1", "line 👍.py", "9.4 KB, utf-8", SOURCE + "long " * 2_000, "A note.")
    )
    viewer = gallery.window.windows.files["1"]
    gallery.driver.until(lambda: not viewer.page.loading)
    gallery.driver.focus(viewer.find.text)
    gallery.driver.paste("LINE_1")
    gallery.driver.until(lambda: viewer.count.cget("text"))
    gallery.shoot("viewer", viewer)
    viewer.wrap.invoke()
    viewer.page.text.yview_moveto(1.0)
    gallery.driver.focus(viewer.page.text)
    gallery.shoot("viewer-wrapped", viewer)
    gallery.driver.key("Escape")


def choosing(gallery: Gallery) -> None:
    """The file dialog."""
    gallery.room()
    with TemporaryDirectory() as name:
        folder = Path(name) / "notes of alice"
        for below in ("drafts", "größe"):
            (folder / below).mkdir(parents=True)
        for number, file in enumerate(("a 👍.txt", "b.txt", "日本語.log", "long" * 40)):
            (folder / file).write_text("x" * 1_000**number if number < 3 else "")
            os.utime(folder / file, (1_800_000_000, 1_800_000_000))
        modes: tuple[Mode, ...] = ("share", "save", "folder")
        for mode in modes:
            dialog = FileChooser(
                gallery.window.look,
                gallery.window.root,
                "Files",
                mode=mode,
                folder=folder,
                name="b.txt" if mode == "save" else "",
                hint="This room takes any file of up to 10 MB." if mode == "share" else "",
            )
            dialog.appear(dialog.tree)
            gallery.driver.focus(dialog.tree)
            if mode == "share":
                gallery.driver.key("Down", "Down", "Down", "shift+Down")
            if mode == "save":
                gallery.driver.click(dialog.accept)
            gallery.shoot(f"choose-{mode}", dialog)
            dialog.destroy()


STATES: tuple[State, ...] = (uploads, saving, reading, choosing)
