"""Acts of owner and moderators: what is offered, what is asked, what is sent."""

from typing import Any

import pytest

from client_mvc.network import api
from client_mvc.view.contract.values import MemberRow, RoomRules
from client_mvc.view.contract.windows import BanRow
from shared import limits, messages, moderation
from shared.problems import Problem
from tests.client_mvc.client import Client
from tests.client_mvc.controller.moderated import FEATURES, answered, asked, enter
from tests.client_mvc.fakes import AT, said, shared


def rows(client: Client) -> dict[str, MemberRow]:
    return {row.name: row for row in client.screen.member_rows}


def line(name: str, address: str) -> messages.ReportLine:
    return messages.ReportLine(
        *(name, address, 5, "websocket", False, 1, AT, 0.0, "active", 0, 0)
    )


def hear_report(client: Client, **addresses: str) -> None:
    members = [line(name, address) for name, address in addresses.items()]
    report = messages.Report(client.network.reports[-1], len(members), 3, AT, members)
    client.hear(api.ReportReceived(report, 0.1))


# --- what is offered -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "on_member", "on_moderator"),
    [
        ("member", "", ""),
        ("moderator", "ban mute remove", ""),
        ("owner", "ban mute promote remove", "ban demote mute remove"),
        ("janitor", "", ""),
    ],
)
def test_acts_are_offered_to_those_who_may(
    client: Client, role: str, on_member: str, on_moderator: str
) -> None:
    enter(client, role)
    shown = {
        name: " ".join(sorted(row.acts - {"ignore"})) for name, row in rows(client).items()
    }
    assert shown == {"alice": "", "bob": on_member, "mod": on_moderator, "own": ""}


def test_a_server_without_moderation_offers_nothing(client: Client) -> None:
    enter(client, "owner", features=[])
    assert not any(row.acts - {"ignore"} for row in client.screen.member_rows)
    assert client.screen.rules == RoomRules()
    assert client.screen.allowed.delete == "none"


@pytest.mark.parametrize(
    ("role", "features", "deleting"),
    [
        ("member", FEATURES, "own"),
        ("member", ["moderation"], "none"),
        ("moderator", ["moderation"], "all"),
        ("owner", FEATURES, "all"),
    ],
)
def test_who_may_delete_what(
    client: Client, role: str, features: list[str], deleting: str
) -> None:
    enter(client, role, features=features)
    assert client.screen.allowed.delete == deleting


def test_a_new_role_counts_at_once(client: Client) -> None:
    enter(client)
    client.events(
        moderation.RoleSet(
            seq=1, at=AT, name="own", target="alice", target_member=1, role="moderator"
        )
    )
    assert rows(client)["bob"].acts
    assert client.screen.rules.moderates
    assert client.screen.rules.can_claim


def test_top_bar_and_menu_show_the_rules_of_the_room(client: Client) -> None:
    enter(client, "owner", topic="tea", locked=True, slow=10)
    assert client.screen.rules == RoomRules("tea", locked=True, slow=10, moderates=True)
    client.events(moderation.TopicSet(seq=1, at=AT, name="own", text="coffee"))
    assert client.screen.rules.topic == "coffee"


# --- acts on members -----------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "sent"), [(10, 10), (0, 0), (None, limits.BAN_MINUTES)])
def test_mute(client: Client, minutes: int | None, sent: int) -> None:
    enter(client, "moderator").intents.moderation.mute("bob", minutes)
    assert asked(client) == moderation.Mute(id=asked(client).id, target=2, minutes=sent)


def test_remove_asks_for_a_reason(client: Client) -> None:
    enter(client, "moderator").intents.moderation.remove("bob")
    assert client.network.questions == []
    assert client.screen.prompt is not None
    assert client.screen.prompt.optional
    client.screen.answer(" spam ")
    assert asked(client) == moderation.Kick(id=asked(client).id, target=2, text="spam")
    assert client.screen.prompt is None


def test_ban_says_whom_else_it_hits(client: Client) -> None:
    enter(client, "moderator").intents.moderation.ban("bob", 60)
    assert client.screen.prompt is None
    hear_report(client, alice="10.0.0.1", bob="10.0.0.7", ben="10.0.0.7", own="10.0.0.2")
    assert client.screen.report is None
    assert client.screen.prompt is not None
    assert "for 1 hour" in client.screen.prompt.text
    assert "ben has the same address" in client.screen.prompt.text
    client.screen.answer("")
    assert asked(client) == moderation.Ban(id=asked(client).id, target=2, minutes=60)


@pytest.mark.parametrize(
    "addresses",
    [
        {"alice": "10.0.0.1", "bob": "127.0.0.1", "ben": "127.0.0.1"},
        {"alice": "10.0.0.1", "bob": "::ffff:127.0.0.1", "ben": "::ffff:127.0.0.1"},
        {"alice": "10.0.0.7", "bob": "10.0.0.7", "ben": "10.0.0.7"},
        {"alice": "10.0.0.1", "bob": "", "ben": ""},
    ],
)
def test_a_ban_that_does_not_hold_on_the_address_names_nobody(
    client: Client, addresses: dict[str, str]
) -> None:
    enter(client, "moderator").intents.moderation.ban("bob", 0)
    hear_report(client, **addresses)
    assert client.screen.prompt is not None
    assert client.screen.prompt.text == "bob leaves the room and cannot join again."


def test_a_ban_needs_no_report(client: Client) -> None:
    enter(client, "moderator").intents.moderation.ban("bob", 0)
    client.hear(api.RequestFailed(client.network.reports[-1], Problem("storage")))
    client.screen.answer("")
    assert isinstance(asked(client), moderation.Ban)


def test_roles(client: Client) -> None:
    enter(client, "owner").intents.moderation.set_role("bob", "moderator")
    assert asked(client) == moderation.SetRole(id=asked(client).id, target=2, role="moderator")


def test_a_refused_act_is_explained(client: Client) -> None:
    enter(client, "moderator").intents.moderation.mute("bob", 10)
    answered(client, "forbidden", rule="moderator")
    assert client.banner == "Only owners and moderators can do this."


def test_outside_a_room_nothing_is_sent(client: Client) -> None:
    client.intents.moderation.lock(True)
    assert client.network.questions == []
    assert "not in a room" in client.banner


# --- deleting ------------------------------------------------------------------------------


def test_messages_and_files_are_deleted_only_after_a_question(client: Client) -> None:
    own = said(1, "oops", name="alice")
    enter(client, "moderator").events(own, said(2, "spam"), shared(3, name="alice"))
    titles = ("Delete this message?", "Delete this message?", "Delete this file?")
    for seq, title in enumerate(titles, 1):
        client.intents.moderation.delete(seq)
        assert client.screen.question is not None
        assert client.screen.question.title == title
        assert len(client.network.questions) == seq - 1
        client.screen.agree()
        assert asked(client) == moderation.Delete(id=asked(client).id, seq=seq)


# --- rules of the room ---------------------------------------------------------------------


def test_lock_slow_mode_and_topic(client: Client) -> None:
    act = enter(client, "moderator", topic="tea").intents.moderation
    act.lock(True)
    assert asked(client) == moderation.Lock(id=asked(client).id, on=True)
    act.slow(30)
    assert asked(client) == moderation.Slow(id=asked(client).id, seconds=30)
    act.ask_topic()
    assert client.screen.prompt is not None
    assert client.screen.prompt.value == "tea"
    client.screen.answer("coffee")
    assert asked(client) == moderation.SetTopic(id=asked(client).id, text="coffee")


@pytest.mark.parametrize("typed", ["KEY", " KEY\n", "chatroom://host:18000/#owner=KEY"])
def test_the_owners_key(client: Client, typed: str) -> None:
    enter(client).intents.moderation.claim()
    client.screen.answer(typed)
    claim = asked(client)
    assert claim == moderation.Claim(id=claim.id, key="KEY")
    client.events(
        moderation.RoleSet(
            seq=1,
            at=AT,
            name="alice",
            target="alice",
            target_member=1,
            role="owner",
            id=claim.id,
        )
    )
    assert client.screen.prompt is None
    assert not client.screen.rules.can_claim
    assert "You are the owner" in client.banner


@pytest.mark.parametrize(
    ("hosts", "who"), [({}, "The server"), ({"hosts": ["https://a"]}, "The host that")]
)
def test_who_shows_the_owners_key(client: Client, hosts: dict[str, Any], who: str) -> None:
    client.join(**hosts)
    client.intents.moderation.claim()
    assert client.screen.prompt is not None
    assert f"{who} " in client.screen.prompt.text
    assert client.screen.prompt.text.endswith("chatroom-server owner-key")


@pytest.mark.parametrize("typed", ["x" * 65, "chatroom://host:18000/", "chatroom://", " "])
def test_what_is_no_owners_key_is_not_sent(client: Client, typed: str) -> None:
    enter(client).intents.moderation.claim()
    client.screen.answer(typed)
    assert client.screen.prompt_problem
    assert client.network.questions == []


def test_a_wrong_owners_key_is_shown_where_it_was_typed(client: Client) -> None:
    enter(client).intents.moderation.claim()
    client.screen.answer("WRONG")
    answered(client, "forbidden", rule="owner_key")
    assert client.screen.prompt is not None
    assert client.screen.prompt_problem == "This is not the owner's key."
    assert client.banner == ""


def test_a_link_with_the_owners_key_joins_as_the_owner(client: Client) -> None:
    client.model.device = "d" * 22
    client.connect(server="chatroom://localhost:18000/#owner=KEY")
    assert (client.network.joins[0].owner_key, client.network.joins[0].device) == (
        "KEY",
        "d" * 22,
    )
    enter(client)
    kept = (client.model.preferences.now.server, client.model.preferences.now.recent)
    assert "KEY" not in str(kept)
    assert client.network.joins[-1].owner_key is None


# --- bans ----------------------------------------------------------------------------------


def test_the_window_of_the_bans(client: Client) -> None:
    enter(client, "moderator").intents.bans.ask()
    first = asked(client)
    bans = [
        moderation.BanInfo(7, "eve", "mod", AT, "2026-11-23T14:05:00.000Z", "spam"),
        moderation.BanInfo(6, "mal", "server", AT),
    ]
    client.hear(moderation.Bans(first.id, bans))
    assert client.screen.bans == [
        BanRow(7, "eve", "23 Nov 2026, 14:05", "mod", "22 Nov 2026, 08:00", "spam"),
        BanRow(6, "mal", "for good", "The server", "22 Nov 2026, 08:00", ""),
    ]
    client.intents.bans.undo(7)
    assert asked(client) == moderation.Unban(id=asked(client).id, ban=7)
    client.events(moderation.Unbanned(seq=1, at=AT, name="alice", target="eve"))
    assert isinstance(asked(client), moderation.AskBans)
    client.hear(moderation.Bans(asked(client).id, bans[1:]))
    assert [row.ban for row in client.screen.bans] == [6]
    client.intents.bans.closed()
    before = len(client.network.questions)
    client.events(moderation.Unbanned(seq=2, at=AT, name="alice", target="mal"))
    assert len(client.network.questions) == before
