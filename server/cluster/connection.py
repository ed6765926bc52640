"""The connection of a host to a NATS cluster: it reconnects by itself, and no call hangs.

A message is sent now or not at all: while there is no connection, whoever sends learns that at
once (`UnavailableError`), and what waits for an answer learns it when the connection is lost.
"""

import asyncio
import logging
import re
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from types import TracebackType
from typing import Any, Self

from nats import errors
from nats.aio.subscription import Subscription
from nats.js import JetStreamContext

from server.budgets.outages import Outage
from server.cluster.nats_internals import Message, NatsClient, Take
from server.cluster.secret import Secret

log = logging.getLogger(__name__)

CONNECT_WITHIN = 2
"""Seconds for one attempt at one node."""

PING_EVERY = 2
"""Seconds. A node that leaves two pings unanswered is lost: noticed within 6 s."""

CLOSE_WITHIN = 1.0

MAX_UNSENT = 4 * 1024 * 1024
"""Bytes that may wait for a node that takes none. What is more is refused."""

NO_RESPONDERS = b"503"


class UnavailableError(Exception):
    """The cluster cannot answer now. Whether it carried out what was asked is unknown."""


class Answers:
    """The answers to one request, as a context manager.

    Attributes:
        subject: where answers go; the `reply` of the request.
    """

    def __init__(self, subject: str, ended: Callable[["Answers"], None]) -> None:
        self.subject = subject
        self._ended = ended
        self._messages: deque[Message] = deque()
        self._failure = ""
        self._wake = asyncio.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: object, trace: TracebackType | None
    ) -> None:
        self._ended(self)

    def add(self, message: Message) -> None:
        """Take one more answer."""
        self._messages.append(message)
        self._wake.set()

    def fail(self, reason: str) -> None:
        """Say that no more answers will come."""
        self._failure = reason
        self._wake.set()

    async def next(self, deadline: float) -> Message:
        """Return the next answer.

        Args:
            deadline: when to give up, by the event loop's clock.

        Raises:
            UnavailableError: nobody answers, none came in time, or the connection was lost.
        """
        if not self._messages:
            self._wake.clear()
            if not self._failure:
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(deadline):
                        await self._wake.wait()
            if not self._messages:
                raise UnavailableError(self._failure or "no answer in time")
        message = self._messages.popleft()
        if message.status() == NO_RESPONDERS:
            raise UnavailableError("nobody answers")
        return message


class Listener:
    """One `Connection.listen`."""

    def __init__(self, subject: str, take: Take) -> None:
        self.subject = subject
        self.take = take
        self.subscription: Subscription | None = None


class Connection:
    """One connection, over any of the cluster's nodes, the first by preference.

    Args:
        urls: the nodes, such as `nats://a:4222`; `tls://` requires TLS.
        room: the name of the room.
        name: the host's name, shown by NATS.
        secret: what the nodes let in; None if they ask for nothing.

    Attributes:
        token: the room's name in names of streams and in subjects.
        client: nats-py's client; the same one after each reconnect.
        jetstream: its JetStream.

    """

    def __init__(
        self, urls: Sequence[str], room: str, name: str, secret: Secret | None = None
    ) -> None:
        self.token = subject_token(room)
        self._urls = list(urls)
        self._name = name
        self._secret = secret
        self.client = NatsClient(self._lost)
        self.jetstream: JetStreamContext = self.client.jetstream()
        self._up = asyncio.Event()
        self._opening: asyncio.Task[None] | None = None
        self._begun = False
        self._problem = "not connected"
        self._outage = Outage(log, "cluster not connected")
        self._listeners: set[Listener] = set()
        self._watchers: list[Callable[[bool], None]] = []
        self._inbox = self.client.new_inbox()
        self._asked = 0
        self._answers: dict[str, Answers] = {}

    @property
    def connected(self) -> bool:
        """Whether there is a connection, as far as is known."""
        return self._up.is_set()

    async def open(self, within: float) -> None:
        """Wait for a connection. It is tried for in the background until `close`.

        Args:
            within: how long to wait, in seconds.

        Raises:
            UnavailableError: there is none yet.
            ValueError: a URL is wrong.
        """
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await asyncio.shield(self._opening)
                await self._up.wait()
        if not self.connected:
            raise UnavailableError(self._problem)

    async def _open(self) -> None:
        try:
            await self.client.connect(
                self._urls,
                name=self._name,
                error_cb=self._failed,
                reconnected_cb=self._reconnected,
                connect_timeout=CONNECT_WITHIN,
                reconnect_time_wait=0.2,  # type: ignore[arg-type]  # it is only slept
                max_reconnect_attempts=-1,
                ping_interval=PING_EVERY,
                max_outstanding_pings=2,
                dont_randomize=True,
                pending_size=0,
                **self._shown(),
            )
        except errors.Error as wrong:
            raise ValueError(f"{', '.join(self._urls)}: {wrong}") from wrong
        await self.client.listen(f"{self._inbox}.*", self._answered)
        for listener in self._listeners:
            await self._listen(listener)
        self._begun = True
        self._say_connected()

    def _shown(self) -> dict[str, Any]:
        """Return what this host shows the nodes, and how it knows them."""
        if self._secret is None:
            return {}
        shown = {"user": self._secret.user, "password": self._secret.password}
        if (context := self._secret.tls()) is None:
            return shown
        return {**shown, "tls": context, "tls_handshake_first": True}

    async def close(self) -> None:
        """End the connection, and all attempts to make one."""
        if self._opening is not None:
            self._opening.cancel()
            with suppress(asyncio.CancelledError, ValueError):
                await self._opening
        if self.connected:
            self._say_lost("closed")
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN):
                await self.client.close()
        self.client.abort()

    def watch(self, changed: Callable[[bool], None]) -> Callable[[], None]:
        """Call `changed` whenever there is a connection again (True), and when it is lost.

        Returns: a function that ends this.
        """
        self._watchers.append(changed)
        return lambda: self._watchers.remove(changed)

    async def listen(self, subject: str, take: Take) -> Listener:
        """Call `take` with each message of a subject, in order, over all reconnects."""
        listener = Listener(subject, take)
        self._listeners.add(listener)
        if self._begun:
            await self._listen(listener)
        return listener

    async def unlisten(self, listener: Listener) -> None:
        """End what `listen` began."""
        self._listeners.discard(listener)
        if listener.subscription is not None:
            await self.client.unlisten(listener.subscription)
            listener.subscription = None

    def publish(
        self, subject: str, data: bytes, reply: str = "", headers: dict[str, str] | None = None
    ) -> None:
        """Send a message.

        Raises:
            UnavailableError: there is no connection, or the node takes nothing.
            ValueError: the message is larger than the node allows, or its subject is wrong.
        """
        if not self.connected:
            raise UnavailableError(self._problem)
        if self.client.unsent > MAX_UNSENT:
            raise UnavailableError("the node takes nothing")
        try:
            self.client.publish_now(subject, data, reply, headers)
        except (errors.MaxPayloadError, errors.BadSubjectError) as wrong:
            raise ValueError(f"{wrong}: {len(data)} bytes for {subject!r}") from wrong
        except errors.Error as failure:
            raise UnavailableError(str(failure)) from failure

    def answers(self) -> Answers:
        """Return where the answers to a request come in: a context manager."""
        self._asked += 1
        answers = Answers(f"{self._inbox}.{self._asked}", self._forget)
        self._answers[answers.subject] = answers
        return answers

    async def request(
        self, subject: str, data: bytes, within: float, headers: dict[str, str] | None = None
    ) -> Message:
        """Send a message and return its first answer.

        Raises:
            UnavailableError: no answer within so many seconds, or nobody is there to answer, or
                the connection was lost.
            ValueError: the message is larger than the node allows.
        """
        with self.answers() as answers:
            self.publish(subject, data, answers.subject, headers)
            return await answers.next(asyncio.get_running_loop().time() + within)

    async def _listen(self, listener: Listener) -> None:
        listener.subscription = await self.client.listen(listener.subject, listener.take)

    def _answered(self, message: Message) -> None:
        answers = self._answers.get(message.subject)
        if answers is not None:
            answers.add(message)

    def _forget(self, answers: Answers) -> None:
        del self._answers[answers.subject]

    async def _failed(self, problem: Exception) -> None:
        if not self.connected:
            self._problem = str(problem) or repr(problem)
            self._outage.failed(f"error={self._problem}")
        elif not isinstance(problem, errors.UnexpectedEOF):  # `_lost` says that
            log.warning("nats error=%s", problem)

    async def _reconnected(self) -> None:
        self._say_connected()

    def _say_connected(self) -> None:
        self._outage.over()
        self.client.read_in_place()
        url = self.client.connected_url
        log.info("cluster connected node=%s", url.netloc.rpartition("@")[2] if url else "")
        self._up.set()
        for changed in list(self._watchers):
            changed(True)

    def _lost(self, problem: Exception) -> None:
        if self.connected:
            self._say_lost(str(problem) or repr(problem))
            self._outage.failed(f"error={self._problem}")

    def _say_lost(self, problem: str) -> None:
        self._up.clear()
        self._problem = problem
        for answers in self._answers.values():
            answers.fail(f"the connection was lost: {problem}")
        for changed in list(self._watchers):
            changed(False)


def subject_token(room: str) -> str:
    """Return a name for a room that may stand in a subject and in the name of a stream."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", room)[:32]
    return plain if plain == room else f"{plain}-{sha256(room.encode()).hexdigest()[:12]}"
