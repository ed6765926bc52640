"""Bind and addresses: over loopback, on ports that the system picks."""

import errno
import socket

import pytest

from server.processes import binding
from server.processes.binding import BindError, bind, is_loopback


def close(sockets: list[socket.socket]) -> None:
    for one in sockets:
        one.close()


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


# --- binding -----------------------------------------------------------------------------


def test_localhost_is_bound_on_all_loopback_addresses_and_one_port() -> None:
    sockets = bind(["localhost"], 0)
    try:
        assert len({one.getsockname()[1] for one in sockets}) == 1
        families = {one.family for one in sockets}
        assert socket.AF_INET in families
        assert (socket.AF_INET6 in families) == has_ipv6()
        assert is_loopback(sockets)
    finally:
        close(sockets)


def test_a_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BindError, match=f"Port {port} on 127.0.0.1 is in use") as refused:
            bind(["127.0.0.1"], port)
        assert "--port 0" in str(refused.value)


def test_a_port_in_use_on_one_address_is_in_use() -> None:
    """The other address is not left bound."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BindError, match="in use"):
            bind(["localhost"], port)
    close(bind(["localhost"], port))


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid", "a" * 70, "", "a b"])
def test_an_address_of_another_computer(host: str) -> None:
    with pytest.raises(BindError) as refused:
        bind([host], 0)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EADDRINUSE, "in use"),
        (errno.EACCES, "reserved for the administrator"),
        (errno.EADDRNOTAVAIL, "This computer does not have the address here."),
        (errno.EPERM, "Cannot listen on here:80"),
    ],
)
def test_the_error_gives_the_reason(number: int, words: str) -> None:
    assert words in binding._reason("here", 80, OSError(number, "no"))


def test_all_addresses_are_not_loopback() -> None:
    sockets = bind(["0.0.0.0"], 0)
    try:
        assert not is_loopback(sockets)
    finally:
        close(sockets)


@pytest.mark.parametrize("hosts", [["*"], ["0.0.0.0", "::"], ["*", "127.0.0.1", "::1"]])
def test_all_addresses_of_both_families(hosts: list[str]) -> None:
    sockets = bind(hosts, 0)
    try:
        bound = [one.getsockname()[0] for one in sockets]
        assert bound == (["0.0.0.0", "::"] if has_ipv6() else ["0.0.0.0"])
        assert len({one.getsockname()[1] for one in sockets}) == 1
        assert not is_loopback(sockets)
    finally:
        close(sockets)


def test_several_hosts_each_address_once() -> None:
    sockets = bind(["127.0.0.2", "LOCALHOST", "127.0.0.1"], 0)
    try:
        bound = [one.getsockname()[0] for one in sockets]
        assert bound == ["127.0.0.2", "127.0.0.1", *(["::1"] if has_ipv6() else [])]
    finally:
        close(sockets)


def test_one_host_that_cannot_be_bound_binds_none() -> None:
    with pytest.raises(BindError, match=r"192\.0\.2\.1"):
        bind(["127.0.0.1", "192.0.2.1"], 0)
