"""What people type or paste as a server, and the link a host hands out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import limits
from shared.joinlink import Address, BadLink, parse

PIN = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("localhost", Address("localhost", limits.DEFAULT_PORT)),
        ("  example.org:7000 ", Address("example.org", 7000)),
        ("192.168.1.5:18000", Address("192.168.1.5", 18000)),
        ("Chat.Example.ORG", Address("chat.example.org")),
        ("::1", Address("::1")),
        ("[::1]:7000", Address("::1", 7000)),
        ("[::1]", Address("::1")),
        ("fe80::1", Address("fe80::1")),
        ("chatroom://host:7000", Address("host", 7000)),
        ("chatroom://host:7000/", Address("host", 7000)),
        ("CHATROOM://host/", Address("host")),
        (f"chatroom://host:7000/#sha256={PIN}", Address("host", 7000, PIN)),
        (f"chatroom://host:7000#sha256={PIN.upper()}", Address("host", 7000, PIN)),
        (f"chatroom://[::1]:7000/#sha256={PIN}", Address("::1", 7000, PIN)),
        ("münchen.example", Address("münchen.example")),
        ("chatroom://host/#", Address("host")),  # an empty fragment pins nothing
    ],
)
def test_read(text: str, address: Address) -> None:
    assert parse(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "http://host", "https://host:18000", "chatroom://", "chatroom:///", ":18000",
        "host:0", "host:65536", "host:-1", "host:x", "host name", "user@host", "user:pw@host",
        "@host", "host/path", "chatroom://host/path", "chatroom://host?x=1", "[::1", "::1]",
        "1:2:3",
        "[::1]7000", "host:1:2", "a\0b", "a\x1bb", "<host>", "ho%st",
        "chatroom://host/#sha256=", f"chatroom://host/#sha256={PIN[1:]}",
        f"chatroom://host/#sha256={PIN}0", f"chatroom://host/#{PIN}", "chatroom://host/#sha256=xyz",
    ],
)  # fmt: skip
def test_refused_in_a_persons_words(text: str) -> None:
    with pytest.raises(BadLink) as refused:
        parse(text)
    assert str(refused.value).isprintable()


_hosts = st.one_of(
    st.ip_addresses().map(str),
    st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?", fullmatch=True),
)
_addresses = st.builds(
    Address,
    _hosts,
    st.integers(1, 65535),
    st.none() | st.text("0123456789abcdef", min_size=64, max_size=64),
)


@given(_addresses)
def test_a_link_leads_back(address: Address) -> None:
    assert parse(address.link()) == address
    assert parse(str(address)) == address._replace(fingerprint=None)


@given(st.text() | st.text("[]:/#@?%a0.\u2028 ").map("chatroom://{}".format))
def test_any_text_is_an_address_or_a_bad_link(text: str) -> None:
    try:
        address = parse(text)
    except BadLink:
        return
    assert parse(address.link()) == address
    assert address.host.isprintable()
    assert 1 <= address.port <= 65535
