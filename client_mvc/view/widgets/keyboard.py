"""The Latin key at the place of a key that types another script.

Shortcuts are bound to Latin letters, and a Russian, Greek, Hebrew or Arabic layout has none. As
in other programs, the place of the key counts then: the Latin layout that the person can switch
to says which letter is there, or else the US layout.
"""

import ctypes
import functools
import logging
from collections.abc import Callable

log = logging.getLogger(__name__)

# The keys of a PC by their codes in X11 (evdev) and their characters in the US layout.
_US = {
    **dict(enumerate("1234567890-=", 10)),
    **dict(enumerate("qwertyuiop", 24)),
    **dict(enumerate("asdfghjkl", 38)),
    **dict(enumerate("zxcvbnm,./", 52)),
}
_LETTERS = [code for code, key in _US.items() if key.isalpha()]
_GROUPS = 4  # most layouts that X11 can switch between
_WINDOWS = {0xBB: "=", 0xBC: ",", 0xBD: "-"}  # virtual-key codes VK_OEM_*

type Keysyms = Callable[[int, int], int]
"""From the code of a key and the number of a layout to the keysym without Shift."""


def latin_key(code: int, keysym: int, layout: int, keysyms: Keysyms | None) -> str:
    """Return the Latin character of a key of X11 that types another script.

    Args:
        code: The code of the key.
        keysym: The keysym that it has now.
        layout: The number of the layout in use.
        keysyms: Reads the layouts; None if they cannot be read.

    Returns:
        An empty string for a key that Tk's bindings recognise: one of a layout with Latin
        letters, or a letter that X11 itself took from another layout, as it does with Ctrl.
    """
    if not _may_be_other(code, keysym):
        return ""
    if keysyms is None:
        return _US[code] if is_other_script(keysym) else ""
    if _is_latin(keysyms, layout):
        return ""
    found = ord(_US[code])
    for other in range(_GROUPS):
        if _is_latin(keysyms, other):
            found = keysyms(code, other)
            break
    key = chr(found).lower() if 0x20 < found < 0x7F else ""
    return "" if ord(key or "\0") == keysym else key


def windows_key(code: int, keysym: int) -> str:
    """Return the Latin character of a virtual-key code of Windows, as `latin_key` does."""
    if not is_other_script(keysym):
        return ""
    is_plain = chr(code).isascii() and chr(code).isalnum()
    return chr(code).lower() if is_plain else _WINDOWS.get(code, "")


def is_other_script(keysym: int) -> bool:
    """Tell whether a keysym is a character outside Latin-1 (X11 protocol, appendix A)."""
    return 0x100 <= keysym < 0xFD00 or keysym >= 0x1000100


def _may_be_other(code: int, keysym: int) -> bool:
    return code in _US and not (keysym < 0x7F and chr(keysym).isalnum())


def _is_latin(keysyms: Keysyms, layout: int) -> bool:
    return any(ord("a") <= keysyms(code, layout) <= ord("z") for code in _LETTERS)


@functools.cache
def _x11() -> ctypes.CDLL | None:
    try:
        x11 = ctypes.CDLL("libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        x11.XkbKeycodeToKeysym.restype = ctypes.c_ulong
    except (OSError, AttributeError) as problem:
        log.debug("keyboard layouts unknown error=%s", problem)
        return None
    return x11


def pressed_key(code: int, keysym: int, state: int, display: str) -> str:
    """Return the Latin character of a key just pressed on an X11 display, as `latin_key` does.

    The layouts are read each time: a person may change them while the program runs.
    """
    if not _may_be_other(code, keysym):
        return ""
    x11 = _x11()
    opened = x11.XOpenDisplay(display.encode()) if x11 is not None else None
    if x11 is None or not opened:
        return latin_key(code, keysym, 0, None)
    connection = ctypes.c_void_p(opened)
    try:
        return latin_key(
            code,
            keysym,
            state >> 13 & 3,  # XkbGroupForCoreState of XKBlib.h
            lambda key, group: int(x11.XkbKeycodeToKeysym(connection, key, group, 0)),
        )
    finally:
        x11.XCloseDisplay(connection)
