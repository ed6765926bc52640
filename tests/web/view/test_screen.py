"""The view does what a person expects of it: scrolling, keys, menus, dialogs, files."""

from playwright.async_api import FilePayload, Page, expect

from tests.web.view.conftest import Show, asked

_FROM_END = """() => {
    const pane = document.querySelector('#pane');
    return Math.round(pane.scrollHeight - pane.scrollTop - pane.clientHeight);
}"""
_TOP_OF = """text => [...document.querySelectorAll('#messages [role=listitem]')]
    .find(row => row.textContent.includes(text)).getBoundingClientRect().top"""


async def say(page: Page, *names: str) -> None:
    """Let a new message of each of these arrive."""
    await page.evaluate(
        """async names => {
            const items = names.map(name => gallery.message(name, '11:00', 'news of ' + name));
            gallery.screen.messages.append(items, true);
            await gallery.frame();
        }""",
        names,
    )


async def test_a_reader_at_the_end_stays_there(show: Show) -> None:
    page = await show("room")
    await say(page, "bob", "chandra")
    assert await page.evaluate(_FROM_END) == 0
    await page.get_by_role("textbox").fill("several\nlines\nof\ntext")
    await page.evaluate("gallery.frame()")
    assert await page.evaluate(_FROM_END) == 0


async def test_nothing_moves_for_a_reader_further_up(show: Show) -> None:
    page = await show("room")
    await page.locator("#pane").hover()
    await page.mouse.wheel(0, -150)
    await page.wait_for_function("gallery.asked.some(([each]) => each === 'history.reads')")
    assert await page.evaluate(_FROM_END) > 24
    text = "setup notes"
    before = await page.evaluate(_TOP_OF, text)
    await say(page, "bob", "alice", "chandra")
    await page.evaluate(
        """async () => {
            const old = [1, 2, 3, 4, 5].map(n => gallery.message('bob', '09:00', 'older ' + n));
            gallery.screen.messages.prepend(old, 1);
            gallery.screen.messages.drop(0, 1);
            await gallery.frame();
        }"""
    )
    assert abs(await page.evaluate(_TOP_OF, text) - before) <= 1
    assert (await asked(page, "history.reads"))[-1] == [True]
    await page.get_by_role("button", name="2 new").click()
    await page.evaluate("gallery.frame()")
    assert await page.evaluate(_FROM_END) == 0
    await expect(page.get_by_role("button", name="new")).to_be_hidden()


async def test_older_messages_are_asked_for_near_the_top(show: Show) -> None:
    page = await show("top")
    assert await asked(page, "history.reachedTop")


async def test_screen_readers_hear_new_messages_only(show: Show) -> None:
    page = await show("room")
    announcer = page.locator("#announcer")
    await expect(announcer).to_be_empty()
    await say(page, "bob")
    await expect(announcer).to_have_text("bob: news of bob")
    await say(page, "bob", "alice", "chandra", "bob")
    await expect(announcer).to_have_text("3 new messages")


async def test_arrows_go_from_message_to_message_and_escape_back_to_the_field(
    show: Show,
) -> None:
    page = await show("room")
    field = page.get_by_role("textbox")
    await expect(field).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Shift+Tab")
    row = page.locator("#messages [role=listitem]").last
    await expect(row).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowDown")
    await expect(row).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(row.get_by_role("button", name="React")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(field).to_be_focused()
    before = page.get_by_role("button", name="Hide pinned message")
    await before.focus()
    await page.keyboard.press("Tab")
    await expect(row).to_be_focused()
    await page.keyboard.press("Delete")
    assert len(await asked(page, "moderation.remove")) == 1
    await page.keyboard.press("Shift+Tab")
    await expect(before).to_be_focused()


async def test_typing_anywhere_goes_to_the_field(show: Show) -> None:
    page = await show("room")
    await page.locator("#messages [role=listitem]").last.click()
    await page.keyboard.type("hello")
    await expect(page.get_by_role("textbox")).to_have_value("hello")


async def test_the_keys_of_the_field(show: Show) -> None:
    page = await show("room")
    field = page.get_by_role("textbox")
    await page.keyboard.type("one")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("two")
    await page.keyboard.press("Enter")
    assert await asked(page, "composer.send") == [["one\ntwo"]]
    await expect(field).to_have_value("")
    await page.keyboard.press("Control+ArrowUp")
    await expect(field).to_have_value("the last text")
    await field.fill("bo")
    await page.keyboard.press("Tab")
    await expect(field).to_have_value("bob ")


async def test_enter_begins_a_line_in_a_block_of_code(show: Show) -> None:
    page = await show("room")
    for line in ("```", "x = 1", "```"):
        assert await asked(page, "composer.send") == []
        await page.keyboard.type(line)
        await page.keyboard.press("Enter")
    assert await asked(page, "composer.send") == [["```\nx = 1\n```"]]
    await page.keyboard.type("```")
    await page.keyboard.press("Control+Enter")
    assert (await asked(page, "composer.send"))[1:] == [["```"]]


async def test_members_are_suggested_after_an_at_sign(show: Show) -> None:
    page = await show("room")
    field = page.get_by_role("textbox")
    await page.keyboard.type("Hi @")
    await expect(page.get_by_role("option")).to_have_count(6)
    await page.keyboard.press("ArrowDown")
    chosen = page.get_by_role("option", selected=True)
    await expect(chosen).to_contain_text("chandra")
    active = await field.get_attribute("aria-activedescendant")
    assert active == await chosen.get_attribute("id")
    await page.keyboard.press("Enter")
    await expect(field).to_have_value("Hi @chandra ")
    await expect(page.get_by_role("listbox")).to_be_hidden()
    assert await asked(page, "composer.send") == []


async def test_a_hold_keeps_the_text(show: Show) -> None:
    page = await show("hold")
    await page.keyboard.press("Enter")
    assert await asked(page, "composer.send") == []
    await expect(page.get_by_role("textbox")).to_have_value("One more")
    await page.evaluate("gallery.screen.composer.hold(null)")
    await page.keyboard.press("Enter")
    assert await asked(page, "composer.send") == [["One more"]]


async def test_menus_go_by_arrows_and_give_the_focus_back(show: Show) -> None:
    page = await show("room")
    await page.get_by_role("button", name="Menu").press("Enter")
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("menuitem").nth(1)).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Menu")).to_be_focused()
    await page.get_by_role("button", name="Menu").click()
    await page.get_by_role("menuitem", name="Slow mode").click()
    await page.get_by_role("menuitemradio", name="One message in 30 s").click()
    assert await asked(page, "moderation.slow") == [[30]]
    await expect(page.get_by_role("menu")).to_have_count(0)


async def test_the_menu_warns_of_nothing(show: Show) -> None:
    page = await show("room")
    await page.get_by_role("button", name="Menu").click()
    about = page.get_by_role("menuitem", name="About")
    await expect(about.locator("svg")).to_have_count(1)
    await expect(page.get_by_role("menu").locator("[href='#i-warn']")).to_have_count(0)


async def test_a_member_can_be_muted_from_the_list(show: Show) -> None:
    page = await show("room")
    await page.get_by_role("button", name="Actions for bob").click()
    await page.get_by_role("menuitem", name="Mute for 1 hour").click()
    assert await asked(page, "moderation.mute") == [["bob", 60]]


async def test_a_question_means_no_unless_one_says_yes(show: Show) -> None:
    page = await show("question")
    await page.keyboard.press("Enter")
    assert await asked(page, "yes") == []
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("textbox")).to_be_focused()


async def test_a_prompt_stays_open_until_its_answer_is_right(show: Show) -> None:
    page = await show("prompt")
    await page.get_by_role("dialog").get_by_role("textbox").fill("another key")
    await page.keyboard.press("Enter")
    assert await asked(page, "done") == [["another key"]]
    await expect(
        page.get_by_role("alert").filter(has_text="not an owner's key")
    ).to_be_visible()
    await page.evaluate("gallery.screen.windows.closePrompt()")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_the_report_keeps_its_order_when_it_refreshes(show: Show) -> None:
    page = await show("report")
    await page.get_by_role("button", name="Idle").click()
    await page.get_by_role("button", name="Idle").click()
    first = page.get_by_role("rowheader").first
    await expect(first).to_have_text("محمد")
    await page.evaluate(
        "import('/tests/web/gallery/values.js').then("
        "values => gallery.screen.windows.showReport(values.report, false))"
    )
    await expect(first).to_have_text("محمد")
    await expect(page.get_by_role("button", name="Idle")).to_be_focused()
    await page.get_by_role("dialog").get_by_role("button", name="Copy").click()
    assert (await asked(page, "report.copy"))[0][0]["rows"][0][0] == "محمد"
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    # A dialog tells that it closed in a task of its own.
    await page.wait_for_function("gallery.asked.some(([name]) => name === 'report.closed')")
    assert await asked(page, "report.closed") == [[]]


async def test_the_report_shows_all_columns_of_long_names_in_german(show: Show) -> None:
    page = await show("report")
    await page.evaluate(
        """async () => {
            const {report} = await import('/tests/web/gallery/values.js');
            const columns = ['Name', 'Adresse', 'Port', 'Protokoll', 'Verschlüsselt', 'Worker',
                'Seit', 'Untätig (s)', 'Zustand', 'Gesendet', 'Empfangen', 'Client'];
            const row = ['maximilian.m_2026', '192.168.178.123', ...report.rows[0].slice(2)];
            row[8] = 'verbindet neu';
            const rows = [row, ...report.rows];
            gallery.screen.windows.showReport({...report, columns, rows}, false);
        }"""
    )
    await expect(page.get_by_role("columnheader", name="Client")).to_be_in_viewport(ratio=1)
    for cell in await page.get_by_role("cell", name="Chatroom desktop 0.4").all():
        await expect(cell).to_be_in_viewport(ratio=1)
    measure = (
        "() => {const {scrollWidth, clientWidth} = document.querySelector('dialog .scroll');"
    )
    assert await page.evaluate(measure + " return scrollWidth - clientWidth}") == 0


async def test_all_places_of_a_phrase_are_found_across_styles(show: Show) -> None:
    page = await show("room")
    count = "phrase => gallery.screen.messages.mark(phrase)"
    assert await page.evaluate(count, "HALL 2") == 2
    assert await page.evaluate(count, "my setup notes, line") == 1
    assert await page.evaluate(count, "(nothing*") == 0
    assert await page.evaluate(count, "") == 0


async def test_a_long_press_opens_the_acts_of_a_message(show: Show) -> None:
    page = await show("more", 375, has_touch=True)
    await page.get_by_role("menuitem", name="Mention dmitri").tap()
    assert len(await asked(page, "conversation.mention")) == 1


async def test_a_finger_that_lifts_chooses_nothing_of_what_it_opened(show: Show) -> None:
    page = await show("room", 375, has_touch=True)
    message = page.locator("#messages .msg").last
    box = await message.bounding_box()
    assert box is not None
    touch = await page.context.new_cdp_session(page)
    point = {"x": box["x"] + 150, "y": box["y"] + box["height"] - 6}
    await touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    menu = page.get_by_role("menu")
    await expect(menu).to_be_visible()
    covered = "([x, y]) => document.elementFromPoint(x, y).closest('[role=menu]') !== null"
    assert await page.evaluate(covered, [point["x"], point["y"]])
    await touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    await page.evaluate("gallery.frame()")
    await expect(menu).to_be_visible()


async def test_the_drawer_takes_the_keyboard_and_gives_it_back(show: Show) -> None:
    page = await show("drawer", 375)
    await expect(page.get_by_role("button", name="Close")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Members, 7")).to_be_focused()
    await expect(page.get_by_role("complementary", name="Members")).to_be_hidden()


async def test_a_mention_from_the_drawer_goes_to_the_field(show: Show) -> None:
    page = await show("drawer", 375)
    await page.get_by_role("button", name="Actions for bob").click()
    await page.get_by_role("menuitem", name="Mention").click()
    assert await asked(page, "composer.mention") == [["bob"]]
    await page.evaluate("gallery.screen.composer.insert('@bob ')")
    await expect(page.get_by_role("textbox")).to_be_focused()


async def test_another_menu_takes_the_place_of_an_open_one(show: Show) -> None:
    page = await show("menu")
    await page.keyboard.press("Control+s")
    await expect(page.get_by_role("menu")).to_have_count(1)
    await page.get_by_role("menuitem", name="As JSON").click()
    assert await asked(page, "saveConversation") == [["json"]]


async def test_files_are_shared_by_button_drop_and_paste(show: Show) -> None:
    page = await show("room")
    file: FilePayload = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"}
    async with page.expect_file_chooser() as choosing:
        await page.get_by_role("button", name="Share files").click()
    await (await choosing.value).set_files([file])
    for kind in ("drop", "paste"):
        await page.evaluate(
            """kind => {
                const data = new DataTransfer();
                data.items.add(new File(['b'], 'b.txt'));
                const init = {bubbles: true, cancelable: true};
                document.querySelector('#main').dispatchEvent(kind === 'drop'
                    ? new DragEvent(kind, {...init, dataTransfer: data})
                    : new ClipboardEvent(kind, {...init, clipboardData: data}));
            }""",
            kind,
        )
    assert len(await asked(page, "files.share")) == 1
    assert len(await asked(page, "attachments.add")) == 2


async def test_an_error_of_the_join_page_stands_at_its_field(show: Show) -> None:
    page = await show("taken")
    name = page.get_by_label("Your name")
    await expect(name).to_be_focused()
    await expect(name).to_have_accessible_description("That name is taken.")
    await page.evaluate("gallery.screen.join.error('password', 'The password is wrong.', true)")
    await expect(page.get_by_label("Room password")).to_be_focused()
    await expect(name).to_have_accessible_description("")


async def test_texts_are_never_html(show: Show) -> None:
    page = await show("room")
    evil = "<img src=x onerror=alert(1)>"
    await page.evaluate(
        """async evil => {
            const {screen, message, frame} = gallery;
            const link = [{text: 'a link', style: 'link', href: 'javascript:alert(1)'}];
            screen.messages.append([message('bob', '11:00', evil)], true);
            screen.messages.append([message('bob', '11:00', link)], true);
            screen.topBar.showRules({topic: evil, locked: false, slow: 0});
            await frame();
        }""",
        evil,
    )
    await expect(page.locator("img[src=x]")).to_have_count(0)
    shown = page.locator("#messages [role=listitem]").filter(has_text=evil)
    await expect(shown).to_have_count(1)
    await expect(page.locator("a", has_text="a link")).to_have_count(0)


async def test_a_long_name_shows_its_beginning_in_any_script(show: Show) -> None:
    page = await show("room")
    for name in ("W" * 32, "\u0634\u064a\u0645" * 10):
        visible = await page.evaluate(
            """name => {
                const row = {name, colour: 1, left: '', role: 'member', acts: []};
                gallery.screen.members.show([row], '');
                const node = document.querySelector('#members .who .cut');
                const text = node.querySelector('span').firstChild;
                const range = new Range();
                range.setStart(text, 0);
                range.setEnd(text, 1);
                const [one, all] = [range, node].map(each => each.getBoundingClientRect());
                return one.left >= all.left - 1 && one.right <= all.right + 1;
            }""",
            name,
        )
        assert visible, name
