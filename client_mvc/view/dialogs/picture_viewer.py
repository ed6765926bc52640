"""The window that shows a shared picture: as a whole, or each of its pixels, or larger.

The picture is decoded on a thread. Of a large one only the part in view is made for Tk, in the
size of the window: a whole picture of 12 megapixels would take 80 MiB there.
"""

import tkinter as tk
from collections.abc import Callable
from functools import partial
from pathlib import Path

import ttkbootstrap as tb
from PIL import Image, ImageTk

from client_mvc.i18n.translate import _, marked
from client_mvc.view.contract.windows import PictureView
from client_mvc.view.dialogs.child_window import ChildWindow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing, pictures, shortcuts
from client_mvc.view.widgets.delayed_call import DelayedCall
from client_mvc.view.widgets.flow_layout import FlowFrame, clipped
from client_mvc.view.widgets.icon_button import icon_button
from client_mvc.view.widgets.wheel import WHEEL, direction
from client_mvc.view.widgets.worker import Worker

_STEP = 1.25
_SMALLEST, _LARGEST = 0.02, 8.0  # of the picture's own size
_SHARE = 0.8  # of the screen, at first
_SHARP_AFTER = 120  # milliseconds after the last move
_PAN = 0.2  # of the window, by an arrow key
_NAME_WIDTH = 260
_LOADING = marked("Loading…")
_UNREADABLE = marked("This picture cannot be shown. Save it to open it elsewhere.")
_NOT_COPIED = marked("This system cannot copy pictures. Save it instead.")


class PictureViewer(ChildWindow):
    """Shows one picture after the other, now `shown`; `view` is a canvas with a part of it.

    Args:
        look: The colours and fonts.
        closed: Is called to close the window.
        step: Is called to go to the next picture (1) or to the one before (-1).
        save: Is called to save the picture.
        copy: Puts a PNG on the clipboard; raises `tk.TclError` where that does not work.
    """

    def __init__(
        self,
        look: Look,
        closed: Callable[[], None],
        *,
        step: Callable[[int], None],
        save: Callable[[], None],
        copy: Callable[[bytes], None],
    ) -> None:
        super().__init__(look, _("Picture"), closed)
        self._copy_png = copy
        self.shown: PictureView | None = None
        self._picture: Image.Image | None = None
        self._photo: ImageTk.PhotoImage | None = None
        self.scale = 1.0
        self._fits = True
        self._centre = (0.5, 0.5)  # of the view, as parts of the picture
        self._dragged: tuple[int, int] | None = None
        self._decoding = Worker(self)
        self._sharpening = DelayedCall(self, partial(self._draw, Image.Resampling.LANCZOS))
        px = look.px
        self.minsize(px(360), px(240))
        self._build_foot(closed, step, save)
        self.view = tk.Canvas(
            self, highlightthickness=0, borderwidth=0, takefocus=True, cursor="fleur"
        )
        self.view.pack(fill="both", expand=True)
        self._bind_keys(step, save)
        self._bind_mouse()
        look.attach(self.view, self._paint)

    @property
    def has_picture(self) -> bool:
        """Whether a picture is on screen."""
        return self._photo is not None

    def show(self, picture: PictureView, *, lift: bool) -> None:
        """Show this picture, or what is known of it now. `lift`: open the window."""
        before, self.shown = self.shown, picture
        safe = self.look.safe
        self.title(safe.line(picture.name))
        name = clipped(safe.line(picture.name), self.look.small, self.look.grown(_NAME_WIDTH))
        self.facts.configure(text="  ·  ".join(filter(None, (name, safe.line(picture.facts)))))
        for button, possible in ((self.previous, picture.before), (self.next, picture.after)):
            button.state(["!disabled" if possible else "disabled"])
        if before is None or picture.file_id != before.file_id:
            self._picture, self._fits = None, True
        if picture.path is not None and (before is None or picture.path != before.path):
            path = picture.path
            self._decoding.run(lambda: pictures.whole(path), partial(self._decoded, path))
        if picture.problem:
            self._picture = None
        self._say_state()
        if lift:
            if not self.winfo_viewable():
                self._size_window()
            self.appear(self.view)
        self._draw()

    # --- the picture ---------------------------------------------------------------------

    def _decoded(self, path: Path, picture: Image.Image | None) -> None:
        if self.shown is None or path != self.shown.path:
            return  # the person went on meanwhile
        self._picture = picture
        self._say_state(problem=_(_UNREADABLE) if picture is None else "")
        if self._fits:
            self.fit()
        else:
            self._draw()

    def fit(self) -> None:
        """Show the whole picture, no larger than it is."""
        self._fits, self._centre = True, (0.5, 0.5)
        self._draw()

    def zoom(self, scale: float, at: tuple[int, int] | None = None) -> None:
        """Show the picture in `scale` of its own size; the point `at` of the view stays."""
        picture = self._picture
        if picture is None:
            return
        x, y = at or (self.view.winfo_width() // 2, self.view.winfo_height() // 2)
        aside, down = x - self.view.winfo_width() / 2, y - self.view.winfo_height() / 2
        old, scale = self.scale, max(_SMALLEST, min(scale, _LARGEST))
        move = 1 / old - 1 / scale
        self.scale, self._fits = scale, False
        self._centre = (
            self._centre[0] + aside * move / picture.width,
            self._centre[1] + down * move / picture.height,
        )
        self._draw()

    def pan(self, right: float, down: float) -> None:
        """Move the view over the picture by so many pixels of the screen."""
        if self._picture is None:
            return
        self._centre = (
            self._centre[0] + right / self.scale / self._picture.width,
            self._centre[1] + down / self.scale / self._picture.height,
        )
        self._draw()

    def _draw(self, quality: Image.Resampling = Image.Resampling.BILINEAR) -> None:
        picture, view = self._picture, self.view
        wide, high = view.winfo_width(), view.winfo_height()
        view.delete("all")
        if picture is None or wide <= 1:
            self._photo = None
            self.percent.configure(text="")
            return
        if self._fits:
            self.scale = min(1.0, wide / picture.width, high / picture.height)
        self._centre = tuple(  # type: ignore[assignment]
            _bounded(centre, room / self.scale / size)
            for centre, room, size in zip(self._centre, (wide, high), picture.size, strict=True)
        )
        # The part of the picture that is in view, and its size on screen.
        across, along = (
            min(picture.width, wide / self.scale),
            min(picture.height, high / self.scale),
        )
        left = self._centre[0] * picture.width - across / 2
        top = self._centre[1] * picture.height - along / 2
        box = (left, top, min(left + across, picture.width), min(top + along, picture.height))
        size = max(1, round(across * self.scale)), max(1, round(along * self.scale))
        if self.scale >= 2:
            quality = Image.Resampling.NEAREST  # each pixel is to be seen
        part = picture.resize(size, quality, box=_inside(box), reducing_gap=2.0)
        self._photo = ImageTk.PhotoImage(part, master=self)
        view.create_image(wide // 2, high // 2, image=self._photo)
        self.percent.configure(text=f"{round(self.scale * 100)}%")
        if quality == Image.Resampling.BILINEAR:
            self._sharpening.after(_SHARP_AFTER)

    def _say_state(self, problem: str = "") -> None:
        """Say over the empty view why there is no picture."""
        shown = self.shown
        if shown is None:
            return
        text = self.look.safe.text(shown.problem) or problem
        if not text and self._picture is None:
            text = _(_LOADING)
        self.message.configure(text=text)
        if text:
            self.message.place(in_=self.view, relx=0.5, rely=0.5, anchor="center")
            self.message.lift()
        else:
            self.message.place_forget()

    def _size_window(self) -> None:
        """Begin with most of the screen: the size of the picture is not known yet."""
        wide = int(self.winfo_screenwidth() * _SHARE)
        high = int(min(self.winfo_screenheight() * _SHARE, wide * 0.75))
        self.view.configure(width=wide, height=high - self._foot.winfo_reqheight())

    # --- what the member does ------------------------------------------------------------

    def _bind_keys(self, step: Callable[[int], None], save: Callable[[], None]) -> None:
        for keys, do in (
            (("<Left>", "<Prior>", "<BackSpace>"), partial(step, -1)),
            (("<Right>", "<Next>", "<space>"), partial(step, 1)),
            (("<plus>", "<equal>", "<KP_Add>"), partial(self._zoom_by, _STEP)),
            (("<minus>", "<KP_Subtract>"), partial(self._zoom_by, 1 / _STEP)),
            (("<Key-1>", "<KP_1>"), partial(self.zoom, 1.0)),
            (("<Key-0>", "<KP_0>", "<f>"), self.fit),
            (("<Up>",), partial(self._pan_by, 0, -1)),
            (("<Down>",), partial(self._pan_by, 0, 1)),
            (("<Shift-Left>",), partial(self._pan_by, -1, 0)),
            (("<Shift-Right>",), partial(self._pan_by, 1, 0)),
        ):
            editing.on_keys(self.view, keys, do)
        # These do something else in the main window: its bindings must not see them.
        editing.on_keys(self, [shortcuts.event("Ctrl+S")], save)
        editing.on_keys(self, [shortcuts.event("Ctrl+C"), "<<Copy>>"], self._copy)

    def _bind_mouse(self) -> None:
        view = self.view
        for sequence in WHEEL:
            view.bind(sequence, self._wheel)
        view.bind("<Button-1>", self._grab)
        view.bind("<B1-Motion>", self._drag)
        view.bind("<Double-1>", self._double_clicked)
        view.bind("<Configure>", lambda _: self._draw())

    def _wheel(self, event: "tk.Event[tk.Misc]") -> None:
        self.zoom(self.scale * _STEP ** -direction(event), (event.x, event.y))

    def _grab(self, event: "tk.Event[tk.Misc]") -> None:
        self.view.focus_set()
        self._dragged = event.x, event.y

    def _drag(self, event: "tk.Event[tk.Misc]") -> None:
        if self._dragged is not None:
            self.pan(self._dragged[0] - event.x, self._dragged[1] - event.y)
            self._dragged = event.x, event.y

    def _double_clicked(self, event: "tk.Event[tk.Misc]") -> None:
        if self._fits:
            self.zoom(1.0, (event.x, event.y))
        else:
            self.fit()

    def _zoom_by(self, factor: float) -> None:
        self.zoom(self.scale * factor)

    def _pan_by(self, right: int, down: int) -> None:
        self.pan(right * _PAN * self.view.winfo_width(), down * _PAN * self.view.winfo_height())

    def _copy(self) -> None:
        if (picture := self._picture) is not None:
            self._decoding.run(lambda: pictures.as_png(picture, level=1), self._copied)

    def _copied(self, png: bytes | None) -> None:
        try:
            self._copy_png(png or b"")
        except tk.TclError:
            self.facts.configure(text=_(_NOT_COPIED))

    # --- parts ---------------------------------------------------------------------------

    def _build_foot(
        self, closed: Callable[[], None], step: Callable[[int], None], save: Callable[[], None]
    ) -> None:
        look, px = self.look, self.look.px
        self._foot = foot = FlowFrame(self, look, gap=6)
        foot.pack(side="bottom", fill="x", padx=px(12), pady=px(8))
        self.previous = icon_button(
            foot, look, "chevron-left", partial(step, -1), _("Picture before"), key=_("Left")
        )
        self.next = icon_button(
            foot, look, "chevron-right", partial(step, 1), _("Next picture"), key=_("Right")
        )
        smaller, larger = partial(self._zoom_by, 1 / _STEP), partial(self._zoom_by, _STEP)
        self.smaller = icon_button(foot, look, "zoom-out", smaller, _("Smaller"), key="-")
        self.percent = tb.Label(foot, style="Muted.TLabel", width=6, anchor="center")
        self.larger = icon_button(foot, look, "zoom-in", larger, _("Larger"), key="+")
        self.whole = icon_button(
            foot, look, "arrows-angle-contract", self.fit, _("Whole picture"), key="0"
        )
        self.full = tb.Button(
            foot, text="1:1", bootstyle="ghost", command=partial(self.zoom, 1.0)
        )
        self.facts = tb.Label(foot, style="Muted.TLabel")
        self.copy = icon_button(foot, look, "clipboard", self._copy, _("Copy"), key=_("Ctrl+C"))
        self.save = tb.Button(foot, text=_("Save…"), command=save)
        look.icon(self.save, "download")
        self.close = tb.Button(foot, text=_("Close"), command=closed)
        foot.add(self.previous, self.next, self.smaller, self.percent, self.larger)
        foot.add(self.whole, self.full, self.facts)
        foot.add(self.copy, self.save, self.close, side="right")
        self.message = tb.Label(self, style="Muted.TLabel", justify="center")

    def _paint(self) -> None:
        self.view.configure(background=self.look.palette.chrome)
        self.message.configure(background=self.look.palette.chrome)


def _bounded(centre: float, seen: float) -> float:
    """Keep the view on the picture; `seen` is how much of it there is room for."""
    return 0.5 if seen >= 1 else max(seen / 2, min(centre, 1 - seen / 2))


def _inside(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Take rounding errors from a box: Pillow refuses one that leaves the picture."""
    left, top, right, bottom = box
    return max(0.0, left), max(0.0, top), right, bottom
