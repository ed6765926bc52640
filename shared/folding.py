"""Fold texts to the form in which a search compares them, the same on both sides.

The model is the primary strength of the Unicode Collation Algorithm (UTS #10): letters count;
their case, accents, points and forms do not. Two differences from its default table:

- Strokes, hooks and the like never count on a Latin, Greek or Cyrillic letter, and the letters
  þ, ı, ŋ, ə and a few more are found as people type them. Apostrophes, quotation marks, dashes
  and spaces have one form each.
- The voicing marks of kana count, because が and か tell words apart.
"""

import re
import unicodedata

# More characters than a room uses, and 5 MB: no text makes the table larger.
_MOST_KNOWN = 32_768
# NFC sorts the marks of a letter in quadratic time. No language has so many in a row, which
# matters only in a word that is so long.
_MARKS_IN_A_ROW = 8
_LONG_WORD = 100

_APOSTROPHES = (
    "'`\u00b4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\u055a\u05f3\u2018\u2019"
    "\u201a\u201b\u2032\u2035\u2039\u203a\u275b\u275c\ua78c\uff07\uff40"
)
_QUOTES = (
    '"\u00ab\u00bb\u02ba\u02ee\u05f4\u201c\u201d\u201e\u201f\u2033\u2036\u275d\u275e'
    "\u301d\u301e\u301f\uff02"
)
# Those outside the category of dashes (Pd).
_DASHES = "\u2043\u2212"
# The wave dash is in it, but other encodings have it as a tilde.
_TILDES = "\u301c\uff5e"
# The dot of Catalan l·l, and fillers without a meaning.
_NOTHING = "\u00b7\u0640\u07fa\u115f\u1160\u180a\u3164\uffa0\ufe73"

# Pairs of a letter and its form. These are equal in the default table of UTS #10, though
# without a decomposition.
_EQUAL = """
æ ae œ oe ð d ꜳ aa ꜵ ao ꜷ au ꜹ av ꜽ ay ꝏ oo ꝡ vy ꜩ tz ỻ ll ᵺ th ƾ ts ƍ zw ꞛ a ꞝ o ꞟ u
ȸ db ȹ qp ʣ dz ʤ dʒ ʥ dz ʦ ts ʧ tʃ ʨ tc ʩ fn ʪ ls ʫ lz ꭧ ts ꭦ dz ꝺ d ꝼ f ᵹ g ꞃ r ꞅ s ꞇ t
ϗ και ͺ ι ꙩ о ꙫ о ꙭ о ꙮ о ꚙ о ꚛ о
ך כ ם מ ן נ ף פ ץ צ װ וו ױ וי ײ יי ׯ יהוה ٴ ء ࢭ ا ۥ و ۦ ي ါ ာ
"""
# Different letters there, but people without them on their keyboard type these.
_TYPED = "þ th ı i ȷ j ŋ n ĸ q ə e ǝ e ɛ e ɔ o"
_PAIRS = (_EQUAL + _TYPED).split()

_LETTERS = {
    **dict.fromkeys(_APOSTROPHES, "'"),
    **dict.fromkeys(_QUOTES, '"'),
    **dict.fromkeys(_DASHES, "-"),
    **dict.fromkeys(_TILDES, "~"),
    **dict.fromkeys(_NOTHING, ""),
    **dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True)),
}
_WITH = re.compile(r"((?:LATIN|GREEK|CYRILLIC) SMALL (?:LETTER|LIGATURE) .+?) WITH ")

# Marks with a class of 10 or more are accents, points and tones, but for these vowels.
_VOWEL = re.compile(
    r"(?<!ARABIC )VOWEL|THAI CHARACTER SARA|TELUGU .*LENGTH MARK|KANG$|MAI KHIT$"
)
# Marks without a class are vowels, but for these.
_NO_VOWEL = re.compile(
    "ANUSVARA|CANDRABINDU|VISARGA|BINDI|TIPPI|ADDAK|NUKTA|NIGGAHITA|SELECTOR|JOINER|INHERENT"
    "|THAI CHARACTER (?:MAITAIKHU|THANTHAKHAT|YAMAKKAN)|LAO CANCELLATION|COMBINING"
    "|KHMER SIGN (?!NIKAHIT|COENG)|SHADDA|SUKUN"
)
# Thai and Lao am (ำ) has this sign as a part; without it, it would be aa (า).
_NIKHAHIT = "\u0e4d\u0ecd"


class _Folded(dict[int, str]):
    """The folded form of each character, found when it is needed first (`str.translate`)."""

    def __missing__(self, code: int) -> str:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        folded = self[code] = _fold_character(chr(code))
        return folded


def _fold_character(character: str) -> str:
    if "\u3400" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7a3":
        return character  # ideographs and Hangul: many, and always letters
    if character in _LETTERS:
        return _LETTERS[character]
    if character.isspace():
        return "\n" if character == "\n" else " "
    parts = unicodedata.normalize("NFKD", character)
    if parts[0] == " ":
        # An accent that stands alone, such as ¨, is no space. Arabic has points as letters.
        same = unicodedata.normalize("NFC", character)
        return "" if character.isalpha() else _LETTERS.get(same, same)
    # Without its marks first: casefolding makes a letter of the Greek iota below a vowel.
    letters = "".join(part for part in parts if _counts(part))
    parts = unicodedata.normalize("NFKD", letters.casefold())
    return unicodedata.normalize("NFC", "".join(map(_fold_part, parts)))


def _fold_part(part: str) -> str:
    if part.isascii():
        return _LETTERS.get(part, part)
    if part in _LETTERS:
        return _LETTERS[part]
    if not _counts(part):
        return ""
    category = unicodedata.category(part)
    if category == "Pd":
        return "-"
    if category == "Nd":
        return str(unicodedata.decimal(part))
    if "\u30a1" <= part <= "\u30f6":
        return chr(ord(part) - 0x60)  # katakana to hiragana
    return _without_strokes(part)


def _counts(part: str) -> bool:
    """Return whether this tells one word from another: all but most marks, and format signs."""
    category = unicodedata.category(part)
    if category[0] != "M":
        return category != "Cf"
    name, place = unicodedata.name(part, ""), unicodedata.combining(part)
    if part in _NIKHAHIT or place in (8, 9):
        return True
    if place:
        return bool(_VOWEL.search(name))
    return category != "Me" and not _NO_VOWEL.search(name)


def _without_strokes(letter: str) -> str:
    """Return the letter of which this one is a form: đ is named D WITH STROKE."""
    found = _WITH.match(unicodedata.name(letter, ""))
    if not found:
        return letter
    try:
        return _fold_character(unicodedata.lookup(found[1]))
    except KeyError:
        return letter


_FOLDED = _Folded()


def fold(text: str) -> str:
    """Return `text` without case, accents, forms and invisible characters.

    CAFÉ becomes cafe, Łódź lodz, Straße strasse. Folding again changes nothing. The time is
    linear in the length.
    """
    if text.isascii():
        return text.lower().replace("`", "'").replace("\t", " ")
    folded = text.translate(_FOLDED)
    return folded if unicodedata.is_normalized("NFC", folded) else _composed(folded)


def fold_parts(text: str) -> list[str]:
    """Return the folded form of each character; joined, they are `fold(text)`.

    A mark that is composed with the character before it leaves an empty part.
    """
    parts = [_FOLDED[ord(character)] for character in text]
    if unicodedata.is_normalized("NFC", "".join(parts)):
        return parts
    letter = marks = 0
    for place, part in enumerate(parts):
        marks = marks + 1 if part and unicodedata.combining(part[0]) else 0
        if marks > _MARKS_IN_A_ROW:
            parts[place] = ""
        elif place and part:
            both = unicodedata.normalize("NFC", parts[letter] + part)
            if len(both) < len(parts[letter]) + len(part):
                parts[letter], parts[place] = both, ""
            else:
                letter = place
    return parts


def _composed(text: str) -> str:
    if all(len(word) < _LONG_WORD for word in text.split()):
        return unicodedata.normalize("NFC", text)
    kept, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MARKS_IN_A_ROW:
            kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))
