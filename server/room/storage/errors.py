"""Why the journal cannot be written, or not be used at all."""

import sqlite3


class StorageError(Exception):
    """The journal could not be written; nothing of the batch was. The text says why."""


class NoSpaceError(StorageError):
    """Messages and joins wait, as the disk has little free space."""


class OvertakenError(Exception):
    """What this process knows of the room no longer holds; the text says why."""


FAILURES = (StorageError, OvertakenError, sqlite3.Error)
"""Raised where a journal cannot be read or written."""


class JournalError(Exception):
    """The journal cannot be used at all; the text says what to do."""
