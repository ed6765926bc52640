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
        ("chatroom://host/#owner=", Address("host")),
        ("chatroom://host/#colour=red&flag", Address("host")),
        (f"chatroom://host/#{KEY}", Address("host")),
        ("http://host", Address("host", 80)),
        ("https://chat.example.org", Address("chat.example.org", 443)),
        ("https://chat.example.org/", Address("chat.example.org", 443)),
        ("HTTPS://Chat.Example.org:18000/", Address("chat.example.org", 18000)),
        ("http://192.168.1.5:18000/files/a1/notes.txt", Address("192.168.1.5")),
        ("https://[fe80::1]:7000/?x=1", Address("fe80::1", 7000)),
        ("https://host:18000?x=1#later=1", Address("host")),
        ("R2M0-2508", Address("192.168.1.20")),
        (" r2m0 25o8 ", Address("192.168.1.20")),
        ("R2M02508", Address("192.168.1.20")),
        ("0A00-00E7-WG3", Address("10.0.0.7", 8080)),
        ("lanparty", Address("lanparty")),
        ("desktop1", Address("desktop1")),
        ("R2M0-2509", Address("r2m0-2509")),
        ("R2M0-2508:18000", Address("r2m0-2508")),
        ("chatroom://R2M0-2508/", Address("r2m0-2508")),
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
        (f"https://host:7000/#sha256={KEY}", JoinLink((Address("host", 7000),), KEY)),
        (
            f"https://host/room?x#owner=s3cret&sha256={BASE64URL}",
            JoinLink((Address("host", 443),), KEY, "s3cret"),
        ),
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
        "", " ", "ftp://host", "http://", "https:///", "https://:18000/", "http://host:0/",
        "http://host:65536", "https://user@host/", "https://user:pw@host/", "https://a,b/",
        "https://host\\@other/", "https://host/#sha256=xyz", "wss://host", "chatroom://",
        "chatroom:///", ":18000", "host:0", "host:65536", "host:-1", "host:x", "host name",
        "user@host", "user:pw@host", "@host", "host/path", "chatroom://host/path",
        "chatroom://host?x=1", "[::1", "::1]", "1:2:3",
        "[::1]7000", "host:1:2", "a\0b", "a\x1bb", "<host>", "ho%st",
        "chatroom://host/#sha256=", f"chatroom://host/#sha256={KEY[1:]}",
        f"chatroom://host/#sha256={KEY}0", "chatroom://host/#sha256=xyz",
        "chatroom://a,/", ",a",
        f"chatroom://host/#sha256={BASE64URL[1:]}",
        f"chatroom://host/#sha256=!{BASE64URL[1:]}",
        "chatroom://host/#owner=\udcd9",
    ],
)  # fmt: skip
def test_refused_in_a_persons_words(text: str) -> None:
    with pytest.raises(BadLink) as refused:
        parse(text)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("text", ["R2M0 2509", "R2M0 25 08 1 2 3", "r2m0\t2580"])
def test_a_mistyped_code_with_spaces_cannot_be_a_name(text: str) -> None:
    with pytest.raises(BadLink, match="typing error"):
        parse(text)


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
    st.none() | st.text("abcXYZ012_-&=#+% \u20ac", min_size=1),
    st.none() | st.integers(1, 2**53),
)


@given(_links)
def test_a_link_leads_back(link: JoinLink) -> None:
    assert parse(str(link)) == link
    web = str(link._replace(addresses=(link.address,))).replace("chatroom", "https", 1)
    assert parse(web) == link._replace(addresses=(link.address,))
    assert parse(str(link.address)).addresses == (link.address,)


@given(
    st.text()
    | st.text("[]:/#@?%a0,.\u2028 ").map("chatroom://{}".format)
    | st.text("[]:/#@?%a0,.\u2028 ").map("https://{}".format)
    | st.text("0A1iLoR2 -", min_size=8, max_size=12)
)
def test_any_text_is_a_link_or_a_bad_link(text: str) -> None:
    try:
        link = parse(text)
    except BadLink:
        return
    assert parse(str(link)).addresses == link.addresses
    assert all(address.host.isprintable() for address in link.addresses)
    assert all(1 <= address.port <= 65535 for address in link.addresses)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chatroom://host/#message=17", 17),
        (f"https://host/#sha256={KEY}&message=9007199254740991", 2**53 - 1),
        ("chatroom://host/#message=0", None),
        ("chatroom://host/#message=-1", None),
        ("chatroom://host/#message=x", None),
        ("chatroom://host/#message=99999999999999999999", None),
    ],
)
def test_a_link_can_lead_to_a_message(text: str, message: int | None) -> None:
    link = parse(text)
    assert link.message == message
    assert parse(str(link)) == link
