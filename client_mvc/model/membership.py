"""The room whose conversation is on screen, the client's name in it, and the connection."""

from dataclasses import dataclass

from msgspec import structs

from client_mvc.model.observable import Observable
from shared import messages
from shared.identity import ServerIdentity
from shared.joinlink import Address
from shared.problems import Problem


@dataclass(frozen=True, slots=True)
class ConnectionLoss:
    """The connection is lost; attempt number `attempt` begins at `retry_at`, in seconds."""

    problem: Problem
    attempt: int
    retry_at: float


class Membership:
    """`active`: the client joins or has joined; `welcome` is None until it has joined.

    `server`, `room`, `you` (the member's name) and `history_end` (the newest `seq` when the
    client joined) belong to the conversation on screen. They last until another room is joined.
    So does `journal`, by which its server is known; empty if it does not say which room it has.
    """

    def __init__(self) -> None:
        self.changed: Observable[None] = Observable()
        self.server: ServerIdentity | None = None
        self.room = ""
        self.journal = ""
        self.you = ""
        self.history_end = 0
        self.active = False
        self.welcome: messages.Welcome | None = None
        self.caught_up = False
        self.loss: ConnectionLoss | None = None

    @property
    def address(self) -> Address | None:
        """The address of `server`."""
        return self.server.address if self.server is not None else None

    @property
    def connected(self) -> bool:
        """Whether the client has joined and holds a connection."""
        return self.welcome is not None and self.loss is None

    @property
    def several_hosts(self) -> bool:
        """Whether the room runs on several hosts, as far as the client was told."""
        return self.welcome is not None and bool(self.welcome.hosts)

    def begin(self) -> None:
        """Note that the client tries to join a room."""
        self.active = True
        self.changed.notify(None)

    def welcomed(
        self, server: ServerIdentity, welcome: messages.Welcome, *, answers_room: bool = False
    ) -> None:
        """Note that `server` let the client join, or resume.

        `answers_room`: it answers `GET /room`.
        """
        self.journal = welcome.journal if answers_room else ""
        if self.welcome is None:
            self.room, self.history_end = welcome.room, welcome.seq
        self.server, self.you, self.welcome = server, welcome.you, welcome
        self.changed.notify(None)

    def renamed(self, to: str) -> None:
        """Note that the member has another name."""
        self.you = to
        if self.welcome is not None:
            self.welcome = structs.replace(self.welcome, you=to)
        self.changed.notify(None)

    def hosts_changed(self, hosts: list[str]) -> None:
        """Note that the room has these hosts now, by URL."""
        if self.welcome is not None:
            self.welcome = structs.replace(self.welcome, hosts=hosts)

    def catch_up(self) -> None:
        """Note that all events up to now are here; the connection holds."""
        self.caught_up, self.loss = True, None
        self.changed.notify(None)

    def lose(self, loss: ConnectionLoss) -> None:
        """Note that the connection is lost, or that the next attempt has begun."""
        self.caught_up, self.loss = False, loss
        self.changed.notify(None)

    def end(self) -> None:
        """Note that the client left the room, or gave up joining it."""
        self.active, self.welcome = False, None
        self.caught_up, self.loss = False, None
        self.changed.notify(None)
