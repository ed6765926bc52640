"""What workers ask the gateway, while it waits for the log: operations, and their answers."""

from collections.abc import Sequence

from server.room.interface import Act, Answer, JoinRefused, JoinWaits, Post
from server.room.ipc import Answers
from server.room.operations import Join, Operation, Register
from server.room.room_side.worker_connection import Request, WorkerConnection

type Asked = tuple[list[Request], WorkerConnection | None, int]
"""Requests, the worker that waits for the answers, and the number of the first."""

_ANSWERED = (JoinRefused, JoinWaits)


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


def size(request: Request) -> int:
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
