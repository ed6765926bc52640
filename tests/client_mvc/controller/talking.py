"""A client in a room with all features, in which bob is too, and what they do there."""

from typing import Any

from msgspec import structs

from client_mvc.network import api
from client_mvc.view.contract.items import Message
from shared import messages, protocol
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import AT, welcome

FEATURES = list(protocol.FEATURES)
ANN, BOB = 1, 2


def talking(client: Client, role: str = "member", **more: Any) -> Client:
    """Join, as alice, a room with all features; bob is there."""
    members = [
        messages.MemberInfo("alice", AT, member=ANN, role=role),
        messages.MemberInfo("bob", AT, member=BOB),
    ]
    limits = messages.Limits(8000, 1_000_000, "any", 3600.0)
    client.connect()
    made = welcome(
        journal="j1", features=FEATURES, member=ANN, role=role, limits=limits, **more
    )
    made = structs.replace(made, members=members)
    client.hear(api.Welcomed(made, False), api.CaughtUp())
    return client


def mine(seq: int, text: str = "mine", **more: Any) -> messages.Said:
    return messages.Said(seq=seq, at=AT, name="alice", member=ANN, text=text, **more)


def bobs(seq: int, text: str = "hi", **more: Any) -> messages.Said:
    return messages.Said(seq=seq, at=AT, name="bob", member=BOB, text=text, **more)


def change(kind: type, seq: int, *, name: str = "bob", member: int = BOB, **more: Any) -> Any:
    return kind(seq=seq, at=AT, name=name, member=member, **more)


def shown(client: Client) -> list[Message]:
    return [each for each in client.screen.items if isinstance(each, Message)]


def answer_last(client: Client, kind: type, seq: int, **more: Any) -> None:
    """Let the server carry out the last request."""
    client.events(
        change(kind, seq, name="alice", member=ANN, id=client.network.questions[-1].id, **more)
    )
