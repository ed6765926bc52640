"""The message pane: the conversation, and below it what is pending.

One `Text` with tags, kept to about 4,000 lines and fed with one `insert` a batch: so a
thousand messages a second leave the window quick. Rows come from `rows`, cards from `cards`,
what can be clicked is `actions`. Knows nothing of seq, members or the network.
"""

import tkinter as tk
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import ttkbootstrap as tb

from client_mvc.view import rows
from client_mvc.view.actions import Actions
from client_mvc.view.cards import Card
from client_mvc.view.contract import COLOURS, Day, FileCard, Intents, Item, Notice, Pending
from client_mvc.view.dialogs import Choosers
from client_mvc.view.scrollbar import Scrollbar
from client_mvc.view.theme import Look

MAX_LINES = 4_000
MAX_CARDS = 200
_SLACK = 400
_WHEEL_PIXELS = 50

# After the class's own bindings, so that the view has moved when ours look at it.
_SCROLLED = "ChatroomPaneScrolled"
_MOVES = ("<MouseWheel>", "<Button-4>", "<Button-5>", "<Key>", "<ButtonRelease>")


class Pane(tb.Frame):
    """`typed` gets what somebody types while the pane has the focus."""

    def __init__(
        self,
        master: tk.Misc,
        look: Look,
        intents: Callable[[], Intents],
        choosers: Choosers,
        typed: Callable[[str], None],
    ) -> None:
        super().__init__(master)
        self._look = look
        self._intents = intents
        self._typed = typed
        self._following = True
        self._present = True
        self._unread_open = False
        self._new = 0
        self._messages = 0
        self._cards: deque[Card] = deque()
        self._time = "00:00"
        self.text = tb.Text(
            self,
            autostyle=False,
            wrap="word",
            state="disabled",
            takefocus=True,
            font=look.base,
            cursor="arrow",
            relief="flat",
            borderwidth=0,
            width=1,
            height=1,
        )
        self._bar = Scrollbar(self, self._scroll)
        self.text.configure(yscrollcommand=self._bar.set)
        self._bar.pack(side="right", fill="y")
        self.text.pack(side="left", fill="both", expand=True)
        self.down = tb.Button(self, bootstyle="primary", command=self.to_bottom)
        self.text.mark_set("tail", "1.0")
        self.actions = Actions(self.text, look, intents, choosers)
        self._bind_events()
        look.attach(self, self._paint)

    # --- what is shown -------------------------------------------------------------------

    def append(self, items: Sequence[Item]) -> None:
        """Add to the end of the conversation, in one redraw."""
        items = items[-MAX_LINES:]
        if not items:
            return
        self._edit("right")
        batch: rows.Pieces = self._unread_line()
        for item in items:
            if isinstance(item, FileCard):
                self._flush(batch + rows.heading(item.heading, self._look.safe))
                batch = []
                self._embed(item)
            else:
                batch += self._pieces(item)
        self._flush(batch)
        self._trim()
        self.text.configure(state="disabled")
        if self._following:
            self.text.see("end")
        else:
            self._new += sum(not isinstance(item, Notice | Day) for item in items)
            self._show_down()

    def show_pending(self, pending: Sequence[Pending]) -> None:
        """Replace what is pending."""
        self._edit("left")
        self.text.delete("tail", "end-1c")
        pieces: rows.Pieces = []
        for place, item in enumerate(pending):
            pieces += rows.pending(item, self._look.safe, place)
        if pieces:
            self.text.insert("tail", *pieces)  # type: ignore[arg-type]
        self.actions.pending = tuple(pending)
        self.text.configure(state="disabled")
        if self._following:
            self.text.see("end")

    def clear(self) -> None:
        """Empty the conversation; what is pending stays."""
        self._edit("right")
        while self._cards:
            self._cards.popleft().destroy()
        self.text.delete("1.0", "tail")
        self.text.configure(state="disabled")
        self._unread_open = False
        self.to_bottom()

    def set_time_example(self, example: str) -> None:
        """Times are as wide as this one."""
        self._time = example
        self._paint()

    def reader(self, *, present: bool) -> None:
        """Whether somebody looks at the window: where "New messages" stands depends on it."""
        self._present = present
        self._seen()

    def to_bottom(self) -> None:
        """Show the end, and stay there."""
        self._following = True
        self.text.see("end")
        self._seen()

    def page(self, pages: int) -> None:
        """Scroll, as Page Up and Page Down do."""
        self.text.yview_scroll(pages, "pages")
        self._settle()

    # --- rows ----------------------------------------------------------------------------

    def _edit(self, gravity: str) -> None:
        # The mark before the pending region has to stay behind what is appended and before
        # what is pending, though both are inserted right at it.
        self.text.mark_gravity("tail", "right" if gravity == "right" else "left")
        self.text.configure(state="normal")

    def _flush(self, pieces: rows.Pieces) -> None:
        if pieces:
            self.text.insert("tail", *pieces)  # type: ignore[arg-type]

    def _pieces(self, item: Item) -> rows.Pieces:
        safe = self._look.safe
        match item:
            case Notice():
                return rows.notice(item, safe)
            case Day():
                return rows.day(item, safe)
            case FileCard():
                raise TypeError("a card is embedded, not inserted")
            case _:
                self._messages += 1
                return rows.message(item, safe, self._messages)

    def _unread_line(self) -> rows.Pieces:
        """Above the first item that comes while nobody looks; there is one at most."""
        looking = self._following and self._present
        if looking or self._unread_open or self.text.compare("tail", "==", "1.0"):
            return []
        if old := self.text.tag_ranges("unread"):
            self.text.delete(old[0], old[-1])
        self._unread_open = True
        return rows.unread()

    def _embed(self, file: FileCard) -> None:
        do = self.actions
        card = Card(
            self.text, self._look, file, save=do.save, open=do.open, copy_link=do.copy_link
        )
        for widget in card.whole():
            # A label with a binding for a key would be reached by Tab.
            keys = ("<Key-Menu>", "<Shift-F10>") if isinstance(widget, tb.Button) else ()
            for sequence in ("<Button-3>", *keys):
                widget.bind(sequence, lambda event: do.card_menu(event, card))
            for wheel in ("<MouseWheel>", "<Button-4>", "<Button-5>"):
                widget.bind(wheel, self._wheel)
        # It has its height only after it was laid out, and pushes the end out of view then.
        card.bind("<Configure>", lambda _: self._stay())
        start = self.text.index("tail")
        self.text.window_create("tail", window=card)
        self.text.insert("tail", "\n")
        self.text.tag_add("card", start, "tail")
        self._cards.append(card)

    def _trim(self) -> None:
        lines = int(self.text.index("tail").partition(".")[0]) - 1
        first = lines - MAX_LINES + 1 if lines > MAX_LINES + _SLACK else 1
        if len(self._cards) > MAX_CARDS:
            oldest_kept = self._cards[len(self._cards) - MAX_CARDS]
            first = max(first, int(self.text.index(str(oldest_kept)).partition(".")[0]))
        if first == 1:
            return
        # Tk destroys an embedded widget with its text, but Python would keep its half.
        while self._cards and self.text.compare(str(self._cards[0]), "<", f"{first}.0"):
            self._cards.popleft().destroy()
        self.text.delete("1.0", f"{first}.0")

    # --- where the reader is -------------------------------------------------------------

    def _bind_events(self) -> None:
        self.text.bindtags((*self.text.bindtags(), _SCROLLED))
        for sequence in _MOVES:
            self.text.bind_class(_SCROLLED, sequence, lambda _: self._settle())
        self.text.bind("<Configure>", lambda _: self._stay())
        self.text.bind("<Map>", lambda _: self._stay())
        # Tk gives a disabled Text no focus on X11, and without it Ctrl+C copies nothing.
        self.text.bind("<Button-1>", lambda _: self.text.focus_set())
        self.text.bind("<Key>", self._key)

    def _scroll(self, *where: str) -> None:
        self.text.yview(*where)
        self._settle()

    def _wheel(self, event: "tk.Event[tk.Misc]") -> str:
        up = event.num == 4 or event.delta > 0
        self.text.yview_scroll(-_WHEEL_PIXELS if up else _WHEEL_PIXELS, "pixels")
        self._settle()
        return "break"

    def _settle(self) -> None:
        """The reader moved the view: at the end they follow, elsewhere they stay."""
        self._following = self.text.dlineinfo("end-1c") is not None
        self._seen()

    def _stay(self) -> None:
        if self._following:
            self.text.see("end")

    def _seen(self) -> None:
        if self._following:
            self._new = 0
            self.down.place_forget()
            if self._present:
                self._unread_open = False

    def _show_down(self) -> None:
        if self._new:
            self.down.configure(text=f"↓ {self._new} new")
            self.down.place(in_=self.text, relx=0.5, rely=1.0, y=-self._look.px(10), anchor="s")
            self.down.lift()

    def _key(self, event: "tk.Event[tk.Misc]") -> str | None:
        """Who types while reading means the composer."""
        held = int(event.state) & (0x4 | 0x8)  # Control, Alt
        if event.char and event.char.isprintable() and not held and event.char != " ":
            self._typed(event.char)
            return "break"
        return None

    # --- looks ---------------------------------------------------------------------------

    def _paint(self) -> None:
        look, text = self._look, self.text
        palette, px = look.palette, look.px
        look.plain_text(text)
        text.configure(
            padx=px(16),
            pady=px(8),
            highlightthickness=px(1),
            highlightbackground=palette.background,
            highlightcolor=palette.accent,
        )
        indent = look.base.measure(self._time) + px(14)
        text.configure(tabs=str(indent))
        aside: dict[str, Any] = {"foreground": palette.muted, "font": look.small}
        body: dict[str, Any] = {
            "lmargin1": indent,
            "lmargin2": indent,
            "lmargincolor": palette.background,
        }
        tag = text.tag_configure
        tag("head", lmargin2=indent, spacing1=px(10), spacing3=px(1))
        tag("time", **aside)
        tag("notice", lmargin2=indent, spacing1=px(8), **aside)
        tag("day", justify="center", spacing1=px(12), spacing3=px(4), **aside)
        tag("unread", justify="center", spacing1=px(10), spacing3=px(2), font=look.small)
        tag("unread", foreground=palette.problem)
        tag("body", spacing1=px(1), spacing3=px(2), **body)
        tag("card", spacing1=px(4), spacing3=px(4), lmargin1=indent, lmargin2=indent)
        tag("mention", background=palette.mention)
        tag("bold", font=look.bold)
        tag("code", font=look.mono, background=palette.card)
        tag("block", font=look.mono, background=palette.card, **body)
        tag("mark", foreground=palette.muted)
        tag("pending", foreground=palette.muted)
        tag("failed", foreground=palette.problem, font=look.small)
        for number in range(COLOURS):
            tag(f"name{number}", foreground=palette.names[number], font=look.bold)
        tag("action", foreground=palette.link, underline=True)
        tag("emoji", font=look.emoji)
        tag("chosen", background=palette.accent, foreground=palette.background)
        # A tag's rank is that of its first mention, and some were bound before: say it again.
        for above in ("action", "emoji", "chosen", "sel"):
            text.tag_raise(above)
        text.after_idle(self._stay)
