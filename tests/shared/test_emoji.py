"""The emoji: which texts are one, and which words find one."""

import pytest

from shared import emoji, limits
from shared.emoji import table, whole

VS16, ZWJ = "\N{VARIATION SELECTOR-16}", "\N{ZERO WIDTH JOINER}"
LIGHT, DARK = "\U0001f3fb", "\U0001f3ff"


def test_each_emoji_is_one() -> None:
    for one in table():
        assert whole(one.emoji) == one.emoji
        assert len(one.emoji) <= limits.EMOJI_CHARACTERS


def test_each_emoji_is_one_without_its_variation_selectors() -> None:
    for one in table():
        assert whole(one.emoji.replace(VS16, "")) == one.emoji


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("❤", "❤️"),
        ("❤" + VS16 * 3, "❤️"),
        ("☝" + LIGHT, "☝" + LIGHT),
        ("☝" + LIGHT + VS16, "☝" + LIGHT),
        ("👍" + DARK, "👍" + DARK),
        ("🕵" + VS16 + LIGHT + ZWJ + "♂", "🕵" + LIGHT + ZWJ + "♂️"),
        ("🧑" + LIGHT + ZWJ + "🚒", "🧑" + LIGHT + ZWJ + "🚒"),
        ("🧑" + LIGHT + ZWJ + "🤝" + ZWJ + "🧑" + DARK,) * 2,
        ("🤝" + LIGHT,) * 2,
        ("🫱" + LIGHT + ZWJ + "🫲" + DARK,) * 2,
        ("👫" + LIGHT,) * 2,
        ("👩" + LIGHT + ZWJ + "🤝" + ZWJ + "👨" + DARK,) * 2,
        ("🇩🇪",) * 2,
        ("#" + VS16 + "\N{COMBINING ENCLOSING KEYCAP}",) * 2,
    ],
)
def test_forms_of_one_emoji(text: str, expected: str) -> None:
    assert whole(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "a", "1", "#", ":)", "👍👍", "👍 ", " 👍", "👍x", LIGHT, VS16, ZWJ, "👍" + ZWJ,
        LIGHT + "👍", "👍" + LIGHT + DARK, "😀" + LIGHT, "🚒" + LIGHT,
        "🧑" + ZWJ + LIGHT + "🚒", "🧑" + ZWJ + "🚒" + LIGHT,
        "🧑" + LIGHT + ZWJ + "🤝" + ZWJ + "🧑",
        "🫱" + ZWJ + "🫲", "🫱" + LIGHT + ZWJ + "🫲" + LIGHT, "👩" + ZWJ + "🤝" + ZWJ + "👨",
        "🇩", "🇩🇪🇩🇪",
    ],
)  # fmt: skip
def test_what_is_not_one_emoji(text: str) -> None:
    assert whole(text) is None


def test_no_emoji_can_look_like_json() -> None:
    for one in table():
        assert '"' not in one.emoji
        assert "\\" not in one.emoji


def test_the_usual_ones_are_emoji() -> None:
    assert all(whole(one) == one for one in emoji.USUAL)


def test_names_find_emoji() -> None:
    assert emoji.find("+1")[0].emoji == "👍"
    assert "🎉" in [one.emoji for one in emoji.find("party")]
    assert emoji.find("rocket")[0].emoji == "🚀", "astronauts are found by that word, too"
    assert emoji.find("Rakete", german=True)[0].emoji == "🚀"
    assert "🎉" in [one.emoji for one in emoji.find(":tada:")]
    assert emoji.find("Daumen hoch", german=True)[0].emoji == "👍"
    assert not emoji.find("no such emoji")
    assert emoji.find("") == table()


def test_a_query_folds_no_name_again(monkeypatch: pytest.MonkeyPatch) -> None:
    emoji.find("rocket")
    folded: list[str] = []

    def fold(text: str) -> str:
        folded.append(text)
        return text

    monkeypatch.setattr(emoji, "fold", fold)
    assert emoji.find("rocket")[0].emoji == "🚀"
    assert folded == ["rocket"]


@pytest.mark.parametrize(
    ("word", "german", "first"),
    [
        ("heart", False, ["❤️", "💌", "❣️"]),
        ("eye", False, ["👀", "👁️"]),
        ("feier", True, ["🎉"]),
    ],
)
def test_the_very_name_comes_before_others(word: str, german: bool, first: list[str]) -> None:
    found = [one.emoji for one in emoji.find(word, german=german)]
    assert found[: len(first)] == first
