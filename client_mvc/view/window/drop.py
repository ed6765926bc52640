"""Files dropped on the window, if tkinterdnd2 is installed and its library loads.

The package is optional; without it the log says why, at debug level.
"""

import logging
import tkinter as tk
from collections.abc import Callable, Sequence
from pathlib import Path

log = logging.getLogger(__name__)


def accept(root: tk.Tk, dropped: Callable[[Sequence[Path]], None]) -> bool:
    """Call `dropped` with the files dropped anywhere on `root`.

    Returns:
        False if files cannot be dropped.
    """
    try:
        from tkinterdnd2 import TkinterDnD  # noqa: PLC0415 - optional

        TkinterDnD.require(root)
        root.tk.call("tkdnd::drop_target", "register", str(root), ("DND_Files",))
    except (ImportError, AttributeError, RuntimeError, tk.TclError) as problem:
        log.debug("drag and drop unavailable error=%s", problem)
        return False

    def take(data: str) -> str:
        dropped([Path(name) for name in root.tk.splitlist(data)])
        return "copy"

    root.tk.call("bind", str(root), "<<Drop:DND_Files>>", f"{root.register(take)} %D")
    return True
