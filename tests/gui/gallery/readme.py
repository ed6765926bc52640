"""The picture of the README: a typical room, without errors."""

from pathlib import Path

from PIL import Image

from client_mvc.text import markup
from client_mvc.view.contract.items import Day, FileCard, Heading, Item, Message, Notice
from client_mvc.view.contract.values import MemberRow
from tests.gui.gallery.shots import Gallery, State

NAMES = ("alice", "bob", "chandra", "田中")


def _said(text: str, time: str = "", name: str = "", *, mention: bool = False) -> Message:
    heading = Heading(time, name, 2 * NAMES.index(name) % 7) if name else None
    return Message(text, heading, mention, markup.split(text))


CONVERSATION: list[Item] = [
    Day("Friday 20 November 2026"),
    Notice("09:58", "alice joined"),
    _said("Morning! The room moves to hall 2 today.", "10:01", "alice"),
    _said("The plan is at https://wiki.example.org/lan as always."),
    Notice("10:03", "田中 joined"),
    _said("Thanks 👍 Which port was it again, `18000`?", "10:04", "田中"),
    _said("Yes. Here are my *setup notes*, line 3 is the one that helps:", "10:05", "bob"),
    FileCard(
        "1",
        "setup-notes.txt",
        "2.4 KB",
        "# Before you come\n1. bring a cable, 5 m at least\n2. update the game\n"
        "3. python -m client_mvc --server hall2:18000",
    ),
    _said("@alice works for me, see you at noon 🎉", "10:09", "chandra", mention=True),
]


def readme(gallery: Gallery) -> None:
    """The room with a draft."""
    gallery.room()
    window = gallery.window
    window.messages.clear()
    window.top_bar.show("lan-party", "hall2:18000")
    window.composer.show_room("lan-party")
    window.members.show([MemberRow(name, name == "bob", name == "alice") for name in NAMES])
    window.messages.append(CONVERSATION)
    window.composer.insert("Great, I'll bring the cake")
    gallery.shoot("readme")


def side_by_side(folder: Path, target: Path) -> None:
    """Join the light and the dark picture into one."""
    halves = [Image.open(folder / f"readme-{theme}.png") for theme in ("light", "dark")]
    wide, high = halves[0].size
    both = Image.new("RGB", (2 * wide + 8, high), "#808894")
    both.paste(halves[0], (0, 0))
    both.paste(halves[1], (wide + 8, 0))
    both.save(target, optimize=True)


STATES: tuple[State, ...] = (readme,)
