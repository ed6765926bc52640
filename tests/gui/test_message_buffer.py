"""The conversation after any sequence of changes is as it would be if it were shown anew."""

import random

import pytest

from client_mvc.text import markup
from client_mvc.view.contract.items import (
    Chip,
    Day,
    DeletedMessage,
    Extras,
    FileCard,
    Heading,
    Item,
    Message,
    MessageRules,
    Notice,
    Picture,
    Quote,
)
from client_mvc.view.messages.message_view import MessageView
from client_mvc.view.window.main_window import ChatWindow

pytestmark = pytest.mark.gui

TEXTS = (
    "short",
    "👍 emoji 👩‍💻",
    "*bold* and `code`",
    "```py\nx = 1\n```",
    "\n".join(f"line {number}" for number in range(20)),
    "https://a.example and more",
    "",
)


class Chance:
    """Makes items and changes by chance."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._seq = 0

    def item(self) -> Item:
        pick = self.random.choice
        self._seq += 1
        chips = tuple(
            Chip(pick("👍🎉🚀"), self.random.randint(1, 20), False, "bob")
            for _ in range(self.random.randint(0, 2))
        )
        quote = pick((None, Quote(1, "ann", 2, "what"), Quote(1, "ann", 2, "gone", gone=True)))
        extras = Extras("10:00", quote, chips, pick(("", "Edited")), pick((True, False)))
        head = pick((None, None, Heading("10:00", "bob", self.random.randint(0, 11))))
        file_id = pick("abc")
        items: tuple[Item, ...] = (
            Day("Friday"),
            Notice("10:00", "3 joined", ("a", "b"), self._seq),
            DeletedMessage("Message deleted", head),
            FileCard(file_id, "f.txt", "1 KB", "x", head, seq=self._seq, extras=extras),
            FileCard(
                file_id, "f.png", "1 KB", "", head, seq=self._seq, kind="picture",
                picture=Picture(60, 40), extras=extras,
            ),
            *(self._message(head, extras) for _ in range(5)),
        )  # fmt: skip
        return pick(items)

    def _message(self, head: Heading | None, extras: Extras) -> Message:
        text = self.random.choice(TEXTS)
        runs = markup.split(text)
        return Message(text, head, runs=runs, seq=self._seq, name="bob", extras=extras)

    def items(self, most: int) -> list[Item]:
        return [self.item() for _ in range(self.random.randint(1, most))]


def content(view: MessageView) -> list[tuple[str, str]]:
    """Return texts, pictures, widgets and tags, without the names of widgets and marks."""
    view.update()
    text = view.text
    found: list[tuple[str, str]] = []
    last = ""
    for kind, value, at in text.dump("1.0", "tail", text=True, image=True, window=True):
        tags = sorted(set(text.tag_names(at)) - {"hover", "cursor", "place"})
        tags = [tag for tag in tags if not tag.startswith("ink-")]
        piece, about = value if kind == "text" else kind, " ".join(tags)
        if kind == "text" and found and found[-1][1] == about and last == "text":
            piece = found.pop()[0] + value  # the colours of code part a text
        found.append((piece, about))
        last = kind
    return found


@pytest.mark.parametrize("seed", range(12))
def test_any_changes_leave_what_is_shown_anew(window: ChatWindow, seed: int) -> None:
    view, chance = window.messages, Chance(seed)
    view.allow(MessageRules("all", react=True, reply=True))
    kept: list[Item] = []
    for _ in range(25):
        match chance.random.choice(("append", "append", "prepend", "drop", "change", "toggle")):
            case "append":
                new = chance.items(6)
                view.append(new)
                kept += new
            case "prepend":
                new = chance.items(4)
                instead = chance.random.randint(0, min(1, len(kept)))
                view.prepend(new, instead_of=instead)
                kept[:instead] = new
            case "drop" if kept:
                oldest = chance.random.randint(0, len(kept) // 2)
                newest = chance.random.randint(0, (len(kept) - oldest) // 2)
                view.drop(oldest=oldest, newest=newest)
                kept = kept[oldest : len(kept) - newest]
            case "change" if kept:
                places = chance.random.sample(range(len(kept)), min(3, len(kept)))
                changes = [(place, chance.item()) for place in places]
                view.change(changes)
                for place, item in changes:
                    kept[place] = item
            case "toggle" if kept:
                row = chance.random.choice(view._buffer.rows)
                if row.has("fold") or isinstance(row.item, Notice):
                    view._toggle(row)
                    view._toggle(row)
    rows = view._buffer.rows
    assert [row.item for row in rows] == kept
    assert view._buffer._lines == sum(row.lines for row in rows) == view.text.line("tail") - 1
    assert list(view._buffer.cards) == [row.card for row in rows if row.card]
    assert list(view._buffer.pictures) == [row for row in rows if row.picture]
    shown = content(view)
    view.clear()
    assert view.text.get("1.0", "end-1c") == ""
    view.append(kept)
    assert shown == content(view)
    names = [name for name in view.text.mark_names() if name.startswith("item-")]
    assert len(names) == len(kept)
