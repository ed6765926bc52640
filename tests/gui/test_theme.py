from itertools import product

import pytest

from client_mvc.view.contract import COLOURS
from client_mvc.view.theme import DARK, LIGHT, Palette


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_can_be_read_on_its_ground(palette: Palette) -> None:
    ground = palette.background
    pairs = [
        *product((palette.foreground, palette.muted), (ground, palette.chrome, palette.card)),
        *product((palette.link, palette.problem, *palette.names), (ground,)),
        *product((palette.foreground, palette.link), (palette.mention,)),
        (palette.foreground, palette.selection),
        *((text, banner) for banner, text in palette.banners.values()),
    ]
    faint = {pair: _contrast(*pair) for pair in pairs if _contrast(*pair) < 4.5}
    assert not faint


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_the_focus_ring_is_seen(palette: Palette) -> None:
    assert _contrast(palette.accent, palette.background) >= 3
    assert _contrast(palette.accent, palette.chrome) >= 3


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_members_have_different_colours(palette: Palette) -> None:
    assert len(set(palette.names)) == COLOURS
