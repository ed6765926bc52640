"""All colours of the window, light and dark."""

from dataclasses import dataclass
from typing import Literal

type BannerKind = Literal["warning", "good", "info"]
type InkKind = Literal["comment", "keyword", "string", "number", "name", "deleted"]


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours that ttkbootstrap's theme does not define; `names` are for members' names.

    `chrome` is the background of the top bar and the member list, `card` that of a file card,
    `code` that of code in a message, whose pieces have the `code_inks`.
    Text has a contrast of at least 4.5:1 on its background (WCAG 2.2, 1.4.3).
    """

    background: str
    chrome: str
    card: str
    code: str
    foreground: str
    muted: str
    link: str
    accent: str
    line: str
    edge: str
    selection: str
    mention: str
    problem: str
    active: str
    away: str
    banners: dict[BannerKind, tuple[str, str]]
    names: tuple[str, ...]
    code_inks: dict[InkKind, str]


LIGHT = Palette(
    background="#ffffff",
    chrome="#f5f6f8",
    card="#f4f6f9",
    code="#e3e7ee",
    foreground="#1f2530",
    muted="#5c6675",
    link="#1a56c4",
    accent="#2f59b3",
    line="#d9dee6",
    edge="#838d9c",
    selection="#bcd3fb",
    mention="#fff4d6",
    problem="#b3261e",
    active="#25834b",
    away="#d9a21b",
    banners={
        "warning": ("#fff4d6", "#5e4700"),
        "good": ("#dff3e4", "#1d5230"),
        "info": ("#e4ecfb", "#234a8a"),
    },
    names=(
        "#b3261e",
        "#8a4b00",
        "#2e6b2e",
        "#00687a",
        "#1f5fbf",
        "#7b3fb5",
        "#a1286b",
        "#5b5f00",
        "#00705a",
        "#5146d8",
        "#6e4a3a",
        "#a8209c",
    ),
    code_inks={
        "comment": "#566072",
        "keyword": "#7a35b0",
        "string": "#226127",
        "number": "#8a4b00",
        "name": "#1a56b0",
        "deleted": "#a8221b",
    },
)

DARK = Palette(
    background="#1c1f25",
    chrome="#23272e",
    card="#262a32",
    code="#31363f",
    foreground="#e4e7ec",
    muted="#9aa3b0",
    link="#8ab4f8",
    accent="#7ea2f0",
    line="#363b45",
    edge="#6f7989",
    selection="#2f4a78",
    mention="#3a3218",
    problem="#ff8a80",
    active="#58b17e",
    away="#e1b549",
    banners={
        "warning": ("#43370f", "#ffe08a"),
        "good": ("#1b3a28", "#9fe0b5"),
        "info": ("#22304d", "#a9c6fb"),
    },
    names=(
        "#ff8a80",
        "#ffb870",
        "#8fd694",
        "#6fd3e6",
        "#8ab4f8",
        "#cba6f7",
        "#f5a3cf",
        "#d7d35f",
        "#45d0a5",
        "#9d9cff",
        "#dcc3ae",
        "#f08cf0",
    ),
    code_inks={
        "comment": "#a3abb8",
        "keyword": "#cba6f7",
        "string": "#8fd694",
        "number": "#ffb870",
        "name": "#8ab4f8",
        "deleted": "#ff9a91",
    },
)
