"""Parse the text of the composer: a message or a command."""

from dataclasses import dataclass
from enum import Enum, auto

from client_mvc.i18n.translate import _, marked


class Command(Enum):
    """A command of the composer."""

    QUIT = auto()
    REPORT = auto()
    HELP = auto()


@dataclass(frozen=True, slots=True)
class Unknown:
    """A line that looks like a command but is none; `reason` is for the person."""

    reason: str


_COMMANDS = {
    "q": Command.QUIT,
    "/quit": Command.QUIT,
    "/report": Command.REPORT,
    "/help": Command.HELP,
}

HELP = marked(
    """\
Enter              send the message
Shift+Enter        start a new line in the message
Up                 in an empty field: bring back the last message sent
Tab                complete the name before the cursor; again: the next match
Ctrl+Enter         send the message, from anywhere in the window

q   or  /quit      leave the room and close the program
/report            show the active members and their connections
/help              show this text
//text             send "/text"

Ctrl+R             show the active members and their connections
Ctrl+S             save the conversation (.txt, .html or .json)
Ctrl+Shift+S       save all files of the conversation
Ctrl+F             search: Enter or F3 goes up, with Shift down; if no loaded
                   message matches, Enter searches all history
Ctrl+G             go to a date
Page Up, wheel     scroll up; older messages load as you reach them
Alt+End            go back to the newest message
Alt+Up, Alt+Down   choose a message; Delete deletes it, the Menu key opens
                   its menu, Escape goes back to the composer
Ctrl+D             switch between dark and light
Ctrl+plus, minus   larger or smaller text; Ctrl+0: the usual size
Ctrl+comma         preferences
F1                 show this text

Drop text files on the window, or press + (Ctrl+O), to share them.
In a file: Ctrl+F searches, F3 and Shift+F3 go on, Ctrl+S saves, Escape closes.
Double-click a member to mention them; the right button or the Menu key opens
the menu of a member.

A message stays grey until the server has it. While you are disconnected, it
waits. It is sent later, even if you close the program in between.
"""
)


def parse(typed: str) -> Command | Unknown | str:
    """Return a command, `Unknown`, or the message to send; a blank text gives ""."""
    if command := _COMMANDS.get(typed.strip()):
        return command
    if typed.startswith("//"):
        return typed[1:]
    if not typed.startswith("/"):
        return typed if typed.strip() else ""
    word = typed.split(maxsplit=1)[0]
    if word in _COMMANDS:
        return Unknown(_("Nothing may follow {word}.", word=word))
    return Unknown(
        _(
            "There is no command {word}. Type /help for a list, // to send a slash.",
            word=word[:40],
        )
    )
