"""The menu of a text: cut, copy, paste, select all. By the right button, Menu, or Shift+F10."""

import tkinter as tk

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing

KEYS = ("<Menu>", "<Shift-F10>")


class TextMenu:
    """One menu for every `Text` of the program that has none of its own."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self.menu = tb.Menu(look.root, tearoff=False, font="TkMenuFont")
        look.attach(self.menu, self._paint)
        root = look.root
        root.bind_class("Text", "<<ContextMenu>>", self._at_pointer)
        for key in KEYS:
            root.bind_class("Text", key, self._at_cursor)

    def _at_pointer(self, event: "tk.Event[tk.Misc]") -> str | None:
        text = event.widget
        if not isinstance(text, tk.Text):
            return None
        text.focus_set()
        place = f"@{event.x},{event.y}"
        # A click inside the selection is for the selection; elsewhere it moves the cursor.
        if "sel" not in text.tag_names(place):
            text.tag_remove("sel", "1.0", "end")
            text.mark_set("insert", place)
        self._open(text, event.x_root, event.y_root)
        return "break"

    def _at_cursor(self, event: "tk.Event[tk.Misc]") -> str | None:
        text = event.widget
        if not isinstance(text, tk.Text):
            return None
        self._open(text, *below_cursor(text))
        activate_first(self.menu)
        return "break"

    def _open(self, text: tk.Text, x: int, y: int) -> None:
        self.fill(text)
        self._show_selection(text)
        self.menu.tk_popup(x, y)

    def _show_selection(self, text: tk.Text) -> None:
        """Keep the selection of a field visible while the menu has the keyboard."""
        before = text.cget("inactiveselectbackground")
        text.configure(inactiveselectbackground=self._look.palette.selection)

        def restore(_: object) -> None:
            self.menu.unbind("<Unmap>")
            if text.winfo_exists():
                text.configure(inactiveselectbackground=before)

        self.menu.bind("<Unmap>", restore)

    def fill(self, text: tk.Text) -> None:
        """Set the entries for `text`: those that change nothing are disabled."""
        editable = str(text.cget("state")) == "normal"
        selected = bool(text.tag_ranges("sel"))
        secret = not text.getboolean(text.cget("exportselection"))  # the password
        menu = self.menu
        menu.delete(0, "end")
        if editable:
            self._add(text, _("Cut"), _("Ctrl+X"), "<<Cut>>", usable=selected and not secret)
        self._add(text, _("Copy"), _("Ctrl+C"), "<<Copy>>", usable=selected and not secret)
        if editable:
            # Not disabled by an empty clipboard: its owner may take seconds to answer.
            self._add(text, _("Paste"), _("Ctrl+V"), "<<Paste>>", usable=True)
        menu.add_separator()
        anything = bool(text.get("1.0", "end-1c"))
        self._add(text, _("Select all"), _("Ctrl+A"), editing.SELECT_ALL, usable=anything)

    def _add(self, text: tk.Text, label: str, key: str, event: str, *, usable: bool) -> None:
        self.menu.add_command(
            label=f"  {label}    ",
            accelerator=f"{key}  ",
            state="normal" if usable else "disabled",
            command=lambda: _do(text, event),
        )

    def _paint(self) -> None:
        palette = self._look.palette
        self.menu.configure(
            activebackground=palette.selection, activeforeground=palette.foreground
        )


def below_cursor(text: tk.Text) -> tuple[int, int]:
    """Return the place on screen below the cursor of `text`; a hidden one is in the corner."""
    x, y, _wide, high = text.bbox("insert") or (0, 0, 0, 0)
    return text.winfo_rootx() + x, text.winfo_rooty() + y + high


def _do(text: tk.Text, event: str) -> None:
    text.focus_set()
    text.event_generate(event)


def activate_first(menu: tk.Menu) -> None:
    """Choose the first usable entry of a menu that was opened by a key."""
    for place in range(int(menu.index("end") or 0) + 1):
        if menu.type(place) == "command" and menu.entrycget(place, "state") == "normal":
            menu.activate(place)
            return
