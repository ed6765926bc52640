"""Write `shared/unicode_tables.py`: Unicode's tables of scripts and look-alikes, as names need.

`tox -e tables` runs it. The data comes with two packages, which have it from Unicode's
Scripts.txt, ScriptExtensions.txt (fonttools) and confusables.txt (confusable-homoglyphs).
"""

import json
import textwrap
import unicodedata
from collections.abc import Iterable
from importlib import metadata, resources
from pathlib import Path

from fontTools.unicodedata import Scripts, script, script_extension

TARGET = Path(__file__).parents[1] / "shared" / "unicode_tables.py"
_ANY = {"Zyyy", "Zinh"}
_UNKNOWN = "Zzzz"
_HEAD = '''"""Unicode's tables of scripts and look-alikes, reduced to the characters of names.

Made by `tools/unicode_tables.py` (`tox -e tables`), not by hand. Scripts: Unicode {scripts};
look-alikes: confusables.txt, by way of confusable-homoglyphs {package}. The data is
© Unicode, Inc., under the Unicode License V3 (https://www.unicode.org/license.txt).
"""

'''


def in_names(character: str) -> bool:
    """Whether a name may have this character, as far as its category goes."""
    category = unicodedata.category(character)
    return category[0] == "L" or category in ("Nd", "Mn", "Mc")


def script_ranges() -> Iterable[str]:
    """Yield `start scripts` for each range; "" stands for characters of all scripts."""
    last = None
    for point in range(0x110000):
        scripts = script_extension(chr(point))
        if _UNKNOWN in scripts or (scripts <= _ANY and not in_names(chr(point))):
            continue  # never in a name: it may belong to the range before
        found = "+".join(sorted(scripts - _ANY))
        if found != last:
            yield f"{point:x}:{found}"
            last = found


def inherited_ranges() -> Iterable[str]:
    """Yield `start-end` of the marks that belong to no script of their own."""
    marks = [
        point
        for point in range(0x110000)
        if unicodedata.category(chr(point)) == "Mn" and script(chr(point)) == "Zinh"
    ]
    start = None
    for point, following in zip(marks, [*marks[1:], -1], strict=True):
        start = point if start is None else start
        if following != point + 1:
            yield f"{start:x}-{point:x}"
            start = None


def prototypes() -> dict[str, str]:
    """Return what each character looks like, by the package's lists of look-alikes.

    A list belongs to a prototype or names one; where two characters have each other only, the
    one that other prototypes contain, or the plainer one, is taken for the prototype.
    """
    path = resources.files("confusable_homoglyphs") / "confusables.json"
    lists: dict[str, list[str]] = {
        source: [one["c"].replace("\u200e", "") for one in alike]
        for source, alike in json.loads(path.read_text("utf-8")).items()
    }
    parts = {part for text in lists if len(text) > 1 for part in text}

    def plainness(text: str) -> tuple[bool, bool, bool, str]:
        return text not in parts, not text.isascii(), not text.isalnum(), text

    found = {}
    for source, alike in lists.items():
        if len(source) > 1 or len(alike) > 1:
            continue
        (other,) = alike
        is_pair = len(other) == 1 and len(lists.get(other, ())) == 1
        if not is_pair or plainness(other) < plainness(source):
            found[source] = other
    return found


def look_alikes() -> Iterable[str]:
    """Yield `character:prototype`, in hexadecimal."""
    for source, prototype in sorted(prototypes().items()):
        decomposed = unicodedata.normalize("NFKD", source) != source
        if not decomposed and (in_names(source) or source in "_-."):
            yield f"{ord(source):x}:" + "+".join(f"{ord(part):x}" for part in prototype)


def _lines(name: str, items: Iterable[str]) -> str:
    text = "\n".join(
        textwrap.wrap(" ".join(items), 92, break_on_hyphens=False, break_long_words=False)
    )
    return f'{name} = """\n{text}\n"""\n'


def main() -> None:
    """Write the file."""
    source = Path(Scripts.__file__).read_text("utf-8")
    version = source.split("# Scripts-")[1].split(".txt")[0]
    head = _HEAD.format(scripts=version, package=metadata.version("confusable-homoglyphs"))
    tables = [
        _lines("SCRIPTS", script_ranges()),
        _lines("INHERITED_MARKS", inherited_ranges()),
        _lines("LOOK_ALIKES", look_alikes()),
    ]
    TARGET.write_text(head + "\n".join(tables), "utf-8")


if __name__ == "__main__":
    main()
