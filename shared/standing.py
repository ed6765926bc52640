"""Carries out changes of messages and files: what one that was sent looks like after them.

Server and client share it, so both come to the same. The last change wins, for each member and
emoji; what is deleted stays deleted.
"""

from msgspec import UNSET, structs

from shared import limits
from shared.conversation import Edited, Pinned, Quote, Reacted, Reactor
from shared.messages import Deletion, Said, Shared
from shared.moderation import Deleted

type Sent = Said | Shared
type Change = Edited | Reacted | Pinned | Deleted


def changed[S: Sent](sent: S, change: Change) -> S:
    """Return `sent` as it stands after this change of it."""
    if sent.deleted:
        return sent
    match change:
        case Deleted(name=name, at=at):
            return erased(sent, Deletion(name, at))
        case Edited(text=text, at=at) if isinstance(sent, Said):
            return structs.replace(sent, text=text, edited=at) if text else sent
        case Pinned(on=on):
            return structs.replace(sent, pinned=on or UNSET)
        case Reacted():
            return _reacted(sent, change)
    return sent


def erased[S: Sent](sent: S, deletion: Deletion) -> S:
    """Return what is left of a message or a file that was deleted."""
    bare = {"edited": UNSET, "reactions": UNSET, "pinned": UNSET, "deleted": deletion}
    if isinstance(sent, Said):
        return structs.replace(sent, text="", reply_to=UNSET, quote=UNSET, **bare)
    return structs.replace(sent, file=UNSET, **bare)


def quote(parent: Sent) -> Quote:
    """Return the quote of a message or a file in replies to it."""
    file = parent.file if isinstance(parent, Shared) else UNSET
    text = parent.text if isinstance(parent, Said) else file.name if file else ""
    return Quote(parent.name, " ".join(text.split())[: limits.QUOTE_CHARACTERS])


def _reacted[S: Sent](sent: S, change: Reacted) -> S:
    """An emoji keeps its place among the others as long as anybody has it."""
    reactions = {**(sent.reactions or {})}
    member = change.member or 0
    those = [one for one in reactions.get(change.emoji, ()) if one.member != member]
    if change.on:
        those.append(Reactor(member, change.name))
    if those:
        reactions[change.emoji] = those
    else:
        reactions.pop(change.emoji, None)
    return structs.replace(sent, reactions=reactions or UNSET)
