"""Messages of many sizes over a connection to NATS."""

from functools import partial

from server.cluster.connection import Connection
from server.cluster.nats_internals import READ_BYTES
from tests.support.waiting import until


async def exchange_sizes(connection: Connection) -> None:
    """Send messages larger and smaller than one read, together and alone."""
    got: list[bytes] = []
    await connection.listen("sizes", lambda message: got.append(message.data))
    sizes = [0, 1, 300, 2 * READ_BYTES, READ_BYTES, 5, 15 * READ_BYTES, 16 * 1024, 7]
    sent = [bytes([number]) * size for number, size in enumerate(sizes)]
    for data in sent:
        connection.publish("sizes", data)
    await until(lambda: len(got) == len(sent))
    for data in sent:
        before = len(got)
        connection.publish("sizes", data)
        await until(partial(_has, got, before + 1))
    assert got == sent * 2


def _has(got: list[bytes], count: int) -> bool:
    return len(got) == count
