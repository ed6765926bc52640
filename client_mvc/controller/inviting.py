"""Let others in: the addresses, links and codes under which they reach the room.

They are made of the address that this client uses. Where that leads to this computer only, the
server is asked for one that others use. Whether others reach the room there is not known.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from client_mvc.controller import wording
from client_mvc.controller.app_context import AppContext
from client_mvc.i18n.translate import _, marked
from client_mvc.network import api
from client_mvc.view.contract.windows import Invite, InviteRow
from shared import identity, short_code
from shared.identity import ServerIdentity
from shared.joinlink import JoinLink

WAIT = 0.3
"""Seconds without an answer of the server after which the window opens without it."""

_THIS_COMPUTER = marked(
    "You joined at {host}, which leads to this computer only.\n\n"
    "If the server is open to others, chatroom-server link prints their links. "
    "To open it, start it with --host 0.0.0.0."
)
_WEB_PORTS = {"https": 443, "http": 80}


class InviteController:
    """Implements `InviteIntents`."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._invite: Invite | None = None
        self._open = False
        self._asked: ServerIdentity | None = None
        self._made: Callable[[api.WaysIn | None], Invite]
        self._wait_until = 0.0

    # --- intents ---------------------------------------------------------------------------

    def open(self) -> None:
        """Copy the link to hand out, if others can use it, and open the window."""
        membership = self._context.model.membership
        server = membership.server
        if membership.welcome is None or server is None:
            self._context.warn(_(wording.NO_ROOM))
            return
        # A server that does not say which room it has is of version 0.1: it has no web page.
        self._made = partial(
            invite,
            server,
            membership.room,
            web_page=bool(membership.journal),
            locked=self._context.model.room_state.locked,
        )
        alone = identity.is_loopback(server.address.host)
        if alone and membership.journal:
            self._asked = server
            self._wait_until = self._context.clock() + WAIT
            self._context.network.ask_invite(server, membership.journal)
        else:
            self._asked = None
            self._show(self._made(None), copy=not alone)

    def copy(self, place: int) -> None:
        """Copy a row of the window."""
        if self._invite is not None:
            self._context.screen.copy(self._invite.rows[place].text)
            self._invite = replace(self._invite, copied=place)
            self._context.screen.windows.show_invite(self._invite, lift=False)

    def closed(self) -> None:
        """Show and copy nothing more: the window is closed."""
        self._open, self._asked = False, None

    # --- events ----------------------------------------------------------------------------

    def handle(self, event: api.InviteAnswered) -> None:
        """Show how others reach the server, or that it leads to this computer only."""
        if event.server == self._asked:
            self._asked = None
            self._show(self._made(event.ways), copy=event.ways is not None)

    def tick(self, now: float) -> None:
        """Open the window if the server is slow to answer."""
        if self._asked is not None and not self._open and now >= self._wait_until:
            title = self._made(None).title
            note = _("Asking the server how others reach it…")
            self._show(Invite(title, (), note), copy=False)

    def _show(self, invite: Invite, *, copy: bool) -> None:
        """Show these ways in. `copy`: copy the first.

        A window that waited for them keeps its place, and takes the keyboard from no other one.
        """
        waited = self._open and self._invite is not None and not self._invite.rows
        self._invite, self._open = invite, True
        self._context.screen.windows.show_invite(invite, lift=not waited)
        if copy:
            self.copy(0)


def invite(
    server: ServerIdentity,
    room: str,
    ways: api.WaysIn | None = None,
    *,
    web_page: bool,
    locked: bool,
) -> Invite:
    """Return the ways into a room.

    Args:
        server: the server, as this client reaches it.
        room: the name of the room.
        ways: how others reach the server; None: as this client does.
        web_page: the server has a page for browsers.
        locked: nobody new can join at present.
    """
    ways = ways or _own(server)
    address = ways.link.address
    alone = identity.is_loopback(address.host)
    rows = [_link(ways.link)]
    notes = [_(_THIS_COMPUTER, host=address.host)] if alone else []
    if locked:
        notes.append(_("The room is locked: nobody new can join."))
    qr = ""
    if web_page and "%" not in ways.page.host:  # a zone is a name of this computer (RFC 4007)
        page = _page(ways)
        rows.insert(0, page)
        qr = "" if alone else page.text
    if not alone and (code := short_code.encode(address)) is not None:
        rows.append(_code(code, ways.link.key))
    return Invite(
        _("Invite others to {room}", room=f"#{room}"), tuple(rows), "\n\n".join(notes), qr
    )


def _own(server: ServerIdentity) -> api.WaysIn:
    """Return the ways into a room that others reach as this client does."""
    # A site with a certificate of its own may get another key with the next one.
    key = server.key if server.key and not server.system else None
    return api.WaysIn(server.address, bool(server.key), JoinLink((server.address,), key))


def _page(ways: api.WaysIn) -> InviteRow:
    scheme, where = "https" if ways.encrypted else "http", str(ways.page)
    if ways.page.port == _WEB_PORTS[scheme]:
        where = where.removesuffix(f":{ways.page.port}")
    hint = ""
    if ways.encrypted and ways.link.key:
        hint = _("The browser warns of the certificate the first time.")
    elif not ways.encrypted and not identity.is_loopback(ways.page.host):
        hint = _("Not encrypted: others on the network can read along.")
    return InviteRow(_("In a browser"), f"{scheme}://{where}/", hint)


def _link(link: JoinLink) -> InviteRow:
    hint = _("It names the key of the room: there is nothing to compare.") if link.key else ""
    return InviteRow(_("In the desktop client"), str(link), hint)


def _code(code: str, key: str | None) -> InviteRow:
    hint = _("To read out loud. It can be typed in place of a link.")
    if key:
        hint = _(
            "To read out loud. When they join, they compare this key: {key}",
            key=identity.fingerprint(key),
        )
    return InviteRow(_("Code"), code, hint, large=True)
