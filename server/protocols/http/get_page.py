"""The words of the page that says how to install the desktop client from this room."""

import re
from collections.abc import Collection, Mapping
from html import escape

PROJECT = "chatroom"
_VERSION = re.compile(r"-cp3([0-9]+)-cp3[0-9]+-")
_ENGLISH = {
    "title": "The desktop client",
    "lead": "{room} has all that it takes, also without internet: only Python {pythons} with "
    "tkinter must be there already. Open a terminal and type:",
    "unix": "Linux and macOS",
    "windows": "Windows (PowerShell)",
    "note": "The room made its certificate itself, so pip is told to take it "
    "(<code>--trusted-host</code>). Do so only in a network that you trust.",
    "nothing": "This room offers nothing to install. Its host can change that with "
    "<code>chatroom-server wheels</code>.",
    "files": "Files",
    "back": "Join in the browser",
}
_GERMAN = {
    "title": "Das Desktop-Programm",
    "lead": "{room} hat alles, was du brauchst, auch ohne Internet: Nur Python {pythons} mit "
    "tkinter muss schon da sein. Öffne ein Terminal und tippe:",
    "unix": "Linux und macOS",
    "windows": "Windows (PowerShell)",
    "note": "Der Raum hat sein Zertifikat selbst gemacht, also soll pip es annehmen "
    "(<code>--trusted-host</code>). Tu das nur in einem Netz, dem du vertraust.",
    "nothing": "Dieser Raum hat nichts zum Installieren. Der Gastgeber kann das mit "
    "<code>chatroom-server wheels</code> ändern.",
    "files": "Dateien",
    "back": "Im Browser beitreten",
}
TEXTS: Mapping[str, Mapping[str, str]] = {"en": _ENGLISH, "de": _GERMAN}


def words(
    room: str, url: str, language: str, *, trusted: str, names: Collection[str]
) -> dict[str, str]:
    """Return the values of the page's template, as HTML.

    Args:
        room: the name of the room.
        url: where the room is, with a slash at the end.
        language: one of `TEXTS`.
        trusted: the host and port whose certificate pip cannot check; empty if it can.
        names: those of the wheels that there are.
    """
    texts = TEXTS[language]
    offered = any(name.startswith(f"{PROJECT}-") for name in names)
    trust = f" --trusted-host {trusted}" if trusted else ""
    install = f"install --no-index --find-links {url}get/{trust} {PROJECT}"
    return {name: texts[name] for name in ("title", "unix", "windows", "files", "back")} | {
        "lang": language,
        "room": escape(room),
        "lead": texts["lead" if offered else "nothing"].format(
            room=escape(room), pythons=_pythons(names)
        ),
        "kind": "offered" if offered else "empty",
        "note": texts["note"] if trusted else "",
        "unix_line": escape(
            f"python3 -m venv chatroom && chatroom/bin/pip {install} && chatroom/bin/chatroom"
        ),
        "windows_line": escape(
            rf"py -m venv chatroom; chatroom\Scripts\pip {install}; chatroom\Scripts\chatroom"
        ),
    }


def _pythons(names: Collection[str]) -> str:
    """Return the versions of Python that the wheels are for, as a list for people."""
    found = {int(one[1]) for name in names if (one := _VERSION.search(name))}
    return ", ".join(f"3.{minor}" for minor in sorted(found)) or "3.12"
