"""How the window looks: which colours and fonts are in use, the styles made of them, and who
must be repainted when they change.

ttk widgets follow the theme by themselves; everything that Tk itself draws (texts, embedded
frames, images, row heights) is painted by its owner, in a function it leaves here with
`attach`. Knows no window and no intent.
"""

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable
from typing import Any

import ttkbootstrap as tb

from client_mvc.view.style.palette import DARK, LIGHT, Palette
from client_mvc.view.widgets.safe_text import SafeText, emoji_places, xft_draws_emoji

SMALLEST, LARGEST = 6, 32
"""Limits of the text size, in points."""

# Sizes of icons, beside words and alone, at the usual size of the text.
_ICON, _LONE_ICON, _USUAL_SIZE = 14, 17, 10
_FAMILY = "chatroom"
_NAMED_FONTS = ("TkDefaultFont", "TkTextFont", "TkMenuFont", "TkHeadingFont")
_SEVERAL = "Several.List.Treeview"
_EMOJI_FONT = "Noto Color Emoji"


def build_root(*, dark: bool) -> tb.App:
    """The process's one Tk root, in our theme."""
    accents = {
        "success": "#2e9e5b",
        "info": "#2a8fa8",
        "warning": "#d9a21b",
        "danger": "#d1434b",
        "neutral": "#8a94a3",
    }
    # One family in two halves: white on the dark theme's primary, a tint of its anchor, and on
    # the lighter ones under the pointer, would be too faint with the light theme's anchor.
    for mode, primary, palette in (("light", "#3b6fe0", LIGHT), ("dark", "#0f3ba0", DARK)):
        ground = {"background": palette.background, "foreground": palette.foreground}
        options: dict[str, Any] = {**accents, "primary": primary, mode: ground}
        tb.Theme(name=_FAMILY, **options).register()
    return tb.App(title="Chatroom", theme=_theme_name(dark), iconphoto=None)


class Look:
    """The colours and fonts in use, and the painters that follow them.

    `fonts` are live: a new size redraws every widget that uses them.
    """

    def __init__(self, root: tb.App, *, dark: bool, size: int) -> None:
        self.root = root
        self.safe = SafeText(emoji=xft_draws_emoji())
        self.dark = dark
        self.size = _bounded(size)
        self.base = tkfont.nametofont("TkTextFont", root)
        self.bold = tkfont.Font(root, font=self.base)
        self.small = tkfont.Font(root, font=self.base)
        self.title = tkfont.Font(root, font=self.base)
        self.mono = tkfont.Font(root, font=tkfont.nametofont("TkFixedFont", root))
        drawn = root.tk.call("tk", "windowingsystem") == "x11"
        found = drawn and _EMOJI_FONT in tkfont.families(root)
        self.emoji = tkfont.Font(root, font=self.base)
        if found:
            self.emoji.configure(family=_EMOJI_FONT)
        self._painters: dict[str, list[Callable[[], object]]] = {}
        self.palette = LIGHT
        self._take_fonts()
        self._take_colours()
        root.bind_class("TButton", "<FocusIn>", lambda event: self.ring(event.widget), add="+")

    def attach(self, widget: tk.Misc, paint: Callable[[], object]) -> None:
        """Run `paint` now, and again whenever colours or fonts change while `widget` lives."""
        name = str(widget)
        if name not in self._painters:
            self._painters[name] = []

            def forget(event: "tk.Event[tk.Misc]") -> None:
                if event.widget is widget:
                    self._painters.pop(name, None)

            widget.bind("<Destroy>", forget, add="+")
        self._painters[name].append(paint)
        paint()

    def icon(self, widget: tb.Button | tb.Label, name: str) -> None:
        """Put an icon on `widget` that is as large as the text."""
        shown = _ICON if widget.cget("text") else _LONE_ICON
        self.attach(
            widget,
            lambda: widget.configure(
                icon=name, icon_size=round(shown * self.size / _USUAL_SIZE)
            ),
        )

    def set_dark(self, dark: bool) -> None:
        """Light or dark."""
        if dark == self.dark:
            return
        self.dark = dark
        self.root.theme_use(_theme_name(dark))
        self._take_colours()
        self._repaint()

    def set_size(self, size: int) -> None:
        """Text of `size` points."""
        self.size = _bounded(size)
        self._take_fonts()
        self._take_colours()
        self._repaint()

    def px(self, pixels: int) -> int:
        """`pixels` of a 96 dpi screen on this one."""
        scaled: int = tb.scale_size(self.root, pixels)
        return scaled

    def grown(self, pixels: int) -> int:
        """As `px`, of text of the usual size: more where the text is larger."""
        return round(self.px(pixels) * self.size / _USUAL_SIZE)

    def wide(self, characters: int) -> int:
        """The width of so many digits at this size of text, in pixels; the screen has it."""
        most = self.root.winfo_screenwidth() - self.px(64)
        return min(characters * self.base.measure("0"), most)

    @property
    def row_height(self) -> int:
        """Of a line in a list, in pixels."""
        return int(self.base.metrics("linespace") * 1.6)

    def plain_text(self, text: tk.Text) -> None:
        """Colours of a `Text` that stands on the window's ground."""
        palette = self.palette
        text.configure(
            background=palette.background,
            foreground=palette.foreground,
            insertbackground=palette.foreground,
            insertwidth=self.px(1),
            selectbackground=palette.selection,
            selectforeground=palette.foreground,
            inactiveselectbackground=palette.selection,
        )

    def ring(self, button: tk.Misc) -> None:
        """A ring around `button` that is seen when it has the keyboard.

        The theme's own is a dotted hairline. Asked for when a button gets the focus, since the
        theme makes the styles of buttons as they are used, and anew with other colours.
        """
        style, name = self.root.style, str(button.cget("style") or button.winfo_class())
        filled = str(style.lookup(name, "background")) == str(style.colors.primary)
        ring = self.palette.foreground if filled else self.palette.accent
        style.map(
            name,
            bordercolor=_with_focus(style, name, "bordercolor", ring),
            lightcolor=_with_focus(style, name, "lightcolor", ring),
            darkcolor=_with_focus(style, name, "darkcolor", ring),
            relief=_with_focus(style, name, "relief", "raised"),
            # In place of the dotted line.
            focuscolor=_with_focus(
                style, name, "focuscolor", style.lookup(name, "background", ["focus"])
            ),
        )

    def field_text(self, text: tk.Text) -> None:
        """Colours of a `Text` to write in: what is selected shows while it has the focus."""
        self.plain_text(text)
        text.configure(inactiveselectbackground=self.palette.background)
        text.tag_configure("emoji", font=self.emoji)

    def draw_emoji(self, text: tk.Text) -> None:
        """Tag the emoji in a field anew: what is typed between two takes their tags."""
        text.tag_remove("emoji", "1.0", "end")
        written = text.get("1.0", "end-1c")
        for start, end in emoji_places(written):
            text.tag_add("emoji", f"1.0 + {start} chars", f"1.0 + {end} chars")

    def _repaint(self) -> None:
        for paints in list(self._painters.values()):
            for paint in paints:
                paint()
        focus = self.root.focus_get()
        if isinstance(focus, tb.Button):
            self.ring(focus)

    def _take_fonts(self) -> None:
        size = self.size
        for name in _NAMED_FONTS:
            tkfont.nametofont(name, self.root).configure(size=size)
        tkfont.nametofont("TkHeadingFont", self.root).configure(weight="bold")
        self.bold.configure(size=size, weight="bold")
        self.title.configure(size=size + 4, weight="bold")
        self.small.configure(size=max(SMALLEST, size - 1))
        self.mono.configure(size=max(SMALLEST, size - 1))
        self.emoji.configure(size=size)

    def _take_colours(self) -> None:
        style = self.root.style
        self.palette = DARK if self.dark else LIGHT
        _label_styles(style, self.palette, self)
        _ring_styles(style, self.palette)
        _list_styles(style, self.palette, self)
        _banner_styles(style, self.palette, self.px(1))


def _theme_name(dark: bool) -> str:
    return f"{_FAMILY}-dark" if dark else f"{_FAMILY}-light"


def _bounded(size: int) -> int:
    return max(SMALLEST, min(LARGEST, size))


def _with_focus(style: tb.Style, name: str, option: str, value: str) -> list[Any]:
    """The states of `option`, its focused one first. A style with states hides its parent's."""
    states: list[Any] = []
    while name and not states:
        states = list(style.map(name, option) or ())
        name = name.partition(".")[2]
    return [("focus", value), *(each for each in states if each[0] != "focus")]


def _label_styles(style: tb.Style, palette: Palette, look: Look) -> None:
    muted, ground = palette.muted, palette.background
    style.configure("Muted.TLabel", foreground=muted, background=ground, font=look.small)
    style.configure("Problem.TLabel", foreground=palette.problem, background=ground)
    style.configure("Chrome.TFrame", background=palette.chrome)
    style.configure("Chrome.TLabel", foreground=palette.foreground, background=palette.chrome)
    style.configure(
        "Muted.Chrome.TLabel", foreground=muted, background=palette.chrome, font=look.small
    )
    style.configure("Card.TFrame", background=palette.card)
    style.configure(
        "Tooltip.TLabel",
        foreground=palette.foreground,
        background=palette.chrome,
        font=look.small,
        padding=(look.px(8), look.px(4)),
    )
    style.configure("Card.TLabel", foreground=palette.foreground, background=palette.card)
    style.configure("Muted.Card.TLabel", foreground=muted, background=palette.card)


def _ring_styles(style: tb.Style, palette: Palette) -> None:
    """Frames whose border shows where the keyboard is; at rest `Ring` has none to see."""
    for name, ground, rest in (
        ("Ring.TFrame", palette.background, palette.background),
        ("Chrome.Ring.TFrame", palette.chrome, palette.chrome),
        ("Box.TFrame", palette.background, palette.edge),
    ):
        style.configure(
            name,
            background=ground,
            bordercolor=rest,
            lightcolor=ground,
            darkcolor=ground,
            relief="raised",
            borderwidth=2,
        )
        edge = [("focus", palette.accent)]
        style.map(name, bordercolor=edge, lightcolor=edge, darkcolor=edge)


def _list_styles(style: tb.Style, palette: Palette, look: Look) -> None:
    """Lists without a border of their own, with rows as high as the text wants."""
    for name, ground in (
        ("List.Treeview", palette.background),
        (_SEVERAL, palette.background),
        ("Chrome.List.Treeview", palette.chrome),
    ):
        style.configure(
            name,
            background=ground,
            fieldbackground=ground,
            foreground=palette.foreground,
            borderwidth=0,
            rowheight=look.row_height,
            indent=0,
            font=look.base,
        )
        style.map(
            name,
            background=[("selected !focus", palette.line), ("selected", palette.selection)],
            foreground=[("disabled", palette.muted), ("selected", palette.foreground)],
        )
        style.configure(f"{name}.Cell", padding=(look.px(6), 0))
        style.layout(name, [("Treeview.treearea", {"sticky": "nswe"})])
        parts: list[Any] = [
            ("Treeitem.image", {"side": "left"}),
            ("Treeitem.text", {"side": "left"}),
        ]
        style.layout(
            f"{name}.Item", [("Treeitem.padding", {"sticky": "nswe", "children": parts})]
        )
    # Tk gives the focus to one row only: of several selected ones the others would look lost.
    style.map(_SEVERAL, background=[("selected", palette.selection)])
    style.configure("Chrome.List.Treeview.Item", padding=0)
    # The theme makes what a style of its name lacks: nothing is left to be inherited.
    for name in ("List.Treeview", _SEVERAL):
        style.configure(f"{name}.Item", padding=(look.px(7), 0))
        style.configure(
            f"{name}.Heading",
            background=palette.chrome,
            foreground=palette.foreground,
            font="TkHeadingFont",
            padding=(look.px(8), look.px(5)),
            relief="flat",
        )
        style.map(f"{name}.Heading", background=[("active", palette.line)])


def _banner_styles(style: tb.Style, palette: Palette, hairline: int) -> None:
    for kind, (ground, text) in palette.banners.items():
        style.configure(f"{kind}.Banner.TFrame", background=ground)
        style.configure(f"{kind}.Banner.TLabel", background=ground, foreground=text)
        name = f"{kind}.Banner.TButton"
        style.configure(
            name,
            background=ground,
            foreground=text,
            bordercolor=text,
            lightcolor=ground,
            darkcolor=ground,
            focuscolor=text,
            borderwidth=hairline,
            relief="raised",
            padding=(8, 1),
        )
        pressed = [("pressed", text), ("hover", text)]
        style.map(
            name,
            background=pressed,
            lightcolor=pressed,
            darkcolor=pressed,
            foreground=[("pressed", ground), ("hover", ground)],
            focuscolor=[("pressed", ground), ("hover", ground)],
        )
