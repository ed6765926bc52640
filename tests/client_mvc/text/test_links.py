"""Finding links, in a time that grows with the text only."""

import sys
from types import FrameType
from typing import Any

import pytest

from client_mvc.text import markup
from client_mvc.text.links import links


def steps(text: str) -> int:
    """Return the lines run and the characters counted while the links of `text` are found."""
    total = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal total
        total += 1
        return trace

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal total
        if event == "c_call" and argument.__name__ == "count":
            total += len(text)

    before = sys.gettrace()
    sys.settrace(trace)
    sys.setprofile(profile)
    try:
        list(links(text))
        markup.split(text)
    finally:
        sys.setprofile(None)
        sys.settrace(before)
    return total


@pytest.mark.parametrize(
    "piece",
    [")", "(", "()", "(]}", "https://", "https://(", "*", "_", "`", "*a", "`a`", "```", "."],
)
@pytest.mark.parametrize("start", ["", "https://a.example/"])
def test_the_time_grows_with_the_length_only(piece: str, start: str) -> None:
    size = 200_000
    text = start + piece * (size // len(piece))
    assert steps(text) < 60 * size


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://a.example/x))))", ["https://a.example/x"]),
        ("https://a.example/(x))", ["https://a.example/(x)"]),
        ("https://a.example/(x).)", ["https://a.example/(x)"]),
        ("https://a.example/((x)", ["https://a.example/((x)"]),
        ("https://a.example/([x)])", ["https://a.example/([x)]"]),
        ("https://)))", []),
    ],
)
def test_brackets_of_the_sentence_are_no_part_of_a_link(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in links(text)] == found
