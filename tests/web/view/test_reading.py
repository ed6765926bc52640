"""How the conversation stands while it is read: what unfolds, stays or goes."""

import pytest
from playwright.async_api import expect

from tests.web.view.conftest import Show
from tests.web.view.messages import add


async def test_a_long_message_unfolds_by_click_and_for_a_search(show: Show) -> None:
    page = await show("room")
    await add(page, "poem")
    await expect(page.get_by_text("Line 13 of")).to_have_count(1)
    last = page.locator("#messages .rest").last
    await expect(last).to_be_hidden()
    await page.get_by_role("button", name="Show 15 more lines").click()
    await expect(last).to_be_visible()
    await page.get_by_role("button", name="Show less").click()
    await expect(last).to_be_hidden()
    assert await page.evaluate("gallery.screen.messages.mark('Line 27')") == 1
    await page.evaluate("gallery.screen.messages.showFound(0)")
    await expect(last).to_be_visible()


async def test_of_two_outgoing_messages_one_unfolds(show: Show) -> None:
    page = await show("room")
    await page.evaluate(
        """async () => {
            const numbers = [...Array(20).keys()];
            const lines = name => numbers.map(each => `${name} line ${each}`).join('\\n');
            gallery.outgoing = (...names) => {
                const made = names.map(key => ({
                    key, text: lines(key), runs: [], failed: false, reason: '', heading: null,
                    time: '', quote: null,
                }));
                gallery.screen.messages.showPending(made);
                return gallery.frame();
            };
            await gallery.outgoing('one', 'two');
        }"""
    )
    await page.get_by_role("button", name="Show 8 more lines").first.click()
    await expect(page.get_by_text("one line 19")).to_be_visible()
    await page.evaluate("gallery.outgoing('one', 'two', 'three')")
    await expect(page.get_by_text("one line 19")).to_be_visible()
    await expect(page.get_by_text("two line 19")).to_be_hidden()
    await expect(page.get_by_text("three line 19")).to_be_hidden()
    await expect(page.get_by_role("button", name="Show less")).to_have_count(1)


async def test_who_joined_stays_open_when_more_join(show: Show) -> None:
    page = await show("room")
    await page.get_by_role("button", name="Details").click()
    await page.evaluate(
        """async () => {
            const {conversation} = await import('/tests/web/gallery/values.js');
            const at = conversation.findIndex(({kind}) => kind === 'notice');
            const old = conversation[at];
            const more = [...old.more, 'eve joined'];
            const item = {...old, text: 'alice, bob and 2 others joined', more};
            gallery.screen.messages.change([[at, item]]);
            await gallery.frame();
        }"""
    )
    await expect(page.get_by_text("eve joined")).to_be_visible()
    await expect(page.get_by_role("button", name="Details")).to_be_focused()


async def test_the_line_above_the_new_goes_when_they_are_read(show: Show) -> None:
    page = await show("room")
    line = page.locator("#messages .day.new")
    await expect(line).to_be_visible()
    await expect(line).to_be_hidden(timeout=8_000)


async def test_the_line_above_the_new_stays_for_who_is_elsewhere(show: Show) -> None:
    page = await show("empty")
    await page.evaluate("Document.prototype.hasFocus = () => false")
    await page.evaluate(
        """async () => {
            window.seen_ = [];
            const set = window.setTimeout;
            window.setTimeout = (run, ms) => (window.seen_.push(ms), set(run, ms));
            gallery.screen.messages.append([{kind: 'new', text: 'New'},
                gallery.message('bob', '11:00', 'hello')], true);
            await gallery.frame();
        }"""
    )
    assert 3000 not in await page.evaluate("window.seen_")
    await page.evaluate("gallery.screen.messages.answered(), gallery.frame()")
    await expect(page.locator("#messages .day.new")).to_be_hidden()


async def test_who_is_writing_moves_nothing(show: Show) -> None:
    page = await show("room")
    at = "document.querySelector('#messages').lastElementChild.getBoundingClientRect().top"
    before = await page.evaluate(at)
    await page.evaluate("gallery.screen.typing.show('')")
    assert await page.evaluate(at) == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_word_found_in_a_message_that_mentions_the_reader_is_marked(
    show: Show, scheme: str
) -> None:
    page = await show("room", color_scheme=scheme)
    row = page.locator(".msg.me-too").first
    ground, found = await row.evaluate(
        """row => [null, "::highlight(found)"].map(
            part => getComputedStyle(row, part).backgroundColor)"""
    )
    assert found != ground
