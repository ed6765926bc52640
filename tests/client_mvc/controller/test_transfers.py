"""Files as the controller handles them: uploads, single files, all of them saved."""

import os
from pathlib import Path

import pytest
from msgspec import structs

from client_mvc.network import api, api_files
from client_mvc.view.contract.values import Banner, SavingRow, UploadRow
from client_mvc.view.contract.windows import FileText
from shared import messages
from shared.identity import ServerIdentity
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import ADDRESS, failure, said, shared, welcome


class TestUploads:
    def test_an_upload_from_start_to_end(self, inside: Client) -> None:
        inside.intents.files.share([Path("/tmp/a.txt"), Path("/tmp/b.txt")])
        (a, _), (b, _) = inside.network.uploads
        assert inside.screen.uploads == [UploadRow(a, "a.txt"), UploadRow(b, "b.txt")]
        inside.hear(api_files.UploadSize(a, 2458), api_files.UploadProgress(a, 0.5))
        inside.hear(api_files.UploadFailed(b, failure("Too large.")))
        assert inside.screen.uploads == [
            UploadRow(a, "a.txt", "2.4 KB", "sending", 0.5),
            UploadRow(b, "b.txt", "", "failed", 0.0, "Too large."),
        ]
        inside.hear(api_files.UploadDone(a))
        inside.intents.files.cancel(b)
        assert inside.screen.uploads == []
        assert inside.network.asked == [f"cancel {b}"]

    def test_an_interrupted_upload_shows_why_and_continues(self, inside: Client) -> None:
        inside.intents.files.share([Path("/tmp/a.txt")])
        ((a, _),) = inside.network.uploads
        inside.hear(
            api_files.UploadProgress(a, 0.5),
            api_files.UploadRetrying(a, failure("It is lost.")),
        )
        assert inside.screen.uploads == [
            UploadRow(a, "a.txt", "", "retrying", 0.0, "It is lost.")
        ]
        inside.hear(api_files.UploadProgress(a, 0.1))
        assert inside.screen.uploads == [UploadRow(a, "a.txt", "", "sending", 0.1)]

    def test_running_and_failed_uploads_stand_before_waiting_ones(self, inside: Client) -> None:
        inside.intents.files.share([Path(f"/tmp/{name}") for name in "abcd"])
        a, b, c, d = (key for key, _ in inside.network.uploads)
        inside.hear(api_files.UploadFailed(b, failure("No.")), api_files.UploadProgress(c, 0.5))
        assert [row.key for row in inside.screen.uploads] == [c, b, a, d]

    def test_a_failed_upload_is_tried_again_under_its_key(self, inside: Client) -> None:
        inside.intents.files.share([Path("/tmp/a.txt")])
        ((a, path),) = inside.network.uploads
        inside.intents.files.retry(a)  # it has not failed: nothing to retry
        inside.hear(api_files.UploadFailed(a, failure("No.")))
        inside.intents.files.retry(a)
        assert inside.network.uploads == [(a, path), (a, path)]
        assert inside.screen.uploads == [UploadRow(a, "a.txt")]

    def test_failed_uploads_are_removed_together(self, inside: Client) -> None:
        inside.intents.files.share([Path(f"/tmp/{name}") for name in "abc"])
        a, b, c = (key for key, _ in inside.network.uploads)
        inside.hear(
            api_files.UploadFailed(a, failure("No.")), api_files.UploadFailed(c, failure("No."))
        )
        inside.intents.files.clear_failed()
        assert [row.key for row in inside.screen.uploads] == [b]

    def test_a_shared_event_ends_its_upload_even_a_failed_one(self, inside: Client) -> None:
        inside.intents.files.share([Path("/tmp/a.txt")])
        ((a, _),) = inside.network.uploads
        inside.hear(api_files.UploadFailed(a, failure("The connection broke.")))
        inside.events(shared(1, name="alice", key=a))
        assert inside.screen.uploads == []

    def test_outside_a_room_nothing_is_shared(self, client: Client) -> None:
        client.intents.files.share([Path("/tmp/a.txt")])
        assert "not in a room" in client.banner
        assert client.network.uploads == []


class TestLeftOver:
    """Uploads that were not complete when the room was left or the program ended."""

    def test_they_start_again_when_the_room_is_joined_again(self, inside: Client) -> None:
        inside.intents.files.share([Path("/tmp/a.txt"), Path("/tmp/b.txt")])
        (a, path), (b, _) = inside.network.uploads
        inside.hear(api_files.UploadDone(b))
        inside.hear(api.MembershipEnded("replaced", failure("Another window took this place.")))
        assert inside.screen.uploads == []
        assert "1 file not shared, kept for next time." in inside.banner
        inside.join()
        assert inside.screen.uploads == [UploadRow(a, "a.txt")]
        assert len(inside.network.uploads) == 2, "not before the room showed what it has"
        inside.hear(api.CaughtUp())
        assert inside.network.uploads[2:] == [(a, path)]
        inside.hear(api.Disconnected(failure("Gone."), 1, 0.0), api.CaughtUp())
        assert len(inside.network.uploads) == 3, "only once: the network goes on by itself"

    def test_they_are_listed_again_after_a_crash(self, inside: Client, tmp_path: Path) -> None:
        names = [Path("/tmp/waits.txt"), Path(os.fsdecode(b"/tmp/no text \xff")), Path("c")]
        inside.intents.files.share(names)
        (a, _), (b, _), (c, _) = inside.network.uploads
        inside.hear(
            api_files.UploadProgress(a, 0.5), api_files.UploadFailed(c, failure("Too large."))
        )
        inside.model.close()  # and nothing else: it was killed
        after = Client(tmp_path)
        after.join()
        after.hear(api.CaughtUp())
        assert after.network.uploads == [(a, names[0]), (b, names[1])]
        assert [(row.key, row.state, row.note) for row in after.screen.uploads] == [
            (c, "failed", "Too large."),
            (a, "waiting", ""),
            (b, "waiting", ""),
        ]
        after.intents.files.retry(c)
        assert after.network.uploads[2:] == [(c, Path("c").absolute())]
        after.model.close()

    def test_a_file_that_the_server_has_is_not_shared_again(
        self, inside: Client, tmp_path: Path
    ) -> None:
        inside.events(said(1), said(2))
        inside.intents.files.share([Path("/tmp/a.txt")])
        ((a, _),) = inside.network.uploads
        inside.events(*(said(seq) for seq in range(3, 200)))
        inside.pass_time(5)  # its place is on disk now
        inside.model.close()
        after = Client(tmp_path)
        after.connect()
        assert after.network.joins[-1].after == 2, "the replay begins before it"
        after.hear(api.Welcomed(welcome(199), False))
        after.events(shared(3, name="alice", key=a))
        after.hear(api.CaughtUp())
        assert after.network.uploads == []
        assert after.screen.uploads == []
        after.model.close()
        third = Client(tmp_path)
        third.join()
        assert third.screen.uploads == []
        third.model.close()

    def test_cancelled_uploads_do_not_come_back(self, inside: Client, tmp_path: Path) -> None:
        inside.intents.files.share([Path(f"/tmp/{name}") for name in "abc"])
        a, b, c = (key for key, _ in inside.network.uploads)
        inside.intents.files.cancel(a)
        inside.hear(api_files.UploadFailed(b, failure("No.")))
        inside.intents.files.clear_failed()
        inside.model.close()
        after = Client(tmp_path)
        after.join()
        assert [row.key for row in after.screen.uploads] == [c]
        after.model.close()

    def test_they_are_not_for_another_room(self, inside: Client) -> None:
        inside.intents.files.share([Path("/tmp/a.txt")])
        inside.connect(server="elsewhere:18000")
        inside.hear(api.Welcomed(welcome(), False), api.CaughtUp())
        assert inside.screen.uploads == []
        assert len(inside.network.uploads) == 1

    def test_in_another_room_at_that_address_they_wait_for_the_person(
        self, inside: Client
    ) -> None:
        inside.intents.files.share([Path("/tmp/a.txt")])
        ((key, path),) = inside.network.uploads
        inside.find_another_room()
        note = "This file was for an earlier room. Retry to share it here."
        assert [(row.state, row.note) for row in inside.screen.uploads] == [("failed", note)]
        inside.intents.files.retry(key)
        assert inside.network.uploads == [(key, path)]
        inside.intents.banner.act()
        inside.screen.agree()
        inside.hear(api.Welcomed(welcome(journal="j2"), False), api.CaughtUp())
        assert inside.screen.uploads == [UploadRow(key, "a.txt", "", "failed", 0.0, note)]
        assert len(inside.network.uploads) == 1
        inside.intents.files.retry(key)
        assert inside.network.uploads[1:] == [(key, path)]

    def test_a_full_disk_is_shown_and_stops_no_upload(
        self, inside: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert inside.model.box is not None
        inside.model.box.uploads._database.execute("PRAGMA query_only = ON")
        inside.intents.files.share([Path("/tmp/a.txt")])
        assert "Your messages cannot be saved: Chatroom may not" in inside.banner
        assert len(inside.network.uploads) == 1
        assert "outbox not written" in caplog.text
        inside.model.box.uploads._database.execute("PRAGMA query_only = OFF")


class TestFiles:
    def test_save_and_open(self, inside: Client) -> None:
        event = shared(1)
        inside.events(event)
        inside.intents.files.save("f1", Path("/tmp/target"))
        inside.intents.files.open("f1")
        (wanted,) = inside.network.downloads
        assert (wanted.file, wanted.target, wanted.replace) == (
            event.file,
            Path("/tmp/target"),
            True,
        )
        assert inside.network.fetched == [event.file]
        inside.hear(api_files.DownloadDone(wanted.key, Path("/tmp/target")))
        assert inside.screen.shown_banner == Banner("good", "Saved as /tmp/target.")
        inside.hear(
            api_files.DownloadFailed("k", "notes.txt", failure("the room no longer has it."))
        )
        assert "no longer has it" in inside.banner

    def test_a_file_to_read(self, inside: Client) -> None:
        file = shared(1, size=2458).file
        assert isinstance(file, messages.File)
        inside.hear(api_files.FileFetched(file, "hello", "cp1252", False))
        assert inside.screen.files == [FileText("f1", "notes.txt", "2.4 KB, cp1252", "hello")]
        inside.hear(api_files.FileFetched(file, "hel", "utf-8", True))
        assert "Save it" in inside.screen.files[-1].note
        inside.hear(
            api_files.FileFetchFailed("notes.txt", failure("the room no longer has it."))
        )
        assert "no longer has it" in inside.banner

    def test_while_another_room_is_joined_files_come_from_their_own_server(
        self, inside: Client
    ) -> None:
        inside.events(shared(1))
        inside.connect(server="elsewhere:18000")
        inside.intents.files.save("f1", Path("/tmp/target"))
        inside.intents.save_all.start(Path("/tmp/all"))
        inside.hear(api.MembershipEnded("unreachable", failure("Nothing answers.")))
        inside.intents.files.save("f1", Path("/tmp/target"))
        assert inside.network.downloaded_from == [ServerIdentity(ADDRESS)] * 3

    @pytest.mark.parametrize("answers_room", [True, False])
    def test_they_come_from_the_room_of_the_conversation_only(
        self, client: Client, *, answers_room: bool
    ) -> None:
        """A server of version 0.1 does not say which room it is."""
        client.connect()
        room = messages.RoomInfo(
            room="lobby", journal="j1", features=[], password=False, active=0, max_users=3
        )
        client.hear(
            api.RoomFound(room if answers_room else None, known=True),
            api.Welcomed(welcome(journal="j1"), False),
            api.CaughtUp(),
        )
        client.events(shared(1))
        client.find_another_room("j2")
        client.intents.files.save("f1", Path("/tmp/target"))
        client.intents.files.open("f1")
        client.intents.save_all.start(Path("/tmp/all"))
        journal = "j1" if answers_room else ""
        assert client.network.downloaded_room == [journal] * 3

    def test_its_link_is_copied(self, inside: Client) -> None:
        inside.events(shared(1))
        inside.intents.files.copy_link("f1")
        assert inside.screen.clipboard == "http://localhost:18000/files/f1/notes.txt"

    @pytest.mark.parametrize(
        "url", ["@evil.example/x", "/files/a/b\nc", "//evil.example/files/a/b", "/files/a/.."]
    )
    def test_a_link_that_is_none_of_the_room_is_not_copied(
        self, inside: Client, url: str
    ) -> None:
        event = shared(1)
        assert isinstance(event.file, messages.File)
        inside.events(structs.replace(event, file=structs.replace(event.file, url=url)))
        inside.intents.files.copy_link("f1")
        assert inside.screen.clipboard == ""
        assert inside.banner == "The server sent no usable link to the file."

    def test_an_unknown_file(self, inside: Client) -> None:
        inside.intents.files.save("unknown", Path("/tmp/target"))
        inside.intents.files.copy_link("unknown")
        assert "no longer in the loaded" in inside.banner
        assert inside.network.downloads == []
        assert inside.screen.clipboard == ""


class TestSavingAll:
    @pytest.fixture
    def three(self, inside: Client) -> Client:
        inside.events(*(shared(n, id=f"f{n}", called=f"{n}.txt") for n in (1, 2, 3)))
        inside.intents.save_all.start(Path("/tmp/all"))
        return inside

    def last(self, client: Client) -> api_files.DownloadRequest:
        return client.network.downloads[-1]

    def test_one_after_the_other_without_overwriting(self, three: Client) -> None:
        for number in (1, 2, 3):
            wanted = self.last(three)
            assert len(three.network.downloads) == number
            assert (wanted.target, wanted.replace) == (Path(f"/tmp/all/{number}.txt"), False)
            three.hear(api_files.DownloadProgress(wanted.key, 0.5))
            assert three.screen.saving is not None
            assert three.screen.saving.text == f"Saving {number} of 3 files in /tmp/all"
            assert three.screen.saving.fraction == pytest.approx((number - 0.5) / 3)
            three.hear(api_files.DownloadDone(wanted.key, wanted.target))
        assert three.screen.saving is None
        assert three.screen.shown_banner == Banner("good", "3 files saved in /tmp/all.")

    @pytest.mark.parametrize(
        ("called", "saved"),
        [
            ("../../.bashrc", "bashrc"),
            ("setup.exe", "setup.exe.txt"),
            ("x.desktop", "x.desktop.txt"),
            ("$(id).txt", "_(id).txt"),
            ("photo\u202egnp.txt", "photognp.txt"),
            ("-rf", "rf"),
            ("...", "file"),
        ],
    )
    def test_whatever_name_the_server_sent(
        self, inside: Client, called: str, saved: str
    ) -> None:
        inside.events(shared(1, called=called))
        inside.intents.save_all.start(Path("/tmp/all"))
        assert self.last(inside).target == Path("/tmp/all") / saved

    def test_failures_stay_and_are_tried_again(self, three: Client) -> None:
        first = self.last(three)
        three.hear(
            api_files.DownloadFailed(first.key, "1.txt", failure("the room no longer has it."))
        )
        for _ in range(2):
            three.hear(api_files.DownloadDone(self.last(three).key, Path("x")))
        assert three.screen.saving == SavingRow(
            "1 of 3 files not saved in /tmp/all",
            1.0,
            "1.txt (the room no longer has it)",
            over=True,
        )
        three.intents.save_all.retry()
        assert self.last(three).target == Path("/tmp/all/1.txt")
        three.hear(api_files.DownloadDone(self.last(three).key, Path("x")))
        assert three.screen.saving is None

    def test_it_can_be_stopped(self, three: Client) -> None:
        three.hear(api_files.DownloadDone(self.last(three).key, Path("x")))
        current = self.last(three)
        three.intents.save_all.stop()
        assert three.network.asked == [f"cancel {current.key}"]
        assert three.screen.saving is None
        assert three.banner == "Stopped: 1 of 3 files saved."

    def test_the_row_of_failures_can_be_removed(self, three: Client) -> None:
        for _ in range(3):
            three.hear(api_files.DownloadFailed(self.last(three).key, "x", failure("no.")))
        three.intents.save_all.stop()
        assert three.screen.saving is None
        assert "Stopped" not in three.banner

    def test_only_one_run_at_a_time(self, three: Client) -> None:
        three.intents.save_all.start(Path("/tmp/other"))
        assert "already" in three.banner
        assert len(three.network.downloads) == 1

    def test_without_a_file_there_is_nothing_to_do(self, inside: Client) -> None:
        inside.intents.save_all.start(Path("/tmp/all"))
        assert "No file" in inside.banner

    @pytest.mark.parametrize(
        ("called", "saved"),
        [
            ("../../.bashrc", "bashrc"),
            ("..\\..\\evil.txt", "evil.txt"),
            ("/etc/passwd", "passwd"),
            ("..", "file"),
            ("", "file"),
            ("CON", "CON_"),
            ("größe 👍.txt", "größe 👍.txt"),
        ],
    )
    def test_no_file_name_leaves_the_folder(
        self, inside: Client, called: str, saved: str
    ) -> None:
        inside.events(shared(1, called=called))
        inside.intents.save_all.start(Path("/tmp/all"))
        assert self.last(inside).target == Path("/tmp/all") / saved
