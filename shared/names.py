"""Which names are allowed, and when two are the same.

Letters and digits are Unicode's; marks may follow them, since Devanagari, Thai and others
cannot be written without. Two names are the same when their PRECIS UsernameCaseMapped forms
(RFC 8265, section 3.3) are. Knows nobody's name.
"""

import unicodedata

from precis_i18n import get_profile

from shared import limits

_PROFILE = get_profile("UsernameCaseMapped")
_PUNCTUATION = "_-."


class BadName(ValueError):
    """A name that nobody can have; the text says what to change."""


def tidy(name: str) -> str:
    """`name` as everybody will see it (NFC). Raises `BadName`."""
    name = unicodedata.normalize("NFC", name)
    if not name:
        raise BadName("Please give a name.")
    if len(name) > limits.NAME_CHARACTERS:
        raise BadName(f"A name has at most {limits.NAME_CHARACTERS} characters.")
    if not _letter_or_digit(name[0]):
        raise BadName("A name starts with a letter or a digit.")
    if any(character.isspace() for character in name):
        raise BadName("A name has no spaces. Put _ or - in their place.")
    for character in name:
        if not (
            _letter_or_digit(character)
            or character in _PUNCTUATION
            or unicodedata.category(character) in ("Mn", "Mc")
        ):
            raise BadName(
                f"A name has letters, digits and _ - . only, not {_visible(character)}."
            )
    try:
        _PROFILE.enforce(name)
    except UnicodeEncodeError:
        raise BadName("That name mixes characters that cannot stand together.") from None
    return name


def key(name: str) -> str:
    """What two names share when they are the same. `name` must be `tidy`."""
    return str(_PROFILE.enforce(name))


def _letter_or_digit(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "L" or category == "Nd"


def _visible(character: str) -> str:
    return repr(character) if character.isprintable() else f"U+{ord(character):04X}"
