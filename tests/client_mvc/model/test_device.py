"""The number of this device."""

import stat
from pathlib import Path

from client_mvc.model import device


def test_it_is_made_once_and_private(tmp_path: Path) -> None:
    made = device.load(tmp_path)
    assert device.load(tmp_path) == made
    assert len(made) == 22  # 128 bits in base64url
    assert stat.S_IMODE((tmp_path / device.FILE).stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [device.FILE]


def test_another_folder_has_another_one(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    assert device.load(tmp_path) != device.load(tmp_path / "b")


def test_a_damaged_file_is_replaced_and_stays_private(tmp_path: Path) -> None:
    (tmp_path / device.FILE).write_bytes(b"\xff not a number")
    made = device.load(tmp_path)
    assert device.load(tmp_path) == made
    assert stat.S_IMODE((tmp_path / device.FILE).stat().st_mode) == 0o600


def test_where_it_cannot_be_written_it_lasts_for_this_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert len(device.load(tmp_path / "file")) == 22
