"""What became of a room, or of oneself in it, while the page could not know."""

from pathlib import Path

from playwright.async_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.network import Network
from tests.integration.test_backup import command
from tests.integration.test_moderation import host
from tests.support.protocol_client import joined_clients
from tests.support.running import RunningServer


async def test_a_restored_room_is_joined_only_when_the_person_says_so(
    small_room: RunningServer, open_tab: OpenTab, tmp_path: Path
) -> None:
    file = str(tmp_path / "room.backup")
    port = small_room.port
    tab = await open_tab(small_room, "ann")
    await tab.send("in the backup")
    await tab.has_sent_all()
    command(small_room, "backup", file)
    await tab.send("after the backup")
    await tab.has_sent_all()
    small_room.stop()
    await expect(tab.banner).to_be_visible()
    await tab.send("not sent yet")
    command(small_room, "restore", "--force", file)
    small_room.start(port)
    await expect(
        tab.page.get_by_role("heading", name="Another room is here now")
    ).to_be_visible()
    async with joined_clients(small_room.url, "desk") as (desk,):
        await desk.barrier()
        assert desk.said() == ["in the backup"]
        await tab.button("Join this room").click()
        await tab.in_room()
        await tab.shows("in the backup")
        await expect(tab.message("after the backup")).to_have_count(0)
        await tab.send("here again")
        await desk.until(type="said", text="here again")
        assert desk.said() == ["in the backup", "here again"]


async def test_who_was_removed_while_away_is_told(
    small_room: RunningServer, network: Network, open_tab: OpenTab
) -> None:
    tab = await open_tab(f"http://127.0.0.1:{network.port}", "ann")
    await tab.send("before")
    await tab.shows("before")
    network.set_mode("drop")
    network.cut()
    await expect(tab.banner).to_be_visible()
    await tab.send("too late")
    host(small_room, "kick", "ann", "--reason", "Asked twice.")
    network.set_mode("pass")
    removed = tab.page.get_by_role("heading", name="You are no longer in #lobby")
    await expect(removed).to_be_visible()
    why = "The server removed you from #lobby.\n\nReason: Asked twice."
    await expect(tab.page.get_by_text(why)).to_be_visible()
    await expect(tab.page.locator("#note").get_by_text("too late")).to_be_visible()
    async with joined_clients(small_room.url, "desk") as (desk,):
        await desk.barrier()
        assert desk.said() == ["before"]


async def test_a_frozen_tab_has_everything_when_it_goes_on(
    room: RunningServer, open_tab: OpenTab
) -> None:
    """Browsers stop tabs that were hidden for minutes, timers and sockets too."""
    async with joined_clients(room.url, "desk", history=0) as (desk,):
        tab = await open_tab(room, "fred")
        session = await tab.page.context.new_cdp_session(tab.page)
        await session.send("Page.setWebLifecycleState", {"state": "frozen"})
        for number in range(500):
            await desk.send("say", text=f"frozen-{number}")
        await desk.until(type="said", text="frozen-499")
        await session.send("Page.setWebLifecycleState", {"state": "active"})
        await tab.shows("frozen-499")
        assert await tab.numbers("frozen") == [f"frozen-{number}" for number in range(500)]
