"""Which names are allowed, and when two are the same (docs/protocol.md, `name`)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import limits, names
from shared.lookalikes import look


@pytest.mark.parametrize(
    "name",
    [
        "a", "Ada", "ada_l-ovelace.2", "0", "7up", "Ærøskøbing", "Straße", "张伟",
        "Владимир", "Ελένη", "אברהם", "محمد", "สมชาย", "हिन्दी", "x" * limits.NAME_CHARACTERS,
        "日本語", "가나다", "日本語Taro", "カタカナ_a", "ㄅㄆ漢a", "한글a漢", "पहाड़ों",
        "ế", "เก้า", "မြွှေ့", "שָּׁלוֹם", "محمّد", "ALI", "Kai", "Владимир1",
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
        "аda", "Аdmin", "Ωmega", "ꓮlice", "漢а", "カα", "한ひ", "1१",
        "a\u0301\u0302\u0303", "a\u0301\u0301",
        "x\ufe0f", "x\u034f", "\u3164", "a\u115f", "\U000e0041a",
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
    [("o", "0"), ("ada", "ada."), ("a_b", "a-b"), ("e", "é")],
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


@pytest.mark.parametrize("name", names.RESERVED)
def test_nobody_gets_a_name_of_the_server_nor_one_that_looks_like_it(name: str) -> None:
    capitals = name.replace("l", "I").replace("i", "1").replace("o", "0")
    for one in (name, name.upper(), name.title(), capitals):
        with pytest.raises(names.BadName) as refused:
            names.tidy(one)
        assert refused.value.problem.params["rule"] == "reserved"


@pytest.mark.parametrize("name", ["ᴀᴅᴍɪɴ", "admi\u0307n", "ADMİN", "ꜱʏꜱᴛᴇᴍ", "ʀooᴛ", "sʏsᴛem"])
def test_a_reserved_name_in_other_letters_is_refused(name: str) -> None:
    with pytest.raises(names.BadName) as refused:
        names.tidy(name)
    assert refused.value.problem.params["rule"] == "reserved"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("alice", "aIice"), ("alice", "AIice"), ("alice", "a1ice"), ("ALICE", "ALlCE"),
        ("alice", "ALlCE"),
        ("alice", "alıce"), ("alice", "ꓮꓡꓲꓚꓰ"), ("ace", "асе"), ("ACE", "асе"), ("ace", "АСЕ"),
        ("bob", "b0b"), ("mary", "rnary"), ("Mary", "rnary"), ("niko", "ΝΙΚΟ"),
        ("mama", "МАМА"),
        ("Al", "AI"), ("カタカナ", "力夕力ナ"),
        ("alice", "ali\u0307ce"), ("alice", "alı\u0307ce"), ("alice", "all\u0307ce"),
        ("ALİCE", "alice"), ("ali\u0323ce", "ali\u0323\u0307ce"), ("jan", "ȷan"),
        ("jan", "j\u0307an"), ("jan", "ȷ\u0307an"), ("İpek", "ipek"),
        ("bob", "ʙᴏʙ"), ("mark", "ᴍᴀʀᴋ"), ("ALICE", "ᴀʟɪᴄᴇ"), ("ТОТ", "тот"), ("TOT", "тот"),
    ],
)  # fmt: skip
def test_looking_alike(one: str, other: str) -> None:
    assert look(one) == look(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ali", "all"),
        ("ALI", "all"),
        ("kari", "karl"),
        ("Kai", "Kal"),
        ("alice", "alicé"),
        ("alice", "alíce"),
        ("zara", "żara"),
        ("ада", "ada"),
        ("李", "季"),
        ("a.b", "a-b"),
        ("ab1", "ab2"),
    ],
)
def test_not_looking_alike(one: str, other: str) -> None:
    assert look(one) != look(other)


@given(st.text(st.characters(categories=["L", "Nd", "Mn", "Mc"]), min_size=1, max_size=10))
def test_any_name_has_a_look_that_stays(text: str) -> None:
    try:
        name = names.tidy(text)
    except names.BadName:
        return
    assert look(name) == look(name)
    assert look(look(name)) == look(name)
