"""List the rooms on this network in the connect dialog.

What is announced is only shown: a room is joined by its address, and who answers there is
decided as for any other address (`trusting`). A key that is announced is never taken for that
of the room.
"""

from collections import Counter
from collections.abc import Iterator

from client_mvc.controller.app_context import AppContext
from client_mvc.i18n.translate import _
from client_mvc.model import known_rooms
from client_mvc.network import api_nearby
from client_mvc.view.contract.windows import Nearby, NearbyRow
from shared import identity, joinlink
from shared.joinlink import Address

QUIET_AFTER = 3.0
"""Seconds without a room after which the dialog says that there is none."""


class RoomsNearbyController:
    """Implements `NearbyIntents`."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._open = False
        self._rooms: tuple[api_nearby.NearbyRoom, ...] = ()
        self._quiet_at = 0.0
        self._looking: api_nearby.LookedFurther | None = None
        self._tried = 0
        self._shown: Nearby | None = None

    # --- intents ---------------------------------------------------------------------------

    def opened(self) -> None:
        """Find rooms from now on."""
        if self._open:
            return
        self._open = True
        self._rooms, self._looking, self._tried, self._shown = (), None, 0, None
        self._quiet_at = self._context.clock() + QUIET_AFTER
        self._context.network.discover(tuple(dict.fromkeys(self._known())))
        self._show()

    def closed(self) -> None:
        """Find no more rooms."""
        if self._open:
            self._open = False
            self._context.network.stop_discovering()

    def look_further(self) -> None:
        """Try the addresses beside those of this computer."""
        if self._open and self._looking is None:
            self._looking, self._tried = api_nearby.LookedFurther(0, 0), 0
            self._context.network.look_further()
            self._show()

    def stop(self) -> None:
        """Try no further addresses."""
        if self._looking is not None:
            self._looking = None
            self._context.network.stop_looking()
            self._show()

    # --- events ----------------------------------------------------------------------------

    def handle(self, event: api_nearby.NearbyEvent) -> None:
        """Show what was found."""
        match event:
            case api_nearby.RoomsNearby(rooms):
                self._rooms = rooms
            case api_nearby.LookedFurther(done, total) if self._looking is not None:
                self._looking, self._tried = (event, 0) if done < total else (None, total)
        if self._open:
            self._show()

    def tick(self, now: float) -> None:
        """Say after a while that there is no room."""
        if self._open and self._quiet_at and now >= self._quiet_at:
            self._quiet_at = 0.0
            self._show()

    # --- helpers ---------------------------------------------------------------------------

    def _known(self) -> Iterator[Address]:
        """Return the addresses of rooms that were joined before, the last ones first."""
        preferences = self._context.model.preferences
        rooms = preferences.read_rooms()
        servers = [server for server, _ in preferences.now.recent]
        servers += [address for room in rooms for address in room.addresses[:1]]
        servers += [address for room in rooms for address in room.addresses[1:]]
        for server in servers:
            try:
                link = joinlink.parse(server)
            except joinlink.BadLink:
                continue
            if not identity.is_loopback(link.address.host):
                yield link.address

    def _show(self) -> None:
        names = Counter(room.name for room in self._rooms)
        rows = tuple(self._row(room, unique=names[room.name] == 1) for room in self._rooms)
        looking = self._looking
        share = looking.done / looking.total if looking and looking.total else 0.0
        nearby = Nearby(rows, self._status(), share if looking else None)
        if nearby != self._shown:
            self._shown = nearby
            self._context.screen.connect_dialog.show_nearby(nearby)

    def _status(self) -> str:
        if self._looking is not None:
            if not self._looking.total:
                return _("Looking further…")
            return _(
                "Looking further: {done} of {total} addresses",
                done=self._looking.done,
                total=self._looking.total,
            )
        if self._tried:
            if self._rooms:
                return _("{total} addresses were tried.", total=self._tried)
            return _("{total} addresses were tried: no room.", total=self._tried)
        if self._rooms:
            return ""
        if self._quiet_at:
            return _("Looking for rooms on this network…")
        return _("No room is announced on this network.")

    def _row(self, room: api_nearby.NearbyRoom, *, unique: bool) -> NearbyRow:
        server = str(room.address)
        name = room.name or server
        if room.name and not unique:
            name = f"{room.name} ({room.address.host})"
        return NearbyRow(server, name, self._state(room))

    def _state(self, room: api_nearby.NearbyRoom) -> str:
        if self._has_another_key(room):
            return _("not the key that you know")
        encrypted = _("encrypted") if room.key else _("not encrypted")
        if not room.places:
            return encrypted
        here = _("{active} of {places} here", active=room.active, places=room.places)
        return f"{here} · {encrypted}"

    def _has_another_key(self, room: api_nearby.NearbyRoom) -> bool:
        """Return whether the room known at this address, or with this journal, has another."""
        rooms = self._context.model.preferences.now.rooms
        at = known_rooms.at(rooms, str(room.address))
        if at is not None and at.key:
            return at.key != room.key and not at.system
        known = room.journal and known_rooms.key_of_journal(rooms, room.journal, room.key)
        return bool(known) and known != room.key
