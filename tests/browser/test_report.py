"""The report: who is connected, from where."""

from pathlib import Path

from playwright.async_api import expect

from tests.browser.conftest import OpenTab
from tests.support.protocol_client import joined_clients
from tests.support.running import RunningServer


async def test_the_report_has_all_connection_details(
    small_room: RunningServer, open_tab: OpenTab, tmp_path: Path
) -> None:
    async with joined_clients(small_room.url, "desk", client="Desk 1.0") as (desk,):
        tab = await open_tab(small_room, "ann")
        await tab.send("/report")
        dialog = tab.dialog("Active users")
        await expect(dialog).to_be_visible()
        await expect(dialog).to_contain_text("2 of 5 members")
        rows = dialog.get_by_role("row")
        await expect(rows).to_have_count(3)
        ann = rows.filter(has=tab.page.get_by_role("rowheader", name="ann"))
        await expect(ann).to_contain_text("127.0.0.1")
        await expect(ann).to_contain_text("active")
        await expect(rows.filter(has_text="desk")).to_contain_text("Desk 1.0")
        await desk.send("report", id="1")
        report = await desk.until(type="report", id="1")
        shown = await rows.all_inner_texts()
        for member in report["members"]:
            assert any(str(member["port"]) in row and member["name"] in row for row in shown)
        async with tab.page.expect_download() as saving:
            await dialog.get_by_role("button", name="Save as CSV").click()
        await (await saving.value).save_as(tmp_path / "report.csv")
        lines = (tmp_path / "report.csv").read_text("utf-8-sig").splitlines()
        assert len(lines) == 3
        assert sum("127.0.0.1" in line for line in lines) == 2
        await tab.page.keyboard.press("Escape")
        await expect(dialog).to_be_hidden()
        await expect(tab.composer).to_be_focused()


async def test_the_report_keeps_up(small_room: RunningServer, open_tab: OpenTab) -> None:
    tab = await open_tab(small_room, "ann")
    await tab.page.keyboard.press("Alt+r")
    dialog = tab.dialog("Active users")
    await expect(dialog.get_by_role("row")).to_have_count(2)
    async with joined_clients(small_room.url, "desk"):
        refresh = dialog.get_by_role("button", name="Refresh")
        if await refresh.count():
            await refresh.click()
        await expect(dialog.get_by_role("row")).to_have_count(3)
