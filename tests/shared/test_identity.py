"""Who a client talks to."""

import pytest

from shared import identity
from shared.identity import ServerIdentity
from shared.joinlink import Address


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]
)
def test_this_computer(host: str) -> None:
    assert identity.is_loopback(host)


@pytest.mark.parametrize(
    "host", ["localhost.example", "192.0.2.1", "fe80::1%eth0", "0.0.0.0", "::ffff:192.0.2.1"]
)
def test_another_computer(host: str) -> None:
    assert not identity.is_loopback(host)


def test_the_scheme_says_whether_it_is_encrypted() -> None:
    address = Address("::1", 7)
    assert ServerIdentity(address).url("/a") == "http://[::1]:7/a"
    assert ServerIdentity(address, "0" * 64).url("/a") == "https://[::1]:7/a"


def test_a_fingerprint_has_four_groups_of_the_first_half() -> None:
    key = "c9a15a0ed373ea4abe485550b7cd3b0a" + "ff" * 16
    assert identity.fingerprint(key) == "C9A15A0E D373EA4A BE485550 B7CD3B0A"
