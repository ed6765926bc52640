"""What a member says: how it is posted and answered, and how often it may be said."""

import asyncio

import pytest
from hypothesis import given

from server.connections.session import RATE_STRIKES, State
from server.room.interface import PostResult
from server.settings import Settings
from shared import limits
from shared.messages import Accepted, Error, Said, decode_event
from shared.problems import problem
from tests import strategies
from tests.fakes import turns
from tests.server.connections.driving import Visit

# --- saying ------------------------------------------------------------------------------


async def test_words_become_a_post(visit: Visit) -> None:
    await visit.join()
    await visit.send("say", text="a\r\nb", id="k")
    (post,) = visit.room.posts
    assert (post.member, post.connection, post.key) == (7, visit.session.connection, "k")
    event = decode_event(b'{"type":"said","seq":1,"at":"",' + post.tail)
    assert event == Said(seq=1, at="", name="ada", text="a\nb", id="k")
    assert post.stored is None


async def test_the_receipt_is_the_event_itself(visit: Visit) -> None:
    await visit.join()
    await visit.send("say", text="hi", id="k")
    visit.room.answer(PostResult())
    assert visit.line.sent == []


async def test_a_repeat_is_accepted(visit: Visit) -> None:
    await visit.join()
    await visit.send("say", text="hi", id="k")
    visit.room.answer(PostResult(seq=5))
    assert visit.line.sent == [Accepted("k", 5)]


@pytest.mark.parametrize("fields", [{}, {"id": "k"}])
async def test_what_could_not_be_written_is_told(visit: Visit, fields: dict[str, str]) -> None:
    await visit.join()
    await visit.send("say", text="hi", **fields)
    visit.room.answer(PostResult(problem=problem("storage", "journal")))
    assert visit.error == ("storage", fields.get("id"))


async def test_answers_find_their_own_words(visit: Visit) -> None:
    await visit.join()
    await visit.send("say", text="hi", id="1")
    await visit.send("say", text="hi", id="2")
    visit.room.answer(PostResult(problem=problem("storage", "journal")), number=0)
    visit.room.answer(PostResult(seq=9), number=1)
    first, second = visit.line.sent
    assert isinstance(first, Error)
    assert first.id == "1"
    assert second == Accepted("2", 9)


async def test_nobody_is_told_who_is_gone(visit: Visit) -> None:
    await visit.join()
    await visit.send("say", text="hi", id="k")
    visit.session.gone()
    visit.room.answer(PostResult(problem=problem("not_joined")))
    assert visit.line.sent == []


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "empty"), ("x" * 8001, "too_long"), ("\x07", "bad_request"), ("\0", "bad_request")],
)
async def test_what_cannot_be_said(visit: Visit, text: str, code: str) -> None:
    await visit.join()
    await visit.send("say", text=text, id="k")
    assert visit.error == (code, "k")
    assert visit.room.posts == []


async def test_words_without_an_id_are_never_taken_for_others(visit: Visit) -> None:
    other = Visit(Settings(rate=0))
    for one in (visit, other):
        await one.join()
        for _ in range(100):
            await one.send("say", text="hi")
    keys = [post.key for one in (visit, other) for post in one.room.posts]
    assert len(set(keys)) == 200
    assert all(len(key) > limits.ID_CHARACTERS for key in keys), "no client can send such an id"
    assert b'"id"' not in visit.room.posts[0].tail


@given(strategies.said_texts, strategies.ids)
def test_any_words_are_posted_as_they_are(text: str, id: str) -> None:
    async def say() -> None:
        visit = Visit(Settings(rate=0))
        await visit.join()
        await visit.send("say", text=text, id=id)
        event = decode_event(b'{"type":"said","seq":1,"at":"",' + visit.room.posts[0].tail)
        assert event == Said(seq=1, at="", name="ada", text=text, id=id)

    asyncio.run(say())


async def test_whoever_posts_much_waits_for_the_room(visit: Visit) -> None:
    await visit.join()
    visit.room.keeps_up.clear()
    task = asyncio.create_task(visit.send("say", text="hi"))
    await turns()
    assert visit.room.posts == []
    visit.room.keeps_up.set()
    await task
    assert len(visit.room.posts) == 1


# --- how often ---------------------------------------------------------------------------


async def test_the_rate_limit_lets_through_again_after_a_while() -> None:
    visit = Visit(Settings(rate=2))
    await visit.join()
    for number in range(5):
        await visit.send("say", text="hi", id=f"{number}")
    assert [post.key for post in visit.room.posts] == ["0", "1", "2", "3"]
    assert visit.error == ("rate_limited", "4")
    visit.clock.now += 0.5
    await visit.send("say", text="hi", id="5")
    assert visit.room.posts[-1].key == "5"


async def test_a_rate_under_one_half_lets_the_first_words_through() -> None:
    visit = Visit(Settings(rate=0.25))
    await visit.join()
    await visit.send("say", text="hi")
    visit.clock.now += 60
    await visit.send("say", text="hi")
    assert len(visit.room.posts) == 2


async def test_a_flood_ends_the_connection_but_not_the_membership() -> None:
    visit = Visit(Settings(rate=1))
    await visit.join()
    for _ in range(2 + RATE_STRIKES):
        await visit.send("say", text="hi")
    assert visit.line.closed == []
    assert len(visit.line.sent) == RATE_STRIKES
    await visit.send("say", text="hi")
    assert [code for code, _ in visit.line.closed] == [4029]
    assert visit.session.state is State.GONE
    assert visit.room.dropped == [visit.session.connection]
    assert visit.room.left == []
    visit.session.gone()
    assert len(visit.room.dropped) == 1


async def test_strikes_are_forgotten_by_whoever_slows_down() -> None:
    visit = Visit(Settings(rate=1))
    await visit.join()
    for _ in range(3):
        for _ in range(RATE_STRIKES - 10):
            await visit.send("say", text="hi")
        visit.clock.now += 2
    assert visit.line.closed == []
