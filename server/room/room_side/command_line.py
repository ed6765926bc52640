"""Answers the command line, on a Unix socket that only the user of the server can open.

A connection has one question, a line, and one answer in JSON. Nothing that comes in is
unpickled. A question is a word (`report`), `{"ask": WORD}`, or an act of the host:
`{"act": {"type": "kick", "target": "eve"}}`, a request of the protocol in which `id` may be
missing. Its answer is the event, or the `error`. `{"change": {"max_users": 20}}` changes what
the hosts of a room agree on.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType, structs

from shared import texts
from shared.codec import decode_request, encode
from shared.conversation import Pin
from shared.messages import error
from shared.moderation import (
    ActRequest,
    Ban,
    Delete,
    Kick,
    Lock,
    Mute,
    SetRole,
    SetTopic,
    Slow,
    Unban,
)
from shared.problems import Problem, ProblemError, problem

log = logging.getLogger(__name__)

ASK_WITHIN = 5.0
LINE_BYTES = 16 * 1024

type Command = Callable[[], Awaitable[Any]]
"""Returns the answer: anything that has a form in JSON."""

type Acting = Callable[[str, ActRequest | Pin], Awaitable[bytes | Problem]]
"""Carries out an act of the host under this id; returns its event as JSON."""

_ACTS = (Ban, Delete, Kick, Lock, Mute, Pin, SetRole, SetTopic, Slow, Unban)


type Changing = Callable[[dict[str, Any]], Awaitable[Any]]
"""Changes settings that the hosts of a room agree on; raises `ValueError`."""


class _Question(Struct):
    ask: str = ""
    change: dict[str, Any] | UnsetType = UNSET
    act: dict[str, Any] | UnsetType = UNSET


async def serve(
    address: str,
    commands: Mapping[str, Command],
    act: Acting | None = None,
    change: Changing | None = None,
) -> asyncio.Server:
    """Answer questions from now on, until the server that is returned is closed.

    Args:
        address: the path of the socket.
        commands: what answers each word.
        act: what carries out acts.
        change: what changes settings.

    Raises:
        OSError: the socket cannot be made.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(ASK_WITHIN):
                answer = await _answer(await reader.readline(), commands, act, change)
                if answer is not None:
                    writer.write(answer)
                    await writer.drain()
        except (OSError, TimeoutError, ValueError) as problem:
            log.info("command line not answered problem=%s", problem)
        finally:
            writer.close()

    return await asyncio.start_unix_server(answer, address, limit=LINE_BYTES)


async def _answer(
    line: bytes,
    commands: Mapping[str, Command],
    act: Acting | None,
    change: Changing | None,
) -> bytes | None:
    if not line.startswith(b"{"):
        command = commands.get(line.decode("ascii", "replace").strip())
        return None if command is None else encode(await command())
    question = msgspec.json.decode(line, type=_Question)
    if question.change is not UNSET:
        return None if change is None else encode(await change(question.change))
    if question.act is UNSET:
        command = commands.get(question.ask)
        return None if command is None else encode(await command())
    if act is None:
        return None
    try:
        request = _request(question.act)
        done = await act(request.id, request)
    except ProblemError as why:
        done = why.problem
    return encode(error(done)) if isinstance(done, Problem) else done


def _request(fields: dict[str, Any]) -> ActRequest | Pin:
    """Return the act with these fields. Raises `ProblemError` if it is none of the host's."""
    request = decode_request(encode({"id": secrets.token_hex(16), **fields}))
    if not isinstance(request, _ACTS):
        raise ProblemError(problem("unknown_type", type=str(fields.get("type"))[:40]))
    if isinstance(request, Kick | Ban | SetTopic):
        return structs.replace(request, text=texts.one_line(request.text))
    return request
