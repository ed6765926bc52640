"""The key of a room stays; certificates come and go."""

import contextlib
import multiprocessing
import signal
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from server.processes.run_directory import FolderError
from server.settings import Settings
from server.tls import certificate, identity, issue
from server.tls.identity import Identity, IdentityError, ensure, own

NAMES = {"localhost", "box", "127.0.0.1", "::1", "192.0.2.7"}
DAY = 86_400.0
DAMAGED = (b"", b"x", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")


@pytest.fixture(scope="module")
def key() -> bytes:
    return issue.new_key()


class Here:
    """What `multiprocessing` gives, in this process: another one takes half a second."""

    Pipe = staticmethod(multiprocessing.Pipe)

    class Process:
        def __init__(self, target: Callable[..., None], args: tuple[object, ...]) -> None:
            self.start = partial(target, *args)

        def join(self) -> None:
            pass


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "signal", lambda *of: None)
    monkeypatch.setattr(multiprocessing, "get_context", lambda kind: Here)


def put(data: Path, key: bytes, cert: bytes | None = None) -> None:
    """Lay a key and a certificate where a server has them."""
    (data / "tls").mkdir(mode=0o700)
    identity.write_private(identity.key_path(data), key)
    if cert is not None:
        identity.write_private(identity.certificate_path(data), cert)


def test_the_first_start_makes_a_key_and_a_certificate(tmp_path: Path) -> None:
    made = ensure(tmp_path, NAMES)
    assert made.facts.names == NAMES
    assert ensure(tmp_path, NAMES) == made
    folder, file = tmp_path / "tls", tmp_path / "tls" / "key.pem"
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    assert file.read_bytes() == made.private_key
    assert {one.name for one in folder.iterdir()} == {"key.pem", "certificate.pem"}


def test_the_hash_is_that_of_the_key(tmp_path: Path, key: bytes) -> None:
    public = serialization.load_pem_private_key(key, None).public_key()
    info = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    digest = hashes.Hash(hashes.SHA256())
    digest.update(info)
    facts = certificate.read(issue.certificate(key, NAMES))
    assert facts.key_hash == digest.finalize()
    assert (len(facts.key), len(facts.fingerprint)) == (43, 64)


def test_the_facts_are_those_of_the_certificate(key: bytes) -> None:
    for now in (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2049, 6, 1, tzinfo=UTC)):
        pem = issue.certificate(key, NAMES, now)
        theirs, ours = x509.load_pem_x509_certificate(pem), certificate.read(pem)
        assert ours.begins == theirs.not_valid_before_utc.timestamp()
        assert ours.ends == theirs.not_valid_after_utc.timestamp()
        assert ours.ends - ours.begins == 800 * DAY


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("later", "wanted", "anew"),
    [
        (0, NAMES, False),
        (0, NAMES - {"192.0.2.7"}, False),
        (0, NAMES | {"192.0.2.8"}, True),
        (768 * DAY, NAMES, False),
        (771 * DAY, NAMES, True),
        (-DAY, NAMES, True),
    ],
)
def test_a_certificate_is_made_anew_under_the_same_key(
    tmp_path: Path, key: bytes, later: float, wanted: set[str], anew: bool
) -> None:
    put(tmp_path, key, cert := issue.certificate(key, NAMES))
    found = ensure(tmp_path, wanted, time.time() + later)
    assert found.private_key == key
    assert (found.certificate != cert) is anew
    assert not anew or found.facts.names == wanted


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("cert", [None, *DAMAGED, issue.certificate(issue.new_key(), NAMES)])
def test_a_certificate_that_does_not_serve_is_made_anew(
    tmp_path: Path, key: bytes, cert: bytes | None
) -> None:
    put(tmp_path, key, cert)
    assert ensure(tmp_path, NAMES).private_key == key
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
        identity.certificate_path(tmp_path), identity.key_path(tmp_path)
    )


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("damaged", DAMAGED)
def test_a_damaged_key_is_not_replaced(tmp_path: Path, damaged: bytes) -> None:
    put(tmp_path, damaged)
    with pytest.raises(IdentityError, match=r"damaged\. Put it back from a backup"):
        ensure(tmp_path, NAMES)
    assert identity.key_path(tmp_path).read_bytes() == damaged


@pytest.mark.usefixtures("at_once")
def test_others_cannot_read_the_key_any_more(
    tmp_path: Path, key: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, key)
    identity.key_path(tmp_path).chmod(0o644)
    assert ensure(tmp_path, NAMES).private_key == key
    assert identity.key_path(tmp_path).stat().st_mode & 0o777 == 0o600
    assert "could read" in capsys.readouterr().err


def test_a_key_that_others_could_change_is_refused(tmp_path: Path, key: bytes) -> None:
    put(tmp_path, key)
    identity.key_path(tmp_path).chmod(0o620)
    with pytest.raises(FolderError, match="chmod go-w"):
        ensure(tmp_path, NAMES)


def test_a_link_is_not_followed(tmp_path: Path, key: bytes) -> None:
    (tmp_path / "elsewhere").write_bytes(key)
    (tmp_path / "tls").mkdir()
    identity.key_path(tmp_path).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FolderError, match="is a link"):
        ensure(tmp_path, NAMES)


@pytest.mark.usefixtures("at_once")
def test_a_key_that_went_missing_is_noticed(
    tmp_path: Path, key: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, key, issue.certificate(key, NAMES))
    identity.key_path(tmp_path).unlink()
    assert ensure(tmp_path, NAMES).private_key != key
    assert "was missing" in capsys.readouterr().err


def test_a_certificate_has_the_names_of_the_machine() -> None:
    found = identity.names(
        Settings(host=("0.0.0.0", "::", "box.example"), allow_host=frozenset({"chat.example"}))
    )
    assert {"localhost", "127.0.0.1", "::1", "box.example", "chat.example"} <= found
    assert not {"0.0.0.0", "::"} & found
    assert not any(name.startswith("fe80") for name in found)


# --- one's own ---------------------------------------------------------------------------


def files(folder: Path, cert: bytes, key: bytes) -> tuple[Path, Path]:
    paths = folder / "cert.pem", folder / "key.pem"
    for path, content in zip(paths, (cert, key), strict=True):
        path.write_bytes(content)
    return paths


def test_ones_own_certificate_may_have_a_chain_and_text(tmp_path: Path, key: bytes) -> None:
    leaf, issuer = issue.certificate(key, NAMES), issue.certificate(issue.new_key(), {"ca"})
    cert, secret = files(tmp_path, b"a comment\n" + leaf + issuer + key, key)
    found = own(cert, secret, tmp_path)
    assert certificate.blocks(found.pem) == [leaf.strip(), issuer.strip()]
    assert found.facts == certificate.read(leaf)
    assert found.pem.count(b"PRIVATE KEY") == 2
    assert own(cert, cert, tmp_path) == found
    assert {one.name for one in tmp_path.iterdir()} == {"cert.pem", "key.pem"}


def test_ones_own_key_may_be_of_another_kind(tmp_path: Path) -> None:
    private = rsa.generate_private_key(65537, 2048)
    secret = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    name = x509.Name([])
    made = (
        x509.CertificateBuilder(name, name, private.public_key(), 1)
        .not_valid_before(datetime(2026, 1, 1))  # noqa: DTZ001
        .not_valid_after(datetime(2060, 1, 1))  # noqa: DTZ001
        .sign(private, hashes.SHA256())
    )
    found = own(
        *files(tmp_path, made.public_bytes(serialization.Encoding.PEM), secret), tmp_path
    )
    assert isinstance(found, Identity)
    assert found.facts.ends == datetime(2060, 1, 1, tzinfo=UTC).timestamp()


def encrypted(key: bytes) -> bytes:
    return serialization.load_pem_private_key(key, None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )


def test_what_is_wrong_with_ones_own_files(tmp_path: Path, key: bytes) -> None:
    cert = issue.certificate(key, NAMES)
    cut = cert[:80] + cert[200:]
    for pair, why in (
        ((b"", key), "there is no certificate in it"),
        ((key, key), "there is no certificate in it"),
        ((cut, key), "its certificate is damaged"),
        ((cert, b""), "there is no private key in it"),
        ((cert, cert), "there is no private key in it"),
        ((cert, encrypted(key)), "has a passphrase"),
        ((cert, issue.new_key()), "is not that of the certificate"),
        ((cert, DAMAGED[-1]), "cannot be used"),
    ):
        with pytest.raises(IdentityError, match=why) as error:
            own(*files(tmp_path, *pair), tmp_path)
        assert "\n" not in str(error.value)
    with pytest.raises(IdentityError, match="cannot be read: No such file"):
        own(tmp_path / "none", tmp_path / "key.pem", tmp_path)
    with pytest.raises(IdentityError, match="cannot be read: Is a directory"):
        own(tmp_path, tmp_path / "key.pem", tmp_path)


def test_damaged_certificates_are_noticed(key: bytes) -> None:
    """Whatever byte is missing, the answer is facts or `ValueError`."""
    der = ssl.PEM_cert_to_DER_cert(issue.certificate(key, NAMES).decode())
    for place in range(len(der)):
        for byte in (b"", b"\xff" + der[place + 1 :], b"\0" + der[place + 1 :]):
            changed = der[:place] + byte
            with contextlib.suppress(ValueError):
                certificate.read(ssl.DER_cert_to_PEM_cert(changed).encode())
