"""Folding: which texts are equal in a search."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given

from shared import folding
from shared.folding import fold
from tests import strategies

PRIMARY_EQUALS = Path(__file__).with_name("primary_equals.txt")
"""Each line has texts with one primary key in the default table of UTS #10 (DUCET 13.0)."""

# The marks that this table ignores at primary strength, of Latin, Greek, Cyrillic, Hebrew,
# Arabic and Devanagari: first and last of each range.
IGNORED_MARKS = [
    *[(0x0300, 0x0362), (0x0483, 0x0489), (0x0591, 0x05BD), (0x05BF, 0x05BF), (0x05C1, 0x05C2)],
    *[(0x05C4, 0x05C5), (0x05C7, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670)],
    *[(0x06D6, 0x06DC), (0x06DF, 0x06E4), (0x06E7, 0x06E8), (0x06EA, 0x06ED), (0x08D3, 0x08E1)],
    *[(0x08E3, 0x0903), (0x093C, 0x093C), (0x0951, 0x0954), (0x1AB0, 0x1ABE), (0x1DC0, 0x1DC9)],
    *[(0x20D0, 0x20F0), (0xA66F, 0xA672), (0xA8E0, 0xA8F1), (0xFE20, 0xFE2F)],
]


def classes() -> list[list[str]]:
    return [line.split(" ") for line in PRIMARY_EQUALS.read_text("utf-8").splitlines()]


def test_texts_with_one_primary_key_are_equal() -> None:
    assert len(classes()) > 500
    assert [line for line in classes() if len({fold(text) for text in line}) > 1] == []


def test_marks_without_a_primary_key_do_not_count() -> None:
    marks = [chr(code) for first, last in IGNORED_MARKS for code in range(first, last + 1)]
    assert [f"{ord(mark):04X}" for mark in marks if fold(f"x{mark}") != "x"] == []


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Łódź", "lodz"),
        ("Ørsted", "orsted"),
        ("Straße STRAẞE", "strasse strasse"),
        ("Æon Œuvre", "aeon oeuvre"),
        ("Đà Nẵng", "da nang"),
        ("Ħal Għaxaq", "hal ghaxaq"),
        ("ŧŦ", "tt"),
        ("Þór Eiður", "thor eidur"),
        ("ILIK ılık İLİK", "ilik ilik ilik"),
        ("coŀlecció col·lecció", "colleccio colleccio"),
        ("Əli", "eli"),
        ("ŋŊ", "nn"),
        ("ŉ", "'n"),
        ("ǅ ﬁ Å", "dz fi a"),
        ("ґанок їжак", "ганок іжак"),
        ("ΣΟΦΌΣ σοφος", "σοφοσ σοφοσ"),
        ("τῷ ᾄδω", "τω αδω"),
        ("मैं ज़रूर", "मै जरूर"),
        ("चाँद चांद", "चाद चाद"),
        ("ปู่ ปู ปุ", "ปู ปู ปุ"),
        ("ນ້ຳ", fold("ນຳ")),
        ("שָׁלוֹם מלך", "שלומ מלכ"),
        ("مُحَـــمَّد", "محمد"),
        ("カタカナ ｶﾞ", "かたかな が"),
        ("か\u3099", "が"),
        ("\u1112\u1161\u11ab", "한"),
        ("٣ ३ ３ ³", "3 3 3 3"),
        ("1\ufe0f\u20e3", "1"),
        ("soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth"),
    ],
)
def test_what_a_text_becomes(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    "texts",
    ["'`’‘‚‛ʼʻ′´＇‹›", '"“”„‟«»″＂', "-‐‑‒–—―−－⸺", " \t\u00a0\u1680\u2003\u202f\u3000"],
    ids=["apostrophes", "quotation marks", "dashes", "spaces"],
)
def test_signs_of_one_kind_are_equal(texts: str) -> None:
    assert {fold(sign) for sign in texts} == {texts[0]}


@pytest.mark.parametrize(
    "words",
    ["か が", "ぱ ば", "कि कु", "คิ คุ", "ดี ดิ", "นำ นา", "ⰰ ⰱ", "l n", "¨ ´", "한 하", "ь ъ"],
)
def test_what_tells_two_words_apart_stays(words: str) -> None:
    one, other = words.split()
    assert fold(one) != fold(other)


@given(strategies.anything)
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(strategies.anything)
def test_composed_or_not_is_the_same(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(strategies.anything)
def test_the_parts_are_the_whole(text: str) -> None:
    parts = folding.fold_parts(text)
    assert len(parts) == len(text)
    assert "".join(parts) == fold(text)


def test_no_character_is_an_error_or_depends_on_its_neighbours() -> None:
    for code in range(0x110000):
        folded = fold(character := chr(code))
        assert folded == character or fold(folded) == folded, f"{code:04X}"


def test_the_table_stays_small() -> None:
    fold("".join(map(chr, range(0x80, 0xD800))))
    fold("".join(map(chr, range(0x20000, 0x30000))))
    assert len(folding._FOLDED) <= folding._MOST_KNOWN


def test_many_marks_in_a_row_are_cut() -> None:
    assert len(fold("क" + "\u094d\u3099" * 4000)) < 20
    assert fold("a" + "\u0301\u0323" * 4000) == "a"
