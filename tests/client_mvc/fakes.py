"""Values and stand-ins for the tests of the client."""

from collections.abc import Sequence
from pathlib import Path

from client_mvc.network import api
from client_mvc.view.contract import values
from shared import messages, searching
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
) -> messages.Welcome:
    return messages.Welcome(
        you=you,
        token=token,
        seq=seq,
        reset=reset,
        max_users=3,
        limits=messages.Limits(text, file),
        room="lobby",
        members=[messages.MemberInfo(name, AT) for name in members or (you,)],
    )


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
        self.tickets: list[api.JoinOptions] = []
        self.visit = 0
        self.said: list[api.OutgoingMessage] = []
        self.asked: list[str] = []
        self.reports: list[str] = []
        self.questions: list[api.Query] = []
        self.uploads: list[tuple[str, Path]] = []
        self.downloads: list[api.DownloadRequest] = []
        self.fetched: list[messages.File] = []

    def connect(self, session: int, options: api.JoinOptions) -> None:
        self.visit = session
        self.tickets.append(options)

    def send(self, message: api.OutgoingMessage) -> None:
        self.said.append(message)

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

    def download(self, address: Address, request: api.DownloadRequest) -> None:
        self.downloads.append(request)

    def cancel_download(self, key: str) -> None:
        self.asked.append(f"cancel {key}")

    def fetch(self, address: Address, file: messages.File) -> None:
        self.fetched.append(file)


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
    """A window without pixels: what it shows is what it was told last."""

    def __init__(self) -> None:
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
        self.members: Sequence[values.MemberRow] = ()
        self.uploads: Sequence[values.UploadRow] = ()
        self.saving: values.SavingRow | None = None
        self.files: list[values.FileText] = []
        self.clipboard = ""
        self.banner: values.Banner | None = None
        self.report: values.ReportTable | None = None
        self.report_lifted = 0
        self.texts: list[tuple[str, str]] = []
        self.composer = ""
        self.dark = False
        self.text_size = 0
        self.rings = 0
        self.calls_for_attention = 0
        self.time_example = ""
        self.folder = ""
        self.preferences: values.PreferencesForm | None = None
        self.closed = False

    def show_connect(self, form: values.ConnectForm) -> None:
        self.form, self.busy, self.error = form, "", None

    def connect_busy(self, text: str) -> None:
        self.busy, self.error = text, None

    def connect_error(self, field: values.Field, text: str, *, password: bool = False) -> None:
        self.busy, self.error = "", (field, text, password)

    def hide_connect(self) -> None:
        self.form, self.busy, self.error = None, "", None

    def show_room(self, room: str, server: str) -> None:
        self.room = (room, server)

    def set_title(self, text: str) -> None:
        self.title = text

    def append(self, items: Sequence[values.Item], *, live: bool = True) -> None:
        self.items.extend(items)
        self.appends += 1
        self.lives.append(live)

    def prepend(self, items: Sequence[values.Item], *, instead_of: int = 0) -> None:
        self.items[:instead_of] = items

    def drop(self, *, oldest: int = 0, newest: int = 0) -> None:
        del self.items[len(self.items) - newest :]
        del self.items[:oldest]

    def show_end(self) -> None:
        self.at_end = True

    def show_place(self, item: int, *, mark: bool) -> None:
        self.place = (self.items[item], mark)

    def show_loading(self, text: str) -> None:
        self.loading = text

    def show_reading(self, text: str | None) -> None:
        self.reading = text

    def ask_date(self, suggested: str) -> None:
        self.date, self.date_problem = suggested, ""

    def date_error(self, text: str) -> None:
        self.date_problem = text

    def hide_date(self) -> None:
        self.date = None

    def open_find(self) -> None:
        self.finds = True

    def mark_found(self, text: str) -> int:
        """How many of the messages shown have it; the window counts places."""
        self.marked = text
        said = [item.text for item in self.items if isinstance(item, values.Message)]
        return sum(bool(text) and searching.fold(text) in searching.fold(one) for one in said)

    def show_found(self, place: int) -> None:
        self.found = place

    def show_find_state(self, text: str) -> None:
        self.find_state = text

    def show_results(self, results: values.Results | None) -> None:
        self.results = results

    def clear(self) -> None:
        self.items.clear()

    def show_pending(self, pending: Sequence[values.Pending]) -> None:
        self.pending = pending

    def show_members(self, members: Sequence[values.MemberRow]) -> None:
        self.members = members

    def show_uploads(self, uploads: Sequence[values.UploadRow]) -> None:
        self.uploads = uploads

    def show_saving(self, saving: values.SavingRow | None) -> None:
        self.saving = saving

    def show_file(self, file: values.FileText) -> None:
        self.files.append(file)

    def copy(self, text: str) -> None:
        self.clipboard = text

    def show_banner(self, banner: values.Banner | None) -> None:
        self.banner = banner

    def show_report(self, table: values.ReportTable, *, lift: bool) -> None:
        self.report = table
        self.report_lifted += lift

    def show_text(self, title: str, text: str) -> None:
        self.texts.append((title, text))

    def insert_in_composer(self, text: str) -> None:
        self.composer += text

    def show_draft(self, text: str) -> None:
        self.composer = text

    def set_theme(self, dark: bool) -> None:
        self.dark = dark

    def set_text_size(self, points: int) -> None:
        self.text_size = points

    def set_time_example(self, example: str) -> None:
        self.time_example = example

    def set_folder(self, folder: str) -> None:
        self.folder = folder

    def show_preferences(self, form: values.PreferencesForm, *, lift: bool) -> None:
        if lift or self.preferences is not None:
            self.preferences = form

    def ring(self, *, bell: bool) -> None:
        self.calls_for_attention += 1
        self.rings += bell

    def geometry(self) -> str:
        return "900x600"

    def close(self) -> None:
        self.closed = True
