"""The text that names a server, and the join link."""

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import limits
from shared.joinlink import Address, BadLink, JoinLink, parse

KEY = "0123456789abcdef" * 4


BASE64URL = urlsafe_b64encode(bytes.fromhex(KEY)).decode().rstrip("=")


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
        ("münchen.example", Address("münchen.example")),
        ("chatroom://host/#", Address("host")),
        ("chatroom://host/#colour=red&flag", Address("host")),
        (f"chatroom://host/#{KEY}", Address("host")),
    ],
)
def test_read_an_address(text: str, address: Address) -> None:
    assert parse(text) == JoinLink((address,))


@pytest.mark.parametrize(
    ("text", "link"),
    [
        (f"chatroom://host:7000/#sha256={KEY}", JoinLink((Address("host", 7000),), KEY)),
        (f"chatroom://host:7000#sha256={KEY.upper()}", JoinLink((Address("host", 7000),), KEY)),
        (f"chatroom://[::1]:7000/#sha256={KEY}", JoinLink((Address("::1", 7000),), KEY)),
        (f"chatroom://host/#sha256={BASE64URL}", JoinLink((Address("host"),), KEY)),
        (f"chatroom://host/#sha256={BASE64URL}=", JoinLink((Address("host"),), KEY)),
        (
            f"chatroom://a:18000,b:7000,[::1]/#later=1&sha256={KEY}&owner=s3cret",
            JoinLink((Address("a"), Address("b", 7000), Address("::1")), KEY, "s3cret"),
        ),
    ],
)
def test_read_a_link(text: str, link: JoinLink) -> None:
    assert parse(text) == link


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "http://host", "https://host:18000", "chatroom://", "chatroom:///", ":18000",
        "host:0", "host:65536", "host:-1", "host:x", "host name", "user@host", "user:pw@host",
        "@host", "host/path", "chatroom://host/path", "chatroom://host?x=1", "[::1", "::1]",
        "1:2:3",
        "[::1]7000", "host:1:2", "a\0b", "a\x1bb", "<host>", "ho%st",
        "chatroom://host/#sha256=", f"chatroom://host/#sha256={KEY[1:]}",
        f"chatroom://host/#sha256={KEY}0", "chatroom://host/#sha256=xyz",
        "chatroom://a,/", ",a",
        f"chatroom://host/#sha256={BASE64URL[1:]}",
        f"chatroom://host/#sha256=!{BASE64URL[1:]}",
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
_links = st.builds(
    JoinLink,
    st.lists(st.builds(Address, _hosts, st.integers(1, 65535)), min_size=1, max_size=3).map(
        tuple
    ),
    st.none() | st.text("0123456789abcdef", min_size=64, max_size=64),
    st.none() | st.text("abcXYZ012_-", min_size=1),
)


@given(_links)
def test_a_link_leads_back(link: JoinLink) -> None:
    assert parse(str(link)) == link
    assert parse(str(link.address)).addresses == (link.address,)


@given(st.text() | st.text("[]:/#@?%a0,.\u2028 ").map("chatroom://{}".format))
def test_any_text_is_a_link_or_a_bad_link(text: str) -> None:
    try:
        link = parse(text)
    except BadLink:
        return
    assert parse(str(link)).addresses == link.addresses
    assert all(address.host.isprintable() for address in link.addresses)
    assert all(1 <= address.port <= 65535 for address in link.addresses)
