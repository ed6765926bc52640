"""Every window and state of the client as a picture: `python -m tests.gui.gallery [outdir]`.

To be looked at. Renders light and dark at 96 dpi, and with `--dpi 192` as on a fine screen;
`--text 28` with text of that size. `--readme FILE` puts the two pictures of a friendly room
side by side into FILE. Needs Xvfb. The text is what tends to go wrong: other scripts, emoji,
long words.
"""

import argparse
import os
import tkinter as tk
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from PIL import ImageGrab

from client_mvc import words
from client_mvc.controller import commands, formatting
from client_mvc.view.shapes import (
    Banner,
    Beginning,
    ConnectForm,
    Day,
    FileCard,
    Heading,
    Item,
    MemberRow,
    Message,
    Notice,
    Pending,
    PreferencesForm,
    ReportTable,
    ResultRow,
    Results,
    UploadRow,
)
from client_mvc.view.window import ChatWindow
from tests.gui import gallery_files, gallery_readme
from tests.gui.display import xvfb
from tests.gui.driver import Driver, Recorder

NAMES = ("alice", "bob", "chandra", "dmitri", "Éloïse", "محمد", "שרה", "田中")
FOX = "the quick brown fox jumps over the lazy dog while the patient reader checks that "


def _head(time: str, name: str) -> Heading:
    return Heading(time, name, NAMES.index(name))


def _set(text: str, heading: Heading | None = None, *, mention: bool = False) -> Message:
    return Message(text, heading, mention, formatting.split(text))


CONVERSATION: list[Item] = [
    Day("Friday 20 November 2026"),
    Notice("09:58", "alice joined"),
    Message(
        "Morning all — the build notes are in the wiki: https://wiki.example.org/build?v=2.",
        _head("10:01", "alice"),
    ),
    Message("Shout if the link does not open."),
    Notice("10:03", "bob joined"),
    Message(
        f"Thanks! I get a 403, but a reload fixes it. A long line follows: {FOX}"
        "continuation lines line up under the text and not under the time.",
        _head("10:04", "bob"),
    ),
    Message("def two():\n    return 2\n\nA message of several lines."),
    _set("Try `pip install -U chatroom`, *not* the old one; then `python -m server`:"),
    _set("```python\ndef two():\n    return 1 + 1  # 👍\n```\nand *see https://a.example/*"),
    Message(
        "Café, naïve, Ελληνικά, Кириллица, 日本語, emoji 👍 🎉 ❤️ 👩‍💻 and ✓ ☃",
        _head("10:05", "chandra"),
    ),
    Message("مرحبا بالجميع، هل الخادم يعمل الآن؟", _head("10:06", "محمد")),
    Message("שלום לכולם (hello) 123", _head("10:06", "שרה")),
    FileCard(
        "1",
        "deploy-notes.txt",
        "2.4 KB",
        "# Deploy notes\n1. stop the old relay\n2. copy rooms.db\n"
        "3. start with --verify and watch the log",
        _head("10:07", "Éloïse"),
    ),
    _set("Got it. @alice can *you* look at `line 3`?", _head("10:09", "dmitri"), mention=True),
    Notice("10:11", "bob left"),
    Day("Saturday 21 November 2026"),
    Message("Yes, five minutes.", _head("10:12", "alice")),
]
LONG_CARD = FileCard(
    "2",
    "a-rather-long-name-for-a-file-" * 4 + "👍.log",
    "9.8 MB",
    "\n".join(f"2026-11-20T10:0{n}:00Z line {n} " + "word " * n * 4 for n in range(12)),
    _head("10:13", "田中"),
)
REPORT = ReportTable(
    "3 of 8 members active, since Friday 20 November 2026, 09:00",
    ("Name", "Address", "Door", "TLS", "Worker", "Since", "Idle", "State", "Sent", "Received"),
    tuple(
        (
            name,
            f"192.168.1.{20 + place}:5{place}012",
            "websocket",
            "yes",
            str(place % 2 + 1),
            f"10:0{place}",
            f"{place * 37} s",
            "away" if place == 2 else "active",
            f"{place * 411:,}",
            f"{place * 1_732:,}",
        )
        for place, name in enumerate(NAMES)
    ),
    frozenset({4, 6, 8, 9}),
    "Latency 12 ms",
)
RESULTS = Results(
    tuple(
        ResultRow(900 - place, f"{20 - place} Nov 2026", f"1{place % 10}:07", name, text)
        for place, (name, text) in enumerate(
            [
                ("Éloïse", "shared deploy-notes.txt"),
                ("bob", "…said that the deploy at noon went well, apart from the notes 👍"),
                ("田中", "明日 deploy します"),
                ("alice", f"deploy: {FOX}nothing is cut that should not be"),
            ]
            * 2
        )
    ),
    "50 results, there may be more",
    more=True,
)


class Gallery:
    """Takes the pictures of one theme."""

    def __init__(self, window: ChatWindow, folder: Path, suffix: str) -> None:
        self.window = window
        self.driver = Driver(window.root)
        self.folder = folder
        self.suffix = suffix

    def shoot(self, name: str, shown: tk.Misc | None = None) -> None:
        """One picture of the screen as far as `shown`, or the main window, reaches."""
        widget = shown or self.window.root
        self.driver.until(widget.winfo_viewable)
        self._settle()
        left, top = widget.winfo_rootx(), widget.winfo_rooty()
        place = (left, top, left + widget.winfo_width(), top + widget.winfo_height())
        target = self.folder / f"{name}-{self.suffix}.png"
        ImageGrab.grab(place, xdisplay=os.environ["DISPLAY"]).save(target)
        print(target)

    def _settle(self) -> None:
        """What was asked of the window is drawn, by the X server too."""
        for _ in range(5):
            self.window.root.update()
            # Answered by the server, so after it did all that was asked before.
            self.window.root.winfo_pointerxy()

    def room(self) -> None:
        """A busy room."""
        window = self.window
        window.clear()
        window.show_room("ops", "chat.example.org")
        window.show_banner(None)
        window.show_uploads([])
        window.show_pending([])
        window.composer.text.delete("1.0", "end")
        window.show_members(
            [MemberRow(name, place == 2, place == 0) for place, name in enumerate(NAMES)]
        )
        window.append(CONVERSATION)
        self.driver.focus(window.composer.text)

    def states(self) -> Iterator[Callable[[], None]]:
        """Everything there is to see."""
        yield self.readme
        yield self.conversation
        yield self.completed
        yield self.trouble
        yield self.banners
        yield self.reading
        yield self.searching
        yield self.older
        yield self.date
        yield self.focus_rings
        yield self.menu
        yield self.tooltips
        yield self.small
        yield self.large_text
        yield self.connect
        yield self.report
        yield self.preferences
        yield self.text
        yield from gallery_files.states(self)

    def readme(self) -> None:
        """The picture of the README."""
        gallery_readme.readme(self)

    def conversation(self) -> None:
        """The room, from its beginning and from its end."""
        self.room()
        self.window.composer.insert("A draft message 👍")
        self.shoot("conversation")
        self.window.pane.page(-9)
        self.shoot("conversation-top")
        self.window.pane.to_bottom()

    def completed(self) -> None:
        """A name begun, and completed by Tab."""
        self.room()
        assert isinstance(self.window._intents, Recorder)
        self.window._intents.completed = {"ch": "chandra: "}
        self.driver.type("ch")
        self.driver.key("Tab")
        self.driver.type("see `line 3`")
        self.shoot("completed")

    def trouble(self) -> None:
        """Reconnecting, with messages and files that could not go."""
        self.room()
        window = self.window
        text = "Connection lost. Reconnecting in 4 s (attempt 2)"
        window.show_banner(Banner("warning", text, "Try now"))
        window.show_members([MemberRow(name, False, name == "bob", True) for name in NAMES])
        window.append([LONG_CARD])
        window.show_pending(
            [
                Pending("a", "On its way 👍"),
                Pending("b", "Too much of it", failed=True, reason="You talk too fast."),
                Pending("c", "And this one", failed=True),
            ]
        )
        window.show_uploads(
            [
                UploadRow(
                    "1",
                    "server.log",
                    "1.3 MB",
                    "retrying",
                    note="The connection is lost. It goes on by itself when it is back.",
                ),
                *gallery_files.UPLOADS[2:],
            ]
        )
        window.composer.insert("one line\nand another\nand a third")
        self.shoot("trouble")

    def banners(self) -> None:
        """The other kinds of banner."""
        self.room()
        self.window.show_banner(Banner("good", "Connected again, nothing was missed."))
        self.shoot("banner-good")
        self.window.show_banner(Banner("info", "You left the room.", "Connect…"))
        self.shoot("banner-info")

    def reading(self) -> None:
        """Somebody reads further up while others talk."""
        self.room()
        window = self.window
        window.append(CONVERSATION)
        self._settle()
        window.pane.page(-1)
        window.append(CONVERSATION[-1:] * 3)
        self.shoot("reading")
        window.pane.page(9)
        self.shoot("unread")
        window.pane.to_bottom()

    def searching(self) -> None:
        """The search bar: places in what is loaded, results of all history, nothing."""
        self.room()
        window = self.window
        window.open_find()
        self.driver.focus(window.find.field.text)
        self.driver.type("the")
        window.show_found(window.mark_found("the") - 3)
        window.show_find_state("3 of 9")
        self.shoot("find")
        window.mark_found("deploy")
        window.show_found(0)
        window.show_find_state("1 of 1")
        self.shoot("find-card")
        window.show_results(RESULTS)
        self.driver.key("Down", "Down")
        self.shoot("find-results")
        window.mark_found("")
        window.show_find_state("Not in what is loaded. Enter searches all history.")
        window.show_results(Results((), "Nothing found in all history"))
        self.shoot("find-nothing")
        window.show_results(None)
        self.driver.key("Escape")

    def older(self) -> None:
        """A page of history, with the message that was looked for."""
        self.room()
        window = self.window
        window.append([*CONVERSATION, *CONVERSATION], live=False)
        window.show_place(6, mark=True)
        window.show_reading("You are reading older messages. 3 new messages since.")
        self.shoot("older")
        window.prepend([Beginning("This is where the history begins.")])
        window.pane.text.yview_moveto(0)
        self.shoot("beginning")
        window.show_loading("Loading older messages…")
        self.driver.until(window.pane.loading.winfo_ismapped)
        self.shoot("loading")
        window.show_loading("")
        window.show_reading(None)

    def date(self) -> None:
        """The dialog for a date."""
        self.window.ask_date("2026-11-20")
        self.window.date_error("A date looks like 2026-11-22: year, month, day.")
        assert self.window._date is not None
        self.driver.focus(self.window._date.field.text)
        self.shoot("date", self.window._date)
        self.driver.key("Escape")

    def focus_rings(self) -> None:
        """Where the keyboard is."""
        self.room()
        window = self.window
        self.driver.focus(window.members.tree)
        self.shoot("focus-members")
        self.driver.focus(window.pane.text)
        self.shoot("focus-pane")
        self.driver.focus(window.menu_button)
        self.shoot("focus-menu-button")
        card = next(n for n, item in enumerate(CONVERSATION) if isinstance(item, FileCard))
        window.show_place(card, mark=False)
        for name in ("save", "open", "copy"):
            self.driver.focus(getattr(window.pane.cards[0], name))
            self.shoot(f"focus-card-{name}")
        self.driver.focus(window.composer.send_button)
        self.shoot("focus-send")

    def menu(self) -> None:
        """The menu, open."""
        self.room()
        self.driver.key("F10")
        self.driver.until(self.window.menu.menu.winfo_viewable)
        self.shoot("menu")
        self.driver.key("Escape")
        self.driver.until(lambda: not self.window.menu.menu.winfo_viewable())

    def tooltips(self) -> None:
        """What symbols say of themselves; the composer is empty."""
        self.room()
        window = self.window
        window.show_uploads(list(gallery_files.UPLOADS))
        window.open_find()
        cancel = next(iter(window.uploads.rows.values())).cancel
        for name, button in (
            ("share", window.composer.share_button),
            ("close", window.find.close),
            ("cancel", cancel),
        ):
            self.driver.hover(button)
            self.driver.until(
                lambda button=button: any(  # type: ignore[misc]
                    isinstance(each, tk.Toplevel) and each.winfo_viewable()
                    for each in button.winfo_children()
                )
            )
            self.shoot(f"tooltip-{name}")
        self.driver.away()
        window.find.close.invoke()
        window.find.grid_remove()

    def small(self) -> None:
        """The smallest window."""
        self.room()
        root = self.window.root
        size = root.geometry()
        root.geometry("{}x{}".format(*root.minsize()))
        self.driver.until(lambda: (root.winfo_width(), root.winfo_height()) == root.minsize())
        self.shoot("small")
        text = "Nothing answers at chat.example.org. Is the room open? Reconnecting in 4 s."
        self.window.show_banner(Banner("warning", text, "Try now"))
        self.shoot("small-banner")
        root.geometry(size)

    def large_text(self) -> None:
        """Text of twice the size."""
        size = self.window._look.size
        self.room()
        self.window.set_text_size(18)
        self.shoot("large-text")
        self.window.set_text_size(size)

    def connect(self) -> None:
        """The connect dialog in its states, over an empty window."""
        window = self.window
        window.clear()
        window.show_room("", "")
        window.show_members([])
        recent = (("chat.example.org:18000", "alice"), ("192.168.1.7:18000", "アリス"))
        window.show_connect(ConnectForm("chat.example.org:18000", "", recent))
        self.driver.focus(window.connect_dialog.fields["name"].text)
        self.driver.paste("alice👍")
        self.shoot("connect")
        window.connect_error("name", "That name is taken. Try another.")
        self.shoot("connect-error", window.connect_dialog)
        window.connect_error("password", "This room has a password.", password=True)
        self.driver.focus(window.connect_dialog.fields["password"].text)
        self.driver.type("secret")
        self.shoot("connect-password", window.connect_dialog)
        window.connect_busy("Connecting to chat.example.org:18000…")
        self.shoot("connect-busy", window.connect_dialog)
        window.connect_error("form", "The room is full (3/3). Try again when somebody left.")
        self.shoot("connect-full", window.connect_dialog)
        window.hide_connect()

    def report(self) -> None:
        """The report, sorted."""
        self.room()
        self.window.show_report(REPORT, lift=True)
        report = self.window._report
        assert report is not None
        report.sort(9)
        self.driver.focus(report.tree)
        self.shoot("report", report)
        self.driver.key("Escape")

    def preferences(self) -> None:
        """All that can be chosen; and where the desktop lacks something."""
        dark = self.suffix.startswith("dark")
        form = PreferencesForm(
            "dark" if dark else "light",
            11,
            bell=True,
            notify="mentions",
            hours=24,
            seconds=False,
        )
        self.window.show_preferences(form, lift=True)
        preferences = self.window._preferences
        assert preferences is not None
        self.shoot("preferences", preferences)
        lacking = replace(form, folder="/home/alice/Downloads/from the room")
        lacking = replace(lacking, can_follow=False, can_notify=False)
        self.window.show_preferences(lacking, lift=False)
        self.shoot("preferences-lacking", preferences)
        self.driver.focus(preferences.close)
        self.driver.key("Escape")

    def text(self) -> None:
        """A window with text."""
        title = words.gettext("Keys and commands")
        self.window.show_text(title, words.gettext(commands.HELP) + "👋\n")
        window = self.window._texts[title]
        self.driver.focus(window.close)
        self.shoot("text", window)
        self.driver.key("Escape")


def main() -> None:
    """Draw everything."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", nargs="?", type=Path, default=Path("screenshots"))
    options.add_argument("--dpi", type=int, default=96)
    options.add_argument("--text", type=int, default=10, metavar="POINTS")
    options.add_argument("--only", nargs="*", help="the states to draw; all without it")
    options.add_argument("--language", default="en", help="of what the window itself says")
    options.add_argument("--readme", type=Path, metavar="FILE")
    chosen = options.parse_args()
    words.choose([chosen.language])
    chosen.folder.mkdir(parents=True, exist_ok=True)
    scale = chosen.dpi / 96
    with xvfb(dpi=chosen.dpi, size=f"{int(1280 * scale)}x{int(900 * scale)}"):
        window = ChatWindow(Recorder(), dark=False, text_size=chosen.text)
        window.root.geometry("+0+0")
        for theme in ("light", "dark"):
            window.set_theme(theme == "dark")
            suffix = theme if chosen.dpi == 96 else f"{theme}-{chosen.dpi}"
            suffix += "" if chosen.text == 10 else f"-{chosen.text}pt"
            for state in Gallery(window, chosen.folder, suffix).states():
                if not chosen.only or state.__name__ in chosen.only:
                    state()
        window.close()
    if chosen.readme:
        gallery_readme.side_by_side(chosen.folder, chosen.readme)


if __name__ == "__main__":
    main()
