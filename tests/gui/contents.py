"""Samples for a window, and functions that read its message view."""

from client_mvc.view.contract.items import FileCard, Heading, Item, Message
from client_mvc.view.contract.values import MemberRow
from client_mvc.view.messages.message_view import MessageView

CARD = FileCard(
    "f1", "Größen 👍.txt", "2.4 KB", "# Notes\n1. first", Heading("10:00", "bob", 1)
)
MEMBERS = [
    MemberRow("alice", away=False, you=True),
    MemberRow("bob", away=True, you=False),
    MemberRow("田中", away=False, you=False),
]


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
