"""Why something failed, as a sentence in the person's language.

The server sends a code and values (`shared.problems`); a sentence is looked up by them. Where
this version has no sentence for a problem, the server's English one is shown.
"""

from collections.abc import Mapping

from client_mvc.i18n.translate import gettext, marked
from shared.problems import Problem, template

# For known codes whose values a newer server words in another way.
_WITHOUT_VALUES: Mapping[str, str] = {
    "name_taken": marked("That name is taken."),
    "room_full": marked("The room is full."),
    "banned": marked("You are banned from this room."),
    "too_many": marked("Too many attempts. Try again in a moment."),
    "shutting_down": marked("The server is shutting down."),
    "rate_limited": marked("Too many requests. Try again in a moment."),
    "not_joined": marked("You are not a member of this room."),
    "storage": marked("The server cannot write to its disk now."),
}


def sentence(why: Problem, reason: str = "") -> str:
    """Return the sentence for a problem; `reason` is the server's own, for unknown problems."""
    text = template(why.code, why.params)
    if text is not None:
        return gettext(text, **why.params)
    if not reason and why.code in _WITHOUT_VALUES:
        return gettext(_WITHOUT_VALUES[why.code])
    return reason or why.code
