"""What is pasted or dropped: text goes to the field, files and pictures above it.

A text that is too long for a message goes above the field, too, to be sent as a file. Nothing
is silent: what cannot be sent is answered with a sentence.
"""

from collections.abc import Callable

from client_mvc.view.contract.intents import Intents
from client_mvc.view.widgets.clipboard import Clipboard, Pasted
from shared.limits import TEXT_CHARACTERS


class Pasting:
    """`insert` puts a text into the field, `say` shows a sentence above it."""

    def __init__(
        self,
        clipboard: Clipboard,
        intents: Callable[[], Intents],
        insert: Callable[[str], None],
        say: Callable[[str], None],
    ) -> None:
        self._clipboard = clipboard
        self._intents = intents
        self._insert = insert
        self._say = say

    def paste(self, *, only_text: bool = False) -> None:
        """Paste what the clipboard has; `only_text`: not the picture of a text, for example."""
        self._clipboard.read(self._take, only_text=only_text)

    def _take(self, pasted: Pasted) -> None:
        attachments = self._intents().attachments
        if pasted.problem:
            self._say(pasted.problem)
        elif pasted.files:
            attachments.add(pasted.files)
        elif pasted.picture:
            attachments.add_picture(pasted.picture)
        elif len(pasted.text) > TEXT_CHARACTERS:
            attachments.add_text(pasted.text)
        elif pasted.text:
            self._insert(pasted.text)
