"""What is checked and prepared before any process is started: open files, downloads folder."""

from server.files.folder import Folder
from server.files.incoming import UnsafeFolderError
from server.processes import descriptors, output
from server.settings import Settings


class StartError(Exception):
    """The server cannot start; the text says why, in one line."""


def open_files(workers: int) -> int:
    """Raise the limit of open files; return it."""
    limit, least = descriptors.raise_limit(), descriptors.least(workers)
    if limit < least:
        fewer = descriptors.most_workers(limit)
        raise StartError(
            f"The system allows only {limit} open files; the server needs {least} or more. "
            "Raise the limit in a new terminal (ulimit -n 1024), or of the service "
            "(systemd: LimitNOFILE=1024)"
            + (f", or start with --workers {fewer}." if fewer else ".")
        )
    return limit


def create_downloads(settings: Settings) -> None:
    """Create the downloads folder."""
    try:
        Folder(settings.downloads, settings.downloads_mode).create()
    except OSError as problem:
        raise _not_writable(settings, problem) from None


def prepare_downloads(settings: Settings) -> None:
    """Check that the downloads folder is writable, best only for its owner."""
    folder = Folder(settings.downloads, settings.downloads_mode)
    try:
        folder.prepare()
        open_to_others = folder.others_can_write()
    except UnsafeFolderError as problem:
        raise StartError(str(problem)) from None
    except OSError as problem:
        raise _not_writable(settings, problem) from None
    if open_to_others:
        output.warn(
            "Other users of this computer can change shared files. "
            f"To stop that: chmod go-w {settings.downloads}"
        )


def _not_writable(settings: Settings, problem: OSError) -> StartError:
    why = problem.strerror
    return StartError(f"The downloads folder {settings.downloads} cannot be written: {why}.")
