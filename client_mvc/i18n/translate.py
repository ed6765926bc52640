"""The client's words in the language of the person, looked up when they are shown.

English stands in the source, every other language in a catalogue beside this module
(`locale/`), which is read when it is chosen. Knows where words are found, and nothing of what
they are said for: no part of the client is imported here.
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
    """How one language says things. `code` as in HTML's `lang`."""

    code: str

    def text(self, message: str) -> str:
        """`message` (in English) in this language."""
        ...

    def plural(self, one: str, many: str, count: int) -> str:
        """That of the two that fits `count`."""
        ...

    def number(self, number: int) -> str:
        """1,234"""
        ...

    def decimal(self, number: float) -> str:
        """2.4; 2 if there is nothing behind the point."""
        ...

    def day(self, day: date) -> str:
        """Friday 20 November 2026"""
        ...

    def short_day(self, day: date) -> str:
        """20 Nov 2026"""
        ...


class English:
    """What stands in the source. Needs no library, so most people wait for none."""

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
    """A language with a catalogue; numbers and dates as CLDR has them for `name` (de_AT)."""

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
    """What is chosen for the whole program: chosen once, before the first word is shown."""

    language: Language = English()


# --- choosing ----------------------------------------------------------------------------


def preferred(environ: Mapping[str, str]) -> list[str]:
    """The languages a person wants, best first, as POSIX and gettext say it ("de_AT")."""
    variables = ("LC_ALL", "LC_MESSAGES", "LANG")
    wanted = next((environ[each] for each in variables if environ.get(each)), None)
    if wanted is None:
        # Windows and macOS have no such variables, but Python has asked the system.
        wanted = locale.getlocale()[0] or "C"
    if _plain(wanted) in ("C", "POSIX"):
        return []
    several = environ.get("LANGUAGE", "").split(":")
    return [name for name in map(_plain, [*several, wanted]) if name]


def choose(wanted: Sequence[str]) -> None:
    """Speak the first of these languages that there is a catalogue for; else English."""
    _Chosen.language = English()
    for name in wanted:
        code = re.split("[_-]", name, maxsplit=1)[0].lower()
        if code == "en":
            return
        if code.isalpha() and _catalogue(code).is_file():
            _Chosen.language = Translated(code, name)
            return


def _plain(name: str) -> str:
    """Without encoding and variant: de_DE.UTF-8@euro is de_DE."""
    return re.split("[.@]", name, maxsplit=1)[0]


def _catalogue(code: str) -> Path:
    return FOLDER / code / "LC_MESSAGES" / f"{DOMAIN}.po"


# --- saying ------------------------------------------------------------------------------


def gettext(message: str, /, **values: object) -> str:
    """`message` in the person's language, with `values` in the places named in it."""
    text = _Chosen.language.text(message)
    return text.format_map(values) if values else text


_ = gettext


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """As `gettext`, in the form for so many; the place {count} is filled by itself."""
    text = _Chosen.language.plural(one, many, count)
    return text.format_map({"count": number(count), **values})


def marked(message: str) -> str:
    """`message` unchanged, for the catalogue to find: `gettext` it when it is shown."""
    return message


def language() -> str:
    """The code of the language that is spoken."""
    return _Chosen.language.code


def number(number: int) -> str:
    """1,234"""
    return _Chosen.language.number(number)


def decimal(number: float) -> str:
    """2.4; 2 if there is nothing behind the point."""
    return _Chosen.language.decimal(number)


def size(count: int, *, exact: bool = False) -> str:
    """2.4 KB; a KB is 1,024 bytes, as for the limit of a room. `exact`: in bytes."""
    if exact or count < 1024:
        return ngettext("{count} byte", "{count} bytes", count)
    amount, unit = count / 1024, 0
    while amount >= 1023.95 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{decimal(amount)} {_UNITS[unit]}"


def day(day: date) -> str:
    """Friday 20 November 2026"""
    return _Chosen.language.day(day)


def short_day(day: date) -> str:
    """20 Nov 2026"""
    return _Chosen.language.short_day(day)
