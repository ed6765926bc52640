"""One server per data folder, and how to reach it."""

import stat
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from server.processes import run_directory
from server.processes.run_directory import FolderError, RunDirectory


def test_one_server_per_data_folder(tmp_path: Path) -> None:
    with closing(RunDirectory(tmp_path / "data")):
        with pytest.raises(FolderError, match="running on the data folder"):
            RunDirectory(tmp_path / "data")
        with closing(RunDirectory(tmp_path / "other")):
            pass
    with closing(RunDirectory(tmp_path / "data")):
        pass


def test_a_second_server_does_not_disturb_the_first(tmp_path: Path) -> None:
    with closing(RunDirectory(tmp_path)) as here:
        here.publish()
        (here.folder / "gateway").touch()
        with pytest.raises(FolderError):
            RunDirectory(tmp_path)
        assert (here.folder / "gateway").exists()
        assert run_directory.running(tmp_path) is not None


def test_server_json_can_be_read_and_is_private(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    with closing(RunDirectory(data)) as here:
        assert run_directory.running(data) is None
        here.publish()
        assert run_directory.running(data) == here.info
        assert len(here.info.authkey) == 32
        assert here.info.folder == str(here.folder)
        assert mode(data) == mode(here.folder) == 0o700
        assert mode(data / run_directory.RUNNING) == 0o600


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_close_removes_everything_but_the_lock(tmp_path: Path) -> None:
    here = RunDirectory(tmp_path)
    here.publish()
    (here.folder / "gateway").touch()
    here.close()
    assert not here.folder.exists()
    assert run_directory.running(tmp_path) is None
    assert [path.name for path in tmp_path.iterdir()] == [run_directory.LOCK]


def test_the_files_of_a_killed_server_are_removed(tmp_path: Path) -> None:
    with closing(RunDirectory(tmp_path)) as here:
        left = Path(tempfile.mkdtemp(prefix="chatroom-", dir=here.folder.parent))
        here.publish()
        published = (tmp_path / run_directory.RUNNING).read_text()
        mine = str(here.folder)
    (tmp_path / run_directory.RUNNING).write_text(published.replace(mine, str(left)))
    with closing(RunDirectory(tmp_path)):
        assert not left.exists()
        assert run_directory.running(tmp_path) is None


def test_only_folders_of_a_server_are_removed(tmp_path: Path) -> None:
    precious = tmp_path / "chatroom-photos"
    precious.mkdir()
    data = tmp_path / "data"
    with closing(RunDirectory(data)) as here:
        here.publish()
        published = (data / run_directory.RUNNING).read_text()
        mine = str(here.folder)
    (data / run_directory.RUNNING).write_text(published.replace(mine, str(precious)))
    with closing(RunDirectory(data)):
        assert precious.exists()


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match="cannot be used"):
        RunDirectory(tmp_path / "file")
    with pytest.raises(FolderError, match="cannot be used"):
        RunDirectory(tmp_path / "file" / "data")


def test_a_deep_data_folder_leaves_enough_bytes_for_the_name_of_a_socket(
    tmp_path: Path,
) -> None:
    data = tmp_path / ("x" * 150)
    with closing(RunDirectory(data)) as here:
        assert len(str(here.folder / "manager").encode()) < 100


def test_so_does_a_deep_folder_for_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("ü" * 50)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with closing(RunDirectory(tmp_path / "data")) as here:
        assert len(str(here.folder / "manager").encode()) <= 100
        here.publish()
        left = here.folder
        killed = (tmp_path / "data" / run_directory.RUNNING).read_bytes()
    left.mkdir()
    (tmp_path / "data" / run_directory.RUNNING).write_bytes(killed)
    with closing(RunDirectory(tmp_path / "data")):
        assert not left.exists()
