"""The colours and fonts in use, the ttk styles made of them, and repainting when they change.

ttk widgets follow the theme by themselves. Everything that Tk itself draws (texts, embedded
frames, images, row heights) is painted by a function that its owner registers with `attach`.
"""

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable
from typing import Any

import ttkbootstrap as tb

from client_mvc.view.style.palette import DARK, LIGHT, Palette
from client_mvc.view.style.safe_text import SafeText, emoji_places, xft_draws_emoji

SMALLEST, LARGEST = 6, 32
"""Limits of the text size, in points."""

# Sizes of icons, beside text and alone, at the usual text size in points.
_ICON, _LONE_ICON, _USUAL_SIZE = 14, 17, 10
_FAMILY = "chatroom"
_NAMED_FONTS = ("TkDefaultFont", "TkTextFont", "TkMenuFont", "TkHeadingFont")
_SEVERAL = "Several.List.Treeview"
_EMOJI_FONT = "Noto Color Emoji"


def build_root(*, dark: bool) -> tb.App:
    """Make the only Tk root of the process, with this program's theme."""
    accents = {
        "success": "#2e9e5b",
        "info": "#2a8fa8",
        "warning": "#d9a21b",
        "danger": "#d1434b",
        "neutral": "#8a94a3",
    }
    # Two primary colours: white text on a button of the dark theme, which is a tint of its
    # primary colour and lighter under the pointer, would be too faint with that of the light.
    for mode, primary, palette in (("light", "#3b6fe0", LIGHT), ("dark", "#0f3ba0", DARK)):
        ground = {"background": palette.background, "foreground": palette.foreground}
        options: dict[str, Any] = {**accents, "primary": primary, mode: ground}
        tb.Theme(name=_FAMILY, **options).register()
    return tb.App(title="Chatroom", theme=_theme_name(dark), iconphoto=None)


class Look:
    """The colours and fonts in use, and the functions that repaint widgets with them.

    The fonts are named Tk fonts: a new size redraws every widget that uses them.
    """

    def __init__(self, root: tb.App, *, dark: bool, size: int) -> None:
        self.root = root
        self.safe = SafeText(emoji=xft_draws_emoji())
        self.dark = dark
        self.size = _bounded(size)
        self.base = tkfont.nametofont("TkTextFont", root)
        self.bold = tkfont.Font(root, font=self.base)
        self.italic = tkfont.Font(root, font=self.base)
        self.small = tkfont.Font(root, font=self.base)
        self.small_bold = tkfont.Font(root, font=self.base)
        self.small_italic = tkfont.Font(root, font=self.base)
        self.title = tkfont.Font(root, font=self.base)
        self.mono = tkfont.Font(root, font=tkfont.nametofont("TkFixedFont", root))
        x11 = root.tk.call("tk", "windowingsystem") == "x11"
        self.emoji = tkfont.Font(root, font=self.base)
        if x11 and _EMOJI_FONT in tkfont.families(root):
            self.emoji.configure(family=_EMOJI_FONT)
        self._painters: dict[str, list[Callable[[], object]]] = {}
        self.palette = LIGHT
        self._take_fonts()
        self._take_colours()
        root.bind_class("TButton", "<FocusIn>", lambda event: self.ring(event.widget), add="+")

    def attach(self, widget: tk.Misc, paint: Callable[[], object]) -> None:
        """Call `paint` now and after each change of colours or fonts, while `widget` exists."""
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
        """Show an icon on `widget`, as large as the text."""
        shown = _ICON if widget.cget("text") else _LONE_ICON
        self.attach(
            widget,
            lambda: widget.configure(
                icon=name, icon_size=round(shown * self.size / _USUAL_SIZE)
            ),
        )

    def set_dark(self, dark: bool) -> None:
        """Switch to the light or the dark theme."""
        if dark == self.dark:
            return
        self.dark = dark
        self.root.theme_use(_theme_name(dark))
        self._take_colours()
        self._repaint()

    def set_size(self, size: int) -> None:
        """Set the text size, in points."""
        if (size := _bounded(size)) == self.size:
            return
        self.size = size
        self._take_fonts()
        self._take_colours()
        self._repaint()

    def px(self, pixels: int) -> int:
        """Convert pixels of a 96 dpi screen to pixels of this screen."""
        scaled: int = tb.scale_size(self.root, pixels)
        return scaled

    def grown(self, pixels: int) -> int:
        """Convert as `px` does, in proportion to the text size."""
        return round(self.px(pixels) * self.size / _USUAL_SIZE)

    def wide(self, characters: int) -> int:
        """Return the width of so many digits in pixels, at most the width of the screen."""
        most = self.root.winfo_screenwidth() - self.px(64)
        return min(characters * self.base.measure("0"), most)

    @property
    def row_height(self) -> int:
        """Height of a row of a list, in pixels."""
        return int(self.base.metrics("linespace") * 1.6)

    def plain_text(self, text: tk.Text) -> None:
        """Colour a `Text` as the window."""
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
        """Give `button` a border that clearly shows the keyboard focus.

        The theme's own is a dotted hairline. Called when a button gets the focus, since the
        theme makes the styles of buttons when they are first used, and again with new colours.
        """
        style, name = self.root.style, str(button.cget("style") or button.winfo_class())
        filled = str(style.lookup(name, "background")) == str(style.colors.primary)
        ring = self.palette.foreground if filled else self.palette.accent
        # In the colour of the background the dotted line is invisible.
        dotted = style.lookup(name, "background", ["focus"])
        options = {"relief": "raised", "focuscolor": dotted}
        options |= dict.fromkeys(("bordercolor", "lightcolor", "darkcolor"), ring)
        states: dict[str, Any] = {
            option: _with_focus(style, name, option, value) for option, value in options.items()
        }
        style.map(name, **states)

    def field_text(self, text: tk.Text) -> None:
        """Colour an editable `Text`; its selection is visible only with the focus."""
        self.plain_text(text)
        text.configure(inactiveselectbackground=self.palette.background)
        text.tag_configure("emoji", font=self.emoji)

    def draw_emoji(self, text: tk.Text) -> None:
        """Tag the emoji of a field again: Tk gives text typed between two emoji their tags."""
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
        self.italic.configure(size=size, slant="italic")
        self.title.configure(size=size + 4, weight="bold")
        self.small.configure(size=max(SMALLEST, size - 1))
        self.small_bold.configure(size=max(SMALLEST, size - 1), weight="bold")
        self.small_italic.configure(size=max(SMALLEST, size - 1), slant="italic")
        self.mono.configure(size=max(SMALLEST, size - 1))
        self.emoji.configure(size=size)

    def _take_colours(self) -> None:
        style = self.root.style
        self.palette = DARK if self.dark else LIGHT
        _label_styles(style, self.palette, self)
        _ring_styles(style, self.palette)
        _list_styles(style, self.palette, self)
        _banner_styles(style, self.palette, self.px(1))
        _held_style(style, self.palette)


def _theme_name(dark: bool) -> str:
    return f"{_FAMILY}-dark" if dark else f"{_FAMILY}-light"


def _bounded(size: int) -> int:
    return max(SMALLEST, min(LARGEST, size))


def _with_focus(style: tb.Style, name: str, option: str, value: str) -> list[Any]:
    """Put the focused state of `option` before its others, of the style or its parents."""
    states: list[Any] = []
    while name and not states:
        states = list(style.map(name, option) or ())
        name = name.partition(".")[2]
    return [("focus", value), *(each for each in states if each[0] != "focus")]


def _label_styles(style: tb.Style, palette: Palette, look: Look) -> None:
    text, muted = palette.foreground, palette.muted
    ground, chrome, card = palette.background, palette.chrome, palette.card
    style.configure("Chrome.TFrame", background=chrome)
    style.configure("Card.TFrame", background=card)
    for name, colour, background in (
        ("Muted.TLabel", muted, ground),
        ("Problem.TLabel", palette.problem, ground),
        ("Chrome.TLabel", text, chrome),
        ("Muted.Chrome.TLabel", muted, chrome),
        ("Problem.Chrome.TLabel", palette.problem, chrome),
        ("Card.TLabel", text, card),
        ("Muted.Card.TLabel", muted, card),
        ("Problem.Card.TLabel", palette.problem, card),
        ("Tooltip.TLabel", text, chrome),
    ):
        style.configure(name, foreground=colour, background=background)
    for name in ("Muted.TLabel", "Muted.Chrome.TLabel", "Problem.Chrome.TLabel"):
        style.configure(name, font=look.small)
    for name in ("Muted.Card.TLabel", "Problem.Card.TLabel", "Tooltip.TLabel"):
        style.configure(name, font=look.small)
    style.configure("Tooltip.TLabel", padding=(look.px(8), look.px(4)))


def _ring_styles(style: tb.Style, palette: Palette) -> None:
    """Style the frames whose border shows the focus; that of `Ring` is invisible without it."""
    for name, ground, border in (
        ("Ring.TFrame", palette.background, palette.background),
        ("Chrome.Ring.TFrame", palette.chrome, palette.chrome),
        ("Box.TFrame", palette.background, palette.edge),
    ):
        style.configure(
            name,
            background=ground,
            bordercolor=border,
            lightcolor=ground,
            darkcolor=ground,
            relief="raised",
            borderwidth=2,
        )
        edge = [("focus", palette.accent)]
        style.map(name, bordercolor=edge, lightcolor=edge, darkcolor=edge)


def _list_styles(style: tb.Style, palette: Palette, look: Look) -> None:
    """Style lists: without a border of their own, with rows that fit the text."""
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
    # Tk focuses one row only: without this the other selected rows would look unselected. In
    # the list of members a note is selected with its name.
    for name in (_SEVERAL, "Chrome.List.Treeview"):
        style.map(name, background=[("selected", palette.selection)])
    style.configure("Chrome.List.Treeview.Item", padding=0)
    # The theme defines what a style lacks, so nothing is inherited from the parent style.
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


def _held_style(style: tb.Style, palette: Palette) -> None:
    """Style a disabled button whose text, a time left, has to be read."""
    name = "Held.TButton"
    style.configure(name, background=palette.chrome, foreground=palette.muted, relief="raised")
    style.configure(name, bordercolor=palette.line)
    ground = [("disabled", palette.chrome)]
    style.map(
        name,
        foreground=[("disabled", palette.muted)],
        background=ground,
        bordercolor=[("disabled", palette.line)],
        lightcolor=ground,
        darkcolor=ground,
    )
