"""Which texts can be said (docs/protocol.md, `text`)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import limits, texts
from tests import strategies


@given(strategies.said_texts)
def test_what_is_said_is_what_is_read(text: str) -> None:
    assert texts.tidy(text) == text


@pytest.mark.parametrize(
    ("typed", "said"),
    [("a\r\nb", "a\nb"), ("a\rb", "a\nb"), ("\r\r\n\n", "\n\n\n"), ("\t ", "\t "), (" ", " ")],
)
def test_line_ends_become_line_feeds(typed: str, said: str) -> None:
    assert texts.tidy(typed) == said


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("x" * (limits.TEXT_CHARACTERS + 1), "too_long"),
        ("a\0", "bad_request"),
        ("\x07", "bad_request"),
        ("\x1b[31m", "bad_request"),
        ("\x7f", "bad_request"),
        ("\x85", "bad_request"),
        ("\x9f", "bad_request"),
        ("\x0b", "bad_request"),
        ("\x0c", "bad_request"),
    ],
)
def test_refused(text: str, code: str) -> None:
    with pytest.raises(texts.BadText) as refused:
        texts.tidy(text)
    assert refused.value.problem.code == code
    assert refused.value.problem.reason.isprintable()


def test_length_counts_after_line_ends_are_tidy() -> None:
    assert len(texts.tidy("\r\n" * limits.TEXT_CHARACTERS)) == limits.TEXT_CHARACTERS


@given(st.text())
def test_any_text_is_said_or_refused_and_tidy_stays_tidy(text: str) -> None:
    try:
        tidy = texts.tidy(text)
    except texts.BadText:
        return
    assert texts.tidy(tidy) == tidy


def test_something_else_can_stand_for_control_characters() -> None:
    assert texts.defuse("a\0\r\nb\x1b\tc\x85") == "a\ufffd\nb\ufffd\tc\ufffd"
    assert texts.defuse("a\0\r\nb\x1b\tc\x85", "") == "a\nb\tc"


@given(st.text())
def test_a_defused_file_can_be_shown(text: str) -> None:
    shown = texts.defuse(text)
    if shown and len(shown) <= limits.TEXT_CHARACTERS:
        assert texts.tidy(shown) == shown
    assert (
        shown.count("\n") == len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1
    )


@pytest.mark.parametrize(
    ("typed", "told"),
    [("", ""), (" \n ", ""), ("a\r\nb \t c", "a b c"), ("x" * 9000, "x" * 9000)],
)
def test_a_topic_or_a_reason_is_one_line(typed: str, told: str) -> None:
    assert texts.one_line(typed) == told


@pytest.mark.parametrize("text", ["a\0", "\x1b[31m", "\x85", "\x1c"])
def test_a_topic_has_no_control_characters(text: str) -> None:
    with pytest.raises(texts.BadText):
        texts.one_line(text)
