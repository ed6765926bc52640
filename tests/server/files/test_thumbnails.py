"""The folder of thumbnails: names, links, sizes."""

import os
from pathlib import Path

import pytest

from server.files.space import measure
from server.files.thumbnails import FOLDER, Thumbnails


def test_a_thumbnail_is_kept_under_the_name_of_its_picture(tmp_path: Path) -> None:
    small = Thumbnails(tmp_path)
    small.write("a (2).png", b"one")
    small.write("a (2).png", b"other")
    with small.open("a (2).png") as file:
        assert file.read() == b"other"
    assert [one.name for one in (tmp_path / FOLDER).iterdir()] == ["a (2).png.webp"]
    small.remove("a (2).png")
    small.remove("a (2).png")
    with pytest.raises(FileNotFoundError):
        small.open("a (2).png")


def test_thumbnails_count_as_files(tmp_path: Path) -> None:
    (tmp_path / ".incoming").mkdir()
    (tmp_path / "a.png").write_bytes(b"x" * 100)
    Thumbnails(tmp_path).write("a.png", b"x" * 10)
    assert measure(tmp_path).stored == 110


def test_no_link_is_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.png.webp").write_bytes(b"mine")
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    (downloads / FOLDER).symlink_to(outside)
    small = Thumbnails(downloads)
    with pytest.raises(OSError, match="a directory"):
        small.write("a.png", b"small")
    with pytest.raises(OSError, match="a directory"):
        small.open("a.png")
    small.remove("a.png")
    assert small.names(0.0) == []
    assert (outside / "a.png.webp").read_bytes() == b"mine"
    (downloads / FOLDER).unlink()
    small.write("a.png", b"small")
    (downloads / FOLDER / "b.png.webp").symlink_to(outside / "a.png.webp")
    os.mkfifo(downloads / FOLDER / "c.png.webp")
    for name in ("b.png", "c.png"):
        with pytest.raises(FileNotFoundError):
            small.open(name)


def test_nothing_is_left_of_one_that_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", full)
    with pytest.raises(OSError, match="No space"):
        Thumbnails(tmp_path).write("a.png", b"small")
    assert list((tmp_path / FOLDER).iterdir()) == []
