"""The menu of a member: mention them, and what the reader may do to them."""

from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _, marked
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import Act, MemberRow
from client_mvc.view.style.theme import Look

_MUTES: tuple[tuple[str, int | None], ...] = (
    (marked("Mute for 10 minutes"), 10),
    (marked("Mute for 1 hour"), 60),
    (marked("Mute until undone"), None),
)
_BANS = (
    (marked("Ban for 1 hour…"), 60),
    (marked("Ban for 1 day…"), 24 * 60),
    (marked("Ban for good…"), 0),
)


class MemberMenu:
    """`menu` is filled anew each time it opens."""

    def __init__(self, look: Look, intents: Callable[[], Intents]) -> None:
        self._look = look
        self._intents = intents
        self.menu = tb.Menu(look.root, tearoff=False, font="TkMenuFont")
        look.attach(self.menu, self._paint)

    def open(self, member: MemberRow, x: int, y: int) -> None:
        """Open the menu for this member at a place on screen."""
        self.fill(member)
        self.menu.tk_popup(x, y)

    def fill(self, member: MemberRow) -> None:
        """Set the entries for this member."""
        name, acts = member.name, member.acts
        self.menu.delete(0, "end")
        self._add(_("Mention"), lambda: self._intents().composer.mention(name))
        ignore = self._intents().conversation.ignore
        if "ignore" in acts:
            self._add(_("Ignore"), lambda: ignore(name, True))
        if "show" in acts:
            self._add(_("Stop ignoring"), lambda: ignore(name, False))
        if acts - {"ignore", "show"}:
            self.menu.add_separator()
            self._fill_moderation(name, acts)

    def _fill_moderation(self, name: str, acts: frozenset[Act]) -> None:
        act = self._intents().moderation
        if "mute" in acts:
            for label, minutes in _MUTES:
                self._add(_(label), lambda minutes=minutes: act.mute(name, minutes))  # type: ignore[misc]
        if "unmute" in acts:
            self._add(_("Unmute"), lambda: act.mute(name, 0))
        if "remove" in acts:
            self.menu.add_separator()
            self._add(_("Remove…"), lambda: act.remove(name))
        if "ban" in acts:
            for label, minutes in _BANS:
                self._add(_(label), lambda minutes=minutes: act.ban(name, minutes))  # type: ignore[misc]
        if acts & {"promote", "demote"}:
            self.menu.add_separator()
        if "promote" in acts:
            self._add(_("Make moderator"), lambda: act.set_role(name, "moderator"))
        if "demote" in acts:
            self._add(_("Make member"), lambda: act.set_role(name, "member"))

    def _add(self, label: str, do: Callable[[], None]) -> None:
        self.menu.add_command(label=f"  {label}    ", command=do)

    def _paint(self) -> None:
        palette = self._look.palette
        self.menu.configure(
            activebackground=palette.selection, activeforeground=palette.foreground
        )
