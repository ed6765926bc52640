"""The looks of the conversation: fonts, colours and margins of its tags.

The margins are those of the tags and not of the `Text`, so that the ground of a message reaches
from edge to edge.
"""

import tkinter as tk
from typing import Any

from client_mvc.view.contract.items import COLOURS
from client_mvc.view.style.theme import Look

EDGE = 16
"""Pixels between the conversation and its edges."""
GAP = 3
"""Pixels around a picture."""

# Later ones are above earlier ones: first the grounds of whole messages, then those in them.
_RANKED = (
    *("margin", "mention", "hover", "cursor", "flash"),
    *("text-chip", "text-chip-mine", "code", "block", "block-head"),
    *("action", "fold-label", "code-copy", "emoji", "chosen", "sel"),
)


def paint(text: tk.Text, look: Look, time: str) -> None:
    """Configure all tags; `time` is the widest time of day that the margin has to take."""
    palette, px = look.palette, look.px
    edge = px(EDGE)
    indent = indent_of(look, time)
    text.configure(padx=0, pady=px(8), tabs=str(indent))
    tag = text.tag_configure
    aside: dict[str, Any] = {"foreground": palette.muted, "font": look.small}
    # The ground of code does not reach into the margins, that of a whole message does.
    plain = {"lmargincolor": palette.background, "rmargincolor": palette.background}
    both: dict[str, Any] = {"lmargin1": edge, "rmargin": edge, **plain}
    body: dict[str, Any] = {"lmargin1": indent, "lmargin2": indent, "rmargin": edge, **plain}
    tag("head", lmargin2=indent, spacing1=px(10), spacing3=px(1), **both)
    tag("time", **aside)
    tag("notice", lmargin2=indent, spacing1=px(8), **both, **aside)
    tag("notice-more", spacing1=px(1))
    # A further line of a reordered heading or notice.
    tag("margin", lmargin1=indent, spacing1=0)
    for name, space, after in (("day", 14, 4), ("unread", 10, 2), ("beginning", 12, 0)):
        tag(name, justify="center", spacing1=px(space), spacing3=px(after), **both, **aside)
    tag("unread", foreground=palette.problem)
    tag("body", spacing1=px(1), spacing3=px(2), **body)
    tag("rtl", justify="right")
    tag("quote", spacing1=px(1), spacing3=px(1), font=look.small, **body)
    tag("card", spacing1=px(4), spacing3=px(4), **body)
    tag("picture", spacing1=px(2), spacing3=px(2), **body)
    # A picture and a chip have their gaps on both sides.
    tag("picture", lmargin1=indent - px(GAP), lmargin2=indent - px(GAP))
    tag("chips", spacing1=px(3), spacing3=px(4), **body)
    tag("chips", lmargin1=indent - px(2), lmargin2=indent - px(2))
    tag("text-chip", background=palette.card, foreground=palette.muted)
    info = palette.banners["info"]
    tag("text-chip-mine", background=info[0], foreground=info[1])
    _grounds(text, look)
    _styles(text, look)
    _code(text, look, indent)
    # A tag ranks by its first use, and some were used earlier: rank them again.
    for name in _RANKED:
        text.tag_raise(name)
    for name in palette.code_inks:
        text.tag_raise(f"ink-{name}", "block")


def indent_of(look: Look, time: str) -> int:
    """Return where the text of a message begins, in pixels."""
    return look.px(EDGE) + look.base.measure(time) + look.px(14)


def _grounds(text: tk.Text, look: Look) -> None:
    palette = look.palette
    for name, ground in (
        ("mention", palette.mention),
        ("hover", palette.chrome),
        ("cursor", palette.banners["info"][0]),
        ("flash", palette.mention),
    ):
        text.tag_configure(name, background=ground, lmargincolor=ground, rmargincolor=ground)


def _styles(text: tk.Text, look: Look) -> None:
    palette, tag = look.palette, text.tag_configure
    tag("bold", font=look.bold)
    tag("emote", font=look.italic)
    tag("mark", elide=True)
    tag("folded", elide=True)
    tag("joined", elide=True)
    tag("deleted", foreground=palette.muted, font=look.italic)
    tag("faint", foreground=palette.muted, font=look.small)
    tag("small", font=look.small)
    tag("small-bold", font=look.small_bold)
    tag("small-italic", font=look.small_italic)
    tag("pending", foreground=palette.muted)
    tag("failed", foreground=palette.problem, font=look.small)
    for number in range(COLOURS):
        tag(f"name{number}", foreground=palette.names[number], font=look.bold)
    for name in ("small-bold", "small-italic"):
        text.tag_raise(name)
    tag("action", foreground=palette.link, underline=True)
    tag("fold-label", underline=False)
    tag("code-copy", underline=False)
    tag("chosen", background=palette.accent, foreground=palette.background)


def _code(text: tk.Text, look: Look, indent: int) -> None:
    palette, px, tag = look.palette, look.px, text.tag_configure
    tag("code", font=look.mono, background=palette.code)
    margins: dict[str, Any] = {
        "lmargin1": indent,
        "lmargin2": indent,
        "rmargin": px(EDGE),
        "background": palette.code,
    }
    step = 4 * look.mono.measure("0")
    tabs = f"{indent + step} {indent + 2 * step}"
    tag("block", font=look.mono, spacing1=px(1), spacing3=0, tabs=tabs, **margins)
    tag("block-head", font=look.small, foreground=palette.muted, **margins)
    tag("block-head", spacing1=px(4), spacing3=px(2))
    fit(text, look)
    for kind, colour in palette.code_inks.items():
        tag(f"ink-{kind}", foreground=colour)


def fit(text: tk.Text, look: Look) -> None:
    """Follow the width of the conversation: the button of a block of code is at the right."""
    right = max(look.px(200), text.winfo_width() - look.px(EDGE) - look.px(10))
    text.tag_configure("block-head", tabs=f"{right} right")
