"""Measure large files: `python -m benchmarks.files`.

A file goes to our server and to a bare aiohttp server and back, in turn in one run. Then one is
cut at random places, on both ways, and continued. The client is a thread with plain sockets, so
that the servers decide how fast it is.
"""

import asyncio
import contextlib
import hashlib
import http.client
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click
import psutil

from benchmarks.peers.base import ROOT
from tests.support.pictures import noise
from tests.support.protocol_client import ProtocolClient, joined_clients
from tests.support.running import RunningServer, lasting_port

MIB = 1024 * 1024
BLOCK = 1 * MIB
GOAL_RATIO, GOAL_MEMORY, GOAL_CUTS, GOAL_PICTURE = 0.7, 64.0, 50, 0.5
SCREEN = 1920, 1080
BARE = ROOT / "benchmarks" / "peers" / "programs" / "aiohttp_files.py"
OPTIONS = (
    "--rate", "0", "--workers", "1", "--quota", "0", "--files", "any", "--max-file", "2GiB",
    "--min-free", "0",
)  # fmt: skip
_WITHIN = 60.0


def make_file(path: Path, size: int, *, text: bool) -> str:
    """Write a file of `size` bytes, and return its SHA-256."""
    block = os.urandom(BLOCK)
    if text:
        line = "Ein Satz wie jeder andere, mit Umlauten: größer, höher, älter.\n".encode()
        block = (line * (BLOCK // len(line) + 1))[:BLOCK]
        block = block.decode(errors="ignore").encode().ljust(BLOCK)
    digest = hashlib.sha256()
    with path.open("wb") as out:
        for start in range(0, size, BLOCK):
            data = block[: min(BLOCK, size - start)]
            out.write(data)
            digest.update(data)
    return digest.hexdigest()


# --- the client --------------------------------------------------------------------------


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
        socket.create_connection(("127.0.0.1", port), _WITHIN) as end,
        path.open("rb") as file,
    ):
        end.sendall(head.encode() + b"\r\n")
        end.settimeout(_WITHIN)
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
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_WITHIN)
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
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_WITHIN)
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


# --- the servers -------------------------------------------------------------------------


@contextmanager
def bare(folder: Path) -> Iterator[int]:
    """Run the bare server; gives its port."""
    port = lasting_port()
    with subprocess.Popen(
        [sys.executable, str(BARE), str(port), str(folder / "bare")],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield port
        finally:
            process.kill()


@contextmanager
def memory_of(process: psutil.Process, peaks: list[float]) -> Iterator[None]:
    """Append how much more memory, in MiB, a process has at most meanwhile."""
    before = peak = process.memory_info().rss
    end = threading.Event()

    def look() -> None:
        nonlocal peak
        while not end.wait(0.01):
            peak = max(peak, process.memory_info().rss)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
        peaks.append((peak - before) / MIB)


def timed(size: int, work: Callable[[], object]) -> float:
    """Return the MiB per second at which `work` moves `size` bytes."""
    began = time.perf_counter()
    work()
    return size / MIB / (time.perf_counter() - began)


class Measuring:
    """One run: the file, the two servers and what was measured."""

    def __init__(self, path: Path, sha256: str, running: RunningServer, token: str) -> None:
        self.path = path
        self.size = path.stat().st_size
        self.sha256 = sha256
        self.running = running
        self.headers = {
            "Authorization": f"Bearer {token}",
            "Content-Disposition": 'attachment; filename="large.bin"',
        }
        self.peaks: list[float] = []
        self.rates: dict[str, list[float]] = {}

    def once(self, bare_port: int) -> None:
        """Move the file both ways on both servers."""
        port = self.running.port
        (worker,) = self.running.children("worker")

        def up(to: int, headers: dict[str, str], into: list[bytes]) -> None:
            status, body = upload(to, self.path, headers)
            if status != 201:
                raise SystemExit(f"upload: {status} {body!r}")
            into.append(body)

        answers: list[bytes] = []
        self._note("up bare", lambda: up(bare_port, {}, answers))
        with memory_of(worker, self.peaks):
            self._note("up ours", lambda: up(port, self.headers, answers))
        url = json.loads(answers[-1])["url"]
        self._note("down bare", lambda: download(bare_port, "/files"))
        with memory_of(worker, self.peaks):
            self._note("down ours", lambda: download(port, url))

    def _note(self, name: str, work: Callable[[], object]) -> None:
        self.rates.setdefault(name, []).append(timed(self.size, work))

    def cuts(self, count: int, rng: random.Random) -> tuple[int, bool]:
        """Cut an upload and a download at random places; returns how many, and whether
        all bytes are right.
        """
        port = self.running.port
        headers = {**self.headers, "Idempotency-Key": f"cuts {rng.random()}"}
        places = sorted(rng.sample(range(1, self.size), count // 2))
        at = resumed = 0
        for place in places:
            if place <= at:
                continue
            upload(port, self.path, headers, at, place)
            at = self._settled(headers, at)
            resumed += 1
        status, body = upload(port, self.path, headers, at)
        while status == 409:  # the last cut had not been noticed yet
            at = self._settled(headers, at)
            status, body = upload(port, self.path, headers, at)
        if status != 201:
            raise SystemExit(f"the last part: {status} {body!r}")
        file = json.loads(body)
        digest = hashlib.sha256()
        at = 0
        for place in [*sorted(rng.sample(range(1, self.size), count - count // 2)), self.size]:
            at += download(port, file["url"], at, place, digest)
            resumed += place < self.size
        return resumed, file["sha256"] == digest.hexdigest() == self.sha256

    def _settled(self, headers: dict[str, str], before: int) -> int:
        """Return what the server has of the upload once it has noticed the cut."""
        deadline = time.monotonic() + _WITHIN
        while not (have := kept(self.running.port, headers)):
            if not before and time.monotonic() > deadline - _WITHIN + 2:
                return 0  # nothing of the first part had come
            if time.monotonic() > deadline:
                raise SystemExit("nothing is kept")
            time.sleep(0.01)
        return have


async def pictures(running: RunningServer, count: int) -> list[float]:
    """Return the seconds from when a picture is sent until another member has its thumbnail."""
    waits = []
    async with joined_clients(running.url, "ann", "ben") as (ann, ben):
        for _ in range(count):
            data = noise(SCREEN)
            began = time.perf_counter()
            upload = asyncio.create_task(ann.share("screen.png", data))
            while True:
                file = (await ben.until(type="shared")).get("file", {})
                if file.get("name") == "screen.png" and file["size"] == len(data):
                    break
            async with ben.http.get(running.url + file["thumb"]) as answer:
                await answer.read()
            waits.append(time.perf_counter() - began)
            await upload
    return waits


async def as_member(url: str, work: Callable[[str], None]) -> None:
    """Do blocking work with the token of a member, who stays connected meanwhile.

    Raises:
        ConnectionClosed: the server ended the connection, so the token held no longer.
    """
    async with joined_clients(url, "bench") as (member,):
        staying = asyncio.create_task(_stay(member))
        try:
            await asyncio.to_thread(work, str(member.welcome["token"]))
            if staying.done():
                await staying
        finally:
            staying.cancel()
            await asyncio.wait([staying])


async def _stay(member: ProtocolClient) -> None:
    """Read what comes: only then are pings answered, and the server drops who is silent."""
    while True:
        with contextlib.suppress(TimeoutError):  # nothing happens in the room
            await member.next()


@click.command(context_settings={"show_default": True, "max_content_width": 96})
@click.option("--mib", default=2048, help="Size of the file, in MiB.")
@click.option("--rounds", default=3, help="So often it goes both ways on both servers.")
@click.option("--cuts", default=GOAL_CUTS, help="So often a transfer is cut.")
@click.option("--pictures", "count", default=10, help="So many pictures get a thumbnail.")
@click.option("--text", is_flag=True, help="A text file in place of random bytes.")
@click.option("--seed", default=1, help="Decides where transfers are cut.")
def main(*, mib: int, rounds: int, cuts: int, count: int, text: bool, seed: int) -> None:
    """Measure how fast and with how much memory large files go, and whether cuts harm them."""
    with tempfile.TemporaryDirectory(prefix="chatroom-bench-") as name:
        folder = Path(name)
        path = folder / "large"
        sha256 = make_file(path, mib * MIB, text=text)
        own = folder / "ours"
        own.mkdir()
        with closing(RunningServer(own, *OPTIONS)) as running:
            waits = asyncio.run(pictures(running, count))
            print(
                f"thumbnail of a picture of {SCREEN[0]}x{SCREEN[1]} at another member: median "
                f"{statistics.median(waits):.2f} s, at most {max(waits):.2f} s "
                f"(goal {GOAL_PICTURE} s)"
            )
            asyncio.run(as_member(running.url, lambda token: _measure(
                Measuring(path, sha256, running, token), folder, rounds, cuts, seed
            )))  # fmt: skip


def _measure(measuring: Measuring, folder: Path, rounds: int, cuts: int, seed: int) -> None:
    with bare(folder) as port:
        for _ in range(rounds):
            measuring.once(port)
            for shared in measuring.running.downloads.glob("large*"):
                shared.unlink()  # the room forgets nothing, but the disk is not endless
    ratios = []
    for way in ("up", "down"):
        ours, peer = (measuring.rates[f"{way} {who}"] for who in ("ours", "bare"))
        ratio = statistics.median(a / b for a, b in zip(ours, peer, strict=True))
        ratios.append(ratio)
        print(
            f"{way:5} ours {statistics.median(ours):7.0f} MiB/s, bare aiohttp "
            f"{statistics.median(peer):7.0f} MiB/s, ratio {ratio:.2f}"
        )
    print(f"worker's memory: at most {max(measuring.peaks):.1f} MiB more")
    began = time.perf_counter()
    resumed, right = measuring.cuts(cuts, random.Random(seed))  # noqa: S311 - places of cuts
    took = time.perf_counter() - began
    print(
        f"resumed after {resumed} cuts in {took:.0f} s, SHA-256 {'right' if right else 'WRONG'}"
    )
    met = min(ratios) >= GOAL_RATIO and max(measuring.peaks) <= GOAL_MEMORY and right
    print(f"goals {'met' if met else 'MISSED'}: ratio {GOAL_RATIO}, {GOAL_MEMORY:.0f} MiB")


if __name__ == "__main__":
    main()
