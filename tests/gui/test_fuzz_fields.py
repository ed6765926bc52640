"""Every editable field, under random keys and pastes, compared with a model in Python.

Tk corrupts memory in `Entry` fields on characters above U+FFFF. So after each step the text
must be the result of this step, and the process must not crash. Each field gets a few dozen
steps, the same ones in each run. FUZZ_STEPS=20000 in the environment sets their number,
FUZZ_SEED chooses others; a failure reports the seed. One xdotool presses all keys, and after
each step a key that confirms that the window has handled the step.
"""

import importlib
import os
import pkgutil
import random
import subprocess
import tkinter as tk
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched
from pathlib import Path

import pytest

import client_mvc.view
from client_mvc.view.contract.windows import (
    About,
    ConnectForm,
    FileText,
    HelpGroup,
    Invite,
    InviteRow,
    KeyQuestion,
    PictureView,
    PreferencesForm,
    Prompt,
    Question,
    Removal,
    ReportTable,
)
from client_mvc.view.dialogs.child_window import ChildWindow
from client_mvc.view.dialogs.file_chooser import FileChooser, Mode
from client_mvc.view.widgets.field import TextField
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Driver

pytestmark = pytest.mark.gui

STEPS = int(os.environ.get("FUZZ_STEPS", "60"))
SEED = os.environ.get("FUZZ_SEED", "0")

SEEN = "F12"
"""The confirming key; the program does not use it."""

# Texts that members paste, and texts that they should not.
PIECES = (
    *("a", "NEW", "two words", "  ", "(x) [y]", "größe", "Ελλ", "日本語", "\u3000"),
    *("👍", "👍🎉", "❤️", "👩‍💻", "👋🏽", "🇩🇪", "#️⃣", "\U0001d518\U0001d52b", "𠜎", "\U0010fffd"),
    *("e\u0301", "a" + "\u0300" * 9, "\u0301", "नमस्ते", "กำ", "각"),
    *("مرحبا", "שלום (hi) 12", "\u202eabc\u202c", "\u2067x", "\u200f", "\u200b", "\ufeff"),
    *("\n", "a\nb", "\r\n", "\t", "\u2028", "\x0b", "\x1b[31m", "\x07", "\x7f", "\x85", "\0"),
    *("\ud83d", "\udc4d", "x\udfff", "\ufffd", "\uffff", "\ud83d\udc4d"),
)
KEYS = ("a", "b", "space", "minus", "7")
TYPED = {"space": " ", "minus": "-"}
MOVES = (
    *("Left", "Right", "Home", "End", "ctrl+Left", "ctrl+Right"),
    *("shift+Left", "shift+Right", "shift+Home", "shift+End", "ctrl+shift+Left"),
    *("shift+Up", "shift+Down", "ctrl+a", "ctrl+c"),
)
DELETIONS = ("BackSpace", "Delete", "ctrl+BackSpace", "ctrl+Delete", "ctrl+x")
UNDOING = ("ctrl+z", "ctrl+shift+z")


@dataclass(frozen=True, slots=True)
class FieldState:
    """The text of a field; cursor and selection in characters from its start."""

    text: str
    cursor: int
    selected: tuple[int, int] | None


class Editable:
    """A field with the text that the program would send."""

    def __init__(self, text: tk.Text) -> None:
        self.text = text
        self.field = text.master if isinstance(text.master, TextField) else None

    def read(self) -> FieldState:
        """Return the current state."""
        text, chosen = self.text, None
        if ends := text.tag_ranges("sel"):
            chosen = (len(text.get("1.0", ends[0])), len(text.get("1.0", ends[-1])))
        shown = text.get("1.0", "end-1c")
        value = shown if self.field is None else self.field.get()
        assert len(shown) == len(value)
        return FieldState(value, len(text.get("1.0", "insert")), chosen)

    def taken(self, pasted: str, beside: str) -> str:
        """Return the part of a pasted text that the field accepts beside its other text."""
        pasted = cleaned(pasted)
        if self.field is None:
            return pasted
        line = "".join(pasted.splitlines()).replace("\t", " ")
        return line[: max(0, self.field._limit - len(beside))]


def cleaned(pasted: str) -> str:
    """Remove control characters and replace lone surrogates, as pasting does."""
    pasted = pasted.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        "\ufffd" if "\ud800" <= one <= "\udfff" else one
        for one in pasted
        if one in "\n\t" or unicodedata.category(one) != "Cc"
    )


class Fuzzer:
    """Does random steps in one field and checks each."""

    def __init__(self, driver: Driver, keys: "KeySender", field: Editable, seed: str) -> None:
        self.driver = driver
        self.keys = keys
        self.field = field
        self.random = random.Random(seed)
        self.undone = {""}

    def run(self, steps: int) -> None:
        """Do so many steps; raise AssertionError with the last steps at a wrong result."""
        before = self.field.read()
        self.undone = {before.text}
        done: list[str] = []
        for _ in range(steps):
            step = self.step(before)
            done.append(step)
            now = self.field.read()
            context = (done[-8:], before, now)
            assert self.right(step, before, now), context
            assert now.text.encode().decode() == now.text, context
            self.undone.add(now.text)
            before = now

    def step(self, before: FieldState) -> str:
        """Press a key or paste; return the name of the key, or `+` and the pasted text."""
        kind = self.random.random()
        if kind < 0.35:
            pieces = self.random.choices(PIECES, k=self.random.choice((1, 1, 2, 5)))
            return f"+{self.keys.paste(''.join(pieces))}"
        if len(before.text) > 400:
            key = self.random.choice(DELETIONS)
            self.keys.press("ctrl+a", key)
            return "all"
        for chance, keys in ((0.5, KEYS), (0.7, MOVES), (0.93, DELETIONS), (1, UNDOING)):
            if kind < chance:
                key = self.random.choice(keys)
                break
        self.keys.press(key)
        return key

    def right(self, step: str, before: FieldState, now: FieldState) -> bool:
        """Tell whether the step turns `before` into `now`."""
        text, at, chosen = before.text, before.cursor, before.selected
        inside = chosen is not None and chosen[0] <= at <= chosen[1]
        if step.startswith("+") and not cleaned(step[1:]):
            return now.text == text  # like an empty clipboard
        if step.startswith("+"):
            return now.text == self.inserted(before, step[1:], whole=True)
        if step in KEYS:
            return now.text == self.inserted(before, TYPED.get(step, step), whole=inside)
        if step in MOVES:
            return now.text == text
        if step in UNDOING:
            masked = self.field.field is not None and self.field.field._secret is not None
            return now.text == text if masked else self.undo_allows(now.text)
        if step == "all":
            return now.text == ""
        if chosen and (inside or step.startswith("ctrl")):
            return now.text == text[: chosen[0]] + text[chosen[1] :]
        if step == "BackSpace":
            return now.text == text[: max(0, at - 1)] + text[at:]
        if step == "Delete":
            return now.text == text[:at] + text[at + 1 :]
        if step == "ctrl+BackSpace":
            return now.text == text[: now.cursor] + text[at:] and (now.cursor < at or not at)
        if step == "ctrl+Delete":
            deleted = len(text) - len(now.text)
            return now.text == text[:at] + text[at + deleted :] and (
                deleted > 0 or at == len(text)
            )
        return now.text == text  # ctrl+x without a selection

    def inserted(self, before: FieldState, typed: str, *, whole: bool) -> str:
        """Return the text with `typed` at the cursor, in place of the selection if `whole`."""
        text, at = before.text, before.cursor
        if whole and before.selected:
            start, end = before.selected
            text = text[:start] + text[end:]
            at -= max(0, min(at, end) - start)
        return text[:at] + self.field.taken(typed, text) + text[at:]

    def undo_allows(self, text: str) -> bool:
        """Tell whether undo may restore `text`: an earlier text, or half a step."""
        return text in self.undone or set(text) <= set("".join(self.undone))


class KeySender:
    """Presses keys with one xdotool; one process for each key would take most of the time."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._process = subprocess.Popen(["xdotool", "-"], stdin=subprocess.PIPE, text=True)
        self._seen = 0
        driver.root.bind_all(f"<{SEEN}>", self._saw)

    def press(self, *keys: str) -> None:
        """Press keys and wait until the window has handled them."""
        assert self._process.stdin is not None
        awaited = self._seen + 1
        self._process.stdin.write(f"key --delay 0 {' '.join(keys)} {SEEN}\n")
        self._process.stdin.flush()
        self._driver.until(lambda: self._seen == awaited)

    def paste(self, text: str) -> str:
        """Put `text` on the clipboard and paste it; return it as Tk reads it."""
        root = self._driver.root
        root.clipboard_clear()
        # Written by Tcl: Python cannot pass lone surrogates to Tk.
        units = text.encode("utf-16-be", "surrogatepass")
        escaped = "".join(f"\\u{high:02x}{low:02x}" for high, low in batched(units, 2))
        root.tk.eval(f'clipboard append -- "{escaped}"')
        there: str = root.clipboard_get()
        self.press("ctrl+v")
        return there

    def close(self) -> None:
        """End xdotool."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(10) == 0
        self._driver.root.unbind_all(f"<{SEEN}>")

    def _saw(self, event: object) -> None:
        self._seen += 1


# --- the windows -------------------------------------------------------------------------


def connect(window: ChatWindow, folder: Path) -> tk.Misc:
    window.connect_dialog.show(ConnectForm("", "", password=True))
    return window.connect_dialog


def room(window: ChatWindow, folder: Path) -> tk.Misc:
    window.search.open()
    return window.root


def date(window: ChatWindow, folder: Path) -> tk.Misc:
    window.windows.show_date("2026-11-22")
    assert window.windows.date is not None
    return window.windows.date


def viewer(window: ChatWindow, folder: Path) -> tk.Misc:
    window.windows.show_file(FileText("1", "notes.txt", "9 bytes", "e\u0301 👍 text\n" * 50))
    return window.windows.files["1"]


def report(window: ChatWindow, folder: Path) -> tk.Misc:
    window.windows.show_report(
        ReportTable("", ("Name",), (("bob",),), frozenset(), ""), lift=True
    )
    assert window.windows.report is not None
    return window.windows.report


def preferences(window: ChatWindow, folder: Path) -> tk.Misc:
    form = PreferencesForm("light", 10, bell=True, notify="off", hours=24, seconds=False)
    window.windows.show_preferences(form, lift=True)
    assert window.windows.preferences is not None
    return window.windows.preferences


def text(window: ChatWindow, folder: Path) -> tk.Misc:
    window.windows.show_text("Help", "KeySender")
    return window.windows.texts["Help"]


def question(window: ChatWindow, folder: Path) -> tk.Misc:
    window.windows.ask(Question("Sure?", "It is a question.", "Yes"), lambda: None)
    assert window.windows.question is not None
    return window.windows.question


def key_question(window: ChatWindow, folder: Path) -> tk.Misc:
    asked = KeyQuestion("Sure?", "It is a key.", (("", "0123"),), "Ask.", no="No")
    window.windows.ask_key(asked, lambda: None)
    assert window.windows.question is not None
    return window.windows.question


def prompt(window: ChatWindow, folder: Path) -> tk.Misc:
    window.windows.prompt(Prompt("Why?", "It is asked.", "Reason", "Go on"), lambda _: None)
    assert window.windows.prompter is not None
    return window.windows.prompter


def removal(window: ChatWindow, folder: Path) -> tk.Misc:
    window.windows.show_removal(Removal("Gone", "ann removed you.", "Rejoin"), lift=True)
    assert window.windows.removal is not None
    return window.windows.removal


def bans(window: ChatWindow, folder: Path) -> tk.Misc:
    window.windows.show_bans((), lift=True)
    assert window.windows.bans is not None
    return window.windows.bans


def invite(window: ChatWindow, folder: Path) -> tk.Misc:
    rows = (InviteRow("In a browser", "https://192.168.1.5:18000/", ""),)
    window.windows.show_invite(Invite("Invite", rows, "", ""), lift=True)
    assert window.windows.invite is not None
    return window.windows.invite


def pins(window: ChatWindow, folder: Path) -> tk.Misc:
    window.windows.show_pins((), may_unpin=True, lift=True)
    assert window.windows.pins is not None
    return window.windows.pins


def picture(window: ChatWindow, folder: Path) -> tk.Misc:
    window.windows.show_picture(PictureView("1", "p.png", ""), lift=True)
    assert window.windows.picture is not None
    return window.windows.picture


def help(window: ChatWindow, folder: Path) -> tk.Misc:
    window.windows.show_help("Keys", [HelpGroup("Write", ((("Enter",), "send"),))])
    assert window.windows.help is not None
    return window.windows.help


def about(window: ChatWindow, folder: Path) -> tk.Misc:
    window.windows.show_about(About("Chatroom", "1", "A chat room."))
    assert window.windows.about is not None
    return window.windows.about


def chooser(mode: Mode) -> Callable[[ChatWindow, Path], tk.Misc]:
    def opened(window: ChatWindow, folder: Path) -> tk.Misc:
        dialog = FileChooser(window.look, window.root, "Files", mode=mode, folder=folder)
        dialog.appear(dialog.tree)
        return dialog

    return opened


WINDOWS: dict[str, tuple[Callable[[ChatWindow, Path], tk.Misc], int]] = {
    "room": (room, 2),  # the composer and the search bar
    "connect": (connect, 3),
    "date": (date, 1),
    "viewer": (viewer, 1),
    "share": (chooser("share"), 1),
    "save": (chooser("save"), 1),
    "folder": (chooser("folder"), 1),
    "report": (report, 0),
    "preferences": (preferences, 0),
    "text": (text, 0),
    "question": (question, 0),
    "key_question": (key_question, 0),
    "prompt": (prompt, 1),
    "removal": (removal, 0),
    "bans": (bans, 0),
    "invite": (invite, 0),
    "pins": (pins, 0),
    "picture": (picture, 0),
    "help": (help, 0),
    "about": (about, 0),
}
"""Functions that open each window, and the number of its editable fields."""


def editables(window: tk.Misc) -> Iterator[Editable]:
    """Yield the editable fields of `window`, without its child windows; it has no `Entry`."""
    for child in window.winfo_children():
        if isinstance(child, tk.Toplevel):
            continue
        assert child.winfo_class() not in {
            "Entry",
            "TEntry",
            "TCombobox",
            "Spinbox",
            "TSpinbox",
        }
        if isinstance(child, tk.Text) and child.cget("state") == "normal":
            yield Editable(child)
        yield from editables(child)


@contextmanager
def keys_of(driver: Driver) -> Iterator[KeySender]:
    keys = KeySender(driver)
    try:
        yield keys
    finally:
        keys.close()


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.timeout(60 + STEPS)
def test_fields_contain_exactly_what_was_typed(
    window: ChatWindow, driver: Driver, tmp_path: Path, name: str
) -> None:
    opener, count = WINDOWS[name]
    shown = opener(window, tmp_path)
    driver.until(shown.winfo_viewable)
    fields = list(editables(shown))
    assert len(fields) == count
    with keys_of(driver) as keys:
        for number, field in enumerate(fields):
            driver.focus(field.text)
            try:
                Fuzzer(driver, keys, field, f"{SEED} {name} {number}").run(STEPS)
            except AssertionError as fault:
                fault.add_note(f"field {number} of {name}; FUZZ_SEED={SEED} repeats it")
                raise
    if isinstance(shown, FileChooser):
        shown.destroy()


def test_every_window_is_fuzzed(window: ChatWindow, tmp_path: Path) -> None:
    for module in pkgutil.walk_packages(client_mvc.view.__path__, "client_mvc.view."):
        importlib.import_module(module.name)
    opened = {type(opener(window, tmp_path)) for opener, _ in WINDOWS.values()}
    assert set(ChildWindow.__subclasses__()) <= opened
