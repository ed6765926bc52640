"""The rules for names: which are allowed, and when two are the same.

Letters and digits are Unicode's; marks may follow them, since Devanagari, Thai and other
scripts cannot be written without. Two names are the same when their PRECIS UsernameCaseMapped
forms (RFC 8265, section 3.3) are.
"""

import unicodedata

from precis_i18n import get_profile

from shared import limits, protocol
from shared.problems import ProblemError, problem

_PROFILE = get_profile("UsernameCaseMapped")
_PUNCTUATION = "_-."


class BadName(ProblemError):
    """The name breaks a rule; the text says what to change."""


def _bad(rule: str, **params: object) -> BadName:
    return BadName(problem("bad_name", rule, **params))


def tidy(name: str) -> str:
    """Return `name` as members will see it (NFC). Raises `BadName`."""
    name = unicodedata.normalize("NFC", name)
    if not name:
        raise _bad("empty")
    if len(name) > limits.NAME_CHARACTERS:
        raise _bad("too_long", most=limits.NAME_CHARACTERS)
    if not _letter_or_digit(name[0]):
        raise _bad("start")
    if any(character.isspace() for character in name):
        raise _bad("spaces")
    for character in name:
        if not (
            _letter_or_digit(character)
            or character in _PUNCTUATION
            or unicodedata.category(character) in ("Mn", "Mc")
        ):
            raise _bad("character", character=_visible(character))
    try:
        mapped = key(name)
    except UnicodeEncodeError:
        raise _bad("mixed") from None
    if mapped == protocol.SERVER_NAME:
        raise _bad("reserved", name=name)
    return name


def key(name: str) -> str:
    """Return the form that equal names share. `name` must be `tidy`."""
    return name.lower() if name.isascii() else str(_PROFILE.enforce(name))


def _letter_or_digit(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "L" or category == "Nd"


def _visible(character: str) -> str:
    return repr(character) if character.isprintable() else f"U+{ord(character):04X}"
