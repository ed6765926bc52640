"""What a member asks the room for: history, a search, the report."""

import pytest

from server.connections.session import ASKING_BURST, State
from server.settings import Settings
from shared import limits
from shared.messages import Found, History, Report
from tests.server.connections.driving import EVENT, REQUESTS, Visit


async def test_history(visit: Visit) -> None:
    await visit.join()
    await visit.send("history", id="h", before=9, limit=1)
    assert visit.line.sent == [History("h", [EVENT], more=False)]
    await visit.send("history", id="h", before=2**53, limit=2**53)
    assert visit.room.asked == [(9, 1), (2**53, limits.MAX_HISTORY)]


@pytest.mark.parametrize(
    ("where", "asked"),
    [
        ({"after": 4}, (5, 10)),
        ({"after": 0}, (1, 10)),
        ({"around": 9}, (4, 10)),
        ({"around": 2}, (1, 10)),
        ({"at": "2026-11-22T00:00:00+01:00"}, (22, 10)),
    ],
)
async def test_history_from_another_place(
    visit: Visit, where: dict[str, object], asked: tuple[int, int]
) -> None:
    await visit.join()
    await visit.send("history", id="h", limit=10, **where)
    assert isinstance(visit.line.last, History)
    assert visit.line.last.more == (asked[0] > 1)
    assert visit.room.asked == [asked]


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
async def test_history_from_nowhere_is_an_error(visit: Visit, where: dict[str, object]) -> None:
    await visit.join()
    await visit.send("history", id="h", **where)
    assert visit.error == ("bad_request", "h")
    assert visit.room.asked == []


async def test_search(visit: Visit) -> None:
    await visit.join()
    await visit.send("search", id="s", text='Café "x OR NEAR(', before=7, limit=1000)
    assert visit.line.sent == [Found("s", [EVENT], more=True, before=9)]
    await visit.send("search", id="s", text="b")
    assert visit.room.searched == [
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
async def test_what_cannot_be_searched_for_is_an_error(
    visit: Visit, text: str, code: str
) -> None:
    await visit.join()
    await visit.send("search", id="s", text=text)
    assert visit.error == (code, "s")
    assert visit.room.searched == []


async def test_asking_too_much_is_refused_whatever_is_asked() -> None:
    visit = Visit(Settings(rate=1))
    await visit.join()
    for _ in range(int(ASKING_BURST)):
        await visit.send("search", id="s", text="x")
    await visit.send("history", id="h", around=1)
    assert visit.error == ("rate_limited", "h")
    visit.clock.now += 1
    await visit.send("search", id="s", text="x")
    assert isinstance(visit.line.last, Found)


async def test_report(visit: Visit) -> None:
    await visit.join()
    await visit.send("report", id="r")
    assert visit.line.sent == [Report("r", 0, 3, "2026-11-22T08:00:00.000Z", [])]


@pytest.mark.parametrize("name", ["history", "search", "report"])
async def test_a_room_that_does_not_answer_is_an_error(visit: Visit, name: str) -> None:
    await visit.join()
    visit.room.down = True
    await visit.receive(REQUESTS[name])
    assert visit.error == ("storage", "i")
    assert visit.session.state is State.JOINED
