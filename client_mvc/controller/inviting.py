"""Let others in: the addresses, links and codes under which they reach the room.

They are made of the address that this client uses: whether others reach the room there is not
known, except that an address of loopback leads nobody but this computer to it.
"""

from dataclasses import replace

from client_mvc.controller import wording
from client_mvc.controller.app_context import AppContext
from client_mvc.i18n.translate import _, marked
from client_mvc.view.contract.values import Invite, InviteRow
from shared import identity, short_code
from shared.identity import ServerIdentity
from shared.joinlink import JoinLink

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

    def open(self) -> None:
        """Copy the link to hand out, if others can use it, and open the window."""
        membership = self._context.model.membership
        server = membership.server
        if membership.welcome is None or server is None:
            self._context.warn(_(wording.NO_ROOM))
            return
        # A server that does not say which room it has is of version 0.1: it has no web page.
        self._invite = invite(
            server,
            membership.room,
            web_page=bool(membership.journal),
            locked=self._context.model.room_state.locked,
        )
        self._context.screen.windows.show_invite(self._invite, lift=True)
        if not identity.is_loopback(server.address.host):
            self.copy(0)

    def copy(self, place: int) -> None:
        """Copy a row of the window."""
        if self._invite is not None:
            self._context.screen.copy(self._invite.rows[place].text)
            self._invite = replace(self._invite, copied=place)
            self._context.screen.windows.show_invite(self._invite, lift=False)


def invite(server: ServerIdentity, room: str, *, web_page: bool, locked: bool) -> Invite:
    """Return the ways into a room.

    Args:
        server: the server, as this client reaches it.
        room: the name of the room.
        web_page: the server has a page for browsers.
        locked: nobody new can join at present.
    """
    address = server.address
    alone = identity.is_loopback(address.host)
    rows = [_link(server)]
    notes = [_(_THIS_COMPUTER, host=address.host)] if alone else []
    if locked:
        notes.append(_("The room is locked: nobody new can join."))
    qr = ""
    if web_page and "%" not in address.host:  # a zone is a name of this computer (RFC 4007)
        page = _page(server)
        rows.insert(0, page)
        qr = "" if alone else page.text
    if not alone and (code := short_code.encode(address)) is not None:
        rows.append(_code(code, server))
    return Invite(
        _("Invite others to {room}", room=f"#{room}"), tuple(rows), "\n\n".join(notes), qr
    )


def _page(server: ServerIdentity) -> InviteRow:
    scheme, (host, port) = "https" if server.key else "http", server.address
    where = str(server.address)
    if port == _WEB_PORTS[scheme]:
        where = where.removesuffix(f":{port}")
    hint = ""
    if server.key and not server.system:
        hint = _("The browser warns of the certificate the first time.")
    elif not server.key and not identity.is_loopback(host):
        hint = _("Not encrypted: others on the network can read along.")
    return InviteRow(_("In a browser"), f"{scheme}://{where}/", hint)


def _link(server: ServerIdentity) -> InviteRow:
    # A site with a certificate of its own may get another key with the next one.
    key = server.key if server.key and not server.system else None
    hint = _("It names the key of the room: there is nothing to compare.") if key else ""
    return InviteRow(_("In the desktop client"), str(JoinLink((server.address,), key)), hint)


def _code(code: str, server: ServerIdentity) -> InviteRow:
    hint = _("To read out loud. It can be typed in place of a link.")
    if server.key and not server.system:
        hint = _(
            "To read out loud. When they join, they compare this key: {key}",
            key=identity.fingerprint(server.key),
        )
    return InviteRow(_("Code"), code, hint, large=True)
