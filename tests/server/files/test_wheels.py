"""The folder of wheels: what is seen of it, and what is not."""

import hashlib
import os
from pathlib import Path

import pytest

from server.files.wheels import Wheels, normalised

NAME = "chatroom-0.2-py3-none-any.whl"


def put(folder: Path, name: str, content: bytes = b"wheel") -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)


def test_wheels_are_listed_by_name(tmp_path: Path) -> None:
    put(tmp_path, "typing_Extensions-4.1-py3-none-any.whl")
    put(tmp_path, NAME, b"more")
    found = Wheels(tmp_path).all()
    assert [one.name for one in found] == [NAME, "typing_Extensions-4.1-py3-none-any.whl"]
    assert (found[0].size, found[0].sha256) == (4, hashlib.sha256(b"more").hexdigest())
    assert [one.project for one in found] == ["chatroom", "typing-extensions"]


def test_without_a_folder_there_is_nothing(tmp_path: Path) -> None:
    wheels = Wheels(tmp_path / "wheels")
    assert wheels.all() == []
    with pytest.raises(FileNotFoundError):
        wheels.open(NAME)
    put(tmp_path / "wheels", NAME)
    assert [one.name for one in wheels.all()] == [NAME], "it is seen as soon as it is there"


@pytest.mark.parametrize(
    "name",
    [
        "notes.txt", ".chatroom-1-py3-none-any.whl", "chatroom.whl", "-x-1-py3-none-any.whl",
        "chatroom-1-py3-none-any.whl.part", "chat room-1-py3-none-any.whl", "größe-1.whl",
        f"{'x' * 200}-1-py3-none-any.whl", "chatroom-1.tar.gz",
    ],
)  # fmt: skip
def test_other_files_are_not_seen(tmp_path: Path, name: str) -> None:
    put(tmp_path, name)
    wheels = Wheels(tmp_path)
    assert wheels.all() == []
    with pytest.raises(FileNotFoundError):
        wheels.open(name)


@pytest.mark.parametrize("name", [f"../{NAME}", f"/etc/{NAME}", f"x/{NAME}", "..", "", "."])
def test_nothing_outside_is_opened(tmp_path: Path, name: str) -> None:
    put(tmp_path, NAME)
    put(tmp_path / "x", NAME)
    put(tmp_path / "wheels", "other-1-py3-none-any.whl")
    with pytest.raises(FileNotFoundError):
        Wheels(tmp_path / "wheels").open(name)


def test_links_pipes_and_folders_are_not_wheels(tmp_path: Path) -> None:
    put(tmp_path, "secret")
    folder = tmp_path / "wheels"
    folder.mkdir()
    (folder / "a-1-py3-none-any.whl").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "b-1-py3-none-any.whl")
    (folder / "c-1-py3-none-any.whl").mkdir()
    wheels = Wheels(folder)
    assert wheels.all() == []
    for letter in "abc":
        with pytest.raises(FileNotFoundError):
            wheels.open(f"{letter}-1-py3-none-any.whl")
    (tmp_path / "link").symlink_to(folder)
    put(folder, NAME)
    assert Wheels(tmp_path / "link").all() == []


def test_a_changed_wheel_has_another_hash(tmp_path: Path) -> None:
    put(tmp_path, NAME, b"before")
    wheels = Wheels(tmp_path)
    (before,) = wheels.all()
    wheel, file = wheels.open(NAME)
    with file:
        assert (wheel, file.read()) == (before, b"before")
    replacement = tmp_path / "new"
    replacement.write_bytes(b"behind")
    replacement.replace(tmp_path / NAME)
    (after,) = wheels.all()
    assert after.sha256 == hashlib.sha256(b"behind").hexdigest()
    (tmp_path / NAME).unlink()
    assert wheels.all() == []
    assert not wheels._hashes


def test_names_of_projects() -> None:
    assert normalised("Typing_.-Extensions") == "typing-extensions"
