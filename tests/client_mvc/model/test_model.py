"""Conversation, members, uploads and preferences."""

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from client_mvc.model.conversation import Conversation
from client_mvc.model.members import Members
from client_mvc.model.observable import Observable
from client_mvc.model.preferences import LARGEST, RECENT, SMALLEST, USUAL, Choices, Preferences
from client_mvc.model.saving import Saving
from client_mvc.model.uploads import UploadItem, UploadList
from shared import messages
from tests.client_mvc.fakes import AT, joined, left, said, shared

ROOT = Path(__file__).parents[3]


def test_observers_are_called_until_they_unsubscribe() -> None:
    notified: list[int] = []
    number: Observable[int] = Observable()
    end = number.subscribe(notified.append)
    number.notify(1)
    end()
    number.notify(2)
    assert notified == [1]


class TestConversation:
    def test_the_oldest_events_are_dropped_first(self) -> None:
        conversation = Conversation(kept=3)
        for seq in range(1, 6):
            conversation.add(said(seq))
        assert [event.seq for event in conversation] == [3, 4, 5]

    def test_a_file_is_found_while_its_event_is_in_memory_or_on_the_page(self) -> None:
        conversation = Conversation(kept=2)
        conversation.add(shared(1, id="f1"))
        conversation.add(said(2))
        found = conversation.file("f1")
        assert found is not None
        assert found.name == "notes.txt"
        assert conversation.files() == [found]
        conversation.add(said(3))
        assert conversation.file("f1") is found
        conversation.show_newest()
        assert conversation.file("f1") is None
        assert conversation.files() == []


def names(members: Members) -> list[tuple[str, bool]]:
    return [(member.name, member.away) for member in members]


class TestMembers:
    @pytest.fixture
    def members(self) -> Members:
        infos = [messages.MemberInfo("alice", AT), messages.MemberInfo("bob", AT, "away")]
        members = Members()
        members.snapshot(infos, 10)
        return members

    def test_events_after_the_snapshot_are_applied(self, members: Members) -> None:
        members.apply(joined(11, "carol"))
        members.apply(left(12, "bob"))
        assert names(members) == [("alice", False), ("carol", False)]

    def test_events_before_the_snapshot_are_ignored(self, members: Members) -> None:
        members.apply(left(9, "alice"))
        members.apply(joined(10, "dave"))
        assert names(members) == [("alice", False), ("bob", True)]

    def test_presence(self, members: Members) -> None:
        members.presence(messages.Presence("bob", "active"))
        members.presence(messages.Presence("alice", "away"))
        members.presence(messages.Presence("nobody", "active"))
        assert names(members) == [("alice", True), ("bob", False)]


def test_uploads_are_added_progress_fail_and_are_removed() -> None:
    uploads = UploadList()
    a, b = Path("a.txt"), Path("b.txt")
    uploads.add("a", a)
    uploads.add("b", b)
    uploads.sized("a", 7)
    uploads.progress("a", 0.5)
    uploads.failed("b", "Too large.")
    uploads.progress("gone", 0.5)
    assert list(uploads) == [
        UploadItem("a", a, "sending", 7, 0.5),
        UploadItem("b", b, "failed", None, 0.0, "Too large."),
    ]
    uploads.remove("a")
    assert [each.key for each in uploads] == ["b"]


def test_an_upload_tried_again_waits_behind_the_others() -> None:
    uploads = UploadList()
    for key in "abc":
        uploads.add(key, Path(key))
    assert uploads.retry("a") is None
    uploads.failed("a", "No.")
    assert uploads.retry("a") == Path("a")
    assert [(each.key, each.state) for each in uploads] == [
        ("b", "waiting"),
        ("c", "waiting"),
        ("a", "waiting"),
    ]


def _file(number: int) -> messages.File:
    file = shared(number, id=f"f{number}").file
    assert isinstance(file, messages.File)
    return file


class TestSaving:
    def test_from_the_first_to_the_last(self) -> None:
        files = [_file(1), _file(2)]
        saving = Saving()
        saving.begin(Path("/tmp"), files)
        assert (saving.current, saving.saved) == (files[0], 0)
        saving.progress(0.5)
        saving.done()
        assert (saving.current, saving.fraction) == (files[1], 0.0)
        saving.done("gone")
        assert (saving.current, saving.saved, saving.failed) == (None, 1, [(files[1], "gone")])

    def test_after_clear_nothing_is_counted(self) -> None:
        saving = Saving()
        saving.begin(Path("/tmp"), [_file(1)])
        saving.clear()
        saving.done()
        assert (saving.folder, saving.current, saving.saved) == (None, None, 0)


class TestPreferences:
    def test_preferences_are_kept(self, tmp_path: Path) -> None:
        chosen = Preferences(tmp_path)
        chosen.choose(theme="dark", hours=12, folder="/tmp/saved")
        chosen.zoom(1)
        chosen.set_geometry("800x600")
        chosen.add_recent("host:18000", "alice")
        assert Preferences(tmp_path).now == chosen.now
        assert (chosen.now.theme, chosen.now.hours) == ("dark", 12)
        assert chosen.now.text_size == USUAL + 1
        assert (chosen.now.server, chosen.now.name) == ("host:18000", "alice")

    def test_recent_rooms_are_few_and_each_is_there_once(self, tmp_path: Path) -> None:
        chosen = Preferences(tmp_path)
        for number in range(RECENT + 2):
            chosen.add_recent(f"host{number}:18000", "alice")
        chosen.add_recent("host5:18000", "alice")
        servers = [server for server, _ in chosen.now.recent]
        assert servers == [f"host{number}:18000" for number in (5, 9, 8, 7, 6, 4, 3, 2)]

    def test_text_has_a_smallest_and_a_largest_size(self, tmp_path: Path) -> None:
        chosen = Preferences(tmp_path)
        for step, size in ((1, LARGEST), (-1, SMALLEST)):
            for _ in range(40):
                chosen.zoom(step)
            assert chosen.now.text_size == size
        chosen.zoom(0)
        assert chosen.now.text_size == USUAL

    @pytest.mark.parametrize(
        "content",
        [b"", b"{", b"[]", b"3", b"\xff\xfe"],
    )
    def test_a_damaged_file_gives_the_defaults_and_a_log_line(
        self, tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        usual = Preferences(tmp_path).now
        (tmp_path / "preferences.json").write_bytes(content)
        assert Preferences(tmp_path).now == usual
        assert "preferences not read" in caplog.text

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("theme", "purple"),
            ("theme", None),
            ("text_size", 5000),
            ("text_size", "11"),
            ("bell", "yes"),
            ("notify", "some"),
            ("hours", 13),
            ("seconds", 1),
            ("folder", 7),
            ("geometry", "; rm"),
            ("recent", [["one"]]),
        ],
    )
    def test_a_damaged_field_gives_its_default_and_the_others_stay(
        self, tmp_path: Path, field: str, value: object, caplog: pytest.LogCaptureFixture
    ) -> None:
        good = {"name": "alice", "from_the_future": 1}
        path = tmp_path / "preferences.json"
        path.write_text(json.dumps(good | {field: value}))
        now = Preferences(tmp_path).now
        assert now == Choices(name="alice")
        assert field in caplog.text

    def test_invalid_values_are_refused(self, tmp_path: Path) -> None:
        chosen = Preferences(tmp_path)
        with pytest.raises(msgspec.ValidationError):
            chosen.choose(theme="purple")
        assert chosen.now == Choices()

    def test_a_window_that_was_never_shown_has_no_size_to_remember(
        self, tmp_path: Path
    ) -> None:
        chosen = Preferences(tmp_path)
        chosen.set_geometry("1x1")
        assert chosen.now.geometry == ""

    def test_a_failed_write_is_logged(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        chosen = Preferences(tmp_path)
        (tmp_path / "preferences.json").mkdir()
        chosen.choose(theme="dark")
        assert chosen.now.theme == "dark"
        assert "preferences not written" in caplog.text
        assert not chosen.saved
        assert not list(tmp_path.glob(".*.part"))
        (tmp_path / "preferences.json").rmdir()
        chosen.choose(bell=False)
        assert chosen.saved
        assert Preferences(tmp_path).now == chosen.now, "also what was not written before"

    def test_a_change_that_failed_is_written_with_the_next(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        chosen = Preferences(tmp_path)
        chosen.choose(theme="dark")
        with monkeypatch.context() as patch:
            patch.setattr("client_mvc.model.preferences.write_atomically", full)
            chosen.choose(text_size=20)
            assert not chosen.saved
        Preferences(tmp_path).choose(seconds=True)
        chosen.choose(bell=False)
        kept = Preferences(tmp_path).now
        assert (kept.text_size, kept.bell, kept.seconds) == (20, False, True)

    def test_a_folder_that_is_no_valid_text_is_kept(self, tmp_path: Path) -> None:
        chosen = Preferences(tmp_path)
        folder = os.fsdecode(b"/tmp/\xff\xfe gr\xc3\xb6\xc3\x9fe")
        chosen.choose(folder=folder)
        chosen.set_geometry("800x600")
        chosen.add_recent("host:18000", "alice")
        assert chosen.saved
        assert Preferences(tmp_path).now == chosen.now
        assert chosen.now.folder == folder

    @pytest.mark.parametrize("field", ["server", "name", "theme", "geometry"])
    def test_other_fields_have_to_be_valid_text(
        self, tmp_path: Path, field: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "preferences.json").write_text(
            json.dumps({field: "a\udcff", "bell": False})
        )
        assert Preferences(tmp_path).now == Choices(bell=False)

    def test_a_client_writes_only_what_it_changed(self, tmp_path: Path) -> None:
        one, two = Preferences(tmp_path), Preferences(tmp_path)
        one.choose(theme="dark", text_size=20)
        two.set_geometry("800x600")
        two.choose(bell=False, theme=two.now.theme)
        one.add_recent("one:1", "alice")
        two.add_recent("two:2", "bob")
        kept = Preferences(tmp_path).now
        assert (kept.theme, kept.text_size, kept.bell) == ("dark", 20, False)
        assert kept.geometry == "800x600"
        assert kept.recent == (("two:2", "bob"), ("one:1", "alice"))
        assert two.now.text_size == USUAL, "what the other chose applies after a restart"

    def test_fields_of_a_later_version_stay(self, tmp_path: Path) -> None:
        path = tmp_path / "preferences.json"
        path.write_text(json.dumps({"from_the_future": [1]}))
        Preferences(tmp_path).choose(bell=False)
        assert json.loads(path.read_text())["from_the_future"] == [1]

    def test_a_file_that_vanished_is_written_whole(self, tmp_path: Path) -> None:
        chosen = Preferences(tmp_path)
        chosen.choose(theme="dark")
        (tmp_path / "preferences.json").unlink()
        chosen.choose(bell=False)
        assert Preferences(tmp_path).now == chosen.now

    def test_a_folder_that_vanished_comes_back(self, tmp_path: Path) -> None:
        chosen = Preferences(tmp_path / "config")
        chosen.choose(theme="dark")
        assert Preferences(tmp_path / "config").now == chosen.now

    def test_processes_that_write_at_once_lose_nothing(self, tmp_path: Path) -> None:
        program = (
            "import sys\n"
            "from pathlib import Path\n"
            "from client_mvc.model.preferences import Preferences\n"
            "chosen = Preferences(Path(sys.argv[1]))\n"
            "for _ in range(int(sys.argv[2]) + 20):\n"
            "    chosen.add_recent(f'host{sys.argv[2]}:1', 'alice')\n"
            "    chosen.add_recent(f'host{sys.argv[2]}:2', 'alice')\n"
        )
        processes = [
            subprocess.Popen([sys.executable, "-c", program, tmp_path, str(each)], cwd=ROOT)
            for each in range(RECENT // 2)
        ]
        assert [each.wait(60) for each in processes] == [0] * len(processes)
        assert len(Preferences(tmp_path).now.recent) == RECENT
