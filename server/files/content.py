"""What the bytes of an upload are, found while they come, and whether the room takes them."""

from typing import NamedTuple

from server.files.text_detection import NotTextError, TextProbe
from shared import media_types
from shared.media_types import Accepted


class Content(NamedTuple):
    """The media type of a file; of text also its encoding, lines and preview."""

    type: str
    encoding: str = ""
    lines: int = 0
    preview: str = ""


class ContentProbe:
    """Looks at bytes while they come. `accepted` is what the room takes."""

    def __init__(self, accepted: Accepted) -> None:
        self._accepted = accepted
        self._type: str | None = None
        # Where only text is taken, the first bytes decide nothing else.
        text = accepted == "text"
        self._head: bytes | None = None if text else b""
        self._text: TextProbe | None = TextProbe() if text else None

    def feed(self, data: bytes) -> None:
        """Look at the next bytes.

        Raises:
            NotTextError: the room does not take this file, as far as these bytes tell.
        """
        if self._head is not None:
            data = self._head + data
            if len(data) < media_types.HEAD_BYTES:
                self._head = data
                return
            self._begin(data)
        if self._text is not None:
            self._feed_text(data)

    def verdict(self, file: int) -> Content:
        """Return what the file is, when all bytes were fed. It may take a second.

        Args:
            file: the descriptor of a file with all the bytes.

        Raises:
            NotTextError: the room does not take it.
        """
        if (head := self._head) is not None:
            self._begin(head)
            if self._text is not None:
                self._feed_text(head)
        if self._text is not None:
            try:
                return Content(media_types.TEXT, *self._text.verdict(file))
            except NotTextError:
                self._no_text()
        return Content(self._type or media_types.UNKNOWN)

    def _begin(self, head: bytes) -> None:
        """Decide by the first bytes."""
        self._head = None
        found = media_types.by_content(head[: media_types.HEAD_BYTES])
        if found in media_types.PICTURES or (found and self._accepted == "any"):
            self._type = found
        else:
            self._text = TextProbe()

    def _feed_text(self, data: bytes) -> None:
        assert self._text is not None
        try:
            self._text.feed(data)
        except NotTextError:
            self._no_text()

    def _no_text(self) -> None:
        self._text = None
        if self._accepted != "any":
            raise NotTextError("pictures" if self._accepted == "pictures" else "") from None
