"""The composer: send what is typed or carry out its command; recall, complete, mention."""

from collections.abc import Sequence
from typing import Protocol

from client_mvc.controller.app_context import AppContext
from client_mvc.controller.composer import commands
from client_mvc.controller.composer.commands import Command
from client_mvc.controller.composer.completion import Completer
from client_mvc.controller.composer.sending import OutgoingController
from client_mvc.controller.conversation.paging import HistoryController
from client_mvc.controller.report import ReportController
from client_mvc.view.contract.values import EmojiRow, Suggestions
from shared import emoji


class _Program(Protocol):
    def help(self) -> None: ...
    def quit(self) -> None: ...


class ComposerController:
    """Implements `ComposerIntents`."""

    def __init__(
        self,
        context: AppContext,
        outgoing: OutgoingController,
        history: HistoryController,
        report: ReportController,
        program: _Program,
    ) -> None:
        self._context = context
        self._outgoing = outgoing
        self._history = history
        self._report = report
        self._program = program
        self._completer = Completer()
        self._last_sent = ""

    def send(self, text: str) -> bool:
        """Send `text` or carry out its command; False if it has to stay in the composer."""
        self._context.banners.clear_flash()
        match commands.parse(text):
            case Command.QUIT:
                self._program.quit()
            case Command.REPORT:
                self._report.ask()
            case Command.HELP:
                self._program.help()
            case commands.Unknown(reason):
                self._context.warn(reason)
                return False
            case str(message):
                if not self._outgoing.send(message):
                    return False
                self._last_sent = text
                self._history.to_newest()
        return True

    def recall(self) -> str:
        """Return the last text sent; empty if there is none."""
        return self._last_sent

    def complete(self, before: str) -> str | None:
        """Complete the name at the end of `before`; None if no other member's name fits."""
        model = self._context.model
        others = [each.name for each in model.members if each.name != model.membership.you]
        return self._completer.complete(before, others)

    def suggest(self, before: str) -> Suggestions | None:
        """Return what the end of `before`, the text in front of the cursor, could become."""
        return None

    def emoji(self, words: str) -> Sequence[EmojiRow]:
        """Return the emoji that these words find."""
        return [EmojiRow(one.emoji, one.names[0]) for one in emoji.find(words)]

    def end_context(self) -> None:
        """End the reply or the edit."""

    def mention(self, name: str) -> None:
        """Insert a mention of this member."""
        self._context.screen.composer.insert(f"@{name} ")
