"""A QR code for the terminal."""

import io
import shutil

_WHITE_ON_BLACK, _PLAIN = "\x1b[97;40m", "\x1b[0m"


def drawn(text: str) -> str:
    """Return the QR code of a text, in lines of half blocks; empty if the window is too narrow.

    Light is drawn as white on black, whatever colours the terminal has: many phones cannot read
    an inverted code.
    """
    import segno  # noqa: PLC0415 - few starts draw one

    code = segno.make(text, error="l", micro=False)
    drawing = io.StringIO()
    code.terminal(drawing, compact=True, border=2)
    lines = drawing.getvalue().rstrip("\n").split("\n")
    if shutil.get_terminal_size().columns < len(lines[0]):
        return ""
    return "\n".join(f"{_WHITE_ON_BLACK}{line}{_PLAIN}" for line in lines)
