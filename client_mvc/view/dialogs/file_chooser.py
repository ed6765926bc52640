"""The file dialog of this program, for X11, which has no file dialog of its own.

The dialogs of Tk and ttkbootstrap contain an `Entry`, which corrupts memory on characters above
U+FFFF, and show names in ways that crash some builds of Tk. This one uses `TextField`, and
every name passes `safe_text`.
"""

import os
import tkinter as tk
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import ttkbootstrap as tb

from client_mvc.i18n.translate import _, marked, ngettext
from client_mvc.view.dialogs.child_window import ChildWindow
from client_mvc.view.dialogs.folder_listing import FolderEntry, cells, listing
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.field import TextField
from client_mvc.view.widgets.flow_layout import FlowFrame, clipped, wrapping_label
from client_mvc.view.widgets.tree_columns import ColumnList, Width
from client_mvc.view.widgets.type_ahead import TypeAhead

type Mode = Literal["share", "save", "folder"]

_ROWS = 14
# The column of names in digits: at first, and at least.
_NAME, _LEAST_NAME = 40, 24
_BUTTON = {"share": marked("Share"), "save": marked("Save"), "folder": marked("Choose")}
_FIELD = {"share": marked("Go to"), "save": marked("Name"), "folder": marked("Go to")}


class FileChooser(ChildWindow):
    """Asks for files to share, for a place to save a file, or for a folder.

    Args:
        mode: Which of the three.
        folder: Where the dialog begins.
        name: The suggested name of a file to save.
        kinds: File endings to choose from; the first is added to a name without an ending.
        hint: Stands above the list: which files the room takes.
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
        hint: str = "",
    ) -> None:
        super().__init__(look, title, self.destroy)
        self.transient(parent.winfo_toplevel())
        self.chosen: tuple[Path, ...] = ()
        self._asked_to_replace: Path | None = None
        self._mode = mode
        self._kinds = tuple(kinds)
        self._entries: dict[str, FolderEntry] = {}
        px = look.px
        self.minsize(px(420), px(300))
        head = tb.Frame(self, padding=(px(16), px(12), px(16), px(8)))
        head.pack(fill="x")
        self.up = tb.Button(head, text=_("Up"), command=self._go_up)
        look.icon(self.up, "arrow-90deg-up")
        self.up.pack(side="left")
        self.place = tb.Label(head, style="Muted.TLabel", width=1)
        self.place.pack(side="left", fill="x", expand=True, padx=px(12))
        self.place.bind("<Configure>", lambda _: self._show_folder(), add="+")
        self.hint = wrapping_label(self, look, "Muted.TLabel", text=look.safe.line(hint))
        if hint:
            self.hint.pack(fill="x", padx=px(18), pady=(0, px(6)))
        # Made in the order of Tab; packed so that a low window cuts the list and not the foot.
        entries, foot = self._build_list(), self._build_foot()
        foot.pack(side="bottom", fill="x")
        entries.pack(fill="both", expand=True, padx=px(16))
        self.field.set(name)
        self.go_to(folder)

    def ask(self) -> tuple[Path, ...]:
        """Show the dialog, wait, and return the choice; empty if the member cancelled."""
        if self._mode == "save":
            name = self.field.get()
            # The ending is selected with the name only where the member can choose it.
            stem = name if self._kinds else name.rpartition(".")[0] or name
            self.field.text.tag_add("sel", "1.0", f"1.0 + {len(stem)} chars")
            self.field.text.mark_set("insert", "sel.last")
        self.appear(self.field.text if self._mode == "save" else self.tree)
        if not self.winfo_viewable():
            self.wait_visibility()  # a window must be visible to grab the input
        self.grab_set()
        self.wait_window()
        return self.chosen

    # --- parts ---------------------------------------------------------------------------

    def _build_list(self) -> ColumnList:
        look = self.look
        entries = ColumnList(
            self,
            look,
            self._widths,
            ("#0",),
            columns=("kind", "size", "changed"),
            selectmode="extended" if self._mode == "share" else "browse",
            style="Several.List.Treeview",
            height=_ROWS,
        )
        self.tree = entries.tree
        for column, title in (
            ("#0", _("Name")),
            ("kind", _("Kind")),
            ("size", _("Size")),
            ("changed", _("Changed")),
        ):
            anchor: Literal["e", "w"] = "e" if column == "size" else "w"
            self.tree.heading(column, text=title, anchor=anchor)
            self.tree.column(column, anchor=anchor)
        self.tree.bind("<<TreeviewSelect>>", lambda _: self._selected())
        self.tree.bind("<Double-Button-1>", self._double)
        # A third click, in a folder that two have opened, must not take what lies there.
        for clicks in ("<Triple-Button-1>", "<Quadruple-Button-1>"):
            self.tree.bind(clicks, lambda _: None)
        self._type_ahead = TypeAhead(self.tree, self._missed)
        editing.on_keys(self.tree, editing.ENTER, self._enter)
        editing.on_keys(self.tree, ["<BackSpace>"], self._back)
        if self._mode == "share":
            self._bind_selecting()
        look.attach(
            self.tree, lambda: self.tree.tag_configure("folder", foreground=look.palette.link)
        )
        return entries

    def _widths(self) -> dict[str, Width]:
        digit, pad = self.look.wide(1), self.look.px(20)
        heads = [self.look.bold.measure(title) + pad for title in (_("Size"), _("Changed"))]
        kind = max(self.look.bold.measure(_("Kind")), 10 * digit) + pad
        size = max(heads[0], 12 * digit + pad)
        changed = max(heads[1], self.look.base.measure("2026-11-22 00:00") + pad)
        return {
            "#0": (_LEAST_NAME * digit, _NAME * digit),
            "kind": (kind, kind),
            "size": (size, size),
            "changed": (changed, changed),
        }

    def _bind_selecting(self) -> None:
        """Bind keys to select several files; Tk's list has none."""
        tree = self.tree
        editing.on_keys(tree, ["<Shift-Down>"], partial(self._extend, tree.next))
        editing.on_keys(tree, ["<Shift-Up>"], partial(self._extend, tree.prev))
        editing.on_keys(tree, [editing.SELECT_ALL], self._select_files)

    def _extend(self, neighbour: Callable[[str], str]) -> None:
        focus = self.tree.focus()
        self.tree.selection_add(focus)
        if row := neighbour(focus):
            self.tree.selection_add(row)
            self._show_row(row, select=False)

    def _select_files(self) -> None:
        rows = [row for row, entry in self._entries.items() if not entry.is_folder]
        self.tree.selection_set(rows)

    def _build_foot(self) -> tb.Frame:
        px = self.look.px
        foot = tb.Frame(self, padding=(px(16), px(10), px(16), px(12)))
        foot.columnconfigure(1, weight=1)
        tb.Label(foot, text=_(_FIELD[self._mode])).grid(row=0, column=0, padx=(0, px(8)))
        self.field = TextField(foot, self.look, limit=4_000)
        self.field.grid(row=0, column=1, sticky="ew")
        self.problem = wrapping_label(foot, self.look, "Problem.TLabel")
        self.problem.grid(row=1, column=1, sticky="ew", pady=px(4))
        buttons = FlowFrame(foot, self.look)
        buttons.grid(row=2, column=1, sticky="ew")
        self.hidden = tb.BooleanVar(self, value=False)
        show = tb.Checkbutton(
            buttons, text=_("Hidden files"), variable=self.hidden, command=self._fill
        )
        self.cancel = tb.Button(buttons, text=_("Cancel"), command=self.destroy)
        self.accept = tb.Button(
            buttons, text=_(_BUTTON[self._mode]), bootstyle="primary", command=self._accept
        )
        buttons.add(show)
        buttons.add(self.cancel, self.accept, side="right")
        editing.on_keys(self.field.text, editing.ENTER, self._accept)
        if self._mode != "save":
            editing.on_change(self.field.text, self._path_typed)
        return foot

    # --- the folder ----------------------------------------------------------------------

    def go_to(self, folder: Path) -> None:
        """Show the content of `folder`."""
        self.folder = folder
        self._show_folder()
        self._fill()

    def _show_folder(self) -> None:
        """Show the path, without its beginning if it is too long."""
        safe, small, room = self.look.safe, self.look.small, self.place.winfo_width()
        parts, path = self.folder.parts, safe.line(str(self.folder))
        while small.measure(path) > room and len(parts) > 1:
            parts = parts[1:]
            path = safe.line(str(Path("…", *parts)))
        self.place.configure(text=clipped(path, small, room))

    def _back(self) -> None:
        if not self._type_ahead.take_back():
            self._go_up()

    def _go_up(self) -> None:
        left = self.folder
        self.go_to(self.folder.parent)
        for row, entry in self._entries.items():
            if entry.path == left:
                self._show_row(row)

    def _fill(self) -> None:
        self._show_problem("")
        self._type_ahead.reset()
        self.tree.delete(*self.tree.get_children())
        try:
            entries = listing(
                self.folder, hidden=self.hidden.get(), files=self._mode != "folder"
            )
        except OSError:
            entries = []
            self._show_problem(
                _("{folder} cannot be opened. Choose another folder.", folder=self.folder)
            )
        self._entries = {}
        for entry in entries:
            name = self.look.safe.cell(entry.path.name) + ("/" if entry.is_folder else "")
            row = self.tree.insert(
                "",
                "end",
                text=name,
                values=cells(entry),
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

    def _picked(self) -> list[FolderEntry]:
        return [self._entries[row] for row in self.tree.selection()]

    def _missed(self, typed: str) -> None:
        self._show_problem(_("No name here begins with “{text}”.", text=typed))

    def _path_typed(self) -> None:
        if self.field.get():
            self.tree.selection_set(())  # a typed path replaces a selection

    def _selected(self) -> None:
        picked = self._picked()
        if picked:
            self._show_problem("")
        files = [entry for entry in picked if not entry.is_folder]
        if self._mode == "save" and files:
            self.field.set(files[0].path.name.encode("utf-8", "replace").decode())
        elif self._mode != "save" and picked:
            self.field.set("")  # a selection replaces a typed path
        if self._mode == "share":
            accept = _(_BUTTON[self._mode])
            if len(files) > 1:
                accept = ngettext("Share {count} file", "Share {count} files", len(files))
            elif picked and not files:
                accept = _("Open")
            self.accept.configure(text=accept)

    def _double(self, event: "tk.Event[tk.Misc]") -> None:
        if self.tree.identify_row(event.y):
            self._enter()

    def _enter(self) -> None:
        """Open the selected folder, or take the selected files; nothing else is ever taken."""
        picked = self._picked()
        files = tuple(entry.path for entry in picked if not entry.is_folder)
        if files:
            self._take(files)
        elif picked:
            self.go_to(picked[0].path)
            self.tree.focus_set()
        else:
            self._show_problem(_("Nothing is selected. Select a file or type its name."))

    def _accept(self) -> None:
        """Take the path in the field, or else the selection."""
        if typed := self.field.get().strip():
            self._take_typed(typed)
        elif self._mode == "folder":
            picked = self._picked()
            self._take((picked[0].path if picked else self.folder,))
        else:
            self._enter()

    def _take_typed(self, typed: str) -> None:
        try:
            path = self.folder / Path(typed).expanduser()
            is_folder, exists = path.is_dir(), path.exists()
            fits = exists if self._mode == "share" else path.parent.is_dir()
        except (OSError, ValueError, RuntimeError):
            self._show_problem(_("This is not a valid file name. Type another one."))
            return
        if is_folder:
            self.field.set("")
            self.go_to(Path(os.path.normpath(path)))
        elif fits and self._mode != "folder":
            self._take((self._with_ending(path),))
        else:
            self._show_problem(_("{path} does not exist. Check the name.", path=path))

    def _with_ending(self, path: Path) -> Path:
        if self._kinds and not path.suffix:
            return path.with_name(path.name + self._kinds[0])
        return path

    def _take(self, paths: tuple[Path, ...]) -> None:
        exists = self._mode == "save" and paths[0].exists()
        if exists and self._asked_to_replace != paths[0]:
            self._asked_to_replace = paths[0]
            self._show_problem(
                _("{file} exists. Press Save again to replace it.", file=paths[0].name)
            )
            return
        self.chosen = paths
        self.destroy()

    def _show_problem(self, problem: str) -> None:
        self.problem.configure(text=self.look.safe.sentence(problem))
