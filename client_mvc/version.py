"""The version of this program."""

from importlib import metadata


def version() -> str:
    """Return the installed version; empty where the program runs from a folder."""
    try:
        return metadata.version("chatroom")
    except metadata.PackageNotFoundError:
        return ""


def client_name() -> str:
    """Return the name for the server's report: `Chatroom desktop 0.2`."""
    return " ".join(["Chatroom desktop", *filter(None, [".".join(version().split(".")[:2])])])
