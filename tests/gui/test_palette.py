"""Both palettes have the contrast that WCAG requires. Needs no window."""

from itertools import product

import pytest

from client_mvc.view.contract.items import COLOURS
from client_mvc.view.style.palette import DARK, LIGHT, Palette
from tests.gui.wcag import contrast


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_has_contrast_on_its_background(palette: Palette) -> None:
    ground = palette.background
    pairs = [
        *product((palette.foreground, palette.muted), (ground, palette.chrome, palette.card)),
        *product((palette.link, palette.problem), (ground,)),
        # Quotes and headings stand on the grounds of a message, pins and members on chrome.
        *product(
            palette.names,
            (ground, palette.chrome, palette.card, palette.mention, palette.banners["info"][0]),
        ),
        *product(
            (palette.foreground, palette.link, palette.muted, *palette.code_inks.values()),
            (palette.code,),
        ),
        # Markup, links and outgoing messages in code, and in a message with a mention.
        *product((palette.foreground, palette.link, palette.muted), (palette.mention,)),
        (palette.link, palette.card),
        # A selection has this text colour, with and without the focus.
        *product((palette.foreground,), (palette.selection, palette.line)),
        (palette.background, palette.accent),
        *((text, banner) for banner, text in palette.banners.values()),
    ]
    faint = {pair: contrast(*pair) for pair in pairs if contrast(*pair) < 4.5}
    assert not faint


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_the_focus_border_has_contrast(palette: Palette) -> None:
    assert contrast(palette.accent, palette.background) >= 3
    assert contrast(palette.accent, palette.chrome) >= 3


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_members_have_different_colours(palette: Palette) -> None:
    assert len(set(palette.names)) == COLOURS
