"""How others get in: the link with its picture, and the desktop client."""

from playwright.async_api import expect

from tests.browser.conftest import OpenTab
from tests.support.running import RunningServer


async def test_the_link_is_shown_as_text_and_picture(
    room: RunningServer, open_tab: OpenTab
) -> None:
    tab = await open_tab(room, "ann1")
    await tab.menu("Invite")
    dialog = tab.dialog("Invite")
    await expect(dialog).to_contain_text("chatroom://")
    picture = dialog.get_by_role("img", name="The link as a QR code")
    await expect(picture).to_be_visible()
    await expect(picture).to_have_js_property("complete", True)
    assert await picture.evaluate("picture => picture.naturalWidth") > 0


async def test_a_room_without_packages_says_so(room: RunningServer, open_tab: OpenTab) -> None:
    tab = await open_tab(room, "ann2")
    await tab.menu("Get the desktop client")
    dialog = tab.dialog("Get the desktop client")
    await expect(dialog).to_contain_text("nothing to install")
    await tab.page.keyboard.press("Escape")
    await expect(tab.button("Menu")).to_be_focused()
