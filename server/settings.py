"""The settings of a server, checked once and handed whole to every process.

`server.cli.options` reads and checks them. This module imports no other part of the server,
so that every process can load it at no cost.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal

from shared import limits
from shared.media_types import Accepted

type Durability = Literal["normal", "full"]
type Tls = Literal["auto", "optional", "off"]

JOURNAL = "journal.sqlite3"
INDEX = "search.sqlite3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All options of `python -m server`, in its words.

    Sizes are in bytes, times in seconds, `rate` in messages per second, `keep_files` in days.
    0 switches `history` and `keep_files` (keep all), `rate`, `quota`, `max_journal`, `min_free`
    and `max_connections` off, `edit_window` switches editing off, and `max_users_per_address`
    leaves it to `server.budgets`. `allow_host` and `allow_origin` are in lower case. `cluster`
    are the URLs of NATS nodes, empty for a room on one host; `host_name` tells its hosts apart.
    """

    host: tuple[str, ...] = (limits.DEFAULT_HOST,)
    port: int = limits.DEFAULT_PORT
    max_users: int = limits.DEFAULT_MAX_USERS
    workers: int = 1
    downloads: Path = Path("downloads")
    data_dir: Path = Path(".chatroom")
    room: str = limits.DEFAULT_ROOM
    history: int = 0
    grace: float = limits.DEFAULT_GRACE
    rate: float = 20.0
    edit_window: float = limits.EDIT_WINDOW
    files: Accepted = "text"
    keep_files: int = 0
    max_file: int = limits.DEFAULT_FILE_BYTES
    quota: int = 1 << 30
    downloads_mode: int = 0o600
    max_journal: int = 1 << 30
    min_free: int = 256 << 20
    password: str = ""
    max_users_per_address: int = 0
    max_connections: int = 512
    durability: Durability = "normal"
    allow_host: frozenset[str] = frozenset()
    allow_origin: frozenset[str] = frozenset()
    trusted_proxy: tuple[IPv4Network | IPv6Network, ...] = ()
    public_url: str = ""
    tls: Tls = "auto"
    tls_cert: Path | None = None
    tls_key: Path | None = None
    qr: bool = True
    announce: bool = True
    report_addresses: Literal["all", "owner"] = "all"
    metrics: Literal["loopback", "all"] = "loopback"
    log_level: str = "warning"
    log_format: Literal["text", "json"] = "text"
    hung_after: float = 5.0
    cluster: tuple[str, ...] = ()
    cluster_credentials: Path | None = None
    host_name: str = ""

    @property
    def journal(self) -> Path:
        """The file of the journal."""
        return self.data_dir / JOURNAL

    @property
    def index(self) -> Path:
        """The file of the search index."""
        return self.data_dir / INDEX
