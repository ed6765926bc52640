"""Mentions, the count in the title, notifications, and what plain http takes away."""

import re
from typing import Any

from playwright.async_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.support.browser import OTHER_NAME
from tests.support.protocol_client import joined_clients
from tests.support.running import RunningServer
from tests.support.waiting import until_asked

_RECORDING = """
window.notified = [];
window.Notification = class {
    static permission = 'granted';
    static requestPermission = async () => 'granted';
    constructor(title, options) { window.notified.push([title, options?.body]); }
    close() {}
};
"""


async def notified(tab: Tab) -> list[list[Any]]:
    """Return title and text of each notification."""
    return list(await tab.page.evaluate("window.notified"))


async def test_the_title_counts_what_is_unread(room: RunningServer, open_tab: OpenTab) -> None:
    async with joined_clients(room.url, "desk") as (desk,):
        tab = await open_tab(room, "ann1")
        await tab.hide()
        await desk.send("say", text="one")
        await desk.send("say", text="two")
        await expect(tab.page).to_have_title(re.compile(r"^\(2\) .*lobby"))
        await tab.show()
        await expect(tab.page).to_have_title(re.compile(r"^[^(]*lobby"))
        await desk.send("say", text="three")
        await tab.shows("three")
        await expect(tab.page).to_have_title(re.compile(r"^[^(]*lobby"))


async def test_a_mention_is_marked_and_notified(room: RunningServer, open_tab: OpenTab) -> None:
    async with joined_clients(room.url, "desk") as (desk,):
        tab = await open_tab(room)
        await tab.page.add_init_script(_RECORDING)
        await tab.open()
        await tab.join("ann2")
        await tab.page.keyboard.press("Control+,")
        await tab.dialog().get_by_label("Mentions").check()
        await tab.page.keyboard.press("Escape")
        await tab.hide()
        await desk.send("say", text="nobody in particular")
        await desk.send("say", text="Hello @ann2, are you there?")
        await tab.shows("are you there?")
        background = "row => getComputedStyle(row).backgroundColor"
        plain = await tab.message("nobody in particular").evaluate(background)
        assert await tab.message("are you there?").evaluate(background) != plain
        assert await until_asked(lambda: notified(tab)) == [
            ["desk in #lobby", "Hello @ann2, are you there?"]
        ]


async def test_without_a_secure_context_the_page_works_and_says_what_is_missing(
    room: RunningServer, open_tab: OpenTab
) -> None:
    url = f"http://{OTHER_NAME}:{room.port}"
    async with joined_clients(room.url, "desk") as (desk,):
        tab = await open_tab(url)
        assert await tab.page.evaluate("isSecureContext") is False
        await tab.join("ann3")
        await tab.send("over plain http")
        await tab.shows("over plain http")
        await desk.until(type="said", text="over plain http")
        await tab.page.keyboard.press("Control+,")
        dialog = tab.dialog("Preferences")
        await expect(dialog).to_contain_text("https")
        await tab.page.keyboard.press("Escape")
        # Copying falls back, without the clipboard API.
        await tab.choose(tab.message("over plain http"), "Copy text")
        await expect(tab.page.get_by_text("Copied.").first).to_be_visible()
        await tab.composer.press("Control+v")
        await expect(tab.composer).to_have_value("over plain http")


async def test_nothing_is_notified_while_one_looks(
    room: RunningServer, open_tab: OpenTab
) -> None:
    async with joined_clients(room.url, "desk") as (desk,):
        tab = await open_tab(room)
        await tab.page.add_init_script(_RECORDING)
        await tab.open()
        await tab.join("ann4")
        await tab.page.keyboard.press("Control+,")
        await tab.dialog().get_by_label("All messages").check()
        await tab.page.keyboard.press("Escape")
        await desk.send("say", text="@ann4 while looking")
        await tab.shows("@ann4 while looking")
        assert await notified(tab) == []
