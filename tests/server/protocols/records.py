"""Records of TLS 1.3 that no library makes: after the handshake, with the client's own keys."""

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

HANDSHAKE, DATA = 22, 23


class Records:
    """Encrypts records (RFC 8446, sections 5.2 and 7) of a client with TLS_AES_256_GCM_SHA384.

    `key_log` has the client's secrets, as `ssl.SSLContext.keylog_filename` writes them.
    """

    def __init__(self, key_log: str) -> None:
        lines = (line.split() for line in key_log.splitlines())
        (secret,) = (line[2] for line in lines if line[:1] == ["CLIENT_TRAFFIC_SECRET_0"])
        self._use(bytes.fromhex(secret))

    def record(self, kind: int, content: bytes) -> bytes:
        """Return a record."""
        inner = content + bytes([kind])
        head = b"\x17\x03\x03" + (len(inner) + 16).to_bytes(2)
        nonce = int.from_bytes(self._iv) ^ self._number
        self._number += 1
        return head + self._key.encrypt(nonce.to_bytes(12), inner, head)

    def key_update(self, *, requested: bool) -> bytes:
        """Return a record with which the client changes its keys (section 4.6.3)."""
        record = self.record(HANDSHAKE, bytes([24, 0, 0, 1, requested]))
        self._use(_expand(self._secret, "traffic upd", 48))
        return record

    def _use(self, secret: bytes) -> None:
        self._secret, self._number = secret, 0
        self._key = AESGCM(_expand(secret, "key", 32))
        self._iv = _expand(secret, "iv", 12)


def _expand(secret: bytes, name: str, size: int) -> bytes:
    label = b"tls13 " + name.encode()
    info = size.to_bytes(2) + bytes([len(label)]) + label + b"\0"
    return HKDFExpand(SHA384(), size, info).derive(secret)
