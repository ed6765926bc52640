"""Drives a window by real keys and clicks of the X server."""

import subprocess
import time
import tkinter as tk
from collections.abc import Callable, Sequence
from pathlib import Path
from tkinter import ttk
from typing import Any

from client_mvc.view.contract.values import EmojiRow
from tests.support.waiting import Condition

DEADLINE = 10.0
USUAL_REACTIONS = tuple(
    EmojiRow(emoji, name)
    for emoji, name in zip(
        ("👍", "❤️", "😂", "🎉", "😮", "👀"),
        ("up", "heart", "joy", "tada", "oh", "eyes"),
        strict=True,
    )
)


class Driver:
    """Presses keys and clicks. It waits for conditions (`until`), never for a time."""

    def __init__(self, root: tk.Tk) -> None:
        self.root = root

    def until(self, condition: Condition, deadline: float = DEADLINE) -> None:
        """Run the main loop until `condition` holds; `deadline` is in seconds."""
        end = time.monotonic() + deadline
        self.root.update()
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"not within {deadline} s; focus: {self.root.focus_get()}")
            # A timer, so that the loop also runs when there are no other events.
            self.root.after(5, lambda: None)
            self.root.tk.dooneevent(0)
            self.root.update()

    def settle(self) -> None:
        """Wait until what is shown has its place: a button gets its style when it is drawn."""
        for _ in range(3):
            self.root.update()
            self.root.winfo_pointerxy()  # the X server answers after all earlier requests

    def click(
        self,
        widget: tk.Misc,
        button: int = 1,
        *,
        at: tuple[int, int] | None = None,
        times: int = 1,
    ) -> None:
        """Click in the middle of `widget`, or `at` a place in it."""
        self.until(widget.winfo_viewable)
        self.settle()
        x, y = at or (widget.winfo_width() // 2, widget.winfo_height() // 2)
        x, y = x + widget.winfo_rootx(), y + widget.winfo_rooty()
        clicks = ("click", "--repeat", times, "--delay", 20, button)
        self._xdotool("mousemove", x, y, *clicks)

    def hover(self, widget: tk.Misc) -> None:
        """Move the pointer from the corner of the screen to the middle of `widget`."""
        self.until(widget.winfo_viewable)
        self.away()
        x = widget.winfo_rootx() + widget.winfo_width() // 2
        y = widget.winfo_rooty() + widget.winfo_height() // 2
        self._xdotool("mousemove", x, y)

    def away(self) -> None:
        """Move the pointer to the corner of the screen, outside the window."""
        far = self.root.winfo_screenwidth() - 1, self.root.winfo_screenheight() - 1
        self._xdotool("mousemove", *far)

    def click_row(self, tree: ttk.Treeview, item: str, *, times: int = 1) -> None:
        """Click on the text of a row."""
        self.until(lambda: tree.bbox(item))
        x, y, _, high = map(int, tree.bbox(item))
        self.click(tree, at=(x + 50, y + high // 2), times=times)

    def drag(self, widget: tk.Misc, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Press at `start`, move to `end`, release."""
        left, top = widget.winfo_rootx(), widget.winfo_rooty()
        self._xdotool("mousemove", left + start[0], top + start[1], "mousedown", 1)
        self._xdotool("mousemove", left + end[0], top + end[1])
        self._xdotool("mouseup", 1)

    def type(self, text: str) -> None:
        """Type ASCII text into the widget with the focus."""
        self._xdotool("type", "--delay", 5, text)

    def key(self, *keys: str) -> None:
        """Press keys, named as in X: `Return`, `ctrl+a`."""
        self._xdotool("key", "--delay", 5, *keys)

    def paste(self, text: str) -> None:
        """Paste `text`, which may have characters that are on no keyboard."""
        self.root.clipboard_clear()
        self.root.clipboard_append(text)
        self.key("ctrl+v")

    def focus(self, widget: tk.Misc) -> None:
        """Focus `widget`; there is no window manager to do it."""
        self.until(widget.winfo_viewable)
        widget.focus_force()
        self.until(lambda: self.root.focus_get() is widget)
        widget.winfo_pointerx()  # the X server answers after it has moved the focus

    def _xdotool(self, *arguments: object) -> None:
        command = ["xdotool", *map(str, arguments)]
        process = subprocess.Popen(command)
        self.until(lambda: process.poll() is not None, 30)
        assert process.returncode == 0, command
        self.root.update()


class Recorder:
    """`Intents` that record each call, as "subject.method" with the arguments.

    `composer.send` answers `takes`, `composer.recall` answers `last_message`, and
    `composer.complete` answers from `completed`. `answers` has those of others, by name: a
    function is called with the arguments.
    """

    def __init__(self) -> None:
        self.everything = False
        self.reset()

    def reset(self) -> None:
        """Forget the recorded calls."""
        self.calls: list[tuple[Any, ...]] = []
        self.takes = True
        self.last_message = ""
        self.draft = ""
        self.completed: dict[str, str] = {}
        self.answers: dict[str, Callable[..., Any]] = {}

    def named(self, name: str) -> list[tuple[Any, ...]]:
        """Return the arguments of each call of `name`."""
        return [call[1:] for call in self.calls if call[0] == name]

    def record(self, name: str, *arguments: Any) -> Any:
        """Record a call, unless the window makes it without an action; return the answer."""
        match name:
            case "drafts.edited":
                self.draft = arguments[0]
                return None
            case "history.sees_all":
                self.everything = arguments[0]
                return None
            case "composer.suggest" | "composer.emoji":
                nothing: Any = None if name == "composer.suggest" else ()
                return self.answers.get(name, lambda *_: nothing)(*arguments)
        self.calls.append((name, *arguments))
        match name:
            case "composer.send":
                return self.takes
            case "composer.recall":
                return self.last_message
            case "composer.complete":
                return self.completed.get(arguments[0])
            case "conversation.usual_reactions":
                return USUAL_REACTIONS
        return self.answers.get(name, lambda *_: None)(*arguments)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return _Call(self, name)


class _Call:
    """A method of a `Recorder`, or a subject, whose attributes are methods."""

    def __init__(self, recorder: Recorder, name: str) -> None:
        self._recorder = recorder
        self._name = name

    def __getattr__(self, name: str) -> "_Call":
        return _Call(self._recorder, f"{self._name}.{name}")

    def __call__(self, *arguments: Any) -> Any:
        return self._recorder.record(self._name, *arguments)


class Chosen:
    """File dialogs that answer at once and record the suggested names."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Answer as a cancelled dialog does."""
        self.files: list[Path] = []
        self.target: Path | None = None
        self.folder: Path | None = None
        self.offered: list[str] = []

    def open_files(self, parent: tk.Misc, hint: str) -> Sequence[Path]:
        return self.files

    def save_file(
        self,
        parent: tk.Misc,
        title: str,
        folder: Path | None,
        name: str,
        kinds: Sequence[str],
    ) -> Path | None:
        self.offered.append(str(folder / name) if folder else name)
        return self.target

    def choose_folder(self, parent: tk.Misc, title: str, folder: Path | None) -> Path | None:
        self.offered.append(str(folder or ""))
        return self.folder
