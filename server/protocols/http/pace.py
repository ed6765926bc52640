"""How slow an upload may be. The clock is a parameter, in monotonic seconds."""

GRACE = 30.0
LEAST = 4096.0
"""Bytes a second. A slower client could hold its place, and a file descriptor, for hours."""


class UploadPace:
    """Time that a client may still let the server wait for the next bytes of its upload.

    It begins with `grace` seconds. Waiting uses them up, and each byte that comes gives some
    back, so that an upload of at least `LEAST` bytes a second goes on for ever.
    """

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self.left = grace
        """Seconds; none left means that the upload is too slow."""

    def waited(self, seconds: float, came: int) -> None:
        """Note that `came` bytes came after `seconds` of waiting."""
        self.left = min(self._grace, self.left - seconds + came / LEAST)
