"""The plain way to broadcast with aiohttp: a set of WebSockets, `send_str` to each of them."""

import asyncio
import sys

import uvloop
from aiohttp import WSMsgType, web

sockets: set[web.WebSocketResponse] = set()


async def member(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    sockets.add(socket)
    try:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                for one in list(sockets):
                    await one.send_str(message.data)
    finally:
        sockets.discard(socket)
    return socket


async def main(port: int) -> None:
    application = web.Application()
    application.router.add_get("/ws", member)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
