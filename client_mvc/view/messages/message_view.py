"""The message pane: the conversation, and below it what is pending.

One `Text` with tags, kept to about 4,000 lines and fed with one `insert` a batch: so a
thousand messages a second leave the window quick. Its items are the `sheet`, what can be
clicked is `actions`, what was searched for is `highlights`; what is here is where the reader
is. Knows nothing of seq, members or the network.
"""

import tkinter as tk
from collections.abc import Callable, Sequence
from typing import Any

import ttkbootstrap as tb

from client_mvc.i18n.translate import ngettext
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import COLOURS, FileCard, Item, Message, Pending
from client_mvc.view.dialogs.file_dialogs import Choosers
from client_mvc.view.messages import segments
from client_mvc.view.messages.actions import Actions
from client_mvc.view.messages.file_card import Card
from client_mvc.view.messages.highlights import Highlights
from client_mvc.view.messages.message_buffer import MAX_LINES, Sheet
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.scrollbar import Scrollbar

_WHEEL_PIXELS = 50

# After the class's own bindings, so that the view has moved when ours look at it.
_SCROLLED = "ChatroomPaneScrolled"
_MOVES = ("<MouseWheel>", "<Button-4>", "<Button-5>", "<Key>")
_UP = ("Up", "Prior", "Home", "KP_Up", "KP_Prior", "KP_Home")
_DOWN = ("Down", "Next", "End", "KP_Down", "KP_Next", "KP_End")
# So many lines from either end is near it: what is beyond is loaded before it is reached.
_NEAR = 20
# Milliseconds: what comes sooner is not announced, so that nothing flickers.
_SOON = 300


class Pane(tb.Frame):
    """`text` is the conversation, `sheet` what stands in it."""

    def __init__(
        self,
        master: tk.Misc,
        look: Look,
        intents: Callable[[], Intents],
        choosers: Choosers,
    ) -> None:
        super().__init__(master)
        self._look = look
        self._intents = intents
        self._following = True
        self._led = False
        self._sees_all = False
        self._present = True
        self._unread_open = False
        self._new = 0
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
        self.text.configure(yscrollcommand=self._moved)
        self._bar.pack(side="right", fill="y")
        self.text.pack(side="left", fill="both", expand=True)
        self.down = tb.Button(self, bootstyle="primary", command=self.to_bottom)
        self.loading = tb.Label(
            self, style="Muted.Chrome.TLabel", anchor="center", padding=look.px(4)
        )
        self._announcing: str | None = None
        self.sheet = Sheet(self.text, look, self._make_card)
        self.actions = Actions(self.text, look, intents, choosers)
        self._bind_events()
        look.attach(self, self._paint)
        self.highlights = Highlights(self.text, look, "tail", lambda: self.cards)

    # --- what is shown -------------------------------------------------------------------

    def append(self, items: Sequence[Item], *, live: bool = True) -> None:
        """Add to the end, in one redraw. `live`: who is at the end stays there."""
        items = items[-MAX_LINES:]
        if not items:
            return
        news = [place for place, item in enumerate(items) if _is_news(item)]
        unread = self._unread_line() if live and news else []
        self.sheet.append(items, unread, news[0] if news else 0)
        if not live:
            self._follow(at_end=False)
        elif self._following:
            self._led = False
            self.text.see("end")
        else:
            self._new += len(news)
            self._show_down()

    def prepend(self, items: Sequence[Item], *, instead_of: int = 0) -> None:
        """Add to the beginning; the reader goes on looking at what they look at."""
        text = self.text
        text.mark_set("held", "@0,0")
        before = text.dlineinfo("held")
        self.sheet.prepend(items, instead_of)
        text.yview("held")
        after = text.dlineinfo("held")
        if before and after:
            text.yview_scroll(after[1] - before[1], "pixels")
        self._follow(at_end=self._at_end())

    def drop(self, *, oldest: int = 0, newest: int = 0) -> None:
        """Take away so many items at either end."""
        self.sheet.drop(oldest=oldest, newest=newest)
        if not self.text.tag_ranges("unread"):
            self._unread_open = False

    def show_loading(self, text: str) -> None:
        """Say at the top that more is on its way, over what stands there; empty: no more."""
        if self._announcing is not None:
            self.after_cancel(self._announcing)
            self._announcing = None
        self.loading.place_forget()
        if text:
            self.loading.configure(text=self._look.safe.line(text))
            self._announcing = self.after(_SOON, self._announce)

    def show_place(self, item: int, *, mark: bool) -> None:
        """Bring an item into view, marked, or put it at the top."""
        start, end = self.sheet.ends(item)
        self._led = False
        self.text.tag_remove("place", "1.0", "end")
        self.text.yview(start)
        if mark:
            self.text.tag_add("place", start, end)
            # Not at the very top: what was said before it is part of it.
            self.text.yview_scroll(-self.text.winfo_height() // 3, "pixels")
            self._lead(start, f"{end} - 1 char")
        self._follow(at_end=self._at_end())

    def show_found(self, place: int) -> None:
        """Bring a place that `highlights` has marked into view."""
        self._lead(*self.highlights.show(place))
        self._follow(at_end=self._at_end())

    def _lead(self, start: str, end: str) -> None:
        self.text.mark_set("led", start)
        self.text.mark_set("led-end", end)
        self._led = True

    def show_pending(self, pending: Sequence[Pending]) -> None:
        """Replace what is pending."""
        self.sheet.begin(above=False)
        self.text.delete("tail", "end-1c")
        pieces: segments.Pieces = []
        for place, item in enumerate(pending):
            pieces += segments.pending(item, self._look.safe, place)
        if pieces:
            self.text.insert("tail", *pieces)  # type: ignore[arg-type]
        self.actions.pending = tuple(pending)
        self.sheet.done()
        if self._following:
            self.text.see("end")

    def clear(self) -> None:
        """Empty the conversation; what is pending stays."""
        self.sheet.clear()
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
        self._led = False
        self._follow(at_end=True)
        self.text.see("end")

    def page(self, pages: int) -> None:
        """Scroll, as Page Up and Page Down do."""
        self.text.yview_scroll(pages, "pages")
        self._settle(pages)

    # --- rows ----------------------------------------------------------------------------

    @property
    def cards(self) -> Sequence[Card]:
        """Those shown, oldest first."""
        return self.sheet.cards

    def _unread_line(self) -> segments.Pieces:
        """To stand above the first news that come while nobody looks; there is one at most."""
        looking = self._following and self._present
        if looking or self._unread_open or self.text.compare("tail", "==", "1.0"):
            return []
        if old := self.text.tag_ranges("unread"):
            self.sheet.begin()
            self.text.delete(old[0], old[-1])
        self._unread_open = True
        return segments.unread()

    def _make_card(self, file: FileCard) -> Card:
        do = self.actions
        card = Card(
            self.text, self._look, file, save=do.save, open=do.open, copy_link=do.copy_link
        )
        for widget in card.whole():
            # A label with a binding for a key would be reached by Tab.
            keys = ("<Key-Menu>", "<Shift-F10>") if isinstance(widget, tb.Button) else ()
            for sequence in ("<Button-3>", *keys):
                widget.bind(sequence, lambda event: do.card_menu(event, card))
            if isinstance(widget, tb.Button):
                widget.bind("<FocusIn>", self._reveal, add="+")
            for wheel in ("<MouseWheel>", "<Button-4>", "<Button-5>"):
                widget.bind(wheel, self._wheel)
        # It has its height only after it was laid out, and pushes the end out of view then.
        card.bind("<Configure>", lambda _: self._stay())
        return card

    # --- where the reader is -------------------------------------------------------------

    def _bind_events(self) -> None:
        self.text.bindtags((*self.text.bindtags(), _SCROLLED))
        for sequence in _MOVES:
            self.text.bind_class(_SCROLLED, sequence, lambda event: self._settle(_way(event)))
        self.text.bind_class(_SCROLLED, "<ButtonRelease>", lambda _: self._settle(0))
        self.text.bind("<Configure>", lambda _: self._resized())
        self.text.bind("<Map>", lambda _: self._stay())
        # Tk gives a disabled Text no focus on X11, and without it Ctrl+C copies nothing.
        self.text.bind("<Button-1>", lambda _: self.text.focus_set())

    def _moved(self, first: str, last: str) -> None:
        """What part of the text is in view, from 0 to 1, as Tk has laid it out."""
        self._bar.set(first, last)
        sees_all = float(first) <= 0 and float(last) >= 1
        if sees_all != self._sees_all:
            self._sees_all = sees_all
            self._intents().history.sees_all(sees_all)

    def _scroll(self, *where: str) -> None:
        before = self.text.yview()[0]
        self.text.yview(*where)
        self._settle(self.text.yview()[0] - before)

    def _wheel(self, event: "tk.Event[tk.Misc]") -> str:
        way = _way(event)
        self.text.yview_scroll(way * _WHEEL_PIXELS, "pixels")
        self._settle(way)
        return "break"

    def _settle(self, way: float) -> None:
        """The reader moved the view up (below 0), down or not: at the end they follow."""
        if way:
            self._led = False
        self._follow(at_end=self._at_end())
        if way < 0 and self._line_at(0) <= _NEAR:
            self._intents().history.reached_top()
        elif way > 0 and self._line_at(self.text.winfo_height()) + _NEAR > self._last_line():
            self._intents().history.reached_end()

    def _follow(self, *, at_end: bool) -> None:
        if at_end != self._following:
            self._following = at_end
            self._intents().history.reads(not at_end)
        self._seen()

    def _at_end(self) -> bool:
        return self.text.dlineinfo("end-1c") is not None

    def _line_at(self, y: int) -> int:
        return int(self.text.index(f"@0,{y}").partition(".")[0])

    def _last_line(self) -> int:
        return int(self.text.index("end-1c").partition(".")[0])

    def _reveal(self, event: "tk.Event[tk.Misc]") -> None:
        """Where the keyboard is has to be seen, and a card may be higher than the pane."""
        top = event.widget.winfo_rooty() - self.text.winfo_rooty()
        below = top + event.widget.winfo_height() - self.text.winfo_height()
        if top < 0 or below > 0:
            self.text.yview_scroll(min(top, below) if below > 0 else top, "pixels")
            self._settle(0)

    def _resized(self) -> None:
        for card in self.cards:
            card.fit()
        self._stay()

    def _stay(self) -> None:
        """What the reader looks at stays in view when there is less room: the place they were
        led to and have not left since, or else the end.
        """
        if self._led:
            self.text.see("led-end")
            self.text.see("led")
            self._follow(at_end=self._at_end())
        elif self._following:
            self.text.see("end")

    def _seen(self) -> None:
        if self._following:
            self._new = 0
            self.down.place_forget()
            if self._present:
                self._unread_open = False

    def _show_down(self) -> None:
        if self._new:
            self.down.configure(text=ngettext("↓ {count} new", "↓ {count} new", self._new))
            self.down.place(in_=self.text, relx=0.5, rely=1.0, y=-self._look.px(10), anchor="s")
            self.down.lift()

    def _announce(self) -> None:
        self._announcing = None
        self.loading.place(in_=self.text, relwidth=1)
        self.loading.lift()

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
        tag("beginning", justify="center", spacing1=px(12), **aside)
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


def _is_news(item: Item) -> bool:
    """What one would come back for: not who came or went, and not one's own words."""
    return isinstance(item, Message | FileCard) and not item.own


def _way(event: "tk.Event[tk.Misc]") -> int:
    """Where a wheel or key moves the view: up is -1, down is 1."""
    if event.num in (4, 5):
        return -1 if event.num == 4 else 1
    if isinstance(event.delta, int) and event.delta:
        return -1 if event.delta > 0 else 1
    return (event.keysym in _DOWN) - (event.keysym in _UP)
