"""The file with the password of the room."""

from pathlib import Path

import pytest

from server.cli import commands
from server.settings import Settings
from tests.server.cli.conftest import Refused, Start


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("grüße gott\r\nnot this\n", "utf-8")
    path.chmod(0o600)
    return path


def test_the_password_is_the_first_line(start: Start, secret: Path) -> None:
    assert start("--password-file", str(secret)).password == "grüße gott"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_password_that_others_can_read_is_told(
    calls: list[Settings], secret: Path, capsys: pytest.CaptureFixture[str], mode: int
) -> None:
    secret.chmod(mode)
    assert commands.main(["--password-file", str(secret)]) == 0
    assert calls[-1].password == "grüße gott"
    assert f"chmod go-r {secret}" in capsys.readouterr().err


def test_a_byte_order_mark_is_no_part_of_a_file(start: Start, tmp_path: Path) -> None:
    secret, config = tmp_path / "secret", tmp_path / "marked.toml"
    secret.write_text("gru\u0308ße\r\n", "utf-8-sig")
    secret.chmod(0o600)
    config.write_text("max-users = 9", "utf-8-sig")
    settings = start("--password-file", str(secret), "--config", str(config))
    assert (settings.password, settings.max_users) == ("grüße", 9)


def test_the_password_file_can_be_named_in_the_environment(
    start: Start, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the variable had no effect, the room would be open to everybody."""
    monkeypatch.setenv("CHATROOM_PASSWORD_FILE", str(secret))
    assert start().password == "grüße gott"


def test_the_password_file_can_be_named_in_the_file(start: Start, secret: Path) -> None:
    assert start(config=f'password-file = "{secret}"').password == "grüße gott"


def test_a_password_file_without_a_password(refused: Refused, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\nsecond line\n")
    assert "empty" in refused("--password-file", str(empty))
    assert "cannot be read" in refused("--password-file", str(tmp_path / "nowhere"))
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    assert "cannot be read" in refused("--password-file", str(binary))
