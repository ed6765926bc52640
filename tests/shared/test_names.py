"""Which names are allowed, and when two are the same (docs/protocol.md, `name`)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import limits, names


@pytest.mark.parametrize(
    "name",
    [
        "a", "Ada", "ada_l-ovelace.2", "0", "7up", "Ærøskøbing", "Straße", "张伟",
        "Владимир", "Ελένη", "אברהם", "محمد", "สมชาย", "हिन्दी", "x" * limits.NAME_CHARACTERS,
        "日本語", "가나다",
    ],
)  # fmt: skip
def test_allowed(name: str) -> None:
    assert names.tidy(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "name",
    [
        "", " ", "a b", "_a", "-a", ".a", "a\n", "a\0", "a\t",
        "x" * (limits.NAME_CHARACTERS + 1), "a/b", "a:b", "<b>", "a@b", "👍",
        "a\u200bb", "a\u202eb", "a\ufeff", "\u0301a", "a\u00a0b",
        "ada,", "#room", "ﬁ", "①", "½", "a\ud800",
    ],
)  # fmt: skip
def test_refused_with_a_reason(name: str) -> None:
    with pytest.raises(names.BadName, match=r"[A-Z].+\.$") as refused:
        names.tidy(name)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada", "ada"), ("ADA", "ada"), ("É", "e\u0301"), ("ÄRGER", "ärger"),
        ("ВЛАД", "влад"),
    ],
)  # fmt: skip
def test_the_same(one: str, other: str) -> None:
    assert names.key(names.tidy(one)) == names.key(names.tidy(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("ada", "ad\u0430"), ("o", "0"), ("ada", "ada."), ("a_b", "a-b"), ("e", "é")],
)
def test_not_the_same(one: str, other: str) -> None:
    assert names.key(names.tidy(one)) != names.key(names.tidy(other))


def test_length_is_counted_as_everybody_sees_it() -> None:
    decomposed = "e\u0301" * limits.NAME_CHARACTERS
    assert len(names.tidy(decomposed)) == limits.NAME_CHARACTERS


@given(st.text(max_size=40))
def test_any_text_is_a_name_or_a_bad_name(text: str) -> None:
    try:
        name = names.tidy(text)
    except names.BadName:
        return
    assert names.tidy(name) == name
    assert 1 <= len(name) <= limits.NAME_CHARACTERS
    assert name.isprintable()
    assert not name.split()[1:]
    assert names.key(name)


@given(st.text(st.characters(categories=["Ll", "Lu", "Nd", "Lo"]), min_size=1, max_size=10))
def test_case_never_makes_another_name(text: str) -> None:
    try:
        name, upper = names.tidy(text), names.tidy(text.lower())
    except names.BadName:
        return
    assert names.key(name) == names.key(upper)
