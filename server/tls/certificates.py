"""The identity that a running server uses: loaded at the start, kept valid, given to workers.

Workers read it from one file in the private folder of this server, which is only ever replaced
by an identity that was tried: so a worker that starts while the person exchanges the files of
`--tls-cert` still can serve.
"""

import logging
import time
from datetime import UTC, datetime
from pathlib import Path

from server.processes import output
from server.processes.run_directory import CERTIFICATE, FolderError, make_private
from server.settings import Settings
from server.tls import identity
from server.tls.identity import Identity, IdentityError

log = logging.getLogger(__name__)

CHECK_EVERY = 60.0
_DAY = 86_400.0
_WARN_BEFORE = 7 * _DAY


class Certificates:
    """The identity of a server with TLS.

    Args:
        settings: those of the server.
        folder: the private folder of this server.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder
        self._warned = float("-inf")
        self.identity = self._load()
        if (why := _lifetime(self.identity, time.time())) and settings.tls_cert:
            output.warn(f"The certificate {settings.tls_cert} {why}.")
            self._warned = time.time()

    @property
    def key(self) -> str:
        """The hash of the key, as the protocol has it."""
        return self.identity.facts.key

    def write(self) -> None:
        """Write the file for workers. Raises `OSError`."""
        make_private(self._folder)  # it may have been cleaned away
        identity.write_private(self._folder / CERTIFICATE, self.identity.pem)

    def load_again(self) -> bool:
        """Read the files again; return whether the workers have to.

        What cannot be used is logged, and the identity stays as it is.
        """
        before = self.identity
        try:
            self.identity = self._load()
            if self.identity != before:
                self.write()
        except (IdentityError, FolderError, OSError) as problem:
            self.identity = before
            log.warning("certificate not loaded error=%r action=keep", str(problem))
        return self.identity != before

    def check(self) -> bool:
        """Renew the certificate if that is due; return whether the workers must read it.

        Making one takes this process a quarter of a second, once in two years or where the
        computer gets another address.
        """
        if not self._settings.tls_cert:
            return self.load_again()
        now = time.time()
        if (why := _lifetime(self.identity, now)) and now - self._warned >= _DAY:
            self._warned = now
            log.warning("certificate %s path=%s", why, self._settings.tls_cert)
        return False

    def _load(self) -> Identity:
        settings = self._settings
        if settings.tls_cert and settings.tls_key:
            return identity.own(settings.tls_cert, settings.tls_key, self._folder)
        try:
            return identity.ensure(settings.data_dir, identity.names(settings))
        except OSError as problem:
            where = settings.data_dir / identity.FOLDER
            raise IdentityError(f"{where} cannot be used: {problem.strerror}.") from None


def _lifetime(found: Identity, now: float) -> str:
    """Say that a certificate has ended, or will soon; empty if it has not."""
    ends = found.facts.ends
    if now < ends - _WARN_BEFORE:
        return ""
    day = datetime.fromtimestamp(ends, UTC).date()
    return f"ends on {day}" if now < ends else f"ended on {day}"
