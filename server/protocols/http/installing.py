"""What this room offers to install from: `GET /get` (docs/protocol.md, part 5).

`/get` is for programs, `/get/` for people and for `pip install --find-links`, `/get/simple/`
for programs that want an index (PEP 503).
"""

import asyncio
from collections.abc import Iterable
from html import escape
from string import Template
from urllib.parse import quote

from aiohttp import hdrs, web
from msgspec import Struct

from server.connections.worker_state import WorkerState
from server.files.wheels import FOLDER, Wheel, Wheels, normalised
from server.protocols.http import assets, get_page, plain_page
from server.protocols.http.doorman import client_of, is_direct
from server.protocols.http.errors import HttpError
from server.protocols.http.hosts import own_address
from server.protocols.http.sending import Content, Sender
from shared.codec import encode
from shared.problems import problem

_INDEX_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_ASKED_ANEW: dict[str, str] = {hdrs.CACHE_CONTROL: "no-cache"}


class _Offer(Struct):
    name: str
    size: int
    sha256: str
    url: str


class Installing:
    """What one worker offers to install from."""

    def __init__(self, state: WorkerState, sender: Sender) -> None:
        self._state = state
        self._sender = sender
        self._wheels = Wheels(state.settings.data_dir / FOLDER)
        self._page = assets.page("get.html")
        self._policy = f"{_INDEX_POLICY}; style-src {assets.style_source(self._page)}"

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve `/get` and what is below it."""
        router.add_get("/get", self.list)
        router.add_get("/get/", self.page)
        router.add_get("/get/simple/", self.projects)
        router.add_get("/get/simple/{project}/", self.project)
        router.add_get("/get/{name}", self.download)

    async def list(self, request: web.Request) -> web.Response:
        """Answer with the list of files."""
        offers = [
            _Offer(one.name, one.size, one.sha256, f"/get/{quote(one.name)}")
            for one in await self._all()
        ]
        return web.Response(
            body=encode(offers), content_type="application/json", headers=_ASKED_ANEW
        )

    async def page(self, request: web.Request) -> web.Response:
        """Answer with a page that says how to install, and has a link to each file."""
        language = plain_page.language(request.headers.getall(hdrs.ACCEPT_LANGUAGE, []))
        direct, tls = is_direct(request), client_of(request).tls
        scheme, usual = ("https", 443) if tls else ("http", 80)
        host = own_address(request, usual, sure=direct)
        found = await self._all()
        values = get_page.words(
            self._state.settings.room,
            f"{scheme}://{host}/",
            language,
            trusted=host if self._is_own_certificate(direct=direct, tls=tls) else "",
            names=[one.name for one in found],
        )
        text = Template(self._page).substitute(values, links=_links(found, ""))
        return _html(text, self._policy, {hdrs.VARY: hdrs.ACCEPT_LANGUAGE})

    def _is_own_certificate(self, *, direct: bool, tls: bool) -> bool:
        """Whether the server has made the certificate that the client sees."""
        return direct and tls and self._state.settings.tls_cert is None

    async def projects(self, request: web.Request) -> web.Response:
        """Answer with the index of all projects."""
        names = sorted({one.project for one in await self._all()})
        return _index(f'<a href="{escape(name)}/">{escape(name)}</a><br>\n' for name in names)

    async def project(self, request: web.Request) -> web.Response:
        """Answer with the index of one project."""
        name = normalised(request.match_info["project"])
        found = [one for one in await self._all() if one.project == name]
        if not found:
            raise HttpError(problem("not_found", "path"))
        return _index([_links(found, "../../")])

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Answer with a file, whole or a range of it."""
        try:
            wheel, file = await asyncio.to_thread(self._wheels.open, request.match_info["name"])
        except OSError:
            raise HttpError(problem("not_found")) from None
        headers: dict[str, str] = {
            hdrs.CONTENT_TYPE: "application/octet-stream",
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="{wheel.name}"',
            hdrs.CONTENT_SECURITY_POLICY: "sandbox; default-src 'none'",
        }
        try:
            content = Content(file, wheel.name, wheel.size, wheel.sha256)
            return await self._sender.send(request, content, headers | _ASKED_ANEW)
        finally:
            await asyncio.to_thread(file.close)

    async def _all(self) -> Iterable[Wheel]:
        return await asyncio.to_thread(self._wheels.all)


def _links(wheels: Iterable[Wheel], folder: str) -> str:
    """Return a link for each file, with its hash as pip takes it (PEP 503)."""
    return "".join(
        f'<a href="{folder}{quote(one.name)}#sha256={one.sha256}">{escape(one.name)}</a><br>\n'
        for one in wheels
    )


def _index(links: Iterable[str]) -> web.Response:
    text = f"<!doctype html>\n<title>Chatroom</title>\n{''.join(links)}"
    return _html(text, _INDEX_POLICY)


def _html(text: str, policy: str, headers: dict[str, str] | None = None) -> web.Response:
    usual: dict[str, str] = {hdrs.CONTENT_SECURITY_POLICY: policy, **_ASKED_ANEW}
    return web.Response(text=text, content_type="text/html", headers=usual | (headers or {}))
