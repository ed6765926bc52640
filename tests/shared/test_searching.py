"""What is found by which words, and where in a text."""

import pytest

from shared import limits, searching, texts
from shared.messages import File, Joined, Said, Shared

AT = "2026-11-22T08:00:00.000Z"


def found(query: str, text: str, name: str = "ada") -> bool:
    said = Said(seq=1, at=AT, name=name, text=text)
    return searching.matches(searching.words(query), searching.searched(said))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("deploy", "Deploy at noon"),
        ("DEPLOY noon", "deploy at noon"),
        ("noon deploy", "deploy at noon"),
        ("depl", "deploy at noon"),
        ("bus", "Wo ist der Schulbus?"),
        ("cafe", "Au CAFÉ"),
        ("café", "au cafe"),
        ("strasse", "Große STRAẞE"),
        ("σοφοσ", "ΣΟΦΌΣ"),
        ("istanbul", "İSTANBUL"),
        ("学校", "明日学校に行く"),
        ("行", "明日学校に行く"),
        ("ガ", "ガム"),
        ("\uff46\uff55\uff4c\uff4c", "full width"),
        ("محمد", "مُحَمَّد"),
        ("👍", "great 👍"),
        ("❤", "I ❤️ this"),
        ('say "hi"', 'they say "hi" twice'),
        ("a* OR", "a* or b"),
        ("ada noon", "deploy at noon"),
        ("x y", "x\ny"),
        ("lodz", "Jutro w Łodzi i Łódź"),
        ("łódź", "LODZ"),
        ("orsted", "Ørsted"),
        ("let's", "Let’s go"),
        ("’s", "let's go"),
        ("straße", "STRASSE"),
        ("aeon", "æon"),
        ("æon", "Aeon"),
        ('"quoted"', "„quoted“"),
        ("2024-2025", "2024–2025"),
        ("хотя", "ХОТЯ"),
        ("еще", "ещё"),
        ("हिंदी", "हिन्दी हिंदी"),
        ("जरूर", "ज़रूर"),
        ("שלום", "שָׁלוֹם"),
        ("かたかな", "カタカナ"),
    ],
)
def test_words_are_found(query: str, text: str) -> None:
    assert found(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("deploy tonight", "deploy at noon"),
        ("de ploi", "deploy"),
        ("atnoon", "at noon"),
        ("か", "が"),
        ("कि", "कु"),
        ("*", "deploy"),
        ("deploy OR tonight", "deploy at noon"),
        ("said", "deploy"),
        ("คิ", "คุ"),
    ],
)
def test_other_words_are_not(query: str, text: str) -> None:
    assert not found(query, text)


def test_files_are_found_by_their_name_and_who_shared_them() -> None:
    file = File("f1", "Größen.txt", 3, "00", 1, "preview", "/files/f1/x")
    shared = searching.searched(Shared(seq=1, at=AT, name="Bob", file=file))
    assert searching.matches(searching.words("bob grossen.TXT"), shared)
    assert not searching.matches(searching.words("preview"), shared)


def test_who_came_is_not_found() -> None:
    assert not searching.matches(["ada"], searching.searched(Joined(seq=1, at=AT, name="ada")))


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("\u0301", "empty"),
        ("\u200b", "empty"),
        ("a\0", "bad_request"),
        ("x" * (limits.SEARCH_CHARACTERS + 1), "too_long"),
    ],
)
def test_what_is_no_query(query: str, code: str) -> None:
    with pytest.raises(texts.BadText) as bad:
        searching.words(query)
    assert bad.value.problem.code == code


def test_a_search_for_nothing_asks_for_a_word() -> None:
    with pytest.raises(texts.BadText) as bad:
        searching.words("")
    assert bad.value.problem.params == {"rule": "search"}


@pytest.mark.parametrize(
    ("phrase", "text", "places"),
    [
        ("a", "abA", [(0, 1), (2, 3)]),
        ("at noon", "At noon, not atnoon", [(0, 7)]),
        ("cafe", "le café CAFÉ", [(3, 7), (8, 12)]),
        ("cafe", "cafe\u0301s", [(0, 4)]),
        ("ss", "Straße", [(4, 5)]),
        ("lodz", "Łódź, Łodz", [(0, 4), (6, 10)]),
        ("'s", "let’s, let's", [(3, 5), (10, 12)]),
        ("in orsted", "in\u00a0Ørsted", [(0, 9)]),
        ("が", "か\u3099が", [(0, 1), (2, 3)]),
        ("한", "\u1112\u1161\u11ab", [(0, 1)]),
        ("it's", "it`s", [(0, 4)]),
        ("👍", "a👍b👍", [(1, 2), (3, 4)]),
        ("aa", "aaaa", [(0, 2), (2, 4)]),
        ("", "abc", []),
        ("x", "abc", []),
    ],
)
def test_where_a_phrase_stands(phrase: str, text: str, places: list[tuple[int, int]]) -> None:
    assert list(searching.places(phrase, text)) == places
