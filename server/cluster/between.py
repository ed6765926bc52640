"""Messages between hosts that nobody stores: told to all, or asked of all.

Who is not connected does not hear them, and they may be lost. Each has a *kind*, a word.
"""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from server.cluster.connection import Connection, Listener, UnavailableError
from server.cluster.nats_internals import Message

log = logging.getLogger(__name__)

type Answer = bytes | None
type TakeMessage = Callable[[bytes], Answer | Awaitable[Answer]]


class Between:
    """The messages of this host to all hosts, and those that it hears, its own too."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._listeners: list[Listener] = []
        self._answering: set[asyncio.Task[None]] = set()

    async def on(self, kind: str, take: TakeMessage) -> None:
        """Call `take` with the data of each message of a kind, in the order in which they come.

        Args:
            kind: letters and digits, also several words with dots between them.
            take: returns the answer, or None for none. If it returns an awaitable, that is run
                in a task of its own, so that others need not wait.
        """

        def taken(message: Message) -> None:
            answer = take(message.data)
            if inspect.isawaitable(answer):
                task = asyncio.ensure_future(self._answer_later(kind, message, answer))
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)
            else:
                self._answer(message, answer)

        self._listeners.append(await self._connection.listen(self._subject(kind), taken))

    def tell(self, kind: str, data: bytes) -> None:
        """Send a message to all hosts, this one too; to none if there is no connection.

        Raises:
            ValueError: it is too large for NATS (1 MiB).
        """
        with suppress(UnavailableError):
            self._connection.publish(self._subject(kind), data)

    async def ask_all(
        self, kind: str, data: bytes, within: float, most: int | None = None
    ) -> list[bytes]:
        """Ask all hosts, this one too.

        Args:
            kind: letters and digits, also several words with dots between them.
            data: the question.
            within: how long to wait for answers, in seconds.
            most: do not wait for more answers than these.

        Returns:
            The answers that came, in the order in which they came; none if there is no
            connection.

        Raises:
            ValueError: it is too large for NATS (1 MiB).
        """
        deadline = asyncio.get_running_loop().time() + within
        got: list[bytes] = []
        with self._connection.answers() as answers, suppress(UnavailableError):
            self._connection.publish(self._subject(kind), data, answers.subject)
            while most is None or len(got) < most:
                got.append((await answers.next(deadline)).data)
        return got

    async def close(self) -> None:
        """Hear no more, and give no more answers."""
        for listener in self._listeners:
            await self._connection.unlisten(listener)
        self._listeners.clear()
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)

    def _subject(self, kind: str) -> str:
        return f"chatroom.{self._connection.token}.between.{kind}"

    async def _answer_later(
        self, kind: str, message: Message, answer: Awaitable[Answer]
    ) -> None:
        try:
            self._answer(message, await answer)
        except Exception:  # the task's owner does not look at its result
            log.exception("message not answered kind=%s", kind)

    def _answer(self, message: Message, answer: Answer) -> None:
        if answer is not None and message.reply:
            with suppress(UnavailableError):
                self._connection.publish(message.reply, answer)
