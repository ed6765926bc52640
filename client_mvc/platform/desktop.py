"""Services of the desktop around the window: notifications, and whether it is light or dark.

Both need libraries that may be missing (the extra `desktop`). They run on a thread of their
own, since a desktop may answer slowly. A service that fails is logged once, then left alone.
"""

import asyncio
import html
import importlib.util
import logging
import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

log = logging.getLogger(__name__)

ANSWER_WITHIN = 5.0
"""Seconds until a notification service that does not answer counts as missing."""

type _Job = Callable[[asyncio.Runner], None]


class DesktopServices:
    """Only `wait` blocks. The thread starts with the first call that needs it."""

    def __init__(self) -> None:
        self.can_notify = importlib.util.find_spec("desktop_notifier") is not None
        self.can_follow = importlib.util.find_spec("darkdetect") is not None
        self.dark: bool | None = None
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._notifier: Any = None

    def notify(self, title: str, text: str) -> None:
        """Show a notification."""
        if self.can_notify:
            self._do(lambda runner: self._notify(runner, title, text))

    def withdraw(self) -> None:
        """Remove the notifications shown so far: the person has seen them."""
        if self._notifier is not None:
            self._do(self._withdraw)

    def look(self) -> None:
        """Read whether the desktop is dark; the answer appears in `dark`."""
        if self.can_follow:
            self._do(self._look)

    def wait(self, seconds: float) -> None:
        """Wait until all calls so far are done, at most so long."""
        if self._thread is not None:
            done = threading.Event()
            self._do(lambda _: done.set())
            done.wait(seconds)

    def _do(self, job: _Job) -> None:
        self._jobs.put(job)
        if self._thread is None:
            # A daemon: a desktop that hangs must not keep the program from ending.
            self._thread = threading.Thread(target=self._run, name="desktop", daemon=True)
            self._thread.start()

    # --- the thread ------------------------------------------------------------------------

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            while True:
                self._jobs.get()(runner)

    def _notify(self, runner: asyncio.Runner, title: str, text: str) -> None:
        if not self.can_notify:
            return
        try:
            runner.run(asyncio.wait_for(self._send(title, text), ANSWER_WITHIN))
        # Each platform fails in its own way; the person needs to know of none.
        except Exception as error:  # noqa: BLE001
            self.can_notify = False
            log.warning("notifications unavailable error=%s", error or type(error).__name__)

    async def _send(self, title: str, text: str) -> None:
        if self._notifier is None:
            from desktop_notifier import DesktopNotifier  # noqa: PLC0415

            notifier = DesktopNotifier(app_name="Chatroom")
            # Fails where there is no service; a failed `send` would only be logged, each time.
            await notifier.get_capabilities()
            self._notifier = notifier
        if sys.platform == "linux":
            # The text of a freedesktop notification is markup.
            text = html.escape(text, quote=False)
        await self._notifier.send(title=title, message=text)

    def _withdraw(self, runner: asyncio.Runner) -> None:
        try:
            runner.run(asyncio.wait_for(self._notifier.clear_all(), ANSWER_WITHIN))
        except Exception as error:  # noqa: BLE001
            log.debug("notifications not removed error=%s", error)

    def _look(self, _: asyncio.Runner) -> None:
        try:
            import darkdetect  # noqa: PLC0415

            self.dark = darkdetect.isDark()
        except Exception as error:  # noqa: BLE001
            self.can_follow = False
            log.warning("theme unavailable error=%s", error)
