"""What one writes while the connection is lost, and what the room refuses."""

from contextlib import closing

from playwright.async_api import expect

from tests.browser.conftest import OpenTab, owner_key
from tests.browser.network import Network
from tests.support.protocol_client import joined_clients
from tests.support.running import RunningServer

COUNT = 5


async def test_what_is_written_offline_is_sent_once(
    small_room: RunningServer, network: Network, open_tab: OpenTab
) -> None:
    async with joined_clients(small_room.url, "desk") as (desk,):
        tab = await open_tab(f"http://127.0.0.1:{network.port}", "ann")
        await tab.send("line-0")
        await tab.shows("line-0")
        network.target = 1  # nothing listens there
        network.cut()
        await expect(tab.banner).to_be_visible()
        for number in range(1, COUNT):
            await tab.send(f"line-{number}")
        await expect(tab.pending).to_have_count(COUNT - 1)
        network.target = small_room.port
        await tab.page.evaluate("window.dispatchEvent(new Event('online'))")
        await expect(tab.banner).to_be_hidden()
        await tab.has_sent_all()
        wanted = [f"line-{number}" for number in range(COUNT)]
        assert await tab.numbers("line") == wanted
        while len(desk.said()) < COUNT:
            await desk.next()
        await desk.barrier()
        assert desk.said() == wanted


async def test_what_was_sent_when_the_connection_broke_comes_once(
    small_room: RunningServer, network: Network, open_tab: OpenTab
) -> None:
    async with joined_clients(small_room.url, "desk") as (desk,):
        tab = await open_tab(f"http://127.0.0.1:{network.port}", "ann")
        network.set_mode("stall")  # the server gets all; its answers do not arrive
        await tab.send("once-1")
        assert (await desk.until(type="said"))["text"] == "once-1"
        await expect(tab.pending).to_have_count(1)
        network.set_mode("pass")
        network.cut()
        await tab.has_sent_all()
        await tab.shows("once-1")
        await desk.barrier()
        assert desk.said() == ["once-1"]


async def test_a_refused_message_can_be_tried_again_or_discarded(
    small_room: RunningServer, open_tab: OpenTab
) -> None:
    async with joined_clients(
        small_room.url, "boss", owner_key=owner_key(small_room), features=["moderation"]
    ) as (boss,):
        with closing(Network(small_room.port)) as network:
            tab = await open_tab(f"http://127.0.0.1:{network.port}", "ann")
            network.set_mode("stall")
            await boss.send("mute", id="1", target="ann", minutes=5)
            await boss.until(type="muted")
            await tab.send("refused-1")
            await tab.send("refused-2")
            network.set_mode("pass")
            refused = tab.pending.filter(has_text="You are muted until")
            await expect(refused).to_have_count(2)
            await boss.send("mute", id="2", target="ann", minutes=0)
            await boss.until(type="muted")
            first, second = (tab.pending.filter(has_text=f"refused-{each}") for each in (1, 2))
            await first.get_by_role("button", name="Try again").click()
            await boss.until(type="said", text="refused-1")
            await tab.shows("refused-1")
            await second.get_by_role("button", name="Discard").click()
            await tab.has_sent_all()
            await boss.barrier()
            assert boss.said() == ["refused-1"]


async def test_slow_mode_holds_the_composer_and_keeps_the_text(
    small_room: RunningServer, open_tab: OpenTab
) -> None:
    async with joined_clients(
        small_room.url, "boss", owner_key=owner_key(small_room), features=["moderation"]
    ) as (boss,):
        tab = await open_tab(small_room, "ann")
        await boss.send("slow", id="1", seconds=600)
        await expect(
            tab.page.get_by_text("Slow mode: one message in 600 s").first
        ).to_be_visible()
        await tab.send("the only one")
        await tab.shows("the only one")
        await tab.send("one too many")
        await expect(tab.composer).to_have_value("one too many")
        await boss.send("slow", id="2", seconds=0)
        await expect(tab.button("Send")).to_be_enabled()
        await tab.composer.press("Enter")
        await tab.shows("one too many")


async def test_too_long_a_message_stays_in_the_field(
    room: RunningServer, open_tab: OpenTab
) -> None:
    tab = await open_tab(room, "ann")
    await tab.send("x" * 8001)
    await expect(tab.page.get_by_text("Share it as a text file").first).to_be_visible()
    await expect(tab.composer).to_have_value("x" * 8001)
