"""Parts of the page that are loaded when they are needed: what happens if they do not come."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Route, expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.support.running import RunningServer


async def _abort(route: Route) -> None:
    await route.abort()


async def _not_found(route: Route) -> None:
    await route.fulfill(status=404)


async def _join_without(
    tab: Tab, files: str, name: str, answer: Callable[[Route], Awaitable[None]] = _abort
) -> None:
    """Join with a page that does not get `files`, a pattern of addresses."""
    await tab.page.route(files, answer)
    await tab.join(name)


async def _says_to_try_again(tab: Tab) -> None:
    """Wait until the page says that it needs the server."""
    await expect(tab.page.locator("#toast")).to_have_text(
        "This needs the server. Try again when it is back."
    )


@pytest.mark.parametrize(
    ("file", "name"), [("view/on_demand.js", "ann"), ("style/later.css", "ben")]
)
async def test_what_did_not_come_is_asked_for_again(
    room: RunningServer, open_tab: OpenTab, file: str, name: str
) -> None:
    tab = await open_tab(room)
    await _join_without(tab, f"**/{file}", name)
    await tab.button("Menu").click()
    await _says_to_try_again(tab)
    await tab.page.unroute(f"**/{file}")
    await tab.button("Menu").click()
    menu = tab.page.get_by_role("menu", name="Menu")
    await expect(menu.get_by_role("menuitem").first).to_be_focused()
    await tab.page.keyboard.press("Escape")
    await expect(tab.button("Menu")).to_be_focused()


async def test_a_command_that_cannot_be_carried_out_yet_stays_in_the_field(
    room: RunningServer, open_tab: OpenTab
) -> None:
    tab = await open_tab(room)
    await _join_without(tab, "**/acting.js", "cleo")
    await tab.send("/report")
    await _says_to_try_again(tab)
    await expect(tab.composer).to_have_value("/report")
    await tab.page.unroute("**/acting.js")
    await tab.page.keyboard.press("Enter")
    await expect(tab.dialog("Active users")).to_be_visible()
    await expect(tab.composer).to_have_value("")


async def test_keys_and_files_that_need_what_did_not_come_can_be_tried_again(
    room: RunningServer, open_tab: OpenTab
) -> None:
    tab = await open_tab(room)
    await _join_without(tab, "**/acting.js", "gil")
    await tab.page.keyboard.press("Control+,")
    await _says_to_try_again(tab)
    await tab.page.unroute("**/acting.js")
    await tab.page.keyboard.press("Control+,")
    await expect(tab.dialog("Preferences")).to_be_visible()


async def test_a_file_that_is_chosen_at_once_is_shared(
    room: RunningServer, open_tab: OpenTab
) -> None:
    tab = await open_tab(room, "hal")
    text = {"name": "at_once.txt", "mimeType": "text/plain", "buffer": b"one"}
    await tab.page.set_input_files("#chooser", text)  # type: ignore[arg-type]
    await expect(tab.page.get_by_role("article", name="File at_once.txt")).to_be_visible()


async def test_a_server_with_another_edition_of_the_page_is_told(
    room: RunningServer, open_tab: OpenTab
) -> None:
    tab = await open_tab(room)
    await _join_without(tab, "**/web/**", "dora", _not_found)
    await tab.button("Menu").click()
    await expect(tab.page.locator("#toast")).to_have_text(
        "The server has a new version of this page. Reload it."
    )


async def test_the_toolbar_comes_to_the_message_that_the_pointer_waits_at(
    room: RunningServer, open_tab: OpenTab
) -> None:
    tab = await open_tab(room, "emil")
    await tab.send("Good morning")
    await tab.has_sent_all()
    await tab.message("Good morning").hover()
    await expect(
        tab.message("Good morning").get_by_role("button", name="React")
    ).to_be_visible()
