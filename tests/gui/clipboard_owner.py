"""Another program that owns the clipboard, in a process of its own, made with plain Tk.

`python -m tests.gui.clipboard_owner HANG TARGET FILE…` offers the content of each file in the
form before it. It says "ready" when it owns the clipboard; with `HANG` 1 it answers nobody.
"""

import subprocess
import sys
import time
import tkinter as tk
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def clipboard_of_another(
    folder: Path,
    *,
    hangs: bool = False,
    environment: Mapping[str, str] | None = None,
    **offered: bytes,
) -> Iterator[None]:
    """Let another program own the clipboard; `offered` is data by its form.

    `environment` says on which display; None: on that of this process. In the names of forms
    "_" stands for "/", and "__" for "-".
    """
    command = [sys.executable, "-m", "tests.gui.clipboard_owner", str(int(hangs))]
    for name, data in offered.items():
        file = folder / name
        file.write_bytes(data)
        form = name if name.isupper() else name.replace("__", "-").replace("_", "/")
        command += [form, str(file)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


def main() -> None:
    """Own the clipboard until this process is ended."""
    root = tk.Tk()
    root.withdraw()
    hangs, *rest = sys.argv[1:]
    for form, file in zip(rest[::2], rest[1::2], strict=True):
        data = Path(file).read_bytes()
        # As characters up to U+00FF, which Tk hands over as bytes.
        text = data.decode("utf-8" if form == "UTF8_STRING" else "latin-1")

        def piece(offset: str, length: str, text: str = text) -> str:
            return text[int(offset) : int(offset) + int(length)]

        format = "UTF8_STRING" if form == "UTF8_STRING" else "STRING"
        root.tk.call(
            *("selection", "handle", "-selection", "CLIPBOARD", "-type", form),
            *("-format", format, ".", root.register(piece)),
        )
    root.tk.call("selection", "own", "-selection", "CLIPBOARD", ".")
    root.update()
    print("ready", flush=True)
    while int(hangs):
        time.sleep(60)
    root.mainloop()


if __name__ == "__main__":
    main()
