"""Requests to JetStream with deadlines of their own (NATS ADR-1, ADR-31, ADR-37).

The classic Python client waits without end in places, and swallows a cancellation while it
sends. So each request here ends by its deadline, and an answer that comes later is dropped.
"""

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error

from server.cluster.connection import Connection, UnavailableError

API = "$JS.API."
NOT_FOUND = 404
_NO_RESPONDERS = "503"


class RefusedError(Exception):
    """JetStream refused a request.

    Attributes:
        status: as in HTTP.
        code: JetStream's number of the reason; 0 if it gave none.
    """

    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(f"{text} ({code or status})")
        self.status = status
        self.code = code


class Stored(NamedTuple):
    """A message of a stream; `time` is as JetStream writes it (RFC 3339)."""

    sequence: int
    subject: str
    data: bytes
    time: str


class Inbox:
    """Answers to numbered requests. Numbers begin with 1.

    Args:
        connection: the connection.
        subscription: to `prefix` and one more token.
        prefix: what the subjects of the answers begin with.
    """

    def __init__(self, connection: Connection, subscription: Subscription, prefix: str) -> None:
        self._connection = connection
        self._subscription = subscription
        self._prefix = prefix

    async def send(
        self,
        subject: str,
        data: bytes,
        number: int,
        within: float,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Send a request, whose answer will have this number. Raises `UnavailableError`."""
        reply = f"{self._prefix}{number}"
        async with _answered(within):
            # The client changes the headers that it gets.
            given = dict(headers) if headers else None
            await self._connection.client.publish(subject, data, reply, given)
        _stay_cancelled()

    async def answer(self, within: float) -> tuple[int, Msg]:
        """Return the next answer and its number, after at most so many seconds.

        Raises:
            UnavailableError: none came, or nobody serves this subject at present.
        """
        async with _answered(within):
            message = await self._subscription.next_msg(within)
        if status(message) == _NO_RESPONDERS:
            raise UnavailableError("nobody serves what was asked for")
        return int(message.subject.removeprefix(self._prefix)), message


@asynccontextmanager
async def inbox(connection: Connection, within: float) -> AsyncIterator[Inbox]:
    """Open an inbox. Raises `UnavailableError`."""
    prefix = f"{connection.client.new_inbox()}."
    async with _answered(within):
        subscription = await connection.client.subscribe(f"{prefix}*")
    try:
        yield Inbox(connection, subscription, prefix)
    finally:
        with contextlib.suppress(UnavailableError):  # it ends with the connection too
            async with _answered(within):
                await subscription.unsubscribe()


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
        UnavailableError: no answer came; whether it was carried out is open.
        RefusedError: JetStream refused it.
    """
    return await publish(connection, API + what, json.dumps(request).encode(), within)


async def publish(
    connection: Connection,
    subject: str,
    data: bytes,
    within: float,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Send a message and return what JetStream answers, as `ask` does."""
    given = dict(headers) if headers else None
    async with _answered(within):
        message = await connection.client.request(subject, data, timeout=within, headers=given)
    _stay_cancelled()
    return accepted(message)


async def message(
    connection: Connection, stream: str, request: Mapping[str, Any], within: float
) -> Stored | None:
    """Return a message as the leader of the stream has it; None if there is none.

    `request` is that of `STREAM.MSG.GET`. Raises as `ask` does.
    """
    try:
        answer = await ask(connection, f"STREAM.MSG.GET.{stream}", request, within)
    except RefusedError as why:
        if why.status == NOT_FOUND and why.code == _NO_MESSAGE:
            return None
        raise
    found = answer["message"]
    data = base64.b64decode(found.get("data", ""))
    return Stored(int(found["seq"]), found["subject"], data, found["time"])


_NO_MESSAGE = 10037


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
        UnavailableError: the connection is closed.
    """
    found: list[Stored] = []
    async with inbox(connection, quiet) as answers:
        await answers.send(f"{API}DIRECT.GET.{stream}", json.dumps(request).encode(), 1, quiet)
        while True:
            try:
                _, answer = await answers.answer(quiet)
            except UnavailableError:
                return found
            if status(answer):  # the end of the batch, or there is no message
                return found
            headers = answer.headers or {}
            found.append(
                Stored(
                    int(headers["Nats-Sequence"]),
                    headers["Nats-Subject"],
                    answer.data,
                    headers["Nats-Time-Stamp"],
                )
            )


def accepted(message: Msg) -> dict[str, Any]:
    """Return the fields of an answer. Raises as `ask` does, also if it cannot be read."""
    try:
        answer: dict[str, Any] = json.loads(message.data)
    except ValueError:
        raise UnavailableError("the answer cannot be read") from None
    if problem := answer.get("error"):
        raise RefusedError(
            int(problem.get("code", 0)),
            int(problem.get("err_code", 0)),
            str(problem.get("description", "")),
        )
    return answer


def status(message: Msg) -> str:
    """Return the status that a message has in place of contents; empty if it has contents."""
    return (message.headers or {}).get("Status", "")


@asynccontextmanager
async def _answered(within: float) -> AsyncIterator[None]:
    """Turn what the client raises into `UnavailableError`."""
    try:
        async with asyncio.timeout(within):
            yield
    except (Error, OSError, TimeoutError) as why:
        raise UnavailableError(str(why) or type(why).__name__) from None


def _stay_cancelled() -> None:
    """Raise what the client swallowed."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
