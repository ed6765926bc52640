"""What a person typed into the composer: something to say, or a command. Pure."""

from dataclasses import dataclass
from enum import Enum, auto

from client_mvc.i18n.translate import _, marked


class Command(Enum):
    """What can be asked for in the composer."""

    QUIT = auto()
    REPORT = auto()
    HELP = auto()


@dataclass(frozen=True, slots=True)
class Unknown:
    """A line that starts like a command but is none; `reason` says what to do."""

    reason: str


_COMMANDS = {
    "q": Command.QUIT,
    "/quit": Command.QUIT,
    "/report": Command.REPORT,
    "/help": Command.HELP,
}

HELP = marked(
    """\
Enter              say it
Shift+Enter        a new line in the message
Up                 in an empty field: the last message said
Tab                complete the name before the cursor; again: the next that fits
Ctrl+Enter         say it, from anywhere

q   or  /quit      leave the room and end the program
/report            the active users and their connections
/help              this text
//text             say "/text"

Ctrl+R             active users report
Ctrl+S             save the conversation (.txt, .html or .json)
Ctrl+Shift+S       save all its files
Ctrl+F             search: Enter or F3 goes further up, with Shift down;
                   where nothing loaded has it, Enter searches all history
Ctrl+G             go to a date
Page Up, wheel     further up: older messages are loaded as you reach them
Alt+End            back to the newest
Ctrl+D             dark or light
Ctrl+plus, minus   larger or smaller text; Ctrl+0 as at first
Ctrl+comma         preferences
F1                 this text

Drop text files on the window, or press + (Ctrl+O), to share them.
In a file: Ctrl+F finds, F3 and Shift+F3 step, Ctrl+S saves, Escape closes.
Double-click a member to mention them.

A message stays grey until the room has it. Without a connection it waits, and is
said when the connection is back, even if the program ended meanwhile.
"""
)


def parse(typed: str) -> Command | Unknown | str:
    """The command, why there is none, or the text to say (blank: there is nothing to say)."""
    if command := _COMMANDS.get(typed.strip()):
        return command
    if typed.startswith("//"):
        return typed[1:]
    if not typed.startswith("/"):
        return typed if typed.strip() else ""
    word = typed.split(maxsplit=1)[0]
    if word in _COMMANDS:
        return Unknown(_("{word} stands alone, with nothing after it.", word=word))
    return Unknown(
        _(
            "There is no command {word}. /help lists them; // begins a message with a slash.",
            word=word[:40],
        )
    )
