"""Temporary folders in memory, for tests that open hundreds of databases.

On a disk such a test mostly waits until the disk has what it wrote.
"""

import os
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """Make a folder for small files, in memory if the system has a place there."""
    writable = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)
    return tempfile.TemporaryDirectory(dir=_MEMORY if writable else None)
