"""A computer that slept: its socket says that it is open, and is dead."""

import time

import pytest
from playwright.async_api import WebSocket, expect

from tests.browser.conftest import OpenTab
from tests.browser.network import Network
from tests.support.protocol_client import joined_clients
from tests.support.running import RunningServer

LIVE_WITHIN = 3.0
"""Seconds from waking up to the first message that arrives."""

_WAKE = {
    "visibilitychange": "document.dispatchEvent(new Event('visibilitychange'))",
    "online": "window.dispatchEvent(new Event('online'))",
    "pageshow": "window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))",
}


@pytest.mark.parametrize("event", _WAKE)
async def test_a_dead_socket_is_replaced_when_the_page_wakes_up(
    room: RunningServer, network: Network, open_tab: OpenTab, event: str
) -> None:
    async with joined_clients(room.url, "desk", history=0) as (desk,):
        tab = await open_tab(f"http://127.0.0.1:{network.port}", f"ann-{event}")
        network.sleep()
        await desk.send("say", text=f"slept until {event}")
        await desk.until(type="said")
        began = time.monotonic()
        await tab.page.evaluate(_WAKE[event])
        await tab.shows(f"slept until {event}")
        assert time.monotonic() - began < LIVE_WITHIN
        await tab.send(f"awake by {event}")
        await tab.shows(f"awake by {event}")
        await expect(tab.banner).to_be_hidden()
        await desk.until(type="said", text=f"awake by {event}")


async def test_a_live_socket_is_kept(
    room: RunningServer, network: Network, open_tab: OpenTab
) -> None:
    sockets: list[WebSocket] = []

    def opened(socket: WebSocket) -> None:
        sockets.append(socket)

    tab = await open_tab(f"http://127.0.0.1:{network.port}")
    tab.page.on("websocket", opened)
    await tab.join("ann")
    for script in _WAKE.values():
        await tab.page.evaluate(script)
    await tab.send("still here")
    await tab.shows("still here")
    assert len(sockets) == 1
