"""The plain way to broadcast with `websockets`: a set of connections and `broadcast`."""

import asyncio
import sys

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

connections: set[ServerConnection] = set()


async def member(connection: ServerConnection) -> None:
    connections.add(connection)
    try:
        async for message in connection:
            broadcast(connections, message)
    finally:
        connections.discard(connection)


async def main(port: int) -> None:
    # No compression (the messages are short, and no other server compresses), no pings, an
    # unlimited receive queue.
    async with serve(
        member, "127.0.0.1", port, compression=None, ping_interval=None, max_queue=None,
        backlog=1024,
    ):  # fmt: skip
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
