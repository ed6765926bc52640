"""Moderation: roles, topic, deleted messages, dialogs, and what the person concerned sees."""

from client_mvc.i18n.translate import gettext as _
from client_mvc.view.contract.items import (
    DeletedMessage,
    Heading,
    Message,
    MessageRules,
    Notice,
)
from client_mvc.view.contract.values import Act, Hold, MemberRow, RoomRules
from client_mvc.view.contract.windows import BanRow, Prompt, Removal
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.gallery.samples import NAMES
from tests.gui.gallery.shots import Gallery, State

TOPIC = "Release on Friday: the plan is at https://wiki.example.org/plan 👍, questions to bob"
ACTS: frozenset[Act] = frozenset({"mute", "remove", "ban", "promote"})
RULES = RoomRules(TOPIC, locked=True, slow=10, moderates=True, can_claim=True)
BANS = (
    BanRow(7, "eve", "21 Nov 2026, 14:05", "alice", "20 Nov 2026, 14:05", "spam"),
    BanRow(
        6, "mallory", "for good", "bob", "19 Nov 2026, 09:12", "Advertising, again and again"
    ),
    BanRow(2, "محمد", "for good", "server", "1 Nov 2026, 00:00", ""),
)


def moderated_room(gallery: Gallery) -> ChatWindow:
    """Show a room with roles, a topic and acts, to an owner."""
    gallery.room()
    window = gallery.window
    window.top_bar.show_rules(RULES)
    window.members.show(
        [
            MemberRow("alice", False, True, role="owner"),
            MemberRow(
                "bob", False, False, role="moderator", acts=ACTS - {"promote"} | {"demote"}
            ),
            MemberRow("chandra", True, False, muted=True, acts=ACTS - {"mute"} | {"unmute"}),
            *(MemberRow(name, False, False, acts=ACTS) for name in NAMES[3:]),
        ]
    )
    window.messages.append(
        [
            Notice("10:13", "alice made bob a moderator"),
            Notice("10:14", "bob muted chandra until 14:05"),
            Notice("10:14", "Slow mode: one message in 10 s"),
            Notice("10:15", "bob removed eve: spam"),
            Notice("10:15", f"Topic: {TOPIC}"),
            Message("A message that can be deleted.", Heading("10:16", "dmitri", 3), seq=90),
            DeletedMessage("Message deleted by alice"),
            Message(
                "And the next one, which goes on for more than one line: " + "word " * 40,
                seq=92,
            ),
            DeletedMessage("File deleted", Heading("10:17", "chandra", 2)),
        ]
    )
    window.messages.allow(MessageRules("all"))
    return window


def usual_room(gallery: Gallery) -> None:
    """End what the states here changed."""
    window = gallery.window
    gallery.driver.away()
    window.messages.cursor.hide()
    window.messages.allow(MessageRules())
    window.top_bar.show_rules(RoomRules())
    window.composer.hold(None)
    gallery.driver.focus(window.composer.text)


def moderation(gallery: Gallery) -> None:
    """Roles and acts; the pointer over a message and over a member; the message cursor."""
    window = moderated_room(gallery)
    gallery.shoot("moderation")
    text = window.messages.text
    start = text.search("A message that can", "1.0")
    text.see(start)
    gallery.settle()
    box = text.bbox(start)
    assert box
    gallery.driver.away()
    gallery.driver._xdotool(
        "mousemove", text.winfo_rootx() + box[0] + 60, text.winfo_rooty() + box[1] + 8
    )
    gallery.driver.until(window.messages.cursor.bar.winfo_viewable)
    gallery.shoot("moderation-hover")
    gallery.driver.away()
    gallery.driver.focus(window.composer.text)
    gallery.driver.key("alt+Up")
    gallery.driver.until(lambda: window.messages.text.tag_ranges("cursor"))
    gallery.shoot("moderation-cursor")
    if window.members.winfo_viewable():  # with large text it is not
        _shoot_member(gallery)
    usual_room(gallery)


def _shoot_member(gallery: Gallery) -> None:
    members = gallery.window.members
    tree = members.tree
    _x, y, _wide, high = map(int, tree.bbox("3"))
    left, top = tree.winfo_rootx() + 40, tree.winfo_rooty() + y + high // 2
    gallery.driver._xdotool("mousemove", left, top)
    gallery.driver.until(members.more.winfo_viewable)
    gallery.shoot("moderation-member")
    gallery.driver.click(members.more)
    menu = members.menu.menu
    gallery.driver.until(menu.winfo_viewable)
    gallery.shoot("moderation-member-menu")
    gallery.driver.key("Escape")
    gallery.driver.until(lambda: not menu.winfo_viewable())


def moderators_menu(gallery: Gallery) -> None:
    """The menu with the rules of the room, and slow mode."""
    window = moderated_room(gallery)
    gallery.driver.key("F10")
    menu = window.top_bar.menu
    gallery.driver.until(menu.menu.winfo_viewable)
    while menu.menu.type("active") != "cascade":
        gallery.driver.key("Down")
    gallery.driver.key("Right")
    gallery.driver.until(menu.slow.winfo_viewable)
    gallery.shoot("moderation-menu")
    gallery.driver.key("Escape", "Escape")
    gallery.driver.until(lambda: not menu.menu.winfo_viewable())
    usual_room(gallery)


def held(gallery: Gallery) -> None:
    """The composer in slow mode, and of a muted member."""
    window = moderated_room(gallery)
    window.composer.insert("What I typed stays here")
    window.composer.hold(Hold(_("Slow mode: one message in {seconds} s.", seconds=30), "12 s"))
    gallery.shoot("moderation-slow")
    window.composer.hold(Hold(_("You are muted until {time}.", time="14:05"), "4:31"))
    gallery.shoot("moderation-muted")
    usual_room(gallery)


def prompts(gallery: Gallery) -> None:
    """The dialogs before an act."""
    name = "chandra"
    hits = "dmitri, Éloïse have the same address: once gone, they cannot join again either."
    for state, prompt in (
        (
            "remove",
            Prompt(
                _("Remove {name}?", name=name),
                _("{name} leaves the room now, and can join again after a minute.", name=name),
                _("Reason (optional)"),
                _("Remove"),
            ),
        ),
        (
            "ban",
            Prompt(
                _("Ban {name}?", name=name),
                _("{name} leaves the room and cannot join again.", name=name) + "\n\n" + hits,
                _("Reason (optional)"),
                _("Ban"),
            ),
        ),
        (
            "topic",
            Prompt(
                _("Topic"),
                _("Everybody sees the topic in the top bar. Leave it empty for none."),
                _("What the room is about"),
                _("Set topic"),
                value=TOPIC,
            ),
        ),
        (
            "owner",
            Prompt(
                _("I am the owner"),
                _("Enter the owner's key. The server shows it: chatroom-server owner-key"),
                _("Owner's key, or the link that has it"),
                _("Become owner"),
                value="k" * 32,
                secret=True,
                optional=False,
            ),
        ),
    ):
        windows = gallery.window.windows
        windows.prompt(prompt, lambda _text: None)
        assert windows.prompter is not None
        gallery.driver.focus(windows.prompter.field.text)
        if state == "owner":
            windows.show_prompt_error(_("This is not an owner's key."))
        gallery.shoot(f"prompt-{state}", windows.prompter)
        windows.close_prompt()


def removed(gallery: Gallery) -> None:
    """What a removed and a banned member reads."""
    windows = gallery.window.windows
    title = _("You are no longer in #{room}", room="ops")
    text = _("{by} removed you from #{room}.", by="alice", room="ops")
    text += "\n\n" + _("Reason: {reason}", reason="spam, after three warnings")
    windows.show_removal(Removal(title, text, _("Rejoin in {left} s", left=43)), lift=True)
    assert windows.removal is not None
    gallery.shoot("removed", windows.removal)
    windows.show_removal(Removal(title, text, _("Rejoin"), ready=True), lift=False)
    gallery.driver.focus(windows.removal.rejoin)
    gallery.shoot("removed-ready", windows.removal)
    text = _("{by} banned you from #{room} until {time}.", by="alice", room="ops", time="14:05")
    text += "\n\n2 messages not sent, kept for next time."
    windows.show_removal(Removal(title, text), lift=False)
    gallery.shoot("removed-banned", windows.removal)
    windows.close_removal()


def bans(gallery: Gallery) -> None:
    """The bans, and none."""
    windows = gallery.window.windows
    windows.show_bans(BANS, lift=True)
    assert windows.bans is not None
    gallery.driver.focus(windows.bans.tree)
    gallery.shoot("bans", windows.bans)
    windows.show_bans((), lift=False)
    gallery.shoot("bans-none", windows.bans)
    gallery.driver.focus(windows.bans.close)
    gallery.driver.key("Escape")


STATES: tuple[State, ...] = (moderation, moderators_menu, held, prompts, removed, bans)
