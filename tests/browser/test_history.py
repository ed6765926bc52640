"""Old messages: scrolling, the way back, search, and dates."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing

import pytest_asyncio
from playwright.async_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.network import Network
from tests.browser.tab import Tab
from tests.support.protocol_client import ProtocolClient, joined_clients
from tests.support.running import RunningServer
from tests.support.waiting import until_asked

COUNT = 600


@pytest_asyncio.fixture(loop_scope="session")
async def desk(room: RunningServer) -> AsyncIterator[ProtocolClient]:
    """Another member, in a room where 600 messages were sent before: past-1 to past-600."""
    async with joined_clients(room.url, "desk", history=1000) as (client,):
        await client.barrier()
        if "past-1" not in client.said():
            for number in range(1, COUNT + 1):
                await client.send("say", text=f"past-{number}", id=str(number))
            await client.until(type="said", text=f"past-{COUNT}")
        yield client


_TWO_FRAMES = """
() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
"""
_TOP_ROW = """
pane => {
    const top = pane.getBoundingClientRect().top;
    for (const row of pane.querySelectorAll('[role=listitem]')) {
        const at = row.getBoundingClientRect();
        if (at.top >= top && at.height) return [row.textContent, at.top - top];
    }
}
"""


async def scroll(tab: Tab, pixels: int) -> None:
    """Turn the wheel over the conversation; negative is up."""
    await tab.conversation.hover()
    await tab.page.mouse.wheel(0, pixels)


async def top_row(tab: Tab) -> tuple[str, float]:
    """Return the text of the uppermost row in view, and its distance from the top in pixels.

    Two frames later, when rows that have come into view have their own height.
    """
    await tab.page.evaluate(_TWO_FRAMES)
    text, distance = await tab.conversation.evaluate(_TOP_ROW)
    return text, distance


async def test_scrolling_up_loads_all_there_is(
    room: RunningServer, desk: ProtocolClient, open_tab: OpenTab
) -> None:
    tab = await open_tab(room, "ann1")
    await tab.shows(f"past-{COUNT}")
    assert "past-1" not in await tab.numbers("past")
    async with asyncio.timeout(30):
        while "past-1" not in await tab.numbers("past"):
            await scroll(tab, -3000)
    await expect(tab.page.get_by_text("This is where the history begins.")).to_be_visible()
    assert await tab.numbers("past") == [f"past-{number}" for number in range(1, COUNT + 1)]


async def test_what_one_reads_does_not_move(
    room: RunningServer, desk: ProtocolClient, open_tab: OpenTab
) -> None:
    tab = await open_tab(room, "ann2")
    await tab.shows(f"past-{COUNT}")
    await scroll(tab, -400)
    await expect(tab.message(f"past-{COUNT}")).not_to_be_in_viewport()
    before = await top_row(tab)
    for number in range(3):
        await desk.send("say", text=f"new two {number}")
    down = tab.page.get_by_role("button", name="3 new")
    await expect(down).to_be_visible()
    text, distance = await top_row(tab)
    assert text == before[0]
    assert abs(distance - before[1]) <= 1
    await down.click()
    await expect(tab.message("new two 2")).to_be_in_viewport()
    await expect(down).to_be_hidden()
    await desk.send("say", text="new two, followed")
    await expect(tab.message("new two, followed")).to_be_in_viewport()


async def test_older_pages_do_not_move_the_view(
    room: RunningServer, desk: ProtocolClient, open_tab: OpenTab
) -> None:
    with closing(Network(room.port)) as network:
        tab = await open_tab(f"http://127.0.0.1:{network.port}", "ann3")
        await tab.shows(f"past-{COUNT}")
        network.set_mode("stall")  # the older page does not come before the view has settled
        held = len(await tab.rows())
        await tab.conversation.evaluate("pane => { pane.scrollTop = 300 }")
        before = await top_row(tab)
        network.set_mode("pass")
        await until_asked(tab.rows, lambda rows: len(rows) > held)
        text, distance = await top_row(tab)
        assert text == before[0]
        assert abs(distance - before[1]) <= 1


async def test_a_key_leads_back_to_the_newest(
    room: RunningServer, desk: ProtocolClient, open_tab: OpenTab
) -> None:
    tab = await open_tab(room, "ann4")
    await tab.shows(f"past-{COUNT}")
    await scroll(tab, -600)
    await expect(tab.message(f"past-{COUNT}")).not_to_be_in_viewport()
    await tab.page.keyboard.press("Alt+End")
    await expect(tab.log.get_by_role("listitem").last).to_be_in_viewport()


async def test_unread_messages_begin_at_a_line(
    room: RunningServer, desk: ProtocolClient, open_tab: OpenTab
) -> None:
    tab = await open_tab(room, "ann5")
    await desk.send("say", text="seen five")
    await tab.shows("seen five")
    await tab.hide()
    await desk.send("say", text="unread five a")
    await desk.send("say", text="unread five b")
    await tab.shows("unread five b")
    await tab.show()
    rows = await tab.rows()
    line = next(
        place for place, row in enumerate(rows) if row.strip().lower() == "new messages"
    )
    texts = [row for row in rows[line + 1 :] if "five" in row]
    assert "unread five a" in texts[0]
    assert not any("unread five" in row for row in rows[:line])
    await scroll(tab, -600)
    await expect(tab.message("unread five a")).not_to_be_in_viewport()
    await tab.menu("Go to the first unread")
    await expect(tab.message("unread five a")).to_be_in_viewport()


async def test_search_finds_in_all_history(
    room: RunningServer, desk: ProtocolClient, open_tab: OpenTab
) -> None:
    await desk.send("say", text="Ein Wort über die Straße nach Łódź")
    tab = await open_tab(room, "ann6")
    await tab.shows(f"past-{COUNT}")
    results = await tab.search("strasse lodz")
    await expect(results.filter(has_text="Łódź")).to_be_visible()
    # Enter searches all history by itself where no loaded message matches.
    await tab.search_field.fill("past-77")
    await tab.search_field.press("Enter")
    await results.filter(has_text="past-77").get_by_role("button").click()
    await expect(tab.message("past-77")).to_be_in_viewport()
    await tab.page.keyboard.press("Escape")


async def test_search_goes_through_loaded_messages(
    room: RunningServer, desk: ProtocolClient, open_tab: OpenTab
) -> None:
    tab = await open_tab(room, "ann10")
    await tab.shows(f"past-{COUNT}")
    await tab.page.keyboard.press("Control+f")
    await expect(tab.search_field).to_be_focused()
    await tab.page.keyboard.type("past-58")
    status = tab.page.get_by_role("complementary", name="Search").get_by_role("status")
    await expect(status.first).to_contain_text("1 of 10")
    await expect(tab.message("past-589")).to_be_in_viewport()
    await tab.page.keyboard.press("Enter")
    await expect(tab.message("past-588")).to_be_in_viewport()
    await expect(status.first).to_contain_text("2 of 10")
    await tab.page.keyboard.press("Shift+F3")
    await expect(status.first).to_contain_text("1 of 10")
    await tab.page.keyboard.press("Escape")
    await expect(tab.search_field).to_be_hidden()
    await expect(tab.composer).to_be_focused()


async def test_a_found_old_message_has_a_way_back(
    room: RunningServer, desk: ProtocolClient, open_tab: OpenTab
) -> None:
    tab = await open_tab(room, "ann7")
    await tab.shows(f"past-{COUNT}")
    results = await tab.search("past-21")
    await results.filter(has_text="past-21").last.get_by_role("button").click()
    await expect(tab.message("past-21").first).to_be_in_viewport()
    await desk.send("say", text="meanwhile seven")
    back = tab.page.get_by_role("button", name="Back to the newest")
    if await back.count():
        await back.click()
    else:
        await tab.page.keyboard.press("Alt+End")
    await expect(tab.message("meanwhile seven")).to_be_in_viewport()
    numbers = await tab.numbers("past")
    assert numbers == sorted(numbers, key=lambda text: int(text.split("-")[1]))


async def test_a_date_leads_to_its_messages(
    room: RunningServer, desk: ProtocolClient, open_tab: OpenTab
) -> None:
    tab = await open_tab(room, "ann8")
    await tab.shows(f"past-{COUNT}")
    await tab.page.keyboard.press("Control+g")
    dialog = tab.dialog()
    await expect(dialog).to_be_visible()
    field = dialog.get_by_label("Date")
    await field.fill("2001-01-01")
    await field.press("Enter")
    await expect(tab.message("past-1").first).to_be_in_viewport()


async def test_a_page_keeps_a_thousand_rows(
    room: RunningServer, desk: ProtocolClient, open_tab: OpenTab
) -> None:
    tab = await open_tab(room, "ann9")
    for number in range(1500):
        await desk.send("say", text=f"many-{number}")
    await expect(tab.message("many-1499")).to_be_in_viewport()
    rows = await tab.numbers("many")
    assert rows == [f"many-{number}" for number in range(1500 - len(rows), 1500)]
    assert len(await tab.rows()) <= 1000
