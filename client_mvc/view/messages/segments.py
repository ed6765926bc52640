"""What the message pane inserts for each item: pieces of text, and the tags they carry.

One flat list for a whole batch, since one `insert` a batch is what keeps the window quick.
Pure: no widget here, so it is tested without a display.
"""

from client_mvc.i18n.translate import _
from client_mvc.text.links import links
from client_mvc.view.contract.values import (
    COLOURS,
    Beginning,
    Day,
    Heading,
    Message,
    Notice,
    Pending,
    Run,
)
from client_mvc.view.widgets.safe_text import SafeText

type Tags = tuple[str, ...]
type Pieces = list[str | Tags]
"""Text, its tags, text, its tags…: the arguments of `Text.insert` after the index."""

_RULE = "\N{BOX DRAWINGS LIGHT HORIZONTAL}" * 5
_DASH = " \N{EN DASH} "


def message(item: Message, safe: SafeText, number: int) -> Pieces:
    """Something said. `number` tells it from its neighbours, for `message_tag`."""
    tags: Tags = ("body", message_tag(number), *(("mention",) if item.mention else ()))
    pieces = heading(item.heading, safe)
    for run in item.runs or (Run(item.text),):
        pieces += _linked(run.text, safe, _set(run, tags))
    return [*pieces, "\n", tags]


def heading(item: Heading | None, safe: SafeText) -> Pieces:
    """Time and name above a run of one speaker."""
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


def notice(item: Notice, safe: SafeText) -> Pieces:
    """Somebody came or went."""
    return [
        safe.line(item.time),
        ("time", "notice"),
        f"\t{safe.line(item.text)}\n",
        ("notice",),
    ]


def day(item: Day, safe: SafeText) -> Pieces:
    """The line between two days."""
    return [f"{safe.line(item.text)}\n", ("day",)]


def beginning(item: Beginning, safe: SafeText) -> Pieces:
    """There is nothing above it."""
    return [f"{safe.line(item.text)}\n", ("beginning",)]


def unread() -> Pieces:
    """The line above the first item that nobody has looked at."""
    return [f"{_RULE}  {_('New messages')}  {_RULE}\n", ("unread",)]


def pending(item: Pending, safe: SafeText, place: int) -> Pieces:
    """An own message that the room does not have; `place` is its place in the list."""
    tags: Tags = ("body", "pending")
    pieces = heading(item.heading, safe)
    for run in item.runs or (Run(item.text),):
        pieces += _runs(run.text, safe, _set(run, tags))
    pieces += ["\n", tags]
    if item.failed:
        note: Tags = ("body", "failed")
        reason = safe.line(item.reason).rstrip(".")
        failed = _("failed: {reason}", reason=reason) if reason else _("failed")
        pieces += [failed + _DASH, note]
        pieces += [_("try again"), (*note, "action", "retry", pending_tag(place))]
        pieces += ["  ·  ", note]
        pieces += [_("discard"), (*note, "action", "discard", pending_tag(place)), "\n", note]
    return pieces


def message_tag(number: int) -> str:
    """Alternates, so that the range of a tag is exactly one message."""
    return f"message{number % 2}"


def pending_tag(place: int) -> str:
    """Marks what can be clicked of the pending message at `place`."""
    return f"pending-{place}"


def _set(run: Run, tags: Tags) -> Tags:
    return tags if run.style == "plain" else (*tags, run.style)


def _linked(text: str, safe: SafeText, tags: Tags) -> Pieces:
    pieces: Pieces = []
    done = 0
    for start, end in links(text):
        pieces += _runs(text[done:start], safe, tags)
        url = text[start:end]
        # What is clicked must be what is opened: a link that cannot be shown whole is none.
        link = (*tags, "action", "link") if safe.text(url) == url else tags
        pieces += _runs(url, safe, link)
        done = end
    return pieces + _runs(text[done:], safe, tags)


def _runs(text: str, safe: SafeText, tags: Tags) -> Pieces:
    pieces: Pieces = []
    for run, emoji in safe.runs(text):
        pieces += [run, (*tags, "emoji") if emoji else tags]
    return pieces
