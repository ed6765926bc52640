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
from collections import deque
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
from client_mvc.view.contract.items import Item, Message
from client_mvc.view.messages.item_row import ItemRow
from client_mvc.view.window import main_window as view
from shared import codec, conversation, messages, protocol
from tests.gui.display import xvfb

_SPAWN = multiprocessing.get_context("spawn")
_MIB = 1024 * 1024
WITHIN = 180.0
"""Seconds to wait for a client that shows nothing."""

FLOOD_PER_S, FLOOD_FOR = 1_000, 10
CHANGES_PER_S = 100
"""Edits and reactions, to messages among the last `CHANGED_AMONG`."""
CHANGED_AMONG = 600
READ_AFTER, READ_BACK = 1_000, 300
"""After so many messages, a reader goes back by so many and stays there."""
MANY = 100_000
STARTS = 5

_UNTIL_SHOWN_MS = 1_000
"""Milliseconds after the last message was sent, in which it is shown."""
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
_EMOJI = ("👍", "🎉", "❤️", "😂", "👀")


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


@dataclass(frozen=True, slots=True)
class Work:
    """So many messages, `per_s` a second or as fast as possible, and changes between them.

    `reading`: the reader is further up while they come in.
    """

    count: int
    per_s: float | None = None
    changes_per_s: int = 0
    reading: bool = False


class _SendingRoom:
    """Send messages, and changes of them, to one member."""

    def __init__(self, work: Work) -> None:
        self._work = work

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
        loop, work = asyncio.get_running_loop(), self._work
        began, seq = loop.time(), 0
        said: deque[tuple[int, str]] = deque(maxlen=CHANGED_AMONG)
        every = (
            round(work.per_s / work.changes_per_s) if work.per_s and work.changes_per_s else 0
        )
        for number in range(1, work.count + 1):
            if work.per_s and (early := began + number / work.per_s - loop.time()) > 0:
                await asyncio.sleep(early)
            seq += 1
            text = f"{number} {_TEXTS[number % len(_TEXTS)]}"
            event: messages.AnyEvent = messages.Said(
                seq=seq, at=_moment(), name=f"user{number // 3 % 7}", text=text
            )
            said.append((seq, text))
            await socket.send_str(codec.encode(event).decode())
            if every and number % every == 0:
                seq += 1
                event = _change(seq, *said[number * 37 % len(said)])
                await socket.send_str(codec.encode(event).decode())


def _change(seq: int, target: int, text: str) -> messages.AnyEvent:
    """Make an edit or a reaction, in turn, of the message `target`."""
    about: dict[str, Any] = {"seq": seq, "at": _moment(), "target": target}
    if seq % 2:
        return conversation.Edited(**about, name="user1", text=f"{text}\nand one more line")
    emoji = _EMOJI[seq // 2 % len(_EMOJI)]
    return conversation.Reacted(**about, name=f"user{seq // 2 % 7}", emoji=emoji, on=True)


def _moment() -> str:
    seconds, milliseconds = divmod(time.time_ns() // 1_000_000, 1_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{milliseconds:03}Z"


def _serve(work: Work, results: Connection) -> None:
    asyncio.run(_SendingRoom(work).serve(results))


# --- the client ----------------------------------------------------------------------------


class _MeasuredWindow(view.ChatWindow):
    """A window that ends the program when it has shown the messages of `work`.

    The reader of a `reading` work goes back at `READ_AFTER` messages; from then on, `_moved` is
    the most pixels that the message at the top of the view was off its place. The window does
    not show what comes below a full page then, so the program ends when all has been sent.
    """

    work: Work
    results: Connection

    def __init__(self, *values: Any, **options: Any) -> None:
        super().__init__(*values, **options)
        self._top_bar_show, self._messages_append = self.top_bar.show, self.messages.append
        self._messages_change = self.messages.change
        self.messages.change = self._change  # type: ignore[method-assign]
        self.top_bar.show = self._show_room  # type: ignore[method-assign]
        self.messages.append = self._append  # type: ignore[method-assign]
        self._shown = 0
        self._began = self._due = 0.0
        self._lags: list[float] = []
        self._memory = psutil.Process().memory_info
        self._at_rest = self._most = 0
        self._changed = self._moved = 0
        self._held: tuple[ItemRow, int] | None = None
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
        if self.work.reading and self._held is None and self._shown >= READ_AFTER:
            self.root.after_idle(self._go_back)
        if self._shown == self.work.count and not self.work.reading:
            self.root.after(500, self._send_figures)

    def _change(self, items: Sequence[tuple[int, Item]]) -> None:
        self._changed += len(items)
        self._messages_change(items)

    def _go_back(self) -> None:
        if self._held is None:
            left = (self.work.count - READ_AFTER) / (self.work.per_s or FLOOD_PER_S)
            self.root.after(round(left * 1_000) + _UNTIL_SHOWN_MS, self._send_figures)
        rows = self.messages.cursor.buffer.rows
        self.messages.show_place(len(rows) - READ_BACK, mark=False)
        self.messages.update_idletasks()
        # Not the topmost: a change of a message itself may move what is in it.
        row = self.messages.cursor.buffer.row_at("@0,0")
        following = self.messages.cursor.buffer.neighbour(row, 1)
        if following is not None and (place := self._height(following)) is not None:
            self._held = following, place

    def _height(self, row: ItemRow) -> int | None:
        ends = self.messages.cursor.buffer.ends_of(row)
        line = self.messages.text.dlineinfo(ends[0]) if ends else None
        return line[1] if line else None

    def _note_movement(self) -> None:
        if self._held is not None:
            row, place = self._held
            now = self._height(row)
            self._moved = max(self._moved, abs(now - place) if now is not None else 9_999)

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
        self._note_movement()
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
                "changed": self._changed,
                "moved_px": self._moved,
                "at_rest_mib": self._at_rest / _MIB,
                "grown_mib": (self._most - self._at_rest) / _MIB,
                "left_mib": (self._memory().rss - self._at_rest) / _MIB,
            }
        )
        self._ask().quit()


def _read(port: int, folder: str, work: Work, results: Connection) -> None:
    _MeasuredWindow.work, _MeasuredWindow.results = work, results
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


def watch(work: Work) -> dict[str, float]:
    """Measure the window while it shows the messages of `work`."""
    with (
        tempfile.TemporaryDirectory() as folder,
        _child(_serve, work) as room,
        _child(_read, _receive(room), folder, work) as window,
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
        flood = watch(Work(FLOOD_PER_S * FLOOD_FOR, FLOOD_PER_S))
        changes = watch(Work(FLOOD_PER_S * FLOOD_FOR, FLOOD_PER_S, CHANGES_PER_S))
        reading = watch(
            Work(3 * FLOOD_PER_S, FLOOD_PER_S, CHANGES_PER_S, reading=True),
        )
        many = watch(Work(MANY))
    rate = f"{FLOOD_PER_S:,} messages a second for {FLOOD_FOR} s"
    figures = [
        GoalFigure("first window", "s", 1.0, statistics.median(starts)),
        GoalFigure(f"{rate}: shown", "/s", 0.99 * FLOOD_PER_S, flood["per_s"], at_most=False),
        GoalFigure(f"{rate}: the window's lag, p99", "ms", 20.0, flood["p99_ms"]),
        GoalFigure(f"{rate}, {CHANGES_PER_S} changes: lag, p99", "ms", 20.0, changes["p99_ms"]),
        GoalFigure(
            "the same, reading further up: the view moved", "px", 0, reading["moved_px"]
        ),
        GoalFigure(f"{MANY:,} messages: memory grown", "MiB", 40.0, many["grown_mib"]),
    ]
    everything = {"flood": flood, "changes": changes, "reading": reading, "many": many}
    return figures, {"starts_s": starts, **everything}


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
