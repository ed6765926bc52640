"""The commands of the composer: a table of them, and what a text is, a message or a command."""

from dataclasses import dataclass
from enum import Enum, auto

from client_mvc.controller.conversation import extras
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
    Entry(Command.AWAY, "/away", _TEXT, marked("show a note beside your name")),
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
    Entry(Command.HELP, "/help", "", marked("show keys and commands")),
    Entry(Command.QUIT, "/quit", "", marked("leave the room and close the program")),
)
_BY_WORD = {entry.word: entry for entry in TABLE}


def parse(typed: str) -> Call | Unknown | str:
    """Return a command, `Unknown`, or the message to send; a blank text gives "".

    Any white space ends the word of a command. An emote is a message: "/me waves". With a slash
    more in front, no text is a command, nor an emote.
    """
    stripped = typed.strip()
    if stripped == "q":
        return Call(Command.QUIT)
    if typed.startswith("//"):
        return extras.no_emote(typed[1:])
    if not typed.startswith("/"):
        return typed if stripped else ""
    word, *others = stripped.split(maxsplit=1)
    rest = others[0] if others else ""
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


def typed(message: str) -> str:
    """Return what to type to send `message`, which begins and ends with no white space."""
    is_command = message.startswith("/") and extras.emoted(message) is None
    return f"/{extras.literal(message)}" if is_command else message
