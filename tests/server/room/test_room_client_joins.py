"""Joins on their way to the room: answered, sent again, taken back, and those that wait."""

import asyncio
from typing import Any

import pytest

from server.room.interface import (
    JoinAccepted,
    JoinRefused,
    JoinRequest,
    JoinWaits,
    PostResult,
    RoomUnavailableError,
)
from server.room.ipc import (
    Answers,
    EventBatch,
    Hello,
    HelloReply,
    JoinAttempt,
    RoomHosts,
)
from server.room.operations import Drop, Leave, token_hash
from server.room.worker_side import room_client
from shared.problems import problem
from tests.fakes import accepted, turns
from tests.server.room.room_line import Line


async def test_a_join_is_an_operation_like_any_other(line: Line) -> None:
    line.say("1")
    request, joining = await line.asks()
    line.say("2")
    await turns()
    assert line.asked == ["Hello", "1", "JoinAttempt", "2"]
    (sent,) = (up for up in line.socket.ups if isinstance(up, JoinAttempt))
    assert sent.request == request
    line.down(EventBatch(1, [b"1"], [], []), Answers(2, [(2, accepted(token=""))]))
    place = await joining
    assert token_hash(place.token) == sent.token_hash, "the room has its hash only"
    assert len(place.token) >= 32
    assert line.worker.told[-1] == ("deliver", 1, [b"1"]), "the events of its batch come first"


async def test_a_resume_keeps_its_token(line: Line) -> None:
    _, joining = await line.asks(token="mine")
    line.down(Answers(1, [(1, accepted(token=""))]))
    place = await joining
    assert place.token == "mine"
    _, joining = await line.asks(token="mine")
    refused = JoinRefused(problem("bad_token"))
    line.down(Answers(2, [(2, refused)]))
    assert await joining == refused


async def test_a_join_that_was_not_answered_is_sent_again_with_its_token(line: Line) -> None:
    request, joining = await line.asks()
    first = line.socket.ups[-1]
    line.room.connection_lost(None)
    line.connect()
    assert line.socket.ups == [Hello(3, [], [request.connection]), first]
    line.down(HelloReply(0), Answers(1, [(1, accepted())]))
    assert isinstance(await joining, JoinAccepted)


@pytest.mark.parametrize("token", [None, "mine"])
@pytest.mark.parametrize("early", [False, True])
async def test_a_join_that_is_taken_back(line: Line, token: str | None, *, early: bool) -> None:
    """Its session ended: a new membership ends too, an old one is disconnected."""
    request, joining = await line.asks(token=token)
    if early:
        joining.cancel()
        await turns()
    line.down(Answers(1, [(1, accepted(member=9))]))
    if not early:
        joining.cancel()
    await turns()
    assert joining.cancelled()
    undone = line.socket.ups[2:]
    if token is None:
        assert undone == [Leave(9, request.connection, "lost")]
    else:
        assert undone == [Drop(request.connection)]


async def test_a_join_that_gets_no_answer(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_client, "ANSWER_WITHIN", 0.01)
    request, joining = await line.asks()
    with pytest.raises(RoomUnavailableError):
        await joining
    line.down(Answers(1, [(1, accepted(member=9))]))
    await turns()
    assert line.socket.ups[2:] == [Leave(9, request.connection, "lost")]


# --- a join that waits ------------------------------------------------------------------------


async def waits(line: Line) -> "tuple[JoinRequest, asyncio.Future[Any]]":
    """A join that the room looks at later."""
    request, joining = await line.asks(password="right")
    line.down(Answers(1, [(1, JoinWaits())]))
    await turns()
    return request, joining


async def test_a_join_that_waits_is_answered_later(line: Line) -> None:
    _, joining = await waits(line)
    told: list[PostResult] = []
    line.say("1", told.append)
    await turns()
    line.down(Answers(2, []))
    assert len(told) == 1
    assert not joining.done()
    line.down(Answers(2, [(1, accepted(token=""))]))
    assert (await joining).member == 7


async def test_a_join_that_waits_has_more_time(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_client, "WAITS_WITHIN", 0.01)
    _, joining = await waits(line)
    with pytest.raises(RoomUnavailableError):
        await joining
    await turns()
    assert line.asked[-1] == "Drop", "the room need not look at it any more"


async def test_a_join_that_waits_is_asked_again_of_another_room(line: Line) -> None:
    _, joining = await waits(line)
    line.say("1")
    await turns()
    line.room.connection_lost(None)
    line.connect()
    assert line.asked == ["Hello", "JoinAttempt", "1"]
    line.down(Answers(2, [(1, accepted(token=""))]))
    assert (await joining).member == 7


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("how", ["hangs up", "cancelled"])
async def test_whoever_leaves_waits_no_more(line: Line, how: str, *, early: bool) -> None:
    request, joining = await line.asks(password="right")
    if not early:
        line.down(Answers(1, [(1, JoinWaits())]))
        await turns()
    if how == "hangs up":
        line.room.hung_up(request.connection)
    else:
        joining.cancel()
    await turns()
    if early:
        assert line.asked == ["Hello", "JoinAttempt"]
        line.down(Answers(1, [(1, JoinWaits())]))
        await turns()
    assert line.socket.ups[-1] == Drop(request.connection)
    line.down(Answers(2, [(1, JoinRefused(problem("too_many", "waiting", seconds=5)))]))
    await turns()
    assert line.asked == ["Hello", "JoinAttempt", "Drop"]
    assert joining.done()


async def test_hanging_up_takes_no_join_back_that_does_not_wait(line: Line) -> None:
    """What the client sent behind it is still carried out."""
    request, joining = await line.asks()
    line.room.hung_up(request.connection)
    line.down(Answers(1, [(1, accepted(token=""))]))
    assert (await joining).member == 7
    assert line.asked == ["Hello", "JoinAttempt"]


async def test_a_join_names_the_hosts_as_they_are_when_it_is_answered(line: Line) -> None:
    _, joining = await line.asks()
    line.down(RoomHosts(("https://a:18000", "https://b:18000")))
    line.down(Answers(1, [(1, accepted())]))
    joined = await joining
    assert joined.hosts == ("https://a:18000", "https://b:18000")
    assert line.worker.told[-1] == ("hosts", joined.hosts, ())
