"""Save the conversation, and leave."""

import json
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenTab
from tests.support.protocol_client import joined_clients
from tests.support.running import RunningServer

EVIL = "<img src=x onerror=alert(1)>"


@pytest.mark.parametrize(("line", "name"), [("q", "quinn"), ("/quit", "quill")])
async def test_q_leaves(room: RunningServer, open_tab: OpenTab, line: str, name: str) -> None:
    async with joined_clients(room.url, "desk", history=0) as (desk,):
        tab = await open_tab(room, name)
        await tab.send(line)
        left = await desk.until(type="left", name=name)
        assert left["reason"] == "quit"
        await expect(
            tab.page.get_by_text("You left the room.")
            .or_(tab.page.get_by_role("heading", name="You left"))
            .first
        ).to_be_visible()
        # A reload must not bring the membership back.
        await tab.page.reload()
        await expect(tab.name_field).to_be_visible()
        assert desk.said() == []


async def test_one_can_join_again_after_leaving(room: RunningServer, open_tab: OpenTab) -> None:
    tab = await open_tab(room, "anna")
    await tab.send("q")
    await tab.button("Join again").click()
    await expect(tab.name_field).to_have_value("anna")
    await tab.button("Join").click()
    await tab.in_room()


async def test_the_menu_leaves(room: RunningServer, open_tab: OpenTab) -> None:
    async with joined_clients(room.url, "desk", history=0) as (desk,):
        tab = await open_tab(room, "anne")
        await tab.menu("Leave the room")
        assert (await desk.until(type="left", name="anne"))["reason"] == "quit"


async def test_the_conversation_is_saved(
    room: RunningServer, open_tab: OpenTab, tmp_path: Path
) -> None:
    async with joined_clients(room.url, "desk", history=0) as (desk,):
        tab = await open_tab(room, "ann")
        await desk.send("say", text=EVIL)
        await tab.shows(EVIL)
        saved: dict[str, str] = {}
        for form in ("text", "html", "json"):
            await tab.page.keyboard.press("Control+s")
            async with tab.page.expect_download() as saving:
                await tab.save_as(form)
            download = await saving.value
            path = tmp_path / download.suggested_filename
            await download.save_as(path)
            saved[path.suffix] = path.read_text("utf-8")
    assert set(saved) == {".txt", ".html", ".json"}
    assert EVIL in saved[".txt"]
    assert "ann joined" in saved[".txt"]
    assert EVIL not in saved[".html"]
    assert "&lt;img src=x" in saved[".html"]
    assert EVIL in json.dumps(json.loads(saved[".json"]), ensure_ascii=False)


async def test_help_lists_keys_and_commands(room: RunningServer, open_tab: OpenTab) -> None:
    tab = await open_tab(room, "ann3")
    await tab.send("/help")
    dialog = tab.dialog("Keys and commands")
    await expect(dialog).to_contain_text("/quit")
    await tab.page.keyboard.press("Escape")
    await expect(tab.composer).to_be_focused()
    await tab.page.keyboard.press("F1")
    await expect(dialog).to_contain_text("Shift+Enter")
