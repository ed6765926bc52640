"""Keys and clipboard of text fields: what users expect and Tk's `Text` lacks or does otherwise.

Every field of this program is a `Text`: Tk 8.6's `Entry` corrupts memory on characters above
U+FFFF.
"""

import re
import tkinter as tk
from collections.abc import Callable, Iterable

from client_mvc.view.widgets import shortcuts
from shared import texts

ENTER = ("<Return>", "<KP_Enter>")
SELECT_ALL = shortcuts.event("Ctrl+A")
TEXT_TARGETS = frozenset(
    {"UTF8_STRING", "STRING", "TEXT", "text/plain", "text/plain;charset=utf-8"}
)
"""The names that X11 has for text (ICCCM 2.6.2)."""

# Tk counts whole characters from an index, as `len` does, although the columns of its indices
# are UTF-16 units.
_WORD_BEFORE = re.compile(r"(?:\w+|[^\w\s]+)?\s*\Z")
_WORD_AFTER = re.compile(r"\s*(?:\w+|[^\w\s]+)?")
# Python's form of half a character above U+FFFF, which Tcl can produce.
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

# Emacs' keys for opening a line, swapping two characters and deleting one: this program uses
# Ctrl+D itself, and the first two break the one-line fields.
_UNWANTED = ("<Control-o>", "<Control-t>", "<Control-d>", "<Control-i>", "<Control-h>")

# Bits of an event's state. On a Mac the second one is Command, since Option types characters;
# on Windows the bit of X11's Alt is Num Lock.
_CONTROL, _ALT = 0x4, {"x11": 0x8, "aqua": 0x8, "win32": 0x20000}
_ALT_GR = _CONTROL | _ALT["win32"]


# --- keys ----------------------------------------------------------------------------------


def on_keys(widget: tk.Misc, sequences: Iterable[str], do: Callable[[], object]) -> None:
    """Bind `do` to keys of `widget`; no other binding handles these keys there."""
    for sequence in sequences:
        widget.bind(sequence, lambda _: done(do))


def done(do: Callable[[], object]) -> str:
    """Call `do` at the end of an event handler and stop other bindings of the event."""
    do()
    return "break"


def is_command(event: "tk.Event[tk.Misc]") -> bool:
    """Tell whether a key was pressed with Control or Alt: a command, not a character."""
    return holds_command_key(
        int(event.state), str(event.widget.tk.call("tk", "windowingsystem"))
    )


def holds_command_key(state: int, system: str) -> bool:
    """Tell whether an event's `state` has Control or Alt on a windowing system of Tk."""
    held = state & (_CONTROL | _ALT[system])
    # Windows reports Alt Gr, which types characters, as Control and Alt.
    return held not in (0, _ALT_GR)


def prepare(root: tk.Misc) -> None:
    """Change the bindings of all fields and buttons, once for a root window."""
    for sequence in _UNWANTED:
        root.unbind_class("Text", sequence)
    # On X11 these are Emacs' keys for the next character and the start of a line.
    for event, letter in (("<<NextChar>>", "f"), ("<<LineStart>>", "a")):
        root.event_delete(event, f"<Control-{letter}>", f"<Control-Lock-{letter.upper()}>")
    shortcuts.prepare(root)
    # ttkbootstrap's buttons do not react to the space bar.
    root.bind_class("TButton", "<Key-space>", _press)


def make_editable(text: tk.Text) -> None:
    """Bind the keys that edit a field: paste, delete words, select all, move the focus."""
    on_keys(text, ["<<Paste>>"], lambda: _paste(text, clipboard(text)))
    on_keys(text, ["<Insert>"], lambda: _paste(text, selection(text)))
    text.bind("<<PasteSelection>>", _paste_at_pointer)
    on_keys(text, ["<Control-BackSpace>"], lambda: _delete_word_before(text))
    on_keys(text, ["<Control-Delete>"], lambda: _delete_word_after(text))
    text.bind(SELECT_ALL, select_all)
    # Tk keeps a line break behind every text; deleting it deletes the one before, too.
    text.bind("<<Selection>>", lambda _: text.tag_remove("sel", "end-1c", "end"), add="+")
    on_keys(text, ["<<NextWindow>>"], lambda: focus_next(text))
    on_keys(text, ["<<PrevWindow>>"], lambda: _move_focus(text.tk_focusPrev()))


def on_change(text: tk.Text, do: Callable[[], object]) -> None:
    """Call `do` after every change of the field's text."""

    def modified(event: object) -> None:
        if text.edit_modified():
            text.edit_modified(False)
            do()

    text.bind("<<Modified>>", modified, add="+")


def focus_next(text: tk.Text) -> None:
    """Move the keyboard focus to the next widget, as Tab does."""
    _move_focus(text.tk_focusNext())


# --- the text of a field -------------------------------------------------------------------


def replace_selection(text: tk.Text, typed: str) -> None:
    """Insert `typed` at the cursor, in place of the selected text."""
    text.edit_separator()
    # One step to undo, although it deletes and inserts.
    text.configure(autoseparators=False)
    delete_selection(text)
    text.insert("insert", typed)
    text.configure(autoseparators=True)
    text.edit_separator()
    text.see("insert")


def delete_selection(text: tk.Text) -> bool:
    """Delete the selected text; return False if nothing is selected."""
    if not text.tag_ranges("sel"):
        return False
    text.delete("sel.first", "sel.last")
    return True


def select_all(event: "tk.Event[tk.Misc]") -> str:
    """Handle an event: select the whole `Text`."""
    text = event.widget
    if isinstance(text, tk.Text):
        text.tag_add("sel", "1.0", "end-1c")
        text.mark_set("insert", "end-1c")
    return "break"


# --- clipboard -----------------------------------------------------------------------------


def copy(widget: tk.Misc, text: str) -> None:
    """Put `text` on the clipboard."""
    widget.clipboard_clear()
    widget.clipboard_append(text)


def clipboard(widget: tk.Misc) -> str:
    """Read the clipboard; an empty string if it holds no text."""
    try:
        if widget.tk.call("tk", "windowingsystem") == "x11":
            offered = str(widget.selection_get(selection="CLIPBOARD", type="TARGETS")).split()
            # Asked for text, some programs hand over a picture.
            if not set(offered) & TEXT_TARGETS:
                return ""
        return whole(widget.clipboard_get())
    except tk.TclError:
        return ""


def selection(widget: tk.Misc) -> str:
    """Read X11's primary selection, of any program; an empty string if it is no text."""
    try:
        return whole(widget.selection_get())
    except tk.TclError:
        return ""


def whole(text: str) -> str:
    """Make pasted text sendable.

    Line ends become line feeds. Control characters are removed: nobody would find them in the
    field again, and Tk ends a text at NUL. Lone surrogates become replacement characters.
    """
    return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", texts.defuse(text, ""))


def _paste(text: tk.Text, pasted: str) -> None:
    if pasted:
        replace_selection(text, pasted)


def _paste_at_pointer(event: "tk.Event[tk.Text]") -> str:
    """Paste with the middle button. The selection stays: it may be the text to be pasted."""
    text = event.widget
    if not _dragged(text) and str(text.cget("state")) == "normal":
        at = text.tk.call("tk::TextClosestGap", str(text), event.x, event.y)
        text.mark_set("insert", str(at))
        if pasted := selection(text):
            text.edit_separator()
            text.insert("insert", pasted)
            text.edit_separator()
        text.focus_set()
    return "break"


def _dragged(text: tk.Text) -> bool:
    """Tell whether the middle button was held to drag the text, as Tk's own bindings do."""
    try:
        return bool(int(text.getvar("::tk::Priv(mouseMoved)")))
    except tk.TclError:
        return False


def _delete_word_before(text: tk.Text) -> None:
    if not delete_selection(text):
        found = _WORD_BEFORE.search(text.get("1.0", "insert"))
        if found and found[0]:
            text.delete(f"insert - {len(found[0])} chars", "insert")


def _delete_word_after(text: tk.Text) -> None:
    if not delete_selection(text):
        found = _WORD_AFTER.match(text.get("insert", "end-1c"))
        if found and found[0]:
            text.delete("insert", f"insert + {len(found[0])} chars")


def _move_focus(widget: tk.Misc | None) -> None:
    if widget is not None:
        widget.tk.call("tk::TabToWindow", str(widget))


def _press(event: "tk.Event[tk.Misc]") -> str:
    event.widget.tk.call(str(event.widget), "invoke")
    return "break"
