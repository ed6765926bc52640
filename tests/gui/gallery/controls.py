"""The menu, tooltips, the keyboard focus, the smallest window, and large text."""

import tkinter as tk

from client_mvc.view.contract.items import FileCard
from client_mvc.view.contract.values import Banner
from tests.gui.gallery.samples import CONVERSATION, UPLOADS
from tests.gui.gallery.shots import Gallery, State


def focus_rings(gallery: Gallery) -> None:
    """The border that shows the focus, on several widgets."""
    gallery.room()
    window = gallery.window
    gallery.driver.focus(window.members.tree)
    gallery.shoot("focus-members")
    gallery.driver.focus(window.messages.text)
    gallery.shoot("focus-messages")
    gallery.driver.focus(window.top_bar.menu_button)
    gallery.shoot("focus-menu-button")
    card = next(n for n, item in enumerate(CONVERSATION) if isinstance(item, FileCard))
    window.messages.show_place(card, mark=False)
    for name in ("save", "open", "copy"):
        gallery.driver.focus(getattr(window.messages.cards[0], name))
        gallery.shoot(f"focus-card-{name}")
    gallery.driver.focus(window.composer.send_button)
    gallery.shoot("focus-send")


def menu(gallery: Gallery) -> None:
    """The menu, open."""
    gallery.room()
    gallery.driver.key("F10")
    gallery.driver.until(gallery.window.top_bar.menu.menu.winfo_viewable)
    gallery.shoot("menu")
    gallery.driver.key("Escape")
    gallery.driver.until(lambda: not gallery.window.top_bar.menu.menu.winfo_viewable())


def tooltips(gallery: Gallery) -> None:
    """Tooltips of buttons without text; the composer is empty."""
    gallery.room()
    window = gallery.window
    window.transfers.show(list(UPLOADS))
    window.search.open()
    cancel = next(iter(window.transfers.rows.values())).cancel
    for name, button in (
        ("share", window.composer.share_button),
        ("close", window.search.close),
        ("cancel", cancel),
    ):
        gallery.driver.hover(button)
        gallery.driver.until(
            lambda button=button: any(
                isinstance(each, tk.Toplevel) and each.winfo_viewable()
                for each in button.winfo_children()
            )
        )
        gallery.shoot(f"tooltip-{name}")
    gallery.driver.away()
    window.search.close.invoke()
    window.search.grid_remove()


def small(gallery: Gallery) -> None:
    """The smallest window."""
    gallery.room()
    root = gallery.window.root
    size = root.geometry()
    root.geometry("{}x{}".format(*root.minsize()))
    gallery.driver.until(lambda: (root.winfo_width(), root.winfo_height()) == root.minsize())
    gallery.shoot("small")
    text = "No server answers at chat.example.org. Check the address. Reconnecting in 4 s."
    gallery.window.banner.show(Banner("warning", text, "Try now"))
    gallery.shoot("small-banner")
    root.geometry(size)


def large_text(gallery: Gallery) -> None:
    """Text of 18 points."""
    size = gallery.window.look.size
    gallery.room()
    gallery.window.look.set_size(18)
    gallery.shoot("large-text")
    gallery.window.look.set_size(size)


STATES: tuple[State, ...] = (focus_rings, menu, tooltips, small, large_text)
