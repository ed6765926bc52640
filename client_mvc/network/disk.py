"""Why a file on this computer cannot be read or written, as a problem without errno text."""

import errno
from pathlib import Path

from shared.problems import Problem, problem

FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
FULL = (errno.ENOSPC, errno.EDQUOT)


def cannot_read(error: OSError) -> Problem:
    """Return why a file could not be read."""
    if error.errno == errno.ENOENT:
        return problem("file_missing")
    return problem("file_forbidden" if error.errno in FORBIDDEN else "file_unreadable")


def cannot_save(error: OSError, target: Path) -> Problem:
    """Return why the file `target` could not be written."""
    if error.errno in FULL:
        return problem("disk_full")
    folder = str(target.parent)
    if error.errno == errno.ENOENT:
        return problem("folder_missing", folder=folder)
    code = "folder_forbidden" if error.errno in FORBIDDEN else "cannot_save"
    return problem(code, folder=folder)
