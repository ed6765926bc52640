"""The words of the page that plain http shows to other computers: why to encrypt, and how."""

from collections.abc import Iterable, Mapping
from html import escape

_ENGLISH = {
    "title": "One step before the room",
    "warned": "{room} is encrypted, this address is not. Your browser will warn you once, "
    "because this room made its own certificate. Choose <b>Advanced</b>, then <b>Continue</b>.",
    "known": "{room} is encrypted, this address is not: others on the network could read "
    "along.",
    "go": "Continue to {url}",
    "what": "What your browser shows",
    "says": "“{says}”<br>Choose <b>{first}</b>, then <b>{then}</b>.",
    "picture": "The warning of {browser}: 1. {first}, 2. {then}",
    "chrome_says": "Your connection is not private",
    "chrome_first": "Advanced",
    "chrome_then": "Proceed to {name} (unsafe)",
    "firefox_says": "Warning: Potential Security Risk",
    "firefox_first": "Advanced…",
    "firefox_then": "Accept the Risk and Continue",
    "safari_says": "This Connection Is Not Private",
    "safari_first": "Show Details",
    "safari_then": "visit this website",
    "compare": "To be sure that it is this room and nobody in between, compare this key with "
    "the one that the host sees when the room opens:",
    "desktop": "The desktop client needs no such step:",
}
_GERMAN = {
    "title": "Ein Schritt vor dem Raum",
    "warned": "{room} ist verschlüsselt, diese Adresse nicht. Dein Browser warnt dich einmal, "
    "weil dieser Raum sein Zertifikat selbst gemacht hat. Wähle <b>Erweitert</b>, "
    "dann <b>Weiter</b>.",
    "known": "{room} ist verschlüsselt, diese Adresse nicht: Andere im Netz könnten mitlesen.",
    "go": "Weiter zu {url}",
    "what": "Was dein Browser zeigt",
    "says": "„{says}“<br>Wähle <b>{first}</b>, dann <b>{then}</b>.",
    "picture": "Die Warnung von {browser}: 1. {first}, 2. {then}",
    "chrome_says": "Keine sichere Verbindung",
    "chrome_first": "Erweitert",
    "chrome_then": "Weiter zu {name} (unsicher)",
    "firefox_says": "Warnung: Mögliches Sicherheitsrisiko",
    "firefox_first": "Erweitert…",
    "firefox_then": "Risiko akzeptieren und fortfahren",
    "safari_says": "Diese Verbindung ist nicht privat",
    "safari_first": "Details einblenden",
    "safari_then": "diese Website öffnen",
    "compare": "Um sicher zu sein, dass es dieser Raum ist und niemand dazwischen, vergleiche "
    "diesen Schlüssel mit dem, den der Gastgeber beim Öffnen des Raums sieht:",
    "desktop": "Das Desktop-Programm braucht diesen Schritt nicht:",
}
TEXTS: Mapping[str, Mapping[str, str]] = {"en": _ENGLISH, "de": _GERMAN}
_BROWSERS = {"chrome": "Chrome", "firefox": "Firefox", "safari": "Safari"}
_LONGEST_NAME = 15
"""Characters of the host that fit in a picture; an IPv4 address always does."""


def language(accepted: Iterable[str]) -> str:
    """Return the language for `Accept-Language` (RFC 9110, section 12.5.4): `en` or `de`."""
    best, found = 0.0, "en"
    for item in ",".join(accepted).lower().split(","):
        tag, _, weight = item.replace(" ", "").partition(";q=")
        name = tag.partition("-")[0]
        try:
            worth = float(weight or 1)
        except ValueError:
            continue
        if name in TEXTS and worth > best:
            best, found = worth, name
    return found


def words(
    room: str, host: str, fingerprint: str, language: str, *, known: bool = False
) -> dict[str, str]:
    """Return the values of the page's template, as HTML.

    Args:
        room: the name of the room.
        host: where the encrypted room is, with the port.
        fingerprint: that of its key, in groups.
        language: one of `TEXTS`.
        known: the certificate is the owner's own, so browsers may know it and not warn.
    """
    texts, url = TEXTS[language], f"https://{host}/"
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    name = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    values = {
        "lang": language,
        "kind": "known" if known else "self-made",
        "room": escape(room),
        "host": escape(host),
        "url": escape(url),
        "lead": texts["known" if known else "warned"].format(room=escape(room)),
        "go": texts["go"].format(url=escape(url)),
        "fingerprint": " ".join(f"<span>{group}</span>" for group in fingerprint.split()),
    }
    for browser, title in _BROWSERS.items():
        says, first = texts[f"{browser}_says"], texts[f"{browser}_first"]
        then = texts[f"{browser}_then"].format(name=escape(name))
        picture = texts["picture"].format(browser=title, first=first, then=then)
        values |= {
            browser: texts["says"].format(says=says, first=first, then=then),
            f"{browser}_says": says,
            f"{browser}_first": first,
            f"{browser}_then": then,
            f"{browser}_picture": picture,
        }
    return values | {name: texts[name] for name in ("title", "what", "compare", "desktop")}
