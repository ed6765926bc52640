"""The fingerprint that people compare."""

from shared import fingerprint


def test_four_groups_of_the_first_half() -> None:
    key = bytes.fromhex("c9a15a0ed373ea4abe485550b7cd3b0a" + "ff" * 16)
    assert fingerprint.grouped(key) == "C9A15A0E D373EA4A BE485550 B7CD3B0A"
