"""Why something was refused, in the person's language.

The room, and the rules both sides share, give their reasons in English and with a code. What
is known here is said in the person's words with the same names and numbers; what is not
known is shown as it came. Knows the protocol's codes, and nobody who refuses.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from string import Formatter

from client_mvc.i18n.translate import gettext, language, marked

# How the reasons of a code may read.
_REASONS: Mapping[str, Sequence[str]] = {
    "name_taken": (marked("The name {name} is taken."),),
    "room_full": (marked("The room is full ({active}/{places})."),),
    "bad_name": (
        marked("Please give a name."),
        marked("A name has at most {most} characters."),
        marked("A name starts with a letter or a digit."),
        marked("A name has no spaces. Put _ or - in their place."),
        marked("A name has letters, digits and _ - . only, not {character}."),
        marked("That name mixes characters that cannot stand together."),
    ),
    "bad_password": (
        marked("This room asks for a password."),
        marked("That is not the room's password."),
    ),
    "bad_token": (marked("That membership has ended. Join again."),),
    "too_many": (marked("Too many wrong passwords. Wait {seconds} s, please."),),
    "shutting_down": (marked("The room does not answer. Try again in a moment."),),
    "rate_limited": (
        marked("At most {rate} messages a second, please. This one was not said."),
        marked("At most {most} uploads at once; wait for one to end."),
    ),
    "not_joined": (marked("Only members share files."),),
    "storage": (
        marked("The room cannot use its disk ({problem}). Nothing was said; try again."),
        marked("The room cannot keep the file: {problem}."),
        marked("The room keeps no more files: its quota is used up."),
        marked("The room's disk is full."),
        marked("History cannot be read: {problem}."),
        marked("History cannot be searched: {problem}."),
        marked("The room does not answer at present."),
        marked("The room does not answer. Try again in a moment."),
    ),
    "too_long": (
        marked("A message has at most {most} characters, this one {length}."),
        marked("A search has at most {most} characters."),
        marked("A file may have at most {most} bytes, this one has {size}."),
    ),
    "empty": (
        marked("There is nothing to say in an empty text."),
        marked("There is no word to search for."),
    ),
    "bad_request": (
        marked("The text has a control character, U+{code}."),
        marked("The upload was cut off."),
        marked("A file was shared with this key before, and is no longer kept."),
    ),
    "bad_offset": (
        marked("Nothing is kept of this file."),
        marked("{size} bytes of this file are kept, not {offset}."),
    ),
    "timeout": (marked("The upload stalled."),),
    "not_text": (
        marked("This is not a text file: it has NUL bytes."),
        marked("This is not a text file: it has NUL characters."),
        marked("This is not a text file: its UTF-16 is damaged."),
        marked("This is not a text file: no encoding fits all of it."),
        marked("This is not a text file, or its encoding cannot be told."),
    ),
    "bad_link": (
        marked("Please say which server: host:port or a join link."),
        marked("A join link looks like chatroom://host:port/"),
        marked('"{text}" is no server: try host:port, for example localhost:18000.'),
        marked("There is no port {port}: ports are numbers from 1 to 65535."),
        marked("The join link is damaged: its fingerprint is not whole."),
    ),
}
# What a code says whatever its reason is; without this, an unknown reason stays as it came.
_AT_LEAST: Mapping[str, str] = {
    "name_taken": marked("That name is taken."),
    "room_full": marked("The room is full."),
    "banned": marked("You were banned from this room."),
    "too_many": marked("Too many attempts. Wait a moment, please."),
    "shutting_down": marked("The server is shutting down."),
    "rate_limited": marked("Too many requests at once. Wait a moment, please."),
    "not_joined": marked("You are not a member."),
    "storage": marked("The room cannot keep that at present."),
}


def in_words(code: str, reason: str) -> str:
    """`reason` (English, with its code) in the person's language, if it is known."""
    if language() == "en":
        return reason
    for template in _REASONS.get(code, ()):
        if found := _pattern(template).fullmatch(reason):
            return gettext(template, **found.groupdict())
    return gettext(_AT_LEAST[code]) if code in _AT_LEAST else reason


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = [
        re.escape(text) + (f"(?P<{field}>.+?)" if field else "")
        for text, field, _, _ in Formatter().parse(template)
    ]
    return re.compile("".join(parts), re.DOTALL)
