"""`link`: what lets people in, once more."""

from pathlib import Path

import pytest

from server.cli.commands import main
from server.processes.run_directory import RunDirectory, WaysIn

KEY = "k" * 32
LINK = "chatroom://192.168.1.5:18000/"
WAYS = WaysIn((LINK, "chatroom://tower:18000/"), "https://192.168.1.5:18000/", everybody=True)


def test_the_links_of_a_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = RunDirectory(tmp_path)
    here.publish(WAYS)
    assert main(["link", "--data-dir", str(tmp_path)]) == 0
    here.close()
    assert capsys.readouterr().out.splitlines() == [
        f"  join link  {LINK}",
        "  or         chatroom://tower:18000/",
        "  web page   https://192.168.1.5:18000/",
        "  code       R2M0-2188",
    ]


def test_the_key_for_those_who_join_by_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = RunDirectory(tmp_path)
    here.publish(WaysIn((f"{LINK}#sha256={'ab' * 32}",), WAYS.web, everybody=True))
    assert main(["link", "--data-dir", str(tmp_path)]) == 0
    here.close()
    assert "  key        ABABABAB ABABABAB ABABABAB ABABABAB\n" in capsys.readouterr().out


def test_with_a_qr_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = RunDirectory(tmp_path)
    here.publish(WAYS)
    assert main(["link", "--qr", "--data-dir", str(tmp_path)]) == 0
    here.close()
    assert "▄▄▄▄▄" in capsys.readouterr().out


def test_for_an_owner(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = RunDirectory(tmp_path)
    here.publish(WAYS)
    key = tmp_path / "owner-key"
    key.write_text(KEY + "\n")
    assert main(["link", "--owner", "--data-dir", str(tmp_path)]) == 0
    here.close()
    printed = capsys.readouterr().out
    assert f"{LINK}#owner={KEY}" in printed
    assert f"  web page   https://192.168.1.5:18000/#owner={KEY}" in printed


def test_a_damaged_owners_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = RunDirectory(tmp_path)
    here.publish(WAYS)
    (tmp_path / "owner-key").write_text("?")
    assert main(["link", "--owner", "--data-dir", str(tmp_path)]) == 1
    here.close()
    found = capsys.readouterr()
    assert found.out == ""
    assert "does not contain an owner's key" in found.err


def test_without_a_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["link", "--data-dir", str(tmp_path)]) == 1
    assert "no server runs" in capsys.readouterr().err


def test_a_server_that_was_killed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = RunDirectory(tmp_path)
    here.publish(WAYS)
    remains = (tmp_path / "server.json").read_bytes()
    here.close()
    (tmp_path / "server.json").write_bytes(remains)
    assert main(["link", "--data-dir", str(tmp_path)]) == 1
    assert "no server runs" in capsys.readouterr().err
