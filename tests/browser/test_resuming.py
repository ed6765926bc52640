"""A membership outlives a lost connection, a reload and a restart; a second tab is another."""

import signal

from playwright.async_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.network import Network
from tests.conftest import StartServer
from tests.support.protocol_client import ProtocolClient, joined_clients
from tests.support.running import RunningServer, eventually


def comings(desk: ProtocolClient) -> list[tuple[str, str]]:
    """Return who joined and left, as the desktop client saw it."""
    return [
        (event["type"], event["name"])
        for event in desk.events
        if event["type"] in ("joined", "left") and event["name"] != desk.welcome["you"]
    ]


async def test_a_reload_resumes(room: RunningServer, open_tab: OpenTab) -> None:
    async with joined_clients(room.url, "desk", history=0) as (desk,):
        tab = await open_tab(room, "anna")
        await tab.send("before the reload")
        await tab.shows("before the reload")
        await desk.send("say", text="from another")
        await tab.shows("from another")
        await tab.page.reload()
        await tab.in_room()
        await tab.shows("before the reload", "from another")
        await tab.send("after the reload")
        await tab.shows("after the reload")
        await desk.until(type="said", text="after the reload")
        assert comings(desk) == [("joined", "anna")]


async def test_a_reload_while_the_server_is_away_resumes_later(
    room: RunningServer, network: Network, open_tab: OpenTab
) -> None:
    async with joined_clients(room.url, "desk", history=0) as (desk,):
        tab = await open_tab(f"http://127.0.0.1:{network.port}", "amy")
        network.set_mode("stall")
        await tab.send("under way")
        await desk.until(type="said")
        network.set_mode("pass")
        network.cut()
        await tab.page.reload()
        await tab.in_room()
        await tab.shows("under way")
        await desk.barrier()
        assert desk.said() == ["under way"]
        assert comings(desk) == [("joined", "amy")]


async def test_a_restarted_server_is_joined_again(
    small_room: RunningServer, open_tab: OpenTab
) -> None:
    tab = await open_tab(small_room, "ann")
    await tab.send("line-1")
    await tab.shows("line-1")
    port = small_room.port
    small_room.stop()
    await expect(tab.banner).to_be_visible()
    await tab.send("line-2")
    small_room.start(port)
    await expect(tab.banner).to_be_hidden()
    await tab.has_sent_all()
    assert await tab.numbers("line") == ["line-1", "line-2"]
    async with joined_clients(small_room.url, "desk") as (desk,):
        await desk.barrier()
        assert desk.said() == ["line-1", "line-2"]
        assert comings(desk) == [("joined", "ann")]


async def test_the_death_of_a_worker_interrupts_shortly(
    start_server: StartServer, open_tab: OpenTab
) -> None:
    server = start_server("--workers", "2")
    server.expect_errors = True
    tab = await open_tab(server, "ann")
    await tab.send("line-1")
    await tab.shows("line-1")
    for worker in server.children("worker"):
        worker.send_signal(signal.SIGKILL)
    await tab.send("line-2")
    await tab.send("line-3")
    eventually(lambda: len(server.children("worker")) == 2)
    await tab.has_sent_all()
    await expect(tab.banner).to_be_hidden()
    assert await tab.numbers("line") == ["line-1", "line-2", "line-3"]


async def test_a_second_tab_is_a_second_member(
    small_room: RunningServer, open_tab: OpenTab
) -> None:
    first = await open_tab(small_room, "ann")
    second = await open_tab(small_room, context=first.page.context)
    await second.ask_to_join("ann")
    await expect(second.page.get_by_text("The name ann is taken.")).to_be_visible()
    await second.join("anna")
    await first.has_members(["ann", "anna"])
    await first.send("line-1")
    await second.shows("line-1")


async def test_a_duplicated_tab_joins_afresh(room: RunningServer, open_tab: OpenTab) -> None:
    """Chromium copies sessionStorage, with the token, into a duplicate or a window.open."""
    first = await open_tab(room, "ada")
    async with first.page.context.expect_page() as opening:
        await first.page.evaluate("void window.open('/')")
    copy = await opening.value
    await expect(copy.get_by_label("Your name")).to_be_visible()
    await first.send("copied-1")
    await first.shows("copied-1")
    await expect(first.banner).to_be_hidden()


async def test_what_a_closed_tab_did_not_send_is_offered(
    room: RunningServer, network: Network, open_tab: OpenTab
) -> None:
    async with joined_clients(room.url, "desk", history=0) as (desk,):
        url = f"http://127.0.0.1:{network.port}"
        first = await open_tab(url, "alma")
        network.target = 1
        network.cut()
        await expect(first.banner).to_be_visible()
        await first.send("never sent 1")
        await first.send("never sent 2")
        await expect(first.pending).to_have_count(2)
        await first.page.close()
        network.target = room.port
        second = await open_tab(url, context=first.page.context)
        await expect(second.page.get_by_text("never sent 1").first).to_be_visible()
        await second.join("alma2")
        row = second.pending.filter(has_text="never sent 1")
        await row.get_by_role("button", name="Try again").click()
        await desk.until(type="said", text="never sent 1")
        await desk.barrier()
        assert desk.said() == ["never sent 1"]


async def test_another_room_at_the_address_gets_nothing(
    room: RunningServer, network: Network, open_tab: OpenTab, start_server: StartServer
) -> None:
    tab = await open_tab(f"http://127.0.0.1:{network.port}", "anne")
    other = start_server("--room", "elsewhere")
    network.target = 1
    network.cut()
    await expect(tab.banner).to_be_visible()
    await tab.send("a secret")
    network.target = other.port
    title = tab.page.get_by_role("heading", name="Another room is here now")
    await expect(title).to_be_visible()
    async with joined_clients(other.url, "desk") as (desk,):
        await desk.barrier()
        assert desk.said() == []
        assert comings(desk) == []
