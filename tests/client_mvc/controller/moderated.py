"""A client in a room with owner and moderators."""

from typing import Any

from msgspec import structs

from client_mvc.network import api
from shared import messages, moderation
from shared.problems import Problem
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import AT, welcome

FEATURES = ["moderation", "deleting"]


def member(name: str, number: int, role: str = "member", **more: Any) -> messages.MemberInfo:
    return messages.MemberInfo(name, AT, member=number, role=role, **more)


MEMBERS = [
    member("alice", 1),
    member("bob", 2),
    member("mod", 3, "moderator"),
    member("own", 4, "owner"),
]


def enter(client: Client, role: str = "member", seq: int = 0, **more: Any) -> Client:
    """Join as alice, with this role, and catch up."""
    members = [member("alice", 1, role), *MEMBERS[1:]]
    made = welcome(seq, member=1, role=role, **{"features": FEATURES, **more})
    client.connect()
    made = structs.replace(made, members=members)  # those of the fake are names
    client.hear(api.Welcomed(made, forget=False), api.CaughtUp())
    return client


def asked(client: Client) -> Any:
    """The last request to the server."""
    return client.network.questions[-1]


def answered(client: Client, problem: str, **params: Any) -> None:
    """The server refuses the last request."""
    client.hear(api.RequestFailed(asked(client).id, Problem(problem, params)))


def deleted(seq: int, target: int, name: str = "mod") -> moderation.Deleted:
    return moderation.Deleted(seq=seq, at=AT, name=name, target=target)
