"""Answers to a member's questions: a page of history, a search, the report."""

import logging

from msgspec import UNSET
from msgspec.structs import replace

from server.connections.pages import read_page
from server.connections.replies import FoundPage, HistoryPage
from server.room.interface import Room, RoomUnavailableError
from shared import limits, searching, texts
from shared.messages import AskHistory, AskReport, AskSearch, Report
from shared.moderation import AskBans, Bans
from shared.problems import UNAVAILABLE, Problem, problem

log = logging.getLogger(__name__)


type Question = AskHistory | AskSearch | AskReport | AskBans


async def answer(
    room: Room, member: int, ask: Question, *, addresses: bool
) -> HistoryPage | FoundPage | Report | Bans | Problem:
    """Return the answer to a member, or why there is none.

    `addresses` tells whether the report has those of other members.
    """
    try:
        match ask:
            case AskHistory():
                return await _history(room, ask)
            case AskSearch():
                return await _search(room, member, ask)
            case AskReport():
                return await _report(room, member, ask, addresses=addresses)
            case AskBans():
                bans = await room.bans(member)
                return bans if isinstance(bans, Problem) else Bans(ask.id, bans)
    except RoomUnavailableError as why:
        kind = str(ask.__struct_config__.tag)
        log.info("request failed request=%s reason=%s", kind, why)
        return UNAVAILABLE if isinstance(ask, AskBans) else problem("storage", kind)


async def _history(room: Room, ask: AskHistory) -> HistoryPage | Problem:
    if [ask.before, ask.after, ask.around, ask.at].count(UNSET) != 3:
        return problem("bad_request", "position")
    page = await read_page(room, ask)
    return HistoryPage(ask.id, page.events, page.before, page.after)


async def _search(room: Room, member: int, ask: AskSearch) -> FoundPage | Problem:
    try:
        words = searching.words(ask.text)
    except texts.BadText as bad:
        return bad.problem
    before = None if ask.before is UNSET else ask.before
    found = await room.search(member, words, before, min(ask.limit, limits.MAX_FOUND))
    return FoundPage(ask.id, found.events, found.more, found.before)


async def _report(room: Room, member: int, ask: AskReport, *, addresses: bool) -> Report:
    report = await room.report()
    return Report(
        id=ask.id,
        active=len(report.members),
        max_users=report.max_users,
        started=report.started,
        members=[
            line if addresses or line.member == member else replace(line, address="", port=0)
            for line in report.members
        ],
    )
