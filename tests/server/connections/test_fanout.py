"""The fan-out: each connection gets all events after its start, in order, once."""

import pytest

from server.connections.fanout import CHUNK_EVENTS, RECENT_BYTES
from server.room.interface import RoomUnavailableError
from tests.fakes import FakeSubscriber, lines, other_lines, turns
from tests.server.connections.feed import Feed


@pytest.fixture
async def feed() -> Feed:
    return Feed()


# --- live connections -------------------------------------------------------------------


async def test_a_live_connection_gets_a_batch_at_once_in_one_write(feed: Feed) -> None:
    subscriber = feed.add()
    feed.say(3)
    feed.say(1)
    assert subscriber.writes == [b"1\n2\n3\n", b"4\n"]
    assert feed.fanout.cursor(feed.subscription) == 4
    assert feed.store.reads == 0


async def test_events_are_encoded_once_for_each_encoding(feed: Feed) -> None:
    calls = []

    def encode(payloads: object) -> list[bytes]:
        calls.append(payloads)
        return lines(payloads)  # type: ignore[arg-type]

    same = [feed.add(subscriber=FakeSubscriber(encode)) for _ in range(3)]
    other = feed.add(subscriber=FakeSubscriber(other_lines))
    feed.say(2)
    assert len(calls) == 1
    assert all(subscriber.writes == [b"1\n2\n"] for subscriber in same)
    assert other.writes == [b"* 1\n* 2\n"]


async def test_known_events_are_left_out(feed: Feed) -> None:
    subscriber = feed.add()
    feed.say(3)
    feed.fanout.deliver(1, feed.store.bodies(1, 3))
    feed.fanout.deliver(2, feed.store.bodies(2, 3))
    feed.store.newest = 5
    feed.fanout.deliver(2, feed.store.bodies(2, 5))
    feed.fanout.deliver(6, [])
    assert subscriber.seqs == [1, 2, 3, 4, 5]
    assert feed.fanout.head == 5


async def test_a_gap_is_fetched(feed: Feed) -> None:
    subscriber = feed.add()
    feed.say(2)
    feed.store.newest = 9
    feed.fanout.deliver(8, feed.store.bodies(8, 9))
    await turns()
    feed.say()
    assert subscriber.seqs == list(range(1, 11))


async def test_what_is_fetched_is_in_memory_for_one_connection_alone(feed: Feed) -> None:
    live = feed.add()
    feed.say(2)
    assert live.own == []
    feed.store.newest = 9
    feed.fanout.deliver(8, feed.store.bodies(8, 9))
    await turns()
    assert live.own == [b"3\n4\n5\n6\n7\n8\n9\n"]


async def test_events_of_a_room_that_moved_on_are_fetched(feed: Feed) -> None:
    subscriber = feed.add()
    feed.say(2)
    feed.store.newest = 7
    feed.fanout.moved(7)
    feed.fanout.moved(7)
    feed.fanout.moved(3)
    await turns()
    assert subscriber.seqs == list(range(1, 8))
    assert feed.fanout.head == 7


# --- new and ended connections --------------------------------------------------------------


async def test_a_new_connection_gets_old_events_from_memory(feed: Feed) -> None:
    feed.say(3)
    feed.say(3)
    subscriber = feed.add(start=1)
    await turns()
    assert subscriber.seqs == [2, 3, 4, 5, 6]
    feed.say()
    assert subscriber.seqs[-1] == 7
    assert feed.store.reads == 0


async def test_a_new_connection_gets_older_events_from_the_journal_in_pieces(
    feed: Feed,
) -> None:
    feed.say(3 * CHUNK_EVENTS)
    feed.forget()
    subscriber = feed.add(start=5)
    await turns()
    assert subscriber.seqs == list(range(6, 3 * CHUNK_EVENTS + 1))
    assert feed.store.reads == 3
    feed.say()
    assert subscriber.seqs[-1] == 3 * CHUNK_EVENTS + 1


async def test_events_that_come_while_catching_up_follow(feed: Feed) -> None:
    feed.say(CHUNK_EVENTS + 5)
    feed.forget()
    subscriber = feed.add(start=0)
    for _ in range(10):
        await turns(1)
        feed.say()
    await turns()
    assert subscriber.seqs == list(range(1, CHUNK_EVENTS + 16))


async def test_the_answer_to_a_join_may_come_before_its_events(feed: Feed) -> None:
    feed.say(2)
    subscriber = feed.add(start=5)
    await turns()
    assert feed.fanout.cursor(feed.subscription) == 5
    feed.say(2)
    await turns()
    assert subscriber.seqs == []
    feed.say(3)
    await turns()
    feed.say(1)
    assert subscriber.seqs == [6, 7, 8]


async def test_presences_of_many_are_one_write(feed: Feed) -> None:
    subscriber = feed.add()
    feed.fanout.signal([("ada", b"ada away"), ("bob", b""), ("eve", b"eve away")])
    assert subscriber.writes == [b"ada away\neve away\n"]


async def test_the_state_of_the_room_is_told_who_is_behind_when_it_has_caught_up(
    feed: Feed,
) -> None:
    feed.say(2)
    live, ahead = feed.add(start=2), feed.add(start=3)
    feed.fanout.signal([("ada", b"away")])
    feed.fanout.state("majority", b"lost")
    feed.fanout.state("hosts", b"a and b")
    feed.fanout.state("majority", b"found")
    assert live.got == [b"away", b"lost", b"a and b", b"found"]
    feed.say(1)
    assert ahead.got == [b"away", b"found", b"a and b"]


async def test_one_that_is_ahead_gets_presence_behind_the_events_before_it(
    feed: Feed,
) -> None:
    feed.say(2)
    subscriber = feed.add(start=3)
    feed.fanout.signal([("ada", b"away")])
    feed.fanout.signal([("bob", b"away")])
    feed.fanout.signal([("bob", b"")])
    assert subscriber.got == []
    feed.say(2)
    assert subscriber.got == [b"4", b"away"]
    feed.fanout.signal([("ada", b"active")])
    assert subscriber.got == [b"4", b"away", b"active"]
    assert len(feed.fanout) == 1


async def test_one_that_is_ahead_and_reads_nothing_takes_no_memory(feed: Feed) -> None:
    subscriber = feed.add(start=2)
    subscriber.slow()
    feed.say(3)
    assert subscriber.got == []
    subscriber.drain()
    await turns()
    assert subscriber.seqs == [3]


async def test_one_that_is_ahead_may_end(feed: Feed) -> None:
    subscriber = feed.add(start=2)
    feed.fanout.remove(feed.subscription)
    feed.say(3)
    await turns()
    assert subscriber.got == []
    assert len(feed.fanout) == 0


async def test_the_journal_may_be_ahead_of_the_batches(feed: Feed) -> None:
    feed.say(3)
    feed.forget()
    feed.store.newest = 5
    subscriber = feed.add(start=0)
    await turns()
    assert subscriber.seqs == [1, 2, 3, 4, 5]
    feed.fanout.deliver(4, feed.store.bodies(4, 5))
    feed.say()
    await turns()
    assert subscriber.seqs == [1, 2, 3, 4, 5, 6]


async def test_a_hint_reaches_those_that_keep_up_but_for_one(feed: Feed) -> None:
    writer, live, slow = feed.add(), feed.add(), feed.add()
    other = feed.add(subscriber=FakeSubscriber(other_lines))
    deaf = feed.add(subscriber=FakeSubscriber(lambda events: [b"" for _ in events]))
    feed.say()
    slow.slow()
    late = feed.add(start=0)
    slow.writes.clear()
    late.slow()
    feed.say()  # now both are behind
    feed.fanout.hint(b"typing", but=writer)
    assert live.got[-1] == b"typing"
    assert other.writes[-1] == b"* typing\n"
    assert b"" not in deaf.writes[2:]
    slow.drain()
    late.drain()
    await turns()
    for subscriber in (writer, slow, late):
        assert b"typing" not in subscriber.got


async def test_a_removed_connection_gets_nothing_more(feed: Feed) -> None:
    live = feed.add()
    subscription = feed.subscription
    feed.say(2)
    feed.fanout.remove(subscription)
    feed.say(2)
    feed.fanout.signal([("ada", b"away")])
    assert live.seqs == [1, 2]
    assert feed.fanout.cursor(subscription) == 2
    assert len(feed.fanout) == 0
    feed.fanout.remove(subscription)


async def test_a_connection_is_removed_while_it_catches_up(feed: Feed) -> None:
    feed.say(3)
    feed.forget()
    subscriber = feed.add(start=0)
    await turns(1)
    feed.fanout.remove(feed.subscription)
    await turns()
    feed.say()
    assert subscriber.seqs == []
    assert feed.subscription.task is not None
    assert feed.subscription.task.cancelled()


# --- slow connections ---------------------------------------------------------------


async def test_a_slow_connection_delays_no_other_and_misses_nothing(feed: Feed) -> None:
    slow, quick = feed.add(), feed.add()
    feed.say()
    slow.slow()
    for _ in range(5):
        feed.say(2)
        await turns()
    assert quick.seqs == list(range(1, 12))
    assert slow.seqs == [1]
    slow.drain()
    await turns()
    assert slow.seqs == list(range(1, 12))
    assert feed.store.reads == 0, "all of it was still in memory"
    feed.say()
    assert slow.seqs[-1] == 12


async def test_a_very_slow_connection_is_served_from_the_journal(feed: Feed) -> None:
    slow = feed.add()
    slow.slow()
    for _ in range(4):
        bodies = feed.store.add(1)
        feed.fanout.deliver(int(bodies[0]), [b"x" * (RECENT_BYTES // 2 + 1)])
        await turns()
    slow.drain()
    await turns()
    assert slow.seqs[:3] == [1, 2, 3]
    assert feed.store.reads == 1


async def test_recent_events_in_memory_are_limited(feed: Feed) -> None:
    for _ in range(10):
        feed.fanout.deliver(feed.fanout.head + 1, [b"x" * (RECENT_BYTES // 4)])
    held = sum(batch.size for batch in feed.fanout._recent)
    assert held <= RECENT_BYTES


async def test_a_connection_that_needs_events_no_longer_kept_is_closed(feed: Feed) -> None:
    feed.say(20)
    feed.forget()
    feed.store.first_kept = 10
    late, fine = feed.add(start=8), feed.add(start=9)
    await turns()
    assert (late.closed_as_slow, late.writes) == (1, [])
    assert fine.seqs == list(range(10, 21))


async def test_a_journal_that_cannot_be_read_ends_the_connection(
    feed: Feed, caplog: pytest.LogCaptureFixture
) -> None:
    feed.say(3)
    feed.forget()
    feed.store.problem = RoomUnavailableError("disk I/O error")
    subscriber = feed.add(start=0)
    await turns()
    assert subscriber.closed_as_slow == 1
    assert "disk I/O error" in caplog.text


async def test_a_connection_that_is_not_served_yet_is_sent_nothing(feed: Feed) -> None:
    subscriber = FakeSubscriber()
    subscription = feed.fanout.subscribe(subscriber)
    feed.say()
    feed.fanout.signal([("ada", b"away")])
    await turns()
    assert subscriber.writes == []
    assert feed.fanout.cursor(subscription) == 0
    feed.fanout.remove(subscription)
    feed.say()
    assert subscriber.writes == []
    assert len(feed.fanout) == 0


async def test_closing_may_remove_the_connection(feed: Feed) -> None:
    """As a real connection does: `too_slow` closes it, and closing removes its subscription."""
    feed.say(3)
    feed.forget()
    feed.store.first_kept = 3
    subscriber = FakeSubscriber()
    subscriber.too_slow = lambda: feed.fanout.remove(feed.subscription)  # type: ignore[method-assign]
    feed.add(start=0, subscriber=subscriber)
    await turns()
    assert len(feed.fanout) == 0


# --- presence ----------------------------------------------------------------------------


async def test_presence_comes_in_order_with_events(feed: Feed) -> None:
    subscriber = feed.add()
    feed.say()
    feed.fanout.signal([("ada", b"away")])
    feed.say()
    assert subscriber.got == [b"1", b"away", b"2"]
    assert feed.fanout.cursor(feed.subscription) == 2


async def test_a_connection_gets_the_last_presence_of_each_name_when_it_has_caught_up(
    feed: Feed,
) -> None:
    feed.say(3)
    feed.forget()
    subscriber = feed.add(start=0)
    feed.fanout.signal([("ada", b"ada away")])
    feed.fanout.signal([("bob", b"bob away")])
    feed.fanout.signal([("ada", b"ada active")])
    await turns()
    assert subscriber.got == [b"1", b"2", b"3", b"ada active", b"bob away"]
    feed.fanout.signal([("bob", b"bob active")])
    assert subscriber.got[-1] == b"bob active"
    assert len(subscriber.got) == 6


async def test_presence_that_comes_before_the_first_event_is_not_lost(feed: Feed) -> None:
    subscriber = FakeSubscriber()
    feed.say(2)
    subscription = feed.fanout.subscribe(subscriber)
    feed.fanout.signal([("ada", b"ada away")])
    feed.fanout.serve(subscription, 0)
    await turns()
    assert subscriber.got == [b"1", b"2", b"ada away"]


async def test_presence_of_a_member_that_left_is_void(feed: Feed) -> None:
    feed.say(1)
    feed.forget()
    live, behind = feed.add(), feed.add(start=0)
    feed.fanout.signal([("ada", b"ada away")])
    feed.fanout.signal([("bob", b"bob away")])
    feed.fanout.signal([("ada", b"")])
    feed.fanout.signal([("nobody", b"")])
    await turns()
    assert live.got == [b"ada away", b"bob away"]
    assert behind.got == [b"1", b"bob away"]


# --- the end of a membership -------------------------------------------------------------


class End:
    """Counts that a connection has got all that it is to get."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> None:
        self.calls += 1


async def test_a_live_connection_that_ends_has_everything_at_once(feed: Feed) -> None:
    subscriber, done = feed.add(), End()
    feed.say(2)
    feed.fanout.finish(feed.subscription, done)
    assert (subscriber.seqs, done.calls) == ([1, 2], 1)
    feed.say()
    assert subscriber.seqs == [1, 2]
    assert len(feed.fanout) == 0


@pytest.mark.parametrize("forgotten", [False, True])
async def test_a_slow_connection_that_ends_gets_what_was_there_and_nothing_more(
    feed: Feed, forgotten: bool
) -> None:
    subscriber, done = feed.add(), End()
    subscriber.slow()
    feed.say(CHUNK_EVENTS)
    feed.say(3)
    feed.fanout.finish(feed.subscription, done)
    feed.say(5)
    if forgotten:
        feed.fanout._recent.clear()
    await turns()
    assert (subscriber.seqs, done.calls) == ([], 0)
    subscriber.drain()
    await turns()
    assert (subscriber.seqs, done.calls) == (list(range(1, CHUNK_EVENTS + 4)), 1)
    feed.say()
    await turns()
    assert len(feed.fanout) == 0
    assert (len(subscriber.seqs), done.calls) == (CHUNK_EVENTS + 3, 1)


# --- events that change --------------------------------------------------------------------


async def test_events_that_others_quote_are_corrected(feed: Feed) -> None:
    slow = feed.add()
    slow.slow()
    feed.say(3)
    feed.say(2)
    feed.fanout.correct(lambda body: body in {b"2", b"5"}, lambda body: body + b"!")
    slow.drain()
    late = feed.add(start=0)
    await turns()
    assert slow.got == late.got == [b"1", b"2!", b"3", b"4", b"5!"]


async def test_an_event_that_changed_goes_out_as_it_stands_now(feed: Feed) -> None:
    live = feed.add()
    slow = feed.add()
    slow.slow()
    feed.say(3)
    feed.say(3)
    feed.fanout.rewrite(2, b"now")
    feed.fanout.rewrite(99, b"not here")
    feed.say()
    slow.drain()
    late = feed.add(start=0, subscriber=FakeSubscriber(other_lines))
    await turns()
    assert live.got == [b"1", b"2", b"3", b"4", b"5", b"6", b"7"]
    assert slow.got == [b"1", b"now", b"3", b"4", b"5", b"6", b"7"]
    assert late.got[:3] == [b"* 1", b"* now", b"* 3"]
    assert feed.fanout._recent_bytes == sum(batch.size for batch in feed.fanout._recent)
