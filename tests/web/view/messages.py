"""The messages of the gallery, as a test finds and changes them."""

from playwright.async_api import Locator, Page

CHANGE = """async ([seq, extras]) => {
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
