"""What a person does with messages and members: reply, react, pin, ignore."""

from playwright.async_api import expect

from tests.web.view.conftest import Show, asked
from tests.web.view.messages import CHANGE, rows, seq_of


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
    await page.evaluate(CHANGE, [seq, {"chips": [mine]}])
    chip = row.get_by_role("button", name="🎉 3: you, bob, dmitri")
    await expect(chip).to_have_attribute("aria-pressed", "true")


async def test_a_chip_keeps_the_keyboard_when_its_message_changes(show: Show) -> None:
    page = await show("room")
    seq = await seq_of(page, "The plan is at")
    row = rows(page).filter(has_text="The plan is at")
    await row.get_by_role("button", name="👍 4").focus()
    chips = [{"emoji": "👍", "count": 5, "mine": True, "names": "you and others"}]
    await page.evaluate(CHANGE, [seq, {"chips": chips}])
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
    await page.evaluate(CHANGE, [seq, {"edited": "Edited at 10:12"}])
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
