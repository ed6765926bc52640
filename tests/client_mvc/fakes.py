"""Values and stand-ins for the tests of the client."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import structs

from client_mvc.network import api
from client_mvc.view.contract import values
from shared import folding, messages
from shared.identity import ServerIdentity
from shared.joinlink import Address
from shared.problems import Problem

ADDRESS = Address("localhost", 18000)
AT = "2026-11-22T08:00:00.000Z"
SHA_OF_HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


def welcome(
    seq: int = 0,
    *,
    token: str = "t1",
    reset: bool = False,
    you: str = "alice",
    members: Sequence[str] = (),
    text: int = 8000,
    file: int = 1000,
    journal: str = "",
    **more: Any,
) -> messages.Welcome:
    made = messages.Welcome(
        you=you,
        token=token,
        seq=seq,
        reset=reset,
        max_users=3,
        limits=messages.Limits(text, file),
        room="lobby",
        journal=journal,
        members=[messages.MemberInfo(name, AT) for name in members or (you,)],
    )
    return structs.replace(made, **more)


def said(
    seq: int, text: str = "hi", *, name: str = "bob", id: str | None = None, at: str = AT
) -> messages.Said:
    if id is None:
        return messages.Said(seq=seq, at=at, name=name, text=text)
    return messages.Said(seq=seq, at=at, name=name, text=text, id=id)


def events(first: int, last: int) -> list[messages.Said]:
    """Numbered messages."""
    return [said(seq, f"message {seq}") for seq in range(first, last + 1)]


def shared(
    seq: int,
    *,
    name: str = "bob",
    id: str = "f1",
    size: int = 5,
    sha256: str = SHA_OF_HELLO,
    preview: str = "hello",
    called: str = "notes.txt",
    key: str | None = None,
) -> messages.Shared:
    file = messages.File(id, called, size, sha256, 1, preview, f"/files/{id}/notes.txt")
    if key is None:
        return messages.Shared(seq=seq, at=AT, name=name, file=file)
    return messages.Shared(seq=seq, at=AT, name=name, file=file, id=key)


def joined(seq: int, name: str = "bob", at: str = AT) -> messages.Joined:
    return messages.Joined(seq=seq, at=at, name=name)


def left(seq: int, name: str = "bob", reason: str = "quit") -> messages.Left:
    return messages.Left(seq=seq, at=AT, name=name, reason=reason)


def failure(reason: str, code: str = "of tomorrow") -> Problem:
    """A problem that is shown as `reason`."""
    return Problem(code, {"reason": reason})


class FakeNetwork:
    """Remembers what it was asked for; tests play the news."""

    def __init__(self) -> None:
        self.joins: list[api.JoinOptions] = []
        self.session = 0
        self.sent: list[api.OutgoingMessage] = []
        self.asked: list[str] = []
        self.reports: list[str] = []
        self.questions: list[api.Query] = []
        self.uploads: list[tuple[str, Path]] = []
        self.downloads: list[api.DownloadRequest] = []
        self.downloaded_from: list[ServerIdentity] = []
        self.downloaded_room: list[str] = []
        self.fetched: list[messages.File] = []
        self.discovers: list[Address] | None = None
        self.invites: list[tuple[ServerIdentity, str]] = []

    def connect(self, session: int, options: api.JoinOptions) -> None:
        self.session = session
        self.joins.append(options)

    def send(self, message: api.OutgoingMessage) -> None:
        self.sent.append(message)

    def reconnect_now(self) -> None:
        self.asked.append("reconnect_now")

    def leave(self) -> None:
        self.asked.append("leave")

    def report(self, id: str) -> None:
        self.reports.append(id)

    def ask(self, query: api.Query) -> None:
        self.questions.append(query)

    def upload(self, key: str, path: Path) -> None:
        self.uploads.append((key, path))

    def cancel_upload(self, key: str) -> None:
        self.asked.append(f"cancel {key}")

    def download(self, server: ServerIdentity, request: api.DownloadRequest) -> None:
        self.downloads.append(request)
        self.downloaded_room.append(request.journal)
        self.downloaded_from.append(server)

    def cancel_download(self, key: str) -> None:
        self.asked.append(f"cancel {key}")

    def fetch(self, server: ServerIdentity, file: messages.File, journal: str = "") -> None:
        self.fetched.append(file)
        self.downloaded_room.append(journal)

    def ask_invite(self, server: ServerIdentity, journal: str) -> None:
        self.invites.append((server, journal))

    def discover(self, known: Sequence[Address]) -> None:
        self.discovers = list(known)

    def stop_discovering(self) -> None:
        self.discovers = None

    def look_further(self) -> None:
        self.asked.append("look_further")

    def stop_looking(self) -> None:
        self.asked.append("stop_looking")


class FakeDesktop:
    """A desktop that remembers; tests say how it looks."""

    def __init__(self) -> None:
        self.dark: bool | None = None
        self.can_notify = True
        self.can_follow = True
        self.looks = 0
        self.notified: list[tuple[str, str]] = []
        self.withdrawn = 0

    def notify(self, title: str, text: str) -> None:
        self.notified.append((title, text))

    def withdraw(self) -> None:
        self.withdrawn += 1

    def look(self) -> None:
        self.looks += 1


class FakeScreen:
    """A window without pixels: remembers what it shows.

    `agree` answers yes to `question`, and `answer` answers `prompt`.
    """

    question: values.Question | None = None
    key_question: values.KeyQuestion | None = None
    security: values.Security | None = None
    agree: Callable[[], None]
    prompt: values.Prompt | None = None
    answer: Callable[[str], None]
    prompt_problem = ""
    deleting: values.Deleting = "none"
    rules = values.RoomRules()
    hold: values.Hold | None = None
    removal: values.Removal | None = None
    bans: Sequence[values.BanRow] | None = None
    invite: values.Invite | None = None
    invites_lifted = 0
    nearby = values.Nearby()

    def __init__(self) -> None:
        self.connect_dialog = _ConnectDialog(self)
        self.top_bar = _TopBar(self)
        self.banner = _Banner(self)
        self.search = _Search(self)
        self.messages = _Messages(self)
        self.history_banner = _HistoryBanner(self)
        self.composer = _Composer(self)
        self.members = _Members(self)
        self.transfers = _Transfers(self)
        self.windows = _Windows(self)
        self.look = _Look(self)
        self.choosers = _Choosers()
        self.form: values.ConnectForm | None = None
        self.busy = ""
        self.error: tuple[str, str, bool] | None = None
        self.room = ("", "")
        self.title = ""
        self.items: list[values.Item] = []
        self.appends = 0
        self.lives: list[bool] = []
        self.place: tuple[values.Item, bool] | None = None
        self.reading: str | None = None
        self.loading = ""
        self.at_end = False
        self.date: str | None = None
        self.date_problem = ""
        self.finds = False
        self.marked = ""
        self.found: int | None = None
        self.find_state = ""
        self.results: values.Results | None = None
        self.pending: Sequence[values.Pending] = ()
        self.member_rows: Sequence[values.MemberRow] = ()
        self.uploads: Sequence[values.UploadRow] = ()
        self.saving: values.SavingRow | None = None
        self.files: list[values.FileText] = []
        self.clipboard = ""
        self.shown_banner: values.Banner | None = None
        self.report: values.ReportTable | None = None
        self.report_lifted = 0
        self.texts: list[tuple[str, str]] = []
        self.composed = ""
        self.dark = False
        self.text_size = 0
        self.rings = 0
        self.calls_for_attention = 0
        self.time_example = ""
        self.preferences: values.PreferencesForm | None = None
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
    def show(self, form: values.ConnectForm) -> None:
        self._screen.form, self._screen.busy, self._screen.error = form, "", None

    def wait(self, text: str) -> None:
        self._screen.busy, self._screen.error = text, None

    def error(self, field: values.Field, text: str, *, password: bool = False) -> None:
        self._screen.busy, self._screen.error = "", (field, text, password)

    def hide(self) -> None:
        self._screen.form, self._screen.busy, self._screen.error = None, "", None

    def show_nearby(self, nearby: values.Nearby) -> None:
        self._screen.nearby = nearby


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
        said = [item.text for item in self._screen.items if isinstance(item, values.Message)]
        folded = folding.fold(phrase)
        return sum(bool(phrase) and folded in folding.fold(one) for one in said)


class _Messages(_Part):
    def __init__(self, screen: FakeScreen) -> None:
        super().__init__(screen)
        self.highlights = _Highlights(screen)

    def append(self, items: Sequence[values.Item], *, live: bool = True) -> None:
        self._screen.items.extend(items)
        self._screen.appends += 1
        self._screen.lives.append(live)

    def prepend(self, items: Sequence[values.Item], *, instead_of: int = 0) -> None:
        self._screen.items[:instead_of] = items

    def change(self, items: Sequence[tuple[int, values.Item]]) -> None:
        for place, item in items:
            self._screen.items[place] = item

    def allow_deleting(self, which: values.Deleting) -> None:
        self._screen.deleting = which

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

    def show_pending(self, pending: Sequence[values.Pending]) -> None:
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

    def show_report(self, table: values.ReportTable, *, lift: bool) -> None:
        self._screen.report = table
        self._screen.report_lifted += lift

    def show_preferences(self, form: values.PreferencesForm, *, lift: bool) -> None:
        if lift or self._screen.preferences is not None:
            self._screen.preferences = form

    def show_text(self, title: str, text: str) -> None:
        self._screen.texts.append((title, text))

    def show_file(self, file: values.FileText) -> None:
        self._screen.files.append(file)

    def ask(self, question: values.Question, yes: Callable[[], None]) -> None:
        self._screen.question, self._screen.agree = question, yes

    def ask_key(self, question: values.KeyQuestion, yes: Callable[[], None]) -> None:
        self._screen.key_question, self._screen.agree = question, yes

    def close_file(self, file_id: str) -> None:
        self._screen.files = [each for each in self._screen.files if each.file_id != file_id]

    def prompt(self, prompt: values.Prompt, done: Callable[[str], None]) -> None:
        self._screen.prompt, self._screen.answer = prompt, done
        self._screen.prompt_problem = ""

    def show_prompt_error(self, text: str) -> None:
        self._screen.prompt_problem = text

    def close_prompt(self) -> None:
        self._screen.prompt = None

    def show_removal(self, removal: values.Removal, *, lift: bool) -> None:
        if lift or self._screen.removal is not None:
            self._screen.removal = removal

    def close_removal(self) -> None:
        self._screen.removal = None

    def show_bans(self, bans: Sequence[values.BanRow], *, lift: bool) -> None:
        if lift or self._screen.bans is not None:
            self._screen.bans = bans

    def show_invite(self, invite: values.Invite, *, lift: bool) -> None:
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
