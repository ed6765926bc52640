"""Decide which server the client may talk to, ask the person, and remember the answer.

The keys that the person trusted are with the preferences (`model.known_rooms`). Where a join
link names a key, no other key is accepted and nothing is asked. Who once was trusted by key is
not trusted by a certificate later: the question about another key comes all the same.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from client_mvc.controller import questions
from client_mvc.controller.app_context import AppContext
from client_mvc.model import known_rooms
from client_mvc.model.known_rooms import KnownRoom, KnownRooms
from client_mvc.network import api
from shared import identity, joinlink, limits
from shared.identity import ServerIdentity
from shared.joinlink import Address, JoinLink


class ServerTrust:
    """The servers that the person trusts."""

    def __init__(self, context: AppContext) -> None:
        self._preferences = context.model.preferences
        self._context = context

    def of(self, link: JoinLink) -> api.Trust:
        """Return which server may be at the addresses of `link`: one key counts for all."""
        if link.key is not None:
            return api.Trust(key=link.key)
        rooms = self._preferences.read_rooms()
        room = self._room(rooms, link)
        if room is not None and room.key:
            return api.Trust(key=room.key, system=room.system)
        known = frozenset(each.key for each in rooms if each.key)
        plain = (room.journals or ("",))[0] if room is not None else None
        return api.Trust(known=known, plain=plain)

    def expected(self, link: JoinLink) -> str:
        """Return the only key that `of` accepts, unless the system trusts another; or ""."""
        room = self._room(self._preferences.now.rooms, link)
        return link.key or (room.key if room is not None else "")

    def others(self, link: JoinLink) -> tuple[Address, ...]:
        """Return the hosts to try after the first one of `link`: its own, then those known."""
        room = self._room(self._preferences.read_rooms(), link)
        known = (room.hosts or ()) if room is not None else ()
        if room is not None and link.key not in (None, room.key):
            known = ()
        hosts = dict.fromkeys((*link.addresses, *joinlink.addresses(known)))
        return tuple(hosts)[1 : limits.HOSTS]

    def _room(self, rooms: KnownRooms, link: JoinLink) -> KnownRoom | None:
        """Return the room that was last joined at one of the addresses of `link`."""
        found = (known_rooms.at(rooms, str(address)) for address in link.addresses)
        return next((room for room in found if room is not None), None)

    def key_of(self, journal: str, trust: api.Trust) -> str:
        """Return the key of the server that had this journal; empty if it is not known."""
        rooms = self._preferences.now.rooms
        return known_rooms.key_of_journal(rooms, journal, trust.key) if journal else ""

    def joined(
        self, server: ServerIdentity, room: str, journal: str, hosts: Sequence[str] = ()
    ) -> None:
        """Remember a room that was joined; `hosts` are the URLs of all its hosts."""
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
                # Trust by key stays trust by key, and trust by certificate stays that.
                system=known.system if known is not None else server.system,
                hosts=tuple(map(str, joinlink.addresses(hosts))),
            )
        )

    # --- questions ---------------------------------------------------------------------------

    def ask(
        self, doubt: api.Doubt, link: JoinLink, *, password: bool, agreed: Callable[[], None]
    ) -> None:
        """Ask about a server; call `agreed` after a yes, which is remembered."""
        address = doubt.address or link.address

        def remember() -> None:
            journals = (doubt.journal,) if doubt.kind == "plain" else ()
            self._preferences.know(
                KnownRoom(key=doubt.key, addresses=(str(address),), journals=journals)
            )
            agreed()

        windows = self._context.screen.windows
        match doubt.kind:
            case "plain":
                windows.ask(questions.plain(address), remember)
            case "unknown_key":
                asked = questions.unknown_key(address, doubt.key, password=password)
                windows.ask_key(asked, remember)
            case "other_key" if link.key is not None:
                asked = questions.not_of_the_link(address, link.key, doubt.key)
                windows.ask_key(asked, remember)
            case "other_key":
                rooms = self._preferences.now.rooms
                before = known_rooms.at(rooms, str(address))
                other = known_rooms.with_key(rooms, doubt.key)
                windows.ask_key(
                    questions.other_key(address, doubt.key, before, other), remember
                )
