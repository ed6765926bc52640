"""The page: how it grows and moves; how the screen follows it."""

import random
from collections.abc import Sequence
from datetime import UTC

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client_mvc.controller import wording
from client_mvc.controller.conversation.page_sync import BEGINNING, PageSync
from client_mvc.controller.conversation.typesetting import Typesetter
from client_mvc.model.conversation import Conversation
from client_mvc.model.page import HistoryPage
from client_mvc.view.contract.items import Beginning, Day, Extras, Heading, Item, Message
from shared import messages
from shared.conversation import Reacted
from tests.client_mvc.fake_screen import FakeScreen
from tests.client_mvc.fakes import events, joined, left, said, shared


def seqs(page: HistoryPage) -> list[int]:
    return [event.seq for event in page]


class TestPage:
    def test_it_grows_with_new_events_and_drops_the_oldest(self) -> None:
        page = HistoryPage(lines=100)
        for event in events(1, 500):
            page.add(event)
        assert page.live
        assert page.last == 500
        assert 50 <= len(page) <= 150
        assert not page.begins

    def test_a_long_message_counts_for_its_lines(self) -> None:
        page = HistoryPage(lines=100)
        for seq in range(1, 30):
            page.add(said(seq, "line\n" * 50))
        assert 2 <= len(page) <= 6

    def test_no_event_is_dropped_while_the_reader_has_scrolled_up(self) -> None:
        page = HistoryPage(lines=100)
        page.turn(events(1, 40), live=True, begins=True)
        page.read(further_up=True)
        later: list[messages.AnyEvent] = [*events(41, 400), joined(401)]
        for event in later:
            page.add(event)
        assert not page.live
        assert page.first == 1
        assert page.begins
        assert page.missed == 400 - page.last

    def test_older_events_come_before_and_push_the_newest_out(self) -> None:
        page = HistoryPage(lines=100)
        page.turn(events(1000, 1040), live=True, begins=False)
        page.older(events(950, 999), begins=False)
        assert seqs(page) == list(range(950, 1041))
        assert page.live
        for first in range(900, 0, -50):
            page.older(events(first, first + 49), begins=first == 50)
        assert not page.live
        assert page.first == 50
        assert page.begins
        assert len(page) <= 150

    def test_newer_events_come_after_until_it_is_live(self) -> None:
        page = HistoryPage(lines=1000)
        page.turn(events(100, 140), live=False, begins=True)
        page.add(said(201))
        assert (page.last, page.missed) == (140, 1)
        page.newer(events(141, 180), 201)
        assert not page.live
        page.newer(events(181, 201), 201)
        assert page.live
        assert page.missed == 0
        page.add(said(202))
        assert page.last == 202

    def test_events_that_do_not_connect_are_ignored(self) -> None:
        page = HistoryPage()
        page.turn(events(100, 110), live=False, begins=False)
        page.older(events(50, 60), begins=True)
        page.newer(events(150, 160), 160)
        assert seqs(page) == list(range(100, 111))
        assert not page.begins

    def test_a_page_contains_its_events(self) -> None:
        page = HistoryPage()
        assert 1 not in page
        page.turn(events(5, 7), live=False, begins=False)
        assert [seq in page for seq in (4, 5, 7, 8)] == [False, True, True, False]


class TestConversation:
    def test_memory_gives_the_events_around_a_seq(self) -> None:
        conversation = Conversation(kept=100)
        for event in events(1, 300):
            conversation.add(event)
        assert [event.seq for event in conversation.before(210, 4)] == [206, 207, 208, 209]
        assert not conversation.before(201, 4)
        assert [event.seq for event in conversation.after(297, 9)] == [298, 299, 300]
        assert [event.seq for event in conversation.after(200, 2)] == [201, 202]
        assert not conversation.after(199, 2)
        assert conversation.newest == 300

    def test_back_to_the_newest(self) -> None:
        conversation = Conversation()
        for event in events(1, 50):
            conversation.add(event)
        conversation.page.turn(events(1, 5), live=False, begins=True)
        conversation.add(said(51))
        conversation.show_newest()
        assert conversation.page.live
        assert seqs(conversation.page) == list(range(1, 52))


class Shown:
    """A page and the screen that follows it."""

    def __init__(self, lines: int = 60) -> None:
        self.page = HistoryPage(lines)
        self.screen = FakeScreen()
        self.setter = Typesetter(UTC)
        self.page_sync = PageSync(self.page, self.screen.messages, self.setter)

    def check(self) -> None:
        """Check that the screen has all events of the page and no double line."""
        self.page_sync.show()
        begins = [at for at, one in enumerate(self.screen.items) if isinstance(one, Beginning)]
        assert begins == ([0] if self.page.begins and len(self.page) else [])
        bare = [one for one in self.screen.items if not isinstance(one, Day | Beginning)]
        assert texts(bare) == texts(self.anew())
        days = [one for one in self.screen.items if isinstance(one, Day)]
        assert len(days) == len(set(days))
        for event in self.page:
            place = self.page_sync.place(event.seq)
            assert place is not None
            item = self.screen.items[place]
            if isinstance(event, messages.Said):
                assert isinstance(item, Message)
                assert item.text == event.text

    def anew(self) -> list[Item]:
        """Return what a screen has that shows the whole page at once."""
        screen = FakeScreen()
        page = HistoryPage(10_000)
        page.turn(list(self.page), live=True, begins=False)
        anew = PageSync(page, screen.messages, self.setter)
        anew.forget()
        anew.show()
        return [one for one in screen.items if not isinstance(one, Day)]


def texts(items: Sequence[Item]) -> list[tuple[str, Sequence[str]]]:
    return [
        (getattr(item, "text", "") or getattr(item, "name", ""), getattr(item, "more", ()))
        for item in items
    ]


def happening(seq: int) -> messages.Event:
    """Return an event that depends on `seq` only: messages, files, changes, and runs of joins
    and leaves, on several days.
    """
    chance = random.Random(seq)
    at = f"2026-11-{1 + seq // 40 % 28:02}T{seq % 40 // 2:02}:00:00.000Z"
    kind = chance.random()
    if seq // 7 % 3 == 0:
        if kind < 0.2:
            return Reacted(seq=seq, at=at, name="bob", target=seq - 1, emoji="👍", on=True)
        name = chance.choice(["eve", "dan", "kim"])
        return (
            joined(seq, name, at)
            if kind < 0.6
            else msgspec.structs.replace(left(seq, name), at=at)
        )
    if kind < 0.1:
        return joined(seq, at=at)
    if kind < 0.15:
        return msgspec.structs.replace(shared(seq), at=at)
    return said(seq, f"message {seq}", name=chance.choice(["ann", "bob"]), at=at)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["add", "older", "newer", "turn", "newest", "read", "clear"]),
            st.integers(1, 60),
        ),
        max_size=40,
    )
)
def test_the_screen_follows_the_page(steps: list[tuple[str, int]]) -> None:
    shown = Shown()
    page, newest = shown.page, 500
    page.turn([happening(seq) for seq in range(480, 501)], live=True, begins=False)
    for step, count in steps:
        match step:
            case "add":
                for _ in range(count % 7):
                    newest += 1
                    page.add(happening(newest))
            case "older" if len(page):
                first = max(1, page.first - count)
                page.older(
                    [happening(seq) for seq in range(first, page.first)], begins=first == 1
                )
            case "newer" if not page.live and len(page):
                last = min(newest, page.last + count)
                page.newer([happening(seq) for seq in range(page.last + 1, last + 1)], newest)
            case "turn":
                page.turn(
                    [happening(seq) for seq in range(count, count + 30)],
                    live=False,
                    begins=count == 1,
                )
            case "newest":
                page.turn(
                    [happening(seq) for seq in range(newest - 20, newest + 1)],
                    live=True,
                    begins=False,
                )
            case "read":
                page.read(further_up=count % 2 == 0)
            case "clear":
                page.clear()
                newest = 500
                page.add(happening(500))
        shown.check()


def _message(seq: int, text: str) -> Message:
    heading = Heading("10:00", "bob", wording.colour("bob"))
    return Message(text, heading, seq=seq, name="bob", extras=Extras("10:00"))


def test_a_day_stands_once_where_two_pieces_meet() -> None:
    shown = Shown()
    today, before = "2026-11-22T10:00:00.000Z", "2026-11-21T10:00:00.000Z"
    shown.page.add(said(3, "c", at=today))
    shown.page_sync.show()
    shown.page.older([said(1, "a", at=before), said(2, "b", at=today)], begins=True)
    shown.page_sync.show()
    assert shown.screen.items == [
        Beginning(BEGINNING),
        Day("Saturday 21 November 2026"),
        _message(1, "a"),
        Day("Sunday 22 November 2026"),
        _message(2, "b"),
        _message(3, "c"),
    ]


@pytest.mark.parametrize("live", [True, False])
def test_only_new_events_scroll_the_reader_down(live: bool) -> None:
    shown = Shown()
    shown.page.turn(events(1, 5), live=live, begins=True)
    shown.page_sync.show()
    shown.page.add(said(6)) if live else shown.page.newer([said(6)], 6)
    shown.page_sync.show()
    shown.page.add(said(7))
    shown.page_sync.show()
    assert shown.screen.lives == [live, live, True]
