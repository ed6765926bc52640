"""Serve the gallery (tests/web/gallery/): the real page and view with made-up values."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from string import Template

from aiohttp import web

ROOT = Path(__file__).parents[2]
_ASSETS = "/server/web"
_POLICY = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'"


@asynccontextmanager
async def gallery() -> AsyncIterator[str]:
    """Serve the gallery on a free port of this computer; yield its address."""
    app = web.Application()
    app.router.add_get("/", _page)
    app.router.add_static(_ASSETS, ROOT / "server/web")
    app.router.add_static("/tests/web", ROOT / "tests/web")
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        await runner.cleanup()


async def _page(_: web.Request) -> web.Response:
    """Return index.html as the server does, with the gallery in place of the program."""
    page = Template((ROOT / "server/web/index.html").read_text("utf-8")).substitute(
        assets=_ASSETS, room="lan-party", key="", encrypted="true", version="0"
    )
    page = page.replace(f"{_ASSETS}/app.js", "/tests/web/gallery/gallery.js")
    headers = {"Content-Security-Policy": _POLICY}
    return web.Response(text=page, content_type="text/html", headers=headers)
