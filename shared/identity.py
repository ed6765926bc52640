"""Who a client talks to: the address of a server, and the TLS key by which it is recognised.

A key is named by the SHA-256 of its DER SubjectPublicKeyInfo, in lower-case hexadecimal. The
certificate around it may be renewed; the key is the room's identity.
"""

from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from shared.joinlink import Address


class ServerIdentity(NamedTuple):
    """A server that a client may talk to.

    `key` is the key that it must show in each handshake; empty: it is talked to without TLS.
    `system`: instead it may show any certificate that the system trusts for its name.
    """

    address: Address
    key: str = ""
    system: bool = False

    def url(self, path: str) -> str:
        """Return the URL of `path` on this server."""
        return f"{'https' if self.key else 'http'}://{self.address}{path}"


def is_loopback(host: str) -> bool:
    """Return whether what is sent to `host` stays on this computer."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host == "localhost"
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def fingerprint(key: str) -> str:
    """Return half of the hash of a key in four groups, which two people can compare by eye.

    Half of it, 128 bits, is more than anybody could make a second key for.
    """
    return " ".join(key[at : at + 8].upper() for at in range(0, 32, 8))
