"""Words for times, sizes, names."""

import pytest

from client_mvc.controller import wording
from client_mvc.view.contract import COLOURS


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1 KB"),
        (2458, "2.4 KB"),
        (1024 * 1024 - 1, "1 MB"),
        (10 * 1024 * 1024, "10 MB"),
        (3 * 1024**5, "3072 TB"),
    ],
)
def test_size(count: int, words: str) -> None:
    assert wording.size(count) == words


@pytest.mark.parametrize(
    ("name", "text", "is_mention"),
    [
        ("bob", "bob", True),
        ("bob", "Hey BOB, look", True),
        ("bob", "@bob: look", True),
        ("bob", "It was bob.", True),
        ("bob", "bob-2 said so", False),
        ("bob", "anti-bob", False),
        ("bob", "bobby", False),
        ("bob-2", "bob-2?", True),
        ("Éloïse", "merci éloïse", True),
        ("a.b", "axb", False),
    ],
)
def test_mentions(name: str, text: str, is_mention: bool) -> None:
    assert wording.mentions(name)(text) is is_mention


def test_colours_are_stable_and_spread() -> None:
    # Fixed values: the colour of a name must not change with the run or the release.
    assert wording.colour("alice") == wording.colour("ALICE") == 7
    assert wording.colour("bob") == 0
    assert {wording.colour(f"name{number}") for number in range(100)} == set(range(COLOURS))
