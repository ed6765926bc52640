"""The page of keys and commands. The commands come from the composer's own table."""

from client_mvc.controller.composer import commands
from client_mvc.i18n.translate import _, marked
from client_mvc.view.contract.windows import HelpGroup

type _Rows = tuple[tuple[tuple[str, ...], str], ...]

_WRITING: _Rows = (
    ((marked("Enter"),), marked("send the message; in a block of code: start a new line")),
    ((marked("Shift+Enter"),), marked("start a new line in the message")),
    ((marked("Up"),), marked("in an empty field: edit your last message")),
    ((marked("Ctrl+Up"),), marked("in an empty field: bring back the last text sent")),
    (("@", "/", ":"), marked("suggest members, commands, emoji; Tab or Enter takes one")),
    (("Tab",), marked("complete the name before the cursor; again: the next match")),
    ((marked("Escape"),), marked("end a reply or an edit")),
    ((marked("Ctrl+Enter"),), marked("send the message, from anywhere in the window")),
    ((marked("Ctrl+V"),), marked("paste text, pictures and files")),
    ((marked("Ctrl+O"),), marked("share files")),
    ((marked("Ctrl+E"),), marked("pick an emoji")),
)
_READING: _Rows = (
    ((marked("Alt+Up"), marked("Alt+Down")), marked("choose a message")),
    ((marked("Enter"), "R", "M"), marked("on a message: reply, react, open its menu")),
    ((marked("Del"),), marked("on a message: delete it")),
    (
        (marked("Page Up"), marked("Page Down")),
        marked("scroll; older messages load as you reach them"),
    ),
    ((marked("Alt+End"),), marked("go back to the newest message")),
    ((marked("Ctrl+G"),), marked("go to a date")),
    (
        ("Ctrl+F",),
        marked("search the loaded messages; Enter searches all history if none match"),
    ),
    (("F3", marked("Shift+F3")), marked("go to the next match up or down")),
)
_PROGRAM: _Rows = (
    ((marked("Ctrl+R"),), marked("show the active members and their connections")),
    ((marked("Ctrl+S"),), marked("save the conversation (.txt, .html or .json)")),
    ((marked("Ctrl+Shift+S"),), marked("save all files of the conversation")),
    ((marked("Ctrl+D"),), marked("switch between dark and light")),
    (
        (marked("Ctrl+plus"), marked("Ctrl+minus"), marked("Ctrl+0")),
        marked("larger, smaller, usual text"),
    ),
    ((marked("Ctrl+comma"),), marked("preferences")),
    (("F1",), marked("show this page")),
)
_NOTES = (
    marked(
        "Double-click a member to mention them; the right button or the Menu key opens the "
        "menu of a member."
    ),
    marked(
        "A message stays grey until the server has it. While you are disconnected, it waits. "
        "It is sent later, even if you close the program in between."
    ),
    marked(
        "Hebrew and Arabic messages are shown from right to left; the field shows what you "
        "write in the order of typing."
    ),
)


def groups() -> tuple[HelpGroup, ...]:
    """Return the page in the language chosen."""
    rows = [
        ((f"{each.word} {_(each.argument)}" if each.argument else each.word,), _(each.help))
        for each in commands.TABLE
    ]
    rows.append((("q",), _("the same as /quit")))
    rows.append((("//",), _("begin a message with a slash")))
    return (
        HelpGroup(_("Write"), _shown(_WRITING)),
        HelpGroup(_("Commands"), tuple(rows)),
        HelpGroup(_("Read"), _shown(_READING)),
        HelpGroup(_("Program"), _shown(_PROGRAM), tuple(_(note) for note in _NOTES)),
    )


def _shown(rows: _Rows) -> _Rows:
    """Return rows with keys as they are called in the language chosen: Strg+F."""
    return tuple((tuple(_(key) for key in keys), _(does)) for keys, does in rows)
