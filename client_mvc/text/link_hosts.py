"""Tells where a link leads, if its text hides or disguises that. Pure.

Browsers read links by the URL Standard (url.spec.whatwg.org), so this does too: `\\` is `/`, a
host may have percent-encoded letters, and NFKC maps its characters. Which scripts may stand in
one host follows the "highly restrictive" level of UTS #39, over all labels of the host.
"""

import re
import unicodedata
from ipaddress import IPv6Address
from urllib.parse import unquote

SHOWN = 255
"""The most characters of a host that are returned; a real one has no more."""

_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_IPV4 = re.compile(r"(?:(?:0|[1-9][0-9]{0,2})(?:\.|$)){4}")
_HIDDEN_CATEGORIES = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
# Letters and marks that are drawn as nothing or as a blank.
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
# Letters of Latin that look like an ASCII letter.
_LOOKALIKES = "\u0131\u0138\u0149\u017f"
_TOGETHER = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"},
    {"LATIN", "CJK", "HANGUL"},
    {"LATIN", "CJK", "BOPOMOFO"},
)


def disguised_host(url: str) -> str | None:
    """Return the host that a browser opens for `url`, if the link can look like another one.

    None for an ordinary link: no user name before the host, no hidden characters, a host in
    one script and not in punycode.
    """
    rest = url.partition("://")[2]
    authority = re.split(r"[/?#\\]", rest.lstrip("/\\"), maxsplit=1)[0]
    written, port = _split_port(authority.rpartition("@")[2])
    odd = (
        "@" in authority
        or "\\" in url
        or rest[:1] == "/"
        or any(map(_is_hidden, url))
        or (port != "" and not port.isdecimal())
        or _is_odd(written.lower())
    )
    return _shown(written) if odd else None


def _split_port(authority: str) -> tuple[str, str]:
    """Return host and port; an IPv6 address keeps its brackets."""
    end = authority.rfind("]") + 1
    host, _, port = authority[end:].partition(":")
    return authority[:end] + host, port


def _is_hidden(character: str) -> bool:
    if character.isascii():
        return not character.isprintable()
    return unicodedata.category(character) in _HIDDEN_CATEGORIES or character in _BLANK


def _is_odd(host: str) -> bool:
    if host.startswith("["):
        return not _is_ipv6(host)
    if host.isascii():
        last = host.rstrip(".").rpartition(".")[2]
        numeric = _NUMBER.fullmatch(last) is not None
        return (
            not _HOST.fullmatch(host)
            or any(label.startswith("xn--") for label in host.split("."))
            or (numeric and not _IPV4.fullmatch(host))
        )
    return unicodedata.normalize("NFKC", host) != host or not _is_one_script(host)


def _is_ipv6(host: str) -> bool:
    try:
        return host.endswith("]") and bool(IPv6Address(host[1:-1]))
    except ValueError:
        return False


def _is_one_script(host: str) -> bool:
    scripts = set()
    for character in host:
        category = unicodedata.category(character)
        if character in "-." or (category == "Nd" and character.isascii()) or category == "Mn":
            continue
        script = unicodedata.name(character, "").partition(" ")[0]
        latin_variant = script == "LATIN" and ord(character) >= 0x180
        if category[0] not in "LM" or character in _LOOKALIKES or latin_variant:
            return False
        scripts.add(script)
    return len(scripts) <= 1 or any(scripts <= allowed for allowed in _TOGETHER)


def _shown(written: str) -> str:
    """Return the host as the network knows it, and beside it as it is read."""
    host = unicodedata.normalize("NFKC", unquote(written)).lower()
    host = host.replace("\u3002", ".")  # the full stop of Chinese and Japanese
    host = "".join(c for c in host if not _is_hidden(c))[:SHOWN]
    known = ".".join(map(_punycode, host.split(".")))
    return f"{known} ({host})" if known != host else known


def _punycode(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
