"""A deleted message changes in its place on screen, and no copy of it stays in memory."""

from datetime import UTC

import pytest
from msgspec import structs

from client_mvc.controller.conversation.page_sync import PageSync
from client_mvc.controller.conversation.typesetting import Typesetter
from client_mvc.model.conversation import Conversation
from client_mvc.network import api
from client_mvc.view.contract.items import Day, DeletedMessage, FileCard, Heading, Item, Message
from client_mvc.view.contract.windows import FileText
from shared import messages
from tests.client_mvc.client import Client
from tests.client_mvc.controller.moderated import deleted, enter
from tests.client_mvc.fake_screen import FakeScreen
from tests.client_mvc.fakes import AT, joined, said, shared


def kinds(items: list[Item]) -> list[type]:
    return [type(item) for item in items if not isinstance(item, Day)]


def test_message_and_file_change_in_their_place(client: Client) -> None:
    enter(client).events(said(1, "spam"), said(2, "a"), shared(3), said(4, "b"))
    appended = client.screen.appends
    client.events(deleted(5, 1), deleted(6, 3, "bob"))
    assert kinds(client.screen.items) == [DeletedMessage, Message, DeletedMessage, Message]
    first, third = (item for item in client.screen.items if isinstance(item, DeletedMessage))
    assert first.text == "Message deleted by mod"
    assert isinstance(first.heading, Heading)
    assert (third.text, third.heading) == ("File deleted", None)
    client.events(said(7, "c"))
    assert client.screen.appends == appended + 1  # a deletion has no line of its own
    assert kinds(client.screen.items)[-1] is Message


def test_in_one_turn_with_its_message(client: Client) -> None:
    enter(client).events(said(1, "spam"), deleted(2, 1))
    assert kinds(client.screen.items) == [DeletedMessage]


def test_on_a_page_that_was_loaded(client: Client) -> None:
    enter(client, seq=9).events(said(9, "nine"))
    client.intents.history.reached_top()
    answer = client.network.questions[-1]
    client.events(deleted(10, 7))
    six = messages.Said(seq=6, at=AT, name="bob", text="", deleted=messages.Deletion("mod", AT))
    older: list[messages.AnyEvent] = [six, said(7, "seven"), deleted(8, 6)]
    client.hear(messages.History(answer.id, older, more=False))
    assert kinds(client.screen.items)[1:] == [DeletedMessage, DeletedMessage, Message]
    assert "seven" not in str(client.screen.items)


def test_search_results_lose_it(client: Client) -> None:
    enter(client).events(said(1, "spam"))
    client.intents.search.open()
    client.intents.search.find("spam")
    client.intents.search.search_all()
    found = messages.Found(client.network.questions[-1].id, [said(1, "spam")], more=False)
    client.hear(found)
    assert client.screen.results is not None
    assert len(client.screen.results.rows) == 1
    client.events(deleted(2, 1))
    assert not client.screen.results.rows


def test_an_open_file_is_closed(client: Client) -> None:
    enter(client).events(shared(1, id="f1"), shared(2, id="f2"))
    client.intents.files.open("f1")
    client.screen.files = [FileText("f1", "a", "", "secret"), FileText("f2", "b", "", "b")]
    client.events(deleted(3, 1))
    assert [each.file_id for each in client.screen.files] == ["f2"]


def test_an_open_file_that_is_not_loaded_any_more_is_closed(client: Client) -> None:
    text, picture = shared(500, id="f1"), shared(501, id="f2")
    assert isinstance(picture.file, messages.File)
    file = structs.replace(picture.file, type="image/png", width=10, height=10)
    picture = structs.replace(picture, file=file)
    enter(client, seq=1000).events(said(1000))
    client.intents.history.go_to(500)
    page = [text, picture]
    client.hear(messages.History(client.network.questions[-1].id, [*page], more=True))
    for id in ("f1", "f2"):
        client.intents.files.open(id)
    client.screen.files = [FileText("f1", "a", "", "secret")]
    assert client.screen.viewed is not None
    client.intents.history.to_newest()
    client.events(deleted(1001, 500), deleted(1002, 501))
    assert client.screen.files == []
    assert client.screen.viewed is None


def test_no_notification_of_it(client: Client) -> None:
    enter(client).intents.focused(False)
    client.controller.handle(
        [
            (client.network.session, api.EventReceived(said(1, "alice: a secret"))),
            (client.network.session, api.EventReceived(deleted(2, 1))),
        ]
    )
    assert client.desktop.notified == []


def test_it_is_no_unread_message(client: Client) -> None:
    enter(client).intents.focused(False)
    client.events(deleted(1, 1))
    assert client.screen.title == "#lobby – Chatroom"  # noqa: RUF001


class Shown:
    """A conversation and the screen that follows it."""

    def __init__(self) -> None:
        self.screen = FakeScreen()
        self.conversation = Conversation()
        page = self.conversation.page
        self.page_sync = PageSync(page, self.screen.messages, Typesetter(UTC))

    def add(self, *events: messages.AnyEvent) -> None:
        for event in events:
            self.conversation.add(event)
        self.page_sync.show()


@pytest.mark.parametrize("first", [1, 2, 3, 4])
def test_pages_that_begin_and_end_with_deletions(first: int) -> None:
    """Wherever two pieces meet, each day and each heading stands once."""
    events: list[messages.AnyEvent] = [
        said(1, "a"), deleted(2, 1), deleted(3, 1), said(4, "b"), deleted(5, 4), joined(6),
    ]  # fmt: skip
    whole, pieces = Shown(), Shown()
    whole.add(*events)
    page = pieces.conversation.page
    stood = list(whole.conversation)
    page.turn(stood[first:], live=True, begins=False)
    pieces.page_sync.show()
    page.older(stood[:first], begins=False)
    pieces.page_sync.show()
    assert kinds(pieces.screen.items) == kinds(whole.screen.items)
    assert len(pieces.screen.items) == len(whole.screen.items)
    for seq in range(1, 7):
        assert pieces.page_sync.place(seq) is not None


def test_a_dropped_page_that_begins_with_a_deletion() -> None:
    shown = Shown()
    shown.conversation.page._most = 400
    shown.add(*(said(seq, "x\n" * 50) for seq in range(1, 8)), deleted(8, 7))
    shown.add(*(said(seq, f"m{seq}") for seq in range(9, 400)))
    for seq in range(shown.conversation.page.first, 400):
        place = shown.page_sync.place(seq)
        assert place is not None
        assert 0 <= place < len(shown.screen.items)
    last = shown.screen.items[-1]
    assert isinstance(last, Message)
    assert last.text == "m399"
    assert not any(isinstance(item, FileCard) for item in shown.screen.items)
