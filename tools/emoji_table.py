"""Write `shared/emoji.txt`: the emoji, with what they are called and found by.

`python tools/emoji_table.py DIR`, where DIR is the unpacked npm package emojibase-data. It has
the data from CLDR, and the short names that GitHub uses. The package `emoji` says which form of
each is fully qualified (Unicode's emoji-test.txt).
"""

import json
import sys
from pathlib import Path
from typing import Any

from emoji import EMOJI_DATA, STATUS

TARGET = Path(__file__).parents[1] / "shared" / "emoji.txt"
_HEAD = """\
# Made by tools/emoji_table.py from emojibase-data {version}, not by hand. Names: CLDR. The
# data is (c) Unicode, Inc., under the Unicode License V3; emojibase-data is (c) Miles Johnson,
# MIT.
# emoji, group, 1 if it comes with skin tones, English names, German names; each with commas.
"""
_COMPONENTS = 2
_MOST_TAGS = 3
_AS_EMOJI = "\N{VARIATION SELECTOR-16}"


def lines(folder: Path) -> list[str]:
    """Return a line for each emoji that can be sent by itself, in Unicode's order."""

    def load(name: str) -> Any:
        return json.loads((folder / name).read_text("utf-8"))

    german = {one["hexcode"]: one for one in load("de/data.json")}
    short = load("en/shortcodes/github.json")
    found = [
        one for one in load("en/data.json") if one.get("group", _COMPONENTS) != _COMPONENTS
    ]
    found.sort(key=lambda one: one["order"])
    form = {
        emoji.replace(_AS_EMOJI, ""): emoji
        for emoji, facts in EMOJI_DATA.items()
        if facts["status"] == STATUS["fully_qualified"]
    }
    made = []
    for one in found:
        code = one["hexcode"]
        codes = short.get(code, [])
        codes = [codes] if isinstance(codes, str) else codes
        names = [one["label"], *codes, *one.get("tags", [])[:_MOST_TAGS]]
        other = german[code]
        in_german = [other["label"], *other.get("tags", [])[:_MOST_TAGS]]
        toned = "1" if "skins" in one else ""
        emoji = form[one["emoji"].replace(_AS_EMOJI, "")]
        row = (emoji, str(one["group"]), toned, _joined(names), _joined(in_german))
        made.append("\t".join(row))
    return made


def _joined(names: list[str]) -> str:
    return ",".join(dict.fromkeys(name.replace(",", "") for name in names))


if __name__ == "__main__":
    source = Path(sys.argv[1])
    version = json.loads((source / "package.json").read_text("utf-8"))["version"]
    text = _HEAD.format(version=version) + "\n".join(lines(source)) + "\n"
    TARGET.write_text(text, "utf-8", newline="\n")
