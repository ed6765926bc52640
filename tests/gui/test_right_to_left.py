"""Right-to-left messages on screen: lines, width, copies, search, links; and hidden marks."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from client_mvc.text.right_to_left import one_line
from client_mvc.view.contract.items import (
    DeletedMessage,
    Extras,
    Heading,
    HiddenMessage,
    Message,
    Notice,
    Pending,
)
from client_mvc.view.contract.values import Banner, MemberRow, ResultRow, Results, RoomRules
from client_mvc.view.messages.message_view import MessageView
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.contents import at, said, seen
from tests.gui.driver import Driver, Recorder

pytestmark = pytest.mark.gui

LONG = "שלום לכולם, זה מסר ארוך בעברית (כולל hello world ומספרים 123) בתוך חלון משתנה! " * 4
LONG = LONG.strip()


@pytest.fixture
def view(window: ChatWindow) -> MessageView:
    return window.messages


def lines(view: MessageView) -> list[str]:
    """Return the lines as they are drawn, each of which has to fit."""
    view.update()
    shown = view.text.get("1.0", "end-1c").split("\n")[:-1]
    for number in range(1, len(shown) + 1):
        places = [view.text.bbox(f"{number}.{column}") for column in (0, "end - 1 char")]
        tops = [place[1] for place in places if place]
        assert not tops or max(tops) - min(tops) < 10, (
            f"line {number} is wrapped by Tk: {shown[number - 1]}"
        )
    return shown


def right(view: MessageView, index: str) -> int:
    """Return the right edge of the character at `index`."""
    x, _y, wide, _high = view.text.bbox(index) or pytest.fail(f"{index} is not on screen")
    return int(x + wide)


def selected(view: MessageView, start: str, end: str) -> Callable[[], str]:
    view.text.tag_remove("sel", "1.0", "end")
    view.text.tag_add("sel", start, end)
    return view.actions._menu._copying.selected


def found(view: MessageView, tag: str = "found") -> list[str]:
    ends = [str(each) for each in view.text.tag_ranges(tag)]
    return [view.text.get(*pair) for pair in zip(ends[::2], ends[1::2], strict=True)]


def test_a_paragraph_begins_at_the_right_and_fills_its_lines(view: MessageView) -> None:
    view.append([said(1, LONG), said(2, "plain")])
    shown = lines(view)
    assert len(shown) > 3
    assert shown[0].endswith(one_line("שלום לכולם"))
    assert shown[-2].startswith("!")
    edges = {right(view, f"{number}.end - 1 char") for number in range(1, len(shown))}
    assert max(edges) - min(edges) <= 2
    assert view.text.winfo_width() - max(edges) < 30
    assert right(view, f"{len(shown)}.end - 1 char") < 200


def test_words_in_a_paragraph_from_left_to_right(view: MessageView) -> None:
    view.append([said(1, "the word שלום (hello)\nand מרחב")])
    assert lines(view) == ["the word םולש (hello)", "and בחרמ"]
    assert view.text.dlineinfo("1.0")[0] < 100  # type: ignore[index]


def test_code_stays_as_it_is(view: MessageView, window: ChatWindow) -> None:
    view.append([said(1, "ראה:\n```\nx = 'שלום'\n```")])
    assert "x = 'שלום'" in seen(window)
    assert ":האר" in seen(window)


def test_the_lines_follow_the_width(view: MessageView, driver: Driver) -> None:
    view.append([said(number, f"{number} {LONG}") for number in range(1, 40)])
    view.show_pending([Pending("k", LONG)])
    before = len(lines(view))
    driver.root.geometry("760x700")
    driver.until(lambda: view.text.winfo_width() < 600 and view._fitting.done)
    assert len(lines(view)) > before
    assert view._buffer._lines == view.text.line("tail") - 1
    driver.root.geometry("1000x700")
    driver.until(lambda: view.text.winfo_width() > 600 and view._fitting.done)
    assert len(lines(view)) == before


def test_the_lines_follow_the_size_of_the_text(view: MessageView, window: ChatWindow) -> None:
    view.append([said(1, LONG)])
    before = len(lines(view))
    window.look.set_size(16)
    assert len(lines(view)) > before
    window.look.set_size(10)
    assert len(lines(view)) == before


def test_copies_have_the_order_in_which_it_was_said(view: MessageView) -> None:
    view.append([said(1, "before"), Message(f"{LONG}\nsecond"), said(2, "after")])
    count = len(lines(view))
    assert selected(view, "1.0", "tail")() == f"before\n{LONG}\nsecond\nafter\n"
    assert selected(view, "2.0", f"{count}.0")() == f"{LONG}\nsecond\n"
    # One line of it, and a word at its right end.
    first = selected(view, "2.0", "2.end")()
    assert LONG.startswith(first.strip())
    assert selected(view, "2.end - 4 chars", "2.end")() == "שלום"
    assert selected(view, "1.3", "2.0")() == "ore\n"
    assert selected(view, "2.0", "4.0")() == "".join(
        selected(view, f"{line}.0", f"{line}.end")() for line in (2, 3)
    )


def test_an_outgoing_message_is_copied_as_it_was_written(view: MessageView) -> None:
    view.append([said(1)])
    view.show_pending([Pending("a", "first"), Pending("b", f"{LONG}\nx")])
    assert "first" in view.text.get("tail", "end")
    assert selected(view, "tail", "end - 1 char")() == f"first\n{LONG}\nx\n"


def test_what_is_aside_is_not_copied(view: MessageView) -> None:
    view.append([Message("שלום", extras=Extras(edited="Edited at 10:14", pinned=True))])
    assert "(edited)" in lines(view)[0]
    assert selected(view, "1.0", "2.0")() == "שלום\n"


def test_a_search_finds_what_was_said(view: MessageView, window: ChatWindow) -> None:
    view.append([said(1, LONG), said(2, "plain")])
    assert view.highlights.mark("לכולם, זה") == 4
    assert one_line("לכולם, זה") in found(view)
    # Over the end of a line, it is found in pieces.
    ends = [flowed.lines[0].end for _first, flowed in view._buffer.rows[0].flowed]
    over = LONG[ends[0] - 6 : ends[0] + 6]
    assert view.highlights.mark(over) >= 1
    view.highlights.show(LONG.count(over, 0, ends[0] + 6) - 1)
    assert len(found(view, "found-now")) >= 2
    view.highlights.mark("plain")
    assert found(view) == ["plain"]


def test_a_search_is_marked_again_when_lines_are_broken_anew(
    view: MessageView, driver: Driver
) -> None:
    view.append([said(1, LONG), said(2, "plain")])
    assert view.highlights.mark("plain") == 1
    view.show_found(0)
    driver.root.geometry("760x700")
    driver.until(lambda: view.text.winfo_width() < 600 and view._fitting.done)
    assert found(view) == found(view, "found-now") == ["plain"]
    driver.root.geometry("1000x700")
    driver.until(lambda: view._fitting.done and view.text.winfo_width() > 600)


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        ("the *fix* is `make it` 👍 so", "the fix is make it", "the *fix* is `make it"),
        ("👍 the *fix* is", "fix is", "fix* is"),
        ("the *fix* is", "*fix*", "*fix*"),
        ("```py\nx = 1\n```", "x = 1", "x = 1"),
        ("ראה *את* זה", "ראה את", one_line("ראה את")),
    ],
)
def test_a_search_reads_over_hidden_marks(
    view: MessageView, text: str, words: str, marked: str
) -> None:
    view.append([said(1, "above"), said(2, text)])
    assert view.highlights.mark(words) == 1
    assert found(view) == [marked]


def test_a_link_in_such_a_text_opens_whole(
    view: MessageView, driver: Driver, intents: Recorder
) -> None:
    url = "https://a.example/b/?c=1&d=(x)/"
    view.append([said(1, f"ראה {url} עכשיו"), said(2, "ש " + url + "0123456789" * 20)])
    place = view.text.search("https", "1.0")
    driver.click(view.text, at=at(view, place))
    second = view.text.search("0123", "1.0")
    driver.click(view.text, at=at(view, view.text.index(f"{second} + 1 line linestart")))
    assert intents.named("open_link") == [(url,), (url + "0123456789" * 20,)]


def test_a_long_text_is_folded_by_what_was_said(view: MessageView, window: ChatWindow) -> None:
    text = "\n".join([LONG, *(f"line {number}" for number in range(2, 20))])
    view.append([said(1, text), said(2, "after")])
    # The first paragraph is as long as four lines.
    assert len(LONG) // 100 == 3
    assert "line 9\nShow 10 more lines\nafter" in seen(window)
    view.change([(0, said(1, LONG * 6))])
    shown = seen(window).split("\n")
    assert shown[-2] == "after"
    assert shown[-3].startswith("Show ")
    flowed = view._buffer.rows[0].flowed[0][1]
    hidden = flowed.lines[len(shown) - 3].start
    assert 1_200 <= hidden < 1_200 + 120


def test_a_change_replaces_all_of_its_lines(view: MessageView) -> None:
    view.append([said(1, LONG), said(2, "plain")])
    view.change([(0, said(1, "short")), (1, said(2, LONG))])
    shown = lines(view)
    assert shown[0] == "short"
    assert len(shown) > 3
    view.change([(1, said(2, "שלום"))])
    assert lines(view) == ["short", "םולש"]
    view.drop(oldest=2)
    assert lines(view) == []


# --- around messages ----------------------------------------------------------------------


def test_headings_and_notices_have_names_in_their_order(view: MessageView) -> None:
    heading = Heading("10:00", "משה (שם)", 1)
    item = replace(said(1), heading=heading)
    hidden = HiddenMessage("Message from שלמה hidden", seq=2)
    view.append([item, Notice("10:01", "שלמה joined"), hidden, DeletedMessage("הנה gone")])
    assert lines(view) == [
        f"10:00\t{one_line('משה (שם)')}",
        "message 1",
        "10:01\tהמלש joined",
        "Message from המלש hidden",
        f"{'הנה'[::-1]} gone",
    ]
    copied = selected(view, "1.0", "tail")()
    assert copied.startswith("10:00\tמשה (שם)\nmessage 1\n10:01\tשלמה joined\n")
    assert view.highlights.mark("משה") == 1
    assert found(view) == ["משה"[::-1]]


def test_a_long_notice_is_broken_before_it_is_reordered(view: MessageView) -> None:
    view.append([Notice("10:01", f"bob set the topic: {LONG}")])
    shown = lines(view)
    assert len(shown) > 2
    assert shown[0].startswith("10:01\tbob set the topic: ")
    assert view.text.dlineinfo("2.0")[0] > 40  # type: ignore[index]
    assert selected(view, "1.0", "tail")() == f"10:01\tbob set the topic: {LONG}\n"


def test_joins_that_were_opened_have_names_in_their_order(
    view: MessageView, driver: Driver
) -> None:
    view.append([Notice("10:01", "2 joined", ("שלמה joined", "משה joined"), 5)])
    driver.click(view.text, at=at(view, "1.8"))
    driver.until(lambda: len(lines(view)) == 3)
    assert lines(view)[1:] == ["\tהמלש joined", f"\t{'משה'[::-1]} joined"]


def test_lists_have_names_in_their_order(window: ChatWindow, driver: Driver) -> None:
    window.members.show(
        [
            MemberRow("משה", away=True, you=False, note="בבית (hello) טוב"),
            MemberRow("שלמה" * 20, away=False, you=True),
        ]
    )
    tree = window.members.tree
    assert tree.item("0", "text") == "משה"[::-1] + " (reconnecting)"
    assert tree.item("0n", "text").strip() == one_line("בבית (hello) טוב")
    # The end of a name that is too long is at its left.
    cut = tree.item("1", "text").removesuffix(" (you)")
    assert cut.startswith("…")
    assert ("שלמה" * 20).startswith(cut[:0:-1])
    window.search.open()
    row = ResultRow(3, "Today", "10:00", "משה", "ראה (hello) שם")
    window.search.show_results(Results((row,), "1 result", False))
    assert window.search.tree.item("3", "values")[2:] == (
        "משה"[::-1],
        one_line("ראה (hello) שם"),
    )
    window.typing.show("שלמה is typing")
    driver.until(lambda: window.typing.label.cget("text") == "המלש is typing")
    window.banner.show(Banner("info", "שלמה joined.\nGood."))
    assert window.banner.text.cget("text") == "המלש joined. Good."


def test_a_link_in_a_topic_opens_whole(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    url = "https://a.example/b/"
    window.top_bar.show_rules(RoomRules(topic=f"ראה {url} עכשיו (טוב)"))
    text = window.top_bar.topic.text
    drawn = one_line(f"ראה {url} עכשיו (טוב)")
    driver.until(lambda: text.get("1.0", "end-1c").endswith("ראה"[::-1]))
    shown = text.get("1.0", "end-1c")
    assert url in shown
    assert len(shown) == len(drawn)
    place = text.search("example", "1.0")
    x, y, wide, high = text.bbox(place) or pytest.fail("the link is not on screen")
    driver.click(text, at=(x + wide // 2, y + high // 2))
    assert intents.named("open_link") == [(url,)]
    driver.click(text, at=(text.winfo_width() // 2, y + high // 2))
    assert len(intents.named("open_link")) == 1
