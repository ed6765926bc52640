"""Asks the window manager for attention: the window's entry in the taskbar flashes.

Tk 8.6 has no function for it, so this calls X11 or Windows directly. On other systems, and
without the library, nothing happens.
"""

import ctypes
import logging
import sys
import tkinter as tk

log = logging.getLogger(__name__)

_URGENCY = 1 << 8  # XUrgencyHint, ICCCM 4.1.2.4


class _WMHints(ctypes.Structure):
    """XWMHints of Xutil.h."""

    _fields_ = (
        ("flags", ctypes.c_long),
        ("input", ctypes.c_int),
        ("initial_state", ctypes.c_int),
        ("icon_pixmap", ctypes.c_ulong),
        ("icon_window", ctypes.c_ulong),
        ("icon_x", ctypes.c_int),
        ("icon_y", ctypes.c_int),
        ("icon_mask", ctypes.c_ulong),
        ("window_group", ctypes.c_ulong),
    )


def ask(root: tk.Tk) -> None:
    """Ask for attention; the window manager ends it when the window gets the focus."""
    if root.tk.call("focus") != "":
        return
    try:
        if sys.platform == "win32":
            ctypes.windll.user32.FlashWindow(int(root.wm_frame(), 16), True)
        elif root.tk.call("tk", "windowingsystem") == "x11":
            _mark_urgent(root.winfo_id())
    except (OSError, AttributeError) as problem:
        log.debug("urgency hint failed error=%s", problem)


def _mark_urgent(window: int) -> None:
    """Set the urgency hint of the top-level window that Tk keeps around its own.

    Uses a second connection to the X server, since Tk does not give access to its own.
    """
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XGetWMHints.restype = x11.XAllocWMHints.restype = ctypes.POINTER(_WMHints)
    opened = x11.XOpenDisplay(None)
    if not opened:
        raise OSError("cannot connect to the X server")
    display = ctypes.c_void_p(opened)
    root, parent, children = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_void_p()
    count = ctypes.c_uint()
    found = x11.XQueryTree(
        display,
        ctypes.c_ulong(window),
        ctypes.byref(root),
        ctypes.byref(parent),
        ctypes.byref(children),
        ctypes.byref(count),
    )
    if found:
        x11.XFree(children)
        hints = x11.XGetWMHints(display, parent) or x11.XAllocWMHints()
        hints.contents.flags |= _URGENCY
        x11.XSetWMHints(display, parent, hints)
        x11.XFree(hints)
    x11.XCloseDisplay(display)
