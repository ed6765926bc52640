"""Requests to JetStream about any stream (NATS ADR-1, ADR-31), each with a deadline."""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from server.cluster.api import NO_RECORD, ApiError, decode
from server.cluster.connection import Connection, UnavailableError
from server.cluster.records import nanoseconds, record_of_json

API = "$JS.API."


class Stored(NamedTuple):
    """A message of a stream; `at_ns` is in nanoseconds of Unix time."""

    sequence: int
    subject: str
    at_ns: int
    data: bytes


async def ask(
    connection: Connection, what: str, request: Mapping[str, Any], within: float
) -> dict[str, Any]:
    """Ask JetStream's API.

    Args:
        connection: the connection.
        what: the request, such as `STREAM.INFO.name`.
        request: its fields.
        within: seconds after which it is given up.

    Raises:
        ApiError: JetStream refused it.
        UnavailableError: no answer came; whether it was carried out is open.
    """
    data = msgspec.json.encode(request)
    return decode((await connection.request(API + what, data, within)).data)


async def message(
    connection: Connection, stream: str, request: Mapping[str, Any], within: float
) -> Stored | None:
    """Return a message as the leader of the stream has it; None if there is none.

    `request` is that of `STREAM.MSG.GET`. Raises as `ask` does.
    """
    try:
        answer = await ask(connection, f"STREAM.MSG.GET.{stream}", request, within)
    except ApiError as refused:
        if refused.code == NO_RECORD:
            return None
        raise
    found = answer["message"]
    record = record_of_json(found)
    return Stored(record.position, found["subject"], record.at_ns, record.data)


async def batch(
    connection: Connection, stream: str, request: Mapping[str, Any], quiet: float
) -> list[Stored]:
    """Return messages as one of the stream's replicas has them, which may lag behind.

    Args:
        connection: the connection.
        stream: a stream that allows it (`allow_direct`).
        request: a batch of ADR-31: `batch`, `next_by_subj`, `seq`.
        quiet: seconds without a message, after which those are returned that have come.

    Raises:
        UnavailableError: there is no connection.
    """
    loop = asyncio.get_running_loop()
    found: list[Stored] = []
    with connection.answers() as answers:
        data = msgspec.json.encode(request)
        connection.publish(f"{API}DIRECT.GET.{stream}", data, answers.subject)
        while True:
            try:
                answer = await answers.next(loop.time() + quiet)
            except UnavailableError:
                return found
            if answer.status():  # the end of the batch, or there is no message
                return found
            found.append(
                Stored(
                    int(answer.field(b"Nats-Sequence:")),
                    answer.field(b"Nats-Subject:"),
                    nanoseconds(answer.field(b"Nats-Time-Stamp:")),
                    answer.data,
                )
            )
