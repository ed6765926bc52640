"""How many bytes of a file are moved at a time."""

LEAST, MOST = 32 * 1024, 128 * 1024
"""With larger ones a fast client keeps the processor, and messages of others wait for it."""


class BlockSize:
    """The size of the next block of one transfer.

    A thread hashes, reads or writes a block, so a large file goes faster in larger ones. A slow
    client keeps a small one, as each transfer holds its block in memory.
    """

    def __init__(self, most: int = MOST) -> None:
        """Begin with the smallest; take `most` at most."""
        self.now = LEAST
        self._most = most

    def moved(self, *, fast: bool) -> None:
        """Take the next block larger, or (not `fast`) smaller."""
        self.now = min(self._most, 2 * self.now) if fast else max(LEAST, self.now // 2)
