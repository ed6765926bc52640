"""Fixtures of the command line's tests."""

from pathlib import Path

import pytest

from tests.server.cli.house import House


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> House:
    house = House(tmp_path / "room", capsys)
    house.say()
    house.share("notes.txt", b"some notes\n")
    return house
