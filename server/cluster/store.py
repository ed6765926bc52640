"""The store of shared files, as a worker and the room process open it."""

from server.cluster import secret
from server.cluster.connection import Connection
from server.cluster.objects import Objects
from server.cluster.retrying import AGAIN_AFTER, retried
from server.cluster.shared_files import SharedFiles
from server.settings import Settings


def connection(settings: Settings) -> Connection:
    """Return a connection to the cluster of a room, which is not open yet.

    Raises:
        SecretError: the file of `cluster_credentials` cannot be used.
    """
    file = settings.cluster_credentials
    shared = secret.read(file) if file else None
    return Connection(settings.cluster, settings.room, settings.host_name, shared)


def bucket(connection: Connection, kind: str) -> Objects:
    """Return a bucket of the room; `kind` is a word."""
    return Objects(connection, f"{connection.token}-{kind}")


class Store:
    """The files of a room on several hosts, over a connection of its own.

    Attributes:
        files: the files.
    """

    def __init__(self, settings: Settings) -> None:
        self._connection = connection(settings)
        self._objects = bucket(self._connection, "files")
        self.files = SharedFiles(self._objects)

    async def open(self) -> None:
        """Connect, and make the bucket if there is none, however long that takes."""
        await retried(lambda: self._connection.open(AGAIN_AFTER))
        await retried(self._objects.open)

    async def close(self) -> None:
        """End the connection."""
        await self._connection.close()
