"""Two people use what a conversation has: reply, react, edit, delete, pin, pictures, ignore."""

import base64
import io
import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from PIL import Image
from playwright.async_api import Locator, expect

from tests.browser.conftest import OpenTab, owner_key
from tests.browser.tab import Tab
from tests.support.running import RunningServer

_PASTE = """files => {
    const data = new DataTransfer();
    for (const [name, type, content] of files) {
        const bytes = Uint8Array.from(atob(content), one => one.charCodeAt(0));
        data.items.add(new File([bytes], name, {type}));
    }
    const init = {bubbles: true, cancelable: true, clipboardData: data};
    document.querySelector('textarea').dispatchEvent(new ClipboardEvent('paste', init));
}"""


def _picture(width: int, height: int) -> str:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "#2f59b3").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


async def _paste_pictures(tab: Tab, *names: str) -> None:
    await tab.page.evaluate(_PASTE, [[each, "image/png", _picture(600, 400)] for each in names])
    await expect(tab.page.get_by_role("list", name="Files to send")).to_contain_text(names[-1])


def _chip(tab: Tab, row: str, count: int) -> Locator:
    return tab.message(row).get_by_role("button", name=re.compile(f"^🎉 {count}"))


@pytest.fixture(scope="module")
def open_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Run a room that takes any file; each test has names of its own."""
    folder = tmp_path_factory.mktemp("server")
    options = ("--max-users", "50", "--workers", "1", "--rate", "0", "--files", "any")
    with closing(RunningServer(folder, *options)) as running:
        yield running


async def test_two_people_reply_react_and_edit(
    open_room: RunningServer, open_tab: OpenTab
) -> None:
    ann, bob = await open_tab(open_room, "ann"), await open_tab(open_room, "bob")
    await ann.send("who brings the cake?")
    await bob.shows("who brings the cake?")
    row = bob.message("who brings the cake?")
    await row.hover()
    await row.get_by_role("button", name="Reply", exact=True).click()
    await bob.page.keyboard.type("me, at nooon")
    await bob.page.keyboard.press("Enter")
    answer = ann.message("me, at nooon")
    quote = answer.get_by_role("button", name="In reply to ann")
    await expect(quote).to_contain_text("who brings the cake?")
    await answer.hover()
    await answer.get_by_role("button", name="React", exact=True).click()
    await ann.page.get_by_role("button", name="party popper").click()
    await _chip(bob, "me, at nooon", 1).click()
    await expect(_chip(ann, "me, at nooon", 2)).to_have_attribute("aria-pressed", "true")
    await bob.composer.press("ArrowUp")
    await expect(bob.composer).to_have_value("me, at nooon")
    await bob.composer.fill("me, at noon")
    await bob.page.keyboard.press("Enter")
    await expect(ann.message("me, at noon")).to_contain_text("(edited)")
    await expect(_chip(ann, "me, at noon", 2)).to_be_visible()


async def test_pictures_are_pasted_seen_and_taken_back(
    open_room: RunningServer, open_tab: OpenTab
) -> None:
    ann, bob = await open_tab(open_room, "amy"), await open_tab(open_room, "ben")
    await _paste_pictures(ann, "one.png", "two.png")
    await ann.page.keyboard.type("from the hall")
    await ann.page.keyboard.press("Enter")
    grid = bob.page.locator(".pics:visible")
    await expect(grid.get_by_role("button")).to_have_count(2)
    await expect(grid.locator("img").first).to_have_js_property("naturalWidth", 480)
    await grid.get_by_role("button", name="Picture one.png").click()
    image = bob.dialog("one.png").get_by_role("img")
    await expect(image).to_have_js_property("naturalWidth", 600)
    await bob.page.keyboard.press("ArrowRight")
    await expect(bob.dialog("two.png")).to_be_visible()
    await bob.page.keyboard.press("Escape")
    await ann.page.locator(".pics:visible .pic").first.hover()
    await ann.page.get_by_role("button", name="More", exact=True).click()
    await ann.page.get_by_role("menuitem", name="Delete").click()
    await ann.dialog().get_by_role("button", name="Delete", exact=True).click()
    await expect(grid.get_by_role("button")).to_have_count(1)
    await expect(bob.message("File deleted")).to_be_visible()


async def test_a_pinned_address_is_found_again(
    open_room: RunningServer, open_tab: OpenTab
) -> None:
    ann, bob = await open_tab(open_room), await open_tab(open_room, "bill")
    await ann.open(f"/#owner={owner_key(open_room)}")
    await ann.join("ada")
    await ann.send("the plan is at https://wiki.example.org/lan")
    await bob.shows("the plan is at")
    await ann.choose(ann.message("the plan is at"), "Pin")
    await bob.page.get_by_role("button", name="Pinned: ada").click()
    await bob.dialog("Pinned messages").get_by_role("button", name="the plan").click()
    await expect(bob.message("the plan is at")).to_have_class(re.compile("found"))


async def test_who_is_ignored_is_hidden_for_one_only(
    open_room: RunningServer, open_tab: OpenTab
) -> None:
    ann, bob = await open_tab(open_room, "alma"), await open_tab(open_room, "bert")
    await bob.send("buy my things")
    await ann.shows("buy my things")
    await ann.choose(ann.message("buy my things"), "Ignore bert")
    hidden = ann.page.get_by_role("button", name="Message from bert hidden")
    await expect(hidden).to_be_visible()
    await bob.shows("buy my things")
    await hidden.click()
    await ann.shows("buy my things")


async def test_who_is_writing_is_seen(open_room: RunningServer, open_tab: OpenTab) -> None:
    ann, bob = await open_tab(open_room, "anna"), await open_tab(open_room, "boris")
    await ann.send("now both have all events")
    await bob.shows("now both have all events")
    await bob.page.keyboard.type("hm")
    await expect(ann.page.get_by_text("boris is typing")).to_be_visible()
    await bob.page.keyboard.press("Enter")
    await expect(ann.page.get_by_text("boris is typing")).to_be_hidden()
