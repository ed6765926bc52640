"""What a person does with messages: reply, react, edit, pin, attach, look at pictures."""

import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.web.view.conftest import Show, asked

_PASTE = """([files, text]) => {
    const data = new DataTransfer();
    for (const [name, type] of files) data.items.add(new File(['x'], name, {type}));
    if (text) data.setData('text/plain', text);
    const init = {bubbles: true, cancelable: true, clipboardData: data};
    return document.querySelector('#field').dispatchEvent(new ClipboardEvent('paste', init));
}"""
_CHANGE = """async ([seq, extras]) => {
    const {conversation} = await import('/tests/web/gallery/values.js');
    const at = conversation.findIndex(each => each.seq === seq);
    const item = conversation[at];
    gallery.screen.messages.change([[at, {...item, extras: {...item.extras, ...extras}}]]);
    await gallery.frame();
}"""


def rows(page: Page) -> Locator:
    return page.locator("#messages [role=listitem]")


async def seq_of(page: Page, text: str) -> int:
    found: int = await page.evaluate(
        """text => import('/tests/web/gallery/values.js').then(({conversation}) =>
            conversation.find(each => each.text?.includes(text)).seq)""",
        text,
    )
    return found


async def add(page: Page, name: str) -> None:
    """Append made-up items of talk.js."""
    await page.evaluate(
        """async name => {
            const items = (await import('/tests/web/gallery/talk.js'))[name];
            gallery.screen.messages.append([items].flat(), true);
            await gallery.frame();
        }""",
        name,
    )


async def test_a_quote_leads_to_what_it_is_of(show: Show) -> None:
    page = await show("room")
    await page.get_by_role("button", name="In reply to alice").click()
    assert await asked(page, "history.goTo") == [[104]]
    await page.evaluate("gallery.screen.messages.showPlace(2, true)")
    await expect(rows(page).nth(2)).to_have_class("msg first found")
    await expect(rows(page).nth(2)).not_to_have_class("msg first found", timeout=3_000)


async def test_the_quote_of_a_deleted_message_leads_nowhere(show: Show) -> None:
    page = await show("folded")
    await expect(rows(page).get_by_text("message deleted", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="message deleted")).to_have_count(0)


async def test_a_chip_joins_and_leaves_a_reaction(show: Show) -> None:
    page = await show("room")
    seq = await seq_of(page, "The plan is at")
    row = rows(page).filter(has_text="The plan is at")
    chip = row.get_by_role("button", name="🎉 2: bob, dmitri")
    await expect(chip).to_have_attribute("aria-pressed", "false")
    await chip.click()
    assert await asked(page, "conversation.react") == [[seq, "🎉"]]
    mine = {"emoji": "🎉", "count": 3, "mine": True, "names": "you, bob, dmitri"}
    await page.evaluate(_CHANGE, [seq, {"chips": [mine]}])
    chip = row.get_by_role("button", name="🎉 3: you, bob, dmitri")
    await expect(chip).to_have_attribute("aria-pressed", "true")


async def test_a_chip_keeps_the_keyboard_when_its_message_changes(show: Show) -> None:
    page = await show("room")
    seq = await seq_of(page, "The plan is at")
    row = rows(page).filter(has_text="The plan is at")
    await row.get_by_role("button", name="👍 4").focus()
    chips = [{"emoji": "👍", "count": 5, "mine": True, "names": "you and others"}]
    await page.evaluate(_CHANGE, [seq, {"chips": chips}])
    await expect(row.get_by_role("button", name="👍 5")).to_be_focused()


async def test_the_toolbar_replies_reacts_and_offers_more(show: Show) -> None:
    page = await show("room")
    row = rows(page).filter(has_text="has the key")
    seq = await seq_of(page, "Doors at 11")
    await row.hover()
    await row.get_by_role("button", name="Reply").click()
    assert await asked(page, "conversation.reply") == [[seq]]
    await expect(page.get_by_role("textbox")).to_be_focused()
    await row.get_by_role("button", name="React").click()
    await page.get_by_role("button", name="party popper").click()
    assert await asked(page, "conversation.react") == [[seq, "🎉"]]
    await row.hover()
    await row.get_by_role("button", name="More").click()
    names = await page.get_by_role("menuitem").all_inner_texts()
    assert names == [
        "Copy text",
        "Copy link to message",
        "Pin",
        "Mention Éloïse",
        "Ignore Éloïse",
        "Delete…",
    ]
    await page.get_by_role("menuitem", name="Ignore").click()
    assert await asked(page, "conversation.ignoreSender") == [[seq]]


async def test_a_mouse_has_the_toolbar_in_a_narrow_window_too(show: Show) -> None:
    page = await show("room", 375)
    row = rows(page).filter(has_text="has the key")
    await row.hover()
    await row.get_by_role("button", name="Reply").click()
    assert len(await asked(page, "conversation.reply")) == 1


async def test_the_toolbar_stays_when_the_message_changes(show: Show) -> None:
    page = await show("room")
    seq = await seq_of(page, "Doors at 11")
    row = rows(page).filter(has_text="has the key")
    await row.hover()
    await page.evaluate(_CHANGE, [seq, {"edited": "Edited at 10:12"}])
    await expect(row.get_by_text("(edited)")).to_have_attribute("title", "Edited at 10:12")
    await row.get_by_role("button", name="Reply").click()
    assert await asked(page, "conversation.reply") == [[seq]]


async def test_without_rules_nothing_is_offered(show: Show) -> None:
    page = await show("room")
    await page.evaluate(
        "gallery.screen.messages.allow("
        "{remove: 'none', reply: false, react: false, edit: false, pin: false})"
    )
    row = rows(page).filter(has_text="has the key")
    await row.hover()
    await expect(row.get_by_role("button", name="More")).to_be_visible()
    await expect(row.get_by_role("button", name="Reply")).to_be_hidden()
    await expect(page.get_by_role("button", name="Add a reaction").first).to_be_hidden()


async def test_keys_go_over_messages_reply_react_and_open_the_rest(show: Show) -> None:
    page = await show("room")
    await page.keyboard.press("Alt+ArrowUp")
    await expect(rows(page).last).to_be_focused()
    await page.keyboard.press("Alt+ArrowUp")
    row = rows(page).filter(has_text="has the key")
    await expect(row).to_be_focused()
    await page.keyboard.press("r")
    await expect(page.get_by_role("button", name="thumbs up")).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Enter")
    seq = await seq_of(page, "Doors at 11")
    assert await asked(page, "conversation.react") == [[seq, "❤️"]]
    await expect(row).to_be_focused()
    await page.keyboard.press("m")
    await expect(page.get_by_role("menuitem", name="Copy text")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(row).to_be_focused()
    await page.keyboard.press("Enter")
    assert await asked(page, "conversation.reply") == [[seq]]
    await expect(page.get_by_role("textbox")).to_be_focused()
    await page.keyboard.press("Alt+ArrowUp")
    await page.keyboard.press("Alt+ArrowDown")
    await expect(page.get_by_role("textbox")).to_be_focused()


async def test_who_clicked_a_chip_and_types_writes_a_message(show: Show) -> None:
    page = await show("room")
    await rows(page).get_by_role("button", name="👍 4").last.click()
    await page.keyboard.type("more")
    await expect(page.get_by_role("textbox")).to_have_value("more")


async def test_the_picker_searches_and_draws_no_more_than_one_sees(show: Show) -> None:
    page = await show("picker")
    cells = page.locator(".emoji .grid button")
    await expect(cells).to_have_count(120)
    await page.locator(".emoji .grid").evaluate("node => node.scrollTo(0, 1e6)")
    await expect(cells).to_have_count(240)
    await page.keyboard.type("party")
    await expect(cells).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("textbox")).to_have_value("🎉")
    await expect(page.get_by_role("textbox")).to_be_focused()


async def test_the_picker_is_behind_the_usual_reactions(show: Show) -> None:
    page = await show("react")
    await page.get_by_role("button", name="More emoji").click()
    await expect(page.get_by_role("searchbox", name="Search emoji")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_role("button", name="thumbs up")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(".emoji")).to_have_count(0)


async def test_a_long_press_reacts_with_one_touch_more(show: Show) -> None:
    page = await show("more", 375, has_touch=True)
    await page.get_by_role("menuitem", name="❤️").tap()
    assert [emoji for _, emoji in await asked(page, "conversation.react")] == ["❤️"]


async def test_up_in_an_empty_field_edits_and_escape_gives_up(show: Show) -> None:
    page = await show("room")
    await page.keyboard.press("ArrowUp")
    assert await asked(page, "conversation.editLast") == [[]]
    await page.evaluate(
        """() => {
            gallery.screen.composer.showContext({kind: 'edit', title: 'Editing', text: 'old'});
            gallery.screen.composer.replace('old');
        }"""
    )
    await expect(page.locator("#context")).to_contain_text("Editing")
    await expect(page.locator("#send")).to_have_text("Save")
    await expect(page.locator("#send")).to_have_accessible_name("Save")
    await page.keyboard.press("ArrowUp")
    assert await asked(page, "conversation.editLast") == [[]]
    await page.keyboard.press("Escape")
    assert await asked(page, "composer.endContext") == [[]]


@pytest.mark.parametrize(
    ("typed", "label", "expected"),
    [
        ("see :", "party popper", "see 🎉 "),
        ("/", "/away", "/away "),
        ("@Él", "Éloïse", "@Éloïse "),
    ],
)
async def test_suggestions_take_the_place_of_what_was_typed(
    show: Show, typed: str, label: str, expected: str
) -> None:
    page = await show("room")
    await page.keyboard.type(typed)
    await expect(page.get_by_role("option", selected=True)).to_contain_text(label)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("textbox")).to_have_value(expected)


async def test_escape_closes_the_suggestions_until_one_types_on(show: Show) -> None:
    page = await show("mention")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("option")).to_have_count(0)
    await expect(page.get_by_role("textbox")).to_have_value("Great! @")
    await page.keyboard.type("b")
    await expect(page.get_by_role("option")).to_have_count(1)


async def test_attachments_are_sent_with_enter_and_without_a_text(show: Show) -> None:
    page = await show("attached")
    await expect(page.get_by_role("textbox")).to_be_focused()
    await page.keyboard.press("Enter")
    assert await asked(page, "composer.send") == [[""]]
    await page.get_by_role("button", name="Remove seating.csv").click()
    assert await asked(page, "attachments.remove") == [["a2"]]


@pytest.mark.parametrize(
    ("files", "text", "intent", "taken"),
    [
        ([["shot.png", "image/png"]], "", "attachments.add", True),
        ([["a.txt", "text/plain"]], "file:///home/ann/a.txt", "attachments.add", True),
        ([["image.png", "image/png"]], "a table of an office program", "", False),
        ([], "x" * 8001, "attachments.addText", True),
        ([], "x" * 8000, "", False),
    ],
)
async def test_a_paste_asks_what_there_is(
    show: Show, files: list[Any], text: str, intent: str, taken: bool
) -> None:
    page = await show("room")
    assert await page.evaluate(_PASTE, [files, text]) is not taken
    for each in ("attachments.add", "attachments.addText"):
        assert len(await asked(page, each)) == (each == intent)


async def test_pictures_in_a_row_stand_in_one_grid(show: Show) -> None:
    page = await show("room")
    await add(page, "albums")
    grids = page.locator("#messages .pics")
    shown = [grid for grid in await grids.all() if await grid.is_visible()]
    assert [await grid.locator("img").count() for grid in shown] == [3, 1, 1, 2, 4]
    await expect(shown[-1]).to_contain_text("+2")
    captions = page.locator("#messages .caption:visible")
    await expect(captions).to_have_count(2)  # of those that stand alone
    await expect(captions.first).to_have_text(re.compile(r"^\S+\.\w+ · [\d.]+ [KM]B$"))
    await shown[3].get_by_role("button").nth(1).hover()
    await page.get_by_role("button", name="Reply", exact=True).click()
    assert await asked(page, "conversation.reply") == [[303]]


async def test_a_grid_follows_what_comes_and_goes(show: Show) -> None:
    page = await show("room")
    grid = page.locator("#messages .pics").first
    await page.evaluate(
        """async () => {
            const {conversation} = await import('/tests/web/gallery/values.js');
            const second = conversation.findIndex(({seq}) => seq === 211);
            const gone = {...conversation[second], kind: 'deleted', text: 'gone'};
            gallery.screen.messages.change([[second, gone]]);
            await gallery.frame();
        }"""
    )
    await expect(grid.locator("img")).to_have_count(1)
    await expect(page.locator("#messages .pics:visible")).to_have_count(2)
    await expect(rows(page).get_by_text("gone")).to_be_visible()


async def test_a_picture_keeps_its_place_before_it_loads(show: Show) -> None:
    page = await show("room")
    await page.evaluate(
        """async () => {
            const {picture, heading} = await import('/tests/web/gallery/items.js');
            const where = {url: '/none', thumb: '/none', width: 840, height: 540};
            const item = picture(400, 0, {heading: heading('bob', '10:30'), picture: where});
            gallery.screen.messages.append([item], true);
            await gallery.frame();
        }"""
    )
    box = await page.locator("#messages .pic").last.bounding_box()
    assert box is not None
    assert (round(box["width"]), round(box["height"])) == (384, 247)


async def test_the_viewer_zooms_goes_on_and_gives_the_focus_back(show: Show) -> None:
    page = await show("room")
    pic = page.get_by_role("button", name="Picture hall.jpg")
    await pic.focus()
    await page.keyboard.press("Enter")
    assert await asked(page, "pictures.open") == [["f210"]]
    await page.evaluate("gallery.viewer()")
    image = page.get_by_role("dialog").get_by_role("img")
    await expect(image).to_have_js_property("complete", True)
    await page.keyboard.press("1")
    assert await image.evaluate("node => node.clientWidth") == 840
    await page.keyboard.press("+")
    await page.keyboard.press("+")
    assert await image.evaluate("node => node.clientWidth") == 1313
    await page.get_by_role("region", name="Picture").hover()
    await page.mouse.wheel(0, 100)
    await page.wait_for_function("document.querySelector('dialog img').clientWidth == 1050")
    await page.get_by_role("button", name="Fit").click()
    await page.keyboard.press("ArrowRight")
    await page.get_by_role("button", name="Previous picture").click()
    assert await asked(page, "pictures.step") == [[1], [-1]]
    await page.keyboard.press("Escape")
    await expect(pic).to_be_focused()
    await page.wait_for_function("gallery.asked.some(([each]) => each === 'pictures.closed')")


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


async def test_pins_are_listed_left_and_shown(show: Show) -> None:
    page = await show("room")
    await page.get_by_role("button", name="Pinned: alice").click()
    assert await asked(page, "conversation.showPins") == [[]]
    await page.evaluate("gallery.pins()")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Unpin").last.click()
    assert await asked(page, "conversation.pin") == [[60, False]]
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")
    assert await asked(page, "history.goTo") == [[60]]
    await expect(dialog).to_have_count(0)
    assert await asked(page, "conversation.pinsClosed") == [[]]
    await page.get_by_role("button", name="Hide pinned message").click()
    await expect(page.locator("#pins")).to_be_hidden()


async def test_who_is_writing_moves_nothing(show: Show) -> None:
    page = await show("room")
    at = "document.querySelector('#messages').lastElementChild.getBoundingClientRect().top"
    before = await page.evaluate(at)
    await page.evaluate("gallery.screen.typing.show('')")
    assert await page.evaluate(at) == before


async def test_a_moderator_changes_the_topic_where_it_stands(show: Show) -> None:
    page = await show("room")
    await page.get_by_role("button", name="Hall 2, from noon").click()
    assert await asked(page, "moderation.askTopic") == [[]]
    page = await show("member")
    await expect(page.get_by_role("button", name="Hall 2, from noon")).to_have_count(0)


async def test_a_member_is_ignored_from_the_list(show: Show) -> None:
    page = await show("room")
    await page.get_by_role("button", name="Actions for bob").click()
    await page.get_by_role("menuitem", name="Ignore").click()
    await page.get_by_role("button", name="Actions for 田中").click()
    await page.get_by_role("menuitem", name="Stop ignoring").click()
    assert await asked(page, "conversation.ignore") == [["bob", True], ["田中", False]]
    await expect(page.get_by_text("back at noon, with the cake")).to_be_visible()


async def test_a_hidden_message_shows_by_a_click(show: Show) -> None:
    page = await show("folded")
    await page.get_by_role("button", name="Message from 田中 hidden").click()
    assert await asked(page, "conversation.showHidden") == [[360]]


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
