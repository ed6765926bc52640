"""The form of a password in which two ways to type the same one are equal (RFC 8265)."""

import unicodedata

from precis_i18n import get_profile

LONGEST = 1_000
"""Characters; a longer password is compared as it is, since preparing it takes long."""

_PROFILE = get_profile("OpaqueString")
_WIDTHS = ("<wide>", "<narrow>")


def prepare(password: str) -> str:
    """Return `password` as an OpaqueString (RFC 8265, section 4.2), which is in NFC.

    Full-width and half-width characters become the ordinary ones besides: an input method
    chooses the width, and the person does not see it. A password that OpaqueString refuses, for
    example one with a control character, is returned unchanged.
    """
    if len(password) > LONGEST:
        return password
    try:
        return str(_PROFILE.enforce("".join(map(_ordinary_width, password))))
    except UnicodeEncodeError:
        return password


def _ordinary_width(character: str) -> str:
    mapping = unicodedata.decomposition(character).split()
    return chr(int(mapping[1], 16)) if mapping and mapping[0] in _WIDTHS else character
