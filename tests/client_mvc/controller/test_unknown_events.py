"""Events of a later version: counted, shown as one quiet line a run, saved as they came."""

import json
from datetime import UTC
from pathlib import Path

import pytest

from client_mvc.controller.conversation.page_sync import PageSync
from client_mvc.controller.conversation.typesetting import Typesetter
from client_mvc.controller.export import export
from client_mvc.model.page import HistoryPage
from client_mvc.network import api
from client_mvc.view.contract.items import Day, Message, Notice
from shared import codec, messages
from tests.client_mvc.client import Client
from tests.client_mvc.fake_screen import FakeScreen
from tests.client_mvc.fakes import AT, said

LINE = "Something that this version cannot show"


def unknown(seq: int, at: str = AT) -> messages.UnknownEvent:
    raw = {"type": "reacted", "seq": seq, "at": at, "name": "bob", "emoji": "x"}
    event = codec.decode_from_server(json.dumps(raw))
    assert isinstance(event, messages.UnknownEvent)
    return event


def lines(client: Client) -> list[str]:
    return [item.text for item in client.screen.items if isinstance(item, Message | Notice)]


def test_a_run_of_them_is_one_grey_line(inside: Client) -> None:
    inside.events(said(1, "a"), unknown(2), unknown(3))
    inside.events(unknown(4), said(5, "b"), unknown(6))
    assert lines(inside) == ["a", LINE, "b", LINE]


def test_they_count_in_the_order(inside: Client) -> None:
    inside.events(said(1, "a"), unknown(2), said(3, "b"))
    conversation = inside.model.conversation
    assert [event.seq for event in conversation] == [1, 2, 3]
    assert conversation.newest == 3


def test_one_without_a_time_begins_no_day(inside: Client) -> None:
    inside.events(unknown(1, at="yesterday"), unknown(2, at=""), said(3, "b"))
    assert lines(inside) == [LINE, "b"]
    days = [item for item in inside.screen.items if isinstance(item, Day)]
    assert len(days) == 1


def test_older_ones_join_the_run_that_is_shown(client: Client) -> None:
    client.join(seq=3)
    client.hear(*(api.EventReceived(event) for event in (unknown(2), said(3, "b"))))
    page = client.model.conversation.page
    page.older([said(0, "a"), unknown(1)], begins=True)
    client.hear()
    assert lines(client) == ["a", LINE, "b"]


def test_a_day_is_not_shown_twice_above_a_page_that_began_with_them(client: Client) -> None:
    client.join(seq=3)
    client.hear(*(api.EventReceived(event) for event in (unknown(2), said(3, "b"))))
    client.model.conversation.page.older([said(1, "a")], begins=True)
    client.hear()
    days = [item for item in client.screen.items if isinstance(item, Day)]
    assert len(days) == 1
    assert lines(client) == ["a", LINE, "b"]


def test_a_run_that_lost_its_beginning_has_its_line_again(client: Client) -> None:
    page = HistoryPage(lines=4)
    screen = FakeScreen()
    sync = PageSync(page, screen.messages, Typesetter(UTC))
    page.turn([unknown(1)], live=True, begins=True)
    for seq in range(2, 600):
        page.add(unknown(seq) if seq < 598 else said(seq, f"m{seq}"))
        sync.show()
    assert screen.items
    for seq in range(page.first, page.last + 1):
        place = sync.place(seq)
        assert place is not None
        assert 0 <= place < len(screen.items)


def test_a_known_event_without_a_valid_time_begins_no_day(inside: Client) -> None:
    inside.events(said(1, "a"), said(2, "b", at="yesterday"), said(3, "c"))
    days = [item for item in inside.screen.items if isinstance(item, Day)]
    assert len(days) == 1


def test_they_are_not_unread_messages(inside: Client) -> None:
    inside.intents.focused(False)
    inside.events(unknown(1))
    assert "(1)" not in inside.screen.title


@pytest.mark.parametrize("name", ["c.txt", "c.html"])
def test_a_saved_conversation_mentions_them(tmp_path: Path, name: str) -> None:
    export.save_conversation(
        [said(1), unknown(2), unknown(3, at="")], "x", tmp_path / name, UTC
    )
    text = (tmp_path / name).read_text("utf-8")
    assert text.count(LINE) == 2
    assert "1970" not in text


def test_json_has_them_as_the_server_sent_them(tmp_path: Path) -> None:
    export.save_conversation([said(1), unknown(2)], "x", tmp_path / "c.json", UTC)
    events = json.loads((tmp_path / "c.json").read_text("utf-8"))["events"]
    assert events[1] == {"type": "reacted", "seq": 2, "at": AT, "name": "bob", "emoji": "x"}
