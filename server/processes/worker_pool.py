"""The workers that are running, and which of them gets a connection (`listener.Workers`)."""

import socket
from collections import deque

from server.processes.child import Child
from server.processes.control_channel import PushOut, Take


class WorkerPool:
    """The workers.

    Args:
        most: connections that a worker may have before others must end for new ones.
        most_waiting: sockets that may wait in this process for one worker.
    """

    def __init__(self, most: int, most_waiting: int) -> None:
        self._most = most
        self._reserve = max(4, most // 8)
        self._most_waiting = most_waiting
        self.workers: list[Child] = []
        self._serves: dict[int, Child] = {}
        # Connections that a worker did not take; they wait until another does.
        self._orphans: deque[tuple[int, socket.socket]] = deque()

    def add(self, worker: Child) -> None:
        """Add a worker that starts."""
        self.workers.append(worker)

    def all_ready(self) -> bool:
        """Whether every worker has reported that it can serve."""
        return all(one.ready for one in self.workers)

    def remove(self, worker: Child) -> list[int]:
        """Remove a worker that has ended; return the connections that it took along."""
        self.workers.remove(worker)
        self._take_back(worker)
        ended = list(worker.connections)
        for number in ended:
            del self._serves[number]
        self.place_orphans()
        return ended

    def ended(self, number: int) -> None:
        """Note that a connection has ended."""
        worker = self._serves.pop(number, None)
        if worker is not None:
            worker.connections.discard(number)

    def choose(self) -> Child | None:
        """Return the worker with the fewest connections of those that take any; else None."""
        ready = [
            one
            for one in self.workers
            if one.ready and one.channel.sockets < self._most_waiting
        ]
        if len(ready) > 1:
            ready = [one for one in ready if one.takes_connections()] or ready
        return min(ready, key=_load) if ready else None

    def is_full(self, worker: Child) -> bool:
        """Whether another connection must end for each further one."""
        return len(worker.connections) >= self._most

    def is_overfull(self, worker: Child) -> bool:
        """Whether it cannot wait for another to end either."""
        return len(worker.connections) >= self._most + self._reserve

    def give(self, worker: Child, number: int, client: socket.socket) -> None:
        """Pass a connection to a worker."""
        worker.connections.add(number)
        self._serves[number] = worker
        worker.channel.send(Take(number), client)

    def push_out(self, number: int) -> None:
        """Tell the worker of a connection to close it."""
        worker = self._serves.get(number)
        if worker is not None:
            worker.channel.send(PushOut(number))

    def relieve(self) -> None:
        """Give the connections that wait for a stuck worker to the others, if there are any."""
        working = [one for one in self.workers if one.ready and one.takes_connections()]
        if working:
            for one in self.workers:
                if one.channel.sockets and one not in working:
                    self._take_back(one)
            self.place_orphans()

    def place_orphans(self) -> None:
        """Give the connections that no worker took to one that is ready, in their order."""
        while self._orphans and (worker := self.choose()) is not None:
            self.give(worker, *self._orphans.popleft())

    def close(self) -> None:
        """Close the connections that no worker took."""
        for _, client in self._orphans:
            client.close()
        self._orphans.clear()

    def _take_back(self, worker: Child) -> None:
        for number, client in worker.channel.take_back():
            worker.connections.discard(number)
            del self._serves[number]
            self._orphans.append((number, client))


def _load(worker: Child) -> int:
    return len(worker.connections)
