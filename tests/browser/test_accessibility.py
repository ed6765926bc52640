"""axe finds nothing in any state, and the keyboard reaches everything."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.browser.test_files import choose, payload
from tests.support.browser import AXE
from tests.support.protocol_client import joined_clients
from tests.support.running import RunningServer

_RUN = """
async () => (await axe.run(document, {resultTypes: ['violations']})).violations.map(
    found => [found.id, found.help, found.nodes.map(node => node.html.slice(0, 160))])
"""


async def findings(page: Page) -> list[Any]:
    """Run all rules of axe."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text("utf-8"))
    found: list[Any] = await page.evaluate(_RUN)
    return found


async def _nothing(_: Tab) -> None:
    pass


async def _menu(tab: Tab) -> None:
    await tab.button("Menu").click()
    await expect(tab.page.get_by_role("menuitem").first).to_be_visible()


async def _search(tab: Tab) -> None:
    results = await tab.search("hello")
    await expect(results.filter(has_text="hello").first).to_be_visible()


async def _save(tab: Tab) -> None:
    await tab.page.keyboard.press("Control+s")
    await expect(tab.page.get_by_role("menuitem", name="As text")).to_be_visible()


def _key(key: str) -> Callable[[Tab], Awaitable[None]]:
    async def press(tab: Tab) -> None:
        await tab.page.keyboard.press(key)
        await expect(tab.dialog()).to_be_visible()

    return press


async def _file(tab: Tab) -> None:
    await tab.card("notes.txt").first.get_by_role("button", name="Open").click()
    await expect(tab.dialog()).to_be_visible()


async def _toolbar(tab: Tab) -> None:
    row = tab.message("hello").first
    await row.hover()
    await expect(row.get_by_role("button", name="Reply", exact=True)).to_be_visible()


async def _more(tab: Tab) -> None:
    row = tab.message("hello").first
    await row.hover()
    await row.get_by_role("button", name="More", exact=True).click()
    await expect(tab.page.get_by_role("menuitem", name="Copy text")).to_be_visible()


async def _emoji(tab: Tab) -> None:
    await tab.button("Emoji").click()
    await expect(tab.page.get_by_role("button", name="thumbs up").first).to_be_visible()


async def _reply(tab: Tab) -> None:
    await tab.message("hello").first.hover()
    await tab.page.get_by_role("button", name="Reply", exact=True).click()
    await expect(tab.page.get_by_text("Replying to desk").first).to_be_visible()


async def _acts(tab: Tab) -> None:
    await tab.members.get_by_role("button", name="Actions for desk").click()
    await expect(tab.page.get_by_role("menuitem", name="Mention")).to_be_visible()


async def _refused_upload(tab: Tab) -> None:
    await choose(tab, payload("picture.raw", b"\x00" * 50))
    await expect(tab.uploads.filter(has_text="not text")).to_be_visible()


STATES: dict[str, Callable[[Tab], Awaitable[None]]] = {
    "room": _nothing,
    "menu": _menu,
    "search": _search,
    "date": _key("Control+g"),
    "preferences": _key("Control+,"),
    "report": _key("Alt+r"),
    "keys": _key("F1"),
    "save": _save,
    "file": _file,
    "toolbar": _toolbar,
    "more": _more,
    "emoji": _emoji,
    "reply": _reply,
    "acts": _acts,
    "refused upload": _refused_upload,
}


@pytest.mark.axe
async def test_axe_finds_nothing_on_the_join_page(
    room: RunningServer, open_tab: OpenTab
) -> None:
    for theme in ("light", "dark"):
        tab = await open_tab(room, color_scheme=theme)
        await expect(tab.name_field).to_be_visible()
        assert await findings(tab.page) == []
        await tab.ask_to_join("two words")
        await expect(tab.page.get_by_text("no spaces")).to_be_visible()
        assert await findings(tab.page) == []


@pytest.mark.axe
async def test_axe_finds_nothing_in_the_room(room: RunningServer, open_tab: OpenTab) -> None:
    async with joined_clients(room.url, "desk") as (desk,):
        await desk.send("say", text="hello, see https://example.org and `code`")
        await desk.send("say", text="```\na block of code\n```\nand *bold* text")
        await desk.share("notes.txt", "some notes\n" * 20)
        # Without motion: colours that fade in have too little contrast for a moment.
        tab = await open_tab(room, "ann1", reduced_motion="reduce")
        await expect(tab.card("notes.txt").first).to_be_visible()
        found: dict[str, Any] = {}
        for name, enter in STATES.items():
            for theme in ("light", "dark"):
                await tab.page.emulate_media(color_scheme=theme)
                if theme == "light":
                    await enter(tab)
                if violations := await findings(tab.page):
                    found[f"{name}, {theme}"] = violations
            await tab.page.keyboard.press("Escape")
            await expect(tab.dialog()).to_have_count(0)
            await expect(tab.page.get_by_role("menuitem").first).to_be_hidden()
        assert found == {}


async def test_the_keyboard_goes_round(room: RunningServer, open_tab: OpenTab) -> None:
    async with joined_clients(room.url, "desk2") as (desk,):
        await desk.send("say", text="line one")
        await desk.send("say", text="line two")
        tab = await open_tab(room, "ann2")
        await tab.shows("line one", "line two")
        focused = "() => document.activeElement.ariaLabel ?? document.activeElement.innerText"
        seen = []
        for _ in range(12):
            await tab.page.keyboard.press("Tab")
            seen.append(await tab.page.evaluate(focused))
        for name in ("Menu", "Share files"):
            assert any(name in each for each in seen), seen
        assert len(set(seen)) >= 4
        # Typing anywhere goes to the field.
        await tab.page.keyboard.type("typed")
        await expect(tab.composer).to_have_value("typed")


async def test_dialogs_give_the_focus_back(room: RunningServer, open_tab: OpenTab) -> None:
    tab = await open_tab(room, "ann3")
    for key in ("F1", "Control+g", "Control+,"):
        await tab.page.keyboard.press(key)
        await expect(tab.dialog()).to_be_visible()
        await tab.page.keyboard.press("Escape")
        await expect(tab.dialog()).to_have_count(0)
        await expect(tab.composer).to_be_focused()


async def test_messages_are_chosen_and_copied_by_keys(
    room: RunningServer, open_tab: OpenTab
) -> None:
    tab = await open_tab(room, "ann4")
    await tab.send("choose me by keys")
    await tab.shows("choose me by keys")
    await tab.page.keyboard.press("Shift+Tab")  # to +
    await tab.page.keyboard.press("Shift+Tab")
    focused = tab.page.locator(":focus")
    await expect(focused).to_contain_text("choose me by keys")
    await tab.page.keyboard.press("Delete")
    await tab.dialog().get_by_role("button", name="Delete", exact=True).press("Enter")
    await expect(tab.message("Message deleted").last).to_be_visible()


async def test_nothing_moves_for_those_who_prefer_so(
    room: RunningServer, open_tab: OpenTab
) -> None:
    tab = await open_tab(room, "ann5", reduced_motion="reduce")
    await tab.send("no motion")
    await tab.shows("no motion")
    running = await tab.page.evaluate(
        "() => document.getAnimations().filter(one => one.playState === 'running').length"
    )
    assert running == 0


async def test_forced_colours_show_the_states(room: RunningServer, open_tab: OpenTab) -> None:
    tab = await open_tab(room, "ann6", forced_colors="active")
    await tab.send("in forced colours")
    await tab.shows("in forced colours")
    await expect(tab.button("Send")).to_be_visible()


async def test_a_dialog_that_has_just_closed_takes_the_focus_from_nothing(
    room: RunningServer, open_tab: OpenTab
) -> None:
    tab = await open_tab(room, "closer")
    await _key("F1")(tab)
    # The dialog is told that it has closed a moment later, when the menu is open already.
    await tab.page.evaluate("""() => {
        document.querySelector("dialog").close();
        document.dispatchEvent(
            new KeyboardEvent("keydown", { key: "s", ctrlKey: true, bubbles: true }));
    }""")
    await expect(tab.page.get_by_role("menuitem", name="As text")).to_be_focused()
    await expect(tab.page.locator("dialog")).to_have_count(0)
    await expect(tab.page.get_by_role("menuitem", name="As text")).to_be_focused()
