"""The plain way to take and send files with aiohttp: write what comes, `FileResponse`."""

import asyncio
import sys
from pathlib import Path

import uvloop
from aiohttp import web

BLOCK = 256 * 1024


def application(file: Path) -> web.Application:
    """Return one that keeps a single file."""

    async def take(request: web.Request) -> web.Response:
        with file.open("wb") as out:
            async for data in request.content.iter_chunked(BLOCK):
                out.write(data)
        return web.Response(status=201)

    async def send(request: web.Request) -> web.FileResponse:
        return web.FileResponse(file, chunk_size=BLOCK)

    made = web.Application(client_max_size=1 << 40)
    made.router.add_post("/files", take)
    made.router.add_get("/files", send)
    return made


async def main(port: int, file: Path) -> None:
    runner = web.AppRunner(application(file), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print("ready", flush=True)
    await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), Path(sys.argv[2])))
