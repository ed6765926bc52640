"""`python -m client_mvc` and `chatroom`: check the installation, open the client.

Python 3.8 must be able to read this file, so that an old Python gets a sentence, not a
traceback.
"""

import sys
from importlib.util import find_spec

PACKAGES = (
    "PIL", "aiohttp", "arabic_reshaper", "babel", "bidi", "chardet", "click",
    "cryptography", "filelock", "msgspec", "pathvalidate", "platformdirs", "precis_i18n",
    "psutil", "pygments", "segno", "ttkbootstrap", "zeroconf",
)  # fmt: skip
NO_TKINTER = (
    "chatroom: the window needs tkinter, install it: sudo apt install python3-tk (Debian, "
    "Ubuntu), sudo dnf install python3-tkinter (Fedora), brew install python-tk (macOS)"
)


def main() -> None:
    """Open the window and stay until it is closed."""
    from shared import installation

    installation.check("chatroom", PACKAGES)
    if find_spec("_tkinter") is None:
        sys.exit(NO_TKINTER)
    from client_mvc import app

    app.main()


if __name__ == "__main__":
    main()
