"""Every state of the gallery: no findings of axe, nothing sticks out, targets are large."""

from collections.abc import Sequence
from typing import Literal

import pytest
from playwright.async_api import Browser

from tests.web.gallery_server import ROOT

pytestmark = pytest.mark.axe

AXE = ROOT / "node_modules/axe-core/axe.min.js"

_AXE_FINDINGS = """async only => {
    const options = {resultTypes: ['violations'], ...(only && {runOnly: only})};
    return (await axe.run(options)).violations.map(
        found => `${found.id}: ${found.nodes[0].html.slice(0, 120)}`);
}"""
_COLOUR_RULES = ["color-contrast", "link-in-text-block"]
"""All that can differ in another colour scheme."""

# What is wider than the window and does not lie in something that scrolls; what is too small.
_MEASURE = """least => {
    const found = [];
    const scrolls = node => node.closest('.scroll, pre, .cut, svg, .sr, [inert]');
    const shown = {contentVisibilityAuto: true, opacityProperty: true};
    const top = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body;
    for (const node of top.querySelectorAll('*')) {
        const {left, right, width, height} = node.getBoundingClientRect();
        if (!width || !height || !node.checkVisibility(shown)) continue;
        const name = node.outerHTML.slice(0, 90);
        if (!scrolls(node) && (right > innerWidth + 1 || left < -1))
            found.push(`outside, ${Math.round(left)} to ${Math.round(right)}: ${name}`);
        if (!node.matches('button, select, textarea, summary, .choice, .field')) continue;
        if (node.closest('.hit, [inert]')) continue;
        const larger = getComputedStyle(node, '::after').position === 'absolute' ? 12 : 0;
        if (height + larger < least - 0.5 || width < 23.5)
            found.push(`target of ${Math.round(width)} x ${Math.round(height)}: ${name}`);
    }
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) found.push(`page of ${root.scrollWidth} px`);
    return found.slice(0, 5);
}"""


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("width", "schemes", "zoom"),
    [
        (1280, ("light", "dark"), 100),
        (375, ("light", "dark"), 100),
        (320, ("light",), 100),
        (900, ("light",), 100),
        (375, ("light",), 200),
        (1280, ("light",), 200),
    ],
)
async def test_every_state(
    browser: Browser,
    address: str,
    width: int,
    schemes: Sequence[Literal["light", "dark"]],
    zoom: int,
) -> None:
    """`zoom` is the size of text in percent, which WCAG 1.4.4 asks for up to 200."""
    found: dict[tuple[str, str], list[str]] = {}
    with_axe = zoom == 100 and width in (1280, 375)
    context = await browser.new_context(
        viewport={"width": width, "height": 780},
        has_touch=width < 600,
        reduced_motion="reduce",
        bypass_csp=True,
    )
    page = await context.new_page()
    await page.goto(address)
    for state in await page.evaluate("gallery.states"):
        await page.goto("about:blank")
        await page.emulate_media(color_scheme=schemes[0])
        await page.goto(address)
        await page.evaluate(f"gallery.screen.look.setSize({zoom})")
        await page.evaluate(f"gallery.show({state!r})")
        if with_axe:
            await page.evaluate(AXE.read_text("utf-8"))
        for scheme in schemes:
            await page.emulate_media(color_scheme=scheme)
            problems = await page.evaluate(_MEASURE, 44 if width == 375 else 24)
            if with_axe:
                only = None if scheme == schemes[0] else _COLOUR_RULES
                problems += await page.evaluate(_AXE_FINDINGS, only)
            if problems:
                found[state, scheme] = problems
    await context.close()
    assert found == {}
