"""What a person does in the field: edit, take a suggestion, attach, paste."""

from typing import Any

import pytest
from playwright.async_api import expect

from tests.web.view.conftest import Show, asked

_PASTE = """([files, text]) => {
    const data = new DataTransfer();
    for (const [name, type] of files) data.items.add(new File(['x'], name, {type}));
    if (text) data.setData('text/plain', text);
    const init = {bubbles: true, cancelable: true, clipboardData: data};
    return document.querySelector('#field').dispatchEvent(new ClipboardEvent('paste', init));
}"""


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
