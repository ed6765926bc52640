"""The page of keys and commands. The commands come from the composer's own table."""

from client_mvc.controller.composer import commands
from client_mvc.i18n.translate import _, marked
from client_mvc.view.contract.values import HelpGroup

type _Rows = tuple[tuple[tuple[str, ...], str], ...]

_WRITING: _Rows = (
    (("Enter",), marked("send the message")),
    (("Shift+Enter",), marked("start a new line in the message")),
    (("Up",), marked("in an empty field: edit your last message")),
    (("Ctrl+Up",), marked("in an empty field: bring back the last text sent")),
    (("@", "/", ":"), marked("suggest members, commands, emoji; Tab or Enter takes one")),
    (("Tab",), marked("complete the name before the cursor; again: the next match")),
    (("Escape",), marked("end a reply or an edit")),
    (("Ctrl+Enter",), marked("send the message, from anywhere in the window")),
    (("Ctrl+V",), marked("paste text, pictures and files")),
    (("Ctrl+O",), marked("share files")),
)
_READING: _Rows = (
    (("Alt+Up", "Alt+Down"), marked("choose a message")),
    (("Enter", "R", "M"), marked("on a message: reply, react, open its menu")),
    (("Delete",), marked("on a message: delete it")),
    (("Page Up", "Page Down"), marked("scroll; older messages load as you reach them")),
    (("Alt+End",), marked("go back to the newest message")),
    (("Ctrl+G",), marked("go to a date")),
    (
        ("Ctrl+F",),
        marked("search the loaded messages; Enter searches all history if none match"),
    ),
    (("F3", "Shift+F3"), marked("go to the next match up or down")),
)
_PROGRAM: _Rows = (
    (("Ctrl+R",), marked("show the active members and their connections")),
    (("Ctrl+S",), marked("save the conversation (.txt, .html or .json)")),
    (("Ctrl+Shift+S",), marked("save all files of the conversation")),
    (("Ctrl+D",), marked("switch between dark and light")),
    (("Ctrl+plus", "Ctrl+minus", "Ctrl+0"), marked("larger, smaller, usual text")),
    (("Ctrl+comma",), marked("preferences")),
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
    return tuple((tuple(_key(key) for key in keys), _(does)) for keys, does in rows)


def _key(key: str) -> str:
    """Return a key as it is called in the language chosen: Strg+F."""
    return _(_NAMES[key]) if key in _NAMES else key


_NAMES = {
    each: each
    for each in (
        marked("Shift+Enter"), marked("Up"), marked("Ctrl+Up"), marked("Ctrl+Enter"),
        marked("Ctrl+V"), marked("Ctrl+O"), marked("Alt+Up"), marked("Alt+Down"),
        marked("Delete"), marked("Page Up"), marked("Page Down"), marked("Alt+End"),
        marked("Ctrl+G"), marked("Ctrl+F"), marked("Shift+F3"), marked("Ctrl+R"),
        marked("Ctrl+S"), marked("Ctrl+Shift+S"), marked("Ctrl+D"), marked("Ctrl+plus"),
        marked("Ctrl+minus"), marked("Ctrl+0"), marked("Ctrl+comma"), marked("Escape"),
    )
}  # fmt: skip
