"""The stream: a replicated log of records, which every host appends to and follows."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from server.budgets.outages import Outage
from server.cluster.api import (
    NO_STREAM,
    NOT_CLUSTERED,
    OTHER_SETTINGS,
    ApiError,
    StreamApi,
    decode,
)
from server.cluster.connection import Connection, UnavailableError
from server.cluster.following import Following
from server.cluster.records import PurgedError, Record, RewoundError

__all__ = ["OtherSettingsError", "PurgedError", "Record", "RewoundError", "Stream"]

log = logging.getLogger(__name__)

MAX_RECORD = 1024 * 1024 - 4096
"""Bytes of data in a record. NATS takes messages of 1 MiB with their headers."""

REPLICAS = 3
DUPLICATE_WINDOW_NS = 120 * 1_000_000_000
OPEN_AGAIN_AFTER = 0.5


class OtherSettingsError(Exception):
    """A stream of this name is there, with settings that would lose or change records."""


class Stream:
    """The stream of a room."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._api = StreamApi(connection)

    async def open(self) -> None:
        """Make the stream, or check the one that is there. Several hosts may do it at once.

        It has three replicas; one where the node is not part of a cluster. It is tried again as
        long as the cluster cannot do it (no quorum, or not three nodes yet).

        Raises:
            OtherSettingsError: there is one with other settings; the text says which.
        """
        outage = Outage(log, "stream not opened")
        while True:
            try:
                await self._open()
            except UnavailableError as reason:
                outage.failed(f"error={reason}")
            else:
                outage.over()
                return
            await asyncio.sleep(OPEN_AGAIN_AFTER)

    async def append(self, data: bytes, id: str, within: float) -> int:
        """Append a record, once.

        Args:
            data: at most `MAX_RECORD` bytes.
            id: names the record. A second record with an id of the last two minutes is a repeat
                of the first, and is not stored.
            within: how long to wait for the answer, in seconds.

        Returns:
            The record's position; of a repeat, that of the first.

        Raises:
            UnavailableError: the record may be stored or not; append it again with the same id.
                It may be raised at once: wait a little before that.
            ValueError: the record is too large.
        """
        if len(data) > MAX_RECORD:
            raise ValueError(f"a record of {len(data)} bytes is too large")
        headers = {"Nats-Msg-Id": id, "Nats-Expected-Stream": self._api.name}
        answer = await self._connection.request(self._api.subject, data, within, headers)
        position = decode(answer.data).get("seq")
        if not isinstance(position, int) or position < 1:
            raise UnavailableError(f"an answer without a position: {answer.data!r}")
        return position

    async def follow(self, after: int, take: Callable[[Record], None]) -> None:
        """Call `take` with every record behind a position, once, in order, until cancelled.

        Args:
            after: the last position that the caller has; 0 for none.
            take: gets each record. What it raises ends this.

        Raises:
            PurgedError: records that are wanted are gone.
            RewoundError: the stream ends before `after`: it is not the one that was followed.
        """
        await Following(self._api, after, take).run()

    async def state(self) -> tuple[int, int]:
        """Return the first and the last position; the first is last + 1 if it has no records.

        Raises:
            UnavailableError: the stream has no leader now.
        """
        return await self._api.state()

    async def purge_to(self, position: int) -> None:
        """Remove the records up to this position, and the one at it.

        Raises:
            UnavailableError: the stream has no leader now.
            ValueError: there is no record at this position yet.
        """
        if position < 1:
            return
        _, last = await self.state()
        if position > last:  # NATS would go on behind it
            raise ValueError(f"position {position} is behind the last one, {last}")
        await self._api.ask("STREAM.PURGE", {"seq": position + 1})

    async def _open(self) -> None:
        try:
            info = await self._api.ask("STREAM.INFO")
        except ApiError as refused:
            if refused.code != NO_STREAM:
                raise
            info = await self._create()
        self._check(info)

    async def _create(self) -> dict[str, Any]:
        try:
            return await self._api.ask("STREAM.CREATE", self._settings(REPLICAS))
        except ApiError as refused:
            if refused.code == OTHER_SETTINGS:  # another host has just made it
                return await self._api.ask("STREAM.INFO")
            if refused.code != NOT_CLUSTERED:
                raise
            return await self._api.ask("STREAM.CREATE", self._settings(1))

    def _settings(self, replicas: int) -> dict[str, Any]:
        return {
            "name": self._api.name,
            "subjects": [self._api.subject],
            "retention": "limits",
            "storage": "file",
            "num_replicas": replicas,
            "discard": "new",
            "max_age": 0,
            "max_bytes": -1,
            "max_msgs": -1,
            "max_msgs_per_subject": -1,
            "max_msg_size": 1024 * 1024,
            "duplicate_window": DUPLICATE_WINDOW_NS,
            "allow_direct": True,
            "deny_purge": False,
            "republish": {"src": self._api.subject, "dest": self._api.live},
        }

    def _check(self, info: dict[str, Any]) -> None:
        there = info["config"]
        clustered = bool(info.get("cluster", {}).get("name"))
        at_least = ("num_replicas", "duplicate_window", "max_msg_size")
        for setting, wanted in self._settings(REPLICAS if clustered else 1).items():
            value = there.get(setting, False)
            enough = setting in at_least and value >= wanted
            unlimited = setting == "max_msg_size" and value == -1
            if value != wanted and not enough and not unlimited:
                raise OtherSettingsError(
                    f"the stream {self._api.name} has {setting}={value!r}, not {wanted!r}"
                )
