"""Acts of owner and moderators: how they reach the room, and how they are answered."""

import asyncio
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.budgets.table import budgets
from server.room.interface import PostResult
from server.room.ipc import decode_up, frame
from server.settings import Settings
from shared import limits
from shared.codec import encode
from shared.messages import Accepted, Error
from shared.moderation import Ban, Claim, Kick, SetTopic
from shared.problems import problem
from shared.wire import MAX_INTEGER
from tests import strategies
from tests.fakes import turns
from tests.server.connections.driving import ACTS, Bench


@pytest.mark.parametrize("name", ACTS)
async def test_an_act_is_passed_on_with_its_member_and_id(bench: Bench, name: str) -> None:
    await bench.join()
    await bench.send(name, id="k", **ACTS[name])
    (act,) = bench.room.acts
    assert (act.member, act.connection, act.key) == (7, bench.session.connection, "k")
    assert act.request.__struct_config__.tag == name


async def test_the_answer_to_a_new_act_is_its_event(bench: Bench) -> None:
    await bench.join()
    await bench.send("lock", id="k", on=True)
    bench.room.answer(PostResult())
    assert bench.client.sent == []


async def test_an_act_that_was_done_before_is_accepted(bench: Bench) -> None:
    await bench.join()
    await bench.send("kick", id="k", target="bob")
    bench.room.answer(PostResult(seq=9))
    assert bench.client.sent == [Accepted("k", 9)]


async def test_an_act_that_is_not_allowed_is_an_error(bench: Bench) -> None:
    await bench.join()
    await bench.send("kick", id="k", target="bob")
    bench.room.answer(PostResult(problem=problem("forbidden", "moderator")))
    assert bench.error == ("forbidden", "k")


async def test_of_the_owners_key_only_the_hash_reaches_the_room(bench: Bench) -> None:
    await bench.join()
    await bench.send("claim", id="k", key="secret")
    assert bench.room.acts[0].request == Claim(
        id="k", key=hashlib.sha256(b"secret").hexdigest()
    )


async def test_texts_become_one_line_and_names_nfc(bench: Bench) -> None:
    await bench.join()
    await bench.send("topic", id="1", text=" Release\r\non\tFriday ")
    await bench.send("kick", id="2", target="Rene\u0301", text="  ")
    await bench.send("ban", id="3", target=8, minutes=0, text="a\nb")
    assert [act.request for act in bench.room.acts] == [
        SetTopic(id="1", text="Release on Friday"),
        Kick(id="2", target="Ren\xe9", text=""),
        Ban(id="3", target=8, minutes=0, text="a b"),
    ]


@pytest.mark.parametrize(
    ("name", "fields", "code"),
    [
        ("topic", {"text": "a\x07"}, "bad_request"),
        ("topic", {"text": "x" * (limits.TOPIC_CHARACTERS + 1)}, "bad_request"),
        ("kick", {"target": "bob", "text": "\x1b[31m"}, "bad_request"),
        ("kick", {"target": ""}, "not_found"),
        ("kick", {"target": "b\0b"}, "not_found"),
        ("kick", {"target": "x" * 60_000}, "not_found"),
        ("role", {"target": 0, "role": "member"}, "not_found"),
        ("mute", {"target": MAX_INTEGER + 1, "minutes": 1}, "not_found"),
        ("mute", {"target": "bob", "minutes": -1}, "bad_request"),
        ("ban", {"target": "bob", "minutes": limits.BAN_MINUTES + 1}, "bad_request"),
        ("slow", {"seconds": limits.SLOW_SECONDS + 1}, "bad_request"),
        ("delete", {"seq": 0}, "bad_request"),
        ("lock", {"on": 1}, "bad_request"),
    ],
)
async def test_acts_that_nobody_can_do(
    bench: Bench, name: str, fields: dict[str, object], code: str
) -> None:
    await bench.join()
    await bench.send(name, id="k", **fields)
    assert bench.error == (code, "k")
    assert bench.room.acts == []
    assert isinstance(bench.client.last, Error)
    assert len(bench.client.last.reason) < 300


async def test_acts_share_the_allowance_of_questions() -> None:
    bench = Bench(Settings(rate=1))
    await bench.join()
    for _ in range(int(budgets(Settings()).asking.burst)):
        await bench.send("lock", id="k", on=True)
    await bench.send("kick", id="over", target="bob")
    assert bench.error == ("rate_limited", "over")
    assert len(bench.room.acts) == int(budgets(Settings()).asking.burst)


async def test_acts_wait_for_a_room_that_is_behind_in_their_order(bench: Bench) -> None:
    await bench.join()
    bench.room.keeps_up.clear()
    task = asyncio.create_task(bench.send("lock", id="k", on=True))
    await turns()
    assert bench.room.acts == []
    bench.room.keeps_up.set()
    await task
    assert len(bench.room.acts) == 1


@given(st.lists(strategies.act_requests, max_size=4))
def test_any_act_fits_in_a_message_to_the_room(requests: list[object]) -> None:
    async def act() -> None:
        bench = Bench(Settings())
        await bench.join()
        for one in requests:
            await bench.receive(encode(one))
        for passed in bench.room.acts:
            assert decode_up(frame([passed])[4:]) == [passed]

    asyncio.run(act())
