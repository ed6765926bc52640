"""Measure large files: `python -m benchmarks.files`.

A file goes to our server and to a bare aiohttp server and back, in turn in one run. Then one is
cut at random places, on both ways, and continued. The client is a thread with plain sockets, so
that the servers decide how fast it is.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import random
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
from benchmarks.transfers import BLOCK, WITHIN, download, kept, upload
from tests.support.pictures import noise
from tests.support.protocol_client import ProtocolClient, joined_clients
from tests.support.running import RunningServer, lasting_port

MIB = 1024 * 1024
GOAL_RATIO, GOAL_MEMORY, GOAL_CUTS, GOAL_PICTURE = 0.7, 64.0, 50, 0.5
SCREEN = 1920, 1080
BARE = ROOT / "benchmarks" / "peers" / "programs" / "aiohttp_files.py"
OPTIONS = (
    "--rate", "0", "--workers", "1", "--quota", "0", "--files", "any", "--max-file", "2GiB",
    "--min-free", "0",
)  # fmt: skip


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


# --- the servers -------------------------------------------------------------------------


@contextmanager
def bare(folder: Path) -> Iterator["Peer"]:
    """Run the bare server."""
    port = lasting_port()
    with subprocess.Popen(
        [sys.executable, str(BARE), str(port), str(folder / "bare")],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield Peer("bare", port, psutil.Process(process.pid), {}, folder / "bare")
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


class Peer:
    """A server: how the table calls it, and what was measured.

    `process` is the one that moves the bytes, `headers` are those of an upload, and `files`
    are the files that it wrote: their path, or the folder.
    """

    def __init__(
        self,
        name: str,
        port: int,
        process: psutil.Process,
        headers: dict[str, str],
        files: Path,
    ) -> None:
        self.name = name
        self.port = port
        self.headers = headers
        self.peaks: list[float] = []
        self.rates: dict[str, list[float]] = {"up": [], "down": []}
        self.processor: dict[str, list[float]] = {"up": [], "down": []}
        self._process = process
        self._files = files

    @classmethod
    def ours(cls, name: str, running: RunningServer, token: str) -> "Peer":
        """Return a running server of ours, where `token` is that of a member."""
        (worker,) = running.children("worker")
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Disposition": 'attachment; filename="large.bin"',
        }
        return cls(name, running.port, worker, headers, running.downloads)

    def move(self, path: Path) -> None:
        """Move the file both ways, and remove what was written."""
        answers: list[bytes] = []

        def up() -> None:
            status, body = upload(self.port, path, self.headers)
            if status != 201:
                raise SystemExit(f"upload: {status} {body!r}")
            answers.append(body)

        size = path.stat().st_size
        self._note("up", size, up)
        url = json.loads(answers[0])["url"] if answers[0] else "/files"
        self._note("down", size, lambda: download(self.port, url))
        # The room forgets nothing, but the disk is not endless.
        whole = self._files.glob("large*") if self._files.is_dir() else [self._files]
        for written in whole:
            written.unlink()

    def _note(self, way: str, size: int, work: Callable[[], object]) -> None:
        before = self._process.cpu_times()
        with memory_of(self._process, self.peaks):
            self.rates[way].append(timed(size, work))
        after = self._process.cpu_times()
        spent = after.user + after.system - before.user - before.system
        self.processor[way].append(spent / (size / MIB) * 1024)


class Measuring:
    """Transfers that are cut, measured on our server alone."""

    def __init__(self, path: Path, sha256: str, peer: Peer) -> None:
        self.path = path
        self.size = path.stat().st_size
        self.sha256 = sha256
        self.port = peer.port
        self.headers = peer.headers

    def cuts(self, count: int, rng: random.Random) -> tuple[int, bool]:
        """Cut an upload and a download at random places; returns how many, and whether
        all bytes are right.
        """
        port = self.port
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
        deadline = time.monotonic() + WITHIN
        while not (have := kept(self.port, headers)):
            if not before and time.monotonic() > deadline - WITHIN + 2:
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


async def as_members(urls: list[str], work: Callable[[list[str]], None]) -> None:
    """Do blocking work with tokens of members, one of each server, who stay connected.

    Raises:
        ConnectionClosed: a server ended the connection, so the token held no longer.
    """
    async with contextlib.AsyncExitStack() as stack:
        members = [
            (await stack.enter_async_context(joined_clients(url, "bench")))[0] for url in urls
        ]
        staying = [asyncio.create_task(_stay(member)) for member in members]
        try:
            await asyncio.to_thread(work, [str(one.welcome["token"]) for one in members])
            for task in staying:
                if task.done():
                    await task
        finally:
            for task in staying:
                task.cancel()
            await asyncio.wait(staying)


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
@click.option(
    "--against", type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Another checkout, whose server is measured too.",
)  # fmt: skip
def main(
    *, mib: int, rounds: int, cuts: int, count: int, text: bool, seed: int, against: Path | None
) -> None:
    """Measure how fast and with how much memory large files go, and whether cuts harm them."""
    with contextlib.ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="chatroom-bench-"))
        )
        path = folder / "large"
        sha256 = make_file(path, mib * MIB, text=text)
        peers = [stack.enter_context(bare(folder))]
        servers = {}
        for name, root in (("base", against), ("ours", ROOT)):
            if root is not None:
                (folder / name).mkdir()
                running = RunningServer(folder / name, *OPTIONS, root=root.resolve())
                servers[name] = stack.enter_context(closing(running))

        def measure(tokens: list[str]) -> None:
            peers.extend(map(Peer.ours, servers, servers.values(), tokens))
            for number in range(rounds):
                for peer in reversed(peers) if number % 2 else peers:
                    peer.move(path)
            met = _print_rates(peers)
            right = _print_cuts(Measuring(path, sha256, peers[-1]), cuts, seed)
            print(
                f"goals {'met' if met and right else 'MISSED'}: ratio {GOAL_RATIO}, "
                f"{GOAL_MEMORY:.0f} MiB"
            )

        waits = asyncio.run(pictures(servers["ours"], count))
        print(
            f"thumbnail of a picture of {SCREEN[0]}x{SCREEN[1]} at another member: median "
            f"{statistics.median(waits):.2f} s, at most {max(waits):.2f} s "
            f"(goal {GOAL_PICTURE} s)"
        )
        asyncio.run(as_members([one.url for one in servers.values()], measure))


def _print_rates(peers: list[Peer]) -> bool:
    """Print what was measured; return whether our server, the last one, meets the goals."""
    bare, ours = peers[0], peers[-1]
    ratios = {}
    for way in ("up", "down"):
        for peer in reversed(peers):
            ratios[way, peer.name] = statistics.median(
                one / other for one, other in zip(peer.rates[way], bare.rates[way], strict=True)
            )
            print(
                f"{way:5}{peer.name:5}{statistics.median(peer.rates[way]):7.0f} MiB/s, ratio "
                f"to bare aiohttp {ratios[way, peer.name]:.2f}, processor "
                f"{statistics.median(peer.processor[way]):.2f} s/GiB"
            )
    for peer in peers[:0:-1]:
        print(f"memory of a worker of {peer.name}: at most {max(peer.peaks):.1f} MiB more")
    worst = min(ratios["up", ours.name], ratios["down", ours.name])
    return worst >= GOAL_RATIO and max(ours.peaks) <= GOAL_MEMORY


def _print_cuts(measuring: Measuring, cuts: int, seed: int) -> bool:
    """Cut transfers and print what became of them; return whether all bytes are right."""
    began = time.perf_counter()
    resumed, right = measuring.cuts(cuts, random.Random(seed))  # noqa: S311 - places of cuts
    took = time.perf_counter() - began
    print(
        f"resumed after {resumed} cuts in {took:.0f} s, SHA-256 {'right' if right else 'WRONG'}"
    )
    return right


if __name__ == "__main__":
    main()
