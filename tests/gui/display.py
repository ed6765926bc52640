"""An X display of one's own, on a free number, for tests and for the gallery."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def xvfb(*, dpi: int = 96, size: str = "1280x900") -> Iterator[None]:
    """Run an Xvfb and make it this process's display."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{size}x24"]
    command += ["-dpi", str(dpi), "-noreset", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(writing,), stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as answer:
        number = answer.readline().strip()
    if not number:
        raise RuntimeError("Xvfb did not start")
    before = {name: os.environ.get(name) for name in ("DISPLAY", "LC_ALL")}
    os.environ.update(DISPLAY=f":{number}", LC_ALL="C.UTF-8")
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        server.terminate()
        server.wait(10)
