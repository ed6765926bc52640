"""Who sends a request, behind proxies and without."""

from ipaddress import ip_network

import pytest
from multidict import CIMultiDict

from server.protocols.http.peers import Client, Peers
from server.settings import Settings

SETTINGS = Settings(
    trusted_proxy=(
        ip_network("127.0.0.1"),
        ip_network("::1"),
        ip_network("10.0.0.0/8"),
        ip_network("2001:db8:1::/48"),
    )
)
CLIENT = "203.0.113.5"


def client(address: str, *headers: tuple[str, str], settings: Settings = SETTINGS) -> Client:
    return Peers(settings).of(address, 4000, CIMultiDict([("Host", "localhost"), *headers]))


def test_without_a_proxy_it_is_the_other_end() -> None:
    assert client("192.0.2.1") == Client("192.0.2.1", 4000, False, False, "", False, False)
    assert client("127.0.0.1").local
    assert client("::1").local
    assert client("::ffff:127.0.0.1").local


@pytest.mark.parametrize(
    "header",
    [
        ("X-Forwarded-For", CLIENT), ("X-Forwarded-For", "127.0.0.1"),
        ("Forwarded", f"for={CLIENT}"),
        ("Forwarded", "for=127.0.0.1"), ("X-Forwarded-Proto", "https"), ("Via", "1.1 proxy"),
        ("X-Real-IP", CLIENT), ("X-Forwarded-Host", "localhost"), ("X-Forwarded-For", ""),
        ("x-forwarded-for", "rubbish"), ("X-Forwarded", f"for={CLIENT}"),
        ("X_Forwarded_For", CLIENT), ("X-Client-IP", CLIENT), ("CF-Connecting-IP", CLIENT),
        ("True-Client-IP", CLIENT), ("X-Cluster-Client-IP", CLIENT), ("Client-IP", CLIENT),
        ("Fastly-Client-IP", CLIENT), ("Fly-Client-IP", CLIENT), ("X-Original-For", CLIENT),
        ("X-Envoy-External-Address", CLIENT), ("X-ProxyUser-IP", CLIENT),
    ],
)  # fmt: skip
def test_a_header_that_nobody_trusts_only_shows_that_there_is_a_proxy(
    header: tuple[str, str],
) -> None:
    for settings in (Settings(), Settings(trusted_proxy=(ip_network("192.0.2.9"),))):
        found = client("127.0.0.1", header, settings=settings)
        assert (found.address, found.port) == ("127.0.0.1", 4000)
        assert (found.local, found.proxied, found.tls) == (False, True, False)


@pytest.mark.parametrize(
    ("value", "address", "port"),
    [
        (CLIENT, CLIENT, 0),
        (f"{CLIENT}:1234", CLIENT, 1234),
        (f" {CLIENT} ", CLIENT, 0),
        (f"192.0.2.66, {CLIENT}", CLIENT, 0),  # what the client itself sent stands before
        (f"127.0.0.1, {CLIENT}", CLIENT, 0),
        (f"rubbish in front? no, {CLIENT}", None, 0),
        (f"unknown, {CLIENT}", CLIENT, 0),
        (f"{CLIENT}, 10.1.2.3", CLIENT, 0),  # two trusted proxies
        (f"{CLIENT}, 10.1.2.3, 127.0.0.1", CLIENT, 0),
        (f", {CLIENT}", CLIENT, 0),
        ("2001:db8::7", "2001:db8::7", 0),
        ("[2001:db8::7]:99", "2001:db8::7", 99),
        ("[2001:DB8:0:0::7]", "2001:db8::7", 0),
        (f"::ffff:{CLIENT}", CLIENT, 0),
        ("10.9.9.9", "10.9.9.9", 0),  # all are proxies: the first
        ("unknown", None, 0),
        ("", None, 0),
        ("evil", None, 0),
        (f"{CLIENT}:99999", None, 0),
        (f"{CLIENT}:x", None, 0),
        (f"{CLIENT} 1", None, 0),
        ("[203.0.113.5]", None, 0),
        ("fe80::1%eth0", None, 0),
        ("203.0.113.500", None, 0),
        ("127.0.0.1, 10.1.2.3", None, 0),  # nobody out there has this address
    ],
)
def test_x_forwarded_for(value: str, address: str | None, port: int) -> None:
    found = client("127.0.0.1", ("X-Forwarded-For", value))
    if address is None:
        assert (found.address, found.proxied, found.local) == ("127.0.0.1", True, False)
    else:
        assert found == Client(address, port, False, False, "", False, True)


@pytest.mark.parametrize(
    ("value", "address", "port"),
    [
        (f"for={CLIENT}", CLIENT, 0),
        (f"For={CLIENT};Proto=http;by=10.0.0.1", CLIENT, 0),
        (f'for="{CLIENT}:1234"', CLIENT, 1234),
        (f'by=10.0.0.1 ; for="{CLIENT}"', CLIENT, 0),
        ('for="[2001:db8::7]:4711"', "2001:db8::7", 4711),
        ('for="[2001:db8::7]"', "2001:db8::7", 0),
        (f"for=192.0.2.66, for={CLIENT}", CLIENT, 0),
        (f"for={CLIENT}, for=10.0.0.1", CLIENT, 0),
        (f'for={CLIENT};host="a,b;c\\"d"', CLIENT, 0),
        (f'for={CLIENT}, for="[2001:db8:1::9]:80"', CLIENT, 0),
        (f"for=_hidden, for={CLIENT}", CLIENT, 0),
        (f'for="{CLIENT}:_port"', CLIENT, 0),
        (f"for={CLIENT}:80", None, 0),  # it needs quotes
        ("for=unknown", None, 0),
        ('for="_gazonk"', None, 0),
        ("for=", None, 0),
        ("for", None, 0),
        (f"for={CLIENT} for=1.2.3.4", None, 0),
        (f"for={CLIENT};for=1.2.3.4", None, 0),
        ("proto=https", None, 0),
        (f"for={CLIENT};proto=gopher", None, 0),
        (f'for="{CLIENT}', None, 0),
        (f"for={CLIENT}, rubbish", None, 0),
    ],
)
def test_forwarded(value: str, address: str | None, port: int) -> None:
    found = client("127.0.0.1", ("Forwarded", value))
    if address is None:
        assert (found.address, found.proxied, found.local) == ("127.0.0.1", True, False)
    else:
        assert (found.address, found.port, found.proxied) == (address, port, False)


def test_lines_of_one_header_are_one_list() -> None:
    lines = [("X-Forwarded-For", "192.0.2.66"), ("X-Forwarded-For", CLIENT)]
    assert client("10.0.0.1", *lines).address == CLIENT
    lines = [("Forwarded", f"for={CLIENT}"), ("Forwarded", "for=10.0.0.3")]
    assert client("10.0.0.1", *lines).address == CLIENT


def test_two_headers_that_differ_are_not_believed() -> None:
    """Proxies write one of them and pass the other on, as the client sent it."""
    both = ("X-Forwarded-For", CLIENT), ("Forwarded", "for=192.0.2.66")
    assert client("127.0.0.1", *both).proxied
    both = ("X-Forwarded-For", CLIENT), ("Forwarded", f"for={CLIENT}")
    assert client("127.0.0.1", *both).address == CLIENT


def test_a_client_on_this_computer_behind_its_own_proxy_is_local() -> None:
    assert client("127.0.0.1", ("X-Forwarded-For", "127.0.0.1")).local
    assert client("::1", ("Forwarded", 'for="[::1]"')).local
    assert not client("10.0.0.1", ("X-Forwarded-For", "127.0.0.1")).local
    assert not client("127.0.0.1", ("X-Forwarded-For", f"127.0.0.1, {CLIENT}")).local


@pytest.mark.parametrize(
    ("headers", "scheme"),
    [
        ([("X-Forwarded-For", CLIENT), ("X-Forwarded-Proto", "HTTPS")], "https"),
        ([("X-Forwarded-For", CLIENT), ("X-Forwarded-Proto", "wss")], "https"),
        ([("X-Forwarded-For", CLIENT), ("X-Forwarded-Proto", "http")], "http"),
        ([("X-Forwarded-For", CLIENT), ("X-Forwarded-Proto", "x")], ""),
        (
            [("X-Forwarded-For", f"{CLIENT}, 10.0.0.2"), ("X-Forwarded-Proto", "https, http")],
            "https",
        ),
        ([("Forwarded", f"for={CLIENT};proto=https")], "https"),
        ([("Forwarded", f"for={CLIENT};proto=https, for=10.0.0.2;proto=http")], "https"),
    ],
)
def test_scheme(headers: list[tuple[str, str]], scheme: str) -> None:
    found = client("127.0.0.1", *headers)
    assert (found.address, found.scheme, found.tls) == (CLIENT, scheme, scheme == "https")


# --- encryption --------------------------------------------------------------------------

PROTO = "X-Forwarded-Proto"
FOR = ("X-Forwarded-For", CLIENT)


@pytest.mark.parametrize(
    ("address", "headers", "over_tls", "tls", "plain"),
    [
        ("192.0.2.1", [], False, False, False),
        ("192.0.2.1", [], True, True, False),
        ("127.0.0.1", [], False, False, True),
        ("127.0.0.1", [], True, True, True),
        # a header of somebody who is not trusted changes nothing
        ("192.0.2.1", [(PROTO, "https")], False, False, False),
        ("192.0.2.1", [FOR, (PROTO, "http")], True, True, False),
        # what a trusted proxy says counts
        ("10.0.0.1", [FOR, (PROTO, "https")], False, True, False),
        ("10.0.0.1", [FOR, (PROTO, "http")], True, False, False),
        ("10.0.0.1", [("Forwarded", f"for={CLIENT};proto=https")], False, True, False),
        ("10.0.0.1", [("Forwarded", f"for={CLIENT};proto=http")], True, False, False),
        ("10.0.0.1", [(PROTO, "https")], False, True, False),
        ("127.0.0.1", [FOR, (PROTO, "https")], False, True, True),
        ("127.0.0.1", [FOR, (PROTO, "http")], False, False, False),
        ("127.0.0.1", [(PROTO, "http")], False, False, False),
        ("127.0.0.1", [("X-Forwarded-For", "127.0.0.1"), (PROTO, "http")], False, False, True),
        # and if it says nothing, its own connection does
        ("10.0.0.1", [FOR], False, False, False),
        ("10.0.0.1", [FOR], True, True, False),
        ("127.0.0.1", [FOR], False, False, True),
    ],
)
def test_what_counts_as_encrypted(
    address: str, headers: list[tuple[str, str]], over_tls: bool, tls: bool, plain: bool
) -> None:
    found = Peers(SETTINGS).of(address, 4000, CIMultiDict(headers), tls=over_tls)
    assert (found.tls, found.plain) == (tls, plain)


def test_a_proxy_on_this_computer_that_is_not_trusted_may_speak_plain() -> None:
    """It is one of the installations from before there was TLS."""
    for header in (FOR, (PROTO, "http"), ("Via", "1.1 proxy")):
        assert client("127.0.0.1", header, settings=Settings()).plain
