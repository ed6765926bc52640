"""The conversation as it changes: in place, folding, the ground of a mention, new messages."""

import os
from collections.abc import Callable
from dataclasses import replace

import pytest
from PIL import ImageColor, ImageGrab

from client_mvc.view.contract.items import Extras, Message, Notice, Quote
from client_mvc.view.messages import unread_line
from client_mvc.view.messages.message_view import MessageView
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.contents import BOBS_CARD, CHIPS, HEAD, at, phrase, said, seen
from tests.gui.driver import Driver

pytestmark = pytest.mark.gui


# --- changes in place --------------------------------------------------------------------


def test_reactions_to_a_file_leave_its_card_where_it_is(
    view: MessageView, driver: Driver
) -> None:
    view.append([said(1), BOBS_CARD, said(2)])
    card = view.cards[0]
    view.change([(1, replace(BOBS_CARD, extras=Extras("10:00", chips=CHIPS)))])
    assert view.cards[0] is card
    assert card.winfo_exists()
    driver.root.update()
    driver.click(view.text, at=at(view, "4.0"))
    view.change([(1, BOBS_CARD)])
    assert view.text.get("1.0", "end-1c") == "message 1\n10:00\tbob\n\nmessage 2\n"


@pytest.mark.parametrize("top", [5, 14, 30])
def test_changes_do_not_move_the_view(view: MessageView, driver: Driver, top: int) -> None:
    view.append([said(seq) for seq in range(1, 200)])
    view.show_place(top, mark=False)
    driver.root.update()
    # A message that does not change, the first one below those that do and are at the top.
    held = {5: "message 6\n", 14: "message 16\n", 30: "message 31\n"}[top]
    before = phrase(view, held)
    quote = Quote(1, "ann", 2, "message 1")
    last = 15 if top == 14 else 20
    longer = f"longer {'word ' * 60}"
    view.change(
        [(at, said(at + 1, longer, chips=CHIPS, quote=quote)) for at in range(10, last)]
    )
    driver.root.update()
    assert phrase(view, held) == before
    view.change([(at, said(at + 1)) for at in range(10, last)])
    driver.root.update()
    assert phrase(view, held) == before
    expected = "".join(f"message {seq}\n" for seq in range(1, 200))
    assert view.text.get("1.0", "end-1c") == expected


def test_marks_stay_right_through_all_changes(view: MessageView) -> None:
    view.append([said(1), said(2), said(3)])
    for change in (
        [(2, said(3, chips=CHIPS))],
        [(0, said(1, "a\nb\nc")), (1, said(2, chips=CHIPS))],
        [(1, said(2, quote=Quote(1, "ann", 0, "a")))],
        [(2, said(3))],
    ):
        view.change(change)
        for seq in (1, 2, 3):
            row = view._buffer.row_of(seq)
            assert row is not None
            line = view._buffer.part(row, "body")
            text = "a" if seq == 1 and row.lines > 2 else f"message {seq}"
            assert view.text.get(f"{line}.0", f"{line}.end") == text
    view.prepend([said(0, "first")])
    view.append([said(4)])
    view.drop(oldest=1, newest=1)
    assert [row.seq for row in view._buffer.rows] == [1, 2, 3]
    assert view.text.get("1.0", "1.end") == "a"
    assert "item" not in " ".join(
        name for name in view.text.mark_names() if view.text.compare(name, ">", "tail")
    )


# --- folding -----------------------------------------------------------------------------


def test_a_long_message_unfolds_and_folds(
    view: MessageView, window: ChatWindow, driver: Driver
) -> None:
    long = "\n".join(f"line {number}" for number in range(1, 23))
    view.append([said(1, long), said(2)])
    assert "line 12\nShow 10 more lines\nmessage 2" in seen(window)
    driver.click(view.text, at=phrase(view, "Show 10"))
    assert "line 22\nShow less\nmessage 2" in seen(window)
    driver.click(view.text, at=phrase(view, "Show less"))
    assert "line 12\nShow 10 more lines\nmessage 2" in seen(window)
    view.change([(0, said(1, long + "\nline 23"))])
    assert "line 12\nShow 11 more lines\nmessage 2" in seen(window)


def test_a_long_paragraph_is_folded_within_its_line(
    view: MessageView, window: ChatWindow
) -> None:
    view.append([said(1, "word " * 400), said(2)])
    line = view.text.get("1.0", "1.end")
    assert seen(window).startswith("word " * 240 + "\nShow 8 more lines\nmessage 2")
    assert line == "word " * 400


def test_a_hit_in_folded_lines_unfolds_them(view: MessageView, window: ChatWindow) -> None:
    long = "\n".join(f"line {number}" for number in range(1, 23))
    view.append([said(1, long)])
    assert view.highlights.mark("line 17") == 1
    view.show_found(0)
    assert "line 17" in seen(window)
    assert view.text.dlineinfo(view.text.search("line 17", "1.0"))


@pytest.mark.parametrize("how", ["click", "Return"])
def test_a_notice_opens_and_stays_open_when_it_changes(
    view: MessageView, window: ChatWindow, driver: Driver, how: str
) -> None:
    notice = Notice("10:00", "ann and ben joined", ("ann joined", "ben joined"), 5 + len(how))
    view.append([notice, said(2)])
    assert "▸ ann and ben joined\nmessage 2" in seen(window)
    if how == "click":
        driver.click(view.text, at=phrase(view, "ann and"))
    else:
        driver.focus(view.text)
        driver.key("Tab", "Return")
    driver.until(lambda: "▾ ann and ben joined\n\tann joined\n" in seen(window))
    more = replace(notice, text="3 joined", more=(*notice.more, "cleo joined"))
    view.change([(0, more)])
    assert "▾ 3 joined\n\tann joined\n\tben joined\n\tcleo joined\nmessage 2" in seen(window)


# --- the ground of a mention -------------------------------------------------------------


def strips(view: MessageView, row: int) -> list[set[tuple[int, ...]]]:
    """Return the colours of a message at its left edge and at its right edge, from top to
    bottom.
    """
    view.update()
    text = view.text
    start, end = view._buffer.ends(row)
    first, last = text.dlineinfo(start), text.dlineinfo(f"{end} - 1 char")
    assert first
    assert last
    top, bottom = text.winfo_rooty() + first[1], text.winfo_rooty() + last[1] + last[3]
    left, right = text.winfo_rootx() + 2, text.winfo_rootx() + text.winfo_width() - 3
    text.winfo_pointerxy()  # the X server answers this after it has drawn
    picture = ImageGrab.grab((left, top, right, bottom), xdisplay=os.environ["DISPLAY"])
    return [
        {picture.getpixel((x, y)) for y in range(picture.height)}  # type: ignore[misc]
        for x in (0, picture.width - 1)
    ]


@pytest.mark.parametrize(
    "item",
    [
        said(2, "ann: one\ntwo\nthree"),
        said(2, "ann, a long line " * 20),
        said(2, "ann", edited="Edited at 10:14", pinned=True),
        said(2, "ann", chips=CHIPS, quote=Quote(1, "ann", 3, "message 1")),
        said(2, "ann", quote=Quote(1, "ann", 3, "message deleted", gone=True)),
        said(2, "ann\n" * 20, edited="Edited at 10:14", chips=CHIPS),
        said(2, "ann שלום עולם", edited="Edited at 10:14", pinned=True),
        said(2, "ann ```py\nx = 1\n``` and"),
        replace(said(2, "ann"), heading=HEAD),
    ],
)
@pytest.mark.parametrize("live", [True, False])
def test_the_ground_of_a_mention_has_no_hole(
    view: MessageView, item: Message, live: bool
) -> None:
    view.append([said(1), replace(item, mention=True), said(3)])
    if not live:
        # Its parts are written one by one.
        view.change([(1, said(2))])
        view.change([(1, replace(item, mention=True))])
    start, end = view._buffer.ends(1)
    assert [str(each) for each in view.text.tag_ranges("mention")] == [start, end]
    ground = ImageColor.getrgb(view._look.palette.mention)
    assert strips(view, 1) == [{ground}, {ground}]
    view.change([(1, said(2))])
    assert not view.text.tag_ranges("mention")


def test_the_ground_of_a_place_goes_from_edge_to_edge(view: MessageView) -> None:
    view.append([said(1), said(2, "one\ntwo", chips=CHIPS), said(3)])
    view.show_place(1, mark=True)
    ground = ImageColor.getrgb(view._look.palette.mention)
    assert strips(view, 1) == [{ground}, {ground}]


# --- new messages ------------------------------------------------------------------------


def away_and_back(view: MessageView, driver: Driver) -> None:
    view.append([said(seq) for seq in range(1, 100)])
    driver.focus(view.text)
    driver.key("Prior")
    view.append([said(200)])
    driver.until(view.down.winfo_ismapped)


def test_the_line_goes_after_a_while_at_the_end(
    view: MessageView, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unread_line, "GOES_AFTER", 300)
    away_and_back(view, driver)
    assert view.text.tag_ranges("unread")
    view.to_bottom()
    view.reader(present=False)  # another window is in front
    done: list[Callable[[], None] | bool] = []
    driver.root.after(500, lambda: done.append(True))
    driver.until(lambda: done)
    assert view.text.tag_ranges("unread")
    view.reader(present=True)
    driver.until(lambda: not view.text.tag_ranges("unread"))
    assert view.text.dlineinfo("end-1c") is not None


def test_an_answer_removes_the_line(view: MessageView, driver: Driver) -> None:
    away_and_back(view, driver)
    view.answered()
    assert "New messages" not in view.text.get("1.0", "end")
    assert view._buffer.rows[-1].seq == 200
