"""Complete member names for the Tab key."""

import re
from collections.abc import Iterable

from client_mvc.controller import wording

_WORD = re.compile(r"(?P<at>@?)(?P<begun>\w[\w.-]*)\Z")


class Completer:
    """Remembers its last completion, so that Tab again gives the next name."""

    def __init__(self) -> None:
        self._last = ""
        self._choices: list[str] = []

    def complete(self, before: str, names: Iterable[str]) -> str | None:
        """Complete the name at the end of `before`, the text in front of the cursor.

        At the start of a line the name addresses the member ("bob: "), elsewhere it does not
        ("bob ").

        Returns:
            `before` with the whole name; None if no name fits.
        """
        if not (self._last and before == self._last):
            self._choices = _completed(before, names)
            following = self._choices[:1]
        else:
            at = self._choices.index(before) + 1
            following = (self._choices[at:] + self._choices)[:1]
        if not following or following[0] == before:
            return None
        self._last = following[0]
        return self._last


def _completed(before: str, names: Iterable[str]) -> list[str]:
    found = _WORD.search(before)
    if found is None:
        return []
    rest = before[: found.start()]
    begins_line = not found["at"] and (not rest or rest.endswith("\n"))
    begun = found["begun"].casefold()
    fitting = sorted(
        (name for name in names if name.casefold().startswith(begun)), key=wording.place
    )
    return [f"{rest}{found['at']}{name}{': ' if begins_line else ' '}" for name in fitting]
