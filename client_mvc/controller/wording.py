"""Sentences and formats for times, names and figures, in the language chosen. Pure."""

import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Literal

from client_mvc.i18n.translate import _, decimal, marked, ngettext, number, short_day
from client_mvc.view.contract.items import COLOURS
from client_mvc.view.contract.windows import ReportTable
from shared import messages
from shared.folding import fold

NO_ROOM = marked("You are not in a room. Join one first.")
EARLIER_ROOM = marked("this was for an earlier room")
FILE_OF_EARLIER_ROOM = marked("This file was for an earlier room. Retry to share it here.")
ANOTHER_ROOM = marked(
    "The room at {server} is not the one that you were in. The server was replaced or "
    "restored from a backup, or it is a stranger's.\n\n"
    "Messages and files that were not sent stay on this computer. "
    "You can send them again one by one."
)
PASSWORD_TO_ANOTHER_ROOM = marked("Joining sends your name and your password to this server.")
DAMAGED = marked(
    "The file with your unsent messages was damaged.\n\n"
    "All messages that could be read are kept. Check them before you write them again.\n\n"
    "The damaged file is in this folder:\n{folder}\n\n"
    "Its name is now:\n{name}\n"
)
GAP = marked("Messages in between were not loaded.")
"""Stands between an older page of history and the events in memory."""


def valid_moment(at: str, zone: tzinfo | None = None) -> datetime | None:
    """Return an event's time in `zone`, or else in local time; None if `at` is no time."""
    try:
        return datetime.fromisoformat(at).astimezone(zone)
    except (ValueError, OverflowError, OSError):
        return None  # another server may send anything


def moment(at: str, zone: tzinfo | None = None) -> datetime:
    """Return an event's time as `valid_moment` does, and 1970 if `at` is no time."""
    return valid_moment(at, zone) or datetime.fromtimestamp(0, UTC)


def with_gaps(
    events: Iterable[messages.AnyEvent],
) -> Iterator[tuple[messages.AnyEvent, bool]]:
    """Yield each event, and whether events right before it are missing."""
    last: int | None = None
    for event in events:
        yield event, last is not None and event.seq > last + 1
        last = event.seq


@dataclass(frozen=True, slots=True)
class Clock:
    """Formats a time of day: 08:05, 08:05:09, 8:05 AM."""

    hours: Literal[12, 24] = 24
    seconds: bool = False

    def __call__(self, when: datetime) -> str:
        # Not by strftime: each message on screen has a time, and this takes a fifth of it.
        exact = f"{when.minute:02}:{when.second:02}" if self.seconds else f"{when.minute:02}"
        if self.hours == 24:
            return f"{when.hour:02}:{exact}"
        return f"{when.hour % 12 or 12}:{exact} {'AM' if when.hour < 12 else 'PM'}"

    def until(self, end: datetime, since: datetime) -> str:
        """Format the end of something that began at `since`: 14:05; on another day with it."""
        if end.date() == since.date():
            return self(end)
        return _("{day}, {time}", day=short_day(end), time=self(end))

    @property
    def widest(self) -> str:
        """The widest time in this format."""
        return self(datetime(2000, 1, 1, 10, 0, 0, tzinfo=UTC))


def colour(name: str) -> int:
    """Return the index of a name's colour, the same on every machine."""
    return zlib.crc32(name.casefold().encode("utf-8", "replace")) % COLOURS


def mentions(name: str) -> Callable[[str], bool]:
    """Return a test whether a text has `name` as a word: not in "bob-2", but in "bob."."""
    pattern = re.compile(rf"(?<!\w)(?<!\w[-.]){re.escape(name)}(?!\w|[-.]\w)", re.IGNORECASE)
    return lambda text: pattern.search(text) is not None


def listed(things: Sequence[str], most: int) -> str:
    """Join the first `most` things, and tell how many more there are."""
    more = len(things) - most
    first = ", ".join(things[:most])
    if more <= 0:
        return first
    return _("{things}, and {count} more", things=first, count=number(more))


def place(name: str) -> tuple[str, str]:
    """Return the sort key of a name: without regard to case and accents, as in browsers."""
    return fold(name), name


def together(things: Sequence[str], most: int = 20) -> str:
    """Join names as in a sentence: "ann, ben and eve"; `most` of them at most."""
    if len(things) > most:
        return listed(things, most)
    if len(things) < 2:
        return "".join(things)
    return _("{things} and {last}", things=", ".join(things[:-1]), last=things[-1])


def writing(names: Sequence[str]) -> str:
    """Return who is writing; empty: nobody."""
    match names:
        case []:
            return ""
        case [name]:
            return _("{name} is typing", name=name)
        case [one, other]:
            return _("{one} and {other} are typing", one=one, other=other)
    return _("Several people are typing")


def title(room: str, unread: int) -> str:
    """Return the window title, with the number of unread messages: (3) #lobby."""
    name = f"{room} – Chatroom" if room else "Chatroom"  # noqa: RUF001
    return f"({unread}) {name}" if unread else name


def reading(missed: int) -> str:
    """Return the text of the history banner."""
    text = _("You are reading older messages.")
    if not missed:
        return text
    since = ngettext("{count} new message since.", "{count} new messages since.", missed)
    return f"{text} {since}"


def found_here(place: int, count: int) -> str:
    """Return "3 of 17", or the number alone if `place` is 0."""
    if place:
        return _("{place} of {count}", place=number(place), count=number(count))
    return ngettext("{count} here", "{count} here", count)


_STATES = {"active": marked("active"), "away": marked("reconnecting")}


def _columns(*, hosts: bool) -> tuple[str, ...]:
    return (
        *(_("Name"), *([_("Host")] if hosts else [])),
        *(_("Address"), _("Port"), _("Protocol")),
        *(_("Encrypted"), _("Worker"), _("Since")),
        *(_("Idle (s)"), _("State"), _("Sent"), _("Received"), _("Client")),
    )


def latency(seconds: float) -> str:
    """Format a latency: 12 ms; below a millisecond a figure would only be noise."""
    if seconds >= 1:
        return f"{decimal(seconds)} s"
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.001 else _("under 1 ms")


def report(
    report: messages.Report, answered_in: float, zone: tzinfo | None = None
) -> ReportTable:
    """Return the active-user report; `idle` stays a plain number so that it sorts."""
    hosts = any(each.host for each in report.members)  # a room on several
    rows = tuple(
        (
            each.name,
            *([each.host or ""] if hosts else []),
            each.address,
            str(each.port) if each.address else "",  # the server may show none
            each.door,
            _("yes") if each.tls else _("no"),
            str(each.worker),
            f"{moment(each.since, zone):%Y-%m-%d %H:%M:%S}",
            f"{each.idle:.0f}",
            _(_STATES.get(each.state, each.state)),
            str(each.sent),
            str(each.received),
            each.client or "",
        )
        for each in sorted(report.members, key=lambda member: place(member.name))
    )
    started = moment(report.started, zone)
    summary = _(
        "{active} of {places} members, server started {when}",
        active=report.active,
        places=report.max_users,
        when=f"{started:%Y-%m-%d %H:%M}",
    )
    return ReportTable(
        summary,
        _columns(hosts=hosts),
        rows,
        frozenset(place + hosts for place in (2, 5, 7, 9, 10)),
        _("Latency {time}", time=latency(answered_in)),
    )


def kept(outgoing: int, uploads: int) -> str:
    """Return what is kept for the next time, as sentences after another one."""
    text = ""
    if outgoing:
        text += " " + ngettext(
            "{count} message not sent, kept for next time.",
            "{count} messages not sent, kept for next time.",
            outgoing,
        )
    if uploads:
        text += " " + ngettext(
            "{count} file not shared, kept for next time.",
            "{count} files not shared, kept for next time.",
            uploads,
        )
    return text
