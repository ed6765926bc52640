"""Files as the controller handles them: uploads, single files, all of them saved."""

from pathlib import Path

import pytest

from client_mvc import news
from client_mvc.view.shapes import Banner, FileText, SavingRow, UploadRow
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import shared


class TestUploads:
    def test_from_wish_to_done(self, inside: Client) -> None:
        inside.controller.share([Path("/tmp/a.txt"), Path("/tmp/b.txt")])
        (a, _), (b, _) = inside.network.uploads
        assert inside.screen.uploads == [UploadRow(a, "a.txt"), UploadRow(b, "b.txt")]
        inside.hear(news.UploadSize(a, 2458), news.UploadProgress(a, 0.5))
        inside.hear(news.UploadFailed(b, "Too large."))
        assert inside.screen.uploads == [
            UploadRow(a, "a.txt", "2.4 KB", "sending", 0.5),
            UploadRow(b, "b.txt", "", "failed", 0.0, "Too large."),
        ]
        inside.hear(news.UploadDone(a))
        inside.controller.cancel_upload(b)
        assert inside.screen.uploads == []
        assert inside.network.asked == [f"cancel {b}"]

    def test_the_row_says_that_the_connection_is_lost_and_goes_on(self, inside: Client) -> None:
        inside.controller.share([Path("/tmp/a.txt")])
        ((a, _),) = inside.network.uploads
        inside.hear(news.UploadProgress(a, 0.5), news.UploadRetrying(a, "It is lost."))
        assert inside.screen.uploads == [
            UploadRow(a, "a.txt", "", "retrying", 0.0, "It is lost.")
        ]
        inside.hear(news.UploadProgress(a, 0.1))
        assert inside.screen.uploads == [UploadRow(a, "a.txt", "", "sending", 0.1)]

    def test_what_is_sent_and_what_failed_stand_before_what_waits(self, inside: Client) -> None:
        inside.controller.share([Path(f"/tmp/{name}") for name in "abcd"])
        a, b, c, d = (key for key, _ in inside.network.uploads)
        inside.hear(news.UploadFailed(b, "No."), news.UploadProgress(c, 0.5))
        assert [row.key for row in inside.screen.uploads] == [c, b, a, d]

    def test_a_failed_one_is_tried_again_under_its_key(self, inside: Client) -> None:
        inside.controller.share([Path("/tmp/a.txt")])
        ((a, path),) = inside.network.uploads
        inside.controller.retry_upload(a)  # it has not failed: nothing to retry
        inside.hear(news.UploadFailed(a, "No."))
        inside.controller.retry_upload(a)
        assert inside.network.uploads == [(a, path), (a, path)]
        assert inside.screen.uploads == [UploadRow(a, "a.txt")]

    def test_failed_ones_are_cleared_together(self, inside: Client) -> None:
        inside.controller.share([Path(f"/tmp/{name}") for name in "abc"])
        a, b, c = (key for key, _ in inside.network.uploads)
        inside.hear(news.UploadFailed(a, "No."), news.UploadFailed(c, "No."))
        inside.controller.clear_failed_uploads()
        assert [row.key for row in inside.screen.uploads] == [b]

    def test_what_the_room_shows_is_shared_whatever_the_upload_says(
        self, inside: Client
    ) -> None:
        inside.controller.share([Path("/tmp/a.txt")])
        ((a, _),) = inside.network.uploads
        inside.hear(news.UploadFailed(a, "The connection broke."))
        inside.events(shared(1, name="alice", key=a))
        assert inside.screen.uploads == []

    def test_out_of_the_room_they_stay_to_be_tried_again_there(self, inside: Client) -> None:
        inside.controller.share([Path("/tmp/a.txt")])
        ((a, path),) = inside.network.uploads
        inside.hear(news.Ended("replaced", "Another window took this place."))
        (row,) = inside.screen.uploads
        assert (row.state, row.note) == ("failed", "You left the room before it was shared.")
        inside.controller.retry_upload(a)
        assert "no room" in inside.banner
        assert len(inside.network.uploads) == 1
        inside.join()
        inside.controller.retry_upload(a)
        assert inside.network.uploads[1:] == [(a, path)]

    def test_but_they_are_not_for_another_room(self, inside: Client) -> None:
        inside.controller.share([Path("/tmp/a.txt")])
        inside.connect(server="elsewhere:18000")
        inside.hear()
        assert inside.screen.uploads == []

    def test_in_no_room_nothing_is_shared(self, client: Client) -> None:
        client.controller.share([Path("/tmp/a.txt")])
        assert "no room" in client.banner
        assert client.network.uploads == []


class TestFiles:
    def test_save_and_open(self, inside: Client) -> None:
        event = shared(1)
        inside.events(event)
        inside.controller.save_file("f1", Path("/tmp/target"))
        inside.controller.open_file("f1")
        (wanted,) = inside.network.downloads
        assert (wanted.file, wanted.target, wanted.replace) == (
            event.file,
            Path("/tmp/target"),
            True,
        )
        assert inside.network.fetched == [event.file]
        inside.hear(news.Downloaded(wanted.key, Path("/tmp/target")))
        assert inside.screen.banner == Banner("good", "Saved as /tmp/target.")
        inside.hear(news.DownloadFailed("k", "notes.txt", "the room no longer has it."))
        assert "no longer has it" in inside.banner

    def test_a_file_to_read(self, inside: Client) -> None:
        file = shared(1, size=2458).file
        inside.hear(news.Fetched(file, "hello", "cp1252", False))
        assert inside.screen.files == [FileText("f1", "notes.txt", "2.4 KB, cp1252", "hello")]
        inside.hear(news.Fetched(file, "hel", "utf-8", True))
        assert "save it" in inside.screen.files[-1].note
        inside.hear(news.FetchFailed("notes.txt", "the room no longer has it."))
        assert "no longer has it" in inside.banner

    def test_its_link_is_copied(self, inside: Client) -> None:
        inside.events(shared(1))
        inside.controller.copy_file_link("f1")
        assert inside.screen.clipboard == "http://localhost:18000/files/f1/notes.txt"

    def test_a_file_that_is_not_known(self, inside: Client) -> None:
        inside.controller.save_file("unknown", Path("/tmp/target"))
        inside.controller.copy_file_link("unknown")
        assert "no longer known" in inside.banner
        assert inside.network.downloads == []
        assert inside.screen.clipboard == ""


class TestSavingAll:
    @pytest.fixture
    def three(self, inside: Client) -> Client:
        inside.events(*(shared(n, id=f"f{n}", called=f"{n}.txt") for n in (1, 2, 3)))
        inside.controller.save_all(Path("/tmp/all"))
        return inside

    def last(self, client: Client) -> news.Wanted:
        return client.network.downloads[-1]

    def test_one_after_the_other_and_over_none_that_is_there(self, three: Client) -> None:
        for number in (1, 2, 3):
            wanted = self.last(three)
            assert len(three.network.downloads) == number
            assert (wanted.target, wanted.replace) == (Path(f"/tmp/all/{number}.txt"), False)
            three.hear(news.DownloadProgress(wanted.key, 0.5))
            assert three.screen.saving is not None
            assert three.screen.saving.text == f"Saving {number} of 3 files in /tmp/all"
            assert three.screen.saving.fraction == pytest.approx((number - 0.5) / 3)
            three.hear(news.Downloaded(wanted.key, wanted.target))
        assert three.screen.saving is None
        assert three.screen.banner == Banner("good", "3 files saved in /tmp/all.")

    def test_failures_stay_and_are_tried_again(self, three: Client) -> None:
        first = self.last(three)
        three.hear(news.DownloadFailed(first.key, "1.txt", "the room no longer has it."))
        for _ in range(2):
            three.hear(news.Downloaded(self.last(three).key, Path("x")))
        assert three.screen.saving == SavingRow(
            "1 of 3 files not saved in /tmp/all",
            1.0,
            "1.txt (the room no longer has it)",
            over=True,
        )
        three.controller.retry_saving()
        assert self.last(three).target == Path("/tmp/all/1.txt")
        three.hear(news.Downloaded(self.last(three).key, Path("x")))
        assert three.screen.saving is None

    def test_it_can_be_stopped(self, three: Client) -> None:
        three.hear(news.Downloaded(self.last(three).key, Path("x")))
        current = self.last(three)
        three.controller.stop_saving()
        assert three.network.asked == [f"cancel {current.key}"]
        assert three.screen.saving is None
        assert three.banner == "Stopped: 1 of 3 files saved."

    def test_what_failed_can_be_put_away(self, three: Client) -> None:
        for _ in range(3):
            three.hear(news.DownloadFailed(self.last(three).key, "x", "no."))
        three.controller.stop_saving()
        assert three.screen.saving is None
        assert "Stopped" not in three.banner

    def test_not_twice_at_once(self, three: Client) -> None:
        three.controller.save_all(Path("/tmp/other"))
        assert "already" in three.banner
        assert len(three.network.downloads) == 1

    def test_without_a_file_there_is_nothing_to_do(self, inside: Client) -> None:
        inside.controller.save_all(Path("/tmp/all"))
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
    def test_no_name_leads_out_of_the_folder(
        self, inside: Client, called: str, saved: str
    ) -> None:
        inside.events(shared(1, called=called))
        inside.controller.save_all(Path("/tmp/all"))
        assert self.last(inside).target == Path("/tmp/all") / saved
