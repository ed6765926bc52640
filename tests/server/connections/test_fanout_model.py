"""The fan-out in any order of calls: no connection misses an event or gets one twice."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from server.connections.fanout import Subscription
from tests.fakes import FakeSubscriber, lines, other_lines, turns
from tests.server.connections.feed import Feed

moves = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(1, 4)),
        st.tuples(st.just("again"), st.integers(1, 6)),  # a batch that overlaps
        st.tuples(st.just("unheard"), st.integers(1, 4)),  # journaled, the batch is lost
        st.tuples(st.just("moved"), st.just(0)),
        st.tuples(st.just("add"), st.integers(-4, 3)),
        st.tuples(st.just("slow"), st.integers(0, 9)),
        st.tuples(st.just("drain"), st.integers(0, 9)),
        st.tuples(st.just("remove"), st.integers(0, 9)),
        st.tuples(st.just("turn"), st.integers(1, 4)),
        st.tuples(st.just("forget"), st.just(0)),
    ),
    max_size=60,
)


class Served:
    """A connection, where it started, and what it had been sent when it was removed."""

    def __init__(
        self, subscriber: FakeSubscriber, subscription: Subscription, start: int
    ) -> None:
        self.subscriber, self.subscription, self.start = subscriber, subscription, start
        self.removed: list[int] | None = None


class Play:
    """A feed and its connections, moved by a script."""

    def __init__(self) -> None:
        self.feed = Feed()
        self.fanout, self.store = self.feed.fanout, self.feed.store
        self.served: list[Served] = []

    def room(self, move: str, value: int) -> None:
        """Something the room does."""
        match move:
            case "say":
                self.feed.say(value)
            case "again":
                first = max(1, self.fanout.head - value)
                last = min(first + value, self.store.newest)
                self.fanout.deliver(first, self.store.bodies(first, last))
            case "unheard":
                self.store.add(value)
            case "moved":
                self.fanout.moved(self.store.newest)
            case "forget":
                self.fanout._recent.clear()
                self.fanout._recent_bytes = 0

    def connection(self, move: str, value: int) -> None:
        """Something a connection does."""
        if move == "add":
            start = max(0, self.fanout.head + value)
            subscriber = FakeSubscriber(lines if value % 2 else other_lines)
            subscription = self.fanout.subscribe(subscriber)
            self.fanout.serve(subscription, start)
            self.served.append(Served(subscriber, subscription, start))
            self.store.newest = max(self.store.newest, start)
        if not self.served:
            return
        one = self.served[value % len(self.served)]
        match move:
            case "slow":
                one.subscriber.slow()
            case "drain":
                one.subscriber.drain()
            case "remove" if one.removed is None:
                self.fanout.remove(one.subscription)
                one.removed = seqs(one.subscriber)

    async def end(self) -> None:
        """Everybody reads, and the room says one thing more."""
        for one in self.served:
            one.subscriber.drain()
        self.fanout.moved(self.store.newest)
        await turns(100)
        self.feed.say()
        await turns()


async def play(script: list[tuple[str, int]]) -> None:
    it = Play()
    for move, value in script:
        it.room(move, value)
        it.connection(move, value)
        if move == "turn":
            await turns(value)
    await it.end()
    newest = it.store.newest
    for one in it.served:
        got = seqs(one.subscriber)
        assert one.subscriber.closed_as_slow == 0
        if one.removed is None:
            assert got == list(range(one.start + 1, newest + 1))
            assert it.fanout.cursor(one.subscription) == newest
        else:
            assert got == one.removed == list(range(one.start + 1, one.start + 1 + len(got)))


def seqs(subscriber: FakeSubscriber) -> list[int]:
    return [int(one.removeprefix(b"* ")) for one in subscriber.got]


@given(moves)
@settings(max_examples=250)
def test_each_connection_gets_all_events_after_its_start_in_order_and_once(
    script: list[tuple[str, int]],
) -> None:
    asyncio.run(play(script))
