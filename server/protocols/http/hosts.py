"""Which names this server answers to.

Any web site can let a name of its own point to this machine, and then its scripts may read the
answers ("DNS rebinding"). So a request whose Host is neither an address nor a name of this
machine is refused.
"""

import re
import socket
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path

from server.protocols.aiohttp_internals import Headers
from server.protocols.http.errors import HttpError
from server.settings import Settings
from shared.problems import problem

HOSTS_FILE = Path("/etc/hosts")
_HOST = re.compile(r"(?:\[([^\[\]]*)\]|([^\[\]:]*))(?::\d*)?")


class HostNames:
    """The names that this server answers to: those of `machine`, and those in the settings."""

    def __init__(self, settings: Settings, machine: Iterable[str]) -> None:
        own = {"localhost", *settings.host, *settings.allow_host, *machine}
        self._names = frozenset(name.lower().rstrip(".") for name in own)
        self._is_own = lru_cache(64)(self._check)  # most clients name the same few hosts

    def check(self, headers: Headers) -> None:
        """Refuse a request for another host. The port does not matter. Raises `HttpError`."""
        hosts = headers.getall("Host", [])
        if len(hosts) != 1:
            raise HttpError(problem("bad_request", "host"))
        if not self._is_own(hosts[0]):
            raise HttpError(problem("wrong_host", host=hosts[0]))

    def _check(self, host: str) -> bool:
        found = _HOST.fullmatch(host.strip())
        if found is None:
            return False
        name = found[1] or (found[2] or "").lower().rstrip(".")
        if name in self._names:
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True


def machine_names() -> set[str]:
    """Return this machine's names, as far as it knows them without asking the network."""
    own = socket.gethostname().lower().rstrip(".")
    names = {own, own.partition(".")[0]}
    try:
        lines = HOSTS_FILE.read_text("utf-8", "replace").lower().splitlines()
    except OSError:
        lines = []
    for line in lines:
        aliases = line.partition("#")[0].split()[1:]
        if not names.isdisjoint(aliases):
            names.update(aliases)
    return names | {f"{name}.local" for name in names if "." not in name}
