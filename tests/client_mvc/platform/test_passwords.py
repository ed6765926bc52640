"""The system's keyring, with a replacement for the library, and without it."""

import importlib.util
import logging
import sys
import threading
import types
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from client_mvc.platform.passwords import KeyringFailed, SystemKeyring

KEY = "a" * 64
SECRET = "open sesame"
WITHIN = 10.0


class Backend:
    """Replaces a back end of the library."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.problem: Exception | None = None
        self.answers = threading.Event()
        self.answers.set()

    def _ask(self) -> None:
        assert self.answers.wait(WITHIN)
        if self.problem is not None:
            raise self.problem

    def get_password(self, service: str, username: str) -> str | None:
        self._ask()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._ask()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._ask()
        del self.kept[service, username]


class FileBackend(Backend):
    """One that writes the passwords to a file."""


Backend.__module__ = "keyring.backends.SecretService"
FileBackend.__module__ = "keyrings.alt.file"


@pytest.fixture
def backend() -> Iterator[Backend]:
    backend = Backend()
    yield backend
    backend.answers.set()


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch, backend: Backend) -> types.ModuleType:
    """The library with two back ends, of which it prefers the second."""

    def init_backend(limit: Callable[[Any], bool]) -> None:
        usable = [each for each in (backend, FileBackend()) if limit(each)]
        library.get_keyring = lambda: usable[-1]  # type: ignore[attr-defined]

    library = types.ModuleType("keyring")
    library.core = types.SimpleNamespace(init_backend=init_backend)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", library)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: library)
    return library


@pytest.fixture
def keyring(library: types.ModuleType) -> SystemKeyring:
    return SystemKeyring()


def failure(future: Future[Any]) -> BaseException | None:
    return future.exception(WITHIN)


def test_a_password_is_stored_read_replaced_and_deleted(
    keyring: SystemKeyring, backend: Backend
) -> None:
    assert keyring.read(KEY).result(WITHIN) is None
    keyring.store(KEY, SECRET).result(WITHIN)
    assert backend.kept == {("Chatroom", KEY): SECRET}
    keyring.store(KEY, "changed").result(WITHIN)
    assert keyring.read(KEY).result(WITHIN) == "changed"
    keyring.delete(KEY).result(WITHIN)
    keyring.delete(KEY).result(WITHIN)
    assert backend.kept == {}


def test_nothing_is_loaded_before_it_is_needed(keyring: SystemKeyring) -> None:
    states = [keyring.state]
    assert keyring._thread is None
    keyring.look()
    assert keyring.read(KEY).result(WITHIN) is None
    states.append(keyring.state)
    assert states == ["unknown", "ready"]


def test_without_the_library_no_thread_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    keyring = SystemKeyring()
    keyring.look()
    assert isinstance(failure(keyring.read(KEY)), KeyringFailed)
    assert isinstance(failure(keyring.delete(KEY)), KeyringFailed)
    keyring.finish(0)
    assert keyring.state == "missing"
    assert keyring._thread is None


def test_a_file_is_no_keyring(library: types.ModuleType) -> None:
    """The person may have chosen one for other programs."""
    library.core.init_backend = lambda limit: None
    library.get_keyring = FileBackend  # type: ignore[attr-defined]
    keyring = SystemKeyring()
    assert isinstance(failure(keyring.store(KEY, SECRET)), KeyringFailed)
    assert keyring.state == "none"


def test_a_library_that_fails_is_no_keyring(library: types.ModuleType) -> None:
    def fail(limit: object) -> None:
        raise RuntimeError("no D-Bus here")

    library.core.init_backend = fail
    keyring = SystemKeyring()
    assert isinstance(failure(keyring.read(KEY)), KeyringFailed)
    assert keyring.state == "none"


def test_no_error_quotes_a_password(
    keyring: SystemKeyring, backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    backend.problem = ValueError(f"cannot store {SECRET}")
    with caplog.at_level(logging.DEBUG):
        error = failure(keyring.store(KEY, SECRET))
        assert isinstance(error, KeyringFailed)
    assert "ValueError" in caplog.text
    assert SECRET not in caplog.text + repr(error) + repr(error.__context__)


def test_a_keyring_that_hangs_holds_up_nobody(keyring: SystemKeyring, backend: Backend) -> None:
    backend.answers.clear()
    first, second = keyring.read(KEY), keyring.read(KEY)
    assert second.cancel()
    changed = keyring.store(KEY, SECRET)
    keyring.finish(0.0)
    assert not changed.done()
    assert keyring._thread is not None
    assert keyring._thread.daemon
    backend.answers.set()
    assert first.result(WITHIN) is None
    keyring.finish(WITHIN)
    assert backend.kept == {("Chatroom", KEY): SECRET}
