"""The windows and dialogs over the room, except those for files."""

from dataclasses import replace
from datetime import UTC

from client_mvc.controller import inviting, questions, wording
from client_mvc.i18n import errors, translate
from client_mvc.i18n.translate import _
from client_mvc.model.known_rooms import KnownRoom
from client_mvc.view.contract.items import Heading, Pending
from client_mvc.view.contract.values import Banner, UploadRow
from client_mvc.view.contract.windows import (
    ConnectForm,
    Invite,
    KnownRoomRow,
    Nearby,
    NearbyRow,
    PasswordOffer,
    PreferencesForm,
    Question,
)
from shared import joinlink
from shared.identity import ServerIdentity
from tests.gui.gallery.samples import REPORT, REPORT_OF_HOSTS
from tests.gui.gallery.shots import Gallery, State


def connect(gallery: Gallery) -> None:
    """The connect dialog in all its states, over an empty window."""
    window = gallery.window
    window.messages.clear()
    window.top_bar.show("", "")
    window.composer.show_room("")
    window.members.show([])
    recent = (("chat.example.org:18000", "alice"), ("192.168.1.7:18000", "アリス"))
    window.connect_dialog.show(ConnectForm("chat.example.org:18000", "", recent))
    gallery.driver.focus(window.connect_dialog.fields["name"].text)
    gallery.driver.paste("alice👍")
    gallery.shoot("connect")
    window.connect_dialog.error("name", "That name is taken. Choose another one.")
    gallery.shoot("connect-error", window.connect_dialog)
    window.connect_dialog.error(
        "password", "This room needs a password. Ask its owner for it.", password=True
    )
    gallery.driver.focus(window.connect_dialog.fields["password"].text)
    gallery.driver.type("secret")
    kept = _("Kept in this system's keyring, as Chatroom.")
    window.connect_dialog.offer_to_remember(PasswordOffer(offered=True, text=kept))
    gallery.shoot("connect-password", window.connect_dialog)
    plain = _("Without encryption the password is not remembered.")
    window.connect_dialog.offer_to_remember(PasswordOffer(text=plain))
    gallery.shoot("connect-password-plain", window.connect_dialog)
    window.connect_dialog.wait("Connecting to chat.example.org:18000…")
    gallery.shoot("connect-busy", window.connect_dialog)
    window.connect_dialog.error("form", "The room is full (3/3). Try again later.")
    gallery.shoot("connect-full", window.connect_dialog)
    rooms = (("chat.example.org:18000", "ops"),)
    window.connect_dialog.show(ConnectForm("", "", recent, rooms=rooms))
    gallery.shoot("connect-rooms", window.connect_dialog)
    window.connect_dialog.show(ConnectForm("chat.example.org:18000", "alice", recent))
    window.connect_dialog.offer_to_remember(
        PasswordOffer(offered=True, ticked=True, kept=True, text=kept)
    )
    gallery.shoot("connect-remembered", window.connect_dialog)
    window.connect_dialog.offer_to_remember(PasswordOffer())
    window.connect_dialog.show(ConnectForm("localhost:18000", "", ()))
    window.connect_dialog.show_nearby(Nearby(status="Looking for rooms on this network…"))
    gallery.shoot("connect-first", window.connect_dialog)
    window.connect_dialog.show(ConnectForm("chat.example.org:18000", "alice", recent))
    rows = (
        NearbyRow("192.168.1.5:18000", "LAN party", "4 of 12 here · encrypted"),
        NearbyRow("192.168.1.9:18000", "ليلة الألعاب", "12 of 12 here · not encrypted"),
        NearbyRow("10.0.0.4:18000", "Lab 7 " + "W" * 30, "not the key that you know"),
        NearbyRow("[2001:db8::7]:18000", "大会議室", "0 of 30 here · encrypted"),
    )
    window.connect_dialog.show_nearby(Nearby(rows))
    window.connect_dialog.nearby.tree.selection_set(rows[0].server)
    gallery.driver.focus(window.connect_dialog.nearby.tree)
    gallery.shoot("connect-nearby", window.connect_dialog)
    looking = "Looking further: 120 of 254 addresses"
    window.connect_dialog.show_nearby(Nearby(rows[:1], looking, 0.47))
    gallery.shoot("connect-looking", window.connect_dialog)
    window.connect_dialog.show_nearby(Nearby())
    window.connect_dialog.hide()


def report(gallery: Gallery) -> None:
    """The sorted report; that of a room on several hosts has one more column."""
    gallery.room()
    gallery.window.windows.show_report(REPORT, lift=True)
    report = gallery.window.windows.report
    assert report is not None
    report.sort(9)
    gallery.driver.focus(report.tree)
    gallery.shoot("report", report)
    table = wording.report(REPORT_OF_HOSTS, 0.012, UTC)
    gallery.window.windows.show_report(table, lift=True)
    report.sort(table.columns.index(translate.gettext("Host")))
    gallery.shoot("report-hosts", report)
    gallery.driver.key("Escape")


def preferences(gallery: Gallery) -> None:
    """The preferences, with and without unavailable choices."""
    dark = gallery.suffix.startswith("dark")
    form = PreferencesForm(
        "dark" if dark else "light",
        11,
        bell=True,
        notify="mentions",
        hours=24,
        seconds=False,
    )
    gallery.window.windows.show_preferences(form, lift=True)
    preferences = gallery.window.windows.preferences
    assert preferences is not None
    gallery.shoot("preferences", preferences)
    lacking = replace(form, folder="/home/alice/Downloads/from the room")
    lacking = replace(lacking, can_follow=False, can_notify=False)
    gallery.window.windows.show_preferences(lacking, lift=False)
    gallery.shoot("preferences-lacking", preferences)
    rooms = (
        KnownRoomRow("a", "#ops", "chat.example.org:18000", "2026-11-29"),
        KnownRoomRow("b", "#lan-party", "192.168.1.7:18000", "2026-11-22"),
        KnownRoomRow("", "#hall (not encrypted)", "10.0.0.2:18000", "2026-10-02"),
    )
    gallery.window.windows.show_preferences(replace(form, rooms=rooms), lift=False)
    gallery.driver.focus(preferences.rooms.tree)
    preferences.rooms.tree.selection_set("1")
    gallery.shoot("preferences-rooms", preferences)
    gallery.driver.focus(preferences.close)
    gallery.driver.key("Escape")


def text(gallery: Gallery) -> None:
    """A window with a text."""
    title = "Open link"
    text = "".join(f"Line {number} of a text\n" for number in range(60))
    gallery.window.windows.show_text(title, text + "👋\n")
    window = gallery.window.windows.texts[title]
    gallery.driver.focus(window.close)
    gallery.shoot("text", window)
    gallery.driver.key("Escape")


def damaged(gallery: Gallery) -> None:
    """What is said of a damaged outbox, over the messages that could be read."""
    gallery.room()
    title = translate.gettext("Damaged file")
    reason = translate.gettext(wording.EARLIER_ROOM)
    said = translate.gettext(
        wording.DAMAGED,
        folder="/home/alice/.local/share/chatroom",
        name="outbox-0a1b2c3d4e5f60718293a4b5c6d7e8f9.sqlite3.damaged-20261129-154200",
    )
    gallery.window.messages.show_pending(
        [
            Pending(
                "a", "one that could be read 👍", True, reason, heading=Heading("", "bob", 2)
            ),
            Pending("b", "and another", True, reason),
        ]
    )
    gallery.window.windows.show_text(title, said)
    window = gallery.window.windows.texts[title]
    gallery.driver.focus(window.close)
    gallery.shoot("damaged", window)
    gallery.driver.key("Escape")


def another_room(gallery: Gallery) -> None:
    """Another room took over the address: the banner, and the question behind its button."""
    gallery.room()
    window = gallery.window
    server = "chat.example.org:18000"
    text = translate.gettext(errors.CLIENT["other_room"], server=server)
    window.banner.show(Banner("warning", text, translate.gettext("Join…")))
    reason = translate.gettext(wording.EARLIER_ROOM)
    file_reason = translate.gettext(wording.FILE_OF_EARLIER_ROOM)
    window.messages.show_pending([Pending("a", "not for them 👍", True, reason)])
    window.transfers.show([UploadRow("1", "server.log", "1.3 MB", "failed", note=file_reason)])
    window.members.show([])
    window.top_bar.show("", "")
    window.composer.show_room("")
    gallery.shoot("another-room")
    text = translate.gettext(wording.ANOTHER_ROOM, server=server)
    text += "\n\n" + translate.gettext(wording.PASSWORD_TO_ANOTHER_ROOM)
    title, yes = translate.gettext("Join another room?"), translate.gettext("Join this room")
    _ask(gallery, Question(title, text, yes), "another-room-question")


def question(gallery: Gallery) -> None:
    """The question before a link that hides where it leads."""
    host = "xn--pple-43d.example"
    text = "This link leads to {host}, but is made to look different."
    asked = Question(
        translate.gettext("Open this link?"),
        translate.gettext(text, host=host),
        translate.gettext("Open link"),
    )
    _ask(gallery, asked, "question")


def _ask(gallery: Gallery, asked: Question, name: str) -> None:
    gallery.window.windows.ask(asked, lambda: None)
    _shoot_question(gallery, name)


def keys(gallery: Gallery) -> None:
    """The questions about a server, as the controller asks them."""
    address, windows = joinlink.Address("192.168.1.7"), gallery.window.windows
    known, found = (f"{number:064x}" for number in (3**160, 5**110))
    gallery.room()
    windows.ask_key(questions.unknown_key(address, found, password=True), lambda: None)
    _shoot_question(gallery, "key-unknown")
    room = KnownRoom(key=known, name="ops")
    windows.ask_key(questions.other_key(address, found, room, None), lambda: None)
    _shoot_question(gallery, "key-other")
    windows.ask_key(questions.not_of_the_link(address, known, found), lambda: None)
    _shoot_question(gallery, "key-link")
    windows.ask(questions.plain(address), lambda: None)
    _shoot_question(gallery, "key-none")


def security(gallery: Gallery) -> None:
    """The mark in the top bar."""
    gallery.room()
    bar = gallery.window.top_bar
    for name, key in (("encrypted", f"{3**160:064x}"), ("plain", "")):
        server = ServerIdentity(joinlink.Address("chat.example.org"), key)
        bar.show_security(questions.security(server))
        gallery.driver.hover(bar.security)
        gallery.driver.until(lambda: bar.details.tip is not None)
        gallery.shoot(f"security-{name}")
        gallery.driver.away()
    bar.show_security(None)


def invite(gallery: Gallery) -> None:
    """The ways into a room: with an address, with a name, of this computer only; none yet."""
    gallery.room()
    key = f"{3**160:064x}"
    for name, server, locked in (
        ("invite", ServerIdentity(joinlink.Address("192.168.1.20"), key), False),
        (
            "invite-site",
            ServerIdentity(joinlink.Address("chat.example.org", 443), key, True),
            True,
        ),
        ("invite-alone", ServerIdentity(joinlink.Address("localhost")), False),
    ):
        shown = inviting.invite(server, "ops", web_page=True, locked=locked)
        gallery.window.windows.show_invite(
            replace(shown, copied=0 if shown.qr else None), lift=True
        )
        window = gallery.window.windows.invite
        assert window is not None
        gallery.driver.focus(window.copies[1])
        gallery.shoot(name, window)
        gallery.driver.key("Escape")
        gallery.driver.until(lambda: gallery.window.windows.invite is None)
    waiting = Invite("Invite others to #ops", (), "Asking the server how others reach it…")
    gallery.window.windows.show_invite(waiting, lift=True)
    window = gallery.window.windows.invite
    assert window is not None
    gallery.driver.focus(window.close)
    gallery.shoot("invite-waiting", window)
    gallery.driver.key("Escape")
    gallery.driver.until(lambda: gallery.window.windows.invite is None)
    gallery.driver.hover(gallery.window.top_bar.invite)
    gallery.shoot("invite-button")
    gallery.driver.away()


def _shoot_question(gallery: Gallery, name: str) -> None:
    window = gallery.window.windows.question
    assert window is not None
    gallery.driver.focus(window.no)
    gallery.shoot(name, window)
    gallery.driver.key("Escape")
    gallery.driver.until(lambda: gallery.window.windows.question is None)


STATES: tuple[State, ...] = (
    connect, report, preferences, text, damaged, another_room, question, keys, security,
    invite,
)  # fmt: skip
