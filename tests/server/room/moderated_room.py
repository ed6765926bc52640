"""A room with an owner, a moderator and a member, and requests for acts in it."""

import hashlib
from itertools import count

from server.room.interface import JoinRefused, Peer
from server.room.operations import OwnerKey
from shared.moderation import (
    MODERATOR,
    ActRequest,
    Ban,
    Kick,
    Lock,
    Mute,
    SetRole,
    Slow,
    Target,
)
from shared.problems import Problem
from tests.server.room.workbench import Bench, Guest, join_request

KEY = hashlib.sha256(b"the key").digest()
OTHER_KEY = hashlib.sha256(b"another one").digest()
AT_HOME = Peer("192.168.1.5", 4000, "websocket")
ELSEWHERE = Peer("10.9.9.9", 4000, "websocket")
LAPTOP, PHONE = b"L" * 32, b"P" * 32

_ids = count()


def new_id() -> str:
    return f"a{next(_ids)}"


def kick(target: Target, text: str = "") -> Kick:
    return Kick(id=new_id(), target=target, text=text)


def ban(target: Target, minutes: int = 0, text: str = "") -> Ban:
    return Ban(id=new_id(), target=target, minutes=minutes, text=text)


def mute(target: Target, minutes: int = 10) -> Mute:
    return Mute(id=new_id(), target=target, minutes=minutes)


def role(target: Target, role: str = MODERATOR) -> SetRole:
    return SetRole(id=new_id(), target=target, role=role)


def lock(*, on: bool = True) -> Lock:
    return Lock(id=new_id(), on=on)


def slow(seconds: int) -> Slow:
    return Slow(id=new_id(), seconds=seconds)


class ModeratedRoom:
    """A room with an owner (ann), a moderator (max) and a member (eve), each elsewhere."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        bench.perform(OwnerKey(KEY))
        self.ann = bench.join("ann", owner=KEY, peer=Peer("10.1.1.1", 1, ""))
        self.max = bench.join("max", peer=Peer("10.1.1.2", 1, ""))
        self.eve = bench.join("eve", peer=AT_HOME, device=LAPTOP)
        self.does(self.ann, role("max"))

    def does(self, guest: Guest | None, request: ActRequest) -> None:
        assert self.bench.act(guest, request) is None

    def fails(self, guest: Guest | None, request: ActRequest) -> tuple[str, str]:
        """The code and the rule of the problem."""
        answer = self.bench.act(guest, request)
        assert answer is not None
        assert answer.problem is not None
        return answer.problem.code, answer.problem.params.get("rule", "")

    def problem(self, name: str, **fields: object) -> Problem:
        answer = self.bench.ask(join_request(name, **fields))
        assert isinstance(answer, JoinRefused), answer
        return answer.problem

    def role_of(self, name: str) -> str:
        return next(one.role for one in self.bench.core.roster.members() if one.name == name)

    @property
    def names(self) -> list[str]:
        return self.bench.names
