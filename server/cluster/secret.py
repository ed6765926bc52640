"""The file that the nodes and hosts of one cluster share: it lets them in, and encrypts.

`python -m server engine` makes it on node 1, as `cluster.secret` in its data folder, and the
operator copies it to the other hosts. It is TOML:

    user = "chatroom"
    password = "…"
    authority = \"\"\"
    -----BEGIN CERTIFICATE-----
    …
    \"\"\"
    authority_key = \"\"\"
    -----BEGIN PRIVATE KEY-----
    …
    \"\"\"

- `user` and `password`: what a host, and another node, shows a node. NATS sends both in its
  CONNECT, so nats-py takes them as `user=` and `password=`.
- `authority`: the certificate of the cluster's own certificate authority (PEM). Each node has a
  certificate of it, which its program makes at each start. A host trusts these, and no other.
  With an authority the TLS handshake comes before anything else (`handshake_first: true` in
  the node's configuration, `tls=secret.tls(), tls_handshake_first=True` in nats-py), so that
  nobody between can ask for the password in plain text.
- `authority_key`: its key (PEM), with which nodes make their certificates. Hosts do not use it.

For nodes that another program runs, the operator writes the file: `user` and `password`, and
`authority` if the nodes use TLS.
"""

import re
import ssl
import tomllib
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

NAME = "cluster.secret"
_MOST_BYTES = 1 << 20
_FIELDS = ("user", "password", "authority", "authority_key")
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,200}")


class SecretError(Exception):
    """The file cannot be used; the text says why and what to do, in one line."""


@dataclass(frozen=True, slots=True)
class Secret:
    """The secret of the nodes and hosts of one cluster.

    Attributes:
        user: the name that a host or node shows.
        password: the password that it shows.
        authority: the certificate that all nodes' certificates come from (PEM); empty without
            TLS.
        authority_key: its key (PEM); empty where nodes make no certificates.
    """

    user: str
    password: str = field(repr=False)
    authority: str = ""
    authority_key: str = field(default="", repr=False)

    def tls(self) -> ssl.SSLContext | None:
        """Return the TLS settings of a client of the nodes; None without an authority."""
        return ssl.create_default_context(cadata=self.authority) if self.authority else None

    @property
    def mark(self) -> str:
        """Eight characters for people to compare; nobody can find the password by them."""
        return sha256(f"mark\0{self.user}\0{self.password}".encode()).hexdigest()[:8]

    def text(self) -> str:
        """Return the content of the file. Raises `ValueError` for another kind of password."""
        if not _PLAIN.fullmatch(self.user) or not _PLAIN.fullmatch(self.password):
            raise ValueError("user and password must be letters, digits, - and _")
        return (
            "# The nodes and hosts of one Chatroom cluster share this file. Keep it secret:\n"
            "# whoever has it can read all messages of the room, and change them.\n"
            f'user = "{self.user}"\n'
            f'password = "{self.password}"\n'
            f'authority = """\n{self.authority}"""\n'
            f'authority_key = """\n{self.authority_key}"""\n'
        )


def read(path: Path) -> Secret:
    """Read the file that the nodes and hosts of one cluster share.

    Raises:
        SecretError: it is missing, cannot be read, or is not such a file.
    """
    try:
        with path.open("rb") as file:
            table = tomllib.loads(file.read(_MOST_BYTES).decode("utf-8-sig"))
    except FileNotFoundError:
        raise SecretError(f"{path} is missing. Copy it from a host of the cluster.") from None
    except OSError as problem:
        raise SecretError(f"{path} cannot be read: {problem.strerror}.") from None
    except (ValueError, RecursionError):
        raise SecretError(_unusable(path, "it is no TOML file")) from None
    for name, value in table.items():
        if name not in _FIELDS:
            raise SecretError(_unusable(path, f"it has the unknown field {name[:40]}"))
        if not isinstance(value, str):
            raise SecretError(_unusable(path, f"{name} is not a text"))
    for name in ("user", "password"):
        value = table.get(name, "")
        if not value or not value.isprintable():
            raise SecretError(_unusable(path, f"{name} is missing or not one line"))
    found = Secret(**table)
    try:
        found.tls()
    except (ssl.SSLError, ValueError):
        raise SecretError(_unusable(path, "authority is not a certificate (PEM)")) from None
    return found


def _unusable(path: Path, why: str) -> str:
    return f"{path} is not the secret of a cluster: {why}. Copy it again from another host."
