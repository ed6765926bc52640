"""The browser client: `GET /` and its files below `/web/` (docs/protocol.md, part 5)."""

import asyncio
import hashlib
import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from string import Template
from typing import NamedTuple
from urllib.parse import urlsplit

from aiohttp import ETag, hdrs, web

from server.connections.worker_state import WorkerState
from server.protocols.http import assets, plain_page
from server.protocols.http.assets import Asset, Assets
from server.protocols.http.doorman import Doorman, client_of, is_direct
from server.protocols.http.errors import HttpError
from server.protocols.http.hosts import own_address
from server.protocols.http.peers import Client
from shared import __version__, identity
from shared.problems import problem

FOREVER = "public, max-age=31536000, immutable"
_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    # Pictures that were pasted are shown from memory before they are sent.
    "img-src": "'self' blob:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    # Scripts write text only; browsers that know these refuse all that would parse it.
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}
_HOST = re.compile(
    r"(https?)://((?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?)/?", re.IGNORECASE
)
_UNUSED = (
    "accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope",
    "hid", "magnetometer", "microphone", "midi", "payment", "publickey-credentials-get",
    "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
_PROTECTION = {
    "Permissions-Policy": ", ".join(f"{name}=()" for name in _UNUSED),
    hdrs.REFERRER_POLICY: "no-referrer",
}
_SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"
_CACHED = 8


def policy(hosts: Sequence[str] = ()) -> str:
    """Return the `Content-Security-Policy` of the page.

    All comes from this server and nothing is inline. The page may also connect to the other
    hosts of its room, and show their pictures, while this one does not answer.

    Args:
        hosts: the URLs of all hosts of the room; none where it has one host only.
    """
    found = [url for one in hosts if (url := _HOST.fullmatch(one))]
    pages = [f"{url[1].lower()}://{url[2].lower()}" for url in found]
    sockets = [f"ws{page.removeprefix('http')}" for page in pages]
    more = {"connect-src": [*pages, *sockets], "img-src": pages}
    return "; ".join(
        " ".join((name, value, *more.get(name, ()))) for name, value in _POLICY.items()
    )


class _Page(NamedTuple):
    content: Asset
    policy: str


class BrowserPages:
    """The pages for browsers of one worker."""

    def __init__(self, state: WorkerState, doorman: Doorman) -> None:
        self._state = state
        self._doorman = doorman
        self._served: Assets | None = None
        self._joining: asyncio.Task[Assets] | None = None
        self._index = assets.page("index.html")
        self._plain = assets.page("plain.html")
        self._plain_policy = _plain_policy(self._plain)
        self._join_page = lru_cache(_CACHED)(self._make_join_page)
        self._explanation = lru_cache(_CACHED)(self._make_explanation)

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve the page and its files."""
        router.add_get("/", self.page)
        router.add_get("/web/{hash}/{path:.+}", self.asset)

    async def _files(self) -> Assets:
        """Return the files; the first who asks waits until a thread has joined them."""
        if self._served is None:
            if self._joining is None:
                self._joining = asyncio.create_task(asyncio.to_thread(assets.packaged))
            # One who asked and went must not cancel it for the others.
            self._served = await asyncio.shield(self._joining)
        return self._served

    async def page(self, request: web.Request) -> web.Response:
        """Answer with the browser client; in plain, with a page that leads to encryption."""
        client = client_of(request)
        vary: str = hdrs.ACCEPT_ENCODING
        if self._doorman.needs_tls(client):
            language = plain_page.language(request.headers.getall(hdrs.ACCEPT_LANGUAGE, []))
            there = own_address(request, 443, sure=is_direct(request))
            found = self._explanation(there, self._state.key, language)
            vary = f"{vary}, {hdrs.ACCEPT_LANGUAGE}"
        else:
            state = self._state
            edition = (await self._files()).hash
            found = self._join_page(edition, state.key, state.hosts, encrypted=client.tls)
        headers: dict[str, str] = {
            hdrs.CACHE_CONTROL: "no-cache",
            hdrs.CONTENT_SECURITY_POLICY: found.policy,
            hdrs.VARY: vary,
        }
        if _is_trustworthy(client, request.headers[hdrs.HOST]):
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
        return _answer(request, found.content, headers | _PROTECTION)

    async def asset(self, request: web.Request) -> web.Response:
        """Answer with a file of the page."""
        served = await self._files()
        found = served.get(request.match_info["hash"], request.match_info["path"])
        if found is None:
            raise HttpError(problem("not_found", "path"), {hdrs.CACHE_CONTROL: "no-store"})
        headers: dict[str, str] = {
            hdrs.CACHE_CONTROL: FOREVER,
            hdrs.CONTENT_SECURITY_POLICY: _SANDBOX,
            hdrs.VARY: hdrs.ACCEPT_ENCODING,
        }
        return _answer(request, found, headers)

    def _make_join_page(
        self, edition: str, key: str, hosts: tuple[str, ...], *, encrypted: bool
    ) -> _Page:
        text = Template(self._index).substitute(
            assets=f"/web/{edition}",
            room=escape(self._state.settings.room),
            key=escape(key),
            encrypted="true" if encrypted else "false",
            version=escape(__version__),
        )
        return _Page(_html(text), policy(hosts))

    def _make_explanation(self, host: str, key: str, language: str) -> _Page:
        shown = identity.fingerprint(urlsafe_b64decode(f"{key}=").hex())
        known = self._state.settings.tls_cert is not None
        values = plain_page.words(self._state.settings.room, host, shown, language, known=known)
        return _Page(_html(Template(self._plain).substitute(values)), self._plain_policy)


def _answer(request: web.Request, found: Asset, headers: dict[str, str]) -> web.Response:
    """Answer with a file, or that the client has it (304)."""
    response = web.Response(headers=headers)
    response.etag = ETag(found.tag, is_weak=True)  # the same in gzip and without
    if any(one.value in (found.tag, "*") for one in request.if_none_match or ()):
        response.set_status(304)
        return response
    response.headers[hdrs.CONTENT_TYPE] = found.type
    if _takes_gzip(request.headers.getall(hdrs.ACCEPT_ENCODING, [])):
        response.headers[hdrs.CONTENT_ENCODING] = "gzip"
        response.body = found.body
    else:
        response.body = found.plain()
    return response


def _takes_gzip(accepted: list[str]) -> bool:
    """Whether a client understands gzip (RFC 9110, section 12.5.3)."""
    weights: dict[str, bool] = {}
    for item in ",".join(accepted).lower().split(","):
        name, _, weight = item.replace(" ", "").partition(";q=")
        weights[name] = weight.strip("0.") != "" if weight else True
    return weights.get("gzip", weights.get("*", False))


def _is_trustworthy(client: Client, host: str) -> bool:
    """Whether browsers call this a secure context; in others they warn of some headers."""
    return client.tls or identity.is_loopback(urlsplit(f"//{host}").hostname or "")


def _html(text: str) -> Asset:
    content = text.encode()
    tag = hashlib.sha256(content).hexdigest()[:32]
    return Asset("text/html; charset=utf-8", tag, assets.compressed(content))


def _plain_policy(text: str) -> str:
    """Return the policy of the page that plain http shows: its own style, and nothing else."""
    return (
        f"default-src 'none'; style-src {assets.style_source(text)}; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
