"""Names by Tab."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_mvc.controller.composer.completion import Completer
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import left

NAMES = ["bob", "Alice", "alva", "al-2", "Éloïse", "田中"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("al", ["al-2: ", "Alice: ", "alva: ", "al-2: "]),
        ("ALI", ["Alice: "]),
        ("hello b", ["hello bob "]),
        ("one\nb", ["one\nbob: "]),
        ("@al", ["@al-2 ", "@Alice "]),
        ("(él", ["(Éloïse "]),
        ("田", ["田中: "]),
        ("al-", ["al-2: "]),
    ],
)
def test_repeated_tabs(before: str, after: list[str]) -> None:
    completer, given = Completer(), []
    for _ in after:
        now = completer.complete(before, NAMES)
        assert now is not None
        given.append(now)
        before = now
    assert given == after


@pytest.mark.parametrize("before", ["", " ", "bob ", "xyz", "bob: ", "b.ob?", "@", "-"])
def test_nothing_to_complete(before: str) -> None:
    assert Completer().complete(before, NAMES) is None


def test_a_complete_name_is_left_alone() -> None:
    completer = Completer()
    assert completer.complete("bo", NAMES) == "bob: "
    assert completer.complete("bob: ", NAMES) is None


def test_a_new_word_is_a_new_completion() -> None:
    completer = Completer()
    completer.complete("al", NAMES)
    assert completer.complete("al-2: b", NAMES) == "al-2: bob "


@given(st.text(max_size=20), st.sampled_from(NAMES), st.integers(1, 3))
def test_the_text_before_the_word_stays(before: str, name: str, begun: int) -> None:
    before += " "
    completed = Completer().complete(before + name[:begun], NAMES)
    assert completed is not None
    assert completed.startswith(before)
    assert completed.rstrip(": ").endswith(tuple(NAMES))


def test_names_are_those_of_other_members(client: Client) -> None:
    client.join(members=("alice", "albert", "bob"))
    assert client.intents.composer.complete("al") == "albert: "
    client.events(left(1, "bob"))
    assert client.intents.composer.complete("bo") is None
