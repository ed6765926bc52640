"""The acts of owner and moderators: ask what is needed, send the request, show a failure."""

import uuid
from collections.abc import Callable

from client_mvc.controller import wording
from client_mvc.controller.app_context import AppContext
from client_mvc.i18n.errors import sentence
from client_mvc.i18n.translate import _, marked, ngettext
from client_mvc.network import api
from client_mvc.view.contract.values import Role
from client_mvc.view.contract.windows import Prompt, Question
from shared import identity, joinlink, limits, messages, moderation
from shared.moderation import ActRequest

_NAMED = 3
"""So many members are named whom a ban also hits."""
_REASON = marked("Reason (optional)")


def claim_text(*, several_hosts: bool) -> str:
    """Return where a person finds the owner's key; with several hosts one of them has it."""
    if several_hosts:
        return marked(
            "Enter the owner's key. The host that opened the room first shows it: "
            "chatroom-server owner-key"
        )
    return marked("Enter the owner's key. The server shows it: chatroom-server owner-key")


class ModerationController:
    """Implements `ModerationIntents`; the answer to an act is its event."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._members = context.model.members
        self._windows = context.screen.windows
        self._claim = ""
        self._report = ""
        self._ask_about_ban: Callable[[str], None] = lambda _hits: None
        self._target_of_ban = ""

    # --- intents ---------------------------------------------------------------------------

    def delete(self, seq: int) -> None:
        """Ask, then delete a message or a file."""
        event = self._context.model.conversation.find(seq)
        if not isinstance(event, messages.Said | messages.Shared) or event.deleted:
            return

        is_file = isinstance(event, messages.Shared)
        title = _("Delete this file?") if is_file else _("Delete this message?")
        question = Question(title, _("Everybody sees that it was deleted."), _("Delete"))
        request = moderation.Delete(id=_new_id(), seq=seq)
        self._windows.ask(question, lambda: self._act(request))

    def mute(self, name: str, minutes: int | None) -> None:
        """Let a member send nothing for so long; None: until undone; 0: end it."""
        most = limits.BAN_MINUTES if minutes is None else minutes
        target = self._target(name)
        self._act(moderation.Mute(id=_new_id(), target=target, minutes=most))

    def remove(self, name: str) -> None:
        """Ask for a reason, then remove a member."""
        target = self._target(name)
        prompt = Prompt(
            _("Remove {name}?", name=name),
            _("{name} leaves the room now, and can join again after a minute.", name=name),
            _(_REASON),
            _("Remove"),
            limit=limits.REASON_CHARACTERS,
        )
        self._prompt(prompt, lambda why: moderation.Kick(id=_new_id(), target=target, text=why))

    def ban(self, name: str, minutes: int) -> None:
        """Look up whom it hits, ask for a reason, then ban a member; 0 minutes: for good."""
        target = self._target(name)

        def ask(hits: str) -> None:
            text = (
                _("{name} leaves the room and cannot join again.", name=name)
                if not minutes
                else _(
                    "{name} leaves the room and cannot join again for {time}.",
                    name=name,
                    time=_duration(minutes),
                )
            )
            prompt = Prompt(
                _("Ban {name}?", name=name),
                f"{text}\n\n{hits}" if hits else text,
                _(_REASON),
                _("Ban"),
                limit=limits.REASON_CHARACTERS,
            )
            self._prompt(
                prompt,
                lambda why: moderation.Ban(
                    id=_new_id(), target=target, minutes=minutes, text=why
                ),
            )

        self._ask_about_ban, self._target_of_ban = ask, name
        self._report = _new_id()
        self._context.network.report(self._report)

    def set_role(self, name: str, role: Role) -> None:
        """Give a member another role."""
        target = self._target(name)
        self._act(moderation.SetRole(id=_new_id(), target=target, role=role))

    def lock(self, on: bool) -> None:
        """Let nobody new join, or let them again."""
        self._act(moderation.Lock(id=_new_id(), on=on))

    def slow(self, seconds: int) -> None:
        """Let each member send one message in so many seconds; 0: as they like."""
        self._act(moderation.Slow(id=_new_id(), seconds=seconds))

    def ask_topic(self) -> None:
        """Ask for the topic, then set it."""
        prompt = Prompt(
            _("Topic"),
            _("Everybody sees the topic in the top bar. Leave it empty for none."),
            _("What the room is about"),
            _("Set topic"),
            value=self._context.model.room_state.topic,
            limit=limits.TOPIC_CHARACTERS,
        )
        self._prompt(prompt, lambda text: moderation.SetTopic(id=_new_id(), text=text))

    def claim(self) -> None:
        """Ask for the owner's key, then become the owner with it."""
        prompt = Prompt(
            _("I am the owner"),
            _(claim_text(several_hosts=self._context.model.membership.several_hosts)),
            _("Owner's key, or the link that has it"),
            _("Become owner"),
            limit=1_000,
            optional=False,
            secret=True,
        )
        self._windows.prompt(prompt, self._claim_with)

    # --- answers of the server -------------------------------------------------------------

    def handle_event(self, event: messages.AnyEvent) -> None:
        """Close the dialog that an event answers."""
        if isinstance(event, moderation.RoleSet) and event.id and event.id == self._claim:
            self._claim = ""
            self._windows.close_prompt()
            self._context.confirm(_("You are the owner of this room now."))

    def handle_report(self, reported: api.ReportReceived) -> bool:
        """Take the report that was asked for before a ban; False for any other."""
        if not self._report or reported.report.id != self._report:
            return False
        self._report = ""
        self._ask_about_ban(self._hits(reported.report))
        return True

    def failed(self, id: str, reason: str) -> bool:
        """Show the failure of a request where it belongs; False for any other request."""
        if id and id == self._report:
            self._report = ""
            self._ask_about_ban("")  # a ban needs no report
            return True
        if id and id == self._claim:
            self._claim = ""
            self._windows.show_prompt_error(reason)
            return True
        return False

    # --- helpers ---------------------------------------------------------------------------

    def _target(self, name: str) -> moderation.Target:
        """Name a member by the number, which nobody else ever has."""
        member = self._members.named(name)
        return name if member is None or member.number is None else member.number

    def _act(self, request: ActRequest) -> None:
        if self._context.model.membership.welcome is None:
            self._context.warn(_(wording.NO_ROOM))
        else:
            self._context.network.ask(request)

    def _prompt(self, prompt: Prompt, request: Callable[[str], ActRequest]) -> None:
        def done(text: str) -> None:
            self._windows.close_prompt()
            self._act(request(text.strip()))

        self._windows.prompt(prompt, done)

    def _claim_with(self, typed: str) -> None:
        key = typed.strip()
        if "://" in key:
            try:
                key = joinlink.parse(key).owner or ""
            except joinlink.BadLink as bad:
                self._windows.show_prompt_error(sentence(bad.problem))
                return
        if not 0 < len(key) <= limits.OWNER_KEY_CHARACTERS:
            self._windows.show_prompt_error(_("This is not an owner's key."))
            return
        self._claim = _new_id()
        self._act(moderation.Claim(id=self._claim, key=key))

    def _hits(self, report: messages.Report) -> str:
        """Return whom a ban also keeps out: those at the same address, where it holds on it."""
        addresses = {line.name: line.address for line in report.members}
        address = addresses.get(self._target_of_ban, "")
        own = addresses.get(self._context.model.membership.you)
        if not address or address == own or identity.is_loopback(address):
            return ""
        others = [
            name
            for name, other in addresses.items()
            if other == address and name != self._target_of_ban
        ]
        if not others:
            return _("Nobody else is here from this address.")
        return ngettext(
            "{names} has the same address: once gone, they cannot join again either.",
            "{names} have the same address: once gone, they cannot join again either.",
            len(others),
            names=wording.listed(others, _NAMED),
        )


def _new_id() -> str:
    return uuid.uuid4().hex


def _duration(minutes: int) -> str:
    """Format the length of a ban: 10 minutes, 1 hour, 1 day."""
    if minutes % (24 * 60) == 0:
        return ngettext("{count} day", "{count} days", minutes // (24 * 60))
    if minutes % 60 == 0:
        return ngettext("{count} hour", "{count} hours", minutes // 60)
    return ngettext("{count} minute", "{count} minutes", minutes)
