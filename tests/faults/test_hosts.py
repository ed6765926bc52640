"""A room on three hosts under faults, for a short while: the long run is `--hosts 3`."""

from collections.abc import Iterator
from contextlib import closing
from random import Random

import pytest

from tests.faults import figures, host_nemesis, nemesis
from tests.faults.hosts_room import HostsRoom
from tests.faults.nemesis import PlannedFault
from tests.faults.test_faults import GRACE, NAMES, SEED, SETTLE_WITHIN, START_WITHIN

MESSAGES, PAUSE = 40, 0.02
FILES, FILE_PAUSE = 2, 0.3


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostsRoom]:
    folder = tmp_path_factory.mktemp("hosts")
    with closing(HostsRoom(folder, NAMES, "--grace", str(GRACE), files=False)) as running:
        running.settle(START_WITHIN)
        yield running


@pytest.mark.parametrize(
    "kinds",
    [
        ("kill host", "hang room"),
        ("restart host", "stop node", "kill worker"),
        ("kill leader", "kill room", "kill client"),
    ],
    ids=", ".join,
)
def test_hosts_and_nodes_fail(room: HostsRoom, kinds: tuple[str, ...]) -> None:
    sent_before, acknowledged_before = figures.count(room.histories())
    planned = [
        PlannedFault(0.2 + 0.2 * place, kind, min(1.0, host_nemesis.KINDS[kind].lasts))
        for place, kind in enumerate(kinds)
    ]
    room.send(MESSAGES, PAUSE)
    room.upload(FILES, FILE_PAUSE)
    nemesis.act(room, Random(SEED), planned, host_nemesis.KINDS)
    _, findings = room.check(SETTLE_WITHIN)
    assert findings == []
    sent, acknowledged = figures.count(room.histories())
    assert sent - sent_before >= MESSAGES * len(NAMES)
    assert acknowledged - acknowledged_before == sent - sent_before
