"""The controller going through history; window and network are fakes."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from client_mvc.controller.conversation.page_sync import BEGINNING
from client_mvc.controller.conversation.paging import FILL, LOADING, STEP
from client_mvc.controller.wording import NO_ROOM
from client_mvc.network import api, api_files
from client_mvc.view.contract.items import Beginning, Day, Item, Message
from shared import messages
from shared.conversation import Reacted
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import AT, events, failure, joined, said, shared
from tests.client_mvc.network.old_room import answer, asked, in_old_room, shown


@pytest.fixture
def client(client: Client) -> Client:
    return in_old_room(client)


class TestScrolling:
    def test_older_messages_load_as_the_reader_scrolls_up(self, client: Client) -> None:
        client.intents.history.reached_top()
        client.intents.history.reached_top()
        assert len(client.network.questions) == 1
        assert (asked(client).before, asked(client).limit) == (951, STEP)
        answer(client, [*events(751, 950)])
        assert shown(client)[0] == "message 751"
        assert len(shown(client)) == 250
        assert client.screen.appends == 1, "what was shown stays"
        client.intents.history.reached_top()
        assert asked(client).before == 751
        answer(client, [*events(740, 750)], more=False)
        client.intents.history.reached_top()
        assert len(client.network.questions) == 2
        assert client.screen.reading is None

    def test_a_note_is_shown_while_they_load(self, client: Client) -> None:
        client.intents.history.reached_top()
        assert client.screen.loading == LOADING
        answer(client, [*events(751, 950)])
        assert client.screen.loading == ""
        client.intents.history.reached_top()
        client.hear(api.RequestFailed(asked(client).id, failure("There is no connection.")))
        assert client.screen.loading == ""

    def test_the_beginning_is_marked_while_it_is_shown(self, client: Client) -> None:
        client.intents.history.reached_top()
        answer(client, [*events(940, 950)], more=False)
        beginning: list[Item] = [Beginning(BEGINNING)]
        assert client.screen.items[:1] == beginning
        assert shown(client)[0] == "message 940"
        client.intents.history.go_to(940)
        assert client.screen.place is not None
        assert client.screen.place[0] == client.screen.items[2], "below it and the day"
        client.events(*(said(seq, "line\n" * 200) for seq in range(1001, 1020)))
        client.intents.history.to_newest()
        client.hear()
        assert Beginning(BEGINNING) not in client.screen.items

    def test_the_beginning_of_the_room_is_known(self, client: Client) -> None:
        client.model.conversation.clear()
        client.events(*events(1, 5))
        client.intents.history.reached_top()
        assert client.network.questions == []

    def test_far_up_the_page_is_an_older_one_and_the_way_back_is_shown(
        self, client: Client
    ) -> None:
        first = 951
        while client.model.conversation.page.live:
            client.intents.history.reached_top()
            first -= STEP
            long = [said(seq, "line\n" * 20) for seq in range(first, first + STEP)]
            answer(client, [*long])
        assert client.screen.reading == "You are reading older messages."
        client.events(said(1001, "just said"), joined(1002))
        assert "just said" not in shown(client)
        assert client.screen.reading == "You are reading older messages. 1 new message since."
        client.intents.history.to_newest()
        assert client.screen.reading is None
        assert shown(client)[-1] == "just said"
        assert client.screen.lives[-1]
        client.events(said(1003, "and more"))
        assert shown(client)[-2:] == ["just said", "and more"]

    def test_events_in_memory_are_not_requested(self, client: Client) -> None:
        client.model.conversation.page.turn(events(980, 990), live=False, begins=False)
        client.intents.history.reached_top()
        client.intents.history.reached_end()
        assert shown(client) == [f"message {seq}" for seq in range(951, 1001)]
        assert client.network.questions == []
        assert client.screen.reading is None

    def test_a_failure_is_shown_and_can_be_tried_again(self, client: Client) -> None:
        client.intents.history.reached_top()
        client.hear(api.RequestFailed(asked(client).id, failure("There is no connection.")))
        assert client.banner == "Older messages cannot be loaded: There is no connection."
        client.intents.history.reached_top()
        assert len(client.network.questions) == 2

    def test_outside_a_room_a_banner_says_so(self, client: Client) -> None:
        client.hear(api.MembershipEnded("left", clean=True))
        client.intents.history.reached_top()
        assert client.banner == f"Older messages cannot be loaded: {NO_ROOM}"

    def test_a_late_answer_changes_nothing(self, client: Client) -> None:
        client.intents.history.reached_top()
        late = asked(client)
        client.model.conversation.clear()
        client.events(*events(1, 3))
        client.hear(messages.History(late.id, [*events(751, 950)], True))
        assert shown(client) == ["message 1", "message 2", "message 3"]


class TestFilling:
    """While the whole page is in view, older messages load by themselves."""

    def test_until_the_page_can_be_scrolled(self, client: Client) -> None:
        client.intents.history.sees_all(True)
        client.hear()
        client.hear()
        assert len(client.network.questions) == 1
        assert (asked(client).before, asked(client).limit) == (951, FILL)
        answer(client, [*events(901, 950)])
        client.hear()
        assert asked(client).before == 901
        answer(client, [*events(851, 900)])
        client.intents.history.sees_all(False)
        client.hear()
        assert len(client.network.questions) == 2
        assert shown(client) == [f"message {seq}" for seq in range(851, 1001)]

    def test_until_the_beginning_of_history(self, client: Client) -> None:
        client.intents.history.sees_all(True)
        client.hear()
        answer(client, [*events(940, 950)], more=False)
        client.hear()
        assert len(client.network.questions) == 1
        assert client.screen.items[0] == Beginning(BEGINNING)

    def test_a_history_that_is_all_on_screen_causes_no_request(self, client: Client) -> None:
        client.model.conversation.clear()
        client.events(*events(1, 5))
        client.intents.history.sees_all(True)
        client.hear()
        assert client.network.questions == []
        assert not isinstance(client.screen.items[0], Beginning)

    def test_events_in_memory_are_not_requested(self, client: Client) -> None:
        client.model.conversation.page.turn(events(980, 1000), live=True, begins=False)
        client.intents.history.sees_all(True)
        client.hear()
        assert client.network.questions == []
        assert shown(client)[0] == "message 951"

    def test_not_before_the_client_has_caught_up(self, tmp_path: Path) -> None:
        client = Client(tmp_path)
        client.join(1000)
        client.intents.history.sees_all(True)
        client.events(*events(951, 960))
        client.hear()
        assert client.network.questions == []
        client.events(*events(961, 1000))
        client.hear(api.CaughtUp())
        client.hear()
        assert asked(client).before == 951
        client.model.close()

    def test_after_a_resume_without_missed_events(self, tmp_path: Path) -> None:
        client = Client(tmp_path)
        client.join(1000)
        client.hear(api.CaughtUp())
        client.intents.history.sees_all(True)
        client.hear()
        assert asked(client).before == 1001
        client.events(said(1001))
        answer(client, [*events(951, 1000)])
        assert shown(client) == [*(f"message {seq}" for seq in range(951, 1001)), "hi"]
        client.hear()
        assert asked(client).before == 951
        answer(client, [])
        client.events(said(1002, "and more"))
        assert shown(client)[-1] == "and more"
        client.model.close()

    def test_a_failure_is_not_shown_and_the_next_connection_tries_again(
        self, client: Client
    ) -> None:
        client.intents.history.sees_all(True)
        client.hear()
        client.hear(api.RequestFailed(asked(client).id, failure("There is no connection.")))
        client.events(said(1001))
        client.hear()
        assert len(client.network.questions) == 1
        assert client.banner == ""
        client.hear(api.Disconnected(failure("Gone."), 1, 0.0))
        client.hear()
        assert len(client.network.questions) == 1
        client.hear(api.CaughtUp())
        client.hear()
        assert len(client.network.questions) == 2

    def test_outside_a_room_nothing_is_requested_or_shown(self, client: Client) -> None:
        client.hear(api.MembershipEnded("left", clean=True))
        client.intents.history.sees_all(True)
        banner = client.banner
        client.hear()
        assert client.network.questions == []
        assert client.banner == banner


class TestPending:
    def test_sending_a_message_goes_back_to_the_newest(self, client: Client) -> None:
        client.intents.history.go_to(500)
        answer(client, [*events(400, 599)])
        assert client.screen.reading
        assert client.intents.composer.send("hello")
        assert client.screen.reading is None
        assert shown(client)[-1] == "message 1000"
        assert [pending.text for pending in client.screen.pending] == ["hello"]

    def test_on_the_newest_page_the_view_goes_to_its_end(self, client: Client) -> None:
        client.intents.composer.send("hello")
        assert client.screen.at_end

    def test_outgoing_messages_are_not_shown_below_an_older_page(self, client: Client) -> None:
        client.intents.composer.send("hello")
        client.intents.history.go_to(500)
        answer(client, [*events(400, 599)])
        assert client.screen.pending == []
        client.intents.history.to_newest()
        assert [pending.text for pending in client.screen.pending] == ["hello"]


class TestJumping:
    def test_to_a_message_among_those_around_it(self, client: Client) -> None:
        client.intents.history.go_to(500)
        assert asked(client).around == 500
        answer(client, [*events(400, 599)])
        assert client.screen.place is not None
        item, mark = client.screen.place
        assert isinstance(item, Message)
        assert (item.text, mark) == ("message 500", True)
        assert len(shown(client)) == 200
        assert not client.screen.lives[-1]
        client.intents.history.reached_end()
        assert asked(client).after == 599
        answer(client, [*events(600, 799)])
        assert shown(client)[-1] == "message 799"

    def test_to_a_message_that_is_on_the_page(self, client: Client) -> None:
        client.intents.history.go_to(960)
        assert client.network.questions == []
        assert client.screen.place is not None
        assert client.screen.reading is None

    def test_to_a_message_near_the_end_the_page_is_live(self, client: Client) -> None:
        client.model.conversation.page.turn(events(1, 9), live=False, begins=True)
        client.intents.history.go_to(950)
        answer(client, [*events(850, 1000)])
        assert client.screen.reading is None
        client.events(said(1001))
        assert shown(client)[-1] == "hi"

    def test_to_a_message_that_the_server_no_longer_has(self, client: Client) -> None:
        client.intents.history.go_to(5)
        answer(client, [*events(900, 1000)], more=False)
        assert client.banner == "The server no longer has that message."
        assert len(shown(client)) == 50

    def test_the_last_request_counts(self, client: Client) -> None:
        client.intents.history.go_to(500)
        first = asked(client)
        client.intents.history.go_to(300)
        client.hear(messages.History(first.id, [*events(400, 599)], True))
        assert len(shown(client)) == 50
        answer(client, [*events(200, 399)])
        assert "message 300" in shown(client)

    def test_a_file_on_an_older_page_can_be_saved(self, client: Client) -> None:
        client.intents.history.go_to(500)
        answer(client, [shared(500, id="old")])
        client.intents.files.save("old", Path("x"))
        assert [wanted.file.id for wanted in client.network.downloads] == ["old"]

    def test_all_files_are_those_on_the_page_and_in_memory(self, client: Client) -> None:
        client.events(shared(1001, id="new", called="new.txt"))
        client.intents.history.go_to(500)
        answer(client, [shared(500, id="old", called="old.txt"), *events(501, 510)])
        client.intents.save_all.start(Path("/tmp/all"))
        client.hear(
            api_files.DownloadDone(client.network.downloads[0].key, Path("/tmp/all/old.txt"))
        )
        assert [wanted.file.id for wanted in client.network.downloads] == ["old", "new"]

    def test_an_older_page_is_saved_with_the_events_in_memory(
        self, client: Client, tmp_path: Path
    ) -> None:
        client.intents.history.go_to(40)
        answer(client, [*events(38, 42)])
        target = tmp_path / "c.txt"
        client.intents.save_conversation(target)
        saved = target.read_text("utf-8")
        page, kept = saved.split("Messages in between were not loaded.")
        assert page.count("bob:") == 5
        assert kept.count("bob:") == len(client.model.conversation)

    def test_a_file_of_two_pages_is_saved_once(self, client: Client) -> None:
        client.events(shared(1001, id="new"))
        client.intents.history.reached_top()
        answer(client, [shared(950, id="old")])
        client.intents.save_all.start(Path("/tmp/all"))
        assert client.screen.saving is not None
        assert client.screen.saving.text == "Saving 1 of 2 files in /tmp/all"


def test_an_older_page_uses_the_chosen_time_format(client: Client) -> None:
    client.intents.history.go_to(500)
    answer(client, [*events(400, 599)])
    client.intents.preferences.open()
    form = client.screen.preferences
    assert form is not None
    client.intents.preferences.choose(replace(form, hours=12))
    client.hear()
    first = client.screen.items[1]
    assert isinstance(first, Message)
    assert first.heading is not None
    assert first.heading.time == "8:00 AM"
    assert len(shown(client)) == 200
    assert client.screen.reading


class TestDates:
    def test_the_date_suggested_is_the_one_on_screen(self, client: Client) -> None:
        client.intents.history.ask_date()
        assert client.screen.date == "2026-11-22"

    def test_a_day_is_shown_from_its_beginning(self, client: Client) -> None:
        client.intents.history.ask_date()
        client.intents.history.go_to_date(" 2026-10-01 ")
        assert asked(client).at == datetime(2026, 10, 1, tzinfo=UTC)
        day = said(7, "good morning", at="2026-10-01T06:00:00.000Z")
        answer(client, [day, *events(8, 206)])
        assert client.screen.date is None
        assert shown(client)[0] == "good morning"
        assert client.screen.place is not None
        assert not client.screen.place[1]
        assert client.banner == ""

    def test_a_day_without_messages_leads_to_the_next(self, client: Client) -> None:
        client.intents.history.ask_date()
        client.intents.history.go_to_date("2026-10-01")
        answer(client, [*events(8, 207)])
        assert isinstance(client.screen.items[0], Day)
        assert "There are no messages from 2026-10-01" in client.banner
        assert "Sunday 22 November 2026" in client.banner

    @pytest.mark.parametrize(
        "typed", ["", "yesterday", "22.11.2026", "2026-02-30", "9" * 40, "2026-11-22T10:00"]
    )
    def test_a_bad_date(self, client: Client, typed: str) -> None:
        client.intents.history.ask_date()
        client.intents.history.go_to_date(typed)
        assert "2026-11-22" in client.screen.date_problem
        assert client.network.questions == []

    def test_a_day_in_the_future(self, client: Client) -> None:
        client.intents.history.ask_date()
        client.intents.history.go_to_date("9999-12-31")
        answer(client, [])
        assert client.screen.date_problem == "There are no messages since then."
        assert client.screen.date is not None

    def test_a_failure_is_shown_in_the_dialog(self, client: Client) -> None:
        client.intents.history.ask_date()
        client.intents.history.go_to_date("2026-10-01")
        client.hear(api.RequestFailed(asked(client).id, failure("There is no connection.")))
        assert client.screen.date_problem == "There is no connection."


class TestPagesOfChanges:
    """A page may hold no message at all: more is loaded until something is seen."""

    @staticmethod
    def reactions(first: int, last: int) -> list[messages.AnyEvent]:
        return [
            Reacted(seq=seq, at=AT, name="bob", target=1, emoji="👍", on=True)
            for seq in range(first, last + 1)
        ]

    def test_further_up(self, client: Client) -> None:
        client.intents.history.reached_top()
        answer(client, self.reactions(751, 950))
        assert asked(client).before == 751
        answer(
            client, [*self.reactions(551, 740), *(joined(n, f"m{n}") for n in range(741, 751))]
        )
        assert asked(client).before == 551, "a run of joins is one line only"
        answer(client, [*events(351, 550)])
        assert len(client.network.questions) == 3
        assert shown(client)[0] == "message 351"
        assert client.screen.reading is None

    def test_at_the_beginning(self, client: Client) -> None:
        client.intents.history.reached_top()
        answer(client, self.reactions(751, 950), more=False)
        assert len(client.network.questions) == 1
        assert client.screen.items[0] == Beginning(BEGINNING)

    def test_further_down(self, client: Client) -> None:
        client.model.conversation.page.turn(events(1, 9), live=False, begins=True)
        client.intents.history.reached_end()
        answer(client, self.reactions(10, 209))
        assert asked(client).after == 209
        answer(client, [*events(210, 220)])
        assert shown(client)[-1] == "message 220"

    def test_a_failure_ends_it(self, client: Client) -> None:
        client.intents.history.reached_top()
        answer(client, self.reactions(751, 950))
        client.hear(api.RequestFailed(asked(client).id, failure("No.")))
        assert len(client.network.questions) == 2
        assert client.banner == "Older messages cannot be loaded: No."
