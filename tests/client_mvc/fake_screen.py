"""A window without pixels: what the controller shows, for tests to look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from client_mvc.view.contract import items, values, windows
from shared import folding


class FakeScreen:
    """A window without pixels: remembers what it shows.

    `agree` answers yes to `question`, and `answer` answers `prompt`.
    """

    question: windows.Question | None = None
    key_question: windows.KeyQuestion | None = None
    security: values.Security | None = None
    agree: Callable[[], None]
    prompt: windows.Prompt | None = None
    answer: Callable[[str], None]
    prompt_problem = ""
    allowed = items.MessageRules()
    context: values.ComposerContext | None = None
    attachments: Sequence[values.Attachment] = ()
    typing_line = ""
    help: Sequence[windows.HelpGroup] = ()
    about: windows.About | None = None
    pin_bar: values.PinBar | None = None
    pins_shown: Sequence[windows.PinRow] | None = None
    may_unpin = False
    viewed: windows.PictureView | None = None
    answers = 0
    rules = values.RoomRules()
    hold: values.Hold | None = None
    removal: windows.Removal | None = None
    bans: Sequence[windows.BanRow] | None = None
    invite: windows.Invite | None = None
    invites_lifted = 0
    nearby = windows.Nearby()
    offer = windows.PasswordOffer()
    composed = ""
    clipboard = ""
    find_state = ""
    date_problem = ""
    appends = 0
    title = ""
    busy = ""

    def __init__(self) -> None:
        self.connect_dialog = _ConnectDialog(self)
        self.top_bar = _TopBar(self)
        self.banner = _Banner(self)
        self.search = _Search(self)
        self.messages = _Messages(self)
        self.history_banner = _HistoryBanner(self)
        self.composer = _Composer(self)
        self.typing = _Typing(self)
        self.pins = _Pins(self)
        self.members = _Members(self)
        self.transfers = _Transfers(self)
        self.windows = _Windows(self)
        self.look = _Look(self)
        self.choosers = _Choosers()
        self.form: windows.ConnectForm | None = None
        self.error: tuple[str, str, bool] | None = None
        self.room = ("", "")
        self.items: list[items.Item] = []
        self.thumbnails: dict[str, bytes] = {}
        self.lives: list[bool] = []
        self.place: tuple[items.Item, bool] | None = None
        self.reading: str | None = None
        self.loading = ""
        self.at_end = False
        self.date: str | None = None
        self.finds = False
        self.marked = ""
        self.found: int | None = None
        self.results: values.Results | None = None
        self.pending: Sequence[items.Pending] = ()
        self.member_rows: Sequence[values.MemberRow] = ()
        self.uploads: Sequence[values.UploadRow] = ()
        self.saving: values.SavingRow | None = None
        self.files: list[windows.FileText] = []
        self.shown_banner: values.Banner | None = None
        self.report: windows.ReportTable | None = None
        self.report_lifted = 0
        self.texts: list[tuple[str, str]] = []
        self.dark = False
        self.text_size = 0
        self.rings = 0
        self.calls_for_attention = 0
        self.time_example = ""
        self.preferences: windows.PreferencesForm | None = None
        self.closed = False

    # --- as the controller sees it: `Screen`, by subject ---------------------------------

    def set_title(self, text: str) -> None:
        self.title = text

    def copy(self, text: str) -> None:
        self.clipboard = text

    def ring(self, *, bell: bool) -> None:
        self.calls_for_attention += 1
        self.rings += bell

    def geometry(self) -> str:
        return "900x600"

    def close(self) -> None:
        self.closed = True


class _Part:
    """A part of the fake window; writes into its `FakeScreen`."""

    def __init__(self, screen: FakeScreen) -> None:
        self._screen = screen


class _ConnectDialog(_Part):
    def show(self, form: windows.ConnectForm) -> None:
        self._screen.form, self._screen.busy, self._screen.error = form, "", None

    def wait(self, text: str) -> None:
        self._screen.busy, self._screen.error = text, None

    def error(self, field: windows.Field, text: str, *, password: bool = False) -> None:
        self._screen.busy, self._screen.error = "", (field, text, password)

    def hide(self) -> None:
        self._screen.form, self._screen.busy, self._screen.error = None, "", None

    def show_nearby(self, nearby: windows.Nearby) -> None:
        self._screen.nearby = nearby

    def offer_to_remember(self, offer: windows.PasswordOffer) -> None:
        self._screen.offer = offer


class _TopBar(_Part):
    def show(self, room: str, server: str) -> None:
        self._screen.room = (room, server)

    def show_security(self, security: values.Security | None) -> None:
        self._screen.security = security

    def show_rules(self, rules: values.RoomRules) -> None:
        self._screen.rules = rules


class _Banner(_Part):
    def show(self, banner: values.Banner | None) -> None:
        self._screen.shown_banner = banner


class _Search(_Part):
    def open(self) -> None:
        self._screen.finds = True

    def show_state(self, text: str) -> None:
        self._screen.find_state = text

    def show_results(self, results: values.Results | None) -> None:
        self._screen.results = results


class _Highlights(_Part):
    def mark(self, phrase: str) -> int:
        """Return how many of the messages shown contain it; the window counts places."""
        self._screen.marked = phrase
        said = [item.text for item in self._screen.items if isinstance(item, items.Message)]
        folded = folding.fold(phrase)
        return sum(bool(phrase) and folded in folding.fold(one) for one in said)


class _Messages(_Part):
    def __init__(self, screen: FakeScreen) -> None:
        super().__init__(screen)
        self.highlights = _Highlights(screen)

    def append(self, items: Sequence[items.Item], *, live: bool = True) -> None:
        self._screen.items.extend(items)
        self._screen.appends += 1
        self._screen.lives.append(live)

    def prepend(self, items: Sequence[items.Item], *, instead_of: int = 0) -> None:
        self._screen.items[:instead_of] = items

    def change(self, items: Sequence[tuple[int, items.Item]]) -> None:
        for place, item in items:
            self._screen.items[place] = item

    def allow(self, rules: items.MessageRules) -> None:
        self._screen.allowed = rules

    def show_picture(self, file_id: str, data: bytes) -> None:
        self._screen.thumbnails[file_id] = data

    def answered(self) -> None:
        self._screen.answers += 1

    def drop(self, *, oldest: int = 0, newest: int = 0) -> None:
        del self._screen.items[len(self._screen.items) - newest :]
        del self._screen.items[:oldest]

    def clear(self) -> None:
        self._screen.items.clear()

    def to_bottom(self) -> None:
        self._screen.at_end = True

    def show_place(self, item: int, *, mark: bool) -> None:
        self._screen.place = (self._screen.items[item], mark)

    def show_found(self, place: int) -> None:
        self._screen.found = place

    def show_loading(self, text: str) -> None:
        self._screen.loading = text

    def show_pending(self, pending: Sequence[items.Pending]) -> None:
        self._screen.pending = pending

    def set_time_example(self, example: str) -> None:
        self._screen.time_example = example


class _HistoryBanner(_Part):
    def show(self, text: str | None) -> None:
        self._screen.reading = text


class _Composer(_Part):
    def show_room(self, room: str) -> None:
        pass

    def insert(self, text: str) -> None:
        self._screen.composed += text

    def replace(self, text: str) -> None:
        self._screen.composed = text

    def hold(self, hold: values.Hold | None) -> None:
        self._screen.hold = hold

    def show_context(self, context: values.ComposerContext | None) -> None:
        self._screen.context = context

    def show_attachments(self, attachments: Sequence[values.Attachment]) -> None:
        self._screen.attachments = attachments


class _Typing(_Part):
    def show(self, text: str) -> None:
        self._screen.typing_line = text


class _Pins(_Part):
    def show(self, bar: values.PinBar | None) -> None:
        self._screen.pin_bar = bar


class _Members(_Part):
    def show(self, members: Sequence[values.MemberRow]) -> None:
        self._screen.member_rows = members


class _Transfers(_Part):
    def show(self, uploads: Sequence[values.UploadRow]) -> None:
        self._screen.uploads = uploads

    def show_saving(self, saving: values.SavingRow | None) -> None:
        self._screen.saving = saving


class _Windows(_Part):
    def show_date(self, suggested: str) -> None:
        self._screen.date, self._screen.date_problem = suggested, ""

    def show_date_error(self, text: str) -> None:
        self._screen.date_problem = text

    def close_date(self) -> None:
        self._screen.date = None

    def show_report(self, table: windows.ReportTable, *, lift: bool) -> None:
        self._screen.report = table
        self._screen.report_lifted += lift

    def show_preferences(self, form: windows.PreferencesForm, *, lift: bool) -> None:
        if lift or self._screen.preferences is not None:
            self._screen.preferences = form

    def show_text(self, title: str, text: str) -> None:
        self._screen.texts.append((title, text))

    def show_help(self, title: str, groups: Sequence[windows.HelpGroup]) -> None:
        self._screen.help = groups

    def show_about(self, about: windows.About) -> None:
        self._screen.about = about

    def show_file(self, file: windows.FileText) -> None:
        self._screen.files.append(file)

    def ask(self, question: windows.Question, yes: Callable[[], None]) -> None:
        self._screen.question, self._screen.agree = question, yes

    def ask_key(self, question: windows.KeyQuestion, yes: Callable[[], None]) -> None:
        self._screen.key_question, self._screen.agree = question, yes

    def close_file(self, file_id: str) -> None:
        self._screen.files = [each for each in self._screen.files if each.file_id != file_id]

    def prompt(self, prompt: windows.Prompt, done: Callable[[str], None]) -> None:
        self._screen.prompt, self._screen.answer = prompt, done
        self._screen.prompt_problem = ""

    def show_prompt_error(self, text: str) -> None:
        self._screen.prompt_problem = text

    def close_prompt(self) -> None:
        self._screen.prompt = None

    def show_removal(self, removal: windows.Removal, *, lift: bool) -> None:
        if lift or self._screen.removal is not None:
            self._screen.removal = removal

    def close_removal(self) -> None:
        self._screen.removal = None

    def show_pins(self, pins: Sequence[windows.PinRow], *, may_unpin: bool, lift: bool) -> None:
        if lift or self._screen.pins_shown is not None:
            self._screen.pins_shown, self._screen.may_unpin = pins, may_unpin

    def show_picture(self, picture: windows.PictureView | None, *, lift: bool) -> None:
        if lift or self._screen.viewed is not None:
            self._screen.viewed = picture

    def show_bans(self, bans: Sequence[windows.BanRow], *, lift: bool) -> None:
        if lift or self._screen.bans is not None:
            self._screen.bans = bans

    def show_invite(self, invite: windows.Invite, *, lift: bool) -> None:
        self._screen.invites_lifted += lift
        if lift or self._screen.invite is not None:
            self._screen.invite = invite


class _Look(_Part):
    def set_dark(self, dark: bool) -> None:
        self._screen.dark = dark

    def set_size(self, size: int) -> None:
        self._screen.text_size = size


@dataclass
class _Choosers:
    folder: str = ""
    hint: str = ""
