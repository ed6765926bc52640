"""How many files and sockets a process may have open, and how many connections that allows."""

import resource
from contextlib import suppress

_OWN = 48
"""Open files of a worker that has no connections, with some to spare."""
_OF_A_WORKER = 8
"""Open files that the main process and the room process have for each worker, or fewer."""
_MODEST = 10_240  # macOS allows "no limit" but takes no number above this one


def raise_limit() -> int:
    """Raise the limit of open files as far as the system lets this process.

    Processes that it starts inherit the limit.

    Returns:
        The limit that holds now.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (hard, _MODEST):
        if soft == wanted:
            break
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            break
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MODEST if limit == resource.RLIM_INFINITY else limit


def least(workers: int) -> int:
    """Return the limit of open files below which a server with so many workers cannot work."""
    return _OWN + _OF_A_WORKER * workers


def most_workers(limit: int) -> int:
    """Return how many workers a server can have under this limit of open files."""
    return max(0, (limit - _OWN) // _OF_A_WORKER)


def connections_of_worker(limit: int) -> int:
    """Return how many connections a worker may have.

    It needs the rest of its open files for the journal, the search index and the log, and one
    for each upload and download.
    """
    return max(4, (limit - _OWN) * 3 // 4)


def waiting_sockets(limit: int) -> int:
    """Return how many sockets may wait in the main process for one worker."""
    return min(128, max(4, limit // 8))
