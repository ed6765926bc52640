"""A fan-out with a room behind it that says what a test wants, and connections before it."""

from server.connections.fanout import FanOut
from tests.fakes import FakeOlder, FakeOutlet


class Feed:
    """A fan-out, and the room behind it: `say` makes events and delivers them."""

    def __init__(self, patience: float = 60) -> None:
        self.older = FakeOlder()
        self.fanout = FanOut(self.older, patience)

    def say(self, count: int = 1) -> None:
        bodies = self.older.add(count)
        self.fanout.deliver(self.older.newest - count + 1, bodies)

    def forget(self) -> None:
        """What was said so far is no longer in memory."""
        head = self.fanout.head
        self.fanout = FanOut(self.older)
        self.fanout.moved(head)

    def add(self, start: int | None = None, outlet: FakeOutlet | None = None) -> FakeOutlet:
        outlet = outlet or FakeOutlet()
        self.reader = self.fanout.attend(outlet)
        self.fanout.serve(self.reader, self.fanout.head if start is None else start)
        return outlet
