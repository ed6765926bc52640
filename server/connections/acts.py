"""The acts of a member as the room gets them: texts and names tidy, targets possible.

An owner's key is hashed.
"""

import hashlib
import unicodedata

from msgspec.structs import replace

from shared import emoji, limits, names, texts
from shared.conversation import ConversationRequest, Edit, React, Rename, SetNote
from shared.moderation import (
    ActRequest,
    Ban,
    Claim,
    Kick,
    Mute,
    SetRole,
    SetTopic,
    Target,
)
from shared.problems import ProblemError, problem
from shared.wire import MAX_INTEGER

type Request = ActRequest | ConversationRequest


def prepare(request: Request) -> Request:
    """Return the request for the room. Raises `ProblemError`."""
    match request:
        case Claim(key=key):
            return replace(request, key=hashed(key).hex())
        case Kick(target=target, text=text) | Ban(target=target, text=text):
            return replace(request, target=_target(target), text=texts.one_line(text))
        case SetRole(target=target) | Mute(target=target):
            return replace(request, target=_target(target))
        case SetTopic(text=text) | SetNote(text=text):
            return replace(request, text=texts.one_line(text))
        case Edit(text=text):
            return replace(request, text=texts.tidy(text))
        case Rename(name=name):
            return replace(request, name=names.tidy(name))
        case React(emoji=text):
            return replace(request, emoji=_one_emoji(text))
    return request


def hashed(secret: str | None) -> bytes:
    """Return the SHA-256 of an owner's key or a device's number; empty without one."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest() if secret else b""


def _one_emoji(text: str) -> str:
    """Return one emoji, fully qualified. Raises `ProblemError`."""
    found = emoji.whole(text)
    if found is None:
        raise ProblemError(problem("bad_request", "emoji"))
    return found


def _target(target: Target) -> Target:
    """Return a name in NFC or a number, if a member can have it. Raises `ProblemError`."""
    if isinstance(target, str):
        target = unicodedata.normalize("NFC", target)
        possible = 0 < len(target) <= limits.NAME_CHARACTERS and target.isprintable()
    else:
        possible = 0 < target <= MAX_INTEGER
    if not possible:
        shown = texts.defuse(str(target), "")[: limits.NAME_CHARACTERS]
        raise ProblemError(problem("not_found", "member", target=shown))
    return target
