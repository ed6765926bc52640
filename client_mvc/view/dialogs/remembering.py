"""The choice whether a password is remembered, below the field for it."""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import PasswordIntents
from client_mvc.view.contract.windows import PasswordOffer
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.flow_layout import wrapping_label


class RememberChoice(tb.Frame):
    """`button` is the choice, `note` the text below it. `width` is in digits.

    It has to be in a grid, from which it is removed while there is nothing to show.
    """

    def __init__(
        self,
        master: tk.Misc,
        look: Look,
        intents: Callable[[], PasswordIntents],
        *,
        width: int,
    ) -> None:
        super().__init__(master)
        self._look = look
        self._intents = intents
        self.ticked = tk.BooleanVar(self)
        self.button = tb.Checkbutton(
            self, text=_("Remember the password"), variable=self.ticked, command=self._chosen
        )
        self.note = wrapping_label(self, look, "Muted.TLabel", width=width)

    def show(self, offer: PasswordOffer) -> None:
        """Replace the choice and the text."""
        self.ticked.set(offer.ticked)
        self.note.configure(text=offer.text)
        self.button.pack_forget()
        self.note.pack_forget()
        if offer.offered:
            self.button.pack(anchor="w", pady=(self._look.px(6), 0))
        if offer.text:
            self.note.pack(fill="x", pady=(self._look.px(2), 0))
        if offer.offered or offer.text:
            self.grid()
        else:
            self.grid_remove()  # an empty frame would keep its height

    def enable(self, on: bool) -> None:
        """Allow or forbid the choice."""
        self.button.state(["!disabled" if on else "disabled"])

    def _chosen(self) -> None:
        self._intents().remember(self.ticked.get())
