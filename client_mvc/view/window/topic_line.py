"""The topic of the room in the top bar: one line with links; the tooltip has all of it."""

import tkinter as tk
from collections.abc import Callable
from itertools import groupby

import ttkbootstrap as tb

from client_mvc.text import right_to_left
from client_mvc.text.links import links
from client_mvc.view.contract.intents import Intents
from client_mvc.view.style.safe_text import Pieces
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.flow_layout import cut
from client_mvc.view.widgets.tooltip import Tooltip


class TopicLine(tb.Frame):
    """Cuts the text to its width; a click opens a link, and Enter the first one."""

    def __init__(self, master: tk.Misc, look: Look, intents: Callable[[], Intents]) -> None:
        super().__init__(master, style="Chrome.TFrame")
        self._look = look
        self._intents = intents
        self._topic = ""
        self._links: list[tuple[int, int, str]] = []
        self._origins: tuple[int, ...] = ()  # the places in the topic of the characters shown
        self.text = tb.Text(
            self,
            autostyle=False,
            height=1,
            width=1,
            wrap="none",
            font=look.small,
            state="disabled",
            cursor="arrow",
            relief="flat",
            borderwidth=0,
        )
        self.text.pack(fill="x", expand=True)
        self._tooltip = Tooltip(self.text, look, "")
        self.text.tag_bind("link", "<Enter>", lambda _: self.text.configure(cursor="hand2"))
        self.text.tag_bind("link", "<Leave>", lambda _: self.text.configure(cursor="arrow"))
        self.text.tag_bind("link", "<ButtonRelease-1>", self._clicked)
        editing.on_keys(self.text, editing.ENTER, self._open_first)
        self.text.bind("<Configure>", lambda _: self._fill())
        look.attach(self.text, self._paint)

    @property
    def wanted(self) -> int:
        """The width of the whole topic, in pixels."""
        return self._look.small.measure(self._topic[:400]) + self._look.px(8)

    def show(self, topic: str) -> None:
        """Replace the topic; empty: there is none."""
        self._topic = self._look.safe.line(topic)
        # A click must open exactly the address shown: no link if it cannot be shown as it is.
        safe = self._topic == topic
        self._links = [(*ends, topic[slice(*ends)]) for ends in links(topic)] if safe else []
        self.text.configure(takefocus=bool(self._links))
        self._tooltip.set_text(right_to_left.one_line(self._topic))
        self._fill()

    def _fill(self) -> None:
        wide = self.text.winfo_width()
        shown = cut(self._topic, self._look.small, wide - self._look.px(6))
        spans = [(start, min(end, len(shown))) for start, end, _url in self._links]
        drawn, self._origins = right_to_left.placed(shown, spans)
        pieces: Pieces = []
        characters = zip(drawn, self._origins, strict=True)
        for url, run in groupby(characters, lambda each: self._link(each[1])):
            text = "".join(character for character, _origin in run)
            pieces += self._runs(text, ("link",) if url else ())
        self.text.configure(state="normal")
        self.text.delete("1.0", "end")
        if pieces:
            self.text.insert("1.0", *pieces)  # type: ignore[arg-type]
        self.text.configure(state="disabled")

    def _runs(self, text: str, tags: tuple[str, ...]) -> Pieces:
        pieces: Pieces = []
        for run, emoji in self._look.safe.runs(text):
            pieces += [run, (*tags, "emoji") if emoji else tags]
        return pieces

    def _clicked(self, event: "tk.Event[tk.Misc]") -> None:
        before = self.text.get("1.0", f"@{event.x},{event.y}")
        if url := self._link(dict(enumerate(self._origins)).get(len(before), -1)):
            self._intents().open_link(url)

    def _link(self, place: int) -> str:
        """Return the link at a place of the topic; empty: there is none."""
        return next((url for start, end, url in self._links if start <= place < end), "")

    def _open_first(self) -> None:
        if self._links:
            self._intents().open_link(self._links[0][2])

    def _paint(self) -> None:
        palette = self._look.palette
        self._look.plain_text(self.text)
        self.text.configure(
            background=palette.chrome,
            foreground=palette.muted,
            highlightthickness=self._look.px(1),
            highlightbackground=palette.chrome,
            highlightcolor=palette.accent,
        )
        self.text.tag_configure("link", foreground=palette.link, underline=True)
        self.text.tag_configure("emoji", font=self._look.emoji)
        self._fill()
