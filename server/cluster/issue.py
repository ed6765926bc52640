"""Makes the certificates of a cluster: a program of its own, which ends when it has done so.

`cryptography` takes memory that a node would keep for good. It reads a request as JSON from
standard input and writes the answer to standard output, also as JSON:

    {}                                   → {"certificate": …, "key": …}, of a new authority
    {"authority_pem": …, "authority_key": …, "names": […]}
                                         → {"certificate": …, "key": …}, of a node

It imports nothing of Chatroom, so that it can run by its path.
"""

import json
import secrets
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=30 * 365)
"""A node may run for years, and cannot take a new certificate while it does."""
BEGINS_BEFORE = timedelta(days=2)
"""The clocks of the other computers may be behind."""


def authority(now: datetime) -> tuple[str, str]:
    """Return the certificate and the key (PEM) of a new certificate authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Chatroom cluster")])
    made = (
        _begun(name, name, key.public_key(), now - BEGINS_BEFORE, now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .add_extension(_usage(signs_certificates=True), True)
        .sign(key, hashes.SHA256())
    )
    return _pem(made), _key_pem(key)


def node(
    authority_pem: str, authority_key: str, names: Sequence[str], now: datetime
) -> tuple[str, str]:
    """Return the certificate and the key (PEM) of a node.

    Args:
        authority_pem: the certificate of the authority (PEM).
        authority_key: its key (PEM).
        names: host names and addresses at which hosts and other nodes reach the node.
        now: the time.

    Raises:
        ValueError: the authority cannot be read, or the two do not fit together.
    """
    issuer = x509.load_pem_x509_certificate(authority_pem.encode())
    signer = serialization.load_pem_private_key(authority_key.encode(), None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise ValueError("it is not an EC key")  # noqa: TRY004 - a damaged file
    if signer.public_key() != issuer.public_key():
        raise ValueError("the key is another one")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Chatroom node")])
    begins = max(now - BEGINS_BEFORE, issuer.not_valid_before_utc)
    ends = issuer.not_valid_after_utc
    both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    made = (
        _begun(name, issuer.subject, key.public_key(), begins, ends)
        .add_extension(x509.SubjectAlternativeName(list(map(_name, sorted(names)))), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(_usage(signs_certificates=False), True)
        .add_extension(x509.ExtendedKeyUsage(both), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False
        )
        .sign(signer, hashes.SHA256())
    )
    return _pem(made), _key_pem(key)


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    begins: datetime,
    ends: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(secrets.randbits(158) | 1 << 157)
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False,
        key_cert_sign=signs_certificates, crl_sign=signs_certificates,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def main() -> int:
    """Answer the request on standard input; returns the exit status."""
    request = json.load(sys.stdin)
    now = datetime.now(UTC)
    try:
        made = node(**request, now=now) if request else authority(now)
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 1
    json.dump({"certificate": made[0], "key": made[1]}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
