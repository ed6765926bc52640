"""Lines for the person at the terminal. Printing never ends the room."""

import contextlib
import os
import sys


def prepare() -> None:
    """Let standard output take every letter; what it cannot show appears as its number."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def warn(text: str) -> None:
    """Print a sentence on standard error, if anybody can read it."""
    with contextlib.suppress(OSError, ValueError):
        print(f"chatroom: {text}", file=sys.stderr, flush=True)


def say(text: str) -> bool:
    """Print a text; return False if nobody can read it (a full disk, a closed pipe)."""
    try:
        print(text, flush=True)
    except OSError:
        # What is still buffered would be tried again at the end, with a traceback.
        with contextlib.suppress(OSError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, sys.stdout.fileno())
            os.close(null)
        return False
    except ValueError:  # it was closed
        return False
    return True
