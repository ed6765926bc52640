"""A client protocol, brought to where a test begins, and its steps. No sockets, no clock."""

from typing import Any

from client_mvc.network import api
from client_mvc.network.protocol import ClientProtocol
from client_mvc.network.state import ClientState
from client_mvc.network.steps import Send, Step
from shared import messages, protocol
from tests.client_mvc.fakes import ADDRESS, AT, said, welcome

A, B = api.OutgoingMessage("a", "first"), api.OutgoingMessage("b", "second")
SAY_A, SAY_B = messages.Say("first", "a"), messages.Say("second", "b")


def join(password: str | None = None, **fields: Any) -> messages.Join:
    """The `join` of alice; with `after`, the last event is one of the fakes."""
    if fields.get("after") and "after_at" not in fields:
        fields["after_at"] = AT
    return messages.Join("alice", password, features=list(protocol.FEATURES), **fields)


def options(**changes: object) -> api.JoinOptions:
    return api.JoinOptions(ADDRESS, "alice", **changes)  # type: ignore[arg-type]


def opened(**changes: object) -> ClientProtocol:
    """A protocol whose socket is open and whose `join` is sent."""
    new = ClientProtocol(options(**changes), uniform=lambda _low, high: high)
    new.start()
    new.opened(0.0)
    return new


def ready(seq: int = 0, **changes: object) -> ClientProtocol:
    """A protocol that has caught up with a room whose newest event is `seq`."""
    new = opened(**changes)
    new.received(welcome(seq), 0.0)
    for each in range((new._position.seq or 0) + 1, seq + 1):
        new.received(said(each), 0.0)
    assert new.state is ClientState.READY
    return new


def lost_and_open_again(one: ClientProtocol, now: float = 10.0) -> list[Step]:
    one.closed(1006, now)
    one.tick(now)
    return one.opened(now)


def lost_and_joined_anew(one: ClientProtocol) -> None:
    """The membership is lost with the connection, so the next `join` asks for a fresh one."""
    lost_and_open_again(one)
    one.received(messages.Refused("bad_token", "Who?"), 10.0)
    one.opened(10.0)


def sent(steps: list[Step]) -> list[messages.Request]:
    return [step.request for step in steps if isinstance(step, Send)]


def told[T](steps: list[Step], kind: type[T]) -> list[T]:
    return [step for step in steps if isinstance(step, kind)]
