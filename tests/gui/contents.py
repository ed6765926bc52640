"""Samples for a window, and functions that read its message view."""

import pytest

from client_mvc.text import markup
from client_mvc.view.contract.items import (
    Chip,
    Extras,
    FileCard,
    Heading,
    Item,
    Message,
    MessageRules,
)
from client_mvc.view.contract.values import MemberRow
from client_mvc.view.messages.message_view import MessageView
from client_mvc.view.window.main_window import ChatWindow

ALL = MessageRules("all", reply=True, react=True, edit=True, pin=True)
CHIPS = (Chip("👍", 4, True, "you, bob"), Chip("🎉", 2, False, "bob, chandra"))
HEAD = Heading("10:00", "bob", 1)
CARD = FileCard("f1", "Größen 👍.txt", "2.4 KB", "# Notes\n1. first", HEAD)
BOBS_CARD = FileCard("f1", "a.txt", "1 KB", "line", HEAD, seq=50, sender="bob")
MEMBERS = [
    MemberRow("alice", away=False, you=True),
    MemberRow("bob", away=True, you=False),
    MemberRow("田中", away=False, you=False),
]


def said(seq: int, text: str = "", own: bool = False, **extras: object) -> Message:
    text = text or f"message {seq}"
    about = Extras(**{"time": "10:07", **extras})  # type: ignore[arg-type]
    runs = markup.split(text)
    return Message(text, runs=runs, own=own, seq=seq, name="bob", extras=about)


def many(first: int, last: int) -> list[Item]:
    return [
        Message(f"message {number} " + "words " * (number % 40))
        for number in range(first, last)
    ]


def shown(view: MessageView) -> list[str]:
    return view.text.get("1.0", "end-1c").split("\n")[:-1]


def top(view: MessageView) -> tuple[str, int]:
    """Return the line at the top of the view, and its vertical position in pixels."""
    view.update()
    place = view.text.dlineinfo("@0,0")
    assert place is not None
    return view.text.get("@0,0", "@0,0 lineend"), place[1]


def marked(view: MessageView, tag: str) -> list[str]:
    ranges = view.text.tag_ranges(tag)
    return [view.text.get(*ends) for ends in zip(ranges[::2], ranges[1::2], strict=True)]


def seen(window: ChatWindow) -> str:
    """Return the text on screen, without what is elided."""
    text = window.messages.text
    return str(text.tk.call(str(text), "get", "-displaychars", "1.0", "end-1c"))


def at(view: MessageView, index: str) -> tuple[int, int]:
    """Return the middle of the character at `index`, in pixels."""
    # A line whose height is not known yet would move the others, and hide the bar again.
    view.text.tk.call(str(view.text), "sync")
    view.update()
    x, y, wide, high = view.text.bbox(index) or pytest.fail(f"{index} is not on screen")
    return x + wide // 2, y + high // 2


def phrase(view: MessageView, words: str) -> tuple[int, int]:
    found = view.text.search(words, "1.0")
    assert found, f"{words!r} is missing"
    return at(view, found)
