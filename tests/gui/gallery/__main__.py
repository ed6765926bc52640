"""Draw the gallery's pictures.

Both themes at 96 dpi; `--dpi 192` for a screen with small pixels, `--text 28` for text of that
size. `--readme FILE` puts both pictures of the room for the README into FILE. Needs Xvfb.
"""

import argparse
from pathlib import Path

from client_mvc.i18n import translate
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.display import xvfb
from tests.gui.driver import Recorder
from tests.gui.gallery import readme
from tests.gui.gallery.shots import Gallery
from tests.gui.gallery.states import STATES


def main() -> None:
    """Draw the pictures."""
    options = argparse.ArgumentParser("tests.gui.gallery", description=__doc__)
    options.add_argument("folder", nargs="?", type=Path, default=Path("screenshots"))
    options.add_argument("--dpi", type=int, default=96)
    options.add_argument("--text", type=int, default=10, metavar="POINTS")
    options.add_argument("--only", nargs="*", help="the states to draw; default: all")
    options.add_argument("--language", default="en", help="the language of the window")
    options.add_argument("--readme", type=Path, metavar="FILE")
    chosen = options.parse_args()
    translate.choose([chosen.language])
    chosen.folder.mkdir(parents=True, exist_ok=True)
    scale = chosen.dpi / 96
    with xvfb(dpi=chosen.dpi, size=f"{int(1280 * scale)}x{int(900 * scale)}"):
        window = ChatWindow(Recorder(), dark=False, text_size=chosen.text)
        window.root.geometry("+0+0")
        for theme in ("light", "dark"):
            window.look.set_dark(theme == "dark")
            suffix = theme if chosen.dpi == 96 else f"{theme}-{chosen.dpi}"
            suffix += "" if chosen.text == 10 else f"-{chosen.text}pt"
            gallery = Gallery(window, chosen.folder, suffix)
            for state in STATES:
                if not chosen.only or state.__name__ in chosen.only:
                    state(gallery)
        window.close()
    if chosen.readme:
        readme.side_by_side(chosen.folder, chosen.readme)


if __name__ == "__main__":
    main()
