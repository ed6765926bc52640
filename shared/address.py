"""The address of a host: a name or an IP address, and a port."""

from typing import NamedTuple

from shared import limits


class Address(NamedTuple):
    """The address of one host of a room."""

    host: str
    port: int = limits.DEFAULT_PORT

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"
