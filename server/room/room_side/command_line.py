"""Answers the command line, on a Unix socket that only the user of the server can open.

A connection has one question (a line with a word) and one answer in JSON. Nothing that comes in
is unpickled.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from shared.codec import encode

log = logging.getLogger(__name__)

ASK_WITHIN = 5.0
LINE_BYTES = 4096

type Command = Callable[[], Awaitable[Any]]
"""Returns the answer: anything that has a form in JSON."""


async def serve(address: str, commands: Mapping[str, Command]) -> asyncio.Server:
    """Answer questions by their word from now on, until the server that is returned is closed.

    Args:
        address: the path of the socket.
        commands: what answers each question.

    Raises:
        OSError: the socket cannot be made.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(ASK_WITHIN):
                question = (await reader.readline()).decode("ascii", "replace").strip()
                command = commands.get(question)
                if command is not None:
                    writer.write(encode(await command()))
                    await writer.drain()
        except (OSError, TimeoutError, ValueError) as problem:
            log.info("command line not answered problem=%s", problem)
        finally:
            writer.close()

    return await asyncio.start_unix_server(answer, address, limit=LINE_BYTES)
