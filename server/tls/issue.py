"""Makes keys and self-signed certificates. The only module that imports `cryptography`."""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=800)
_BEGINS_BEFORE = timedelta(hours=1)
"""The clocks of clients may be behind."""


def new_key() -> bytes:
    """Return a new P-256 key (PEM, PKCS #8)."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def certificate(key: bytes, names: Iterable[str], now: datetime | None = None) -> bytes:
    """Return a certificate for a key (PEM).

    Args:
        key: the key (PEM).
        names: host names and addresses.
        now: the time; that of the clock by default.

    Raises:
        ValueError: the key cannot be read, or is not an EC key.
    """
    try:
        private = serialization.load_pem_private_key(key, None)
    except (TypeError, UnsupportedAlgorithm) as problem:  # encrypted, or of another kind
        raise ValueError(str(problem)) from problem
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise ValueError("it is not an EC key")  # noqa: TRY004 - a damaged file
    public = private.public_key()
    begins = (now or datetime.now(UTC)) - _BEGINS_BEFORE
    owner = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Chatroom")])
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=False, crl_sign=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = (
        x509.CertificateBuilder()
        .subject_name(owner)
        .issuer_name(owner)
        .public_key(public)
        .serial_number(secrets.randbits(158) | 1 << 157)
        .not_valid_before(begins)
        .not_valid_after(begins + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(list(map(_name, sorted(names)))), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(usage, True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
        .sign(private, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)
