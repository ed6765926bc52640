"""The page over TLS with a certificate that the room made itself, and the page before it."""

import re

from playwright.async_api import expect

from tests.browser.conftest import OpenTab
from tests.conftest import StartServer
from tests.support.browser import OTHER_NAME
from tests.support.protocol_client import joined_clients
from tests.support.running import RunningServer

# A proxy that the server trusts says that these come from another computer, without encryption.
_FROM_ELSEWHERE = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "http"}
_PRINT = re.compile(r"[0-9A-F]{8}( [0-9A-F]{8}){3}")


async def test_a_self_signed_certificate_is_enough(
    small_room: RunningServer, open_tab: OpenTab
) -> None:
    async with joined_clients(small_room.url, "desk") as (desk,):
        url = f"https://{OTHER_NAME}:{small_room.port}"
        tab = await open_tab(url, ignore_https_errors=True)
        await expect(tab.page.get_by_text("Encrypted", exact=True)).to_be_visible()
        await tab.join("ann")
        await tab.send("encrypted")
        await desk.until(type="said", text="encrypted")
        await expect(tab.button("Encrypted")).to_be_visible()
        await tab.page.reload()
        await tab.in_room()
        await tab.shows("encrypted")
        await desk.send("report", id="1")
        report = await desk.until(type="report", id="1")
        assert {each["name"]: each["tls"] for each in report["members"]}["ann"] is True


async def test_without_encryption_the_page_says_so(
    small_room: RunningServer, open_tab: OpenTab
) -> None:
    tab = await open_tab(f"http://{OTHER_NAME}:{small_room.port}")
    await expect(tab.page.get_by_text("Not encrypted")).to_be_visible()
    await tab.join("ann")
    await tab.button("Not encrypted").click()
    await expect(tab.dialog("Not encrypted")).to_contain_text("Others on this network can read")


async def test_plain_http_from_elsewhere_explains_the_next_step(
    start_server: StartServer, open_tab: OpenTab
) -> None:
    server = start_server("--trusted-proxy", "127.0.0.1", "--room", "lan-party")
    for theme in ("light", "dark"):
        tab = await open_tab(
            "about:blank", color_scheme=theme, extra_http_headers=_FROM_ELSEWHERE
        )
        tab.url = server.url
        await tab.open()
        page = tab.page
        await expect(page.get_by_text("Your browser will warn you once")).to_be_visible()
        link = page.get_by_role("link", name=re.compile("ontinue"))
        await expect(link).to_have_attribute("href", f"https://127.0.0.1:{server.port}/")
        for browser in ("Chrome", "Firefox", "Safari"):
            await expect(page.get_by_text(browser).first).to_be_visible()
        text = await page.inner_text("body")
        fingerprint = _PRINT.search(text)
        assert fingerprint is not None
        assert fingerprint[0] in server.banner
        await expect(page.get_by_role("img").filter(visible=True)).to_have_count(3)
        assert await page.get_by_label("Your name").count() == 0
