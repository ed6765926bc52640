"""What a bot does with messages that are there: edits, reactions, deletions.

Each change is asked for again, under the same id, until the server has answered it: so those
that a fault cut off must not be carried out twice.
"""

import time
import uuid
from collections import deque
from random import Random

from client_mvc.network.thread import NetworkThread
from shared import conversation, messages, moderation
from shared.problems import Problem
from shared.standing import Change
from tests.faults import history

EMOJI = ("👍", "🎉", "😮")
EVERY = 3
"""One change for so many messages."""
RETRY_AFTER = 1.0
"""Seconds until a change is asked for again that the server could not take."""
LATER = ("storage", "unavailable", "rate_limited", "disconnected")

type Request = conversation.Edit | conversation.React | moderation.Delete


class Changes:
    """The changes of one bot."""

    def __init__(self, network: NetworkThread, record: history.HistoryWriter) -> None:
        self._network = network
        self._record = record
        self._random = Random()
        self._member = 0
        self._own: deque[int] = deque(maxlen=20)
        self._shown: deque[int] = deque(maxlen=20)
        self._asked: set[str] = set()
        self._waiting: dict[str, Request] = {}
        self._again: dict[str, float] = {}
        self._messages = 0

    def welcomed(self, member: int) -> None:
        """Forget the changes and messages of an earlier membership: it cannot change them."""
        if member != self._member:
            self._member = member
            self._own.clear()
            for id in list(self._waiting):
                self._settled(history.ChangeFailed(id=id, code="membership"))

    def caught_up(self) -> None:
        """Ask again for what was not answered."""
        for request in self._waiting.values():
            self._network.ask(request)

    def sent_one(self) -> None:
        """Make a change now and then: a message was sent."""
        self._messages += 1
        if self._messages % EVERY:
            return
        kind = self._random.random()
        id = uuid.uuid4().hex
        if kind < 0.6 and self._shown:
            seq = self._random.choice(self._shown)
            emoji, on = self._random.choice(EMOJI), self._random.random() < 0.7
            self._ask(conversation.React(id=id, seq=seq, emoji=emoji, on=on))
        elif kind < 0.9 and self._own:
            seq = self._random.choice(self._own)
            self._ask(conversation.Edit(id=id, seq=seq, text=f"edited {id}"))
        elif self._own:
            seq = self._random.choice(self._own)
            self._own.remove(seq)
            self._ask(moderation.Delete(id=id, seq=seq))

    def _ask(self, request: Request) -> None:
        text = request.text if isinstance(request, conversation.Edit) else ""
        self._record(history.ChangeAsked(id=request.id, target=request.seq, text=text))
        self._asked.add(request.id)
        self._waiting[request.id] = request
        self._network.ask(request)

    def shown(self, event: messages.AnyEvent) -> None:
        """Note a message, or the answer to a change."""
        if isinstance(event, messages.Said) and not event.deleted:
            self._shown.append(event.seq)
            if event.member == self._member:
                self._own.append(event.seq)
        elif isinstance(event, Change.__value__) and event.member == self._member:
            self.confirmed(event.id or "")

    def confirmed(self, id: str) -> None:
        """The server has carried out a change."""
        if id in self._waiting:
            self._settled(history.ChangeConfirmed(id=id))

    def failed(self, id: str, problem: Problem) -> bool:
        """Note that a change failed; return whether `id` is one of a change.

        One that was asked for twice may fail twice.
        """
        if id not in self._waiting:
            return id in self._asked
        if problem.code in LATER:
            self._again[id] = time.monotonic() + RETRY_AFTER
        else:
            self._settled(history.ChangeFailed(id=id, code=problem.code))
        return True

    def _settled(self, record: history.ChangeConfirmed | history.ChangeFailed) -> None:
        self._record(record)
        del self._waiting[record.id]
        self._again.pop(record.id, None)

    @property
    def due(self) -> list[float]:
        """When to `tick` next, in monotonic seconds."""
        return list(self._again.values())

    def tick(self, now: float) -> None:
        """Ask again for what is due."""
        for id in [id for id, at in self._again.items() if now >= at]:
            del self._again[id]
            self._network.ask(self._waiting[id])
