"""Owner and moderators: the owner's link, their acts, and what others see of them."""

from collections.abc import AsyncIterator
from itertools import count

import pytest_asyncio
from playwright.async_api import expect

from tests.browser.conftest import OpenTab, owner_key
from tests.browser.tab import Tab
from tests.support.protocol_client import joined_clients
from tests.support.running import RunningServer

_numbers = count(1)


@pytest_asyncio.fixture(loop_scope="session")
async def boss(room: RunningServer, open_tab: OpenTab) -> AsyncIterator[Tab]:
    """The owner, who came by the owner's link."""
    tab = await open_tab(room)
    await tab.page.goto("about:blank")
    await tab.open(f"/#owner={owner_key(room)}")
    yield await tab.join(f"boss{next(_numbers)}")


async def act(tab: Tab, name: str, entry: str) -> None:
    """Choose an act in the menu of a member."""
    row = tab.members.get_by_role("listitem").filter(has_text=name)
    await row.hover()
    await row.get_by_role("button", name=f"Actions for {name}").click()
    await tab.page.get_by_role("menuitem", name=entry).click()


async def test_the_owners_link_makes_an_owner_and_vanishes(
    room: RunningServer, boss: Tab
) -> None:
    key = owner_key(room)
    assert boss.page.url == f"{room.url}/"
    row = boss.members.get_by_role("listitem").filter(has_text=boss.name)
    await expect(row.get_by_role("img", name="owner")).to_be_visible()
    kept = await boss.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert key not in kept


async def test_a_member_is_muted_and_unmuted(
    room: RunningServer, boss: Tab, open_tab: OpenTab
) -> None:
    eve = await open_tab(room, "eva")
    await act(boss, "eva", "Mute for 10 minutes")
    await expect(eve.page.get_by_text("You are muted until").first).to_be_visible()
    await eve.send("let me speak")
    await expect(eve.composer).to_have_value("let me speak")
    await expect(boss.page.get_by_text(f"{boss.name} muted eva until")).to_be_visible()
    await act(boss, "eva", "Unmute")
    await expect(eve.page.get_by_text(f"{boss.name} ended the mute of eva")).to_be_visible()
    await expect(eve.button("Send")).to_be_enabled()
    await eve.composer.press("Enter")
    await boss.shows("let me speak")


async def test_who_is_removed_reads_by_whom_and_why(
    room: RunningServer, boss: Tab, open_tab: OpenTab
) -> None:
    eve = await open_tab(room, "fred")
    await act(boss, "fred", "Remove")
    await boss.dialog().get_by_label("Reason").fill("too loud")
    await boss.dialog().get_by_role("button", name="Remove").click()
    await expect(
        eve.page.get_by_role("heading", name="You were removed")
        .or_(eve.page.get_by_text(f"{boss.name} removed you from #lobby."))
        .first
    ).to_be_visible()
    await expect(eve.page.get_by_role("main").get_by_text("too loud").first).to_be_visible()
    await expect(boss.members.get_by_text("fred", exact=True)).to_have_count(0)
    await expect(boss.page.get_by_text(f"{boss.name} removed fred: too loud")).to_be_visible()
    await eve.page.reload()
    await expect(eve.name_field).to_be_visible()


async def test_a_ban_holds_until_it_is_undone(
    room: RunningServer, boss: Tab, open_tab: OpenTab
) -> None:
    async with joined_clients(room.url, "gina") as (eve,):
        await act(boss, "gina", "Ban for 1 hour")
        await boss.dialog().get_by_role("button", name="Ban").click()
        assert (await eve.until(type="left", name="gina"))["reason"] == "banned"
    other = await open_tab(room)
    await other.ask_to_join("gina")
    await expect(other.page.get_by_text("You are banned from this room")).to_be_visible()
    await boss.menu("Bans")
    await boss.dialog("Bans").get_by_role("button", name="Undo ban").click()
    await expect(
        boss.page.get_by_text(f"{boss.name} ended the ban of gina").first
    ).to_be_visible()
    await boss.page.keyboard.press("Escape")
    await other.open()
    await other.join("gina")


async def test_messages_are_deleted_for_all(
    room: RunningServer, boss: Tab, open_tab: OpenTab
) -> None:
    eve = await open_tab(room, "hugo")
    await eve.send("a rude word")
    await boss.shows("a rude word")
    await boss.choose(boss.message("a rude word"), "Delete")
    await boss.dialog().get_by_role("button", name="Delete").click()
    for tab in (boss, eve):
        await expect(tab.message("a rude word")).to_have_count(0)
        await expect(tab.message(f"Message deleted by {boss.name}")).to_have_count(1)
    await eve.send("a typo")
    await eve.shows("a typo")
    await eve.choose(eve.message("a typo"), "Delete")
    await eve.dialog().get_by_role("button", name="Delete").click()
    await expect(boss.message("a typo")).to_have_count(0)
    # A reload shows the same.
    await eve.page.reload()
    await eve.in_room()
    await expect(eve.message("Message deleted")).to_have_count(2)
    await expect(eve.message("a rude word")).to_have_count(0)


async def test_topic_lock_and_slow_mode(
    room: RunningServer, boss: Tab, open_tab: OpenTab
) -> None:
    eve = await open_tab(room, "ivan")
    await boss.menu("Topic")
    await boss.dialog().get_by_role("textbox").fill("Bring a <b>cable</b>")
    await boss.page.keyboard.press("Enter")
    topic = eve.page.get_by_role("banner").get_by_text("Bring a <b>cable</b>")
    await expect(topic.filter(visible=True)).to_be_visible()
    await boss.menu("Lock")
    await expect(eve.page.get_by_text(f"{boss.name} locked the room")).to_be_visible()
    late = await open_tab(room)
    await late.ask_to_join("late")
    await expect(late.page.get_by_text("This room is locked")).to_be_visible()
    await boss.menu("Unlock")
    await expect(eve.page.get_by_text(f"{boss.name} unlocked the room")).to_be_visible()
    await late.join("late")


async def test_a_member_has_no_acts(room: RunningServer, open_tab: OpenTab) -> None:
    async with joined_clients(room.url, "desk") as (desk,):
        tab = await open_tab(room, "jane")
        await desk.send("say", text="a fine day")
        await tab.shows("a fine day")
        await tab.button("Menu").click()
        await expect(tab.page.get_by_role("menuitem", name="Leave the room")).to_be_visible()
        for entry in ("Lock", "Bans", "Slow"):
            await expect(tab.page.get_by_role("menuitem", name=entry)).to_have_count(0)
        await tab.page.keyboard.press("Escape")
        row = tab.message("a fine day")
        await row.hover()
        await row.get_by_role("button", name="More", exact=True).click()
        await expect(tab.page.get_by_role("menuitem", name="Copy text")).to_be_visible()
        for entry in ("Delete", "Pin"):
            await expect(tab.page.get_by_role("menuitem", name=entry)).to_have_count(0)


async def test_a_moderator_made_by_the_owner_can_act(
    room: RunningServer, boss: Tab, open_tab: OpenTab
) -> None:
    mod = await open_tab(room, "mod")
    async with joined_clients(room.url, "kurt", features=["moderation"]) as (eve,):
        await act(boss, "mod", "Make moderator")
        await expect(
            mod.page.get_by_text(f"{boss.name} made mod a moderator").first
        ).to_be_visible()
        await act(mod, "kurt", "Mute for 10 minutes")
        await eve.until(type="muted", target="kurt")
