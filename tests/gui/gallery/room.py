"""The room: a conversation, a draft, a completed name, failures."""

from client_mvc.i18n import translate
from client_mvc.i18n.errors import sentence
from client_mvc.view.contract.items import Heading, Pending
from client_mvc.view.contract.values import Banner, MemberRow, UploadRow
from shared.problems import NO_MAJORITY
from tests.gui.driver import Recorder
from tests.gui.gallery.samples import CONVERSATION, LONG_CARD, NAMES, UPLOADS
from tests.gui.gallery.shots import Gallery, State


def conversation(gallery: Gallery) -> None:
    """The end and the beginning of a conversation."""
    gallery.room()
    gallery.window.composer.insert("A draft message 👍")
    gallery.shoot("conversation")
    gallery.window.messages.page(-9)
    gallery.shoot("conversation-top")
    gallery.window.messages.to_bottom()


def completed(gallery: Gallery) -> None:
    """A name completed by Tab."""
    gallery.room()
    assert isinstance(gallery.window._intents, Recorder)
    gallery.window._intents.completed = {"ch": "chandra: "}
    gallery.driver.type("ch")
    gallery.driver.key("Tab")
    gallery.driver.type("see `line 3`")
    gallery.shoot("completed")


def trouble(gallery: Gallery) -> None:
    """Reconnecting, with failed messages and uploads."""
    gallery.room()
    window = gallery.window
    text = "Connection lost. Reconnecting in 4 s (attempt 2)"
    window.banner.show(Banner("warning", text, "Try now"))
    window.members.show([MemberRow(name, False, name == "bob", True) for name in NAMES])
    window.messages.append([LONG_CARD])
    window.messages.show_pending(
        [
            Pending("a", "On its way 👍", heading=Heading("", "bob", 2)),
            Pending("b", "Too much of it", failed=True, reason="You sent too many messages."),
            Pending("c", "And this one", failed=True),
        ]
    )
    window.transfers.show(
        [
            UploadRow(
                "1",
                "server.log",
                "1.3 MB",
                "retrying",
                note="Connection lost. The upload continues when it is back.",
            ),
            *UPLOADS[2:],
        ]
    )
    window.composer.insert("one line\nand another\nand a third")
    gallery.shoot("trouble")


def banners(gallery: Gallery) -> None:
    """Banners without a problem."""
    gallery.room()
    gallery.window.banner.show(Banner("good", "Connected again, nothing was missed."))
    gallery.shoot("banner-good")
    gallery.window.banner.show(Banner("info", "You left the room.", "Connect…"))
    gallery.shoot("banner-info")


def no_majority(gallery: Gallery) -> None:
    """A room on several hosts that cannot take messages at present."""
    gallery.room()
    window = gallery.window
    window.banner.show(Banner("info", sentence(NO_MAJORITY)))
    again = translate.gettext("Sent again when the room can take it.")
    window.messages.show_pending(
        [
            Pending("a", "Shall we meet at noon?", reason=again, heading=Heading("", "bob", 2)),
            Pending("b", "In the kitchen"),
        ]
    )
    window.transfers.show([UploadRow("1", "map.txt", "3 KB", "retrying", note=again)])
    gallery.shoot("no-majority")


def reading(gallery: Gallery) -> None:
    """New messages arrive while the reader is further up."""
    gallery.room()
    window = gallery.window
    window.messages.append(CONVERSATION)
    gallery.settle()
    window.messages.page(-1)
    window.messages.append(CONVERSATION[-1:] * 3)
    gallery.shoot("reading")
    window.messages.page(9)
    gallery.shoot("unread")
    window.messages.to_bottom()


STATES: tuple[State, ...] = (conversation, completed, trouble, banners, no_majority, reading)
