"""The host: acts by the command line, and a line on the terminal for each act of anybody.

The host owns the data folder. Its acts take their place in the room's one order, as those of
members do.
"""

import asyncio
import logging
import os
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from server.room.audit import sentence
from server.room.interface import Act, Answer, PostResult
from server.room.operations import Operation
from server.room.outcome import Outcome
from shared.conversation import Pin
from shared.moderation import ActRequest
from shared.problems import Problem, problem

log = logging.getLogger(__name__)

MOST_LINES = 1000
"""So many lines wait for a terminal that takes none; the others are in the log only."""


class Host:
    """The host of one room. Lives on the room process's event loop.

    `propose` puts an act behind all other operations; `event` returns the event of an act of
    the host, by its key; `show` gets a line about each act of anybody.
    """

    def __init__(
        self,
        propose: Callable[[Act], None],
        event: Callable[[str], bytes | None],
        show: Callable[[str], None],
    ) -> None:
        self._propose = propose
        self._event = event
        self._show = show
        self._waiting: dict[str, asyncio.Future[bytes | Problem]] = {}

    async def act(self, id: str, request: ActRequest | Pin) -> bytes | Problem:
        """Carry out an act; returns its event as JSON, or why it was not carried out.

        `id` is unique among all acts of the host.
        """
        if id in self._waiting:
            return problem("bad_request", "other")
        answer: asyncio.Future[bytes | Problem] = asyncio.get_running_loop().create_future()
        self._waiting[id] = answer
        self._propose(Act(member=0, connection=0, key=id, request=request))
        try:
            return await answer
        finally:
            del self._waiting[id]

    def answered(
        self, operations: Sequence[Operation], answers: Sequence[Answer | None]
    ) -> None:
        """Take in the answers to operations, some of which may be acts of the host."""
        if not self._waiting:
            return
        for one, answer in zip(operations, answers, strict=True):
            if not isinstance(one, Act) or one.member or one.key not in self._waiting:
                continue
            waiting = self._waiting[one.key]
            if waiting.done():
                continue
            if isinstance(answer, PostResult) and answer.problem is not None:
                waiting.set_result(answer.problem)
            else:
                waiting.set_result(self._event(one.key) or b"{}")

    def carried_out(self, outcome: Outcome) -> None:
        """Tell the host of acts, in the log and on the terminal."""
        for line in outcome.acts:
            text = sentence(line)
            log.info("act seq=%d by=%s text=%r", line.seq, line.name, text)
            self._show(text)


class Terminal:
    """Writes lines to standard output, from a thread: a terminal may stop taking them."""

    def __init__(self) -> None:
        self._lines: queue.Queue[str] = queue.Queue(MOST_LINES)
        threading.Thread(target=self._write, name="terminal", daemon=True).start()

    def show(self, line: str) -> None:
        """Write a line soon; drop it if too many wait."""
        with suppress(queue.Full):
            self._lines.put_nowait(line)

    def _write(self) -> None:
        # Not `print`: at exit the interpreter would wait for the lock of its buffer.
        while True:
            line = self._lines.get()
            with suppress(OSError):
                os.write(1, line.encode("utf-8", "backslashreplace") + b"\n")
