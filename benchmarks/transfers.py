"""The client of `benchmarks.files`: moves a file with plain sockets, and cuts transfers."""

import http.client
import socket
import time
from contextlib import closing
from pathlib import Path

BLOCK = 1024 * 1024
WITHIN = 60.0
"""Seconds to wait for a server."""


def upload(
    port: int, path: Path, headers: dict[str, str], start: int = 0, stop: int | None = None
) -> tuple[int, bytes]:
    """Send a file from byte `start` on; with `stop`, cut the connection there.

    Returns status and body; 0 for a connection that was cut.
    """
    size = path.stat().st_size
    lines = {"Host": f"127.0.0.1:{port}", "Content-Length": str(size - start), **headers}
    if start:
        lines["Upload-Offset"] = str(start)
    head = "POST /files HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items())
    with (
        socket.create_connection(("127.0.0.1", port), WITHIN) as end,
        path.open("rb") as file,
    ):
        end.sendall(head.encode() + b"\r\n")
        end.settimeout(WITHIN)
        end.sendfile(file, start, (size if stop is None else stop) - start)
        if stop is not None:
            return 0, b""
        answer = http.client.HTTPResponse(end)
        answer.begin()
        return answer.status, answer.read()


def download(
    port: int, path: str, start: int = 0, stop: int | None = None, digest: object = None
) -> int:
    """Read a file from byte `start` on, up to `stop`; returns the number of bytes.

    Their SHA-256 goes into `digest`.
    """
    count = 0
    into = bytearray(BLOCK)
    view = memoryview(into)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WITHIN)
    with closing(connection):
        connection.request("GET", path, headers={"Range": f"bytes={start}-"} if start else {})
        answer = connection.getresponse()
        if answer.status != (206 if start else 200):
            raise SystemExit(f"{path}: {answer.status}")
        most = None if stop is None else stop - start
        while most is None or count < most:
            got = answer.readinto(view if most is None else view[: min(BLOCK, most - count)])
            if not got:
                break
            count += got
            if digest is not None:
                digest.update(view[:got])  # type: ignore[attr-defined]
    return count


def kept(port: int, headers: dict[str, str]) -> int:
    """Return how many bytes the server has of a cut upload; 0 if it cannot say yet."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WITHIN)
    with closing(connection):
        connection.request("HEAD", "/files", headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status == 429:  # asked too often
            time.sleep(float(answer.headers["Retry-After"]))
            return 0
        if answer.status != 200:
            raise SystemExit(f"/files: {answer.status} {body!r}")
        return int(answer.headers["Upload-Offset"])
