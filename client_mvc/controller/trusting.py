"""Decide which server the client may talk to, ask the person, and remember the answer.

The keys that the person trusted are with the preferences (`model.known_rooms`). Where a join
link names a key, no other key is accepted and nothing is asked. Who once was trusted by key is
not trusted by a certificate later: the question about another key comes all the same.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from client_mvc.controller.app_context import AppContext
from client_mvc.i18n.translate import _
from client_mvc.model import known_rooms
from client_mvc.model.known_rooms import KnownRoom
from client_mvc.network import api
from client_mvc.view.contract.values import KeyQuestion, Question, Security
from shared import identity
from shared.identity import ServerIdentity
from shared.joinlink import Address, JoinLink


class ServerTrust:
    """What the person knows of servers."""

    def __init__(self, context: AppContext) -> None:
        self._preferences = context.model.preferences
        self._context = context

    def of(self, link: JoinLink) -> api.Trust:
        """Return which server may be at the address of `link`."""
        if link.key is not None:
            return api.Trust(key=link.key)
        rooms = self._preferences.read_rooms()
        room = known_rooms.at(rooms, str(link.address))
        if room is not None and room.key:
            return api.Trust(key=room.key, system=room.system)
        known = frozenset(each.key for each in rooms if each.key)
        plain = (room.journals or ("",))[0] if room is not None else None
        return api.Trust(known=known, plain=plain)

    def key_of(self, journal: str, trust: api.Trust) -> str:
        """Return the key of the server that had this journal; empty if it is not known."""
        rooms = self._preferences.now.rooms
        return known_rooms.key_of_journal(rooms, journal, trust.key) if journal else ""

    def joined(self, server: ServerIdentity, room: str, journal: str) -> None:
        """Remember a room that was joined."""
        address = str(server.address)
        if not server.key and identity.is_loopback(server.address.host):
            return
        known = known_rooms.with_key(self._preferences.read_rooms(), server.key)
        self._preferences.know(
            KnownRoom(
                key=server.key,
                addresses=(address,),
                journals=(journal,),
                name=room,
                used=f"{datetime.now(UTC):%Y-%m-%d}",
                # What was trusted by its key stays so.
                system=server.system and (known is None or known.system),
            )
        )

    # --- questions ---------------------------------------------------------------------------

    def ask(
        self, doubt: api.Doubt, link: JoinLink, *, password: bool, agreed: Callable[[], None]
    ) -> None:
        """Ask about a server; call `agreed` after a yes, which is remembered."""
        address = link.address

        def remember() -> None:
            journals = (doubt.journal,) if doubt.kind == "plain" else ()
            self._preferences.know(
                KnownRoom(key=doubt.key, addresses=(str(address),), journals=journals)
            )
            agreed()

        windows = self._context.screen.windows
        match doubt.kind:
            case "plain":
                windows.ask(_plain(address), remember)
            case "unknown_key":
                windows.ask_key(_unknown_key(address, doubt.key, password=password), remember)
            case "other_key" if link.key is not None:
                windows.ask_key(_not_of_the_link(address, link.key, doubt.key), remember)
            case "other_key":
                windows.ask_key(self._other_key(address, doubt.key), remember)

    def _other_key(self, address: Address, found: str) -> KeyQuestion:
        rooms = self._preferences.now.rooms
        before, other = known_rooms.at(rooms, str(address)), known_rooms.with_key(rooms, found)
        text = _(
            "The server at {server} does not have the key of the room that you joined there. "
            "Nothing was sent to it: no name, no password, no message.",
            server=address,
        )
        if before is not None and before.name:
            text = _(
                "The server at {server} does not have the key of {room}, which you joined "
                "there. Nothing was sent to it: no name, no password, no message.",
                server=address,
                room=f"#{before.name}",
            )
        reasons = [
            _("Somebody on the network answers in its place, to read along."),
            _("The server was installed anew, without its old key."),
            _("Another room has this address now."),
        ]
        if other is not None and other.name:
            reasons[-1] = _(
                "Another room that you know, {room}, has this address now.",
                room=f"#{other.name}",
            )
        meanings = "\n".join(f"•  {reason}" for reason in reasons)
        return KeyQuestion(
            title=_("This may not be your room"),
            text=text + "\n\n" + _("This can mean:") + "\n" + meanings,
            keys=_two(before.key if before is not None else "", found),
            after=_(
                "Ask the owner before you join. Messages and files that were not sent stay on "
                "this computer."
            ),
            yes=_("Join with this key"),
            no=_("Do not join"),
        )


def security(server: ServerIdentity) -> Security | None:
    """Return what to show of a connection; None where nothing leaves this computer."""
    if not server.key:
        if identity.is_loopback(server.address.host):
            return None
        return Security(
            False,
            _("Not encrypted"),
            _("Others on this network can read and change everything, also the password."),
        )
    if server.system:
        why = _("This computer trusts the certificate of {host}.", host=server.address.host)
    else:
        why = _("The room has the key that you know.")
    fingerprint = "\n".join(identity.groups(server.key))
    return Security(True, _("Encrypted"), f"{why}\n\n{fingerprint}")


def _plain(address: Address) -> Question:
    text = _(
        "{server} does not encrypt. Everybody on this network can read and change everything: "
        "your name, the password, all messages and files.\n\n"
        "Nothing was sent to it yet. Join only in a network whose users you all trust.",
        server=address,
    )
    return Question(_("Join without encryption?"), text, _("Join without encryption"))


def _unknown_key(address: Address, found: str, *, password: bool) -> KeyQuestion:
    sends = _("Nothing was sent yet. Joining sends your name to this server.")
    if password:
        sends = _("Nothing was sent yet. Joining sends your name and password to this server.")
    return KeyQuestion(
        title=_("Is this the right room?"),
        text=_(
            "You join {server} for the first time. Compare this fingerprint with the one that "
            "the server showed when it was started: ask the room's owner.",
            server=address,
        ),
        keys=(("", identity.groups(found)),),
        after=_(
            "If they differ, somebody answers in the room's place: do not join. With a join "
            "link from the owner there is nothing to compare."
        )
        + "\n\n"
        + sends,
        yes=_("They are the same: join"),
        no=_("Do not join"),
    )


def _not_of_the_link(address: Address, wanted: str, found: str) -> KeyQuestion:
    return KeyQuestion(
        title=_("This is not the room of the link"),
        text=_(
            "The server at {server} does not have the key that the join link names. Somebody "
            "may answer in its place. Nothing was sent to it: no name, no password.",
            server=address,
        ),
        keys=_two(wanted, found, _("In the link")),
        after=_("Ask the room's owner for a new link."),
        no=_("Close"),
    )


def _two(wanted: str, found: str, label: str = "") -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (
        (label or _("Known"), identity.groups(wanted)),
        (_("Shown now"), identity.groups(found)),
    )
