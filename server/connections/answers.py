"""Waits for the room's answer to an act, where a session cannot go on without it."""

import asyncio

from server.room.interface import Act, PostResult, Room


async def carried_out(room: Room, act: Act) -> PostResult:
    """Let the room carry out an act, when it is not behind; return its answer."""
    answered: asyncio.Future[PostResult] = asyncio.get_running_loop().create_future()
    await room.ready()
    room.act(act, answered.set_result)
    return await answered
