"""Themes, text size, narrow windows, zoom and German."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.support.protocol_client import joined_clients
from tests.support.running import RunningServer

_BACKGROUND = "() => getComputedStyle(document.body).backgroundColor"
_TEXT_SIZE = "field => parseFloat(getComputedStyle(field).fontSize)"
_ZOOM = "percent => { document.documentElement.style.fontSize = percent }"
# What sticks out to the right, unless it lies in something that scrolls by itself.
_SIDEWAYS = """
() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width)
        return ['the page is ' + document.documentElement.scrollWidth];
    const clips = one => /auto|scroll|hidden|clip/.test(getComputedStyle(one).overflowX);
    const scrolls = one => one && (clips(one) || scrolls(one.parentElement));
    return [...document.querySelectorAll('body *')].filter(one => {
        const at = one.getBoundingClientRect();
        return at.width > 1 && at.right > width + 1 && one.checkVisibility() && !scrolls(one);
    }).map(one => one.outerHTML.slice(0, 120));
}
"""


async def brightness(tab: Tab) -> int:
    """Return the red of the page's background, 0 to 255."""
    color: str = await tab.page.evaluate(_BACKGROUND)
    return int(color.removeprefix("rgb(").split(",")[0])


async def test_the_theme_follows_the_system_until_one_chooses(
    room: RunningServer, open_tab: OpenTab
) -> None:
    tab = await open_tab(room, "ann1", color_scheme="dark")
    assert await brightness(tab) < 64
    await tab.page.emulate_media(color_scheme="light")
    assert await brightness(tab) > 192
    await tab.page.keyboard.press("Control+d")
    await expect(tab.page.locator("html")).to_have_attribute("data-theme", "dark")
    assert await brightness(tab) < 64
    await tab.page.reload()
    await tab.in_room()
    assert await brightness(tab) < 64


async def test_preferences_change_times_and_text_and_are_kept(
    room: RunningServer, open_tab: OpenTab
) -> None:
    async with joined_clients(room.url, "desk2") as (desk,):
        tab = await open_tab(room, "ann2", timezone_id="Europe/Berlin")
        await desk.send("say", text="what time is it?")
        await tab.shows("what time is it?")
        usual = await tab.composer.evaluate(_TEXT_SIZE)
        await tab.page.keyboard.press("Control+,")
        dialog = tab.dialog("Preferences")
        await dialog.get_by_label("12 hours").check()
        await dialog.get_by_label("Text size").select_option("150 %")
        await tab.page.keyboard.press("Escape")
        assert await tab.composer.evaluate(_TEXT_SIZE) > usual
        times = tab.log.get_by_role("time")
        await expect(times.last).to_contain_text("M")  # AM or PM
        await tab.page.reload()
        await tab.in_room()
        assert await tab.composer.evaluate(_TEXT_SIZE) > usual
        await expect(times.last).to_contain_text("M")


@pytest.mark.parametrize(("width", "zoom"), [(375, 1), (320, 1), (900, 1), (375, 2), (1280, 2)])
async def test_nothing_sticks_out_sideways(
    room: RunningServer, open_tab: OpenTab, width: int, zoom: int
) -> None:
    """`zoom` 2 is text at 200 %, as WCAG 1.4.4 asks for."""
    async with joined_clients(room.url, f"desk3-{width}-{zoom}") as (desk,):
        long = "a_long_word_without_any_space_" * 12
        await desk.send("say", text=f"{long} and https://example.org/{long}\n```\n{long}\n```")
        await desk.share("a long name of a file " * 4 + ".txt", long)
        tab = await open_tab(room, viewport={"width": width, "height": 720})
        await tab.page.evaluate(_ZOOM, f"{zoom * 100}%")
        assert await tab.page.evaluate(_SIDEWAYS) == []
        await tab.join(f"ann3-{width}-{zoom}")
        await tab.page.evaluate(_ZOOM, f"{zoom * 100}%")
        await expect(tab.message("a_long_word").first).to_be_visible()
        assert await tab.page.evaluate(_SIDEWAYS) == []
        for target in (tab.composer, tab.button("Send"), tab.button("Menu")):
            await expect(target).to_be_in_viewport(ratio=1)


async def test_a_phone_has_members_and_search_in_reach(
    room: RunningServer, open_tab: OpenTab
) -> None:
    async with joined_clients(room.url, "desk4"):
        tab = await open_tab(
            room, "ann4", viewport={"width": 375, "height": 720}, has_touch=True
        )
        await expect(tab.members).not_to_be_in_viewport()
        await tab.page.get_by_role("button", name="Members").first.click()
        await expect(tab.members.get_by_text("desk4")).to_be_in_viewport()
        await tab.members.get_by_role("button", name="Close", exact=True).click()
        await expect(tab.members).not_to_be_in_viewport()
        await tab.page.get_by_role("button", name="Search").first.click()
        await expect(tab.search_field).to_be_in_viewport()


async def test_the_browsers_language_decides(
    small_room: RunningServer, open_tab: OpenTab
) -> None:
    async with joined_clients(small_room.url, "ben"):
        tab = await open_tab(small_room, locale="de-AT")
        await expect(tab.page.locator("html")).to_have_attribute("lang", "de")
        await tab.page.get_by_label("Dein Name").fill("ben")
        await tab.button("Beitreten").click()
        await expect(tab.page.get_by_text("vergeben")).to_be_visible()
        await tab.page.get_by_label("Dein Name").fill("ann")
        await tab.page.keyboard.press("Enter")
        await expect(tab.button("Senden")).to_be_visible()
        notice = tab.page.get_by_text(re.compile("gekommen"))
        await expect(notice.filter(visible=True).first).to_be_visible()
