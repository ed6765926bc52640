"""What a person does with messages: replies, edits, reactions, pins, links."""

from typing import Any

import pytest

from client_mvc.network import api
from client_mvc.view.contract.items import Chip, Quote
from client_mvc.view.contract.values import ComposerContext, PinBar
from shared import conversation, messages
from shared.conversation import Edited, Pinned, Reacted
from shared.moderation import Deleted
from shared.problems import Problem
from tests.client_mvc.client import Client
from tests.client_mvc.controller.talking import (
    BOB,
    answer_last,
    bobs,
    change,
    mine,
    shown,
    talking,
)
from tests.client_mvc.fakes import ADDRESS, events, shared, welcome


def on_an_older_page(client: Client, sent: messages.Event) -> None:
    """Show a page with a message that is not in memory."""
    talking(client, seq=1000).events(*events(951, 1000))
    client.intents.history.go_to(sent.seq)
    question = client.network.questions[-1]
    assert isinstance(question, messages.AskHistory)
    client.hear(messages.History(question.id, [sent], more=True))


class TestReplies:
    def test_the_next_message_is_a_reply_and_the_one_after_is_not(self, client: Client) -> None:
        talking(client).events(bobs(1, "coffee\n or tea?"))
        client.intents.conversation.reply(1)
        assert client.screen.context == ComposerContext(
            "reply", "Replying to bob", "coffee or tea?"
        )
        assert client.intents.composer.send("tea")
        assert client.network.sent[-1].reply_to == 1
        assert client.screen.context is None
        (pending,) = client.screen.pending
        assert pending.quote == Quote(1, "bob", BOB, "coffee or tea?")
        client.intents.composer.send("and cake")
        assert client.network.sent[-1].reply_to == 0
        assert client.screen.answers == 2

    def test_a_refused_text_stays_a_reply(self, client: Client) -> None:
        talking(client).events(bobs(1))
        client.intents.conversation.reply(1)
        assert not client.intents.composer.send("x" * 9000)
        assert client.screen.context is not None

    def test_it_ends_with_escape_and_with_its_parent(self, client: Client) -> None:
        talking(client).events(bobs(1))
        client.intents.conversation.reply(1)
        client.intents.composer.end_context()
        assert client.screen.context is None
        client.intents.conversation.reply(1)
        client.events(change(Deleted, 2, target=1))
        assert client.screen.context is None
        assert "deleted" in client.banner
        client.intents.conversation.reply(1)
        assert client.screen.context is None

    def test_it_follows_a_parent_that_is_not_loaded_any_more(self, client: Client) -> None:
        on_an_older_page(client, bobs(500, "secret"))
        client.intents.conversation.reply(500)
        client.intents.history.to_newest()
        client.events(change(Edited, 1001, target=500, text="another secret"))
        assert client.screen.context == ComposerContext(
            "reply", "Replying to bob", "another secret"
        )
        client.events(change(Deleted, 1002, target=500))
        assert client.screen.context is None
        assert client.banner == "The message that you reply to was deleted."

    def test_so_does_one_that_waits(self, client: Client) -> None:
        on_an_older_page(client, bobs(500, "secret"))
        client.intents.conversation.reply(500)
        client.intents.composer.send("tea")
        assert "secret" in str(client.screen.pending)
        client.events(change(Deleted, 1001, target=500))
        assert "secret" not in str(client.screen.pending)

    def test_a_reply_is_a_reply_after_a_restart(self, client: Client, tmp_path: Any) -> None:
        talking(client).events(bobs(1))
        client.intents.conversation.reply(1)
        client.intents.composer.send("tea")
        client.model.close()
        after = Client(tmp_path)
        after.connect()
        (waiting,) = after.network.joins[-1].outgoing
        assert (waiting.text, waiting.reply_to, waiting.tried) == ("tea", 1, True)
        after.model.close()

    def test_nothing_of_a_deleted_parent_stays_beside_it(self, client: Client) -> None:
        talking(client).events(bobs(1, "secret"))
        client.intents.conversation.reply(1)
        client.intents.composer.send("tea")
        client.events(change(Deleted, 2, target=1))
        (pending,) = client.screen.pending
        assert pending.quote == Quote(1, "bob", BOB, "Message deleted", gone=True)
        assert client.model.box is not None
        kept = client.model.box._database.execute("SELECT text FROM reply").fetchall()
        assert kept == [("",)]

    def test_the_quote_follows_its_message(self, client: Client) -> None:
        reply = mine(2, reply_to=1, quote=conversation.Quote("bob", "/me waves"))
        talking(client).events(bobs(1, "/me waves"), reply)
        assert shown(client)[-1].extras.quote == Quote(1, "bob", BOB, "waves")
        client.events(change(Edited, 3, target=1, text="`hello` *you*"))
        assert shown(client)[-1].extras.quote == Quote(1, "bob", BOB, "hello you")
        client.events(change(Deleted, 4, target=1))
        quote = shown(client)[-1].extras.quote
        assert quote == Quote(1, "bob", BOB, "Message deleted", gone=True)
        client.events(mine(5, reply_to=99))
        assert shown(client)[-1].extras.quote is not None

    def test_a_reply_to_me_is_a_mention(self, client: Client) -> None:
        talking(client).intents.focused(False)
        client.events(mine(1))
        client.events(bobs(2, "yes", reply_to=1, quote=conversation.Quote("alice", "mine")))
        assert shown(client)[-1].mention
        assert client.screen.rings == 1


class TestEditing:
    def test_the_draft_waits_and_is_back(self, client: Client) -> None:
        talking(client).events(mine(1, "helo"))
        client.intents.drafts.edited("a draft")
        assert client.intents.conversation.edit_last()
        assert client.screen.composed == "helo"
        assert client.screen.context == ComposerContext("edit", "Editing your message", "helo")
        client.intents.drafts.edited("hello")
        client.pass_time(10)
        assert client.model.box is not None
        assert client.model.box.draft == "a draft"
        assert not client.intents.composer.send("hello"), "it stays until the server has it"
        request = client.network.questions[-1]
        assert isinstance(request, conversation.Edit)
        assert (request.seq, request.text) == (1, "hello")
        answer_last(client, Edited, 2, target=1, text="hello")
        assert client.screen.composed == "a draft"
        assert client.screen.context is None
        assert shown(client)[-1].text == "hello"
        assert shown(client)[-1].extras.edited == "Edited at 08:00"

    def test_a_refused_edit_stays_in_the_composer_with_the_reason(self, client: Client) -> None:
        talking(client).events(mine(1, "helo"))
        client.intents.conversation.edit(1)
        client.intents.drafts.edited("hello")
        client.intents.composer.send("hello")
        id = client.network.questions[-1].id
        client.screen.composed = "hello"
        client.hear(api.RequestFailed(id, Problem("rate_limited", {"rule": "requests"}, 3.2)))
        assert client.banner == "Too many requests. Try again in a moment. Wait 4 s."
        assert client.screen.composed == "hello"
        assert client.screen.context is not None
        client.intents.composer.end_context()
        assert client.screen.composed == ""

    def test_without_a_change_or_a_text_nothing_is_sent(self, client: Client) -> None:
        talking(client).events(mine(1, "helo"))
        client.intents.conversation.edit(1)
        assert not client.intents.composer.send("   ")
        assert "Delete it instead" in client.banner
        assert not client.intents.composer.send("helo")
        assert client.screen.context is None
        assert client.network.questions == []

    def test_only_ones_own_and_for_a_while(self, client: Client) -> None:
        talking(client)
        assert not client.intents.conversation.edit_last()
        client.events(bobs(1), mine(2))
        client.intents.conversation.edit(1)
        assert client.screen.context is None
        assert shown(client)[-1].extras.editable_until > 0
        client.pass_time(3601)
        assert not client.intents.conversation.edit_last()
        client.intents.conversation.edit(2)
        assert "cannot be edited any more" in client.banner

    def test_the_text_stays_when_the_message_is_deleted(self, client: Client) -> None:
        talking(client).events(mine(1, "helo"))
        client.intents.conversation.edit(1)
        client.intents.drafts.edited("hello, and much more")
        client.screen.composed = "hello, and much more"
        client.events(change(Deleted, 2, target=1))
        assert client.screen.context is None
        assert client.screen.composed == "hello, and much more"

    @pytest.mark.parametrize("text", ["/quit", "/me waves", "//me too", "hi"])
    def test_the_text_that_stays_is_no_command(self, client: Client, text: str) -> None:
        talking(client).events(mine(1, text))
        client.intents.conversation.edit(1)
        client.events(change(Deleted, 2, target=1))
        assert client.intents.composer.send(client.screen.composed)
        assert [each.text for each in client.network.sent] == [text]

    def test_so_it_does_if_the_message_is_not_loaded_any_more(self, client: Client) -> None:
        on_an_older_page(client, mine(500, "helo"))
        client.intents.conversation.edit(500)
        client.intents.history.to_newest()
        client.events(change(Deleted, 1001, target=500))
        assert client.screen.context is None
        assert client.screen.composed == "helo"

    def test_the_draft_is_back_when_the_room_is_left(self, client: Client) -> None:
        talking(client).events(mine(1, "helo"))
        client.intents.drafts.edited("a draft")
        client.intents.conversation.edit(1)
        client.hear(api.MembershipEnded("left", clean=True))
        assert client.screen.composed == "a draft"

    def test_an_edit_mentions_nobody_anew(self, client: Client) -> None:
        talking(client).intents.focused(False)
        client.events(bobs(1, "hi"))
        client.events(change(Edited, 2, target=1, text="hi alice"))
        assert client.screen.rings == 0
        assert client.desktop.notified == []


class TestReactions:
    def test_a_chip_joins_and_leaves(self, client: Client) -> None:
        talking(client).events(bobs(1), change(Reacted, 2, target=1, emoji="👍", on=True))
        assert shown(client)[0].extras.chips == (Chip("👍", 1, False, "bob"),)
        client.intents.conversation.react(1, "👍")
        request = client.network.questions[-1]
        assert isinstance(request, conversation.React)
        assert request.on
        answer_last(client, Reacted, 3, target=1, emoji="👍", on=True)
        assert shown(client)[0].extras.chips == (Chip("👍", 2, True, "bob and you"),)
        client.intents.conversation.react(1, "👍")
        request = client.network.questions[-1]
        assert isinstance(request, conversation.React)
        assert not request.on

    def test_as_a_command_by_name(self, client: Client) -> None:
        talking(client)
        assert not client.intents.composer.send("/react 👍")
        client.events(bobs(1))
        assert client.intents.composer.send("/react :tada:")
        request = client.network.questions[-1]
        assert isinstance(request, conversation.React)
        assert (request.seq, request.emoji) == (1, "🎉")
        assert not client.intents.composer.send("/react flurb")
        assert "flurb" in client.banner

    def test_the_usual_ones(self, client: Client) -> None:
        rows = client.intents.conversation.usual_reactions()
        assert [row.emoji for row in rows] == ["👍", "❤️", "😂", "🎉", "😮", "👀"]
        assert client.intents.composer.emoji("tada")[0].emoji == "🎉"


class TestPins:
    def test_bar_and_window_follow(self, client: Client) -> None:
        talking(client, "moderator").events(bobs(1, "rules\n here"), bobs(2, "more"))
        client.events(change(Pinned, 3, target=1, on=True))
        assert client.screen.pin_bar == PinBar(1, "bob", BOB, "rules here", 1)
        client.events(change(Pinned, 4, target=2, on=True))
        client.intents.conversation.show_pins()
        assert client.screen.pins_shown is not None
        assert [row.text for row in client.screen.pins_shown] == ["more", "rules here"]
        assert client.screen.may_unpin
        client.events(change(Edited, 5, target=1, text="new rules"))
        assert [row.text for row in client.screen.pins_shown] == ["more", "new rules"]
        client.events(change(Deleted, 6, target=2))
        assert client.screen.pin_bar == PinBar(1, "bob", BOB, "new rules", 1)
        client.events(change(Pinned, 7, target=1, on=False))
        assert client.screen.pin_bar is None

    def test_those_of_the_welcome_and_one_that_nobody_has_loaded(self, client: Client) -> None:
        talking(client, seq=9, pins=[bobs(1, "first", pinned=True)])
        assert client.screen.pin_bar == PinBar(1, "bob", BOB, "first", 1)
        client.events(change(Pinned, 10, target=5, on=True))
        assert client.screen.pin_bar is not None
        assert (client.screen.pin_bar.text, client.screen.pin_bar.count) == ("first", 2)
        request = client.network.questions[-1]
        assert isinstance(request, messages.AskHistory)
        client.hear(messages.History(request.id, [bobs(5, "five", pinned=True)], True))
        assert client.screen.pin_bar.text == "five"

    def test_by_moderators(self, client: Client) -> None:
        talking(client, "moderator")
        assert client.screen.allowed.pin
        client.intents.conversation.pin(1, True)
        request = client.network.questions[-1]
        assert isinstance(request, conversation.Pin)
        assert (request.seq, request.on) == (1, True)


class TestLinks:
    def test_to_a_message_and_back(self, client: Client) -> None:
        talking(client).events(bobs(1))
        client.intents.conversation.copy_link(1)
        link = client.screen.clipboard
        assert link == "chatroom://localhost:18000/#message=1"
        client.intents.open_link(link)
        assert client.opened == []
        assert client.screen.place is not None
        client.intents.open_link("http://example.org/#message=1")
        assert client.opened == ["http://example.org/#message=1"]

    def test_joining_by_one_goes_there(self, client: Client) -> None:
        client.intents.membership.connect("chatroom://localhost:18000/#message=5", "alice", "")
        client.hear(api.Welcomed(welcome(9), False), api.CaughtUp())
        request = client.network.questions[-1]
        assert isinstance(request, messages.AskHistory)
        assert request.around == 5

    def test_texts_are_copied_as_they_were_written(self, client: Client) -> None:
        talking(client).events(bobs(1, "`code`"), shared(2), bobs(3, "//me too"))
        client.intents.conversation.copy_text(3)
        assert client.screen.clipboard == "/me too"
        client.intents.conversation.copy_text(1)
        assert client.screen.clipboard == "`code`"
        assert client.intents.conversation.original(2) == (
            f"notes.txt http://{ADDRESS}/files/f1/notes.txt"
        )
        client.intents.conversation.mention(1)
        assert client.screen.composed == "@bob "
