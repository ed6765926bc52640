"""The controller searching what is loaded and all history; window and network are fakes."""

from datetime import UTC

import pytest

from client_mvc.controller import wording
from client_mvc.controller.conversation import search_results, searching
from client_mvc.controller.wording import NO_ROOM
from client_mvc.network import api
from client_mvc.view.contract.values import ResultRow
from shared import messages
from shared.conversation import Edited
from shared.moderation import Deleted
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import AT, events, failure, joined, said, shared
from tests.client_mvc.network.old_room import answer, in_old_room, shown


@pytest.fixture
def client(client: Client) -> Client:
    return in_old_room(client)


class TestFindingHere:
    @pytest.fixture(autouse=True)
    def _opened(self, client: Client) -> None:
        client.intents.search.open()

    def test_the_newest_is_first_and_enter_goes_up(self, client: Client) -> None:
        assert client.screen.finds
        client.intents.search.find("message 95")
        assert (client.screen.found, client.screen.find_state) == (8, "1 of 9")
        for place, state in ((7, "2 of 9"), (6, "3 of 9")):
            client.intents.search.next(1)
            assert (client.screen.found, client.screen.find_state) == (place, state)
        for _ in range(3):
            client.intents.search.next(-1)
        assert (client.screen.found, client.screen.find_state) == (0, "9 of 9")
        client.intents.search.next(1)
        assert client.screen.find_state == "1 of 9"

    def test_new_messages_are_counted(self, client: Client) -> None:
        client.intents.search.find("message 95")
        client.events(said(1001, "Message 95!"))
        assert client.screen.find_state == "2 of 10"
        client.intents.search.next(-1)
        assert (client.screen.found, client.screen.find_state) == (9, "1 of 10")

    def test_an_empty_text_shows_no_count(self, client: Client) -> None:
        client.intents.search.find("message")
        client.intents.search.find("  ")
        assert (client.screen.marked, client.screen.find_state) == ("", "")
        client.intents.search.next(1)
        assert client.network.questions == []

    def test_a_text_that_no_loaded_message_has(self, client: Client) -> None:
        client.intents.search.find("nowhere")
        assert client.screen.find_state == searching.NOT_HERE

    def test_closing_ends_it(self, client: Client) -> None:
        client.intents.search.find("message")
        client.intents.search.close()
        assert client.screen.marked == ""
        client.events(said(1001))
        assert client.screen.marked == ""

    def test_the_key_for_the_next_place_opens_the_bar_again(self, client: Client) -> None:
        client.intents.search.find("message 95")
        client.intents.search.close()
        client.screen.finds = False
        client.intents.search.next(1)
        assert client.screen.finds
        assert client.screen.find_state == "1 of 9"


def search(client: Client, text: str = "deploy") -> messages.AskSearch:
    client.intents.search.open()
    client.intents.search.find(text)
    client.intents.search.next(1)
    return searched(client)


def searched(client: Client) -> messages.AskSearch:
    question = client.network.questions[-1]
    assert isinstance(question, messages.AskSearch)
    return question


def rows(client: Client) -> list[int]:
    assert client.screen.results is not None
    return [row.seq for row in client.screen.results.rows]


def texts(client: Client) -> list[str]:
    assert client.screen.results is not None
    return [row.text for row in client.screen.results.rows]


class TestFindingEverywhere:
    def test_a_text_that_is_not_loaded_is_searched_in_all_history(self, client: Client) -> None:
        question = search(client)
        assert (question.text, question.limit) == ("deploy", searching.AT_ONCE)
        assert not question.before
        assert client.screen.find_state == searching.SEARCHING
        client.hear(messages.Found(question.id, [said(9, "Deploy!"), shared(5)], False, 1))
        assert client.screen.results is not None
        assert client.screen.results.rows == (
            ResultRow(9, "22 Nov 2026", "08:00", "bob", "Deploy!"),
            ResultRow(5, "22 Nov 2026", "08:00", "bob", "shared notes.txt"),
        )
        assert client.screen.results.summary == "2 results in all history"
        assert not client.screen.results.more
        assert client.screen.find_state == ""

    def test_all_history_can_be_searched_for_a_loaded_text(self, client: Client) -> None:
        client.intents.search.open()
        client.intents.search.find("message 95")
        client.intents.search.search_all()
        client.hear(messages.Found(searched(client).id, [said(9, "message 95")], False, 1))
        assert rows(client) == [9]
        assert client.screen.find_state == "1 of 9"

    def test_nothing_found(self, client: Client) -> None:
        client.hear(messages.Found(search(client).id, [], False, 1))
        assert rows(client) == []
        assert client.screen.results is not None
        assert client.screen.results.summary == "Nothing found in all history"
        assert client.screen.find_state == ""

    def test_the_request_goes_on_until_there_are_enough_results(self, client: Client) -> None:
        client.hear(messages.Found(search(client).id, [said(900, "deploy")], True, 800))
        assert client.screen.results is None
        again = searched(client)
        assert (again.text, again.before, again.limit) == ("deploy", 800, 49)
        client.hear(messages.Found(again.id, [said(7, "deploy")], False, 1))
        assert rows(client) == [900, 7]

    def test_more_results_on_request(self, client: Client) -> None:
        page = [said(900 - number, "deploy") for number in range(searching.AT_ONCE)]
        client.hear(messages.Found(search(client).id, [*page], True, 851))
        assert client.screen.results is not None
        assert client.screen.results.more
        assert client.screen.results.summary == "50 results, there may be more"
        client.intents.search.more()
        assert searched(client).before == 851
        client.hear(messages.Found(searched(client).id, [said(3, "deploy")], False, 1))
        assert len(rows(client)) == 51
        assert not client.screen.results.more

    def test_a_failed_search_shows_the_reason(self, client: Client) -> None:
        question = search(client)
        client.hear(api.RequestFailed(question.id, failure("There is no connection.")))
        assert client.screen.find_state.endswith("There is no connection.")
        assert client.screen.results is None
        client.hear(api.MembershipEnded("left", clean=True))
        client.intents.search.next(1)
        assert client.screen.find_state == f"All history cannot be searched: {NO_ROOM}"

    def test_results_stay_when_the_next_request_fails(self, client: Client) -> None:
        client.hear(messages.Found(search(client).id, [said(9, "deploy")], True, 8))
        client.hear(api.RequestFailed(searched(client).id, failure("Gone.")))
        assert rows(client) == [9]
        assert client.screen.results is not None
        assert client.screen.results.more

    @pytest.mark.parametrize("text", ["\u0301", "a\tb\x01"])
    def test_a_text_without_words(self, client: Client, text: str) -> None:
        client.intents.search.open()
        client.intents.search.find(text)
        client.intents.search.search_all()
        assert client.screen.find_state
        assert client.network.questions == []

    def test_the_text_of_an_ignored_member_is_hidden(self, client: Client) -> None:
        events: list[messages.AnyEvent] = [
            said(9, "deploy"),
            shared(5),
            said(3, "deploy", name="eve"),
        ]
        client.hear(messages.Found(search(client).id, events, False, 1))

        def now() -> list[str]:
            client.hear()
            assert client.screen.results is not None
            assert client.screen.results.summary == "3 results in all history"
            return texts(client)

        assert now() == ["deploy", "shared notes.txt", "deploy"]
        client.model.ignored.set("bob", None, on=True)
        assert now() == ["Message hidden"] * 2 + ["deploy"]
        client.intents.conversation.show_hidden(9)
        assert now() == ["deploy", "Message hidden", "deploy"]
        client.model.ignored.set("bob", None, on=False)
        assert now() == ["deploy", "shared notes.txt", "deploy"]

    def test_results_that_are_not_loaded_follow_changes(self, client: Client) -> None:
        found: list[messages.AnyEvent] = [
            said(9, "deploy"),
            said(7, "deploy"),
            shared(5),
            said(3, "deploy"),
        ]
        client.hear(messages.Found(search(client).id, [*found], False, 1))
        client.events(
            Edited(seq=1001, at=AT, name="bob", target=9, text="deploy later"),
            Deleted(seq=1002, at=AT, name="mod", target=7),
            Deleted(seq=1003, at=AT, name="mod", target=5),
        )
        assert texts(client) == ["deploy later", "deploy"]
        assert client.screen.results is not None
        assert client.screen.results.summary == "2 results in all history"

    def test_so_do_those_of_a_search_that_goes_on_or_failed(self, client: Client) -> None:
        page = [said(900 - number, "deploy") for number in range(searching.AT_ONCE)]
        client.hear(messages.Found(search(client).id, [*page], True, 851))
        client.intents.search.more()
        client.events(Deleted(seq=1001, at=AT, name="mod", target=900))
        assert rows(client)[0] == 899
        client.hear(api.RequestFailed(searched(client).id, failure("Gone.")))
        client.events(Deleted(seq=1002, at=AT, name="mod", target=899))
        assert rows(client)[0] == 898

    def test_so_do_those_of_a_first_search_that_failed(self, client: Client) -> None:
        first = [said(900, "deploy"), said(899, "deploy")]
        client.hear(messages.Found(search(client).id, [*first], True, 851))
        client.hear(api.RequestFailed(searched(client).id, failure("Gone.")))
        client.events(Deleted(seq=1001, at=AT, name="mod", target=900))
        assert rows(client) == [899]

    def test_a_result_that_was_deleted_meanwhile_is_none(self, client: Client) -> None:
        question = search(client)
        client.events(
            Deleted(seq=1001, at=AT, name="mod", target=9),
            Edited(seq=1002, at=AT, name="bob", target=7, text="deploy later"),
        )
        found = [said(9, "deploy"), said(7, "deploy")]
        client.hear(messages.Found(question.id, [*found], False, 1))
        assert texts(client) == ["deploy later"]

    def test_another_text_removes_the_results(self, client: Client) -> None:
        old = search(client)
        client.intents.search.find("other")
        client.hear(messages.Found(old.id, [said(9, "deploy")], False, 1))
        assert client.screen.results is None
        assert client.screen.find_state == searching.NOT_HERE

    def test_a_result_leads_to_its_place_and_the_way_back_is_open(self, client: Client) -> None:
        client.hear(messages.Found(search(client).id, [said(500, "deploy")], False, 1))
        client.intents.history.go_to(500)
        around = [*events(400, 499), said(500, "deploy"), *events(501, 599)]
        answer(client, [*around])
        assert client.screen.place is not None
        assert rows(client) == [500], "the results stay, for the next one"
        assert client.screen.find_state == "1 here"
        client.events(said(1001, "meanwhile"))
        client.intents.history.to_newest()
        assert shown(client)[-1] == "meanwhile"


@pytest.mark.parametrize(
    ("text", "words", "excerpt"),
    [
        ("short", ["short"], "short"),
        ("two\n  lines", ["lines"], "two lines"),
        ("word " * 20 + "Größe here", ["grosse"], "…word word word word word Größe here"),
        ("x" * 300, ["x"], "x" * 140 + "…"),
        ("by name only", ["ada"], "by name only"),
        ("a\x1bb", ["a"], "a\ufffdb"),
    ],
)
def test_an_excerpt_has_the_word(text: str, words: list[str], excerpt: str) -> None:
    assert search_results.excerpt(text, words) == excerpt


def test_a_result_may_be_a_join() -> None:
    assert search_results.row(joined(3), ["x"], wording.Clock(), UTC).text == "bob joined"
    assert (
        search_results.row(said(3, "//me too"), ["me"], wording.Clock(), UTC).text == "/me too"
    )
    assert search_results.row(said(3, at=AT), ["x"], wording.Clock(), UTC).day == "22 Nov 2026"
