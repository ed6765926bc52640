"""Draw the states of the gallery into screenshots/web/."""

import asyncio
import sys

from playwright.async_api import Browser, async_playwright

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
    page.on("console", lambda said: said.type == "error" and print("console:", said.text))
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


async def _main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = set(sys.argv[1:])
    async with gallery() as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for width in SIZES:
            for scheme in ("light", "dark"):
                await _draw(browser, address, width, scheme, wanted)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(_main())
