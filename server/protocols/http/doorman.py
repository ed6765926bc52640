"""What is checked of every request, that of a WebSocket too: its host, its page, its client."""

import asyncio
from collections.abc import Callable, Sequence

from aiohttp import web

from server.budgets.addresses import parse
from server.processes.own_addresses import machine_names
from server.protocols.aiohttp_internals import Headers
from server.protocols.http.errors import HttpError
from server.protocols.http.hosts import HostNames
from server.protocols.http.origins import Origins
from server.protocols.http.peers import Client, Peers
from server.settings import Settings
from shared.problems import problem

UNENCRYPTED = ("/", "/room", "/healthz", "/readyz")
"""What everybody may read without encryption, so that clients and people learn of it."""
CLIENT = web.RequestKey("client", Client)
"""Where a request has its `Client`."""


class Doorman:
    """The checks under these settings; `hosts` returns the URLs of all hosts of the room."""

    def __init__(
        self, settings: Settings, hosts: Callable[[], Sequence[str]] = lambda: ()
    ) -> None:
        self._hosts = HostNames(settings, machine_names())
        self._peers = Peers(settings)
        self._required = settings.tls == "auto"
        self.origins = Origins(settings, hosts)

    def client(self, transport: asyncio.BaseTransport | None, headers: Headers) -> Client:
        """Return who sends a request."""
        name = transport.get_extra_info("peername") if transport is not None else None
        address, port = (name[0], name[1]) if name else ("", 0)
        tls = transport is not None and transport.get_extra_info("ssl_object") is not None
        client = self._peers.of(address, port, headers, tls=tls)
        if not client.scheme and transport is not None and not tls:
            own = transport.get_extra_info("sockname")
            if own and own[1] == 80:  # no other port than that of `http` is left unsaid
                return client._replace(scheme="http")
        return client

    def check_host(self, headers: Headers, target: str = "/") -> None:
        """Refuse a request for another host. Raises `HttpError`."""
        self._hosts.check(headers)
        self._hosts.check_target(target)

    def needs_tls(self, client: Client) -> bool:
        """Whether the conversation and files are kept from this connection."""
        return self._required and not client.tls and not client.plain

    def check_tls(self, client: Client, method: str = "", path: str = "") -> None:
        """Refuse a request that must be encrypted. Raises `HttpError`."""
        allowed = path in UNENCRYPTED and method in ("GET", "HEAD")
        if not allowed and self.needs_tls(client):
            raise HttpError(problem("tls_required"))


def client_of(request: web.Request) -> Client:
    """Return who sends a request that was checked."""
    return request[CLIENT]


def is_direct(request: web.Request) -> bool:
    """Return whether a checked request comes from its client itself, not through a proxy."""
    client = client_of(request)
    peer = request.transport.get_extra_info("peername") if request.transport else None
    return not client.proxied and peer is not None and parse(peer[0]) == parse(client.address)
