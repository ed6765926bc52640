"""Texts that are safe for Tk: emoji, directions, controls. Needs no window."""

import pytest

from client_mvc.view.style.safe_text import SafeText

SAFE = SafeText(emoji=True)


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("plain", [("plain", False)]),
        ("", []),
        ("a 👍 b", [("a ", False), ("👍", True), (" b", False)]),
        ("👍🏽❤️🇩🇪1️⃣", [("👍🏽❤️🇩🇪1️⃣", True)]),
        ("👩\u200d💻", [("👩", True), ("\u200d", False), ("💻", True)]),
        ("x ✓ ☃ © 1 #", [("x ✓ ☃ © 1 #", False)]),
        ("日本語👍", [("日本語", False), ("👍", True)]),
        ("𐀀 is no picture", [("𐀀 is no picture", False)]),
    ],
)
def test_emoji_are_separated_from_other_text(text: str, runs: list[tuple[str, bool]]) -> None:
    assert list(SAFE.runs(text)) == runs


def test_no_character_is_lost() -> None:
    text = "שלום \u2066x\u2069 مرحبا\t👍 \u200fb\n\x07"
    assert SAFE.text(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u202etxt.exe", "\u202etxt.exe\u202c"),
        ("\u2067a\u202eb", "\u2067a\u202eb\u202c\u2069"),
        ("\u2067a\u202eb\u2069c", "\u2067a\u202eb\u2069c"),
        ("\u202ea\nb\u2068", "\u202ea\u202c\nb\u2068\u2069"),
        ("a\u202c\u2069b", "a\u202c\u2069b"),
    ],
)
def test_directional_controls_end_with_their_line(text: str, shown: str) -> None:
    assert SAFE.text(text) == shown


def test_emoji_that_tk_cannot_draw_become_names() -> None:
    safe = SafeText(emoji=False)
    assert safe.text("yes 👍🏽!") == "yes :thumbs up sign::emoji modifier fitzpatrick type-4:!"
    assert list(safe.runs("❤️")) == [(":heavy black heart:", False)]


def test_a_label_has_one_line() -> None:
    assert SAFE.line("a\nb\r\nc\u2028d") == "a b c d"


def test_bytes_that_are_not_utf8_can_be_shown() -> None:
    assert SAFE.line("caf\udce9.txt") == "caf\ufffd.txt"
