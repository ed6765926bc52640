"""Save the conversation as text, web page or JSON, and the report as CSV."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from pathlib import Path

import msgspec

from client_mvc.controller import wording
from client_mvc.controller.conversation import extras
from client_mvc.controller.export import facts, web_page
from client_mvc.controller.notices import notice
from client_mvc.i18n.translate import _
from client_mvc.model.atomic import write_atomically
from client_mvc.view.contract.windows import ReportTable
from shared import messages


def save_conversation(
    events: Iterable[messages.AnyEvent],
    heading: str,
    target: Path,
    zone: tzinfo | None = None,
) -> None:
    """Write the events in the format of the file name: .html, .json, or else text.

    Raises:
        OSError: the file cannot be written; a file that was there before is unchanged.
    """
    now = datetime.now(zone).astimezone(zone)
    title = _("{heading}, saved {when}", heading=heading, when=f"{now:%Y-%m-%d %H:%M %Z}")
    match target.suffix.lower():
        case ".html" | ".htm":
            data = web_page.page(title, events, zone).encode("utf-8", "replace")
        case ".json":
            data = _json(heading, now, events)
        case _:
            lines = [title, "", *_lines(events, zone)]
            data = ("\n".join(lines) + "\n").encode("utf-8", "replace")
    write_atomically(target, data)


_FORMULA = re.compile(r"(?:^|(?<=;))(?=[=+\-@\t\r])")
"""Where a spreadsheet begins to read a formula, also if it splits cells at semicolons."""


def save_report(table: ReportTable, target: Path) -> None:
    """Write the report as CSV (RFC 4180), in UTF-8. Raises OSError.

    A spreadsheet must not take what a member's program calls itself for a formula.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in (table.columns, *table.rows):
        writer.writerow([_FORMULA.sub("'", cell) for cell in row])
    write_atomically(target, out.getvalue().encode("utf-8", "replace"))


def _json(heading: str, now: datetime, events: Iterable[messages.AnyEvent]) -> bytes:
    """Return the events as the server sent them (docs/protocol.md)."""
    saved = now.isoformat(timespec="seconds")
    # An event that this version does not know is saved as the server sent it.
    sent = [
        msgspec.Raw(event.raw) if isinstance(event, messages.UnknownEvent) else event
        for event in events
    ]
    document = {"conversation": heading, "saved": saved, "events": sent}
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _lines(events: Iterable[messages.AnyEvent], zone: tzinfo | None) -> Iterator[str]:
    for event, after_gap in wording.with_gaps(events):
        if after_gap:
            yield f"[…] {_(wording.GAP)}"
        if not facts.is_change(event):
            yield _line(event, zone)
            yield from (f"    {line}" for line in _below(event, zone))


def _below(event: messages.AnyEvent, zone: tzinfo | None) -> Iterator[str]:
    """Yield what stands below a message or a file: when it was edited, pinned, reactions."""
    if isinstance(event, messages.Said | messages.Shared):
        notes = facts.notes(event, zone)
        if notes:
            yield f"({', '.join(notes)})"
        yield from (f"{emoji} {names}" for emoji, names in facts.reactions(event))


def _line(event: messages.AnyEvent, zone: tzinfo | None) -> str:
    time = f"{wording.moment(event.at, zone):%Y-%m-%d %H:%M:%S}" if event.at else "?"
    at = f"[{time}]"
    match event:
        case messages.Said(name=name, text=text) if not event.deleted:
            # Indented, so that no second line looks like the first line of a message.
            does = extras.emoted(text)
            text = (extras.literal(text) if does is None else does).replace("\n", "\n    ")
            if does is not None:
                return f"{at} * {name} {text}"
            if (quoted := facts.quote(event)) is not None:
                return f"{at} {name} ({quoted}): {text}"
            return f"{at} {name}: {text}"
        case messages.Shared(name=name, file=messages.File() as file):
            shared = f"{file.name} ({facts.size(file)})"
            return f"{at} {_('{name} shared {file}', name=name, file=shared)}"
        case messages.Said(name=name) | messages.Shared(name=name):
            return f"{at} {name}: ({notice(event)})"
        case _:
            return f"{at} * {notice(event, zone=zone)}"
