"""One server per data folder, and how to reach it."""

import errno
import fcntl
import os
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
        found = run_directory.running(data)
        assert found is not None
        assert found.owner_address == here.info.owner_address
        assert found.authkey == b"", "only the processes of the server know the key"
        assert len(here.info.authkey) == 32
        assert here.info.folder == str(here.folder)
        assert mode(data) == mode(here.folder) == 0o700
        assert mode(data / run_directory.RUNNING) == 0o600
        assert mode(data / run_directory.LOCK) == 0o600


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
        here.publish()
        (here.folder / "gateway").touch()
        killed = (tmp_path / run_directory.RUNNING).read_bytes()
        left = here.folder
    left.mkdir()
    (left / "gateway").touch()
    (tmp_path / run_directory.RUNNING).write_bytes(killed)
    with closing(RunDirectory(tmp_path)) as here:
        assert here.info.unclean
        assert not left.exists()
        assert run_directory.running(tmp_path) is None


def test_each_start_has_a_folder_of_its_own(tmp_path: Path) -> None:
    """A room process of the server before may still be about to remove its sockets."""
    with closing(RunDirectory(tmp_path)) as first:
        pass
    with closing(RunDirectory(tmp_path)) as second:
        assert not second.info.unclean
        assert first.folder != second.folder
        assert second.folder.parent == tmp_path, "what cleans /tmp does not find it"


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
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = Path(tempfile.mkdtemp())
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    data = tmp_path / ("x" * 150)
    with closing(RunDirectory(data)) as here:
        assert here.folder.parent == runtime
        here.publish()
        killed = (data / run_directory.RUNNING).read_bytes()
        left = here.folder
    left.mkdir()
    (data / run_directory.RUNNING).write_bytes(killed)
    with closing(RunDirectory(data)):
        assert not left.exists()
    runtime.rmdir()


def test_so_does_a_deep_folder_for_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("ü" * 50)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    monkeypatch.setenv("TMPDIR", str(deep))
    with closing(RunDirectory(tmp_path / ("x" * 150))) as here:
        assert len(here.info.gateway_address.encode()) <= 100


# --- other users -------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["the folder", "server.json", "the sockets"])
def test_what_others_can_write_to_is_not_asked(tmp_path: Path, which: str) -> None:
    with closing(RunDirectory(tmp_path)) as here:
        here.publish()
        path = {
            "the folder": tmp_path,
            "server.json": tmp_path / run_directory.RUNNING,
            "the sockets": here.folder,
        }[which]
        path.chmod(path.stat().st_mode | 0o020)
        with pytest.raises(FolderError, match=r"Other users can write to .* chmod go-w"):
            run_directory.running(tmp_path)


def test_what_belongs_to_another_user_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(RunDirectory(tmp_path)) as here:
        here.publish()
        me = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: me + 1)
        with pytest.raises(FolderError, match="belongs to another user"):
            run_directory.running(tmp_path)


def test_a_server_does_not_use_what_others_can_write_to(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o777)
    with pytest.raises(FolderError, match="Other users can write to"):
        RunDirectory(data)


def test_a_link_in_place_of_server_json_is_not_followed(tmp_path: Path) -> None:
    with closing(RunDirectory(tmp_path / "data")) as here:
        here.publish()
    (tmp_path / "planted").write_text('{"folder":"/tmp"}')
    (tmp_path / "data" / run_directory.RUNNING).symlink_to(tmp_path / "planted")
    with pytest.raises(FolderError, match="is a link"):
        run_directory.running(tmp_path / "data")
    with closing(RunDirectory(tmp_path / "data")):
        assert (tmp_path / "planted").exists()


# --- locks -------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_disk_without_locks_is_called_by_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(FolderError, match="cannot be locked") as refused:
        RunDirectory(tmp_path)
    assert os.strerror(number) in str(refused.value)
    assert "already running" not in str(refused.value)


def test_no_place_for_sockets_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    with pytest.raises(FolderError, match="Read-only file system"):
        RunDirectory(tmp_path)
