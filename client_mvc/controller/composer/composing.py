"""The composer: send what is typed or carry out its command; recall, complete, mention."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from client_mvc.controller.app_context import AppContext
from client_mvc.controller.composer import commands, suggesting
from client_mvc.controller.composer.commands import Call, Command
from client_mvc.controller.composer.completion import Completer
from client_mvc.controller.composer.contexts import Contexts
from client_mvc.controller.composer.drafts import Drafts
from client_mvc.controller.composer.requests import Requests
from client_mvc.controller.composer.sending import OutgoingController
from client_mvc.controller.conversation.acting import ConversationController
from client_mvc.controller.conversation.paging import HistoryController
from client_mvc.controller.files.attachments import AttachmentController
from client_mvc.controller.moderation.acting import ModerationController
from client_mvc.controller.report import ReportController
from client_mvc.i18n.errors import sentence
from client_mvc.i18n.translate import _
from client_mvc.view.contract.values import EmojiRow, Suggestions
from shared import conversation, limits, moderation, names


class _Program(Protocol):
    def help(self) -> None: ...
    def quit(self) -> None: ...


@dataclass(frozen=True, slots=True)
class ComposerParts:
    """The parts of the controller that the composer works with."""

    outgoing: OutgoingController
    attachments: AttachmentController
    history: HistoryController
    report: ReportController
    moderation: ModerationController
    conversation: ConversationController
    drafts: Drafts
    contexts: Contexts
    requests: Requests
    program: _Program


class ComposerController:
    """Implements `ComposerIntents`."""

    def __init__(self, context: AppContext, parts: ComposerParts) -> None:
        self._context = context
        self._parts = parts
        self._completer = Completer()
        self._last_sent = ""
        self._commands: dict[Command, Callable[[str, str], bool]] = {
            Command.NICK: self._rename,
            Command.AWAY: lambda rest, text: self._set_note(rest or _("away"), text),
            Command.BACK: self._set_note,
            Command.TOPIC: self._set_topic,
            Command.REACT: self._react,
            Command.IGNORE: self._ignore,
            Command.UNIGNORE: self._ignore,
            Command.QUIT: lambda _rest, _text: self._done(parts.program.quit),
            Command.REPORT: lambda _rest, _text: self._done(parts.report.ask),
            Command.HELP: lambda _rest, _text: self._done(parts.program.help),
        }

    def send(self, text: str) -> bool:
        """Send `text` or carry out its command; False if it has to stay in the composer."""
        self._context.banners.clear_flash()
        if self._parts.contexts.edits:
            return self._edit(text)
        match commands.parse(text):
            case Call(command, rest):
                return self._commands[command](rest, text)
            case commands.Unknown(reason):
                self._context.warn(reason)
                return False
            case str(message):
                return self._say(message, text)

    def _say(self, message: str, typed: str) -> bool:
        """Send the files above the composer, then the message."""
        parts = self._parts
        if not message:
            return parts.attachments.send()
        tidy = parts.outgoing.checked(message)
        if tidy is None or (parts.attachments and not parts.attachments.send()):
            return False
        if not parts.outgoing.send(tidy, parts.contexts.reply):
            return False
        parts.contexts.end()
        self._last_sent = typed
        self._context.screen.messages.answered()
        parts.history.to_newest()
        return True

    def _edit(self, text: str) -> bool:
        if not text.strip():
            self._context.warn(_("A message cannot be empty. Delete it instead."))
            return False
        tidy = self._parts.outgoing.checked(text, hold=False)
        return tidy is not None and self._parts.contexts.send_edit(tidy)

    def recall(self) -> str:
        """Return the last text sent; empty if there is none."""
        return self._last_sent

    def complete(self, before: str) -> str | None:
        """Complete the name at the end of `before`; None if no other member's name fits."""
        return self._completer.complete(before, [each.name for each in self._others])

    def suggest(self, before: str) -> Suggestions | None:
        """Return what the end of `before`, the text in front of the cursor, could become."""
        if self._context.model.membership.welcome is None:
            return None
        return suggesting.suggest(before, self._others, self._context.model.ignored.names)

    def emoji(self, words: str) -> Sequence[EmojiRow]:
        """Return the emoji that these words find, the usual ones first; all for no words."""
        return suggesting.emoji_rows(words)

    def end_context(self) -> None:
        """End the reply or the edit; the text of an edit goes."""
        self._parts.contexts.end()

    def mention(self, name: str) -> None:
        """Insert a mention of this member."""
        self._context.screen.composer.insert(f"@{name} ")
        member = self._context.model.members.named(name)
        if member is not None and member.note:
            self._context.inform(_("{name} is away: {note}", name=name, note=member.note))

    # --- commands --------------------------------------------------------------------------

    @property
    def _others(self) -> list[Any]:
        model = self._context.model
        return [each for each in model.members if each.name != model.membership.you]

    def _done(self, act: Callable[[], None]) -> bool:
        act()
        return True

    def _ask(self, request: Any, text: str) -> bool:
        """Send a request; `text` stays in the composer until it is carried out."""
        self._parts.requests.ask(request, lambda: self._parts.drafts.clear(text))
        return False

    def _rename(self, name: str, text: str) -> bool:
        try:
            name = names.tidy(name)
        except names.BadName as bad:
            self._context.warn(sentence(bad.problem))
            return False
        return self._ask(conversation.Rename(id=_new_id(), name=name), text)

    def _set_note(self, note: str, text: str) -> bool:
        if len(note) > limits.NOTE_CHARACTERS:
            most = limits.NOTE_CHARACTERS
            self._context.warn(_("A note has at most {most} characters.", most=most))
            return False
        note = " ".join(note.split())
        return self._ask(conversation.SetNote(id=_new_id(), text=note), text)

    def _set_topic(self, topic: str, text: str) -> bool:
        if not topic:
            return self._done(self._parts.moderation.ask_topic)
        topic = " ".join(topic.split())[: limits.TOPIC_CHARACTERS]
        return self._ask(moderation.SetTopic(id=_new_id(), text=topic), text)

    def _react(self, named: str, text: str) -> bool:
        emoji = suggesting.named(named)
        if emoji is None:
            self._context.warn(_("There is no emoji {name}.", name=named[:40]))
            return False
        reply = self._parts.contexts.reply
        if not self._parts.conversation.react_to(reply.seq if reply else None, emoji):
            return False
        self._parts.contexts.end()
        return True

    def _ignore(self, name: str, text: str) -> bool:
        on = text.lstrip().startswith("/ignore")
        return self._parts.conversation.ignore_named(name.removeprefix("@").strip(), on=on)


def _new_id() -> str:
    return uuid.uuid4().hex
