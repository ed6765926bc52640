"""Measure the browser client against its goals: `python -m benchmarks.web`.

A real server and the system's Chromium, without a window. Messages come from clients of the
protocol in this process; the figures are taken inside of the page, or by the DevTools protocol.
"""

import asyncio
import gzip
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import psutil
from playwright.async_api import Browser, CDPSession, Page, Response

from tests.support.browser import running_browser
from tests.support.protocol_client import ProtocolClient, joined_clients
from tests.support.running import RunningServer

MIB = 1024 * 1024
PATIENCE = 300.0
"""Seconds to wait for a page that shows nothing."""

LOOK_EVERY = 20
"""Milliseconds between two looks at a page."""
STARTS = 7
ROWS, APPENDED = 1_000, 300
FLOOD_PER_S, FLOOD_FOR = 1_000, 10
MANY, AT_ONCE = 100_000, 500
OPTIONS = ("--rate", "0", "--max-users", "20", "--workers", "1", "--max-journal", "0")

_TEXTS = (
    "Morning all, the build notes are in the wiki: https://wiki.example.org/build?v=2",
    "Thanks!",
    "I get a 403, but a reload fixes it, and continuation lines line up under the text.",
    "Try `pip install -U chatroom`, *not* the old one; then look at line 3 👍",
    "Café, naïve, Ελληνικά, Кириллица, 日本語 and ✓",
    "```\ndef two():\n    return 2\n```",
)

# Seconds that a person thinks or moves before a step, and those of one key.
READ_WARNING, CHOOSE, READ_JOIN_PAGE, LOOK_AROUND, KEY = 3.0, 1.0, 2.0, 1.0, 0.2

# The longest time between two frames, from the call on; a frame is due every 16.7 ms.
_FRAMES = """
() => {
    let last = performance.now();
    window.frames_ = [];
    const frame = now => {
        window.frames_.push(now - last);
        last = now;
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
}
"""


@dataclass(frozen=True, slots=True)
class GoalFigure:
    """A goal: the measured value is to be at most `bound`."""

    goal: str
    unit: str
    bound: float
    measured: float

    @property
    def met(self) -> bool:
        """Return whether the value meets the goal."""
        return self.measured <= self.bound


# --- a page and those who write to it ----------------------------------------------------


async def _type(page: Page, text: str) -> None:
    await page.keyboard.type(text, delay=KEY * 1_000)


async def _join(page: Page, url: str, name: str) -> None:
    """Open the page and join without thinking."""
    await page.goto(url)
    await page.get_by_label("Your name").fill(name)
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Send", exact=True).wait_for()


async def _shown(page: Page, text: str) -> None:
    """Wait until the last row of the conversation has this text."""
    await page.wait_for_function(
        # Not innerText, which makes a layout of its own.
        "text => document.querySelector('[aria-label=Messages]')"
        ".lastElementChild?.textContent.includes(text)",
        arg=text,
        polling=LOOK_EVERY,
        timeout=PATIENCE * 1_000,
    )


@asynccontextmanager
async def _reading(
    browser: Browser, folder: Path
) -> AsyncIterator[tuple[Page, ProtocolClient]]:
    """Run a server, a page that has joined, and a member who sends."""
    with closing(RunningServer(folder, *OPTIONS)) as server:
        async with joined_clients(server.url, "sender") as (sender,):
            context = await browser.new_context(viewport={"width": 1280, "height": 800})
            page = await context.new_page()
            await _join(page, server.url, "reader")
            reading = asyncio.create_task(_read(sender))
            yield page, sender
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await context.close()


async def _read(client: ProtocolClient) -> None:
    """Read all that comes, so that the server does not wait."""
    while True:
        await client.socket.receive()


def _text(number: int) -> str:
    return f"{number}. {_TEXTS[number % len(_TEXTS)]}"


# --- the figures -------------------------------------------------------------------------


async def first_message(browser: Browser, folder: Path) -> float:
    """Return the seconds from the link to a message that another member has received.

    The link begins with http://, so there are the explaining page and the browser's warning: a
    script does not see the warning, but its two clicks count.
    """
    with closing(RunningServer(folder, "--trusted-proxy", "127.0.0.1")) as server:
        async with joined_clients(server.url, "waiting") as (waiting,):
            headers = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "http"}
            context = await browser.new_context(
                ignore_https_errors=True, extra_http_headers=headers
            )
            page = await context.new_page()
            began = time.monotonic()
            await page.goto(server.url)
            await asyncio.sleep(READ_WARNING)
            await context.set_extra_http_headers({})
            await page.get_by_role("link", name="Continue").click()
            await asyncio.sleep(2 * CHOOSE)  # Advanced, Continue
            await page.get_by_label("Your name").wait_for()
            await asyncio.sleep(READ_JOIN_PAGE)
            await _type(page, "hannah")
            await page.keyboard.press("Enter")
            await page.get_by_role("button", name="Send", exact=True).wait_for()
            await asyncio.sleep(LOOK_AROUND)
            await _type(page, "Hi all")
            await page.keyboard.press("Enter")
            await waiting.until(type="said", text="Hi all")
            took = time.monotonic() - began
            await context.close()
    return took


async def first_paint(browser: Browser, folder: Path) -> dict[str, list[float]]:
    """Return the milliseconds to the first contentful paint, and to the field for the name."""
    figures: dict[str, list[float]] = {"paint_ms": [], "field_ms": []}
    with closing(RunningServer(folder)) as server:
        for _ in range(STARTS):
            context = await browser.new_context()
            page = await context.new_page()
            began = time.perf_counter()
            await page.goto(server.url)
            await page.get_by_label("Your name").wait_for()
            figures["field_ms"].append((time.perf_counter() - began) * 1_000)
            paint = await page.wait_for_function(
                "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
            )
            figures["paint_ms"].append(float(await paint.json_value()))
            await context.close()
    return figures


async def transferred(browser: Browser, folder: Path) -> dict[str, int]:
    """Return the bytes of a first visit until one is in the room: raw, gzip, on the wire."""
    bodies: dict[str, bytes] = {}
    wire = {"bytes": 0}

    async def keep(response: Response) -> None:
        if not response.url.endswith("/room"):
            bodies[response.url] = await response.body()

    with closing(RunningServer(folder)) as server:
        context = await browser.new_context()
        page = await context.new_page()
        session = await context.new_cdp_session(page)
        await session.send("Network.enable")

        def count(event: dict[str, Any]) -> None:
            wire["bytes"] += int(event["encodedDataLength"])

        session.on("Network.loadingFinished", count)
        waiting: list[asyncio.Task[None]] = []
        page.on("response", lambda one: waiting.append(asyncio.ensure_future(keep(one))))
        await _join(page, server.url, "reader")
        await page.wait_for_load_state("networkidle")
        await asyncio.gather(*waiting)
        await context.close()
    return {
        "files": len(bodies),
        "raw": sum(map(len, bodies.values())),
        "gzip": sum(len(gzip.compress(body, 9)) for body in bodies.values()),
        "wire": wire["bytes"],
    }


async def _metrics(session: CDPSession) -> dict[str, float]:
    answer = await session.send("Performance.getMetrics")
    return {each["name"]: float(each["value"]) for each in answer["metrics"]}


async def appending(browser: Browser, folder: Path) -> list[float]:
    """Return the milliseconds of script, style and layout for each message at 1,000 rows."""
    async with _reading(browser, folder) as (page, sender):
        for number in range(ROWS):
            await sender.send("say", text=_text(number))
        await _shown(page, f"{ROWS - 1}.")
        session = await page.context.new_cdp_session(page)
        await session.send("Performance.enable")
        took = []
        for number in range(ROWS, ROWS + APPENDED):
            before = await _metrics(session)
            await sender.send("say", text=_text(number))
            await _shown(page, f"{number}.")
            after = await _metrics(session)
            took.append(
                sum(
                    after[each] - before[each]
                    for each in ("ScriptDuration", "RecalcStyleDuration", "LayoutDuration")
                )
                * 1_000
            )
    return took


async def flood(browser: Browser, folder: Path) -> dict[str, float]:
    """Return what frames took while 1,000 messages a second came for 10 seconds."""
    async with _reading(browser, folder) as (page, sender):
        await page.evaluate(_FRAMES)
        began = time.monotonic()
        for number in range(FLOOD_PER_S * FLOOD_FOR):
            early = began + number / FLOOD_PER_S - time.monotonic()
            if early > 0:
                await asyncio.sleep(early)
            await sender.send("say", text=_text(number))
        sent = time.monotonic() - began
        await _shown(page, f"{FLOOD_PER_S * FLOOD_FOR - 1}.")
        shown = time.monotonic() - began
        frames: list[float] = await page.evaluate("window.frames_")
    ranks = statistics.quantiles(frames, n=100)
    return {
        "per_s": FLOOD_PER_S * FLOOD_FOR / sent,
        "late_s": shown - sent,
        "frames": len(frames),
        "p50_ms": ranks[49],
        "p99_ms": ranks[98],
        "longest_ms": max(frames),
    }


async def _memory(page: Page, session: CDPSession) -> dict[str, float]:
    """Return the MiB of the page after garbage collection: its heap, and its whole process."""
    await session.send("HeapProfiler.collectGarbage")
    heap = await session.send("Runtime.getHeapUsage")
    browser = page.context.browser
    assert browser is not None
    whole = await browser.new_browser_cdp_session()
    processes = (await whole.send("SystemInfo.getProcessInfo"))["processInfo"]
    await whole.detach()
    pages = [psutil.Process(each["id"]) for each in processes if each["type"] == "renderer"]
    return {
        "heap_mib": float(heap["usedSize"]) / MIB,
        "process_mib": max(each.memory_info().rss for each in pages) / MIB,
    }


async def many(browser: Browser, folder: Path) -> dict[str, float]:
    """Return the memory before and after 100,000 messages, as fast as they are shown."""
    async with _reading(browser, folder) as (page, sender):
        session = await page.context.new_cdp_session(page)
        before = await _memory(page, session)
        began = time.monotonic()
        for number in range(MANY):
            await sender.send("say", text=_text(number))
            if number % AT_ONCE == AT_ONCE - 1:
                await _shown(page, f"{number}.")
        took = time.monotonic() - began
        after = await _memory(page, session)
    return {
        "per_s": MANY / took,
        "heap_before_mib": before["heap_mib"],
        "heap_grown_mib": after["heap_mib"] - before["heap_mib"],
        "process_before_mib": before["process_mib"],
        "process_grown_mib": after["process_mib"] - before["process_mib"],
    }


# --- all of it ---------------------------------------------------------------------------


async def measure(folder: Path) -> tuple[list[GoalFigure], dict[str, Any]]:
    """Return the goals with their values, and all measured figures."""
    folders = (folder / str(number) for number in range(10))
    async with running_browser("--enable-precise-memory-info") as browser:
        link = await first_message(browser, _made(next(folders)))
        paint = await first_paint(browser, _made(next(folders)))
        size = await transferred(browser, _made(next(folders)))
        appended = await appending(browser, _made(next(folders)))
        flooded = await flood(browser, _made(next(folders)))
        kept = await many(browser, _made(next(folders)))
    rate = f"{FLOOD_PER_S:,} messages/s for {FLOOD_FOR} s"
    p99 = statistics.quantiles(appended, n=100)[98]
    figures = [
        GoalFigure("link to first message, with think times", "s", 15, link),
        GoalFigure("first paint on loopback", "ms", 500, statistics.median(paint["paint_ms"])),
        GoalFigure(f"one message at {ROWS:,} rows, p99", "ms", 8, p99),
        GoalFigure(f"{rate}: longest frame", "ms", 100, flooded["longest_ms"]),
        GoalFigure(f"{MANY:,} messages: memory grown", "MiB", 60, kept["process_grown_mib"]),
        GoalFigure("transferred, raw", "KB", 150, size["raw"] / 1_000),
        GoalFigure("transferred, gzip", "KB", 60, size["gzip"] / 1_000),
    ]
    return figures, {
        "link_s": link,
        **paint,
        "transferred": size,
        "append_ms": {"p50": statistics.median(appended), "p99": p99, "max": max(appended)},
        "flood": flooded,
        "many": kept,
    }


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def table(figures: Sequence[GoalFigure]) -> str:
    """Return the figures as a table of Markdown."""
    lines = [
        f"| {figure.goal} | ≤ {figure.bound:,.4g} {figure.unit} "
        f"| {figure.measured:,.3g} {figure.unit} | {'yes' if figure.met else '**no**'} |"
        for figure in figures
    ]
    head = ["| goal | wanted | measured | met |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *lines])


@click.command()
@click.option("--json", "target", type=click.Path(dir_okay=False, path_type=Path),
              help="Save all figures to this file.")  # fmt: skip
def main(target: Path | None) -> None:
    """Measure the browser client and print which goals it meets."""
    with tempfile.TemporaryDirectory(prefix="web-", ignore_cleanup_errors=True) as folder:
        figures, everything = asyncio.run(measure(Path(folder)))
    click.echo(table(figures))
    click.echo(json.dumps(everything, indent=1))
    if target is not None:
        goals = [asdict(figure) | {"met": figure.met} for figure in figures]
        target.write_text(json.dumps({"goals": goals, **everything}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
