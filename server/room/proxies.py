"""The questions that the room process answers by proxy (multiprocessing Manager).

They need no order among the operations of the workers. Workers and the command line connect to
the Manager with `connect`; the room process serves a `RoomQuestions` under the same name.
"""

from multiprocessing.managers import BaseManager
from typing import Protocol

from server.room.interface import (
    Membership,
    Overview,
    RoomReport,
    Stats,
    UploadAccepted,
    UploadRequest,
)
from shared.moderation import BanInfo
from shared.problems import Problem


class RoomQuestions(Protocol):
    """What can be asked by proxy, from any thread."""

    def report(self) -> RoomReport:
        """Return who is connected from where, as of now."""

    def member_of(self, token: str) -> Membership | None:
        """Return the member that this token belongs to."""

    def begin_upload(self, worker: int, upload: UploadRequest) -> UploadAccepted | Problem:
        """Reserve the space of an upload."""

    def end_upload(self, id: int) -> None:
        """Give the space of an upload back."""

    def stats(self) -> Stats:
        """Return figures of the whole room."""

    def overview(self) -> Overview:
        """Return what anybody may know of the room before joining."""

    def bans(self, member: int) -> list[BanInfo] | Problem:
        """Return the bans that hold, newest first; why not, if this member may not know."""


QUESTIONS = ("report", "member_of", "begin_upload", "end_upload", "stats", "overview", "bans")


class RoomManager(BaseManager):
    """The Manager of the room process."""

    def questions(self) -> RoomQuestions:
        """Return a proxy. `register` below replaces this method."""
        raise NotImplementedError


RoomManager.register("questions", exposed=QUESTIONS)


def connect(address: str, authkey: bytes) -> RoomQuestions:
    """Return a proxy of the room at this address. Raises OSError, EOFError, RemoteError."""
    manager = RoomManager(address, authkey)
    manager.connect()
    return manager.questions()
