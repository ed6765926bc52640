"""A fan-out whose room and connections are played by the test."""

from server.connections.fanout import FanOut
from tests.fakes import FakeEventStore, FakeSubscriber


class Feed:
    """A fan-out and its room: `say` makes events and delivers them."""

    def __init__(self) -> None:
        self.store = FakeEventStore()
        self.fanout = FanOut(self.store)

    def say(self, count: int = 1) -> None:
        bodies = self.store.add(count)
        self.fanout.deliver(self.store.newest - count + 1, bodies)

    def forget(self) -> None:
        """Remove all events so far from memory."""
        head = self.fanout.head
        self.fanout = FanOut(self.store)
        self.fanout.moved(head)

    def add(
        self, start: int | None = None, subscriber: FakeSubscriber | None = None
    ) -> FakeSubscriber:
        subscriber = subscriber or FakeSubscriber()
        self.subscription = self.fanout.subscribe(subscriber)
        self.fanout.serve(self.subscription, self.fanout.head if start is None else start)
        return subscriber
