"""What stands in a window: members, messages, a file; and what its pane shows of them."""

from client_mvc.view.contract.values import FileCard, Heading, Item, MemberRow, Message
from client_mvc.view.messages.message_view import Pane

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


def shown(pane: Pane) -> list[str]:
    return pane.text.get("1.0", "end-1c").split("\n")[:-1]


def top(pane: Pane) -> tuple[str, int]:
    """What is at the top of the view, and how many pixels of it are cut off."""
    pane.update()
    place = pane.text.dlineinfo("@0,0")
    assert place is not None
    return pane.text.get("@0,0", "@0,0 lineend"), place[1]


def marked(pane: Pane, tag: str) -> list[str]:
    ranges = pane.text.tag_ranges(tag)
    return [pane.text.get(*ends) for ends in zip(ranges[::2], ranges[1::2], strict=True)]
