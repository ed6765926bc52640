"""Reads the clipboard by a program of the system: `wl-paste` under Wayland, `xclip` under X11.

They get large data at once, where Tk fails above 400,000 bytes or waits for seconds.
"""

import logging
import os
import shutil
import subprocess

log = logging.getLogger(__name__)


class ClipboardProgram:
    """`read` blocks: call it on a thread."""

    def __init__(self) -> None:
        self._command = _command()

    @property
    def available(self) -> bool:
        """Whether there is such a program."""
        return bool(self._command)

    def read(self, target: str, within: float) -> bytes | None:
        """Read what another program copied, in the form `target` (a MIME type).

        Args:
            target: The form.
            within: Seconds after which the other program counts as hung.

        Returns:
            None if there is nothing in this form, or the other program does not answer.
        """
        try:
            done = subprocess.run(  # noqa: S603 - the program is one of two
                [*self._command, target],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=within,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as problem:
            log.debug("clipboard not read target=%s error=%s", target, type(problem).__name__)
            return None
        return done.stdout


def _command() -> tuple[str, ...]:
    if os.environ.get("WAYLAND_DISPLAY") and (found := shutil.which("wl-paste")):
        return found, "--no-newline", "--type"
    if os.environ.get("DISPLAY") and (found := shutil.which("xclip")):
        return found, "-o", "-selection", "clipboard", "-t"
    return ()
