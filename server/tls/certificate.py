"""Reads the few facts of a certificate that the server needs (X.509 in DER, RFC 5280).

`cryptography` reads them too, but costs every process that loads it 11 MiB and 0.1 s.
"""

import hashlib
import re
import ssl
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import NamedTuple

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_UTC_TIME = 0x17
_VERSION, _EXTENSIONS = 0xA0, 0xA3
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87
_ALTERNATIVE_NAMES = bytes((0x55, 0x1D, 0x11))  # 2.5.29.17


@dataclass(frozen=True, slots=True)
class Facts:
    """What a certificate says.

    Attributes:
        key_hash: the SHA-256 of its key (DER SubjectPublicKeyInfo), 32 bytes.
        begins, ends: it is valid between these times (seconds since 1970).
        names: its alternative names, in lower case, and addresses.
    """

    key_hash: bytes
    begins: float
    ends: float
    names: frozenset[str]

    @property
    def key(self) -> str:
        """The hash of the key as the protocol has it: base64url without padding."""
        return urlsafe_b64encode(self.key_hash).rstrip(b"=").decode()

    @property
    def fingerprint(self) -> str:
        """The hash of the key in hexadecimal."""
        return self.key_hash.hex()


class _Item(NamedTuple):
    tag: int
    content: bytes
    whole: bytes


def blocks(pem: bytes) -> list[bytes]:
    """Return the certificates in a PEM text, each with its first and last line."""
    return _PEM.findall(pem)


def read(pem: bytes) -> Facts:
    """Return the facts of the first certificate in a PEM text.

    Raises:
        ValueError: there is none, or it is damaged.
    """
    found = blocks(pem)
    if not found:
        raise ValueError("there is no certificate in it")
    try:
        return _facts(ssl.PEM_cert_to_DER_cert(found[0].decode("ascii")))
    except (ValueError, IndexError) as problem:
        raise ValueError("its certificate is damaged") from problem


def _facts(der: bytes) -> Facts:
    (whole,) = _items(der)
    fields = list(_items(_first(whole.content).content))
    if fields[0].tag == _VERSION:
        del fields[0]
    _serial, _algorithm, _issuer, validity, _subject, key, *others = fields
    begins, ends = (_time(one) for one in _items(validity.content))
    names = frozenset(
        name
        for other in others
        if other.tag == _EXTENSIONS
        for extension in _items(_first(other.content).content)
        for name in _names(extension)
    )
    return Facts(hashlib.sha256(key.whole).digest(), begins, ends, names)


def _names(extension: _Item) -> Iterator[str]:
    parts = list(_items(extension.content))
    if parts[0].content != _ALTERNATIVE_NAMES:
        return
    for name in _items(_first(parts[-1].content).content):
        if name.tag == _DNS_NAME:
            yield name.content.decode("ascii").lower()
        elif name.tag == _IP_ADDRESS:
            yield str(ip_address(name.content))


def _time(item: _Item) -> float:
    """Return a time (RFC 5280, section 4.1.2.5)."""
    text = item.content.decode("ascii")
    if item.tag == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()


def _first(data: bytes) -> _Item:
    for item in _items(data):
        return item
    raise ValueError("a value is empty")


def _items(data: bytes) -> Iterator[_Item]:
    """Return the values that follow one another (X.690, section 8.1; tags of one byte)."""
    place = 0
    while place < len(data):
        size, start = data[place + 1], place + 2
        if size >= 0x80:
            start += size & 0x7F
            size = int.from_bytes(data[place + 2 : start])
        if start + size > len(data):
            raise ValueError("a value is cut off")
        yield _Item(data[place], data[start : start + size], data[place : start + size])
        place = start + size
