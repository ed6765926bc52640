"""A conversation: quotes, reactions, pictures, code, folded messages, what can be done."""

import io
from dataclasses import replace
from typing import Any

from PIL import Image, ImageDraw

from client_mvc.text import markup
from client_mvc.view.contract.items import (
    Chip,
    Day,
    DeletedMessage,
    Extras,
    FileCard,
    Heading,
    HiddenMessage,
    Item,
    Message,
    MessageRules,
    Notice,
    Pending,
    Picture,
    Quote,
)
from client_mvc.view.contract.values import MemberRow, RoomRules
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.gallery.shots import Gallery, State

NAMES = ("alice", "bob", "chandra", "dmitri", "Éloïse", "田中")
ALL = MessageRules("all", reply=True, react=True, edit=True, pin=True)
CODE = '''Look at this:
```python
@dataclass
class Room:
    """One room."""
    name: str = "ops"  # shown

    def full(self) -> bool:
        return len(self.members) >= 12
```
and tell me.'''


def picture(width: int, height: int, colour: str = "#7ea2f0") -> bytes:
    """Draw what somebody may share: a graph."""
    image = Image.new("RGB", (width, height), "#10151f")
    drawing = ImageDraw.Draw(image)
    for y in range(height // 6, height, height // 6):
        drawing.line((10, y, width - 10, y), "#222b3a", 1)
    spots = [(14 + x, height * (60 - x * 7 % 30) // 90) for x in range(0, width - 28, 9)]
    drawing.line(spots, colour, 3, "curve")
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def said(text: str, seq: int, name: str, at: str = "", **extras: object) -> Message:
    """Make a message; with `at` it begins a run."""
    heading = Heading(at, name, NAMES.index(name)) if at else None
    return Message(
        text,
        heading,
        runs=markup.split(text),
        own=name == "alice",
        seq=seq,
        name=name,
        extras=Extras(**{"time": at or "10:10", **extras}),  # type: ignore[arg-type]
    )


def mentioning(*arguments: Any, **extras: Any) -> Message:
    """Make a message that names the reader."""
    return replace(said(*arguments, **extras), mention=True)


RED = "The build is red again: `test_resume` fails on the second worker."
CONVERSATION: list[Item] = [
    Day("Friday 20 November 2026"),
    Notice(
        "10:01",
        "alice, bob and 3 others joined, 2 left",
        ("10:01  alice joined", "10:01  bob joined", "10:01  eve left"),
        2,
    ),
    said(RED, 3, "chandra", "10:02", chips=(Chip("👀", 2, False, "bob, dmitri"),)),
    said(
        "That is the `port 0` race. The *fix* is in review.",
        4,
        "dmitri",
        "10:04",
        quote=Quote(3, "chandra", 2, RED.replace("`", "")),
        chips=(
            Chip("👍", 4, True, "you, bob, chandra and 田中"),
            Chip("🎉", 2, False, "bob, chandra"),
            Chip("❤️", 12, False, "many"),
        ),
    ),
    DeletedMessage("Message deleted", Heading("10:05", "alice", 0)),
    FileCard(
        "p1",
        "latency.png",
        "84 KB",
        "",
        Heading("10:07", "Éloïse", 4),
        seq=6,
        sender="Éloïse",
        kind="picture",
        picture=Picture(300, 132, (1280, 560)),
        extras=Extras("10:07", chips=(Chip("👩‍💻", 1, False, "bob"),)),
    ),
    HiddenMessage("Message from eve hidden", seq=7),
    mentioning("Deploy moves to *16:00*, after the backup.", 9, "bob", "10:09",
         edited="Edited at 10:14", pinned=True),
    said(
        "I keep the old relay running until then, just in case 👍", 10, "bob",
        chips=(Chip("🚀", 3, True, "you, chandra, dmitri"), Chip("😅", 1, False, "田中")),
    ),
    said("Sounds good to me", 11, "田中", "10:12",
         quote=Quote(5, "alice", 0, "message deleted", gone=True)),
]  # fmt: skip


def busy_room(gallery: Gallery, items: list[Item]) -> ChatWindow:
    """Show a conversation to a member who may do everything."""
    gallery.room()
    window = gallery.window
    window.messages.clear()
    window.members.show(
        [
            MemberRow(name, name == "chandra", name == "alice", colour=place)
            for place, name in enumerate(NAMES)
        ]
    )
    window.messages.allow(ALL)
    window.messages.append(items)
    gallery.settle()
    return window


def over(gallery: Gallery, phrase: str) -> None:
    """Move the pointer over a message."""
    text = gallery.window.messages.text
    box = text.bbox(text.search(phrase, "1.0"))
    assert box, phrase
    gallery.driver.away()
    x, y = text.winfo_rootx() + box[0] + 60, text.winfo_rooty() + box[1] + 8
    gallery.driver._xdotool("mousemove", x, y)
    gallery.driver.until(gallery.window.messages.cursor.bar.winfo_viewable)


def conversing(gallery: Gallery) -> None:
    """Quotes, reactions, a picture; the pointer over a message, the cursor by keyboard."""
    window = busy_room(gallery, CONVERSATION)
    view = window.messages
    view.show_picture("p1", picture(300, 132))
    gallery.driver.until(lambda: view.thumbnails.shown)
    over(gallery, "I keep the old")
    gallery.shoot("messages-hover")
    gallery.driver.away()
    gallery.driver.focus(window.composer.text)
    gallery.driver.key("alt+Up", "alt+Up")
    gallery.driver.until(lambda: view.text.tag_ranges("cursor"))
    gallery.shoot("messages-cursor")
    gallery.driver.key("m")
    gallery.driver.until(view.actions.menu.winfo_viewable)
    gallery.shoot("messages-menu")
    gallery.driver.key("Escape")
    gallery.driver.until(lambda: not view.actions.menu.winfo_viewable())
    gallery.driver.key("r")
    gallery.driver.until(lambda: view.reactions.frame)
    gallery.shoot("messages-react")
    gallery.driver.key("Escape", "Escape")
    leave(gallery)


def pictures(gallery: Gallery) -> None:
    """Pictures side by side, one that is loading, one that cannot be had; file cards."""

    def file(number: int, heading: bool = False, size: tuple[int, int] = (200, 132)) -> Item:
        head = Heading("10:20", "Éloïse", 4) if heading else None
        name = f"graph-{number}.png"
        return FileCard(
            f"g{number}", name, "84 KB", "", head, seq=40 + number, sender="Éloïse",
            kind="picture", picture=Picture(*size, (1280, 560)), extras=Extras("10:20"),
        )  # fmt: skip

    kinds = ("sound", "film", "document", "archive", "program", "other")
    window = busy_room(
        gallery,
        [
            file(1, True), file(2), file(3), file(4),
            said("The third one is it.", 50, "Éloïse"),
            file(5, True, (240, 90)),
            *(
                FileCard(f"k{kind}", f"a file.{kind}", "2 MB", "", seq=60, kind=kind)  # type: ignore[arg-type]
                for kind in kinds[:2]
            ),
        ],
    )  # fmt: skip
    view = window.messages
    for number, colour in enumerate(("#7ea2f0", "#58b17e", "#ffb870"), 1):
        view.show_picture(f"g{number}", picture(200, 132, colour))
    view.show_picture("g5", b"")
    gallery.driver.until(lambda: len(view.thumbnails.shown) == 3)
    gallery.shoot("messages-pictures")
    leave(gallery)


def long_texts(gallery: Gallery) -> None:
    """A folded message, code with colours, an opened notice, an emote, a reply on its way."""
    long = "\n".join(f"{number}. step {number} of the plan" for number in range(1, 23))
    head = Heading("10:32", "bob", 1)
    window = busy_room(
        gallery,
        [
            CONVERSATION[1],
            said(long, 20, "田中", "10:30"),
            said(CODE, 21, "chandra", "10:31"),
            Message("bob waves", head, seq=22, name="bob", emote=True),
            Message("@alice see `line 3`, please", mention=True, seq=23, name="bob",
                    runs=markup.split("@alice see `line 3`, please")),
        ],
    )  # fmt: skip
    view = window.messages
    quote = Quote(22, "bob", 1, "bob waves")
    view.show_pending([Pending("k", "Hello!", heading=Heading("", "alice", 0), quote=quote)])
    view.text.yview_moveto(0)
    gallery.settle()
    if closed := view.text.search("▸", "1.0"):
        place = view.text.bbox(closed)
        assert place
        gallery.driver.click(view.text, at=(place[0] + 20, place[1] + 5))
    gallery.driver.until(lambda: view.text.tag_ranges("ink-keyword"))
    view.text.yview_moveto(0)
    gallery.driver.away()
    gallery.shoot("messages-long")
    label = view.text.tag_nextrange("fold-label", "1.0")
    place = view.text.bbox(label[0]) if label else None
    if place:
        gallery.driver.click(view.text, at=(place[0] + 5, place[1] + 5))
        gallery.driver.away()
        gallery.shoot("messages-unfolded")
    leave(gallery)


def right_to_left(gallery: Gallery) -> None:
    """Hebrew and Arabic over several lines, with words, numbers, a link and points in them."""
    hebrew = (
        "שלום לכולם, זה מסר ארוך בעברית שנועד לבדוק האם פסקה שנשברת לכמה שורות מוצגת כראוי "
        "(כולל hello world ומספרים 123-456) בתוך חלון שגודלו משתנה, וגם סימני פיסוק בסוף!"
    )
    arabic = (
        "مرحبا بالجميع، هذه رسالة طويلة باللغة العربية لاختبار كسر الأسطر (مع hello world "
        "والأرقام 123) داخل نافذة يتغير حجمها، وعلامات الترقيم في نهاية السطر؟"
    )
    busy_room(
        gallery,
        [
            said(hebrew, 71, "dmitri", "10:06", pinned=True),
            said(arabic, 72, "Éloïse", "10:07", edited="Edited at 10:14"),
            mentioning(
                "זה *חשוב* מאוד: `make test` ואז https://a.example/b/ (כאן) 👍", 73, "bob",
                "10:08", quote=Quote(71, "dmitri", 3, hebrew[:120]),
                chips=(Chip("👍", 2, False, "dmitri, Éloïse"),),
            ),
            said(
                "The word שלום עולם (hello) is Hebrew.\n"
                "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd",
                *(74, "田中", "10:09"),
            ),
        ],
    )  # fmt: skip
    window = gallery.window
    window.messages.append(
        [
            Notice("10:10", "משה (ב) joined"),
            replace(said("alice, ראה f(x)", 75, "bob"), heading=Heading("10:11", "محمد", 5)),
        ]
    )
    window.members.show(
        [
            MemberRow("משה (ב)", True, False, colour=1, note="בבית (עד 5)"),
            MemberRow("محمد", False, True, colour=5, role="owner"),
        ]
    )
    window.top_bar.show_rules(RoomRules(topic="נושא (topic) https://a.example/b/ (ב)"))
    gallery.shoot("messages-right-to-left")
    window.top_bar.show_rules(RoomRules())
    leave(gallery)


def leave(gallery: Gallery) -> None:
    """End what the states here changed."""
    window = gallery.window
    gallery.driver.away()
    window.messages.reactions.close()
    window.messages.cursor.hide()
    window.messages.allow(MessageRules())
    window.messages.show_pending([])
    gallery.driver.focus(window.composer.text)


STATES: tuple[State, ...] = (conversing, pictures, long_texts, right_to_left)
