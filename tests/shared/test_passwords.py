"""Passwords that look the same are equal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.passwords import LONGEST, prepare


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("grüße", unicodedata.normalize("NFD", "grüße")),
        ("각", "\u1100\u1161\u11a8"),
        ("pass word", "pass\u00a0word"),
        ("pass word", "pass\u3000word"),
        ("foo bar", "foo\u1680bar"),
        ("Secret-1", "Ｓｅｃｒｅｔ－１"),  # noqa: RUF001
        ("ガ", "\uff76\uff9e"),
        ("Å", "\u212b"),
    ],
)
def test_two_ways_to_type_it(one: str, other: str) -> None:
    assert prepare(one) == prepare(other)


@pytest.mark.parametrize(
    ("one", "other"), [("secret", "Secret"), ("secret", "secret "), ("é", "e"), ("ß", "ss")]
)
def test_different_passwords_stay_different(one: str, other: str) -> None:
    assert prepare(one) != prepare(other)


@pytest.mark.parametrize("refused", ["", "a\tb", "\ud800", "a\u00adb", "a\u200bb", "\0"])
def test_a_password_that_the_rfc_refuses_is_used_as_it_is(refused: str) -> None:
    assert prepare(refused) == refused


def test_the_work_is_bounded() -> None:
    long = "e\u0301" * LONGEST
    assert prepare(long) == long


@given(st.text(max_size=20))
def test_any_text_can_be_prepared_and_stays_so(text: str) -> None:
    prepared = prepare(text)
    assert prepare(prepared) == prepared
