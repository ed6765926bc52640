"""Merge events from the room process into as few fan-out batches as possible.

A batch costs a write to each member, whatever is in it. So the events of one read become one
batch; and under load, when the room is known to work on more operations of this worker, events
wait for theirs: for a moment, and never when there are few. Where many join or come back at
once, `joined` events and presences wait longer, in proportion to the cost of a batch; no other
event waits with them, and no answer. Knows no socket and no frame.
"""

import asyncio
from collections.abc import Callable
from time import monotonic

from server.room import quotes
from server.room.interface import RoomCallbacks
from server.room.ipc import Answers, EventBatch

FEW = 8
MERGE_WITHIN = 0.001
"""Seconds that events wait at most; the timers of uvloop are no finer."""
REST_AT_MOST = 0.010
"""Seconds for which few events wait behind a batch that took as long to write."""
JOINS_SHARE = 0.1
"""Share of its time that a worker spends on writing `joined` events and presences, at most. N
joins at once in B batches are B * N / 2 writes of 5 to 15 µs."""
JOINS_REST_AT_MOST = 0.1
"""Seconds for which they wait at most."""
MOST_REPLIED = 32_768
"""So many events to which there were replies lately are known, about all that can be in memory:
to correct the quotes there takes some milliseconds, and most events have no reply."""
_JOINED = b'{"type":"joined",'


class EventBatcher:
    """Hands on events, presences, evictions and answers in the order in which they were sent.

    `settle` is called with answers, behind the events they belong to; before them if only
    `joined` events and presences wait: a connection that joins gets the events behind its
    position only.
    `awaited` tells, from the newest answers that came, whether more are to come.
    """

    def __init__(
        self,
        callbacks: RoomCallbacks,
        settle: Callable[[Answers], None],
        awaited: Callable[[Answers | None], bool],
    ) -> None:
        self._callbacks = callbacks
        self._settle = settle
        self._awaited = awaited
        self._first = 0
        self._bodies: list[bytes] = []
        self._signals: list[tuple[str, bytes]] = []
        self._answers: list[Answers] = []
        self._due: asyncio.Handle | None = None
        self._rests_until = self._joins_rest_until = 0.0
        self._only_joins = True
        self._replied: dict[int, None] = {}
        self.events = 0
        """How many were ever handed on."""

    def add(self, batch: EventBatch) -> None:
        """Take in events and the presences behind them, and earlier events as they stand now.

        A presence stays between the events it came between, but for `joined` ones; one that
        only makes earlier presence void may wait.
        """
        if batch.bodies:
            joins = all(one.startswith(_JOINED) for one in batch.bodies)
            if not joins and any(body for _, body in self._signals):
                self.flush()
            if self._bodies and batch.first != self._first + len(self._bodies):
                self.flush()
            if not self._bodies:
                self._first = batch.first
            self._bodies += batch.bodies
            self._only_joins = self._only_joins and joins
        if batch.rewritten or batch.replied:
            self._change(batch)
        self._signals += batch.signals
        if batch.evictions or (not self._only_joins and any(body for _, body in batch.signals)):
            self.flush()
        for connection, reason in batch.evictions:
            self._callbacks.evict(connection, reason)

    def _change(self, batch: EventBatch) -> None:
        """Let earlier events, and quotes of them, be as they stand now."""
        for seq, body in batch.rewritten:
            place = seq - self._first
            if 0 <= place < len(self._bodies):
                self._bodies[place] = body
            else:
                self._callbacks.rewrite(seq, body)
        for seq in batch.replied:
            self._replied.pop(seq, None)
            self._replied[seq] = None
            if len(self._replied) > MOST_REPLIED:
                del self._replied[next(iter(self._replied))]
        for seq, quote in batch.requoted:
            if seq in self._replied:
                self._requote(seq, quote)

    def _requote(self, seq: int, quote: bytes) -> None:
        is_reply = quotes.is_reply_to(seq)
        self._bodies = [
            quotes.quoting(body, quote) if is_reply(body) else body for body in self._bodies
        ]
        self._callbacks.requote(seq, quote)

    def answered(self, answers: Answers) -> None:
        """Take in answers; the events that came of their operations were added before."""
        self._answers.append(answers)

    def end_of_read(self) -> None:
        """Nothing more has arrived at present."""
        if (
            self._only_joins
            and (self._bodies or self._signals)
            and self._wait_until(self._joins_rest_until)
        ):
            self._settle_all()
            return
        if len(self._bodies) < FEW:
            self._flush_few()
        elif self._due is None:
            # Requests of members are read in this turn too, and sent to the room at its end.
            self._due = asyncio.get_running_loop().call_soon(self._end_of_turn)
        elif not self._more_is_coming():
            self.flush()

    def _flush_few(self) -> None:
        """Hand on few events: at once, unless writing such batches takes half of the time.

        Where many join at once, or the room is large, the next batch gets all that came while
        the last one was written.
        """
        if not self._bodies or not self._wait_until(self._rests_until):
            self.flush()

    def _wait_until(self, time: float) -> bool:
        """Hand on what is here at this time; return False if that is now."""
        wait = time - monotonic()
        if wait < MERGE_WITHIN:
            return False
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(wait, self.flush)
        return True

    def _end_of_turn(self) -> None:
        if self._more_is_coming():
            loop = asyncio.get_running_loop()
            self._due = loop.call_later(MERGE_WITHIN, self.flush)
        else:
            self.flush()

    def _more_is_coming(self) -> bool:
        return self._awaited(self._answers[-1] if self._answers else None)

    def flush(self) -> None:
        """Hand on all that is here: events, presences, then answers."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        bodies, self._bodies = self._bodies, []
        signals, self._signals = self._signals, []
        if bodies or signals:
            self._hand_on(bodies, signals)
        self._settle_all()

    def _hand_on(self, bodies: list[bytes], signals: list[tuple[str, bytes]]) -> None:
        self._only_joins = True
        self.events += len(bodies)
        begun = monotonic()
        if bodies:
            self._callbacks.deliver(self._first, bodies)
        if signals:
            self._callbacks.signal(signals)
        if len(bodies) + len(signals) > 1:  # one alone is no load
            written = monotonic()
            took = written - begun
            self._rests_until = written + min(took, REST_AT_MOST)
            rest = took / JOINS_SHARE - took
            self._joins_rest_until = written + min(rest, JOINS_REST_AT_MOST)

    def _settle_all(self) -> None:
        answers, self._answers = self._answers, []
        for each in answers:
            self._settle(each)
