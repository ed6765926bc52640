"""Who sends a request: the other end of its connection, or the client of a trusted proxy.

A reverse proxy names its client in `Forwarded` (RFC 7239) or `X-Forwarded-For`. Anybody can
send these headers, so they are believed only from the addresses of `--trusted-proxy`; from
others they show that the client is not this computer, though the connection may come from it.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from server.budgets.addresses import Address, is_loopback, parse
from server.protocols.aiohttp_internals import Headers
from server.settings import Settings

_OTHER_SIGNS = re.compile(
    r"via|x-real-ip|(.+-)?client-ip|cf-connecting-ip(v6)?|x-original-for|x-proxyuser-ip"
    r"|x-envoy-external-address"
)
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PAIR = re.compile(rf'\s*({_WORD})=({_WORD}|"(?:[^"\\]|\\.)*")\s*')
_NODE = re.compile(
    r"(?:\[(?P<six>[0-9a-fA-F.]*:[0-9a-fA-F:.]*)\]|(?P<four>[0-9.]+)|(?P<hidden>unknown|_[A-Za-z0-9._-]+))"
    r"(?::(?P<port>[0-9]{1,5}|_[A-Za-z0-9._-]+))?",
    re.IGNORECASE,
)


class Client(NamedTuple):
    """Who sends a request.

    `local`: it is on this computer. `proxied`: `address` is that of a proxy that does not say,
    or is not trusted to say, who its client is. `scheme` is what the client sees, `http` or
    `https`; empty if that is not known. `tls`: the connection is encrypted; where a trusted
    proxy says `http` or `https`, its client's. `plain`: it need not be encrypted, as it comes
    from this computer, and no trusted proxy says that its client uses `http` elsewhere.
    """

    address: str
    port: int
    local: bool
    proxied: bool
    scheme: str
    tls: bool
    plain: bool


class _Hop(NamedTuple):
    """A node of a proxy's header; `address` is None where it is hidden."""

    address: Address | None
    port: int
    scheme: str


class Peers:
    """Finds the client of a request under these settings."""

    def __init__(self, settings: Settings) -> None:
        self._trusted = settings.trusted_proxy

    def of(self, address: str, port: int, headers: Headers, *, tls: bool = False) -> Client:
        """Return the client of a request.

        Args:
            address: where its connection comes from.
            port: the port there.
            headers: of the request.
            tls: the connection is encrypted.
        """
        here = is_loopback(address)
        direct = Client(address, port, here, False, "https" if tls else "", tls, here)
        if not any(_is_sign(name) for name in headers):
            return direct
        schemes = _schemes(headers)
        scheme = schemes[-1] if schemes else ""
        proxy = direct._replace(local=False, proxied=True, scheme="")
        unknown = proxy._replace(scheme=scheme)
        if not self._is_trusted(parse(address)):
            return unknown
        if scheme:
            unknown = unknown._replace(tls=scheme == "https", plain=here and scheme != "http")
        try:
            chains = [chain for chain in (_forwarded(headers), _x_forwarded(headers)) if chain]
        except ValueError:
            return unknown
        found = {self._client(proxy, chain, schemes) for chain in chains}
        # Of two headers the proxy wrote one, and passed on the other as its client sent it.
        return found.pop() or unknown if len(found) == 1 else unknown

    def _client(self, proxy: Client, chain: list[_Hop], schemes: list[str]) -> Client | None:
        """Return the client at the rightmost address that is not a trusted proxy's."""
        place = len(chain) - 1
        while place and self._is_trusted(chain[place].address):
            place -= 1
        client = chain[place]
        if client.address is None:
            return None
        local = is_loopback(proxy.address) and all(
            hop.address is not None and hop.address.is_loopback for hop in chain
        )
        if client.address.is_loopback and not local:
            return None
        scheme = client.scheme
        if not scheme and len(schemes) in (1, len(chain)):
            scheme = schemes[place if len(schemes) > 1 else 0]
        tls = scheme == "https" if scheme else proxy.tls
        plain = local or (proxy.plain and scheme != "http")
        return Client(str(client.address), client.port, local, False, scheme, tls, plain)

    def _is_trusted(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._trusted)


@lru_cache(256)  # most clients send the same few headers
def _is_sign(name: str) -> bool:
    """Whether proxies send a header of this name, and clients do not."""
    name = name.lower().replace("_", "-")
    return name.startswith(("forwarded", "x-forwarded")) or bool(_OTHER_SIGNS.fullmatch(name))


def _items(headers: Headers, name: str) -> list[str]:
    items = ",".join(headers.getall(name, [])).split(",")
    return [item.strip() for item in items if item.strip()]


def _schemes(headers: Headers) -> list[str]:
    """Return the schemes of `X-Forwarded-Proto`; none if one of them is another."""
    found = [item.lower() for item in _items(headers, "X-Forwarded-Proto")]
    plain = [{"ws": "http", "wss": "https"}.get(item, item) for item in found]
    return plain if set(plain) <= {"http", "https"} else []


def _x_forwarded(headers: Headers) -> list[_Hop]:
    """Return the nodes of `X-Forwarded-For`. Raises `ValueError`."""
    return [_hop(item) for item in _items(headers, "X-Forwarded-For")]


def _forwarded(headers: Headers) -> list[_Hop]:
    """Return the nodes of `Forwarded` (RFC 7239, section 4). Raises `ValueError`."""
    text = ",".join(headers.getall("Forwarded", []))
    hops = []
    for pairs in _elements(text):
        values = dict(pairs)
        if len(values) != len(pairs) or "for" not in values:
            raise ValueError(text)
        scheme = values.get("proto", "").lower()
        if scheme not in ("", "http", "https"):
            raise ValueError(text)
        hops.append(_hop(values["for"], scheme))
    return hops


def _elements(text: str) -> Iterator[list[tuple[str, str]]]:
    """Return the (name, value) pairs of each element. Raises `ValueError`."""
    pairs: list[tuple[str, str]] = []
    place = 0
    while place < len(text):
        if found := _PAIR.match(text, place):
            value = found[2]
            if value.startswith('"'):
                value = re.sub(r"\\(.)", r"\1", value[1:-1])
            pairs.append((found[1].lower(), value))
            place = found.end()
            if place < len(text) and text[place] not in ",;":
                raise ValueError(text)
        elif text[place] not in ",; \t":
            raise ValueError(text)
        if text[place : place + 1] == ",":
            yield from _whole(pairs)
            pairs = []
        place += 1
    yield from _whole(pairs)


def _whole(pairs: list[tuple[str, str]]) -> Iterable[list[tuple[str, str]]]:
    return [pairs] if pairs else []


def _hop(text: str, scheme: str = "") -> _Hop:
    """Return a node, with or without a port. Raises `ValueError`."""
    if (address := parse(text)) is not None and "%" not in text:  # IPv6 without brackets
        return _Hop(address, 0, scheme)
    found = _NODE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    port = int(found["port"]) if (found["port"] or "").isdecimal() else 0
    if found["hidden"]:
        return _Hop(None, port, scheme)
    address = parse(found["six"] or found["four"])
    if address is None or port > 65535:
        raise ValueError(text)
    return _Hop(address, port, scheme)
