"""The markup of a message: its styles; and that no character is lost or changed."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_mvc.text.links import links
from client_mvc.text.markup import in_block, split, without_marks


def styled(text: str) -> list[tuple[str, str]]:
    """The runs that are not plain, without the marks."""
    return [(run.style, run.text) for run in split(text) if run.style not in ("plain", "mark")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("say `pip install x` now", [("code", "pip install x")]),
        ("`a` and `b`", [("code", "a"), ("code", "b")]),
        ("*bold* and **bold too**", [("bold", "bold"), ("bold", "bold too")]),
        ('(*really*), "*so*"!', [("bold", "really"), ("bold", "so")]),
        ("*two words*", [("bold", "two words")]),
        ("*use `a*b` now*", [("bold", "use "), ("code", "a*b"), ("bold", " now")]),
        ("```\nx = 1\ny = 2\n```", [("block", "x = 1\ny = 2\n")]),
        ("```python\nx\n```", [("block", "x\n")]),
        ("see ```x *y* `z` ```", [("block", "x *y* `z` ")]),
        ("```a```*b*", [("block", "a"), ("bold", "b")]),
        ("*see https://a.example/b*", [("bold", "see https://a.example/b")]),
        ("*Привет* `码`", [("bold", "Привет"), ("code", "码")]),
    ],
)
def test_markup_is_styled(text: str, expected: list[tuple[str, str]]) -> None:
    assert styled(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "2*3*4",
        "a * b * c",
        "* one\n* two",
        "*not\nover lines*",
        "* not*",
        "*not *",
        "*",
        "**",
        "****",
        "***",
        "`",
        "``",
        "`not\nover lines`",
        "``double``",
        "``` never closed",
        "``````",
        "``` ```",
        "https://a.example/*b*",
        "https://a.example/?q=*b*&r=*c*",
        "*\ufe0f\u20e3 and *\ufe0f\u20e3",
        "snake_case_name and _under_",
    ],
)
def test_other_text_stays_plain(text: str) -> None:
    assert styled(text) == []


TEXTS = st.text() | st.lists(
    st.sampled_from(
        [
            "*",
            "**",
            "`",
            "```",
            "\n",
            " ",
            "a",
            "b1",
            "https://x.example/*",
            "👍",
            "*\ufe0f\u20e3",
        ]
    ),
    max_size=40,
).map("".join)


@given(TEXTS)
def test_the_runs_make_up_the_text(text: str) -> None:
    runs = split(text)
    assert "".join(run.text for run in runs) == (text if runs else "")
    assert all(run.text for run in runs)
    assert all(run.style != other.style for run, other in pairwise(runs))


@given(TEXTS)
def test_marks_are_the_characters_typed_for_them(text: str) -> None:
    for run in split(text):
        if run.style == "mark":
            typed = run.text.replace("`", "").replace("*", "")
            assert not typed or run.text.startswith("```")
        if run.style in ("bold", "code"):
            assert "\n" not in run.text


@given(TEXTS)
def test_a_link_outside_code_is_one_run(text: str) -> None:
    at, ends = 0, set()
    for run in split(text):
        at += len(run.text)
        ends.add(at)
    if "`" not in text:
        for start, end in links(text):
            assert not any(start < place < end for place in ends)


@pytest.mark.parametrize(
    "piece", ["*a", "* ", "`a", "`", "```", "*a b", "https://*", "*\ufe0f"]
)
def test_a_hostile_text_is_fast(piece: str) -> None:
    text = (piece * 8000)[:8000]
    began = time.thread_time()
    split(text)
    assert time.thread_time() - began < 1.0


@pytest.mark.parametrize(
    ("text", "cut", "line"),
    [
        ("plain", False, "plain"),
        ("run `make` and **wait**", False, "run make and wait"),
        ("see ```a = 1``` below", False, "see a = 1 below"),
        ("see ```py a = 1", False, "see py a = 1"),
        ("2*3 and a ` alone", False, "2*3 and a ` alone"),
        ("*not ended", False, "*not ended"),
        ("then *not ended ", True, "then not ended"),
        ("then **not", True, "then not"),
        ("*all* but `this", True, "all but this"),
        ("2*3", True, "2*3"),
    ],
)
def test_a_line_without_styles_has_no_marks(text: str, cut: bool, line: str) -> None:
    assert without_marks(text, cut=cut) == line


@pytest.mark.parametrize(
    ("before", "inside"),
    [
        ("", False),
        ("`x`", False),
        ("```", True),
        ("look: ```py\nx = 1", True),
        ("```\nx\n```", False),
        ("```\nx\n``` and ```", True),
    ],
)
def test_an_opening_mark_without_its_closing_one_is_a_block(before: str, inside: bool) -> None:
    assert in_block(before) is inside
