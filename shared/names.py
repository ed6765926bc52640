"""The rules for names: which are allowed, when two are the same, and when they look alike.

Letters and digits are Unicode's, of one script (`lookalikes.one_script`); marks may follow
them, since Devanagari, Thai and other scripts cannot be written without. Two names are the same
when their PRECIS UsernameCaseMapped forms (RFC 8265, section 3.3) are.
"""

import re
import unicodedata
from functools import cache

from precis_i18n import get_profile

from shared import limits, protocol
from shared.lookalikes import is_general_mark, look, one_script
from shared.problems import ProblemError, problem

_PROFILE = get_profile("UsernameCaseMapped")
_PUNCTUATION = "_-."
_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")
_MOST_MARKS = 2
_MOST_OWN_MARKS = 5
"""So many marks may follow a letter, and so many more of its own script, as in Burmese."""
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
"""Letters and marks that show nothing (Unicode's Default_Ignorable_Code_Point)."""

RESERVED = (
    protocol.SERVER_NAME, "admin", "administrator", "all", "channel", "chatroom", "everybody",
    "everyone", "here", "host", "moderator", "operator", "owner", "room", "root", "support",
    "system",
)  # fmt: skip
"""Nobody may have these names, nor any that looks like one of them."""


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
    if not _PLAIN.fullmatch(name):
        _check_characters(name)
    try:
        mapped = key(name)
    except UnicodeEncodeError:
        raise _bad("mixed") from None
    if not one_script(name):
        raise _bad("scripts")
    if mapped in RESERVED or look(name) in _reserved_looks():
        raise _bad("reserved", name=name)
    return name


def _check_characters(name: str) -> None:
    for character in name:
        if not (
            _letter_or_digit(character) or character in _PUNCTUATION or _is_mark(character)
        ) or _INVISIBLE.match(character):
            raise _bad("character", character=_visible(character))
    _check_marks(name)


def key(name: str) -> str:
    """Return the form that equal names share. `name` must be `tidy`."""
    return name.lower() if name.isascii() else str(_PROFILE.enforce(name))


def key_of_any(name: str) -> str:
    """Return `key`; the text itself where it is no name, as a server may send anything."""
    try:
        return key(name)
    except UnicodeEncodeError:
        return name


@cache
def _reserved_looks() -> set[str]:
    ones = (name.replace("i", "1") for name in RESERVED)  # adm1n: not alike, but meant to be
    return {*map(look, RESERVED), *map(look, ones)}


def _check_marks(name: str) -> None:
    """Refuse piles of marks, and a mark that is there twice: they hide what is below."""
    marks: list[str] = []
    for character in unicodedata.normalize("NFD", name):
        if not _is_mark(character):
            marks = []
            continue
        again = character in marks
        marks.append(character)
        general = sum(map(is_general_mark, marks))
        if again or general > _MOST_MARKS or len(marks) - general > _MOST_OWN_MARKS:
            raise _bad("marks")


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Mc")


def _letter_or_digit(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "L" or category == "Nd"


def _visible(character: str) -> str:
    return repr(character) if character.isprintable() else f"U+{ord(character):04X}"
