"""The results of a search of all history as rows. Pure."""

from collections.abc import Sequence
from datetime import tzinfo

from client_mvc.controller.conversation import extras
from client_mvc.controller.notices import notice
from client_mvc.controller.wording import Clock, moment
from client_mvc.i18n.translate import _, short_day
from client_mvc.view.contract.values import ResultRow
from shared import messages, searching, texts

_BEFORE, _EXCERPT = 30, 140
"""Characters of an excerpt: before the first word found, and in all."""


def excerpt(text: str, words: Sequence[str]) -> str:
    """Return one line of `text` that starts a little before the first of the folded `words`."""
    line = " ".join(texts.defuse(text).split())
    firsts = (next(searching.places(word, line), (0, 0))[0] for word in words)
    start = max(0, min(filter(None, firsts), default=0) - _BEFORE)
    start = line.find(" ", start) + 1 if start else 0
    cut = line[start : start + _EXCERPT]
    return ("…" if start else "") + cut + ("…" if len(line) > start + _EXCERPT else "")


def row(
    event: messages.AnyEvent, words: Sequence[str], clock: Clock, zone: tzinfo | None = None
) -> ResultRow:
    """Return one result of a search of all history as a row."""
    when = moment(event.at, zone)
    match event:
        case messages.Said(text=text):
            said = excerpt(extras.literal(text), words)
        case messages.Shared(file=messages.File() as file):
            said = _("shared {file}", file=file.name)
        case _:
            said = notice(event, clock, zone)
    return ResultRow(event.seq, short_day(when), clock(when), event.name, said)
