"""The requests of workers that wait for the log, and the answers to them."""

from collections.abc import Sequence

from server.room.interface import (
    Act,
    Answer,
    JoinAccepted,
    JoinRefused,
    JoinWaits,
    Post,
    PostResult,
)
from server.room.ipc import Answers
from server.room.operations import (
    Drop,
    Expire,
    Forget,
    HostBack,
    Join,
    Leave,
    Operation,
    OwnerKey,
    Register,
)
from server.room.room_side.worker_connection import Request, WorkerConnection
from shared.problems import Problem

type Asked = tuple[list[Request], WorkerConnection | None, int]
"""Requests, the worker that waits for the answers, and the number of the first."""

# Each join is answered with all members: more of them together would take much memory at once.
MOST_JOINS = 32

_ANSWERED = (JoinRefused, JoinWaits)
_RETRIED = (Leave, Drop, Expire, Register, OwnerKey, HostBack, Forget)


def operations(asking: Sequence[Asked]) -> list[Operation]:
    """Return the operations in what was asked; the rest is answered already."""
    return [
        one for requests, _, _ in asking for one in requests if not isinstance(one, _ANSWERED)
    ]


def answers(
    asking: Sequence[Asked], found: Sequence[Answer | None]
) -> dict[WorkerConnection, Answers]:
    """Return the answers to all that was asked, by worker.

    `found` are those to its `operations`.
    """
    answered: dict[WorkerConnection, Answers] = {}
    following = iter(found)
    for requests, connection, first in asking:
        special: list[tuple[int, Answer]] = []
        for number, one in enumerate(requests, first):
            answer = one if isinstance(one, _ANSWERED) else next(following)
            if answer is not None:
                special.append((number, answer))
        if connection is not None:
            if connection in answered:
                special = answered[connection].special + special
            connection.done = max(connection.done, first + len(requests) - 1)
            answered[connection] = Answers(connection.done, special)
    return answered


def cut(inbox: list[Asked], most_bytes: int, *, apart: bool) -> tuple[list[Asked], list[Asked]]:
    """Return what to carry out together, and the rest.

    Args:
        inbox: all that was asked.
        most_bytes: about so many bytes of it, at least one operation; 0: any number.
        apart: acts are carried out alone, as messages are refused for lack of space.
    """
    joins = size = 0
    before = False
    for number, (requests, connection, first) in enumerate(inbox):
        for index, one in enumerate(requests):
            joins += type(one) is Join
            size += _size(one) if most_bytes else 0
            alone = apart and (type(one) is Act or before)
            before = type(one) is Act
            large = 0 < most_bytes < size
            if joins > MOST_JOINS or ((alone or large) and bool(number or index)):
                now = [*inbox[:number], (requests[:index], connection, first)]
                rest = requests[index:], connection, first + index
                return now, [rest, *inbox[number + 1 :]]
    return inbox, []


def joining(asking: Sequence[Asked], worker: WorkerConnection) -> list[Operation]:
    """Return what takes the connections away that a worker's joins still bring."""
    return [
        Drop(one.connection)
        for requests, asker, _ in asking
        if asker is worker
        for one in requests
        if isinstance(one, Join)
    ]


# --- what cannot be written --------------------------------------------------------------


def retried(operations: Sequence[Operation]) -> list[Operation]:
    """Return the operations that are tried again later when they cannot be written."""
    return [one for one in operations if isinstance(one, _RETRIED)]


def refusals(
    operations: Sequence[Operation], cannot_post: Problem, cannot_join: Problem
) -> list[Answer | None]:
    """Return the answers to operations that cannot be written."""
    answers: list[Answer | None] = []
    for one in operations:
        if isinstance(one, _RETRIED):
            answers.append(None)
        elif isinstance(one, Join):
            answers.append(JoinRefused(cannot_join))
        else:
            answers.append(PostResult(problem=cannot_post))
    return answers


def withdrawals(
    operations: Sequence[Operation], found: Sequence[Answer | None]
) -> list[Operation]:
    """Return what undoes joins that were refused while nobody knew whether the log had them."""
    undone: list[Operation] = []
    for one, answer in zip(operations, found, strict=True):
        if isinstance(one, Join) and isinstance(answer, JoinAccepted):
            left = Leave(answer.member, one.connection, "lost")
            undone.append(Drop(one.connection) if one.resume else left)
    return undone


def _size(request: Request) -> int:
    """Return about how many bytes an operation takes in the log."""
    match request:
        case Post():
            return 512 + len(request.tail)
        case Act():
            return 32 * 1024
        case Register():
            return 512 + 32 * (len(request.connections) + len(request.pending))
        case Join():
            texts = request.name, request.client, request.after_at or "", request.journal or ""
            return 1024 + 4 * sum(map(len, texts))
        case _:
            return 1024
