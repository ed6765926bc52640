"""The keys that people expect of a field and that Tk's `Text` lacks or has otherwise.

Every field of this program is a `Text`: Tk 8.6's `Entry` corrupts memory on characters above
U+FFFF. Knows no particular field.
"""

import re
import tkinter as tk
from collections.abc import Callable

from shared import texts

# Tk counts whole characters when it counts from a place, as `len` does, though the columns
# of its indices are UTF-16 units.
_WORD_BEFORE = re.compile(r"(?:\w+|[^\w\s]+)?\s*\Z")
_WORD_AFTER = re.compile(r"\s*(?:\w+|[^\w\s]+)?")
# What Python makes of half a character above U+FFFF, which Tcl can have.
_HALF = re.compile("[\ud800-\udfff]")

# Emacs' keys for opening a line, swapping two characters and deleting one: people press them
# for something else (Ctrl+D is ours), and the first two break what a field promises.
_UNWANTED = ("<Control-o>", "<Control-t>", "<Control-d>", "<Control-i>", "<Control-h>")

# Bits of an event's state. On a Mac Command, since Option writes; Windows has Num Lock there.
_CONTROL, _ALT = 0x4, {"x11": 0x8, "aqua": 0x8, "win32": 0x20000}
_ALT_GR = _CONTROL | _ALT["win32"]


def is_command(event: "tk.Event[tk.Misc]") -> bool:
    """Whether a key was pressed with Control or Alt: a command, not writing."""
    return commands(int(event.state), str(event.widget.tk.call("tk", "windowingsystem")))


def commands(state: int, system: str) -> bool:
    """The same of an event's state on a windowing system, as Tk names it."""
    held = state & (_CONTROL | _ALT[system])
    return held not in (0, _ALT_GR)  # which writes what is on no key of its own


def prepare(root: tk.Misc) -> None:
    """Once for a root: take away what no field should do, give buttons back their Space."""
    for sequence in _UNWANTED:
        root.unbind_class("Text", sequence)
    # On X11, Emacs' key for the next character, which is ours for searching.
    for sequence in ("<Control-f>", "<Control-F>"):
        root.event_delete("<<NextChar>>", sequence)
    # ttkbootstrap leaves a focused button deaf to the space bar.
    root.bind_class("TButton", "<Key-space>", _press)


def make_editable(text: tk.Text) -> None:
    """Give `text` the keys."""
    bindings = {
        "<<Paste>>": _paste,
        "<<PasteSelection>>": _paste_at_pointer,
        "<Insert>": _paste_selection,
        "<Control-BackSpace>": _delete_word_before,
        "<Control-Delete>": _delete_word_after,
    }
    for sequence, handler in bindings.items():
        text.bind(sequence, handler)
    for sequence in ("<Control-a>", "<Control-A>"):
        text.bind(sequence, select_all)
    # The line break that Tk keeps behind every text: to delete it takes the one before, too.
    text.bind("<<Selection>>", lambda _: text.tag_remove("sel", "end-1c", "end"), add="+")
    text.bind("<<NextWindow>>", lambda _: focus_next(text))
    text.bind("<<PrevWindow>>", lambda _: _move_focus(text.tk_focusPrev()))


def replace_selection(text: tk.Text, typed: str) -> None:
    """Insert `typed` at the cursor, in place of what is selected."""
    text.edit_separator()
    # One step to undo, though it deletes and inserts.
    text.configure(autoseparators=False)
    delete_selection(text)
    text.insert("insert", typed)
    text.configure(autoseparators=True)
    text.edit_separator()
    text.see("insert")


def delete_selection(text: tk.Text) -> bool:
    """Delete what is selected; False if nothing is."""
    if not text.tag_ranges("sel"):
        return False
    text.delete("sel.first", "sel.last")
    return True


def focus_next(text: tk.Text) -> str:
    """Handler's end: the keyboard goes to the next widget, as by Tab."""
    return _move_focus(text.tk_focusNext())


def select_all(event: "tk.Event[tk.Misc]") -> str:
    """Handler: select everything in the `Text`."""
    text = event.widget
    if isinstance(text, tk.Text):
        text.tag_add("sel", "1.0", "end-1c")
        text.mark_set("insert", "end-1c")
    return "break"


def done(do: Callable[[], object]) -> str:
    """For a handler: do it, and let nobody else handle the event."""
    do()
    return "break"


def clipboard(widget: tk.Misc) -> str:
    """What is on the clipboard; empty if that is no text."""
    try:
        return whole(widget.clipboard_get())
    except tk.TclError:
        return ""


def selection(widget: tk.Misc) -> str:
    """What is selected in whatever program, as X11 hands it on; empty if that is no text."""
    try:
        return whole(widget.selection_get())
    except tk.TclError:
        return ""


def whole(text: str) -> str:
    """`text` as it can be sent: its line ends as line feeds, without control characters, which
    nobody would find in the field again (and Tk ends a text at NUL), and without halves of
    characters.
    """
    return _HALF.sub("\N{REPLACEMENT CHARACTER}", texts.defuse(text, ""))


def _paste(event: "tk.Event[tk.Text]") -> str:
    if pasted := clipboard(event.widget):
        replace_selection(event.widget, pasted)
    return "break"


def _paste_selection(event: "tk.Event[tk.Text]") -> str:
    if pasted := selection(event.widget):
        replace_selection(event.widget, pasted)
    return "break"


def _paste_at_pointer(event: "tk.Event[tk.Text]") -> str:
    """The middle button. What is selected here stays, since it may be what is pasted."""
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
    """Whether the middle button was held to drag the text along, as Tk tells its bindings."""
    try:
        return bool(int(text.getvar("::tk::Priv(mouseMoved)")))
    except tk.TclError:
        return False


def _delete_word_before(event: "tk.Event[tk.Text]") -> str:
    text = event.widget
    if not delete_selection(text):
        before = text.get("1.0", "insert")
        found = _WORD_BEFORE.search(before)
        if found and found[0]:
            text.delete(f"insert - {len(found[0])} chars", "insert")
    return "break"


def _delete_word_after(event: "tk.Event[tk.Text]") -> str:
    text = event.widget
    if not delete_selection(text):
        found = _WORD_AFTER.match(text.get("insert", "end-1c"))
        if found and found[0]:
            text.delete("insert", f"insert + {len(found[0])} chars")
    return "break"


def _move_focus(widget: tk.Misc | None) -> str:
    if widget is not None:
        widget.tk.call("tk::TabToWindow", str(widget))
    return "break"


def _press(event: "tk.Event[tk.Misc]") -> str:
    event.widget.tk.call(str(event.widget), "invoke")
    return "break"
