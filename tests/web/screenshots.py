"""Draw the states of the gallery into screenshots/web/.

python -m tests.web.screenshots [STATE ...]
python -m tests.web.screenshots --readme docs/browser.png
"""

import argparse
import asyncio
import io
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, ConsoleMessage, async_playwright

from tests.web.gallery_server import ROOT, gallery

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SIZES = {1280: 800, 375: 780}
ZOOMED = {
    "room",
    "join",
    "sending",
    "menu",
    "drawer",
    "report",
    "preferences",
    "search",
    "long",
}
FOLDER = ROOT / "screenshots/web"


def _print_error(said: ConsoleMessage) -> None:
    if said.type == "error":
        print("console:", said.text)


async def _draw(
    browser: Browser, address: str, width: int, scheme: str, wanted: set[str]
) -> None:
    touch = width < 600
    context = await browser.new_context(
        viewport={"width": width, "height": SIZES[width]},
        color_scheme="dark" if scheme == "dark" else "light",
        has_touch=touch,
        reduced_motion="reduce",
    )
    page = await context.new_page()
    page.on("pageerror", lambda error: print("error:", error))
    page.on("console", _print_error)
    await page.goto(address)
    states: list[str] = await page.evaluate("gallery.states")
    for state in states:
        if wanted and state not in wanted:
            continue
        for zoom in (100, 200) if state in ZOOMED else (100,):
            if zoom == 200 and scheme == "dark":
                continue
            await page.goto("about:blank")
            await page.goto(address)
            await page.evaluate(f"gallery.screen.look.setSize({zoom})")
            await page.evaluate(f"gallery.show({state!r})")
            name = f"{state}-{width}-{scheme}{'' if zoom == 100 else '-200'}.png"
            await page.screenshot(path=FOLDER / name)
    await context.close()


async def _room(browser: Browser, address: str, width: int, scheme: str) -> Image.Image:
    """Draw the room for the README."""
    context = await browser.new_context(
        viewport={"width": width, "height": 680},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = await context.new_page()
    await page.goto(address)
    await page.evaluate("gallery.show('room')")
    drawn = Image.open(io.BytesIO(await page.screenshot()))
    await context.close()
    return drawn


async def _readme(browser: Browser, address: str, target: Path) -> None:
    computer = await _room(browser, address, 1120, "light")
    phone = await _room(browser, address, 375, "dark")
    both = Image.new("RGB", (1120 + 375 + 3 * 20, 680 + 2 * 20), "#dfe3ea")
    both.paste(computer, (20, 20))
    both.paste(phone, (20 + 1120 + 20, 20))
    both.quantize(255, dither=Image.Dither.NONE).save(target, optimize=True)


async def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("states", nargs="*", metavar="STATE")
    parser.add_argument("--readme", type=Path, help="draw only the picture of the README")
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with gallery() as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        if options.readme:
            await _readme(browser, address, options.readme)
        else:
            for width in SIZES:
                for scheme in ("light", "dark"):
                    await _draw(browser, address, width, scheme, set(options.states))
        await browser.close()


if __name__ == "__main__":
    asyncio.run(_main())
