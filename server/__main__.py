"""`python -m server` and `chatroom-server`: check the installation, run the command line.

Every process of the server imports this file first, so it imports nothing at the top.
Python 3.8 must be able to read it, so that an old Python gets a sentence, not a traceback.
"""

import signal
import sys

PACKAGES = (
    "PIL", "aiohttp", "chardet", "click", "cryptography", "msgspec", "packaging",
    "pathvalidate", "precis_i18n", "prometheus_client", "psutil", "segno", "setproctitle",
    "uvloop", "xxhash", "zeroconf",
)  # fmt: skip


def main() -> int:
    """Run the command that the arguments name; returns the exit status."""
    from shared import installation

    if sys.platform == "win32":
        sys.exit("chatroom: the server runs on Linux and macOS, on Windows only the client.")
    # As process 1 of a container a signal without a handler is lost: from here on it waits.
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGHUP))
    installation.check("chatroom-server", PACKAGES)
    from server.cli import commands

    return commands.main()


if __name__ == "__main__":
    sys.exit(main())
