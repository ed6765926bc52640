"""What a worker passes on of its room's calls."""

from types import SimpleNamespace
from typing import cast

import pytest

from server.worker import Callbacks, Worker
from tests.fakes import FakeSubscriber
from tests.server.protocols.connecting import worker_state

A, B, C = "https://a:18000", "https://b:18000", "https://c:18000"
PAGES = ("https://chat.example",)


class Told:
    """The callbacks of a worker with one member."""

    def __init__(self) -> None:
        self.state = worker_state()
        self.callbacks = Callbacks(cast(Worker, SimpleNamespace(state=self.state)))
        self.member = FakeSubscriber()
        fanout = self.state.fanout
        fanout.serve(fanout.subscribe(self.member), 0)


@pytest.fixture
async def told() -> Told:
    return Told()


def test_members_are_told_when_the_hosts_are_others(told: Told) -> None:
    told.callbacks.hosts((A, B), ())
    told.callbacks.hosts((A, B), PAGES)
    told.callbacks.hosts((A, B, C), PAGES)
    assert told.member.got == [
        b'{"type":"hosts","hosts":["https://a:18000","https://b:18000"]}',
        b'{"type":"hosts","hosts":["https://a:18000","https://b:18000","https://c:18000"]}',
    ]
    assert (told.state.hosts, told.state.pages) == ((A, B, C), PAGES)


def test_members_are_told_nothing_by_a_host_that_hears_no_other(told: Told) -> None:
    """It may be the one that is cut off, and they need the list then."""
    told.callbacks.hosts((A, B), ())
    told.callbacks.hosts((), ())
    assert len(told.member.got) == 1
    assert told.state.hosts == ()
