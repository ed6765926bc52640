"""The room that a client is in, and whether the room found is that one. Pure.

A room is recognised by its journal and, over TLS, by the key of its server:

| journal | key | |
|---|---|---|
| the same | the same, or not known | the same room |
| another | the same | the same room with a new history: restored, or begun anew |
| another | another, or not known | another room |
| the same | another | another room, which names this journal to get what is for this one |

With a certificate that the system trusts, a room may change its key and keep its journal.
"""

from client_mvc.network import api
from client_mvc.network.position import Position
from shared import messages
from shared.identity import ServerIdentity


class Origin:
    """The room that a client is in, as it is recognised."""

    def __init__(self, options: api.JoinOptions, position: Position) -> None:
        self._answers_room = options.answers_room
        self._key = options.journal_key
        self._found_key = ""
        self._position = position

    @property
    def journal(self) -> str:
        """The journal that `GET /room` names; empty if this server has no such answer."""
        return self._position.journal if self._answers_room else ""

    def found(
        self, room: messages.RoomInfo | None, server: ServerIdentity | None
    ) -> api.RoomFound:
        """Compare with the room found, and take it for this one unless it is another."""
        if room is None:
            return api.RoomFound(None, not self._answers_room, server)
        known, renewed = self._position.is_in(room.journal), False
        if server is not None and self._key and server.key:
            same_key = server.key == self._key
            renewed = same_key and self._position.journal not in ("", room.journal)
            known = same_key or (known and server.system)
        if known:
            self._answers_room = True
            self._found_key = server.key if server is not None else ""
            self._position.found(room.journal)
        return api.RoomFound(room, known, server, renewed)

    def welcomed(self) -> None:
        """Remember the key of the room found."""
        self._key = self._found_key
