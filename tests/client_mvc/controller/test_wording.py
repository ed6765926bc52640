"""Words for times, sizes, names."""

from datetime import UTC, date, datetime, time

import pytest

from client_mvc.controller import wording
from client_mvc.i18n.translate import size
from client_mvc.view.contract.items import COLOURS


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1,023 bytes"),
        (1024, "1 KB"),
        (2458, "2.4 KB"),
        (1024 * 1024 - 1, "1 MB"),
        (10 * 1024 * 1024, "10 MB"),
        (3 * 1024**5, "3072 TB"),
    ],
)
def test_size(count: int, words: str) -> None:
    assert size(count) == words


@pytest.mark.parametrize(
    ("name", "text", "is_mention"),
    [
        ("bob", "bob", True),
        ("bob", "Hey BOB, look", True),
        ("bob", "@bob: look", True),
        ("bob", "It was bob.", True),
        ("bob", "bob-2 said so", False),
        ("bob", "anti-bob", False),
        ("bob", "bobby", False),
        ("bob-2", "bob-2?", True),
        ("Éloïse", "merci éloïse", True),
        ("a.b", "axb", False),
    ],
)
def test_mentions(name: str, text: str, is_mention: bool) -> None:
    assert wording.mentions(name)(text) is is_mention


def test_colours_are_stable_and_spread() -> None:
    # Fixed values: the colour of a name must not change with the run or the release.
    assert wording.colour("alice") == wording.colour("ALICE") == 11
    assert wording.colour("bob") == 8
    assert {wording.colour(f"name{number}") for number in range(100)} == set(range(COLOURS))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, "under 1 ms"), (0.001, "1 ms"), (0.0124, "12 ms"), (0.9, "900 ms"), (1.25, "1.2 s")],
)
def test_latency(seconds: float, words: str) -> None:
    assert wording.latency(seconds) == words


@pytest.mark.parametrize(
    ("clock", "shown"),
    [
        (wording.Clock(), ["00:05", "12:30", "20:05"]),
        (wording.Clock(24, seconds=True), ["00:05:09", "12:30:00", "20:05:09"]),
        (wording.Clock(12), ["12:05 AM", "12:30 PM", "8:05 PM"]),
        (wording.Clock(12, seconds=True), ["12:05:09 AM", "12:30:00 PM", "8:05:09 PM"]),
    ],
)
def test_clock(clock: wording.Clock, shown: list[str]) -> None:
    times = [time(0, 5, 9), time(12, 30), time(20, 5, 9)]
    day = date(2026, 11, 22)
    assert [clock(datetime.combine(day, each, UTC)) for each in times] == shown
    assert all(len(each) <= len(clock.widest) for each in shown)


def test_names_are_sorted_as_in_the_browser() -> None:
    names = ["wes", "Éloïse", "ann", "Zoë", "eve", "Eve"]
    assert sorted(names, key=wording.place) == ["ann", "Éloïse", "Eve", "eve", "wes", "Zoë"]
