"""The names in `Host` that the server answers to."""

import pytest
from multidict import CIMultiDict

from server.protocols.http.errors import HttpError
from server.protocols.http.hosts import HostNames
from server.settings import Settings

SETTINGS = Settings(
    host=("Chat.Example.",),
    allow_host=frozenset({"proxy.example", "xn--mnchen-3ya.example"}),
    public_url="https://Room.Example:8443",
)


def check(*values: str) -> str:
    """Return the code of the error for a request with these `Host` headers; empty for none."""
    names = HostNames(SETTINGS, {"box", "box.local"})
    try:
        names.check(CIMultiDict([("Host", value) for value in values]))
    except HttpError as error:
        return error.problem.code
    return ""


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "LOCALHOST:1", "localhost.", "127.0.0.1", "127.0.0.1:18000", "192.0.2.7",
        "[::1]", "[::1]:18000", "[fe80::1%eth0]:1", "box", "BOX.local:80", "chat.example",
        "chat.example.:18000", "proxy.example", " localhost ",
        "[2001:DB8:0::1]:80", "[fe80::1%25eth0]", "[::ffff:127.0.0.1]", "0.0.0.0",
        "room.example",
        "XN--MNCHEN-3YA.example", "localhost:", "127.0.0.1.",
    ],
)  # fmt: skip
def test_own_hosts(host: str) -> None:
    assert check(host) == ""


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:18000", "localhost.evil.example", "127.0.0.1.x.example",
        "xlocalhost", "::1", "[localhost", "localhost:x", "a:b:c", "local host", "127.1", "",
        ":18000", "[]", "é", "user@localhost",
        "[fe80::1%a b]", "[fe80::1%a?b]", "[fe80::1%a@b]", "[fe80::1%;x]", "[fe80::1%]",
        pytest.param(f"[fe80::1%{'a' * 1000}]", id="long zone"),
        "[127.0.0.1]", "[localhost]", "localhost..", "2130706433", "0x7f.1", "0x7f000001",
        "0177.0.0.1",
        "127.0.0.1.evil.example", "localhost:80.evil.example", "localhost/evil.example",
        "evil.localhost",
        "münchen.example", "\u212aox", "localhost:٨٠", "[::1].evil.example",
        "[::1]:18000@evil.example",
    ],
)  # fmt: skip
def test_other_hosts(host: str) -> None:
    assert check(host) == "wrong_host"


def test_the_error_names_the_option() -> None:
    with pytest.raises(HttpError, match="--allow-host"):
        HostNames(SETTINGS, ()).check(CIMultiDict(Host="x.example"))


@pytest.mark.parametrize("values", [[], ["localhost", "localhost"]])
def test_a_request_has_one_host(values: list[str]) -> None:
    assert check(*values) == "bad_request"


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/room", ""),
        ("*", ""),
        ("//evil.example/room", ""),  # a path
        ("http://localhost:18000/room", ""),
        ("HTTP://[::1]/room", ""),
        ("http://evil.example/room", "wrong_host"),
        ("http://localhost@evil.example/", "wrong_host"),
        ("http://evil.example?localhost", "wrong_host"),
        ("evil.example:80", "wrong_host"),
        ("http:///room", "wrong_host"),
    ],
)
def test_a_target_may_name_the_host_too(target: str, code: str) -> None:
    names = HostNames(SETTINGS, ())
    if not code:
        names.check_target(target)
        return
    with pytest.raises(HttpError) as refused:
        names.check_target(target)
    assert refused.value.problem.code == code
