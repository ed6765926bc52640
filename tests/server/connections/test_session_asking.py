"""Questions of a member: history, a search, the report."""

from typing import Literal

import pytest

from server.budgets.table import budgets
from server.connections.pages import join_pages
from server.connections.replies import FoundPage, HistoryPage
from server.connections.session import BYTES_A_REQUEST
from server.connections.states import State
from server.room.interface import CloseReason, Page
from server.settings import Settings
from shared import limits
from shared.codec import encode
from shared.messages import Error, Report, ReportLine
from shared.moderation import BanInfo, Bans
from shared.problems import problem
from tests.fakes import accepted
from tests.server.connections.driving import EVENT, REQUESTS, Bench


async def test_history(bench: Bench) -> None:
    await bench.join()
    await bench.send("history", id="h", before=9, limit=1)
    assert bench.client.sent == [HistoryPage("h", [encode(EVENT)], before=None, after=None)]
    await bench.send("history", id="h", before=2**53, limit=2**53)
    assert bench.room.asked == [(9, 1), (2**53, limits.MAX_HISTORY)]


@pytest.mark.parametrize(
    ("where", "first", "asked"),
    [
        ({"after": 4}, 5, [(5, 10)]),
        ({"after": 0}, 1, [(1, 10)]),
        ({"around": 9}, 4, [(9, 5), (9, 5)]),
        ({"around": 2}, 1, [(2, 5), (2, 9)]),
        ({"at": "2026-11-22T00:00:00+01:00"}, 22, [(22, 10)]),
    ],
)
async def test_history_from_another_place(
    bench: Bench, where: dict[str, object], first: int, asked: list[tuple[int, int]]
) -> None:
    bench.room.events = [b"%d" % seq for seq in range(1, 100)]
    await bench.join()
    await bench.send("history", id="h", limit=10, **where)
    events = [b"%d" % seq for seq in range(first, first + 10)]
    before = first if first > 1 else None
    assert bench.client.sent == [HistoryPage("h", events, before, first + 9)]
    assert bench.room.asked == asked


async def test_one_event_around_a_place_is_the_event_there(bench: Bench) -> None:
    bench.room.events = [b"%d" % seq for seq in range(1, 100)]
    await bench.join()
    await bench.send("history", id="h", limit=1, around=7)
    assert bench.client.sent == [HistoryPage("h", [b"7"], 7, 7)]


HALF = limits.ANSWER_BYTES // 2


@pytest.mark.parametrize(
    ("older", "newer", "kept"),
    [
        ([5, 5], [5, 5], (2, 2)),
        ([HALF], [HALF], (1, 1)),
        ([5, HALF, HALF], [5, 5], (1, 2)),
        ([5, 5], [HALF, HALF, 5], (2, 1)),
        ([HALF, HALF], [HALF, HALF], (1, 1)),
        ([5, HALF, HALF], [HALF, HALF], (1, 1)),
        ([], [HALF, HALF], (0, 2)),
        ([HALF, HALF], [], (2, 0)),
    ],
)
def test_of_two_pages_that_are_too_large_together_the_middle_stays(
    older: list[int], newer: list[int], kept: tuple[int, int]
) -> None:
    seq = 10
    events = [b"x" * size for size in older], [b"x" * size for size in newer]
    page = join_pages(Page(events[0], 2, None), Page(events[1], None, 99), seq)
    assert page.events == events[0][len(older) - kept[0] :] + events[1][: kept[1]]
    assert sum(map(len, page.events)) <= limits.ANSWER_BYTES
    assert page.before == (2 if kept[0] == len(older) else seq - kept[0])
    assert page.after == (99 if kept[1] == len(newer) else seq + kept[1] - 1)


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"before": 3, "after": 1},
        {"around": 1, "at": "2026-11-22T00:00:00Z"},
        {"at": "yesterday"},
        {"at": "2026-11-22T00:00:00"},
        {"around": 0},
        {"after": -1},
    ],
)
async def test_history_without_one_valid_position_is_an_error(
    bench: Bench, where: dict[str, object]
) -> None:
    await bench.join()
    await bench.send("history", id="h", **where)
    assert bench.error == ("bad_request", "h")
    assert bench.room.asked == []


async def test_search(bench: Bench) -> None:
    await bench.join()
    await bench.send("search", id="s", text='Café "x OR NEAR(', before=7, limit=1000)
    assert bench.client.sent == [FoundPage("s", [encode(EVENT)], more=True, before=9)]
    await bench.send("search", id="s", text="b")
    assert bench.room.searched == [
        (("cafe", '"x', "or", "near("), 7, limits.MAX_FOUND),
        (("b",), None, limits.DEFAULT_FOUND),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("\u0301", "empty"),
        ("x" * (limits.SEARCH_CHARACTERS + 1), "too_long"),
        ("a\0b", "bad_request"),
    ],
)
async def test_a_search_for_an_invalid_text_is_an_error(
    bench: Bench, text: str, code: str
) -> None:
    await bench.join()
    await bench.send("search", id="s", text=text)
    assert bench.error == (code, "s")
    assert bench.room.searched == []


async def test_too_many_questions_of_any_kind_are_refused() -> None:
    bench = Bench(Settings(rate=1))
    await bench.join()
    for _ in range(int(budgets(Settings()).asking.burst)):
        await bench.send("search", id="s", text="x")
    await bench.send("history", id="h", around=1)
    assert bench.error == ("rate_limited", "h")
    assert isinstance(bench.client.last, Error)
    wait = bench.client.last.retry_after
    assert wait == 0.1, "seconds until the next is allowed"
    bench.clock.now += wait
    await bench.send("search", id="s", text="x")
    assert isinstance(bench.client.last, FoundPage)


async def test_report(bench: Bench) -> None:
    await bench.join()
    await bench.send("report", id="r")
    assert bench.client.sent == [Report("r", 0, 3, "2026-11-22T08:00:00.000Z", [])]


@pytest.mark.parametrize(("shown_to", "others"), [("all", ("10.0.0.2", 5)), ("owner", ("", 0))])
async def test_the_report_shows_addresses_of_others_where_the_settings_say_so(
    shown_to: Literal["all", "owner"], others: tuple[str, int]
) -> None:
    bench = Bench(Settings(report_addresses=shown_to))
    bench.room.members = [line("ada", 7, "10.0.0.1", 4), line("bob", 8, "10.0.0.2", 5)]
    await bench.join()
    await bench.send("report", id="r")
    report = bench.client.last
    assert isinstance(report, Report)
    ada, bob = report.members
    assert (ada.address, ada.port) == ("10.0.0.1", 4), "one's own address is no secret"
    assert (bob.address, bob.port) == others


def line(name: str, member: int, address: str, port: int) -> ReportLine:
    return ReportLine(
        name=name,
        address=address,
        port=port,
        door="websocket",
        tls=False,
        worker=1,
        since="2026-11-22T08:00:00.000Z",
        idle=0.0,
        state="active",
        sent=0,
        received=0,
        member=member,
    )


async def test_bans(bench: Bench) -> None:
    ban = BanInfo(3, "mallory", "ada", "2026-11-22T08:00:00.000Z", None, "spam")
    bench.room.bans_answer = [ban]
    await bench.join()
    await bench.send("bans", id="b")
    assert bench.client.sent == [Bans("b", [ban])]
    bench.room.bans_answer = problem("forbidden", "moderator")
    await bench.send("bans", id="c")
    assert bench.error == ("forbidden", "c")
    bench.room.down = True
    await bench.send("bans", id="d")
    assert bench.error == ("unavailable", "d")


@pytest.mark.parametrize("name", ["history", "search", "report"])
async def test_a_room_that_does_not_answer_is_an_error(bench: Bench, name: str) -> None:
    await bench.join()
    bench.room.down = True
    await bench.receive(REQUESTS[name])
    assert bench.error == ("storage", "i")
    assert bench.session.state is State.JOINED


async def test_a_long_answer_counts_as_several_requests() -> None:
    bench = Bench(Settings())
    await bench.join()
    bench.room.events = [b"x" * BYTES_A_REQUEST] * 8
    answers = 0
    while True:
        await bench.send("history", id="h", before=9, limit=8)
        if isinstance(bench.client.last, Error):
            break
        answers += 1
    assert answers == 100 // 9 + 1


async def test_questions_right_after_resuming_wait_for_their_allowance() -> None:
    bench = Bench(Settings())
    bench.room.join_answer = accepted(rested=0)
    await bench.join()
    began = bench.clock.now
    for _ in range(20):
        await bench.send("history", id="h", before=9, limit=8)
    assert {type(reply) for reply in bench.client.sent} == {HistoryPage}
    assert bench.clock.now - began == pytest.approx(2.0, abs=0.1)


async def test_one_question_that_waits_is_not_answered_after_the_end() -> None:
    bench = Bench(Settings())
    bench.room.join_answer = accepted(rested=0)
    await bench.join()

    async def ends_meanwhile(seconds: float) -> None:
        bench.session.evict(CloseReason.REPLACED)

    bench.client.pause = ends_meanwhile  # type: ignore[method-assign]
    await bench.send("history", id="h", before=9, limit=8)
    assert bench.client.sent == []
    assert bench.room.asked == []
