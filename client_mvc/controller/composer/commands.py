"""The commands of the composer: a table of them, and what a text is, a message or a command."""

from dataclasses import dataclass
from enum import Enum, auto

from client_mvc.i18n.translate import _, marked


class Command(Enum):
    """A command of the composer."""

    QUIT = auto()
    REPORT = auto()
    HELP = auto()
    ME = auto()
    NICK = auto()
    AWAY = auto()
    BACK = auto()
    IGNORE = auto()
    UNIGNORE = auto()
    REACT = auto()
    TOPIC = auto()


@dataclass(frozen=True, slots=True)
class Entry:
    """A command: its word, what follows it, and a line of help.

    `needed`: something has to follow.
    """

    command: Command
    word: str
    argument: str
    help: str
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A command that was typed, and what follows it."""

    command: Command
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A line that looks like a command but is none; `reason` is for the person."""

    reason: str


_NAME = marked("NAME")
_TEXT = marked("TEXT")
_EMOJI = marked("EMOJI")

TABLE = (
    Entry(Command.ME, "/me", _TEXT, marked("say what you do: “ann waves”"), needed=True),
    Entry(Command.NICK, "/nick", _NAME, marked("change your name"), needed=True),
    Entry(Command.AWAY, "/away", _TEXT, marked("show a note beside your name"), needed=True),
    Entry(Command.BACK, "/back", "", marked("remove the note")),
    Entry(Command.REACT, "/react", _EMOJI, marked("react to the newest message"), needed=True),
    Entry(
        Command.IGNORE, "/ignore", _NAME, marked("hide the messages of a member"), needed=True
    ),
    Entry(Command.UNIGNORE, "/unignore", _NAME, marked("show them again"), needed=True),
    Entry(Command.TOPIC, "/topic", _TEXT, marked("set the topic (moderators)")),
    Entry(
        Command.REPORT, "/report", "", marked("show the active members and their connections")
    ),
    Entry(Command.HELP, "/help", "", marked("show this text")),
    Entry(Command.QUIT, "/quit", "", marked("leave the room and close the program")),
)
_BY_WORD = {entry.word: entry for entry in TABLE}

KEYS = marked(
    """\
Enter              send the message
Shift+Enter        start a new line in the message
Up                 in an empty field: edit the last message sent
Ctrl+Up            in an empty field: bring back the last text sent
Tab                complete the name before the cursor; again: the next match
@  /  :            suggest members, commands, emoji; Tab or Enter takes one
Escape             end a reply or an edit
Ctrl+Enter         send the message, from anywhere in the window

Ctrl+R             show the active members and their connections
Ctrl+S             save the conversation (.txt, .html or .json)
Ctrl+Shift+S       save all files of the conversation
Ctrl+F             search: Enter or F3 goes up, with Shift down; if no loaded
                   message matches, Enter searches all history
Ctrl+G             go to a date
Page Up, wheel     scroll up; older messages load as you reach them
Alt+End            go back to the newest message
Alt+Up, Alt+Down   choose a message: Enter replies, R reacts, M or the Menu
                   key opens its menu, Delete deletes it, Escape goes back
                   to the composer
Ctrl+D             switch between dark and light
Ctrl+plus, minus   larger or smaller text; Ctrl+0: the usual size
Ctrl+comma         preferences
F1                 show this text

Drop files on the window, paste them, or press + (Ctrl+O), to share them.
In a file: Ctrl+F searches, F3 and Shift+F3 go on, Ctrl+S saves, Escape closes.
Double-click a member to mention them; the right button or the Menu key opens
the menu of a member.

Hebrew and Arabic are shown from right to left; the field below shows what you
write in the order of typing.

A message stays grey until the server has it. While you are disconnected, it
waits. It is sent later, even if you close the program in between.
"""
)


def help_text() -> str:
    """Return the keys, and all commands with one line each."""
    keys, rest = _(KEYS).split("\n\n", 1)
    rows = [
        (f"{each.word} {_(each.argument) if each.argument else ''}", each) for each in TABLE
    ]
    lines = [f"{left:<19}{_(each.help)}" for left, each in rows]
    lines.append(f"{'//' + _('text'):<19}{_('send “/text”')}")
    lines.append(f"{'q':<19}{_('the same as /quit')}")
    return "\n\n".join((keys, "\n".join(lines), rest))


def parse(typed: str) -> Call | Unknown | str:
    """Return a command, `Unknown`, or the message to send; a blank text gives "".

    An emote is a message: "/me waves" is sent as it is.
    """
    stripped = typed.strip()
    if stripped == "q":
        return Call(Command.QUIT)
    if typed.startswith("//"):
        return typed[1:]
    if not typed.startswith("/"):
        return typed if stripped else ""
    word, _space, rest = stripped.partition(" ")
    if "\n" in word:
        word, _space, rest = stripped.partition("\n")
    rest = rest.strip()
    entry = _BY_WORD.get(word)
    if entry is None:
        return Unknown(
            _(
                "There is no command {word}. Type /help for a list, // to send a slash.",
                word=word[:40],
            )
        )
    if rest and not entry.argument:
        return Unknown(_("Nothing may follow {word}.", word=word))
    if entry.needed and not rest:
        return Unknown(
            _("Write it like this: {example}", example=f"{word} {_(entry.argument)}")
        )
    return f"/me {rest}" if entry.command is Command.ME else Call(entry.command, rest)
