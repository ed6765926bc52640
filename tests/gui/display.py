"""A separate X display on a free number, for tests and for the gallery."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def display(*, dpi: int = 96, size: str = "1280x900") -> Iterator[dict[str, str]]:
    """Run an Xvfb; yield the environment variables for programs on it."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{size}x24"]
    command += ["-dpi", str(dpi), "-noreset", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(writing,), stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as answer:
        number = answer.readline().strip()
    if not number:
        raise RuntimeError("Xvfb did not start")
    try:
        yield {"DISPLAY": f":{number}", "LC_ALL": "C.UTF-8"}
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def xvfb(*, dpi: int = 96, size: str = "1280x900") -> Iterator[None]:
    """Run an Xvfb and make it the display of this process."""
    with display(dpi=dpi, size=size) as environment:
        before = {name: os.environ.get(name) for name in environment}
        os.environ.update(environment)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
