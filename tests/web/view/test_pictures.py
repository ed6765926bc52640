"""Pictures in the conversation, and the viewer."""

import re

from playwright.async_api import expect

from tests.web.view.conftest import Show, asked
from tests.web.view.messages import add, rows


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
