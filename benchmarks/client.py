"""Measure the desktop client against its goals: `python -m benchmarks.client`.

The whole client runs as its users start it, on an Xvfb of its own: window, controller, pump and
network thread. A room in another process sends the messages to show. The figures are taken by
timers on the window's own thread.
"""

import asyncio
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import click
import psutil
from aiohttp import web
from PIL import ImageGrab

from client_mvc import app as client
from client_mvc.view.contract.values import Item, Message
from client_mvc.view.window import main_window as view
from shared import codec, messages, protocol
from tests.gui.display import xvfb

_SPAWN = multiprocessing.get_context("spawn")
_MIB = 1024 * 1024
WITHIN = 180.0
"""Seconds to wait for a client that shows nothing."""

FLOOD_PER_S, FLOOD_FOR = 1_000, 10
MANY = 100_000
STARTS = 5

_EVERY_MS = 5
"""Milliseconds between two measurements of the window's lag."""
_DRAWN_COLOURS = 30
"""Number of colours that a picture of the window exceeds when its texts are drawn."""

_TEXTS = (
    "Morning all, the build notes are in the wiki: https://wiki.example.org/build?v=2",
    "Thanks!",
    "I get a 403, but a reload fixes it, and continuation lines line up under the text.",
    "Try `pip install -U chatroom`, *not* the old one; then look at line 3 👍",
    "Café, naïve, Ελληνικά, Кириллица, 日本語 and ✓",
    "def two():\n    return 2",
)


@dataclass(frozen=True, slots=True)
class GoalFigure:
    """A goal: the measured value is to be at most (or at least) `bound`."""

    goal: str
    unit: str
    bound: float
    measured: float
    at_most: bool = True

    @property
    def met(self) -> bool:
        """Return whether the value meets the goal."""
        return self.measured <= self.bound if self.at_most else self.measured >= self.bound


# --- the room ------------------------------------------------------------------------------


class _SendingRoom:
    """Send `count` messages to one member, `per_s` a second or as fast as possible."""

    def __init__(self, count: int, per_s: float | None) -> None:
        self._count = count
        self._per_s = per_s

    async def serve(self, results: Connection) -> None:
        """Send the port to `results`, then serve until the process is ended."""
        app = web.Application()
        app.router.add_get("/ws", self._member)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        results.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    async def _member(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=[protocol.SUBPROTOCOL])
        await socket.prepare(request)
        await socket.receive()
        welcome = messages.Welcome(
            you="reader", token="t", seq=0, reset=False, max_users=8,  # noqa: S106
            limits=messages.Limits(8_000, 1_000), room="ops",
            members=[messages.MemberInfo("reader", _moment())],
        )  # fmt: skip
        await socket.send_str(codec.encode(welcome).decode())
        await asyncio.sleep(2)  # the window is open and has drawn the room
        sending = asyncio.create_task(self._send(socket))
        async for _ in socket:
            break  # the client sends nothing but `leave`
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await socket.close()
        return socket

    async def _send(self, socket: web.WebSocketResponse) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for seq in range(1, self._count + 1):
            if self._per_s and (early := began + seq / self._per_s - loop.time()) > 0:
                await asyncio.sleep(early)
            said = messages.Said(
                seq=seq, at=_moment(), name=f"user{seq // 3 % 7}",
                text=f"{seq} {_TEXTS[seq % len(_TEXTS)]}",
            )  # fmt: skip
            await socket.send_str(codec.encode(said).decode())


def _moment() -> str:
    seconds, milliseconds = divmod(time.time_ns() // 1_000_000, 1_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{milliseconds:03}Z"


def _serve(count: int, per_s: float | None, results: Connection) -> None:
    asyncio.run(_SendingRoom(count, per_s).serve(results))


# --- the client ----------------------------------------------------------------------------


class _MeasuredWindow(view.ChatWindow):
    """A window that ends the program when it has shown `expected` messages."""

    expected: int
    results: Connection

    def __init__(self, *values: Any, **options: Any) -> None:
        super().__init__(*values, **options)
        self._top_bar_show, self._messages_append = self.top_bar.show, self.messages.append
        self.top_bar.show = self._show_room  # type: ignore[method-assign]
        self.messages.append = self._append  # type: ignore[method-assign]
        self._shown = 0
        self._began = self._due = 0.0
        self._lags: list[float] = []
        self._memory = psutil.Process().memory_info
        self._at_rest = self._most = 0
        self.root.after(_EVERY_MS, self._tick)

    def _show_room(self, room: str, server: str) -> None:
        """Measure the client at rest: the room is on screen and there is no message yet."""
        self._top_bar_show(room, server)
        if room:
            self.root.after(1_000, self._rest)

    def _append(self, items: Sequence[Item], *, live: bool = True) -> None:
        """Count the messages and check that they are the expected ones."""
        said = [item.text for item in items if isinstance(item, Message)]
        if not self._shown:
            self._began = time.perf_counter()
        self._messages_append(items, live=live)
        for text in said:
            self._shown += 1
            if int(text.partition(" ")[0]) != self._shown:
                raise AssertionError(f"{text} is not message {self._shown}")
        if self._shown == self.expected:
            self.root.after(500, self._send_figures)

    def _rest(self) -> None:
        self._at_rest = self._memory().rss
        self._due = time.perf_counter()

    def _tick(self) -> None:
        """Measure the lag on a fixed grid: a delay over four steps counts for each of them."""
        now = time.perf_counter()
        while self._due and self._due <= now:
            if self._began:
                self._lags.append(now - self._due)
            self._due += _EVERY_MS / 1_000
        self._most = max(self._most, self._memory().rss)
        self.root.after(_EVERY_MS, self._tick)

    def _send_figures(self) -> None:
        took = time.perf_counter() - 0.5 - self._began
        ranks = statistics.quantiles(self._lags, n=100)
        self.results.send(
            {
                "per_s": self._shown / took,
                "p50_ms": ranks[49] * 1_000,
                "p99_ms": ranks[98] * 1_000,
                "worst_ms": max(self._lags) * 1_000,
                "at_rest_mib": self._at_rest / _MIB,
                "grown_mib": (self._most - self._at_rest) / _MIB,
                "left_mib": (self._memory().rss - self._at_rest) / _MIB,
            }
        )
        self._ask().quit()


def _read(port: int, folder: str, expected: int, results: Connection) -> None:
    _MeasuredWindow.expected, _MeasuredWindow.results = expected, results
    view.ChatWindow = _MeasuredWindow  # type: ignore[misc]
    client.main(
        ["--server", f"127.0.0.1:{port}", "--name", "reader", "--data-dir", folder],
        standalone_mode=False,
    )


@contextmanager
def _child(work: Callable[..., None], *values: object) -> Iterator[Connection]:
    """Run `work` in a process of its own; yield the connection with its results."""
    here, there = _SPAWN.Pipe(duplex=False)
    process = _SPAWN.Process(target=work, args=(*values, there))
    process.start()
    there.close()
    try:
        yield here
    finally:
        process.join(0 if work is _serve else 10)
        process.terminate()
        process.join()


def _receive(results: Connection) -> Any:
    if not results.poll(WITHIN):
        raise click.ClickException(f"The client showed too little within {WITHIN:.0f} s.")
    try:
        return results.recv()
    except EOFError:
        raise click.ClickException("The client ended before it was measured.") from None


def watch(count: int, per_s: float | None) -> dict[str, float]:
    """Measure the window while it shows `count` messages, `per_s` a second if given."""
    with (
        tempfile.TemporaryDirectory() as folder,
        _child(_serve, count, per_s) as room,
        _child(_read, _receive(room), folder, count) as window,
    ):
        figures: dict[str, float] = _receive(window)
    return figures


def first_window() -> float:
    """Return the seconds from the command to a drawn window, without earlier settings."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        command = [sys.executable, "-m", "client_mvc", "--data-dir", folder, "--no-discovery"]
        process = subprocess.Popen(command)
        try:
            while not _drawn():
                if time.perf_counter() - began > WITHIN or process.poll() is not None:
                    raise click.ClickException("The client opened no window.")
                time.sleep(0.01)
            return time.perf_counter() - began
        finally:
            process.terminate()
            process.wait()


def _drawn() -> bool:
    """Return whether texts are drawn: an empty screen or window has only a few colours."""
    picture = ImageGrab.grab((0, 0, 300, 60), xdisplay=os.environ["DISPLAY"])
    return len(picture.getcolors(1_000_000) or ()) > _DRAWN_COLOURS


# --- all of it -----------------------------------------------------------------------------


def measure() -> tuple[list[GoalFigure], dict[str, Any]]:
    """Return the goals with their values, and all measured figures."""
    with xvfb():
        starts = [first_window() for _ in range(STARTS)]
        flood = watch(FLOOD_PER_S * FLOOD_FOR, FLOOD_PER_S)
        many = watch(MANY, None)
    rate = f"{FLOOD_PER_S:,} messages a second for {FLOOD_FOR} s"
    figures = [
        GoalFigure("first window", "s", 1.0, statistics.median(starts)),
        GoalFigure(f"{rate}: shown", "/s", 0.99 * FLOOD_PER_S, flood["per_s"], at_most=False),
        GoalFigure(f"{rate}: the window's lag, p99", "ms", 20.0, flood["p99_ms"]),
        GoalFigure(f"{MANY:,} messages: memory grown", "MiB", 40.0, many["grown_mib"]),
    ]
    return figures, {"starts_s": starts, "flood": flood, "many": many}


@click.command()
@click.option("--json", "target", type=click.Path(dir_okay=False, path_type=Path),
              help="Save all figures to this file.")  # fmt: skip
def main(target: Path | None) -> None:
    """Measure the client and print which goals it meets."""
    figures, everything = measure()
    click.echo(f"{'goal':<60} {'bound':>10} {'measured':>10}  met")
    for figure in figures:
        bound = f"{'≤' if figure.at_most else '≥'} {figure.bound:,.4g}"
        click.echo(
            f"{f'{figure.goal}, {figure.unit}':<60} {bound:>10} {figure.measured:>10,.4g}  "
            f"{'yes' if figure.met else 'NO'}"
        )
    if target is not None:
        goals = [asdict(figure) | {"met": figure.met} for figure in figures]
        target.write_text(json.dumps({"goals": goals, **everything}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
