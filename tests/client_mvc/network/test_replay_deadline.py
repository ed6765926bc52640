"""A replay that does not end, and rooms that are not the one held. No sockets, no clock."""

import pytest

from client_mvc.network import api
from client_mvc.network.protocol import ClientProtocol
from client_mvc.network.state import REPLAY_SILENT, REPLAY_WITHIN, ClientState
from client_mvc.network.steps import HangUp, Open, Send
from shared import messages
from shared.problems import Problem
from tests.client_mvc.fakes import said, welcome
from tests.client_mvc.network.driving import A, opened, options, ready, sent, told


def test_a_replay_that_does_not_come_is_a_lost_connection() -> None:
    new = opened()
    new.received(welcome(2**53), 0.0)
    assert new.wake_at == REPLAY_SILENT
    steps = new.tick(REPLAY_SILENT)
    assert HangUp() in steps
    assert told(steps, api.Disconnected)[0].problem.code == "missed_events"


def test_each_event_of_the_replay_gives_more_time_but_not_for_ever() -> None:
    new, now = opened(), 0.0
    new.received(welcome(2**53), now)
    for seq in range(1, 10_000):
        if now >= REPLAY_WITHIN:
            break
        new.received(said(seq), now)
        assert new.tick(now) == []
        now += REPLAY_SILENT - 1
    assert new.wake_at is not None
    assert new.wake_at <= REPLAY_WITHIN
    assert told(new.tick(REPLAY_WITHIN), api.Disconnected)
    assert new.state is ClientState.WAITING


def test_after_the_replay_there_is_no_deadline() -> None:
    assert ready(3).wake_at is None


def test_events_beyond_the_welcome_do_not_end_the_replay() -> None:
    new = opened()
    new.received(welcome(5), 0.0)
    steps = new.received(said(6), 0.0)
    assert told(steps, api.Disconnected)[0].problem.code == "missed_events"
    assert not told(steps, api.EventReceived)


def room(journal: str) -> messages.RoomInfo:
    return messages.RoomInfo(
        room="lobby", journal=journal, features=[], password=False, active=0, max_users=3
    )


def test_the_same_room_is_joined() -> None:
    new = ClientProtocol(options(token="t0", after=7, journal="j1", answers_room=True))
    assert new.start() == [Open()]
    assert new.room_found(room("j1")) == [api.RoomFound(room("j1"), known=True)]
    (join,) = sent(new.opened(0.0))
    assert isinstance(join, messages.Join)
    assert (join.token, join.after, join.journal) == ("t0", 7, "j1")


@pytest.mark.parametrize("found", [room("j2"), None])
def test_another_room_ends_the_membership(found: messages.RoomInfo | None) -> None:
    new = ClientProtocol(options(token="t0", journal="j1", answers_room=True, outgoing=[A]))
    new.start()
    steps = new.room_found(found)
    assert steps[0] == api.RoomFound(found, known=False)
    assert told(steps, api.MembershipEnded)[0].why == "other_room"
    assert not told(steps, Send)
    assert new.state is ClientState.ENDED


def test_a_server_of_version_0_1_is_joined_as_before() -> None:
    new = ClientProtocol(options(token="t0", journal="j1"))
    new.start()
    assert new.room_found(None) == [api.RoomFound(None, known=True)]
    assert sent(new.opened(0.0))
    new.received(welcome(0, journal="j1"), 0.0)
    assert new.state is ClientState.READY
    assert new.origin.journal == ""


def test_a_server_that_answered_once_has_to_go_on() -> None:
    new = ClientProtocol(options())
    new.start()
    new.room_found(room("j1"))
    new.opened(0.0)
    new.received(welcome(0, journal="j1"), 0.0)
    assert new.origin.journal == "j1"
    new.closed(1006, 1.0)
    new.tick(1.0)
    assert told(new.room_found(None), api.MembershipEnded)[0].why == "other_room"


def test_a_welcome_of_another_journal_gets_no_message() -> None:
    new = opened(token="t0", journal="j1", outgoing=[A])
    steps = new.received(welcome(0, journal="j2"), 0.0)
    assert told(steps, api.MembershipEnded)[0].why == "other_room"
    assert not sent(steps)


def test_a_broken_protocol_while_leaving_ends_the_membership() -> None:
    new = ready()
    new.leave(0.0)
    steps = new.unreachable(Problem("protocol_broken"), 0.0)
    assert told(steps, api.MembershipEnded)[0].why == "left"
