"""The member who is removed or banned: who, why, and when they can be back."""

from dataclasses import replace

import pytest

from client_mvc.network import api
from shared import moderation
from shared.problems import Problem
from tests.client_mvc.client import Client
from tests.client_mvc.controller.moderated import enter
from tests.client_mvc.fakes import AT, welcome

KICKED = Problem("kicked", {"by": "ann", "text": "spam"}, 60.0)


def removed(client: Client, problem: Problem = KICKED) -> None:
    client.hear(api.MembershipEnded("removed", problem))


def test_the_window_says_who_and_why_and_counts_down(client: Client) -> None:
    removed(enter(client))
    removal = client.screen.removal
    assert removal is not None
    assert removal.title == "You are no longer in #lobby"
    assert removal.text == "ann removed you from #lobby.\n\nReason: spam"
    assert (removal.rejoin, removal.ready) == ("Rejoin in 60 s", False)
    client.pass_time(58.5)
    assert client.screen.removal is not None
    assert client.screen.removal.rejoin == "Rejoin in 2 s"
    client.intents.removal.rejoin()
    assert len(client.network.joins) == 1
    client.pass_time(1.5)
    assert (client.screen.removal.rejoin, client.screen.removal.ready) == ("Rejoin", True)
    client.intents.removal.rejoin()
    assert len(client.network.joins) == 2
    assert client.network.joins[1].token is None
    client.hear(api.Welcomed(welcome(), forget=False))
    assert client.screen.removal is None


def test_what_was_not_sent_is_kept(client: Client) -> None:
    enter(client).intents.composer.send("hello")
    removed(client)
    assert client.screen.removal is not None
    assert "1 message not sent, kept for next time." in client.screen.removal.text
    client.pass_time(61)
    client.intents.removal.rejoin()
    assert [each.text for each in client.network.joins[1].outgoing] == ["hello"]


@pytest.mark.parametrize(
    ("until", "text"),
    [
        ("2026-11-22T14:05:00.000Z", "ann banned you from #lobby until 14:05."),
        ("2026-11-23T14:05:00.000Z", "ann banned you from #lobby until 23 Nov 2026, 14:05."),
        (None, "ann banned you from #lobby for good."),
    ],
)
def test_a_banned_member_reads_until_when(client: Client, until: str | None, text: str) -> None:
    enter(client)
    given = {} if until is None else {"until": until}
    client.events(
        moderation.Banned(seq=1, at=AT, name="ann", target="alice", target_member=1, **given)  # type: ignore[arg-type]
    )
    removed(client, Problem("banned", {"by": "ann"}))
    assert client.screen.removal is not None
    assert client.screen.removal.text == text
    assert client.screen.removal.rejoin == ""


def test_the_end_of_a_ban_is_told_in_the_persons_clock(client: Client) -> None:
    client.intents.preferences.open()
    form = client.screen.preferences
    assert form is not None
    client.intents.preferences.choose(replace(form, hours=12))
    enter(client)
    until = "2026-11-22T14:05:00.000Z"
    removed(client, Problem("banned", {"by": "ann", "until": until}))
    assert client.screen.removal is not None
    assert client.screen.removal.text == "ann banned you from #lobby until 2:05 PM."


def test_the_ban_of_somebody_else_is_not_ones_own(client: Client) -> None:
    enter(client)
    client.events(
        moderation.Banned(seq=1, at=AT, name="ann", target="bob", target_member=2, until=AT)
    )
    removed(client, Problem("banned", {"by": "ann"}))
    assert client.screen.removal is not None
    assert "for good" in client.screen.removal.text


def test_a_refusal_while_reconnecting_is_shown_as_a_removal(client: Client) -> None:
    enter(client)
    client.hear(
        api.Disconnected(Problem("connection_lost"), 1, 0.0),
        api.MembershipEnded(
            "refused", Problem("kicked", {"rule": "again", "seconds": 42}, 42.0)
        ),
    )
    assert client.screen.removal is not None
    assert client.screen.removal.rejoin == "Rejoin in 42 s"
    assert client.screen.form is None


def test_a_refused_join_stays_in_the_dialog(client: Client) -> None:
    client.connect()
    client.hear(
        api.MembershipEnded("refused", Problem("kicked", {"rule": "again", "seconds": 42}))
    )
    assert client.screen.removal is None
    assert client.screen.error is not None
    assert "again in 42 s" in client.screen.error[1]


def test_acts_of_the_servers_owner_at_its_terminal(client: Client) -> None:
    removed(enter(client), Problem("kicked", {"by": "server"}, 60.0))
    assert client.screen.removal is not None
    assert client.screen.removal.text == "The server removed you from #lobby."


def test_the_closed_window_stays_closed(client: Client) -> None:
    removed(enter(client))
    client.screen.removal = None
    client.intents.removal.closed()
    client.pass_time(5)
    assert client.screen.removal is None
