"""The bell and notifications: their causes and their number."""

import pytest

from client_mvc.controller.alerts import APART, LONGEST
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import said, shared


@pytest.fixture
def away(inside: Client) -> Client:
    """A client in the room whose window has no focus."""
    inside.intents.focused(False)
    return inside


def test_a_mention_rings_and_notifies(away: Client) -> None:
    away.events(said(1, "hello"), said(2, "@alice: look\nhere"))
    assert away.screen.rings == 1
    assert away.desktop.notified == [("bob in #lobby", "@alice: look here")]


def test_without_the_bell_it_still_asks_for_attention(away: Client) -> None:
    away.model.preferences.choose(bell=False)
    away.events(said(1, "alice!"))
    assert (away.screen.rings, away.screen.calls_for_attention) == (0, 1)


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [("off", []), ("mentions", ["cy in #lobby"]), ("all", ["bob in #lobby", "cy in #lobby"])],
)
def test_notifications_follow_the_preference(
    away: Client, wanted: str, titles: list[str]
) -> None:
    away.model.preferences.choose(notify=wanted)
    away.events(said(1, "hello"))
    away.pass_time(APART)
    away.events(said(2, "alice?", name="cy"))
    assert [title for title, _ in away.desktop.notified] == titles


def test_files_notify_too(away: Client) -> None:
    away.model.preferences.choose(notify="all")
    away.events(shared(1))
    assert away.desktop.notified == [("bob in #lobby", "shared notes.txt")]


def test_a_focused_window_does_not_notify(inside: Client) -> None:
    inside.events(said(1, "alice!"))
    assert inside.desktop.notified == []
    assert inside.screen.calls_for_attention == 0


def test_own_and_old_messages_do_not_notify(client: Client) -> None:
    client.intents.focused(False)
    client.model.preferences.choose(notify="all")
    client.join(2)
    client.events(said(1, "alice"), said(2, "alice"), said(3, "alice", name="alice"))
    assert client.desktop.notified == []


def test_many_messages_make_few_notifications(away: Client) -> None:
    away.model.preferences.choose(notify="all")
    away.events(said(1, "one"))
    for seq in range(2, 30):
        away.events(said(seq, "alice!" if seq == 7 else f"message {seq}"))
    assert len(away.desktop.notified) == 1
    away.pass_time(APART)
    assert away.desktop.notified[1:] == [
        ("bob in #lobby", "alice!\n(and 27 more messages)"),
    ]
    away.pass_time(10 * APART)
    assert len(away.desktop.notified) == 2


def test_the_focus_withdraws_notifications(away: Client) -> None:
    away.events(said(1, "alice!"), said(2, "hello"))
    away.events(said(3, "alice!"))
    away.intents.focused(True)
    away.pass_time(APART)
    assert len(away.desktop.notified) == 1
    assert away.desktop.withdrawn == 1
    away.intents.focused(True)
    assert away.desktop.withdrawn == 1


def test_a_long_text_is_cut(away: Client) -> None:
    away.events(said(1, "alice " + "x" * 5000))
    assert len(away.desktop.notified[0][1]) == LONGEST
