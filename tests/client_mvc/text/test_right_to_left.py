"""Right-to-left text as it is drawn: order, forms, brackets; no text fails or gets lost."""

import pytest
from bidi import get_display
from bidi.mirror import MIRRORED
from hypothesis import given
from hypothesis import strategies as st

from client_mvc.text.right_to_left import is_needed, one_line, paragraph, reordered

HEBREW = "אבגדהוזחטיךכל"
ORDERED = st.text(alphabet=HEBREW + "abc 0123٣٤()[]<>«»-+,.:!?%$/").map(str.strip)
# Marks, lam and alef, controls and isolates, emoji of several characters, an unassigned one.
ANY = st.text(
    alphabet=st.one_of(
        st.sampled_from(
            "אבשלָׁ لااَّبتە‌ـ ab12()\t😀👍🏻❤\ufe0f\u200d\u200e\u200f\u202a\u202b\u202c\u202d"
            "\u202e\u2066\u2067\u2068\u2069\u061c\u2028\ufeff\U0001fae9\U000e0067\U000107ff"
        ),
        st.characters(exclude_characters="\n"),
    )
)


@pytest.mark.parametrize(
    ("said", "drawn"),
    [
        ("plain", "plain"),
        ("שלום", "םולש"),
        ("שלום (hello)", "(hello) םולש"),
        ("a שלום b", "a םולש b"),
        ("שווה 123-456!", "!123-456 הווש"),
        # Both brackets of a pair have one direction, that of the words in and around them.
        ("ראה f(x)", "f(x) האר"),
        ("שלום hello (world)", "hello (world) םולש"),
        ("אב (ab) cd", "cd (ab) בא"),
        ("שלום [a] b", "b [a] םולש"),
        ("C++ (שפה) טוב", "C++ (הפש) בוט"),
        ("ab (אב) cd", "ab (בא) cd"),
        ("مرحبا (abc) x", "x (abc) \ufe8e\ufe92\ufea3\ufeae\ufee3"),
        ("אב a(ב)c", "c(ב)a בא"),
        ("אב (((", "))) בא"),
        ("א a(b\u05b7)\u05b7", "a(b\u05b7)\u05b7 א"),
        # Letters have the forms of their places; lam and alef are one sign.
        ("بيت", "\ufe96\ufef4\ufe91"),
        ("لا", "\ufefb"),
        # A mark stands in front of its letter, where fonts expect it.
        ("שָל", "ל\u05b8ש"),
        ("لَا", "\u064e\ufefb"),
        ("ש\u2067ab\u2069", "abש"),
        ("ש👍🏻", "👍🏻ש"),
    ],
)
def test_a_line_is_drawn_from_left_to_right(said: str, drawn: str) -> None:
    assert one_line(said) == drawn


def test_only_right_to_left_text_needs_it() -> None:
    assert is_needed("שלום")
    assert is_needed("say مرحبا")
    assert is_needed("\U0001e900")
    assert not any(map(is_needed, ("", "plain", "Größen 👍", "Привет", "田中", "१२")))


def test_a_link_is_not_reordered() -> None:
    said = "ראה https://a.example/b/ עכשיו"
    link = said.index("http"), said.index("/ ") + 1
    whole = paragraph(said, [link])
    drawn = "".join(each.text for each in reordered(whole.clusters, whole.base))
    assert "https://a.example/b/" in drawn
    assert "https://a.example/b/" not in one_line(said)


def test_the_levels_of_a_line_are_those_of_its_paragraph() -> None:
    said = "אב (cd\nef) גד".replace("\n", " ")
    whole = paragraph(said)
    lines = whole.clusters[:7], whole.clusters[7:]
    drawn = ["".join(each.text for each in reordered(line, whole.base)) for line in lines]
    assert drawn == ["cd) בא", "דג (ef"]


def alike(drawn: str) -> str:
    """Return a line without what the faster half of python-bidi leaves out: mirroring."""
    return "".join(min(each, MIRRORED.get(each, each)) for each in drawn)


@given(ORDERED)
def test_the_order_is_that_of_the_algorithm(said: str) -> None:
    if is_needed(said):
        assert alike(one_line(said)) == alike(get_display(said))


@given(st.text(alphabet=HEBREW + " ()!,.%-").map(str.strip))
def test_text_of_one_direction_is_drawn_alike_by_the_short_way(said: str) -> None:
    if is_needed(said):
        assert alike(one_line(said)) == alike(get_display(said))


@given(ANY)
def test_every_character_has_its_place(said: str) -> None:
    whole = paragraph(said)
    covered = "".join(said[each.start : each.end] for each in whole.clusters)
    assert covered == (said if whole.clusters else "")
    line = reordered(whole.clusters, whole.base)
    spaces = len(whole.clusters) - len(line)
    assert all(each.is_space for each in whole.clusters[len(whole.clusters) - spaces :])
    assert sorted(each.start for each in line) == [
        each.start for each in whole.clusters[: len(line)]
    ]
