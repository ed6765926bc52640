"""What stands around the field, the members, and the windows for pins, pictures and help."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageDraw

from client_mvc.view.contract.values import (
    Attachment,
    ComposerContext,
    EmojiRow,
    MemberRow,
    PinBar,
    Suggestion,
    Suggestions,
)
from client_mvc.view.contract.windows import About, HelpGroup, PictureView, PinRow
from client_mvc.view.widgets.emoji_picker import EmojiPicker
from shared import emoji
from tests.gui.gallery.shots import Gallery, State

MEMBERS = Suggestions(
    "member",
    1,
    (
        Suggestion("@alice ", "alice", "here", "active", 0),
        Suggestion("@bob ", "bob", "here", "active", 1),
        Suggestion("@chandra ", "chandra", "reconnecting", "away", 2),
        Suggestion("@Éloïse ", "Éloïse", "here · at lunch until two 🍕", "active", 4),
        Suggestion("@田中 ", "田中", "here", "active", 7),
    ),
)
COMMANDS = Suggestions(
    "command",
    1,
    (
        Suggestion("/help", "/help", "show keys and commands"),
        Suggestion("/nick ", "/nick NAME", "change your name"),
        Suggestion("/away ", "/away TEXT", "say that you are away"),
        Suggestion("/report", "/report", "show the active members and their connections"),
    ),
)


def emoji_rows(words: str) -> list[EmojiRow]:
    """Find emoji as the controller does."""
    found = [*emoji.find(words)]
    if not words:
        found.sort(key=lambda one: one.emoji not in emoji.USUAL)
    return [EmojiRow(one.emoji, one.names[0]) for one in found]


def emoji_suggestions(word: str) -> Suggestions:
    """Return what ":word" offers."""
    rows = emoji_rows(word)[:7]
    made = (Suggestion(f"{row.emoji} ", f":{row.name}:", mark=row.emoji) for row in rows)
    return Suggestions("emoji", len(word) + 1, tuple(made))


def picture(wide: int, high: int) -> Image.Image:
    """Draw a chart, as a screenshot may have one."""
    image = Image.new("RGB", (wide, high), "#0b0f18")
    draw = ImageDraw.Draw(image)
    steps = [((n * 37) % 61) / 61 for n in range(25)]
    points = [(n * wide / 24, high * (0.2 + step * 0.5)) for n, step in enumerate(steps)]
    draw.line(points, fill="#7ea2f0", width=max(2, wide // 300))
    for part in range(1, 8):
        y = part * high // 8
        draw.line((0, y, wide, y), fill="#1d2636")
    return image


def png(image: Image.Image) -> bytes:
    """Return a picture as PNG, made quickly."""
    written = io.BytesIO()
    image.save(written, "PNG", compress_level=1)
    return written.getvalue()


def suggestions(gallery: Gallery) -> None:
    """The suggestions, of all three kinds."""
    gallery.room()
    composer = gallery.window.composer
    offer = composer.suggestions.offer
    for name, typed, found in (
        ("emoji", "Sounds good :th", emoji_suggestions("th")),
        ("members", "Sounds good @", MEMBERS),
        ("commands", "/", COMMANDS),
    ):
        context = ComposerContext("reply", "Replying to bob", "I keep the old relay running")
        composer.show_context(context if name != "commands" else None)
        composer.suggestions.offer = lambda _, found=found: found  # type: ignore[misc]
        gallery.driver.type(typed)
        gallery.driver.until(lambda: composer.suggestions.is_open)
        gallery.shoot(f"suggest-{name}")
        composer.suggestions.offer = offer
        composer.replace("")
    composer.show_context(None)


def picker(gallery: Gallery) -> None:
    """The picker of emoji: all of them, some, and none."""
    gallery.room()
    window = gallery.window
    composer = window.composer
    opened = EmojiPicker.open(
        composer, window.look, emoji_rows, composer.place_for_picker(), lambda _: None
    )
    gallery.driver.key("Right", "Down")
    gallery.shoot("emoji-picker")
    gallery.driver.type("heart")
    gallery.shoot("emoji-picker-found")
    gallery.driver.type("xyz")
    gallery.driver.until(lambda: not opened.rows)
    gallery.shoot("emoji-picker-none")
    gallery.driver.key("Escape")


def around_the_field(gallery: Gallery) -> None:
    """A reply, an edit, files to send, who is typing, and the bar with the newest pin."""
    gallery.room()
    window = gallery.window
    composer = window.composer
    window.pins.show(PinBar(3, "alice", 0, "The room moves to hall 2 today. " * 4, 3))
    window.typing.show("田中 is typing")
    composer.show_context(ComposerContext("edit", "Editing", "The plan is at the old place"))
    composer.replace("The plan is at the new place")
    composer.show_attachments(
        [
            Attachment("a", "pasted.png", "84 KB", png(picture(1280, 560))),
            Attachment("b", "notes.txt", "2.4 KB"),
            Attachment(
                "c",
                "a-film-with-a-long-name-of-the-whole-evening.mkv",
                "1.4 GB",
                problem="This room takes files of up to 10 MB.",
            ),
        ]
    )
    gallery.settle()  # a change of the text takes a sentence away
    composer.say("What you copied is neither text nor a picture nor a file.")
    gallery.driver.until(lambda: composer.attachments.cards["a"].picture.cget("image"))
    gallery.shoot("around-the-field")
    composer.show_attachments([])
    composer.show_context(None)
    composer.replace("")
    window.typing.show("")
    window.pins.show(None)


def pins(gallery: Gallery) -> None:
    """The window of all pinned messages, for a moderator."""
    gallery.room()
    rows = [
        PinRow(9, "Today", "10:14", "alice", 0, "The room moves to hall 2 today"),
        PinRow(5, "19 Nov", "18:02", "Éloïse", 4, "Plan: https://wiki.example.org/plan 👍"),
        PinRow(2, "3 Nov", "09:30", "田中", 7, "long " * 40),
    ]
    gallery.window.windows.show_pins(rows, may_unpin=True, lift=True)
    window = gallery.window.windows.pins
    assert window is not None
    gallery.driver.focus(window.tree)
    gallery.shoot("pins", window)
    gallery.window.windows.show_pins([], may_unpin=False, lift=False)
    gallery.shoot("pins-none", window)
    gallery.driver.focus(window.close)
    gallery.driver.key("Escape")
    gallery.driver.until(lambda: gallery.window.windows.pins is None)


def viewer(gallery: Gallery) -> None:
    """The viewer of pictures: loading, the whole picture, its pixels, none at all."""
    gallery.room()
    windows = gallery.window.windows
    view = PictureView("f", "latency.png", "4000 \u00d7 3000 · 8.1 MB", before=True)
    windows.show_picture(view, lift=True)
    window = windows.picture
    assert window is not None
    gallery.driver.focus(window.view)
    gallery.shoot("picture-loading", window)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "f"
        path.write_bytes(png(picture(4000, 3000)))
        windows.show_picture(
            PictureView("f", view.name, view.facts, path, before=True, after=True), lift=False
        )
        gallery.driver.until(lambda: window.has_picture)
        gallery.shoot("picture", window)
        gallery.driver.key("1")
        gallery.shoot("picture-pixels", window)
    windows.show_picture(
        PictureView("f", view.name, view.facts, problem="The file is gone."), lift=False
    )
    gallery.shoot("picture-problem", window)
    gallery.driver.key("Escape")
    gallery.driver.until(lambda: windows.picture is None)


def members(gallery: Gallery) -> None:
    """The list with notes, roles and somebody who is ignored; and a reader who is alone."""
    gallery.room()
    window = gallery.window
    rows = [
        MemberRow("alice", False, True, role="owner", colour=0),
        MemberRow(
            "bob", False, False, role="moderator", colour=1, note="at lunch until two 🍕"
        ),
        MemberRow("chandra", True, False, colour=2, note="on the train"),
        MemberRow("dmitri", False, False, colour=3, ignored=True),
        MemberRow(
            "Éloïse", False, False, colour=4, note="a note that is too long for the list"
        ),
        MemberRow("田中", False, False, colour=7, muted=True),
        *(MemberRow(f"member-{n}", False, False, colour=n) for n in range(5, 12)),
    ]
    window.members.show(rows)
    gallery.driver.focus(window.members.tree)
    gallery.driver.key("Down")
    gallery.shoot("members")
    window.messages.clear()
    window.members.show(rows[:1])
    gallery.driver.focus(window.composer.text)
    gallery.shoot("alone")


def pages(gallery: Gallery) -> None:
    """The pages of keys and commands and about the program; the files to share."""
    gallery.room()
    window = gallery.window
    window.windows.show_help("Keys and commands", HELP)
    shown = window.windows.help
    assert shown is not None
    gallery.driver.focus(shown.close)
    gallery.shoot("help", shown)
    gallery.driver.key("Escape")
    gallery.driver.until(lambda: window.windows.help is None)
    window.windows.show_about(ABOUT)
    about = window.windows.about
    assert about is not None
    gallery.driver.focus(about.close)
    gallery.shoot("about", about)
    gallery.driver.key("Escape")
    gallery.driver.until(lambda: window.windows.about is None)


HELP = (
    HelpGroup(
        "Write",
        (
            (("Enter",), "Send the message"),
            (("Shift+Enter",), "Start a new line"),
            (("Up",), "In an empty field: edit your last message"),
            (("@", "/", ":"), "Suggest members, commands and emoji; Tab or Enter takes one"),
            (("Ctrl+V",), "Paste text, pictures and files, which go above the field " * 2),
        ),
    ),
    HelpGroup(
        "Messages",
        (
            (("Alt+Up", "Alt+Down"), "Choose a message"),
            (("Enter",), "Reply to the chosen message"),
            (("R",), "React to it 👍"),
        ),
    ),
    HelpGroup(
        "Commands",
        (
            (("/nick NAME",), "Change your name"),
            (("/away TEXT", "/back"), "Say that you are away, or back"),
            (("q", "/quit"), "Leave the room and close the program"),
        ),
        ("A message stays grey until the server has it.",),
    ),
)
ABOUT = About(
    "Chatroom",
    "Version 2.0",
    "A self-hosted chat room for people on one network.",
    (("Python", "3.12.1"), ("Tk", "8.6.13"), ("System", "Linux 6.1 · X11")),
)

STATES: tuple[State, ...] = (
    suggestions, picker, around_the_field, pins, viewer, members, pages,
)  # fmt: skip
