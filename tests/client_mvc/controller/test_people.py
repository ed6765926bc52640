"""Names and notes, who is ignored, who is writing; suggestions of members and commands."""

from typing import Any

import pytest

from client_mvc.controller.conversation.extras import Reader
from client_mvc.network import api
from client_mvc.view.contract.items import HiddenMessage, Notice
from shared import conversation, messages
from shared.conversation import Renamed
from shared.problems import Problem
from tests.client_mvc.client import Client
from tests.client_mvc.controller.talking import (
    ANN,
    BOB,
    FEATURES,
    answer_last,
    bobs,
    change,
    mine,
    shown,
    talking,
)
from tests.client_mvc.fakes import AT, said, welcome


class TestNames:
    def test_a_new_name_of_ones_own(self, client: Client) -> None:
        talking(client).events(mine(1))
        assert not client.intents.composer.send("/nick al")
        client.intents.drafts.edited("/nick al")
        client.screen.composed = "/nick al"
        answer_last(client, Renamed, 2, to="al")
        assert client.screen.composed == ""
        assert client.model.membership.you == "al"
        assert [row.name for row in client.screen.member_rows if row.you] == ["al"]
        assert client.model.preferences.now.recent[0] == ("localhost:18000", "al")
        assert client.model.preferences.now.name == "al"
        notices = [each.text for each in client.screen.items if isinstance(each, Notice)]
        assert notices == ["alice is called al now"]
        client.intents.focused(False)
        client.events(bobs(3, "hello al"))
        assert client.screen.rings == 1
        assert shown(client)[0].own, "what was said before is still one's own"

    def test_its_unsent_messages_are_found_by_the_new_name(
        self, client: Client, tmp_path: Any
    ) -> None:
        talking(client)
        client.intents.composer.send("waits")
        client.events(change(Renamed, 1, name="alice", member=ANN, to="al"))
        client.model.close()
        after = Client(tmp_path)
        after.connect("al")
        assert [each.text for each in after.network.joins[-1].outgoing] == ["waits"]
        assert after.network.joins[-1].token == "t1"
        after.model.close()

    def test_a_name_given_while_disconnected_is_remembered(
        self, client: Client, tmp_path: Any
    ) -> None:
        talking(client).intents.composer.send("waits")
        again = welcome(journal="j1", seq=1, you="al", member=ANN, features=FEATURES)
        client.hear(
            api.Disconnected(Problem("connection_lost"), 1, 0.0),
            api.Welcomed(again, False),
            api.EventReceived(change(Renamed, 1, name="alice", member=ANN, to="al")),
            api.CaughtUp(),
        )
        assert client.model.preferences.now.name == "al"
        client.model.close()
        after = Client(tmp_path)
        after.connect("al")
        assert [each.text for each in after.network.joins[-1].outgoing] == ["waits"]
        after.model.close()

    def test_a_refused_one_stays_in_the_composer(self, client: Client) -> None:
        talking(client)
        assert not client.intents.composer.send("/nick two words")
        assert client.network.questions == []
        client.intents.composer.send("/nick bob")
        id = client.network.questions[-1].id
        client.screen.composed = "/nick bob"
        client.hear(api.RequestFailed(id, Problem("name_taken", {"name": "bob"})))
        assert client.banner == "The name bob is taken."
        assert client.screen.composed == "/nick bob"

    def test_of_others(self, client: Client) -> None:
        talking(client).events(change(Renamed, 1, to="rob"))
        assert [row.name for row in client.screen.member_rows] == ["alice", "rob"]
        assert client.model.membership.you == "alice"

    def test_away_and_back(self, client: Client) -> None:
        talking(client)
        client.intents.composer.send("/away")
        assert client.network.questions[-1].text == "away"
        assert not client.intents.composer.send("/away at  lunch")
        request = client.network.questions[-1]
        assert isinstance(request, conversation.SetNote)
        assert request.text == "at lunch"
        client.intents.drafts.edited("/away at  lunch")
        client.screen.composed = "/away at  lunch"
        client.hear(messages.Presence("alice", "active", ANN, "at lunch", request.id))
        assert client.screen.composed == ""
        assert [row.note for row in client.screen.member_rows] == ["at lunch", ""]
        client.hear(messages.Presence("bob", "active", BOB, "gone fishing"))
        client.intents.composer.mention("bob")
        assert client.banner == "bob is away: gone fishing"
        client.intents.composer.send("/back")
        request = client.network.questions[-1]
        assert isinstance(request, conversation.SetNote)
        assert request.text == ""


class TestIgnoring:
    def test_messages_are_hidden_until_shown(self, client: Client) -> None:
        talking(client).events(bobs(1, "one"), mine(2), bobs(3, "three"))
        client.intents.conversation.ignore("bob", True)
        hidden = [each for each in client.screen.items if isinstance(each, HiddenMessage)]
        assert [each.text for each in hidden] == ["Message from bob hidden"] * 2
        assert [row.ignored for row in client.screen.member_rows] == [False, True]
        assert "show" in client.screen.member_rows[1].acts
        client.intents.conversation.show_hidden(3)
        assert [each.text for each in shown(client)] == ["mine", "three"]
        client.intents.conversation.ignore("bob", False)
        assert [each.text for each in shown(client)] == ["one", "mine", "three"]

    def test_they_never_notify_under_any_name(self, client: Client) -> None:
        talking(client).events(bobs(1))
        client.intents.conversation.ignore_sender(1)
        client.intents.focused(False)
        client.events(change(Renamed, 2, to="rob"))
        client.events(messages.Said(seq=3, at=AT, name="rob", member=BOB, text="alice! alice!"))
        assert (client.screen.rings, client.desktop.notified) == (0, [])
        assert client.screen.title == "#lobby – Chatroom"  # noqa: RUF001
        client.hear(conversation.IsTyping(name="rob", member=BOB))
        assert client.screen.typing_line == ""

    def test_it_lasts(self, client: Client, tmp_path: Any) -> None:
        talking(client)
        assert client.intents.composer.send("/ignore @bob")
        assert not client.intents.composer.send("/ignore nobody")
        client.model.close()
        after = Client(tmp_path)
        talking(after).events(bobs(1))
        assert shown(after) == []
        assert after.intents.composer.send("/unignore bob")
        assert len(shown(after)) == 1
        after.model.close()


class TestTyping:
    def test_who_is_writing(self, client: Client) -> None:
        talking(client).hear(conversation.IsTyping(name="bob", member=BOB))
        assert client.screen.typing_line == "bob is typing"
        client.hear(conversation.IsTyping(name="alice", member=ANN))
        client.hear(conversation.IsTyping(name="eve", member=3))
        assert client.screen.typing_line == "bob and eve are typing"
        client.hear(conversation.IsTyping(name="dan", member=4))
        assert client.screen.typing_line == "Several people are typing"
        client.events(bobs(1))
        assert client.screen.typing_line == "eve and dan are typing"
        client.pass_time(5)
        client.hear(conversation.IsTyping(name="dan", member=4))
        client.pass_time(1.1)
        assert client.screen.typing_line == "dan is typing"
        client.hear(api.Disconnected(Problem("connection_lost"), 1, 0.0))
        assert client.screen.typing_line == ""

    def test_one_tells_it_now_and_then(self, client: Client) -> None:
        talking(client)
        for text in ("h", "he", "hel"):
            client.intents.drafts.edited(text)
        assert client.network.asked == ["typing"]
        client.pass_time(3)
        client.intents.drafts.edited("hell")
        assert client.network.asked == ["typing"] * 2
        client.pass_time(3)
        client.intents.drafts.edited("")
        client.intents.drafts.edited("/nick x")
        assert client.network.asked == ["typing"] * 2
        client.intents.drafts.edited("//nick x")
        assert client.network.asked == ["typing"] * 3, "it is a message"


@pytest.mark.parametrize(
    ("before", "kind", "inserts"),
    [
        ("hello @b", "member", ["@bob "]),
        ("/ni", "command", ["/nick "]),
        ("/un", "command", ["/unignore "]),
        ("well :tad", "emoji", ["🎉 "]),
    ],
)
def test_suggestions(client: Client, before: str, kind: str, inserts: list[str]) -> None:
    found = talking(client).intents.composer.suggest(before)
    assert found is not None
    assert (found.kind, [row.insert for row in found.rows][: len(inserts)]) == (kind, inserts)
    assert before[len(before) - found.typed :] in before


@pytest.mark.parametrize("before", ["", "hello", "10:30", "a@b", "/nope", "x /nick", "@", ":"])
def test_no_suggestions(client: Client, before: str) -> None:
    found = talking(client).intents.composer.suggest(before)
    assert found is None or before == "@"


def test_a_reader_without_numbers_is_known_by_name() -> None:
    reader = Reader(you="ann")
    assert reader.is_own(said(1, name="ann"))
    assert not reader.is_own(said(1, name="bob"))
