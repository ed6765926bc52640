"""What was under way when the connection failed goes on by itself."""

from playwright.async_api import expect

from tests.browser.conftest import OpenTab
from tests.faults.proxy import Proxy
from tests.support.protocol_client import joined_clients
from tests.support.running import RunningServer

OLD = 400
"""More messages than the first page has."""


async def test_older_messages_come_after_the_connection_was_lost(
    small_room: RunningServer, network: Proxy, open_tab: OpenTab
) -> None:
    async with joined_clients(small_room.url, "desk") as (desk,):
        for number in range(OLD):
            await desk.send("say", text=f"old-{number}")
        await desk.until(type="said", text=f"old-{OLD - 1}")
        tab = await open_tab(f"http://127.0.0.1:{network.port}", "ann")
        await tab.shows(f"old-{OLD - 1}")
        network.set_mode("drop")
        await tab.conversation.evaluate("pane => pane.scrollTo(0, 0)")
        await expect(tab.page.get_by_text("Loading older messages…")).to_be_visible()
        network.cut()
        network.set_mode("pass")
        await tab.shows(f"old-{OLD - 100}")
