"""The join page: what it shows, what refuses, and how one gets in."""

import json
import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from shared import short_code
from shared.address import Address
from tests.browser.conftest import OpenTab, owner_key
from tests.conftest import StartServer
from tests.support.browser import OTHER_NAME
from tests.support.protocol_client import joined_clients
from tests.support.running import RunningServer


async def test_one_sees_the_room_then_joins_it(
    small_room: RunningServer, open_tab: OpenTab
) -> None:
    async with joined_clients(small_room.url, "ann", "ben") as (ann, _):
        tab = await open_tab(small_room)
        await expect(tab.page).to_have_title(re.compile("lobby"))
        await expect(tab.page.get_by_role("heading", name="lobby")).to_be_visible()
        await expect(tab.page.get_by_text("2 of 5 are here")).to_be_visible()
        await expect(tab.name_field).to_be_focused()
        await expect(tab.password_field).to_be_hidden()
        await tab.page.keyboard.type("cid")
        await tab.page.keyboard.press("Enter")
        await expect(tab.composer).to_be_focused()
        await expect(tab.page).to_have_title(re.compile("lobby"))
        await tab.has_members(["ann", "ben", "cid"])
        await ann.until(type="joined", name="cid")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "Enter a name."),
        ("two words", "A name has no spaces."),
        ("ann", "The name ann is taken."),
        ("admin", "The name admin is reserved."),
    ],
)
async def test_a_refusal_stands_beside_the_field(
    room: RunningServer, open_tab: OpenTab, name: str, reason: str
) -> None:
    async with joined_clients(room.url, "ann"):
        tab = await open_tab(room)
        await tab.ask_to_join(name)
        await expect(tab.page.get_by_text(reason)).to_be_visible()
        await expect(tab.name_field).to_be_focused()
        await expect(tab.name_field).to_have_accessible_description(re.compile(reason))
        await expect(tab.name_field).to_have_attribute("aria-invalid", "true")


async def test_after_a_refusal_one_can_join_under_another_name(
    room: RunningServer, open_tab: OpenTab
) -> None:
    async with joined_clients(room.url, "ann"):
        tab = await open_tab(room)
        await tab.ask_to_join("ann")
        await expect(tab.page.get_by_text("The name ann is taken.")).to_be_visible()
        await tab.join("anna")


async def test_a_password_is_asked_for_and_kept_nowhere(
    start_server: StartServer, open_tab: OpenTab, tmp_path: Path
) -> None:
    secret = tmp_path / "password"
    secret.write_text("over the rainbow\n")
    server = start_server("--password-file", str(secret))
    tab = await open_tab(server)
    await tab.ask_to_join("ann", "under the rainbow")
    await expect(tab.page.get_by_text("The password is wrong.")).to_be_visible()
    await expect(tab.password_field).to_be_focused()
    await tab.join("ann", "over the rainbow")
    assert tab.page.url == f"{server.url}/"
    kept = await tab.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "rainbow" not in kept
    # A reload resumes by the token, which needs no password.
    await tab.page.reload()
    await tab.in_room()
    assert json.loads(kept)


async def test_the_page_of_a_full_room_waits_for_a_place(
    start_server: StartServer, open_tab: OpenTab
) -> None:
    server = start_server("--max-users", "1")
    async with joined_clients(server.url, "ann") as (ann,):
        tab = await open_tab("about:blank")
        await tab.page.clock.install()
        tab.url = server.url
        await tab.open()
        await tab.ask_to_join("ben")
        await expect(tab.page.get_by_role("heading", name="The room is full")).to_be_visible()
        await expect(tab.button("Try now")).to_be_visible()
        await ann.leave()
        await tab.page.clock.fast_forward("00:30")
        await tab.in_room()


async def test_a_locked_room_says_so(small_room: RunningServer, open_tab: OpenTab) -> None:
    async with joined_clients(
        small_room.url, "ann", owner_key=owner_key(small_room), features=["moderation"]
    ) as (ann,):
        await ann.send("lock", id="1", on=True)
        await ann.until(type="locked")
        tab = await open_tab(small_room)
        await tab.ask_to_join("ben")
        await expect(tab.page.get_by_text("This room is locked")).to_be_visible()


async def test_the_page_waits_for_a_server_that_is_away(
    small_room: RunningServer, open_tab: OpenTab
) -> None:
    tab = await open_tab("about:blank")
    await tab.page.clock.install()
    tab.url = small_room.url
    await tab.open()
    await expect(tab.page.get_by_text("0 of 5 are here")).to_be_visible()
    port = small_room.port
    small_room.stop()
    await tab.ask_to_join("ann")
    title = tab.page.get_by_role("heading", name="The room does not answer")
    await expect(title).to_be_visible()
    small_room.start(port)
    await tab.page.clock.fast_forward("00:10")
    await tab.in_room()


async def test_a_name_leads_to_the_encrypted_page_of_another_room(
    room: RunningServer, small_room: RunningServer, open_tab: OpenTab
) -> None:
    tab = await open_tab(room, ignore_https_errors=True)
    await tab.button("Another room").click()
    field = tab.dialog("Another room").get_by_label("Code, link or address of the room")
    await field.fill(f"{OTHER_NAME}:{small_room.port}")
    await tab.dialog().get_by_role("button", name="Open").click()
    await tab.page.wait_for_url(f"https://{OTHER_NAME}:{small_room.port}/")
    await expect(tab.page.get_by_text("Encrypted", exact=True)).to_be_visible()


async def test_one_goes_to_another_room_by_its_code_or_link(
    room: RunningServer, small_room: RunningServer, open_tab: OpenTab
) -> None:
    code = short_code.encode(Address("127.0.0.1", small_room.port))
    assert code is not None
    tab = await open_tab(room)
    await tab.button("Another room").click()
    field = tab.dialog("Another room").get_by_label("Code, link or address of the room")
    await expect(field).to_be_focused()
    await field.fill(code[:-1] + ("0" if code[-1] != "0" else "1"))
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.get_by_text("This code has a typing error.")).to_be_visible()
    await field.fill(f" {code.lower().replace('-', ' ')}")
    await tab.page.keyboard.press("Enter")
    await tab.page.wait_for_url(f"{small_room.url}/")
    await expect(tab.page.get_by_text("0 of 5 are here")).to_be_visible()
    # The owner's link of the room whose page this is loads no page anew.
    await tab.button("Another room").click()
    await field.fill(f"chatroom://127.0.0.1:{small_room.port}/#owner={owner_key(small_room)}")
    await tab.page.keyboard.press("Enter")
    await expect(tab.dialog()).to_be_hidden()
    await tab.page.wait_for_url(f"{small_room.url}/")
    await tab.join("ann")
    row = tab.members.get_by_role("listitem").filter(has_text="ann")
    await expect(row.get_by_role("img", name="owner")).to_be_visible()
