"""Paths of shared files."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.file_paths import BadPath, checked

_NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="/\\"))


@pytest.mark.parametrize("name", ["notes.txt", "my notes (2).txt", "Überblick.md", "..a", "😀"])
def test_paths_that_the_server_makes(name: str) -> None:
    path = f"/files/8a3f00/{quote(name)}"
    assert checked(path) == path


@given(_NAMES.filter(lambda name: 0 < len(name) <= 120 and name not in (".", "..")))
def test_every_name_of_a_file(name: str) -> None:
    checked(f"/files/{'0' * 32}/{quote(name)}")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "@evil.example/x",
        "//evil.example/files/a/b",
        "http://evil.example/files/a/b",
        "/files/a",
        "/files//b",
        "/files/a/",
        "/files/a/b/c",
        "/files/a/..",
        "/files/../b",
        "/files/a/%2e%2E",
        "/files/a/.",
        "/files/a/b%2fc",
        "/files/a/b%5Cc",
        "/files/a\\b/c",
        "/files/a/b\n",
        "/files/a/b\r\nHost: x",
        "/files/a/%0d%0aX",
        "/files/a/b%00",
        "/files/a/%7f",
        "/files/a/%c2%85",
        "/files/a/b c",
        "/files/a/b?x=1",
        "/files/a/b#x",
        "/files/a/%zz",
        "/files/é/b",
        "/room",
        "/FILES/a/b",
        "/files/" + "a" * 65 + "/b",
        "/files/a/" + "b" * 2000,
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(BadPath):
        checked(url)
