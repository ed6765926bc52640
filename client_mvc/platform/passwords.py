"""Passwords of rooms in the system's keyring: Secret Service, KWallet, Keychain, Windows.

Needs the library `keyring` (the extra `desktop`). A keyring may ask the person to unlock it, or
hang: it is called on a thread of its own, which starts with the first call and holds up neither
the window nor the end of the program. Only keyrings of the system are used: the library also
has back ends that write passwords to a file as they are.

An error is logged by its type alone, since its text may quote what was to be stored.
"""

import importlib.util
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from queue import SimpleQueue
from typing import Any, Literal

log = logging.getLogger(__name__)

SERVICE = "Chatroom"
"""The name of the entries in the keyring."""
_OF_THE_SYSTEM = frozenset(
    f"keyring.backends.{each}"
    for each in ("SecretService", "kwallet", "libsecret", "macOS", "Windows")
)

type State = Literal["missing", "unknown", "none", "ready"]


class KeyringFailed(Exception):
    """The keyring did not do what it was asked to: it is locked, or there is none."""


class SystemKeyring:
    """The passwords, by the keys of the rooms. Only `finish` blocks.

    `state` tells whether there is a keyring: "missing" without the library, "unknown" until it
    was looked for, "none" without one of the system.

    The futures are done by another thread; those that failed have `KeyringFailed`. One that is
    cancelled before its turn is not carried out.
    """

    def __init__(self) -> None:
        found = importlib.util.find_spec("keyring") is not None
        self.state: State = "unknown" if found else "missing"
        self._jobs: SimpleQueue[Callable[[Any], None]] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._changes: list[Future[None]] = []

    def look(self) -> None:
        """Find out whether there is a keyring; `state` tells later."""
        if self.state == "unknown":
            self._start()

    def read(self, key: str) -> Future[str | None]:
        """Read the password of the room with this key; None: there is none."""
        return self._do(lambda keyring: keyring.get_password(SERVICE, key))

    def store(self, key: str, password: str) -> Future[None]:
        """Store the password of a room, in place of the one before."""
        return self._change(lambda keyring: keyring.set_password(SERVICE, key, password))

    def delete(self, key: str) -> Future[None]:
        """Delete the password of a room, if there is one."""

        def delete(keyring: Any) -> None:
            if keyring.get_password(SERVICE, key) is not None:
                keyring.delete_password(SERVICE, key)

        return self._change(delete)

    def finish(self, seconds: float) -> None:
        """Wait until all passwords are stored and deleted, at most so long."""
        wait(self._changes, seconds)

    def _change(self, work: Callable[[Any], None]) -> Future[None]:
        future = self._do(work)
        self._changes = [each for each in self._changes if not each.done()] + [future]
        return future

    def _do[T](self, work: Callable[[Any], T]) -> Future[T]:
        future: Future[T] = Future()

        def run(keyring: Any) -> None:
            if future.set_running_or_notify_cancel():
                _settle(future, work, keyring)

        if self.state == "missing":
            run(None)
        else:
            self._jobs.put(run)
            self._start()
        return future

    def _start(self) -> None:
        if self._thread is None:
            # A daemon: a keyring that hangs must not keep the program from ending.
            self._thread = threading.Thread(target=self._run, name="keyring", daemon=True)
            self._thread.start()

    # --- the thread ------------------------------------------------------------------------

    def _run(self) -> None:
        keyring = _find()
        self.state = "none" if keyring is None else "ready"
        while True:
            self._jobs.get()(keyring)


def _settle[T](future: Future[T], work: Callable[[Any], T], keyring: Any) -> None:
    if keyring is None:
        future.set_exception(KeyringFailed())
        return
    try:
        result = work(keyring)
    # Each keyring fails in its own way.
    except Exception as error:  # noqa: BLE001
        log.warning("keyring failed error=%s", type(error).__name__)
        future.set_exception(KeyringFailed())
    else:
        future.set_result(result)


def _find() -> Any:
    """Return the keyring that the person chose for the library, or else the best; or None."""
    try:
        import keyring  # noqa: PLC0415

        keyring.core.init_backend(limit=_is_of_the_system)
        found = keyring.get_keyring()
    # Back ends run while they are looked for.
    except Exception as error:  # noqa: BLE001
        log.warning("no keyring error=%s", type(error).__name__)
        return None
    if _is_of_the_system(found):
        return found
    log.info("no keyring found=%s", type(found).__module__)
    return None


def _is_of_the_system(backend: object) -> bool:
    return type(backend).__module__ in _OF_THE_SYSTEM
