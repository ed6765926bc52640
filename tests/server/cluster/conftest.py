"""Fixtures: real nats-servers, one set for all tests, and a room of its own for each test."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import count

import pytest

from server.cluster.connection import Connection
from tests.support.nats_servers import NatsServers, running_nats

type Connect = Callable[..., Awaitable[Connection]]

_rooms = count(1)


@pytest.fixture(scope="session")
def one_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServers]:
    with running_nats(tmp_path_factory.mktemp("nats1")) as servers:
        yield servers


@pytest.fixture(scope="session")
def three_nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServers]:
    with running_nats(tmp_path_factory.mktemp("nats3"), 3) as servers:
        yield servers


@pytest.fixture
def nats1(one_node: NatsServers) -> Iterator[NatsServers]:
    """One node, which runs when the test begins."""
    one_node.mend()
    yield one_node
    one_node.mend()


@pytest.fixture
def nats3(three_nodes: NatsServers) -> Iterator[NatsServers]:
    """Three nodes, which run when the test begins; a test may kill and freeze them."""
    three_nodes.mend()
    yield three_nodes
    three_nodes.mend()


@pytest.fixture
def room() -> str:
    """The name of a room that no other test has."""
    return f"room {next(_rooms)}"


@pytest.fixture
async def connect(room: str) -> AsyncIterator[Connect]:
    """Connect to nodes by their URLs; what is connected is closed after the test."""
    made: list[Connection] = []

    async def connect(urls: list[str], name: str = "host", within: float = 10) -> Connection:
        connection = Connection(urls, room, name)
        made.append(connection)
        await connection.open(within)
        return connection

    yield connect
    for connection in made:
        await connection.close()
