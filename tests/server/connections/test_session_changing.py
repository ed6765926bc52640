"""Replies, changes of messages, renames and notes: how they reach the room; who is typing."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.budgets.table import budgets
from server.room.interface import PostResult
from server.room.ipc import decode_up, frame
from server.settings import Settings
from shared import limits
from shared.codec import decode_event, encode
from shared.conversation import Edit, Pin, React, Rename, SetNote
from shared.messages import Accepted, Error, Presence, Said
from shared.problems import problem
from tests import strategies
from tests.fakes import accepted, turns
from tests.server.connections.driving import CHANGES, Bench

ALLOWED = budgets(Settings())


async def rename(bench: Bench, name: str, id: str = "k") -> "asyncio.Task[None]":
    """Send a rename, which is not answered yet."""
    task = asyncio.create_task(bench.send("rename", id=id, name=name))
    await turns()
    return task


# --- what the room gets --------------------------------------------------------------------


@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_is_passed_on_with_its_member_and_id(bench: Bench, name: str) -> None:
    await bench.join()
    await bench.send(name, id="k", **CHANGES[name])
    (act,) = bench.room.acts
    assert (act.member, act.connection, act.key) == (7, bench.session.connection, "k")
    assert act.request.__struct_config__.tag == name


async def test_a_reply_names_its_parent_to_the_room_and_in_the_event(bench: Bench) -> None:
    await bench.join()
    await bench.send("say", text="yes", id="k", reply_to=3)
    await bench.send("say", text="no")
    reply, plain = bench.room.posts
    assert (reply.reply_to, plain.reply_to) == (3, 0)
    event = decode_event(b'{"type":"said","seq":9,"at":"",' + reply.tail)
    assert event == Said(seq=9, at="", name="ada", text="yes", id="k", reply_to=3)
    assert b"reply_to" not in plain.tail


async def test_texts_names_and_emoji_are_tidy(bench: Bench) -> None:
    await bench.join()
    await bench.send("edit", id="1", seq=5, text="a\r\nb")
    await bench.send("react", id="2", seq=5, emoji="❤", on=True)
    await bench.send("react", id="3", seq=5, emoji="👍🏽", on=False)
    await bench.send("note", id="4", text=" at\nlunch ")
    await bench.send("note", id="5", text="")
    await bench.send("pin", id="6", seq=5, on=False)
    await rename(bench, "Rene\u0301", "7")
    assert [act.request for act in bench.room.acts] == [
        Edit(id="1", seq=5, text="a\nb"),
        React(id="2", seq=5, emoji="❤\ufe0f", on=True),
        React(id="3", seq=5, emoji="👍🏽", on=False),
        SetNote(id="4", text="at lunch"),
        SetNote(id="5", text=""),
        Pin(id="6", seq=5, on=False),
        Rename(id="7", name="Ren\xe9"),
    ]


@pytest.mark.parametrize(
    ("name", "fields", "code", "rule"),
    [
        ("edit", {"seq": 5, "text": ""}, "empty", "text"),
        ("edit", {"seq": 5, "text": "x" * 8001}, "too_long", "text"),
        ("edit", {"seq": 5, "text": "a\x07"}, "bad_request", "control_character"),
        ("edit", {"seq": 0, "text": "a"}, "bad_request", "fields"),
        ("react", {"seq": 5, "emoji": "", "on": True}, "bad_request", "emoji"),
        ("react", {"seq": 5, "emoji": "a", "on": True}, "bad_request", "emoji"),
        ("react", {"seq": 5, "emoji": "👍👍", "on": True}, "bad_request", "emoji"),
        ("react", {"seq": 5, "emoji": "x" * 41, "on": True}, "bad_request", "fields"),
        ("react", {"seq": 5, "emoji": "👍", "on": 1}, "bad_request", "fields"),
        ("pin", {"seq": 5}, "bad_request", "fields"),
        ("rename", {"name": "a b"}, "bad_name", "spaces"),
        ("rename", {"name": "server"}, "bad_name", "reserved"),
        ("rename", {"name": "x" * 33}, "bad_name", "too_long"),
        ("note", {"text": "x" * 101}, "bad_request", "fields"),
        ("note", {"text": "\x1b[31m"}, "bad_request", "control_character"),
    ],
)
async def test_changes_that_nobody_can_make(
    bench: Bench, name: str, fields: dict[str, object], code: str, rule: str
) -> None:
    await bench.join()
    await bench.send(name, id="k", **fields)
    assert bench.error == (code, "k")
    assert isinstance(bench.client.last, Error)
    assert (bench.client.last.params or {}).get("rule") == rule
    assert bench.room.acts == []


@pytest.mark.parametrize("parent", [0, -1, "3", None])
async def test_a_reply_needs_a_seq(bench: Bench, parent: object) -> None:
    await bench.join()
    await bench.send("say", text="yes", id="k", reply_to=parent)
    assert bench.error == ("bad_request", "k")
    assert bench.room.posts == []


@given(st.lists(strategies.change_requests, max_size=4))
def test_any_change_fits_in_a_message_to_the_room(requests: list[object]) -> None:
    async def act() -> None:
        bench = Bench(Settings())
        await bench.join()
        for one in requests:
            task = asyncio.create_task(bench.receive(encode(one)))
            await turns()
            if not task.done():  # a rename
                bench.room.answer(PostResult())
            await task
        for passed in bench.room.acts:
            assert decode_up(frame([passed])[4:]) == [passed]

    asyncio.run(act())


async def test_the_answer_to_a_note_is_the_presence_with_its_id(bench: Bench) -> None:
    await bench.join()
    await bench.send("note", id="k", text="at lunch")
    presence = Presence("ada", "active", 7, "at lunch", "k")
    bench.room.answer(PostResult(presence=presence))
    assert bench.client.sent == [presence]


# --- renaming ------------------------------------------------------------------------------


async def test_what_comes_behind_a_rename_has_the_new_name(bench: Bench) -> None:
    await bench.join()
    renaming = await rename(bench, "bea")
    assert not renaming.done(), "no further request is handled"
    bench.room.answer(PostResult(name="bea"))
    await renaming
    await bench.send("say", text="hi")
    assert b'"name":"bea"' in bench.room.posts[0].tail
    assert bench.client.sent == []


async def test_a_rename_that_fails_changes_nothing(bench: Bench) -> None:
    await bench.join()
    renaming = await rename(bench, "bob")
    bench.room.answer(PostResult(problem=problem("name_taken", name="bob")))
    await renaming
    assert bench.error == ("name_taken", "k")
    assert bench.session.name == "ada"


async def test_a_rename_that_was_done_before_leaves_the_name_that_holds(bench: Bench) -> None:
    await bench.join()
    for id, name in ("1", "bea"), ("2", "cara"):
        renaming = await rename(bench, name, id)
        bench.room.answer(PostResult(name=name))
        await renaming
    renaming = await rename(bench, "bea", "1")
    bench.room.answer(PostResult(seq=5, name="cara"))
    await renaming
    assert bench.session.name == "cara"
    assert bench.client.sent == [Accepted("1", 5)]


async def test_a_rename_waits_for_a_room_that_is_behind(bench: Bench) -> None:
    await bench.join()
    bench.room.keeps_up.clear()
    renaming = await rename(bench, "bea")
    assert bench.room.acts == []
    bench.room.keeps_up.set()
    await turns()
    bench.room.answer(PostResult(name="bea"))
    await renaming
    assert bench.session.name == "bea"


# --- how often -----------------------------------------------------------------------------


async def test_who_clicks_and_edits_as_people_do_is_never_refused() -> None:
    bench = Bench(Settings(rate=1))
    await bench.join()
    for number in range(300):
        await bench.send("react", id=f"r{number}", seq=1 + number, emoji="👍", on=True)
        bench.clock.now += 0.2
        if number % 10 == 0:
            await bench.send("edit", id=f"e{number}", seq=1, text="Hello again")
            await bench.send("note", id=f"n{number}", text="at lunch")
            bench.clock.now += 1
    assert bench.client.sent == []
    assert bench.client.held == []


async def test_more_changes_are_refused_and_leave_messages_and_questions_alone() -> None:
    bench = Bench(Settings(rate=20))
    await bench.join()
    burst = int(ALLOWED.changes.burst)
    for number in range(burst):
        await bench.send("react", id=f"{number}", seq=1, emoji="👍", on=number % 2 == 0)
    await bench.send("pin", id="over", seq=1, on=True)
    assert bench.error == ("rate_limited", "over")
    assert isinstance(bench.client.last, Error)
    assert bench.client.last.retry_after == pytest.approx(1 / ALLOWED.changes.rate)
    assert bench.refusals.totals()["changes"] == 1
    bench.client.sent.clear()
    await bench.send("say", text="hi")
    await bench.send("lock", id="l", on=True)
    await rename(bench, "bea")
    assert bench.client.sent == []
    assert len(bench.room.acts) == burst + 2


async def test_names_change_rarely() -> None:
    bench = Bench(Settings(rate=20))
    await bench.join()
    for number in range(int(ALLOWED.renames.burst)):
        renaming = await rename(bench, f"ada{number}")
        bench.room.answer(PostResult(name=f"ada{number}"))
        await renaming
    await bench.send("rename", id="over", name="ada")
    assert bench.error == ("rate_limited", "over")
    assert isinstance(bench.client.last, Error)
    assert bench.client.last.retry_after == 1


async def test_who_has_just_joined_beside_others_can_rename_at_once() -> None:
    bench = Bench(Settings(rate=20))
    bench.room.join_answer = accepted(rested=0)  # another joined from this address just now
    await bench.join()
    bench.clock.now += 0.01
    renaming = await rename(bench, "bea")
    bench.room.answer(PostResult(name="bea"))
    await renaming
    assert bench.client.sent == []


async def test_the_bytes_of_edits_count_as_those_of_messages() -> None:
    bench = Bench(Settings(rate=20))
    await bench.join()
    for number in range(9):
        await bench.send("edit", id=f"{number}", seq=1, text="é" * 4000)
    assert len(bench.room.acts) == 9
    assert bench.client.held == [pytest.approx((9 * 8000 - 64 * 1024) / (20 * 1024))]


# --- typing --------------------------------------------------------------------------------


async def test_that_one_is_typing_is_told_once_in_a_while(bench: Bench) -> None:
    await bench.join()
    for wait in (1, 1.7, 1, 3):
        await bench.send("typing")
        bench.clock.now += wait
    assert limits.TYPING_EVERY == 3
    assert bench.room.typed == [(7, "ada")] * 2
    assert bench.client.sent == []


async def test_who_is_typing_without_a_pause_is_heard_no_more(bench: Bench) -> None:
    await bench.join()
    for _ in range(int(ALLOWED.errors.burst) + 2):
        await bench.send("typing")
    assert len(bench.room.typed) == 1
    assert bench.client.held == [pytest.approx(1 / ALLOWED.errors.rate)]
    assert bench.client.sent == []
