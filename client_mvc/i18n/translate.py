"""The client's texts in the language of the person, looked up when they are shown.

English stands in the source, every other language in a catalogue beside this module
(`locale/`), which is read when the language is chosen. An import contract keeps the other
parts of the client out.
"""

import gettext as catalogues
import io
import locale
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Protocol

FOLDER = Path(__file__).parent / "locale"
DOMAIN = "chatroom"

_UNITS = ("KB", "MB", "GB", "TB")


class Language(Protocol):
    """Texts, numbers and dates of one language; `code` is as in HTML's `lang`."""

    code: str

    def text(self, message: str) -> str:
        """Translate `message`, which is English."""
        ...

    def plural(self, one: str, many: str, count: int) -> str:
        """Translate `one` or `many`, as `count` needs."""
        ...

    def number(self, number: int) -> str:
        """Format a whole number: 1,234."""
        ...

    def decimal(self, number: float) -> str:
        """Format with one decimal: 2.4; 2 instead of 2.0."""
        ...

    def day(self, day: date) -> str:
        """Format as Friday 20 November 2026."""
        ...

    def short_day(self, day: date) -> str:
        """Format as 20 Nov 2026."""
        ...


class English:
    """The language of the source. It loads no library, so most people wait for none."""

    code = "en"

    def text(self, message: str) -> str:
        return message

    def plural(self, one: str, many: str, count: int) -> str:
        return one if count == 1 else many

    def number(self, number: int) -> str:
        return f"{number:,}"

    def decimal(self, number: float) -> str:
        return f"{number:.1f}".removesuffix(".0")

    def day(self, day: date) -> str:
        return f"{day:%A} {day.day} {day:%B %Y}"

    def short_day(self, day: date) -> str:
        return f"{day.day} {day:%b %Y}"


class Translated:
    """A language with a catalogue; numbers and dates are those of CLDR for `name` (de_AT)."""

    def __init__(self, code: str, name: str) -> None:
        from babel import Locale, UnknownLocaleError, dates, numbers  # noqa: PLC0415
        from babel.messages import mofile, pofile  # noqa: PLC0415

        self.code = code
        try:
            self._locale = Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            self._locale = Locale.parse(code)
        self._dates, self._numbers = dates, numbers
        compiled = io.BytesIO()
        with _catalogue(code).open("rb") as source:
            mofile.write_mo(compiled, pofile.read_po(source, locale=code))
        compiled.seek(0)
        self._catalogue = catalogues.GNUTranslations(compiled)

    def text(self, message: str) -> str:
        return self._catalogue.gettext(message)

    def plural(self, one: str, many: str, count: int) -> str:
        return self._catalogue.ngettext(one, many, count)

    def number(self, number: int) -> str:
        return self._numbers.format_decimal(number, locale=self._locale)

    def decimal(self, number: float) -> str:
        return self._numbers.format_decimal(number, "#,##0.#", self._locale)

    def day(self, day: date) -> str:
        return self._dates.format_date(day, "full", self._locale)

    def short_day(self, day: date) -> str:
        return self._dates.format_date(day, "medium", self._locale)


class _Chosen:
    """The language of the whole program, chosen once, before the first text is shown."""

    language: Language = English()


# --- choosing ----------------------------------------------------------------------------


def preferred(environ: Mapping[str, str]) -> list[str]:
    """Return the languages that a person wants, best first, in the form of POSIX: "de_AT"."""
    variables = ("LC_ALL", "LC_MESSAGES", "LANG")
    wanted = next((environ[each] for each in variables if environ.get(each)), None)
    if wanted is None:
        # Windows and macOS have no such variables, but Python asked the system.
        wanted = locale.getlocale()[0] or "C"
    if _plain(wanted) in ("C", "POSIX"):
        return []
    several = environ.get("LANGUAGE", "").split(":")
    return [name for name in map(_plain, [*several, wanted]) if name]


def choose(wanted: Sequence[str]) -> None:
    """Choose the first of these languages that has a catalogue; else English."""
    _Chosen.language = English()
    for name in wanted:
        code = re.split("[_-]", name, maxsplit=1)[0].lower()
        if code == "en":
            return
        if code.isalpha() and _catalogue(code).is_file():
            _Chosen.language = Translated(code, name)
            return


def _plain(name: str) -> str:
    """Remove encoding and variant: de_DE.UTF-8@euro becomes de_DE."""
    return re.split("[.@]", name, maxsplit=1)[0]


def _catalogue(code: str) -> Path:
    return FOLDER / code / "LC_MESSAGES" / f"{DOMAIN}.po"


# --- translating -------------------------------------------------------------------------


def gettext(message: str, /, **values: object) -> str:
    """Translate `message`, and fill in `values` at the places named in it."""
    text = _Chosen.language.text(message)
    return text.format_map(values) if values else text


_ = gettext


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """Translate in the form for `count`; the place {count} is filled by itself."""
    text = _Chosen.language.plural(one, many, count)
    return text.format_map({"count": number(count), **values})


def marked(message: str) -> str:
    """Return `message` unchanged; pybabel finds it by this call. Translate it when shown."""
    return message


def language() -> str:
    """Return the code of the chosen language."""
    return _Chosen.language.code


def number(number: int) -> str:
    """Format a whole number: 1,234."""
    return _Chosen.language.number(number)


def decimal(number: float) -> str:
    """Format with one decimal: 2.4; 2 instead of 2.0."""
    return _Chosen.language.decimal(number)


def size(count: int, *, exact: bool = False) -> str:
    """Format so many bytes: 2.4 KB, where a KB is 1,024 bytes. `exact`: in bytes."""
    if exact or count < 1024:
        return ngettext("{count} byte", "{count} bytes", count)
    amount, unit = count / 1024, 0
    while amount >= 1023.95 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{decimal(amount)} {_UNITS[unit]}"


def day(day: date) -> str:
    """Format as Friday 20 November 2026."""
    return _Chosen.language.day(day)


def short_day(day: date) -> str:
    """Format as 20 Nov 2026."""
    return _Chosen.language.short_day(day)
