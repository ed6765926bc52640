"""Asking for files on X11, where no window system has a dialog for it.

The dialogs of Tk and of ttkbootstrap have an `Entry`, which corrupts memory on characters
above U+FFFF, and show names in ways that can end some builds of Tk; this one is made of our
own field, and every name passes `safetext`. Knows folders, and nothing of what comes of
the choice.
"""

import os
import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal

import ttkbootstrap as tb

from client_mvc.i18n.translate import _, marked, ngettext, size
from client_mvc.view.dialogs.child_window import SecondWindow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.field import Field
from client_mvc.view.widgets.flow_layout import Flow, clipped, wrap
from client_mvc.view.widgets.tree_columns import Columns, Width

type Mode = Literal["share", "save", "folder"]

_ROWS = 14
# The column of names in digits: at first, and at least.
_NAME, _LEAST_NAME = 40, 24
_BUTTON = {"share": marked("Share"), "save": marked("Save"), "folder": marked("Choose")}
_FIELD = {"share": marked("Go to"), "save": marked("Name"), "folder": marked("Go to")}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list. Of a folder `size` is -1."""

    path: Path
    size: int
    changed: float

    @property
    def is_folder(self) -> bool:
        """Whether it can be gone into."""
        return self.size < 0


class FileChooser(SecondWindow):
    """`ask` shows it until somebody has chosen; `chosen` is empty when they did not.

    `kinds` are the endings of a name to save under that mean something, the first for a name
    that has none.
    """

    def __init__(
        self,
        look: Look,
        parent: tk.Misc,
        title: str,
        *,
        mode: Mode,
        folder: Path,
        name: str = "",
        kinds: Sequence[str] = (),
    ) -> None:
        super().__init__(look, title, self._cancel)
        self.transient(parent.winfo_toplevel())
        self.chosen: tuple[Path, ...] = ()
        self._asked_to_replace: Path | None = None
        self._mode = mode
        self._kinds = tuple(kinds)
        self._entries: dict[str, Entry] = {}
        px = look.px
        self.minsize(px(420), px(300))
        head = tb.Frame(self, padding=(px(16), px(12), px(16), px(8)))
        head.pack(fill="x")
        self.up = tb.Button(head, text=_("Up"), command=self._go_up)
        look.icon(self.up, "arrow-90deg-up")
        self.up.pack(side="left")
        self.place = tb.Label(head, style="Muted.TLabel", width=1)
        self.place.pack(side="left", fill="x", expand=True, padx=px(12))
        self.place.bind("<Configure>", lambda _: self._say_place(), add="+")
        # Made in the order of Tab; packed so that a low window cuts the list and not the foot.
        entries, foot = self._build_list(), self._build_foot()
        foot.pack(side="bottom", fill="x")
        entries.pack(fill="both", expand=True, padx=px(16))
        self.field.set(name)
        self.go_to(folder)

    def ask(self) -> tuple[Path, ...]:
        """Show it, wait, and give what was chosen."""
        if self._mode == "save":
            name = self.field.get()
            # Where the ending is a choice, it is typed over with the rest.
            stem = name if self._kinds else name.rpartition(".")[0] or name
            self.field.text.tag_add("sel", "1.0", f"1.0 + {len(stem)} chars")
            self.field.text.mark_set("insert", "sel.last")
        self.appear(self.field.text if self._mode == "save" else self.tree)
        if not self.winfo_viewable():
            self.wait_visibility()  # a grab wants it on screen
        self.grab_set()
        self.wait_window()
        return self.chosen

    # --- how it is made ------------------------------------------------------------------

    def _build_list(self) -> tb.Frame:
        look, px = self.look, self.look.px
        ring = tb.Frame(self, style="Box.TFrame", padding=px(2))
        self.tree = tb.Treeview(
            ring,
            columns=("size", "changed"),
            selectmode="extended" if self._mode == "share" else "browse",
            style="Several.List.Treeview",
            height=_ROWS,
        )
        for column, words in (
            ("#0", _("Name")),
            ("size", _("Size")),
            ("changed", _("Changed")),
        ):
            anchor: Literal["e", "w"] = "e" if column == "size" else "w"
            self.tree.heading(column, text=words, anchor=anchor)
            self.tree.column(column, anchor=anchor)
        self._columns = Columns(self.tree, look, self._widths, ("#0",))
        self.tree.bind("<FocusIn>", lambda _: ring.state(["focus"]), add="+")
        self.tree.bind("<FocusOut>", lambda _: ring.state(["!focus"]), add="+")
        self.tree.bind("<<TreeviewSelect>>", lambda _: self._selected())
        self.tree.bind("<Double-Button-1>", self._double)
        for key in ("<Return>", "<KP_Enter>"):
            self.tree.bind(key, lambda _: self._enter())
        self.tree.bind("<BackSpace>", lambda _: self._go_up())
        if self._mode == "share":
            self._bind_selecting()
        look.attach(
            self.tree,
            lambda: self.tree.tag_configure("folder", foreground=look.palette.link),
        )
        return ring

    def _widths(self) -> dict[str, Width]:
        """A name has what is left."""
        digit, pad = self.look.wide(1), self.look.px(20)
        heads = [self.look.bold.measure(words) + pad for words in (_("Size"), _("Changed"))]
        size = max(heads[0], 12 * digit + pad)
        changed = max(heads[1], self.look.base.measure("2026-11-22 00:00") + pad)
        return {
            "#0": (_LEAST_NAME * digit, _NAME * digit),
            "size": (size, size),
            "changed": (changed, changed),
        }

    def _bind_selecting(self) -> None:
        """Tk's list selects several by mouse only."""
        for key, neighbour in (
            ("<Shift-Down>", self.tree.next),
            ("<Shift-Up>", self.tree.prev),
        ):
            self.tree.bind(key, partial(self._extend, neighbour))
        for key in ("<Control-a>", "<Control-A>"):
            self.tree.bind(key, lambda _: editing.done(self._select_files))

    def _extend(self, neighbour: Callable[[str], str], event: object) -> str:
        focus = self.tree.focus()
        self.tree.selection_add(focus)
        if row := neighbour(focus):
            self.tree.selection_add(row)
            self._show_row(row, select=False)
        return "break"

    def _select_files(self) -> None:
        rows = [row for row, entry in self._entries.items() if not entry.is_folder]
        self.tree.selection_set(rows)

    def _build_foot(self) -> tb.Frame:
        px = self.look.px
        foot = tb.Frame(self, padding=(px(16), px(10), px(16), px(12)))
        foot.columnconfigure(1, weight=1)
        tb.Label(foot, text=_(_FIELD[self._mode])).grid(row=0, column=0, padx=(0, px(8)))
        self.field = Field(foot, self.look, limit=4_000)
        self.field.grid(row=0, column=1, sticky="ew")
        self.problem = tb.Label(foot, style="Problem.TLabel", justify="left")
        wrap(self.problem, self.look)
        self.problem.grid(row=1, column=1, sticky="ew", pady=px(4))
        buttons = Flow(foot, self.look)
        buttons.grid(row=2, column=1, sticky="ew")
        self.hidden = tb.BooleanVar(self, value=False)
        show = tb.Checkbutton(
            buttons, text=_("Hidden files"), variable=self.hidden, command=self._fill
        )
        self.cancel = tb.Button(buttons, text=_("Cancel"), command=self._cancel)
        self.accept = tb.Button(
            buttons, text=_(_BUTTON[self._mode]), bootstyle="primary", command=self._accept
        )
        buttons.add(show)
        for button in (self.cancel, self.accept):
            buttons.add(button, "right")
        for key in ("<Return>", "<KP_Enter>"):
            self.field.text.bind(key, lambda _: self._accept())
        return foot

    # --- where we are --------------------------------------------------------------------

    def go_to(self, folder: Path) -> None:
        """Show what is in `folder`."""
        self.folder = folder
        self._say_place()
        self._fill()

    def _say_place(self) -> None:
        self.place.configure(text=self._shortened(self.folder))

    def _shortened(self, folder: Path) -> str:
        """The path, without its beginning where that is too wide."""
        safe, small, room = self.look.safe, self.look.small, self.place.winfo_width()
        parts, path = folder.parts, safe.line(str(folder))
        while small.measure(path) > room and len(parts) > 1:
            parts = parts[1:]
            path = safe.line(str(Path("…", *parts)))
        return clipped(path, small, room)

    def _go_up(self) -> None:
        below = self.folder
        self.go_to(self.folder.parent)
        for row, entry in self._entries.items():
            if entry.path == below:
                self._show_row(row)

    def _fill(self) -> None:
        self._say("")
        self.tree.delete(*self.tree.get_children())
        try:
            entries = listing(
                self.folder, hidden=self.hidden.get(), files=self._mode != "folder"
            )
        except OSError as problem:
            entries = []
            self._say(f"{self.folder}: {problem.strerror}.")
        self._entries = {}
        for entry in entries:
            name = self.look.safe.line(entry.path.name) + ("/" if entry.is_folder else "")
            row = self.tree.insert(
                "",
                "end",
                text=name,
                values=("" if entry.is_folder else size(entry.size), _moment(entry.changed)),
                tags=("folder",) if entry.is_folder else (),
            )
            self._entries[row] = entry
        if self._entries:
            self._show_row(next(iter(self._entries)), select=False)

    def _show_row(self, row: str, *, select: bool = True) -> None:
        self.tree.focus(row)
        self.tree.see(row)
        if select:
            self.tree.selection_set(row)

    # --- choosing ------------------------------------------------------------------------

    def _picked(self) -> list[Entry]:
        return [self._entries[row] for row in self.tree.selection()]

    def _selected(self) -> None:
        self._say("")
        files = [entry for entry in self._picked() if not entry.is_folder]
        if self._mode == "save" and files:
            self.field.set(files[0].path.name.encode("utf-8", "replace").decode())
        elif self._mode != "save" and self._picked():
            self.field.set("")  # what was selected last is meant
        if self._mode == "share":
            accept = _(_BUTTON[self._mode])
            if len(files) > 1:
                accept = ngettext("Share {count} file", "Share {count} files", len(files))
            elif self._picked() and not files:
                accept = _("Open")
            self.accept.configure(text=accept)

    def _double(self, event: "tk.Event[tk.Misc]") -> None:
        if self.tree.identify_row(event.y):
            self._enter()

    def _enter(self) -> str:
        """Into the folder, or take the files; where nothing is selected, what has the focus."""
        if not self.tree.selection() and self.tree.focus():
            self.tree.selection_set(self.tree.focus())
        picked = self._picked()
        files = tuple(entry.path for entry in picked if not entry.is_folder)
        if files:
            self._take(files)
        elif picked:
            self.go_to(picked[0].path)
            self.tree.focus_set()
        return "break"

    def _accept(self) -> str:
        """What the field says, if it says anything; else what is selected."""
        if typed := self.field.get().strip():
            self._typed(self.folder / Path(typed).expanduser())
        elif self._mode == "folder":
            picked = self._picked()
            self._take((picked[0].path if picked else self.folder,))
        elif self._picked():
            self._enter()
        else:
            self._say(_("Nothing is chosen."))
        return "break"

    def _typed(self, path: Path) -> None:
        try:
            is_folder, exists = path.is_dir(), path.exists()
        except (OSError, ValueError) as problem:
            self._say(_("That is no name for a file: {problem}.", problem=problem))
            return
        if is_folder:
            self.field.set("")
            self.go_to(Path(os.path.normpath(path)))
        elif (self._mode == "share" and exists) or (
            self._mode == "save" and path.parent.is_dir()
        ):
            self._take((self._ending(path),))
        else:
            self._say(_("There is no {path}.", path=path))

    def _ending(self, path: Path) -> Path:
        if self._kinds and not path.suffix:
            return path.with_name(path.name + self._kinds[0])
        return path

    def _take(self, paths: tuple[Path, ...]) -> None:
        there = self._mode == "save" and paths[0].exists()
        if there and self._asked_to_replace != paths[0]:
            self._asked_to_replace = paths[0]
            self._say(
                _(
                    "{file} is there already. Press Save again to replace it.",
                    file=paths[0].name,
                )
            )
            return
        self.chosen = paths
        self.destroy()

    def _cancel(self) -> None:
        self.destroy()

    def _say(self, problem: str) -> None:
        self.problem.configure(text=self.look.safe.line(problem))


def listing(folder: Path, *, hidden: bool, files: bool) -> list[Entry]:
    """What is in `folder`, folders first. Raises OSError."""
    entries = []
    with os.scandir(folder) as found:
        for each in found:
            if each.name.startswith(".") and not hidden:
                continue
            try:
                is_folder, status = each.is_dir(), each.stat()
            except OSError:
                continue  # a link to nowhere, or gone meanwhile
            if is_folder or files:
                long = -1 if is_folder else status.st_size
                entries.append(Entry(Path(each.path), long, status.st_mtime))
    return sorted(entries, key=lambda entry: (not entry.is_folder, entry.path.name.casefold()))


def _moment(seconds: float) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError, OSError):
        return ""
