"""Names completed by Tab in the composer. Knows no window: text before the cursor in, out."""

import re
from collections.abc import Iterable

_WORD = re.compile(r"(?P<at>@?)(?P<begun>\w[\w.-]*)\Z")


class Completer:
    """Remembers what it gave last, so that Tab again gives the next name that fits."""

    def __init__(self) -> None:
        self._gave = ""
        self._all: list[str] = []

    def complete(self, before: str, names: Iterable[str]) -> str | None:
        """`before` with the name it ends with completed; None: there is nothing to complete.

        At the start of a line it speaks to somebody ("bob: "), elsewhere of them ("bob ").
        """
        if not (self._gave and before == self._gave):
            self._all = _completed(before, names)
            following = self._all[:1]
        else:
            at = self._all.index(before) + 1
            following = (self._all[at:] + self._all)[:1]
        if not following or following[0] == before:
            return None
        self._gave = following[0]
        return self._gave


def _completed(before: str, names: Iterable[str]) -> list[str]:
    found = _WORD.search(before)
    if found is None:
        return []
    rest = before[: found.start()]
    begins_line = not found["at"] and (not rest or rest.endswith("\n"))
    begun = found["begun"].casefold()
    fitting = sorted(
        (name for name in names if name.casefold().startswith(begun)), key=str.casefold
    )
    return [f"{rest}{found['at']}{name}{': ' if begins_line else ' '}" for name in fitting]
