"""Messages of a member: how they are posted and answered, and the rate limit."""

import asyncio

import pytest
from hypothesis import given

from server.budgets.table import budgets
from server.connections.session import RATE_STRIKES
from server.connections.states import State
from server.room.interface import CloseReason, PostResult
from server.settings import Settings
from shared.codec import decode_event
from shared.messages import Accepted, Error, Said
from shared.problems import problem
from tests import strategies
from tests.fakes import accepted, turns
from tests.server.connections.driving import Bench

# --- messages ------------------------------------------------------------------------------


async def test_a_message_becomes_a_post(bench: Bench) -> None:
    await bench.join()
    await bench.send("say", text="a\r\nb", id="k")
    (post,) = bench.room.posts
    assert (post.member, post.connection, post.key) == (7, bench.session.connection, "k")
    event = decode_event(b'{"type":"said","seq":1,"at":"",' + post.tail)
    assert event == Said(seq=1, at="", name="ada", text="a\nb", id="k")
    assert post.stored is None


async def test_the_receipt_is_the_event_itself(bench: Bench) -> None:
    await bench.join()
    await bench.send("say", text="hi", id="k")
    bench.room.answer(PostResult())
    assert bench.client.sent == []


async def test_a_repeat_is_accepted(bench: Bench) -> None:
    await bench.join()
    await bench.send("say", text="hi", id="k")
    bench.room.answer(PostResult(seq=5))
    assert bench.client.sent == [Accepted("k", 5)]


@pytest.mark.parametrize("fields", [{}, {"id": "k"}])
async def test_a_message_that_could_not_be_written_is_an_error(
    bench: Bench, fields: dict[str, str]
) -> None:
    await bench.join()
    await bench.send("say", text="hi", **fields)
    bench.room.answer(PostResult(problem=problem("storage", "journal")))
    assert bench.error == ("storage", fields.get("id"))


async def test_answers_go_to_their_own_messages(bench: Bench) -> None:
    await bench.join()
    await bench.send("say", text="hi", id="1")
    await bench.send("say", text="hi", id="2")
    bench.room.answer(PostResult(problem=problem("storage", "journal")), number=0)
    bench.room.answer(PostResult(seq=9), number=1)
    first, second = bench.client.sent
    assert isinstance(first, Error)
    assert first.id == "1"
    assert second == Accepted("2", 9)


async def test_a_client_that_disconnected_is_not_answered(bench: Bench) -> None:
    await bench.join()
    await bench.send("say", text="hi", id="k")
    bench.session.disconnected()
    bench.room.answer(PostResult(problem=problem("not_joined")))
    assert bench.client.sent == []


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "empty"), ("x" * 8001, "too_long"), ("\x07", "bad_request"), ("\0", "bad_request")],
)
async def test_texts_that_cannot_be_sent(bench: Bench, text: str, code: str) -> None:
    await bench.join()
    await bench.send("say", text=text, id="k")
    assert bench.error == (code, "k")
    assert bench.room.posts == []


async def test_a_message_without_an_id_is_posted_without_a_key(bench: Bench) -> None:
    await bench.join()
    await bench.send("say", text="hi")
    (post,) = bench.room.posts
    assert post.key == ""
    assert b'"id"' not in post.tail


@given(strategies.said_texts, strategies.ids)
def test_any_text_is_posted_as_it_is(text: str, id: str) -> None:
    async def say() -> None:
        bench = Bench(Settings(rate=0))
        await bench.join()
        await bench.send("say", text=text, id=id)
        event = decode_event(b'{"type":"said","seq":1,"at":"",' + bench.room.posts[0].tail)
        assert event == Said(seq=1, at="", name="ada", text=text, id=id)

    asyncio.run(say())


async def test_messages_wait_for_a_room_that_is_behind(bench: Bench) -> None:
    await bench.join()
    bench.room.keeps_up.clear()
    task = asyncio.create_task(bench.send("say", text="hi"))
    await turns()
    assert bench.room.posts == []
    bench.room.keeps_up.set()
    await task
    assert len(bench.room.posts) == 1


# --- how often ---------------------------------------------------------------------------


async def test_the_rate_limit_lets_through_again_after_a_while() -> None:
    bench = Bench(Settings(rate=2.0))
    await bench.join()
    for number in range(5):
        await bench.send("say", text="hi", id=f"{number}")
    assert [post.key for post in bench.room.posts] == ["0", "1", "2", "3"]
    assert bench.error == ("rate_limited", "4")
    assert isinstance(bench.client.last, Error)
    assert bench.client.last.retry_after == 0.5
    assert bench.client.last.params == {"rule": "messages", "most": 2}
    assert bench.client.last.reason.startswith("You can send 2 messages a second.")
    bench.clock.now += 0.5
    await bench.send("say", text="hi", id="5")
    assert bench.room.posts[-1].key == "5"


async def test_a_rate_under_one_half_lets_the_first_message_through() -> None:
    bench = Bench(Settings(rate=0.25))
    await bench.join()
    await bench.send("say", text="hi")
    bench.clock.now += 60
    await bench.send("say", text="hi")
    assert len(bench.room.posts) == 2


async def test_a_flood_ends_the_connection_but_not_the_membership() -> None:
    bench = Bench(Settings(rate=1))
    await bench.join()
    for _ in range(2 + RATE_STRIKES):
        await bench.send("say", text="hi")
    assert bench.client.closed == []
    assert len(bench.client.sent) == RATE_STRIKES
    await bench.send("say", text="hi")
    assert bench.client.closed == [CloseReason.RATE_LIMITED]
    assert bench.session.state is State.ENDED
    assert bench.room.dropped == [bench.session.connection]
    assert bench.room.left == []
    bench.session.disconnected()
    assert len(bench.room.dropped) == 1


async def test_a_client_that_slows_down_is_not_closed() -> None:
    bench = Bench(Settings(rate=1))
    await bench.join()
    for _ in range(3):
        for _ in range(RATE_STRIKES - 10):
            await bench.send("say", text="hi")
        bench.clock.now += 2
    assert bench.client.closed == []


async def resume(bench: Bench, rested: float) -> Bench:
    """Return a new session of the same member, which had another `rested` seconds ago."""
    again = Bench(bench.settings, bench.room, bench.clock)
    bench.room.join_answer = accepted(rested=rested)
    await again.join()
    return again


async def test_resuming_again_and_again_makes_no_new_allowance() -> None:
    bench = Bench(Settings(rate=20))
    await bench.join()
    began = bench.clock.now
    for _ in range(50):
        for _ in range(40):
            await bench.send("say", text="hi")
        assert bench.client.sent == [], "what an earlier session used is waited for"
        bench = await resume(bench, rested=0)
    took = bench.clock.now - began
    assert len(bench.room.posts) == 50 * 40
    assert len(bench.room.posts) <= 40 + 20 * took + 1


async def test_a_client_that_sends_too_much_after_resuming_is_told_in_the_end() -> None:
    bench = Bench(Settings(rate=0.5))
    await bench.join()
    bench = await resume(bench, rested=0)
    await bench.send("say", text="hi", id="1")
    assert bench.error == ("rate_limited", "1")
    assert isinstance(bench.client.last, Error)
    assert bench.client.last.retry_after == 2


@pytest.mark.parametrize(("rested", "at_once"), [(float("inf"), 40), (100, 40), (1, 20)])
async def test_a_session_begins_with_what_was_saved_before_it(
    rested: float, at_once: int
) -> None:
    bench = await resume(Bench(Settings(rate=20)), rested)
    began = bench.clock.now
    for _ in range(at_once):
        await bench.send("say", text="hi")
    assert bench.clock.now == began
    assert len(bench.room.posts) == at_once
    await bench.send("say", text="hi")
    waited = bench.clock.now > began
    assert waited or isinstance(bench.client.last, Error)


LONG = "x" * 8000


async def test_a_few_long_texts_are_posted_at_once(bench: Bench) -> None:
    await bench.join()
    for _ in range(8):
        await bench.send("say", text=LONG)
    assert len(bench.room.posts) == 8
    assert bench.client.held == []


async def test_who_sends_long_texts_without_end_waits_and_is_not_refused() -> None:
    bench = Bench(Settings(rate=20))
    await bench.join()
    began = bench.clock.now
    for _ in range(100):
        await bench.send("say", text=LONG)
        bench.clock.now += bench.client.held.pop() if bench.client.held else 0
    assert len(bench.room.posts) == 100
    assert bench.client.sent == []
    most = budgets(bench.settings).message_bytes
    assert 100 * len(LONG) <= most.burst + most.rate * (bench.clock.now - began)
    assert bench.refusals.totals()["bytes"] > 50


async def test_resuming_makes_no_new_allowance_of_bytes() -> None:
    bench = await resume(Bench(Settings(rate=20)), rested=0)
    await bench.send("say", text=LONG)
    (held,) = bench.client.held
    assert held > 0.3


async def test_short_messages_are_bound_by_their_number_only() -> None:
    bench = Bench(Settings(rate=20))
    await bench.join()
    for _ in range(200):
        await bench.send("say", text="x" * 900)
        bench.clock.now += 0.05
    assert len(bench.room.posts) == 200
    assert bench.client.held == []


async def test_refused_messages_are_counted_once_until_the_client_slows_down() -> None:
    bench = Bench(Settings(rate=1))
    await bench.join()
    for _ in range(2):
        for _ in range(50):
            await bench.send("say", text="hi")
        bench.clock.now += 2
    assert bench.refusals.totals()["messages"] == 2


async def test_errors_are_answered_within_their_allowance(bench: Bench) -> None:
    await bench.join()
    for _ in range(int(budgets(Settings()).errors.burst)):
        await bench.send("sing", id="a")
    assert bench.client.held == []
    await bench.send("say", text="")
    assert bench.error == ("empty", None)
    assert bench.client.held == [pytest.approx(0.1)]
    await bench.receive(b"no JSON")
    assert bench.client.held[-1] == pytest.approx(0.2)
    assert bench.refusals.totals()["errors"] == 1
