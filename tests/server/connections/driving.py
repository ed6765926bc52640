"""A session with a fake room, client and clock; and a frame of each kind of request."""

from server.budgets.refusals import Refusals
from server.budgets.table import budgets
from server.connections.session import Session
from server.room.interface import Peer
from server.settings import Settings
from shared.codec import BadMessage, decode_request, encode
from shared.messages import Error, Said
from tests.fakes import Clock, FakeClient, FakeRoom, request

PEER = Peer("10.0.0.1", 4000, "websocket")
EVENT = Said(seq=1, at="2026-11-22T08:00:00.123Z", name="ada", text="hi")

ACTS: dict[str, dict[str, object]] = {
    "claim": {"key": "secret"},
    "role": {"target": "bob", "role": "moderator"},
    "kick": {"target": 8, "text": "spam"},
    "ban": {"target": "bob", "minutes": 60},
    "unban": {"ban": 3},
    "mute": {"target": "bob", "minutes": 10},
    "slow": {"seconds": 30},
    "lock": {"on": True},
    "topic": {"text": "Release"},
    "delete": {"seq": 5},
}
"""A request of each act of owner and moderators, without its `id`."""

CHANGES: dict[str, dict[str, object]] = {
    "edit": {"seq": 5, "text": "Hello"},
    "react": {"seq": 5, "emoji": "👍", "on": True},
    "pin": {"seq": 5, "on": True},
    "note": {"text": "at lunch"},
}
"""A request of each kind that changes a message or oneself, without its `id`; no `rename`."""

REQUESTS: dict[str, bytes] = {
    "join": request("join", name="ada"),
    "say": request("say", text="hi", id="i"),
    "history": request("history", id="i", before=5, limit=2),
    "search": request("search", id="i", text="words"),
    "report": request("report", id="i"),
    "bans": request("bans", id="i"),
    **{one: request(one, id="i", **fields) for one, fields in (ACTS | CHANGES).items()},
    "typing": request("typing"),
    "leave": request("leave"),
    "bad say": request("say", id="i"),
    "bad join": request("join"),
    "unknown": request("sing", id="i"),
    "no JSON": b"hello",
}


class Bench:
    """A session with a fake room, client and clock."""

    def __init__(
        self, settings: Settings, room: FakeRoom | None = None, clock: Clock | None = None
    ) -> None:
        self.settings = settings
        self.room, self.client, self.clock = room or FakeRoom(), FakeClient(), clock or Clock()
        self.client.clock = self.clock
        self.room.events = [encode(EVENT)]
        self.refusals = Refusals()
        self.session = Session(
            self.room,
            self.client,
            PEER,
            worker=3,
            settings=settings,
            budgets=budgets(settings),
            refusals=self.refusals,
            now=self.clock,
        )

    async def send(self, type: str, **fields: object) -> None:
        await self.receive(request(type, **fields))

    async def receive(self, frame: bytes) -> None:
        """Pass on a frame as a protocol does."""
        try:
            wanted = decode_request(frame)
        except BadMessage as bad:
            self.session.receive_invalid(bad)
            return
        if pending := self.session.receive(wanted):
            await pending

    async def join(self) -> None:
        await self.send("join", name="ada")
        self.client.sent.clear()

    async def leave(self) -> None:
        await self.join()
        await self.send("leave")

    @property
    def error(self) -> tuple[str, str | None]:
        """Return code and id of the last error."""
        last = self.client.last
        assert isinstance(last, Error)
        assert last.reason
        return last.code, last.id or None
