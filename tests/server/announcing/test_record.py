"""What is announced fits into DNS, whatever the room is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.announcing import record
from server.announcing.record import Facts

FACTS = Facts("caa1bb037b5f617d", 4, 12)
KEY = "QDZfMF564anub-_jDaMkodUJOGBMFjk8ixTUpIhG2HI"


def test_the_text_record() -> None:
    assert record.text("LAN party", FACTS, KEY) == {
        "room": "LAN party",
        "journal": "caa1bb037b5f617d",
        "version": "1",
        "places": "4/12",
        "key": KEY,
    }
    assert "key" not in record.text("LAN party", FACTS, "")


@pytest.mark.parametrize(
    ("room", "name"),
    [
        ("LAN party", "LAN party"),
        ("Room 2.0", "Room 2 0"),
        ("a\\b..c", "a b c"),
        ("..", "room"),
        ("ab\u202ecd\u200b", "ab cd"),
        ("大会議室", "大会議室"),
    ],
)
def test_the_instance_name_is_one_safe_label(room: str, name: str) -> None:
    assert record.instance(room, "j", "host", "18000").rpartition(" ")[0] == name


def test_the_instance_name_is_unique() -> None:
    names = {
        record.instance("lobby", *unique)
        for unique in [("j1", "a", "1"), ("j2", "a", "1"), ("j1", "b", "1"), ("j1", "a", "2")]
    }
    assert len(names) == 4
    assert record.instance("lobby", "j1", "a") == record.instance("lobby", "j1", "a")


@given(st.text(min_size=1, max_size=64), st.text(max_size=300))
def test_everything_fits(room: str, journal: str) -> None:
    name = record.instance(room, journal)
    assert 0 < len(name.encode()) <= 63
    assert "." not in name
    for field, value in record.text(room, Facts(journal, 1, 3), KEY).items():
        assert len(f"{field}={value}".encode()) <= 255


def test_a_long_name_is_cut_between_letters() -> None:
    assert record.instance("é" * 64, "j").startswith("é" * 27 + " (")
    assert record.text("😀" * 64, FACTS, "")["room"] == "😀" * 62
