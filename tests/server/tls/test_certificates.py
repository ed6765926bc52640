"""The certificate of a running server: renewed when it is due, and never worse than before."""

import logging
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.settings import Settings
from server.tls import identity, issue
from server.tls.certificates import Certificates


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(data_dir=tmp_path)
    key = issue.new_key()
    (tmp_path / "tls").mkdir(mode=0o700)
    identity.write_private(identity.key_path(tmp_path), key)
    made = issue.certificate(key, identity.names(settings))
    identity.write_private(identity.certificate_path(tmp_path), made)
    return settings


def test_a_new_address_renews_it_under_the_same_key(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = Certificates(settings, tmp_path / "run")
    running.write()
    key = running.key
    assert not running.check(), "nothing has changed"
    names = {*identity.names(settings), "192.0.2.99"}
    monkeypatch.setattr(identity, "names", lambda settings: names)
    assert running.check()
    assert running.key == key
    assert "192.0.2.99" in running.identity.facts.names
    assert (tmp_path / "run" / "tls.pem").read_bytes() == running.identity.pem
    assert not running.check()


def test_what_cannot_be_renewed_stays(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    running = Certificates(settings, tmp_path / "run")
    before = running.identity
    identity.key_path(tmp_path).chmod(0o620)
    assert not running.check()
    assert running.identity == before
    assert "certificate not loaded" in caplog.text


def test_the_end_of_ones_own_is_announced(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    key = issue.new_key()
    (tmp_path / "pem").write_bytes(issue.certificate(key, {"localhost"}) + key)
    settings = Settings(tls_cert=tmp_path / "pem", tls_key=tmp_path / "pem")
    running = Certificates(settings, tmp_path)
    assert not running.check()
    assert (capsys.readouterr().err, caplog.text) == ("", "")
    later = (datetime.now(UTC) + timedelta(days=795)).timestamp()
    monkeypatch.setattr(time, "time", lambda: later)
    with caplog.at_level(logging.WARNING):
        assert not running.check()
        assert not running.check()
    assert caplog.text.count("certificate ends on") == 1
    Certificates(settings, tmp_path)
    assert "ends on" in capsys.readouterr().err
