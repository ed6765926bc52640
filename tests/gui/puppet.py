"""The desktop client in its own process, which a test can query.

`python -m tests.gui.puppet OPTIONS` runs `client_mvc` with these options. A line of JSON on
standard input asks for the content of the window, a line on standard output answers. All input
is real events: `Puppet` has its own display and presses keys on it.
"""

import json
import os
import queue
import subprocess
import sys
import threading
import time
import tkinter as tk
import traceback
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from PIL import ImageGrab

from client_mvc.view.dialogs.file_chooser import FileChooser
from tests.gui.display import display
from tests.support.waiting import Condition

ROOT = Path(__file__).parents[2]
WITHIN = 45.0


class Puppet:
    """One client, seen from the test; `language` is a locale, for example "de"."""

    def __init__(self, folder: Path, *options: str, language: str = "en") -> None:
        self.folder = folder
        # LC_ALL would override the others; the encoding is UTF-8 in every language.
        self._locale = {"LC_ALL": "", "LC_MESSAGES": language, "LANG": "C.UTF-8"}
        self._options = options
        self._stack = ExitStack()
        self.start()

    def start(self) -> None:
        """Start the client, also after it ended."""
        own = self._stack.enter_context(display(size="1100x800"))
        self._environment = os.environ | own | self._locale
        self._process = subprocess.Popen(
            [
                sys.executable, "-m", "tests.gui.puppet", "--data-dir", str(self.folder),
                *self._options,
            ],
            cwd=ROOT, env=self._environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    @property
    def environment(self) -> dict[str, str]:
        """That of the client, with its display: for other programs beside it."""
        return dict(self._environment)

    def ask(self, question: str, *details: Any) -> Any:
        """Ask the window; `_Answers` has the questions."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([question, *details]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"the client ended: {self.log()}"
        found, problem = json.loads(answer)
        assert not problem, problem
        return found

    def until(self, condition: Condition, within: float = WITHIN) -> None:
        """Wait until `condition` holds; `within` is in seconds."""
        deadline = time.monotonic() + within
        while not condition():
            assert time.monotonic() < deadline, f"not within {within} s: {self.ask('all')}"
            time.sleep(0.01)  # leave the processor to the client and its server

    def shows(self, *texts: str) -> None:
        """Wait until the conversation shows all these texts."""
        self.until(lambda: all(text in self.ask("conversation") for text in texts))

    def focus(self, widget: str) -> None:
        """Focus a widget; there is no window manager to do it."""
        self.until(lambda: self.ask("focus", widget))

    def type(self, text: str, widget: str = "composer") -> None:
        """Type ASCII text into a widget."""
        self.focus(widget)
        self._xdotool("type", "--delay", "5", text)

    def key(self, *keys: str) -> None:
        """Press keys."""
        self._xdotool("key", "--delay", "5", *keys)

    def send(self, text: str) -> None:
        """Type a message and press Enter."""
        self.type(text)
        self.key("Return")

    def click(self, widget: str) -> None:
        """Click in the middle of a widget."""
        place: tuple[int, int] | None = None

        def found() -> bool:
            nonlocal place
            place = self.ask("place", widget)
            return place is not None

        # Asked once: a widget that is replaced just then has no place for a moment.
        self.until(found)
        assert place is not None
        self._xdotool("mousemove", *map(str, place), "click", "1")

    def point(self, word: str, *keys: str) -> None:
        """Move the pointer to a word of the conversation; `keys` are buttons to click."""
        place: tuple[int, int] | None = None

        def found() -> bool:
            nonlocal place
            place = self.ask("press_on_word", word)
            return place is not None

        self.until(found)
        assert place is not None
        clicks = [part for key in keys for part in ("click", key)]
        self._xdotool("mousemove", *map(str, place), *clicks)

    def screenshot(self, name: str) -> None:
        """Save a picture of the display in `screenshots/`."""
        folder = ROOT / "screenshots"
        folder.mkdir(exist_ok=True)
        self.ask("screenshot", str(folder / f"{name}.png"))

    def kill(self) -> None:
        """Kill the client, as a crash does."""
        self._process.kill()
        self._clean_up()

    def signal(self, number: int) -> None:
        """Send a signal to the client."""
        self._process.send_signal(number)

    def wait(self) -> int:
        """Wait for the client to end by itself; returns the exit status."""
        status = self._process.wait(WITHIN)
        self._clean_up()
        return status

    def close(self) -> None:
        """End the client in any state; its log must have no traceback."""
        if self._process.poll() is None:
            self.kill()
        else:
            self._clean_up()
        assert "Traceback" not in self.log(), self.log()

    def log(self) -> str:
        """Return the log of the client."""
        path = self.folder / "client.log"
        return path.read_text("utf-8") if path.exists() else "no log"

    def _clean_up(self) -> None:
        self._process.wait(WITHIN)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._stack.close()

    def _xdotool(self, *arguments: str) -> None:
        subprocess.run(
            ["xdotool", *arguments], env=self._environment, check=True, timeout=WITHIN
        )


class _Answers:
    """Answers the test's questions on the Tk thread of the client."""

    def __init__(self, window: Any, chosen: dict[str, Any]) -> None:
        self._window = window
        self._chosen = chosen
        self._questions: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()
        window.root.after(10, self._answer)

    def _listen(self) -> None:
        for line in sys.stdin:
            self._questions.put(line)

    def _answer(self) -> None:
        while not self._questions.empty():
            question, *details = json.loads(self._questions.get())
            try:
                answer = [getattr(self, question)(*details), ""]
            except Exception:  # noqa: BLE001 - the test fails, and says so
                answer = [None, traceback.format_exc()]
            print(json.dumps(answer), flush=True)
        self._window.root.after(10, self._answer)

    def _widgets(self) -> dict[str, tk.Misc | None]:
        window, over = self._window, self._window.windows
        dialog, report = window.connect_dialog, over.report
        cards = [one for one in window.messages.text.winfo_children() if hasattr(one, "save")]
        return {
            "composer": window.composer.text,
            "send": window.composer.send_button,
            "share": window.composer.share_button,
            "menu": window.top_bar.menu_button,
            "banner action": window.banner.action,
            "save": cards[-1].save if cards else None,
            "open": cards[-1].open if cards else None,
            "server": dialog.fields["server"].text,
            "name": dialog.fields["name"].text,
            "password": dialog.fields["password"].text,
            "connect": dialog.connect,
            "report close": report.close if report else None,
            "conversation": window.messages.text,
            "find": window.search.field.text,
            "results": window.search.tree,
            "back": window.history_banner.action,
            "date": over.date.field.text if over.date else None,
            "members": window.members.tree,
            "prompt": over.prompter.field.text if over.prompter else None,
            "yes": over.question.yes if over.question else None,
            "rejoin": over.removal.rejoin if over.removal else None,
            "invite": window.top_bar.invite,
            "copy": over.invite.copies[0] if over.invite else None,
            "undo ban": over.bans.undo if over.bans else None,
            "pin": window.pins.jump,
            "pins": over.pins.tree if over.pins else None,
            "picture": over.picture.view if over.picture else None,
        }

    def conversation(self) -> str:
        return str(self._window.messages.text.get("1.0", "end"))

    def composer(self) -> str:
        return str(self._window.composer.text.get("1.0", "end-1c"))

    def above(self) -> dict[str, Any]:
        """Return what stands around the field: reply or edit, files, a note, suggestions."""
        composer, window = self._window.composer, self._window
        context = composer.context.title.cget("text")
        note = composer.note
        return {
            "context": str(context) if composer.context.winfo_ismapped() else "",
            "files": [
                str(card.name.cget("text")) for card in composer.attachments.cards.values()
            ],
            "note": str(note.cget("text")) if note.winfo_ismapped() else "",
            "suggested": [row.label for row in composer.suggestions.rows],
            "typing": str(window.typing.label.cget("text")),
            "pin": str(window.pins.text.cget("text")) if window.pins.winfo_ismapped() else "",
        }

    def reacting(self) -> bool:
        buttons = self._window.messages.reactions.buttons
        return bool(buttons) and self._window.root.focus_get() is buttons[0]

    def reactions(self) -> list[str]:
        """Return all reactions on screen, as emoji and number."""
        items = [row.item for row in self._window.messages._buffer.rows]
        return [f"{chip.emoji} {chip.count}" for item in items if hasattr(item, "extras")
                for chip in item.extras.chips]  # fmt: skip

    def pictures(self) -> int:
        """Return how many pictures the conversation shows."""
        return len(self._window.messages.thumbnails.shown)

    def open_menu(self) -> list[str]:
        """Return the entries of the open menu that can be chosen."""
        waiting = [self._window.root]
        while waiting:
            widget = waiting.pop()
            if not isinstance(widget, tk.Menu):
                waiting += widget.winfo_children()
            elif widget.winfo_viewable():
                last = widget.index("end")
                assert last is not None
                places = range(last + 1)
                return [widget.entrycget(n, "label").strip() for n in places
                        if widget.type(n) != "separator"
                        and widget.entrycget(n, "state") != "disabled"]  # fmt: skip
        return []

    def press_on_word(self, word: str) -> tuple[int, int] | None:
        """Return the place on screen of a word of the conversation, the last one."""
        text = self._window.messages.text
        at = text.search(word, "end", "1.0", backwards=True, elide=False)
        box = text.bbox(at) if at else None
        if box is None:
            return None
        return text.winfo_rootx() + box[0] + 3, text.winfo_rooty() + box[1] + box[3] // 2

    def members(self) -> list[str]:
        tree = self._window.members.tree
        return [str(tree.item(row, "text")).strip() for row in tree.get_children()]

    def title(self) -> str:
        return str(self._window.root.title())

    def banner(self) -> str:
        banner = self._window.banner
        return str(banner.text.cget("text")) if banner.winfo_ismapped() else ""

    def dialog(self) -> dict[str, str] | None:
        """Return the errors in the connect dialog; None while it is closed."""
        dialog = self._window.connect_dialog
        if not dialog.winfo_viewable():
            return None
        return {name: str(label.cget("text")) for name, label in dialog.errors.items()}

    def cards(self) -> int:
        return len(
            [w for w in self._window.messages.text.winfo_children() if hasattr(w, "save")]
        )

    def texts_on_screen(self) -> list[str]:
        """Return the texts of all visible labels and buttons, also in dialogs."""
        found, waiting = [], [self._window.root]
        while waiting:
            widget = waiting.pop()
            waiting += widget.winfo_children()
            if widget.winfo_viewable() and "text" in list(widget.keys()):
                found.append(str(widget.cget("text")).strip())
        return found

    def menu(self) -> list[str]:
        menu = self._window.top_bar.menu.menu
        if not menu.winfo_viewable():
            return []
        places = [n for n in range(menu.index("end") + 1) if menu.type(n) != "separator"]
        pairs = [(menu.entrycget(n, "label"), menu.entrycget(n, "accelerator")) for n in places]
        return [f"{label.strip()} {keys.strip()}".strip() for label, keys in pairs]

    def sending(self) -> bool:
        """Return whether a message is on its way."""
        return bool(self._window.messages.text.tag_ranges("pending"))

    def cursor(self) -> bool:
        """Return whether a message is chosen by keyboard, with the focus beside it."""
        text = self._window.messages.text
        return bool(text.tag_ranges("cursor")) and self._window.root.focus_get() is text

    def report(self) -> dict[str, Any] | None:
        report = self._window.windows.report
        if report is None:
            return None
        return {"summary": str(report.summary.cget("text")), "rows": report.rows()}

    def in_view(self) -> str:
        text = self._window.messages.text
        return str(text.get("@0,0", f"@0,{text.winfo_height()} lineend"))

    def following(self) -> bool:
        return bool(self._window.messages.scrolling.following)

    def reading(self) -> str:
        line = self._window.history_banner
        return str(line.text.cget("text")) if line.winfo_ismapped() else ""

    def find_state(self) -> str:
        return str(self._window.search.status.cget("text"))

    def clipboard(self) -> str:
        return str(self._window.root.clipboard_get())

    def results(self) -> list[str]:
        tree = self._window.search.tree
        return [str(tree.set(row, "text")) for row in tree.get_children()]

    def texts(self) -> list[str]:
        over = self._window.windows
        return [*over.texts, *([over.help.title()] if over.help else ()),
                *(one.page.text.get("1.0", "end") for one in over.files.values())]  # fmt: skip

    def uploads(self) -> list[str]:
        return [f"{row.name.cget('text')}: {row.note.cget('text')}"
                for row in self._window.transfers.rows.values()]  # fmt: skip

    def all(self) -> dict[str, Any]:
        names = (
            *("title", "banner", "dialog", "members", "uploads", "report"),
            *("composer", "above", "find_state", "reading", "conversation"),
        )
        return {name: getattr(self, name)() for name in names}

    def open_dialog(self) -> bool:
        """Open the file dialog of this program, which waits for its end."""
        from client_mvc.view.dialogs.file_dialogs import platform_dialogs

        window = self._window
        window.root.after(10, platform_dialogs(window.look).open_files, window.root)
        return True

    def dialogs(self) -> int:
        return sum(isinstance(each, FileChooser) and each.winfo_viewable() > 0
                   for each in self._window.root.winfo_children())  # fmt: skip

    def place(self, name: str) -> tuple[int, int] | None:
        widget = self._widgets()[name]
        if widget is None or not widget.winfo_viewable():
            return None
        return (
            widget.winfo_rootx() + widget.winfo_width() // 2,
            widget.winfo_rooty() + widget.winfo_height() // 2,
        )

    def focus(self, name: str) -> bool:
        widget = self._widgets()[name]
        if widget is None or not widget.winfo_viewable():
            return False
        if self._window.root.focus_get() is not widget:
            widget.focus_force()
            return False
        # Tk reports the focus before the X server has moved it, and a key pressed then would
        # go to another widget. The server answers this question after it has moved the focus.
        widget.winfo_pointerx()
        return True

    def choose(self, files: Sequence[str], target: str | None) -> None:
        """Set the answers of the file dialogs."""
        self._chosen.update(files=[Path(one) for one in files], target=target)

    def screenshot(self, path: str) -> None:
        self._window.root.update()
        ImageGrab.grab(xdisplay=os.environ["DISPLAY"]).save(path)


def _main() -> None:
    from client_mvc import app as client
    from client_mvc.view.dialogs.file_dialogs import FileDialogs
    from client_mvc.view.window import main_window as module

    chosen: dict[str, Any] = {"files": [], "target": None}

    class FixedDialogs:
        """File dialogs that answer as `choose` has set."""

        def open_files(self, parent: Any, hint: str) -> list[Path]:
            return list(chosen["files"])

        def save_file(self, *asked: Any) -> Path | None:
            return Path(chosen["target"]) if chosen["target"] else None

        choose_folder = save_file

    class Watched(module.ChatWindow):
        def __init__(self, *values: Any, **options: Any) -> None:
            super().__init__(*values, choosers=FileDialogs(FixedDialogs()), **options)
            self.answers = _Answers(self, chosen)

    module.ChatWindow = Watched  # type: ignore[misc]
    client.main()


if __name__ == "__main__":
    _main()
