"""The uploads of a worker for which the room has reserved space."""

from collections.abc import Callable, Iterable

from server.room.interface import UploadRequest
from server.room.ipc import HeldUploads


class HeldByWorker:
    """The uploads under way of one worker, and whom to tell when a membership ends."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[UploadRequest, Callable[[], None]]] = {}
        self._accepted: set[int] = set()

    def add(self, upload: UploadRequest, ended: Callable[[], None]) -> None:
        """Take an upload that asks; `ended` is called when its membership is over."""
        self._held[upload.id] = upload, ended

    def accept(self, id: int) -> None:
        """Note that the room has reserved its space."""
        if id in self._held:
            self._accepted.add(id)

    def remove(self, id: int) -> None:
        """Forget an upload that has ended."""
        self._held.pop(id, None)
        self._accepted.discard(id)

    def messages(self) -> list[HeldUploads]:
        """Return the message that names to the room what it has accepted, if there is any."""
        accepted = [self._held[id][0] for id in self._accepted]
        return [HeldUploads(accepted)] if accepted else []

    def ended(self, ids: Iterable[int]) -> None:
        """Tell the uploads whose membership is over."""
        for id in ids:
            if held := self._held.get(id):
                self.remove(id)
                held[1]()
