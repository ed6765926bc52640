"""Files in NATS's object store, which all hosts of a room share (NATS ADR-20).

A file is some chunks in a stream, and behind them a message about it (its name, SHA-256, and
where the chunks are). As that is written last, a file that was cut is none. This is written
over JetStream's API, as the Python client's own object store can wait without end. The program
`nats object` reads what it writes.

No call ends by its total time, as files are large: it ends when nothing moves for `patience`.
"""

import asyncio
import base64
import hashlib
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import batched
from typing import Any, NamedTuple

import msgspec

from server.cluster import jetstream, object_facts, sending
from server.cluster.api import NOT_CLUSTERED, OTHER_SETTINGS, ApiError, decode
from server.cluster.connection import Connection, UnavailableError
from server.cluster.jetstream import Stored
from server.cluster.object_facts import CHUNK_BYTES, Facts
from server.cluster.sending import IN_FLIGHT, WINDOW, Unconfirmed
from server.files.remote import FileSource, FileTarget

log = logging.getLogger(__name__)

PATIENCE = 12.0
"""Seconds without progress until a call gives up: the nodes elect a new leader in up to 9."""
STEP = 4.0
"""Seconds that one request may take; then it is tried in another way."""
AGAIN_AFTER = 0.2
ATTEMPTS = 5
"""So often is a file sent from its beginning, if some of it is stored each time."""
_REPLICAS = 3
_ROLLUP = {"Nats-Rollup": "sub"}
"""A message about a file replaces the former one."""


class MissingError(Exception):
    """There is no whole file of this name, or it is another one."""


class _Sent(NamedTuple):
    size: int
    chunks: int
    digest: bytes
    runs: list[range]


class Objects:
    """The files of one bucket.

    Args:
        connection: to NATS, open.
        bucket: its name: letters, digits, `-` and `_`.
        patience: seconds without progress until a call raises `UnavailableError`.
    """

    def __init__(self, connection: Connection, bucket: str, patience: float = PATIENCE) -> None:
        self._connection = connection
        self._bucket = bucket
        self._stream = f"OBJ_{bucket}"
        self._patience = patience
        self._step = min(STEP, patience)
        self._in_flight = asyncio.Semaphore(IN_FLIGHT)

    async def open(self) -> None:
        """Make the bucket if it is missing: on three nodes, or on the one that there is.

        Raises:
            UnavailableError: JetStream does not answer, or too few nodes run; try again.
        """
        config = {
            "name": self._stream,
            "subjects": [f"$O.{self._bucket}.C.>", f"$O.{self._bucket}.M.>"],
            "storage": "file",
            "retention": "limits",
            "discard": "new",
            "max_msgs_per_subject": -1,
            "num_replicas": _REPLICAS,
            "allow_rollup_hdrs": True,
            "allow_direct": True,
        }
        try:
            await self._make(config)
        except ApiError as refused:
            if refused.code != NOT_CLUSTERED:
                raise
            await self._make(config | {"num_replicas": 1})

    async def _make(self, config: dict[str, Any]) -> None:
        try:
            await self._ask(f"STREAM.CREATE.{self._stream}", config)
        except ApiError as refused:  # made with other settings, it stays as it is
            if refused.code != OTHER_SETTINGS:
                raise

    async def put(self, name: str, file: FileSource) -> None:
        """Store a file, in place of one that has the name.

        Args:
            name: its name, any text.
            file: it is read from its beginning, by a thread.

        Raises:
            UnavailableError: nothing moved. A fetch finds the former file of that name, or
                none; where only the last answer was lost, the new one.
            OSError: the file cannot be read.
        """
        former = await self._facts(name)
        nuid, sent = await self._send_all(file)
        facts = Facts(
            name=name,
            bucket=self._bucket,
            nuid=nuid,
            size=sent.size,
            chunks=sent.chunks,
            digest=object_facts.digest(sent.digest),
            metadata=object_facts.metadata(sent.runs),
        )
        about = msgspec.json.encode(facts)

        async def confirm() -> dict[str, Any]:
            subject = self._about(name)
            return decode(
                (await self._connection.request(subject, about, self._step, dict(_ROLLUP))).data
            )

        await self._patiently(confirm)
        if former is not None:
            await self._discard(former.nuid)

    async def _send_all(self, file: FileSource) -> tuple[str, _Sent]:
        """Send the chunks; begin again, under another name, if one may have got lost."""
        loop = asyncio.get_running_loop()
        moved, attempts = [loop.time()], 0
        useless: list[str] = []
        try:
            while True:
                nuid, before = secrets.token_hex(11), moved[0]
                useless.append(nuid)
                try:
                    sent = await self._send(self._chunks(nuid), file, moved)
                except UnavailableError as why:
                    attempts += moved[0] > before
                    if attempts == ATTEMPTS or loop.time() - moved[0] >= self._patience:
                        raise
                    log.info("file not sent to the cluster action=again problem=%s", why)
                else:
                    useless.remove(nuid)
                    return nuid, sent
                await asyncio.sleep(AGAIN_AFTER)
        finally:
            for nuid in useless:
                await self._discard(nuid)

    async def _send(self, subject: str, file: FileSource, moved: list[float]) -> _Sent:
        """Send a file in chunks, which are stored in their order. Notes when it moved."""
        digest = hashlib.sha256()
        await asyncio.to_thread(file.seek, 0)
        with Unconfirmed(self._connection, self._in_flight, self._step, moved) as unconfirmed:
            size = chunks = 0
            try:
                while data := await asyncio.to_thread(sending.read, file, digest):
                    for start in range(0, len(data), CHUNK_BYTES):
                        await unconfirmed.send(subject, data[start : start + CHUNK_BYTES])
                        chunks += 1
                    size += len(data)
                await unconfirmed.settle()
            except (asyncio.CancelledError, OSError):
                with suppress(UnavailableError):  # a purge would overtake them
                    await unconfirmed.settle()
                raise
        return _Sent(size, chunks, digest.digest(), unconfirmed.runs)

    async def fetch(self, name: str, into: FileTarget, sha256: str = "") -> None:
        """Write a file to `into`, by a thread.

        Args:
            name: its name.
            into: where its bytes go; what is written there is of no use after an error.
            sha256: what it must be (hex); empty: whatever has the name.

        Raises:
            MissingError: there is none, not all of it, or it has another SHA-256.
            UnavailableError: nothing moved.
            OSError: it cannot be written.
        """
        facts = await self._facts(name)
        if facts is None:
            raise MissingError(f"{name} is not in the cluster")
        if sha256 and facts.sha256 != sha256:
            raise MissingError(f"{name} is another file in the cluster")
        digest = hashlib.sha256()
        got = last = 0
        while got < facts.chunks:
            subject = self._chunks(facts.nuid)
            chunks = await self._next(subject, last, facts.chunks - got)
            if not chunks:
                raise MissingError(f"{name} is not whole in the cluster")
            await asyncio.to_thread(_write, into, chunks, digest)
            got, last = got + len(chunks), chunks[-1].sequence
        if digest.hexdigest() != facts.sha256:
            raise MissingError(f"{name} is damaged in the cluster")

    async def _next(self, subject: str, last: int, most: int) -> list[Stored]:
        """Return the messages behind the one with the number `last`, if there are more."""
        wanted = {"next_by_subj": subject, "seq": last + 1}

        async def read() -> list[Stored]:
            request = wanted | {"batch": min(WINDOW, most)}
            # A node that stands still does not answer, and one that lags may not have them yet.
            found = await jetstream.batch(
                self._connection, self._stream, request, self._step / 2
            )
            if not found and (one := await self._message(wanted)) is not None:
                return [one]
            return found

        return await self._patiently(read)

    async def delete(self, name: str) -> None:
        """Delete a file, if there is one, and overwrite its bytes on the disks of the nodes.

        Raises:
            UnavailableError: not all of it has gone; call again.
        """
        if (facts := await self._facts(name)) is None:
            return
        chunks, about = self._chunks(facts.nuid), self._about(name)
        for some in batched(await self._to_overwrite(facts, chunks), WINDOW):
            await self._patiently(partial(self._overwrite, some))
        await self._purge(chunks)
        if (last := await self._patiently(partial(self._message, _last(about)))) is not None:
            await self._patiently(partial(self._overwrite, (last.sequence,)))
        await self._purge(about)

    async def _to_overwrite(self, facts: Facts, subject: str) -> list[int]:
        """Return the numbers of the chunks that are to be overwritten."""
        if runs := facts.runs:
            first = await self._patiently(partial(self._message, {"seq": runs[0].start}))
            if first is None or first.subject == subject:
                return object_facts.to_overwrite(runs)
        # Another program wrote it, or the stream: its chunks must be looked for.
        found: list[int] = []
        while some := await self._next(subject, found[-1] if found else 0, WINDOW):
            found += [one.sequence for one in some]
        return found

    async def _overwrite(self, sequences: Sequence[int]) -> None:
        """Remove messages one by one: only so does a node overwrite them."""
        what = f"{jetstream.API}STREAM.MSG.DELETE.{self._stream}"
        loop = asyncio.get_running_loop()
        with self._connection.answers() as answers:
            for sequence in sequences:
                request = msgspec.json.encode({"seq": sequence})
                self._connection.publish(what, request, answers.subject)
            for _ in sequences:
                await answers.next(loop.time() + self._step)

    async def names(self, older: float = 0.0) -> list[str]:
        """Return the names of the files that were stored `older` seconds ago, or before.

        Raises `UnavailableError`.
        """
        found = await self._all()
        return [facts.name for facts, at_ns in found if _is_older(at_ns, older)]

    async def sweep(self, older: float) -> int:
        """Remove chunks that belong to no file, as their host died; return of how many files.

        Args:
            older: seconds since their last chunk: those of a file that is being sent stay.

        Raises:
            UnavailableError: not all were looked at.
        """
        prefix = self._chunks("")
        subjects = await self._subjects(f"{prefix}>")
        known = {self._chunks(facts.nuid) for facts, _ in await self._all()}
        swept = 0
        for subject in subjects - known:
            last = await self._patiently(partial(self._message, _last(subject)))
            if last is not None and _is_older(last.at_ns, older):
                await self._purge(subject)
                swept += 1
        return swept

    # --- the messages about files -------------------------------------------------------

    async def _facts(self, name: str) -> Facts | None:
        found = await self._patiently(partial(self._message, _last(self._about(name))))
        return object_facts.decoded(found) if found is not None else None

    async def _all(self) -> list[tuple[Facts, int]]:
        """Return all files, and when each was stored, in nanoseconds of Unix time."""
        found: list[tuple[Facts, int]] = []
        last = 0
        about = f"$O.{self._bucket}.M.>"
        while (
            one := await self._patiently(
                partial(self._message, {"next_by_subj": about, "seq": last + 1})
            )
        ) is not None:
            last = one.sequence
            if (facts := object_facts.decoded(one)) is not None:
                found.append((facts, one.at_ns))
        return found

    async def _subjects(self, pattern: str) -> set[str]:
        """Return the subjects that have messages."""
        found: set[str] = set()
        while True:
            request = {"subjects_filter": pattern, "offset": len(found)}
            answer = await self._patiently(
                partial(self._ask, f"STREAM.INFO.{self._stream}", request)
            )
            subjects = answer["state"].get("subjects") or {}
            found.update(subjects)
            if not subjects or len(found) >= answer.get("total", 0):
                return found

    def _about(self, name: str) -> str:
        coded = base64.urlsafe_b64encode(name.encode("utf-8", "surrogateescape")).decode()
        return f"$O.{self._bucket}.M.{coded}"

    def _chunks(self, nuid: str) -> str:
        return f"$O.{self._bucket}.C.{nuid}"

    # --- requests -----------------------------------------------------------------------

    async def _message(self, request: dict[str, Any]) -> Stored | None:
        return await jetstream.message(self._connection, self._stream, request, self._step)

    async def _ask(self, what: str, request: dict[str, Any]) -> dict[str, Any]:
        return await jetstream.ask(self._connection, what, request, self._step)

    async def _purge(self, subject: str) -> None:
        what = f"STREAM.PURGE.{self._stream}"
        await self._patiently(partial(self._ask, what, {"filter": subject}))

    async def _discard(self, nuid: str) -> None:
        """Remove chunks of which no file is made; `sweep` does it where this fails."""
        try:
            what = f"STREAM.PURGE.{self._stream}"
            await self._ask(what, {"filter": self._chunks(nuid)})
        except UnavailableError as why:
            log.info("chunks left in the cluster problem=%s", why)

    async def _patiently[T](self, request: Callable[[], Awaitable[T]]) -> T:
        """Make a request that may be repeated, until it is answered or patience ends."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._patience
        while True:
            try:
                return await request()
            except UnavailableError:
                if loop.time() >= end:
                    raise
            await asyncio.sleep(AGAIN_AFTER)


def _last(subject: str) -> dict[str, Any]:
    return {"last_by_subj": subject}


def _is_older(at_ns: int, seconds: float) -> bool:
    return time.time_ns() - at_ns >= seconds * 1e9


def _write(into: FileTarget, chunks: list[Stored], digest: "hashlib._Hash") -> None:
    for chunk in chunks:
        into.write(chunk.data)
        digest.update(chunk.data)
