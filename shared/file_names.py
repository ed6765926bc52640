"""Safe file names: readable, and harmless to any system, shell or file manager.

Members choose the names of the files that they share. The owner meets these names in the
downloads folder, and others after they have saved a file: their clients ask this module again,
as a server may send any name.
"""

import re
import unicodedata
from collections.abc import Set

from pathvalidate import sanitize_filename

from shared import limits

_NAME_BYTES = 200  # file systems allow 255; " (123)" and the temporary suffix need some
_SUFFIX_CHARACTERS = 20
_RESERVED = ':*?"<>|'
_SHELL = str.maketrans("$`;&", "____")
"""A shell acts on these even inside double quotes, or ends a command there."""
_LEADING = "-~. "
"""An option, somebody's home folder, a hidden file."""
_FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800"  # without a picture
_WINDOWS = """
    appinstaller application appref-ms bat chm cmd com cpl diagcab diagcfg diagpack dll exe
    gadget hlp hta inf ins iqy isp jar jnlp job js jse library-ms lnk msc msi msix msp mst
    ocx pif ps1 ps1xml ps2 psc1 psd1 psm1 pyw rdp reg scf scr sct search-ms
    searchconnector-ms settingcontent-ms shb shs slk theme themepack udl url vb vbe vbs
    website ws wsc wsf wsh xbap xll
"""
_LINUX = """
    appimage bash csh deb desktop directory fish flatpakref flatpakrepo kdelnk ksh rpm run
    sh snap zsh
"""
_MACOS = """
    action app applescript command dmg fileloc inetloc mobileconfig osascript pkg prefpane
    scpt terminal tool webloc workflow
"""
_RUNS = frozenset((_WINDOWS + _LINUX + _MACOS).split())
"""Endings that a double click runs or installs, or that a file manager obeys."""
_STARTED = """
    appimage bash bat cmd com command csh deb dll dmg exe fish jar js jse ksh msi msix msp ocx
    pkg ps1 psc1 psd1 psm1 pyw rpm run sh snap vb vbs zsh
"""
_PROGRAMS = frozenset(_STARTED.split())
"""Those of them that do nothing before somebody starts them; others act, or fetch something,
when their folder is only looked at."""
_OBEYED = ("desktop.ini", "thumbs.db")


def safe_name(name: str, *, programs: bool = False) -> str:
    """Return a name that any system can keep, made from `name`.

    It has no path, no device name and no control or invisible characters, is not hidden and not
    empty, looks like no option, and has at most 120 characters. A name that ends like a program
    or like a setting of the desktop gets the ending `.txt`; with `programs`, one that ends like
    a program keeps its own. Unicode is kept, in NFC.
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if c not in _RESERVED and not _invisible(c))
    name = " ".join(name.translate(_SHELL).split())
    name = re.sub(r" +\.", ".", name).rstrip(". ").lstrip(_LEADING)
    stem, suffix = _split(name, _RUNS - _PROGRAMS if programs else _RUNS)
    while True:
        name = sanitize_filename(stem + suffix, platform="universal")  # CON becomes CON_
        if len(name) <= limits.FILE_NAME_CHARACTERS and _bytes(name) <= _NAME_BYTES:
            return name
        stem = stem[:-1].rstrip(". ")


def _split(name: str, runs: Set[str]) -> tuple[str, str]:
    """Return the part of a name that can be cut, and its ending, harmless if in `runs`."""
    stem, dot, suffix = name.rpartition(".")
    if not stem.strip(". ") or len(suffix) > _SUFFIX_CHARACTERS:
        stem, dot, suffix = name, "", ""
    ending = dot + suffix.strip()
    if suffix.strip().lower() in runs or name.lower() in _OBEYED:
        ending += ".txt"
    stem = stem.rstrip(". ") or "file"
    return stem[: limits.FILE_NAME_CHARACTERS].rstrip(". "), ending


def _bytes(name: str) -> int:
    return len(name.encode())


def _invisible(character: str) -> bool:
    """Whether it is a control or format character, has no picture, or is no character."""
    return (
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
        or character in _FILLERS
        or ord(character) & 0xFFFE == 0xFFFE
        or 0xFDD0 <= ord(character) <= 0xFDEF
    )
