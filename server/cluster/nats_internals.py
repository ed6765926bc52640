"""Every use of nats-py's private parts: a client that keeps its promises when a node fails.

What nats-py 2.16 does, and this client does not:

- Closing a connection waits until all bytes are sent. A node that stands still, or is cut off,
  takes none, so the client would not look for another node until TCP gives up (15 minutes).
- What was not sent when the connection failed is sent after the next one is made, maybe minutes
  later.
- An error that a node reports closes the client forever.
- A node without TLS gets a connection in plain where the URL says `tls://`.
- What is published is sent by another task, a turn of the event loop later.
- For each record of TLS (16 KiB at most) it takes 256 KiB from the system, and gives them back:
  half of the work of reading.
- Each message goes through a queue, a task and a dictionary of headers, which takes longer than
  the rest: 100,000 records took 3 s and take 1 s.
- It keeps a connection half open that the node has closed; with TLS asyncio cannot do that, and
  warns each time.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple, cast

from nats import errors
from nats.aio.client import Client
from nats.aio.subscription import Subscription

log = logging.getLogger(__name__)

READ_BYTES = 64 * 1024
"""At most so many are read at once."""

_STATUS = slice(9, 12)
"""Where the status stands in a header such as `NATS/1.0 503`."""


class Message(NamedTuple):
    """A message from a node.

    Attributes:
        subject: where it was published.
        reply: where an answer is expected; empty if nowhere.
        header: the header block as it came; empty if there is none.
        data: what was published.
    """

    subject: str
    reply: str
    header: bytes
    data: bytes

    def status(self) -> bytes:
        """Return the status of a node's own message, such as `b"503"`; empty if it has none."""
        return self.header[_STATUS] if self.header[8:9] == b" " else b""

    def field(self, name: bytes) -> str:
        """Return the value of a header field; the name ends with a colon.

        Raises:
            ValueError: there is no such field.
        """
        start = self.header.index(b"\r\n" + name) + len(name) + 2
        return self.header[start : self.header.index(b"\r\n", start)].strip().decode()


type Take = Callable[[Message], None]


class _Reading(asyncio.BufferedProtocol):
    """Reads into one block of memory; the rest is done by the protocol that had the transport.

    Args:
        reader: takes what comes.
        protocol: reads into the same reader.
    """

    def __init__(self, reader: asyncio.StreamReader, protocol: asyncio.Protocol) -> None:
        self._reader = reader
        self._block = memoryview(bytearray(READ_BYTES))
        self._protocol = protocol
        self.connection_lost = protocol.connection_lost  # type: ignore[method-assign]
        self.pause_writing = protocol.pause_writing  # type: ignore[method-assign]
        self.resume_writing = protocol.resume_writing  # type: ignore[method-assign]

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._block

    def buffer_updated(self, nbytes: int) -> None:
        self._reader.feed_data(self._block[:nbytes])

    def eof_received(self) -> bool:
        """Let the connection close: nothing is sent to a node that sends nothing any more."""
        self._protocol.eof_received()
        return False


class NatsClient(Client):
    """A client of a NATS cluster that reconnects until it is closed.

    Args:
        lost: called with the reason, as soon as the connection is known to be lost.
    """

    def __init__(self, lost: Callable[[Exception], None]) -> None:
        super().__init__()
        self._lost = lost
        self._takers: dict[int, Take] = {}

    async def listen(self, subject: str, take: Take) -> Subscription:
        """Call `take` with each message of a subject, in the order in which they come.

        `take` is called while bytes are read; it may not wait and should not raise.
        """
        subscription = await self.subscribe(subject)
        self._takers[subscription._id] = take  # noqa: SLF001
        return subscription

    async def unlisten(self, subscription: Subscription) -> None:
        """End what `listen` began."""
        self._takers.pop(subscription._id, None)  # noqa: SLF001
        if not self.is_closed and not self.is_draining:
            await subscription.unsubscribe()

    def publish_now(
        self, subject: str, data: bytes, reply: str, headers: dict[str, str] | None
    ) -> None:
        """Publish without waiting: with `pending_size=0`, nothing in `publish` waits.

        Raises:
            nats.errors.Error: the client is not connected, or the message is too large.
        """
        publishing = self.publish(subject, data, reply, headers)
        try:
            publishing.send(None)
        except StopIteration:
            return
        publishing.close()
        raise RuntimeError("nats-py waits while it publishes")

    def read_in_place(self) -> None:
        """Read with less work from now on, until the connection is lost."""
        socket = self._socket()
        reader = getattr(self._transport, "_io_reader", None)
        if socket is not None and reader is not None:
            protocol = cast(asyncio.Protocol, socket.get_protocol())
            socket.set_protocol(_Reading(reader, protocol))

    async def _flush_pending(self, force_flush: bool = False) -> Any:
        if not self.is_connected or not self._transport:
            return await super()._flush_pending(force_flush)
        if self._pending:
            # What a connection does not take that is just closing is given up with it.
            with suppress(OSError, RuntimeError):
                self._transport.writelines(self._pending)
                self._pending = []
                self._pending_data_size = 0
        return None

    @property
    def unsent(self) -> int:
        """How many bytes wait until the node takes them."""
        socket = self._socket()
        return self.pending_data_size + (socket.get_write_buffer_size() if socket else 0)

    def abort(self) -> None:
        """Close the connection at once, whatever is not sent yet."""
        if socket := self._socket():
            socket.abort()

    async def close(self) -> None:
        """Close the connection when all is sent; forever."""
        if self._flush_queue is not None:  # it was never asked to connect
            await super().close()

    def _socket(self) -> asyncio.WriteTransport | None:
        writer: asyncio.StreamWriter | None = getattr(self._transport, "_io_writer", None)
        return None if writer is None else writer.transport

    async def _process_msg(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes
    ) -> None:
        take = self._takers.get(sid)
        if take is None:
            await super()._process_msg(sid, subject, reply, data, headers)
            return
        try:
            take(Message(subject.decode(), reply.decode(), headers or b"", data))
        except Exception:  # the connection would stop reading
            log.exception("message not taken subject=%s", subject.decode())

    async def _process_op_err(self, e: Exception) -> None:
        if not self.is_closed and not self.is_reconnecting:
            self._lost(e)
            self.abort()
            self._pending.clear()
            self._pending_data_size = 0
        await super()._process_op_err(e)

    async def _process_err(self, err_msg: str) -> None:
        error = errors.Error(f"nats: {err_msg.strip("'")}")
        if "permissions violation" in err_msg:
            await self._error_cb(error)
        else:
            await self._process_op_err(error)

    def _connect_command(self) -> bytes:
        server = self._current_server
        info: dict[str, Any] = self._server_info
        if server is not None and server.uri.scheme == "tls" and not info.get("tls_required"):
            raise errors.SecureConnWantedError
        command: bytes = super()._connect_command()
        return command
