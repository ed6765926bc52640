"""Which scripts a name mixes, and what it looks like (Unicode Technical Standard 39).

The tables are read when the first name needs them, so that no process starts later for them.
"""

import re
import unicodedata
from bisect import bisect_right
from functools import cache, lru_cache

from shared import unicode_tables

# What these scripts are written with together (UTS 39, table 1a).
_TOGETHER = {
    "Hani": {"Hanb", "Jpan", "Kore"},
    "Hira": {"Jpan"},
    "Kana": {"Jpan"},
    "Hang": {"Kore"},
    "Bopo": {"Hanb"},
}
_SMALL_CAPITALS = str.maketrans(
    dict(zip("ᴀʙᴅᴇꜰɢʜᴊĸʟɴᴘꞯʀᴛʍȷ", [*"abdefghjklnpqrt", "rn", "j"], strict=True))
)
"""Letters that the tables keep apart from those they look like; and the j without a dot."""
_DOTTED = re.compile("([il])([\u0300-\u036f]*?)\u0307")
_DOTTED_J = re.compile("(j)([\u0300-\u036f]*?)\u0307")
_WITH_LATIN = {"Hanb", "Jpan", "Kore"}


def one_script(name: str) -> bool:
    """Whether a name is "highly restrictive" (UTS 39, section 5.2).

    It is of one script, or of Latin and what Chinese, Japanese or Korean is written with. Its
    digits are of one kind.
    """
    if name.isascii():
        return True
    systems: set[str] | None = None
    without_latin: set[str] | None = None
    zeros = set()
    for character in name:
        if unicodedata.category(character) == "Nd":
            zeros.add(ord(character) - unicodedata.decimal(character))
        scripts = _scripts(character)
        if not scripts:
            continue
        systems = set(scripts) if systems is None else systems & scripts
        if "Latn" not in scripts:
            without_latin = set(scripts) if without_latin is None else without_latin & scripts
    mixed = systems is not None and not systems
    return len(zeros) < 2 and (not mixed or bool((without_latin or set()) & _WITH_LATIN))


def is_general_mark(character: str) -> bool:
    """Whether it is a mark that belongs to no script, such as the combining acute accent."""
    starts, ends = _inherited_marks()
    found = bisect_right(starts, ord(character)) - 1
    return found >= 0 and ord(character) <= ends[found]


@lru_cache(4096)
def look(name: str) -> str:
    """Return a form that names share which look alike, in any case (UTS 39, section 4).

    It is no name, and not for people's eyes.
    """
    shape = _skeleton(name)
    capitals = shape.replace("l", "I")  # the skeleton of I is l: in capitals it is an I
    if capitals.isupper() and sum(map(str.isupper, shape)) > 1:
        shape = capitals
    return _skeleton(shape.lower())


def _skeleton(text: str) -> str:
    shape = unicodedata.normalize("NFD", text).translate(_prototypes())
    if shape.isascii():
        return shape
    shape = unicodedata.normalize("NFD", shape.translate(_SMALL_CAPITALS))
    return _DOTTED_J.sub(r"\1\2", _DOTTED.sub(r"i\2", shape))  # a dot that i and j have


def _scripts(character: str) -> set[str]:
    """Return the scripts it is used in, and the systems of several; empty where in all."""
    starts, scripts = _script_ranges()
    return scripts[bisect_right(starts, ord(character)) - 1]


@cache
def _script_ranges() -> tuple[list[int], list[set[str]]]:
    starts, scripts = [0], [set[str]()]
    for item in unicode_tables.SCRIPTS.split():
        start, _, names = item.partition(":")
        found = set(filter(None, names.split("+")))
        starts.append(int(start, 16))
        scripts.append(found.union(*(_TOGETHER.get(name, ()) for name in found)))
    return starts, scripts


@cache
def _inherited_marks() -> tuple[list[int], list[int]]:
    ranges = [item.split("-") for item in unicode_tables.INHERITED_MARKS.split()]
    return [int(start, 16) for start, _ in ranges], [int(end, 16) for _, end in ranges]


@cache
def _prototypes() -> dict[int, str]:
    pairs = (item.split(":") for item in unicode_tables.LOOK_ALIKES.split())
    return {
        int(source, 16): "".join(chr(int(part, 16)) for part in prototype.split("+"))
        for source, prototype in pairs
    }
