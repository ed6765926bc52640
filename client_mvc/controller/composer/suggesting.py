"""What the text before the cursor could become: members, commands, emoji. Pure."""

import re
from collections.abc import Iterable, Sequence

from client_mvc.controller import wording
from client_mvc.controller.composer import commands
from client_mvc.i18n import translate
from client_mvc.i18n.translate import _
from client_mvc.model.members import RoomMember
from client_mvc.view.contract.values import EmojiRow, Suggestion, Suggestions
from shared import emoji
from shared.folding import fold

MOST = 8
"""So many rows are suggested."""
_MEMBER = re.compile(r"(?:^|[\s(])(@[\w.-]{0,32})\Z")
_COMMAND = re.compile(r"(/\w{0,20})\Z")
_ARGUMENT = re.compile(r"/(ignore|unignore)\s+([\w.-]{0,32})\Z")
_EMOJI = re.compile(r"(?:^|[\s(])(:[\w+-][\w +-]{0,40})\Z")
_WORD_OF_EMOJI = re.compile(r":\S+( \S+)?\Z")


def suggest(
    before: str, members: Sequence[RoomMember], ignored: Sequence[str] = ()
) -> Suggestions | None:
    """Return what the end of `before` could become; None: nothing else than what it is.

    Args:
        before: the text in front of the cursor.
        members: those that can be mentioned.
        ignored: the names of those whose messages are hidden.
    """
    if found := _COMMAND.fullmatch(before):
        return _made("command", found[1], _commands(found[1]))
    if found := _ARGUMENT.fullmatch(before):
        named = ignored if found[1] == "unignore" else [each.name for each in members]
        rows = [Suggestion(name, name) for name in _beginning(found[2], named)]
        return _made("member", found[2], rows)
    if found := _MEMBER.search(before):
        return _made("member", found[1], _members(found[1][1:], members))
    if (found := _EMOJI.search(before)) and _WORD_OF_EMOJI.fullmatch(found[1]):
        return _made("emoji", found[1], _emoji(found[1]))
    return None


def emoji_rows(words: str) -> list[EmojiRow]:
    """Return the emoji that these words find, the usual ones first."""
    german = translate.language() == "de"
    found = list(emoji.find(words, german=german))
    if not words.strip():
        places = {one: place for place, one in enumerate(emoji.USUAL)}
        found.sort(key=lambda one: places.get(one.emoji, len(places)))
    return [EmojiRow(one.emoji, name_of(one)) for one in found]


def usual_rows() -> list[EmojiRow]:
    """Return the six emoji to offer first."""
    return emoji_rows("")[: len(emoji.USUAL)]


def name_of(one: emoji.Emoji) -> str:
    """Return the usual name of an emoji in the language chosen."""
    names = one.local if translate.language() == "de" and any(one.local) else one.names
    return names[0].replace("_", " ")


def named(text: str) -> str | None:
    """Return the emoji that a person means by ":tada:", "tada" or the emoji itself."""
    text = text.strip()
    if (one := emoji.whole(text)) is not None:
        return one
    word = fold(text.strip(":")).replace("_", " ")
    for each in emoji.find(word, german=translate.language() == "de") if word else ():
        if word in (fold(name).replace("_", " ") for name in (*each.names, *each.local)):
            return each.emoji
    return None


def _made(kind: str, typed: str, rows: Iterable[Suggestion]) -> Suggestions | None:
    shown = tuple(rows)[:MOST]
    if not shown or [row.insert.strip() for row in shown] == [typed]:
        return None
    match kind:
        case "member":
            return Suggestions("member", len(typed), shown)
        case "command":
            return Suggestions("command", len(typed), shown)
    return Suggestions("emoji", len(typed), shown)


def _commands(typed: str) -> list[Suggestion]:
    return [
        Suggestion(
            f"{each.word} " if each.argument else each.word,
            f"{each.word} {_(each.argument)}" if each.argument else each.word,
            _(each.help),
        )
        for each in commands.TABLE
        if each.word.startswith(typed.lower())
    ]


def _members(begun: str, members: Sequence[RoomMember]) -> list[Suggestion]:
    by_name = {each.name: each for each in members}
    return [
        Suggestion(
            f"@{name} ",
            name,
            by_name[name].note,
            "away" if by_name[name].away else "active",
            by_name[name].colour,
        )
        for name in _beginning(begun, by_name)
    ]


def _beginning(begun: str, names: Iterable[str]) -> list[str]:
    """Return the names that begin so, those with another part that begins so after them."""
    wanted = begun.casefold()
    ranked = []
    for name in names:
        folded = name.casefold()
        parts = re.split(r"[._-]", folded)
        if folded.startswith(wanted):
            ranked.append((0, *wording.place(name)))
        elif any(part.startswith(wanted) for part in parts):
            ranked.append((1, *wording.place(name)))
    return [name for _rank, _folded, name in sorted(ranked)]


def _emoji(typed: str) -> list[Suggestion]:
    rows = emoji_rows(typed[1:])[:MOST]
    return [Suggestion(f"{row.emoji} ", row.name, mark=row.emoji) for row in rows]
