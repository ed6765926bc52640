"""The room's key and certificate in the data folder: `tls/key.pem`, `tls/certificate.pem`.

The key is the identity of the room: clients know the room again by it. It is made once, at the
first start, and only replaced by the person. The certificate is made anew, under the same key,
when it runs out or the computer has a name or an address that it lacks.
"""

import multiprocessing
import os
import re
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from server.processes import children, output, own_addresses
from server.processes.run_directory import check_owner
from server.settings import Settings
from server.tls import certificate
from server.tls.certificate import Facts

FOLDER, KEY, CERTIFICATE = "tls", "key.pem", "certificate.pem"
RENEW_BEFORE = 30 * 86_400.0
"""Seconds before its end at which a certificate is made anew."""
_MOST_BYTES = 1 << 20
_OTHERS = 0o077
_DNS_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?")


class IdentityError(Exception):
    """The key or certificate cannot be used; the text says why and what to do, in one line."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A key and a certificate for it.

    Attributes:
        private_key: in PEM.
        certificate: in PEM, with the certificates of its issuers behind it.
        facts: of the certificate; `facts.key` is the room's `key` in the protocol.
    """

    private_key: bytes
    certificate: bytes
    facts: Facts

    @property
    def pem(self) -> bytes:
        """Both in one text, as `ssl.SSLContext.load_cert_chain` reads them."""
        return self.certificate + b"\n" + self.private_key


def key_path(data: Path) -> Path:
    """Return where the key of a data folder is."""
    return data / FOLDER / KEY


def certificate_path(data: Path) -> Path:
    """Return where the certificate of a data folder is."""
    return data / FOLDER / CERTIFICATE


def names(settings: Settings) -> set[str]:
    """Return all names and addresses under which this computer can be reached."""
    named = {"localhost", *own_addresses.machine_names(), *settings.host, *settings.allow_host}
    found = {name for name in named if _DNS_NAME.fullmatch(name) and not _is_address(name)}
    own = (ip_address(one.address) for one in own_addresses.interfaces())
    return found | {"127.0.0.1", "::1"} | {str(ip) for ip in own if not ip.is_link_local}


def ensure(data: Path, wanted: Iterable[str], now: float | None = None) -> Identity:
    """Return the identity of a data folder; make the key and the certificate that it lacks.

    Args:
        data: the data folder.
        wanted: the names and addresses that the certificate must have (`names`).
        now: seconds since 1970; the time of the clock by default.

    Raises:
        IdentityError: the key is damaged.
        FolderError: somebody else could change it.
        OSError: it cannot be read or written.
    """
    folder = data / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    check_owner(folder)
    folder.chmod(0o700)
    key = _read_key(key_path(data))
    if key is not None:
        found = _existing(key, certificate_path(data))
        if found is not None and _serves(found.facts, set(wanted), now or time.time()):
            return found
    made_key, made = _issue(key, sorted(set(wanted)), key_path(data))
    if key is None:
        if certificate_path(data).exists():
            output.warn(
                f"{key_path(data)} was missing. The room has a new key now: "
                "members will be asked whether they trust it."
            )
        write_private(key_path(data), made_key)
    write_private(certificate_path(data), made)
    return Identity(made_key, made, certificate.read(made))


def own(cert: Path, key: Path, work: Path) -> Identity:
    """Return the identity in two PEM files of the person's own.

    Args:
        cert: the certificate, and those of its issuers behind it.
        key: its key. Both may be the same file.
        work: a private folder, for trying them.

    Raises:
        IdentityError: one cannot be read or used, or they do not fit together.
        OSError: the folder cannot be written.
    """
    text, secret = _read_own(cert, "certificate"), _read_own(key, "key")
    chain = b"\n".join(certificate.blocks(text)) + b"\n"
    try:
        facts = certificate.read(chain)
    except ValueError as problem:
        raise IdentityError(f"{cert} is not a certificate in PEM form: {problem}.") from None
    keys = _private_keys(secret)
    if not keys:
        raise IdentityError(f"{key} is not a key in PEM form: there is no private key in it.")
    if b"ENCRYPTED" in keys[0]:
        raise IdentityError(
            f"The key {key} has a passphrase. "
            f"Make one without: openssl pkey -in {key} -out FILE"
        )
    found = Identity(keys[0] + b"\n", chain, facts)
    tried = work / "tls.tried"
    write_private(tried, found.pem)
    try:
        _load(tried)
    except ssl.SSLError as problem:
        if problem.reason == "KEY_VALUES_MISMATCH":
            raise IdentityError(
                f"The key {key} is not that of the certificate {cert}."
            ) from None
        why = (problem.reason or str(problem)).lower().replace("_", " ")
        raise IdentityError(f"{cert} and {key} cannot be used: {why}.") from None
    finally:
        tried.unlink(missing_ok=True)
    return found


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only this user can read, whole or not at all. Raises `OSError`."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(
        fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
    )
    with open(descriptor, "wb") as file:  # noqa: PTH123 - of a descriptor
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read_key(path: Path) -> bytes | None:
    """Return the key, which then only this user can read; None if there is none."""
    try:
        check_owner(path)
    except FileNotFoundError:
        return None
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - of a descriptor
        if os.fstat(file.fileno()).st_mode & _OTHERS:
            os.fchmod(file.fileno(), 0o600)
            output.warn(
                f"Other users of this computer could read {path}; now they cannot. If one "
                "may have copied it, move it away, and the room gets a new key."
            )
        return file.read(_MOST_BYTES)


def _existing(key: bytes, path: Path) -> Identity | None:
    """Return the identity with the certificate at this path, if it is one for this key."""
    try:
        text = path.read_bytes()
        found = Identity(key, text, certificate.read(text))
        _load(path, path.with_name(KEY))
    except (OSError, ValueError):  # it is made anew; ssl's errors are OSErrors
        return None
    return found


def _serves(facts: Facts, wanted: set[str], now: float) -> bool:
    return facts.begins <= now < facts.ends - RENEW_BEFORE and wanted <= facts.names


def _load(cert: Path, key: Path | None = None) -> None:
    """Try a certificate and its key. Raises `ssl.SSLError`."""
    # With a passphrase, OpenSSL would ask the terminal for one that is needed.
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, lambda: "none")


def _issue(key: bytes | None, wanted: list[str], path: Path) -> tuple[bytes, bytes]:
    """Make a certificate, and the key if there is none, in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=children.certificate, args=(key, wanted, theirs))
    process.start()
    theirs.close()
    try:
        made = ours.recv()
    except EOFError:
        made = ""
    finally:
        ours.close()
        process.join()
    if isinstance(made, tuple):
        return made
    if made:
        raise IdentityError(
            f"The TLS key {path} is damaged. Put it back from a backup. Or move it away: then "
            "the room gets a new one, and members will be asked whether they trust it."
        )
    raise IdentityError("The TLS certificate cannot be made. See the log.")


def _read_own(path: Path, what: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError as problem:
        raise IdentityError(f"The {what} {path} cannot be read: {problem.strerror}.") from None


def _private_keys(pem: bytes) -> list[bytes]:
    found = re.finditer(
        rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.+?-----END \1-----", pem, re.DOTALL
    )
    return [one[0] for one in found]


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
