"""Mute and slow mode: what is typed stays, and the seconds left are shown."""

import pytest

from client_mvc.network import api
from client_mvc.view.contract.values import Hold
from shared import limits, messages, moderation
from shared.problems import Problem
from tests.client_mvc.client import Client
from tests.client_mvc.controller.moderated import enter
from tests.client_mvc.fakes import AT, said

IN_10_MINUTES = "2026-11-22T08:10:00.000Z"


def mute(seq: int, until: str | None, number: int = 1, name: str = "alice") -> moderation.Muted:
    given = {} if until is None else {"until": until}
    return moderation.Muted(
        seq=seq, at=AT, name="mod", target=name, target_member=number, **given  # type: ignore[arg-type]
    )  # fmt: skip


def sends(client: Client, text: str = "hello") -> bool:
    return bool(client.intents.composer.send(text))


def test_a_muted_member_keeps_the_text(client: Client) -> None:
    enter(client).events(mute(1, IN_10_MINUTES))
    assert client.screen.hold == Hold("You are muted until 08:10.", "10:00")
    assert not sends(client)
    assert client.network.sent == []
    client.pass_time(599)
    assert client.screen.hold == Hold("You are muted until 08:10.", "1 s")
    client.pass_time(1)
    assert client.screen.hold is None
    assert sends(client)


def test_the_clock_of_this_computer_does_not_matter(client: Client) -> None:
    client.now += 86_400  # a day ahead of the server
    enter(client).events(mute(1, IN_10_MINUTES))
    assert client.screen.hold is not None
    assert client.screen.hold.left == "10:00"


def test_commands_still_work(client: Client) -> None:
    enter(client).events(mute(1, IN_10_MINUTES))
    assert sends(client, "/help")


def test_a_mute_that_a_moderator_ends(client: Client) -> None:
    enter(client).events(mute(1, IN_10_MINUTES), mute(2, None))
    assert client.screen.hold is None


def test_a_mute_until_undone_has_no_countdown(client: Client) -> None:
    enter(client).events(mute(1, "2126-11-22T08:00:00.000Z"))
    assert client.screen.hold == Hold("You are muted until a moderator ends it.")


def test_a_welcome_tells_of_a_mute(client: Client) -> None:
    enter(client, muted=messages.OwnMute(IN_10_MINUTES))
    assert client.screen.hold == Hold("You are muted until 08:10.", "10:00")


def test_leaving_ends_the_countdown(client: Client) -> None:
    enter(client).events(mute(1, IN_10_MINUTES))
    client.hear(api.MembershipEnded("left", clean=True))
    assert client.screen.hold is None


def test_slow_mode_counts_from_ones_own_message(client: Client) -> None:
    enter(client, slow=10).events(said(1, "of another"))
    assert client.screen.hold is None
    client.events(said(2, "mine", name="alice"))
    assert client.screen.hold == Hold("Slow mode: one message in 10 s.", "10 s")
    assert not sends(client)
    client.pass_time(10)
    assert sends(client)


def test_slow_mode_is_not_for_moderators(client: Client) -> None:
    enter(client, "moderator", slow=10).events(said(1, "mine", name="alice"))
    assert client.screen.hold is None


def test_old_messages_in_the_replay_do_not_count(client: Client) -> None:
    enter(client, slow=10, seq=5)
    client.events(said(5, "long ago", name="alice"))
    assert client.screen.hold is None


def test_the_end_of_slow_mode_ends_the_wait(client: Client) -> None:
    enter(client, slow=60).events(
        said(1, "mine", name="alice"), moderation.Slowed(seq=2, at=AT, name="mod", seconds=0)
    )
    assert client.screen.hold is None


@pytest.mark.parametrize("code", ["muted", "slow"])
def test_a_message_that_was_too_late_is_not_lost(client: Client, code: str) -> None:
    enter(client)
    assert sends(client)
    [message] = client.network.sent
    problem = Problem(code, {"until": IN_10_MINUTES, "seconds": 30}, 20.0)
    event = api.MessageFailed if code == "muted" else api.MessageDelayed
    client.hear(event(message.id, problem))
    assert [(each.text, each.failed) for each in client.screen.pending] == [
        ("hello", code == "muted")
    ]
    assert client.screen.hold is not None
    assert client.screen.hold.left == "20 s"
    if code == "muted":
        client.intents.outgoing.retry(message.id)
        assert len(client.network.sent) == 1
        client.pass_time(20)
        client.intents.outgoing.retry(message.id)
        assert [each.id for each in client.network.sent] == [message.id] * 2


def test_the_mark_of_a_muted_member_ends_with_the_time(client: Client) -> None:
    enter(client).events(mute(1, IN_10_MINUTES, 2, "bob"))

    def muted() -> list[str]:
        client.hear()
        return [row.name for row in client.screen.member_rows if row.muted]

    assert muted() == ["bob"]
    client.pass_time(601)
    assert muted() == []


def test_the_longest_mute_is_one_until_undone() -> None:
    assert limits.BAN_MINUTES * 60 > 3_650 * 86_400
