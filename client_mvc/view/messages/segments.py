"""Turns texts of the conversation into the text and tags that are inserted for them.

One flat list for a whole batch: one `insert` per batch keeps the window quick. No widget here,
so it is tested without a display. What is no part of the original text has the tag `aside`.
"""

import re
from dataclasses import dataclass

from client_mvc.i18n.translate import _, ngettext
from client_mvc.text.links import links
from client_mvc.text.markup import Run
from client_mvc.view.contract.items import COLOURS, Heading, Notice, Pending
from client_mvc.view.style.safe_text import Pieces, SafeText, Tags

MOST_PIECES = 200
"""Of one message; the rest is one piece without links and styles. Tk's time for a line grows
with the square of its pieces."""
FOLD_FROM, FOLD_TO = 15, 12
"""A text of more lines than the first number shows as many as the second."""
WIDE = 100
"""Characters that count as a line of their own: a long paragraph is folded, too."""

ASIDE = "aside"
_DASH = " \N{EN DASH} "
_LANGUAGE = re.compile(r"```([\w+#.-]*)\n\Z")
CLICK: Tags = ("action", "click")


@dataclass(frozen=True, slots=True)
class Fold:
    """Where a long text is folded: behind so many of its lines, and characters of the next.

    `more` is how many lines are not seen then.
    """

    lines: int
    characters: int
    more: int


def runs(text: str, styled: tuple[Run, ...], safe: SafeText, tags: Tags) -> Pieces:
    """Lay out a text with its styles and links; it does not end with a line break.

    The marks of the styles are there, for copies, and hidden by their tag. A block of code gets
    a line above it with its language and a button.
    """
    pieces: Pieces = []
    parts = styled or (Run(text),)
    styles: list[str] = []  # of those before
    for place, run in enumerate(parts):
        if run.style != "block":
            text = run.text
            if text.startswith("\n") and "block" in styles[-2:]:
                # It ends the last line of a block, whose ground goes to the end of the line.
                pieces += ["\n", (*tags, "block")]
                text = text[1:]
            pieces += _with_links(text, safe, _styled(tags, run))
            styles.append(run.style)
            continue
        styles.append(run.style)
        before = parts[place - 1].text if place else ""
        pieces += _block_head(before, begun=_begins_line(pieces, before), tags=tags)
        code = run.text.removesuffix("\n")
        pieces += [safe.text(code), (*tags, "block")]
        if code != run.text:
            # The line with the closing mark is not seen.
            pieces += ["\n", (*tags, "mark")]
        after = "".join(each.text for each in parts[place + 1 : place + 3])
        if after.lstrip("`") and not after.lstrip("`").startswith("\n"):
            pieces += ["\n", (*tags, "block", ASIDE)]
    return _few(pieces, tags)


def ends_with_block(styled: tuple[Run, ...]) -> bool:
    """Tell whether a text ends with a block of code."""
    return "block" in [run.style for run in styled[-2:]] and styled[-1].style == "mark"


def _block_head(before: str, *, begun: bool, tags: Tags) -> Pieces:
    named = language(before) or _("Code")
    head: Tags = (*tags, "block-head", ASIDE)
    start: Pieces = [] if begun else ["\n", (*tags, ASIDE)]
    return [
        *start,
        f"{named}\t",
        head,
        _("Copy code"),
        (*head, "code-copy", *CLICK),
        "\n",
        head,
    ]


def _begins_line(pieces: Pieces, mark: str) -> bool:
    """Tell whether the text before an opening `mark` ends with a line break, or is empty."""
    shown = "".join(map(str, pieces[::2]))
    shown = shown.removesuffix(mark)
    fence = mark.rfind("```")
    shown += mark[: max(0, fence)].lstrip("`")
    return not shown or shown.endswith("\n")


def language(mark: str) -> str:
    """Return the language that an opening mark of a block names; empty: none."""
    found = _LANGUAGE.search(mark)
    return found[1] if found else ""


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


def notice(item: Notice, safe: SafeText, *, opened: bool) -> Pieces:
    """Lay out a quiet line: a member joined or left, or an act of a moderator.

    One that sums up others begins with a triangle, and opens by a click.
    """
    said = " ".join(item.text.splitlines())
    tags: Tags = ("notice",)
    text = _with_links(said, safe, tags)
    if item.more:
        text = [f"{'▾' if opened else '▸'} {safe.line(said)}", (*tags, "more", "click")]
    return [safe.line(item.time), ("time", *tags), "\t", tags, *text, "\n", tags]


def fold(pieces: Pieces) -> Fold | None:
    """Tell where to fold a text; None: it is short enough.

    Only what is seen of the text counts: no marks, and no headings of code.
    """
    pairs = list(zip(map(str, pieces[::2]), pieces[1::2], strict=True))
    unseen = {"mark", ASIDE}
    cut = fold_at("".join(text for text, tags in pairs if not unseen & set(tags)))
    if cut is None:
        return None
    left, before = cut[0], ""
    for text, tags in pairs:
        if not unseen & set(tags):
            if left <= len(text):
                before += text[:left]
                break
            left -= len(text)
        before += text
    last = before.rpartition("\n")[2]
    return Fold(before.count("\n"), len(last), cut[1])


def fold_at(text: str) -> tuple[int, int] | None:
    """Return how many characters stay, and how many lines do not; None: it is short enough.

    As in the browser (server/web/view/blocks.js).
    """
    lines = start = 0
    at = -1
    for line in text.rstrip("\n").split("\n"):
        high = max(1, -(-len(line) // WIDE))
        if at < 0 and lines + high > FOLD_TO:
            at, most = start, start + (FOLD_TO - lines) * WIDE
            if lines < FOLD_TO:
                space = text.rfind(" ", start, most + 1)
                at = space + 1 if space >= 0 else most
        lines += high
        start += len(line) + 1
    return (at, lines - FOLD_TO) if lines > FOLD_FROM else None


def fold_label(hidden: int, *, opened: bool) -> str:
    """Return the words that show the rest of a long message, or hide it again."""
    if opened:
        return _("Show less")
    return ngettext("Show {count} more line", "Show {count} more lines", hidden)


def pending_actions(item: Pending, safe: SafeText, place: int) -> Pieces:
    """Lay out why a message was not sent, and what can be done."""
    if not item.failed:
        return []
    note: Tags = ("body", "failed", ASIDE)
    reason = safe.line(item.reason).rstrip(".")
    failed = _("not sent: {reason}", reason=reason) if reason else _("not sent")
    return [
        failed + _DASH,
        note,
        _("send again"),
        (*note, *CLICK, "retry", pending_tag(place)),
        "  ·  ",
        note,
        _("discard"),
        (*note, *CLICK, "discard", pending_tag(place)),
        "\n",
        note,
    ]


def pending_tag(place: int) -> str:
    """Return the tag of the clickable texts of the outgoing message at `place`."""
    return f"pending-{place}"


def lines(pieces: Pieces) -> int:
    """Count the lines of `pieces`, each of which ends with a line break."""
    return sum(str(piece).count("\n") for piece in pieces[::2])


def emoji(text: str, safe: SafeText, tags: Tags) -> Pieces:
    """Lay out a text without links, in which the emoji have their font."""
    pieces: Pieces = []
    for run, is_emoji in safe.runs(text):
        pieces += [run, (*tags, "emoji") if is_emoji else tags]
    return pieces


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
        pieces += emoji(text[done:start], safe, tags)
        url = text[start:end]
        # A click must open exactly the address shown: no link if it cannot be shown as it is.
        link = (*tags, *CLICK, "link") if safe.text(url) == url else tags
        pieces += emoji(url, safe, link)
        done = end
    return pieces + emoji(text[done:], safe, tags)
