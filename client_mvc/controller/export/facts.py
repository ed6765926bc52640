"""What a saved conversation says of a message beside its text, in words. Pure."""

from collections.abc import Iterator
from datetime import tzinfo

from client_mvc.controller import wording
from client_mvc.controller.conversation import extras
from client_mvc.i18n import translate
from client_mvc.i18n.translate import _
from shared import messages
from shared.conversation import Edited, Reacted
from shared.moderation import Deleted
from shared.standing import Sent


def is_change(event: messages.AnyEvent) -> bool:
    """Tell whether an event is in what it changed already."""
    return isinstance(event, Edited | Reacted | Deleted)


def quote(said: messages.Said) -> str | None:
    """Return which message this one answers, in words; None if it answers none."""
    if not said.reply_to:
        return None
    if not said.quote:
        return _("a reply to a message that is not kept any more")
    if not said.quote.text:
        return _("a reply to a deleted message of {name}", name=said.quote.name)
    text = extras.one_line(said.quote.text)
    return _("a reply to {name}: “{text}”", name=said.quote.name, text=text)


def notes(sent: Sent, zone: tzinfo | None) -> list[str]:
    """Return that a message was edited, and when, and that it is pinned."""
    said = []
    if sent.edited and not sent.deleted:
        when = f"{wording.moment(sent.edited, zone):%Y-%m-%d %H:%M:%S}"
        said.append(_("edited {when}", when=when))
    if sent.pinned:
        said.append(_("pinned"))
    return said


def reactions(sent: Sent) -> Iterator[tuple[str, str]]:
    """Yield each emoji, and who reacted with it."""
    for emoji, reactors in (sent.reactions or {}).items():
        yield emoji, ", ".join(each.name for each in reactors)


def size(file: messages.File) -> str:
    """Return the size of a file; of a picture also in pixels."""
    size = translate.size(file.size)
    if file.width and file.height:
        return f"{file.width} × {file.height}, {size}"  # noqa: RUF001
    return size
