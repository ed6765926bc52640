"""Figures for operators: counters of the room, and the usage that only workers know."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from server.room.interface import ConnectionUsage
from server.room.ipc import UsageReply, UsageRequest, frame
from server.room.outcome import Outcome

log = logging.getLogger(__name__)

REPORT_WITHIN = 1.0


@dataclass(slots=True)
class Counters:
    """How often each happened since the room process started."""

    posts: int = 0
    duplicates: int = 0
    batches: int = 0
    storage_errors: int = 0
    file_bytes: int = 0

    def count(self, outcome: Outcome) -> None:
        """Add the results of an entry of the log."""
        self.posts += outcome.posts
        self.duplicates += outcome.duplicates
        self.batches += outcome.written
        self.file_bytes += outcome.file_bytes


class Worker(Protocol):
    """A worker that can be asked."""

    def send(self, data: bytes) -> None:
        """Write frames."""


@dataclass(slots=True)
class _Question:
    waiting: set[int]
    collected: list[ConnectionUsage]
    answered: asyncio.Future[None]


class UsageCollector:
    """Asks all workers for the usage of their connections."""

    def __init__(self, workers: Mapping[int, Worker]) -> None:
        self._workers = workers
        self._questions: dict[int, _Question] = {}
        self._number = 0

    async def ask(self) -> dict[int, ConnectionUsage]:
        """Return the usage by connection; of workers that do not answer in time, nothing."""
        if not self._workers:
            return {}
        self._number += 1
        number = self._number
        question = _Question(set(self._workers), [], asyncio.get_running_loop().create_future())
        self._questions[number] = question
        for worker in list(self._workers.values()):
            worker.send(frame(UsageRequest(number)))
        try:
            await asyncio.wait_for(question.answered, REPORT_WITHIN)
        except TimeoutError:
            silent = ",".join(map(str, sorted(question.waiting)))
            log.warning("no usage figures workers=%s", silent)
        finally:
            del self._questions[number]
        return {one.connection: one for one in question.collected}

    def reply(self, worker: int, reply: UsageReply) -> None:
        """Take one worker's figures."""
        question = self._questions.get(reply.number)
        if question is None:
            return
        question.collected.extend(reply.usage)
        question.waiting.discard(worker)
        if not question.waiting and not question.answered.done():
            question.answered.set_result(None)
