"""What was deleted is in no part of memory, however and whenever it comes."""

from msgspec import UNSET

from client_mvc.model.conversation import Conversation
from shared import messages, moderation
from shared.messages import Deletion
from tests.client_mvc.fakes import AT, events, said, shared

BY_ANN = Deletion("ann", AT)


def deleted(seq: int, target: int) -> moderation.Deleted:
    return moderation.Deleted(seq=seq, at=AT, name="ann", target=target)


def texts(conversation: Conversation) -> list[str | None]:
    return [each.text for each in conversation if isinstance(each, messages.Said)]


def test_a_message_and_a_file_lose_their_content() -> None:
    conversation = Conversation()
    before: list[messages.AnyEvent] = []
    conversation.deleted.subscribe(before.append)
    for event in (said(1, "secret"), shared(2), deleted(3, 1), deleted(4, 2)):
        conversation.add(event)
    first, second = list(conversation)[:2]
    assert isinstance(first, messages.Said)
    assert isinstance(second, messages.Shared)
    assert (first.text, first.deleted) == ("", BY_ANN)
    assert (second.file, second.deleted) == (UNSET, BY_ANN)
    assert list(conversation.page)[:2] == [first, second]
    assert conversation.page.replaced == {1, 2}
    assert conversation.file("f1") is None
    assert conversation.files() == []
    assert before == [said(1, "secret"), shared(2)]


def test_on_an_older_page_that_memory_does_not_have() -> None:
    conversation = Conversation(kept=2)
    for event in events(1, 5):
        conversation.add(event)
    conversation.page.turn(events(1, 3), live=False, begins=True)
    conversation.add(deleted(6, 2))
    page = {each.seq: each for each in conversation.page}
    assert page[2].deleted == BY_ANN
    assert page[1].deleted is UNSET


def test_an_answer_that_the_deletion_overtook_has_nothing_of_it() -> None:
    conversation = Conversation()
    conversation.add(said(8))
    conversation.add(deleted(9, 3))
    stood = conversation.as_they_stand(events(1, 5))
    assert [each.text for each in stood if isinstance(each, messages.Said)] == [
        "message 1", "message 2", "", "message 4", "message 5",
    ]  # fmt: skip


def test_only_messages_and_files_are_deleted_and_only_once() -> None:
    conversation = Conversation()
    notified: list[messages.AnyEvent] = []
    conversation.deleted.subscribe(notified.append)
    for event in (said(1), deleted(2, 1), deleted(3, 1), deleted(4, 2), deleted(5, 99)):
        conversation.add(event)
    assert notified == [said(1)]


def test_another_journal_has_other_messages() -> None:
    conversation = Conversation()
    conversation.add(deleted(2, 1))
    conversation.clear()
    conversation.add(said(1, "another room"))
    assert texts(conversation) == ["another room"]
