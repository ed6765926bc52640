"""Turns each item of the conversation into the text and tags that are inserted for it.

One flat list for a whole batch: one `insert` per batch keeps the window quick. No widget here,
so it is tested without a display.
"""

from client_mvc.i18n.translate import _
from client_mvc.text.links import links
from client_mvc.text.markup import Run
from client_mvc.view.contract.values import (
    COLOURS,
    Beginning,
    Day,
    DeletedMessage,
    Heading,
    Message,
    Notice,
    Pending,
)
from client_mvc.view.style.safe_text import Pieces, SafeText, Tags

MOST_PIECES = 200
"""Of one message; the rest is one piece without links and styles. Tk's time for a line grows
with the square of its pieces."""

_RULE = "\N{BOX DRAWINGS LIGHT HORIZONTAL}" * 5
_DASH = " \N{EN DASH} "


def message(item: Message, safe: SafeText, number: int) -> Pieces:
    """Lay out a message. `number` distinguishes it from its neighbours, for `message_tag`."""
    tags: Tags = ("body", message_tag(number), *(("mention",) if item.mention else ()))
    pieces: Pieces = []
    for run in item.runs or (Run(item.text),):
        pieces += _with_links(run.text, safe, _styled(tags, run))
    return [*heading(item.heading, safe), *_few(pieces, tags), "\n", tags]


def heading(item: Heading | None, safe: SafeText) -> Pieces:
    """Lay out the time and the name above the messages of one member."""
    if item is None:
        return []
    name: Tags = (f"name{item.colour % COLOURS}", "head")
    return [
        safe.line(item.time),
        ("time", "head"),
        "\t",
        ("head",),
        safe.line(item.name),
        name,
        "\n",
        ("head",),
    ]


def deleted(item: DeletedMessage, safe: SafeText) -> Pieces:
    """Lay out the line in the place of a message or file that was deleted."""
    return [*heading(item.heading, safe), f"{safe.line(item.text)}\n", ("body", "deleted")]


def notice(item: Notice, safe: SafeText) -> Pieces:
    """Lay out a quiet line: a member joined or left, or an act of a moderator."""
    return [
        safe.line(item.time),
        ("time", "notice"),
        "\t",
        ("notice",),
        *_with_links(" ".join(item.text.splitlines()), safe, ("notice",)),
        "\n",
        ("notice",),
    ]


def day(item: Day, safe: SafeText) -> Pieces:
    """Lay out the line between two days."""
    return [f"{safe.line(item.text)}\n", ("day",)]


def beginning(item: Beginning, safe: SafeText) -> Pieces:
    """Lay out the line above the oldest item of the history."""
    return [f"{safe.line(item.text)}\n", ("beginning",)]


def unread() -> Pieces:
    """Lay out the line above the first unread item."""
    return [f"{_RULE}  {_('New messages')}  {_RULE}\n", ("unread",)]


def pending(item: Pending, safe: SafeText, place: int) -> Pieces:
    """Lay out an outgoing message; `place` is its position in the list of them."""
    tags: Tags = ("body", "pending")
    pieces: Pieces = []
    for run in item.runs or (Run(item.text),):
        pieces += _with_emoji(run.text, safe, _styled(tags, run))
    pieces = [*heading(item.heading, safe), *_few(pieces, tags), "\n", tags]
    if item.failed:
        note: Tags = ("body", "failed")
        reason = safe.line(item.reason).rstrip(".")
        failed = _("not sent: {reason}", reason=reason) if reason else _("not sent")
        pieces += [failed + _DASH, note]
        pieces += [_("send again"), (*note, "action", "retry", pending_tag(place))]
        pieces += ["  ·  ", note]
        pieces += [_("discard"), (*note, "action", "discard", pending_tag(place)), "\n", note]
    return pieces


def message_tag(number: int) -> str:
    """Return a tag that differs from those of the neighbours, so its range is one message."""
    return f"message{number % 2}"


def pending_tag(place: int) -> str:
    """Return the tag of the clickable texts of the outgoing message at `place`."""
    return f"pending-{place}"


def _styled(tags: Tags, run: Run) -> Tags:
    return tags if run.style == "plain" else (*tags, run.style)


def _few(pieces: Pieces, tags: Tags) -> Pieces:
    """Join all pieces after the first `MOST_PIECES` to one with these tags."""
    rest = pieces[2 * MOST_PIECES :: 2]
    if not rest:
        return pieces
    return [*pieces[: 2 * MOST_PIECES], "".join(map(str, rest)), tags]


def _with_links(text: str, safe: SafeText, tags: Tags) -> Pieces:
    pieces: Pieces = []
    done = 0
    for start, end in links(text):
        pieces += _with_emoji(text[done:start], safe, tags)
        url = text[start:end]
        # A click must open exactly the address shown: no link if it cannot be shown as it is.
        link = (*tags, "action", "link") if safe.text(url) == url else tags
        pieces += _with_emoji(url, safe, link)
        done = end
    return pieces + _with_emoji(text[done:], safe, tags)


def _with_emoji(text: str, safe: SafeText, tags: Tags) -> Pieces:
    pieces: Pieces = []
    for run, emoji in safe.runs(text):
        pieces += [run, (*tags, "emoji") if emoji else tags]
    return pieces
