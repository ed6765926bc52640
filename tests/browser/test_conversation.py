"""Messages between browsers and other clients: one order, whole, and as text only."""

import asyncio

from playwright.async_api import expect

from tests.browser.conftest import OpenTab
from tests.support.protocol_client import ProtocolClient, joined_clients
from tests.support.running import RunningServer
from tests.support.waiting import until, until_asked

COUNT = 30


async def test_all_see_one_order(room: RunningServer, open_tab: OpenTab) -> None:
    async with joined_clients(room.url, "desk1", "desk2") as desks:
        ann = await open_tab(room, "ann1")
        ben = await open_tab(room, "ben1")

        async def send_all(desk: ProtocolClient) -> None:
            for number in range(COUNT):
                name = desk.welcome["you"]
                await desk.send("say", text=f"order-{name[-1]}{number:02}", id=str(number))

        async def type_all(digit: int) -> None:
            tab = (ann, ben)[digit - 3]
            for number in range(COUNT):
                await tab.send(f"order-{digit}{number:02}")

        await asyncio.gather(*map(send_all, desks), type_all(3), type_all(4))
        while len(desks[0].said()) < 4 * COUNT:
            await desks[0].next()
        for tab in (ann, ben):
            await tab.shows(*desks[0].said()[-4:])
            assert await tab.numbers("order") == desks[0].said()
        for digit in "1234":
            own = [text for text in desks[0].said() if text.startswith(f"order-{digit}")]
            assert own == [f"order-{digit}{number:02}" for number in range(COUNT)]


async def test_a_message_of_several_lines_keeps_its_form(
    room: RunningServer, open_tab: OpenTab
) -> None:
    async with joined_clients(room.url, "desk") as (desk,):
        tab = await open_tab(room, "ann2")
        await tab.composer.press_sequentially("one")
        await tab.composer.press("Shift+Enter")
        await tab.composer.press_sequentially("  two, *bold* and `code`")
        await tab.composer.press("Enter")
        said = await desk.until(type="said", name="ann2")
        assert said["text"] == "one\n  two, *bold* and `code`"
        await expect(tab.composer).to_have_value("")
        row = tab.message("two")
        await expect(row).to_contain_text("two, bold and code")
        await expect(row.get_by_role("code")).to_have_text("code")
        await expect(row.get_by_role("strong")).to_have_text("bold")


async def test_links_lead_to_the_web_only_and_tell_nothing(
    room: RunningServer, open_tab: OpenTab
) -> None:
    async with joined_clients(room.url, "desk") as (desk,):
        tab = await open_tab(room, "ann3")
        text = "see https://example.org/a?b=c or javascript:alert(1) data:text/html,x ."
        await desk.send("say", text=text)
        links = tab.message("see https").get_by_role("link")
        await expect(links).to_have_count(1)
        await expect(links).to_have_attribute("href", "https://example.org/a?b=c")
        await expect(links).to_have_attribute("target", "_blank")
        await expect(links).to_have_attribute("rel", "noopener noreferrer")
        await expect(links).to_have_attribute("referrerpolicy", "no-referrer")


async def test_right_to_left_text_and_names_have_their_direction(
    room: RunningServer, open_tab: OpenTab
) -> None:
    async with joined_clients(room.url, "נועה") as (desk,):
        tab = await open_tab(room, "ann4")
        await desk.send("say", text="שלום לכולם, Cat 6!")
        words = tab.message("שלום").get_by_text("שלום לכולם")
        assert await words.evaluate("one => getComputedStyle(one).direction") == "rtl"


async def test_a_slash_command_that_does_not_exist_is_not_sent(
    room: RunningServer, open_tab: OpenTab
) -> None:
    async with joined_clients(room.url, "desk") as (desk,):
        tab = await open_tab(room, "ann5")
        await tab.send("/reprot")
        await expect(tab.page.get_by_text("There is no command /reprot.").first).to_be_visible()
        await expect(tab.composer).to_have_value("/reprot")
        await tab.send("//slash")
        assert (await desk.until(type="said", name="ann5"))["text"] == "/slash"


async def test_up_recalls_and_tab_completes(room: RunningServer, open_tab: OpenTab) -> None:
    async with joined_clients(room.url, "Wilhelmina"):
        tab = await open_tab(room, "ann6")
        await tab.composer.press_sequentially("Wilh")
        await tab.composer.press("Tab")
        await expect(tab.composer).to_have_value("Wilhelmina: ")
        await tab.composer.press("End")
        await tab.composer.press_sequentially("hello")
        await tab.composer.press("Enter")
        await tab.shows("Wilhelmina: hello")
        await expect(tab.composer).to_have_value("")
        await tab.composer.press("Control+ArrowUp")
        await expect(tab.composer).to_have_value("Wilhelmina: hello")


async def test_others_are_announced_once(room: RunningServer, open_tab: OpenTab) -> None:
    async with joined_clients(room.url, "desk") as (desk,):
        tab = await open_tab(room, "ann7")
        await tab.page.evaluate(
            """() => {
                window.announced = [];
                const look = records => records.forEach(({target}) => {
                    const live = target.closest?.('[aria-live=polite]');
                    if (live?.textContent) window.announced.push(live.textContent);
                });
                new MutationObserver(look).observe(document.body,
                    {subtree: true, childList: true});
            }"""
        )
        await tab.send("my own line")
        await desk.send("say", text="a line of another")
        await tab.shows("my own line", "a line of another")
        announced = await until_asked(
            lambda: tab.page.evaluate("window.announced"),
            lambda lines: any("a line of another" in line for line in lines),
        )
        assert sum("a line of another" in each for each in announced) == 1
        assert not any("my own line" in each for each in announced)
        assert await tab.page.get_by_role("log").count() == 0


async def test_a_member_who_loses_the_connection_is_shown_so(
    room: RunningServer, open_tab: OpenTab
) -> None:
    async with joined_clients(room.url, "desk8") as (desk,):
        tab = await open_tab(room, "ann8")
        row = tab.members.get_by_role("listitem").filter(has_text="desk8")
        await expect(row).to_be_visible()
        await desk.socket.close(code=1001)
        await until(lambda: desk.socket.closed)
        await expect(row).to_contain_text("for")
        await expect(tab.members.get_by_role("heading", name="Reconnecting")).to_be_visible()
