"""Ask the server that runs on a data folder."""

import socket
from pathlib import Path

from server.processes import run_directory
from server.processes.run_directory import FolderError

ANSWER_WITHIN = 10.0


class NotRunningError(Exception):
    """No server answers on this data folder; the text says why, in one line."""


def ask(data: Path, question: str) -> bytes:
    """Return the answer of the server on the data folder `data`, in JSON.

    Raises:
        NotRunningError: there is none, or it could be that of another user.
    """
    nobody = f"no server runs on the data folder {data}"
    try:
        info = run_directory.running(data)
        if info is None:
            raise NotRunningError(f"{nobody}.")
        run_directory.check_owner(Path(info.owner_address))
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(ANSWER_WITHIN)
            asking.connect(info.owner_address)
            asking.sendall(question.encode() + b"\n")
            answer = b"".join(iter(lambda: asking.recv(1 << 16), b""))
    except FolderError as problem:
        raise NotRunningError(str(problem)) from None
    except FileNotFoundError:
        raise NotRunningError(f"{nobody}.") from None
    except OSError as problem:
        raise NotRunningError(f"{nobody} ({problem}).") from None
    if not answer:
        raise NotRunningError(f"the server on the data folder {data} does not answer.")
    return answer
