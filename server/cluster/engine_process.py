"""Runs nats-server under this process: explains what it logs, and passes signals on."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from server.cluster.engine_log import Explainer

_PR_SET_PDEATHSIG = 1  # prctl(2)


def run(
    program: str,
    configuration: Path,
    tell: Callable[[str], object],
    ready: Callable[[], object],
    *,
    verbose: bool = False,
) -> int:
    """Run nats-server until it ends; INT, TERM and HUP end it, a second one at once.

    Args:
        program: its path.
        configuration: its configuration.
        tell: is called with each sentence for the operator.
        ready: is called once, when it serves.
        verbose: also pass on each line as nats-server logs it.

    Returns:
        0 if it ended on a signal to this process, else 1.
    """
    log = Explainer(time.monotonic)
    # What nats-server logs before it has read its configuration goes to standard output.
    with subprocess.Popen(  # noqa: S603 - without a shell, and the words are ours
        [program, "-c", str(configuration)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", process_group=0,
        preexec_fn=partial(end_with, os.getpid()),  # noqa: PLW1509 - there are no threads
    ) as process, _passing_on(process) as asked:  # fmt: skip
        assert process.stdout is not None
        was_ready = False
        for line in process.stdout:
            sentence = log.explain(line)
            if verbose:
                tell(line.rstrip())
            elif sentence is not None:
                tell(sentence)
            if log.ready and not was_ready:
                was_ready = True
                ready()
        status = process.wait()
    if asked:
        return 0
    tell(f"nats-server has ended ({ended(status)}).")
    return 1


def ended(status: int) -> str:
    """Return how a process ended, by its `returncode`."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"signal {signal.Signals(-status).name}"
    except ValueError:
        return f"signal {-status}"


def end_with(parent: int) -> None:
    """Let the system end this process when its parent dies (Linux only).

    Args:
        parent: the id of the parent process. It calls this in the child, after the fork.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _passing_on(process: "subprocess.Popen[str]") -> Iterator[Sequence[int]]:
    """Pass signals on to a process; yields those that came."""
    asked: list[int] = []

    def end(number: int, frame: object) -> None:
        if asked:
            process.kill()
        else:
            process.terminate()
        asked.append(number)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {one: signal.signal(one, end) for one in numbers}
    try:
        yield asked
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
