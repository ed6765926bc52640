"""Files above the composer, what the room takes, pictures, files that others open."""

from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET, structs

from client_mvc.controller.files import pictures
from client_mvc.network import api, api_files
from client_mvc.view.contract.items import FileCard
from client_mvc.view.contract.values import UploadRow
from shared import messages
from shared.problems import Problem
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import AT, said, shared, welcome

PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)


def taking(client: Client, files: str = "any", most: int = 1000) -> Client:
    client.connect()
    made = structs.replace(welcome(), limits=messages.Limits(8000, most, files, 3600.0))
    client.hear(api.Welcomed(made, False), api.CaughtUp())
    return client


def written(folder: Path, name: str, data: bytes = b"text") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def picture(seq: int, id: str, **more: Any) -> messages.Shared:
    made = shared(seq, id=id, called=f"{id}.png")
    assert made.file
    facts = {"type": "image/png", "width": 100, "height": 50, "thumb": f"/thumbs/{id}"}
    return structs.replace(made, file=structs.replace(made.file, **{**facts, **more}))


class TestRow:
    def test_enter_sends_files_and_text(self, client: Client, tmp_path: Path) -> None:
        taking(client)
        a, b = written(tmp_path, "a.txt"), written(tmp_path, "b.png", PNG)
        client.intents.attachments.add([a, b, a])
        first, second = client.screen.attachments
        assert (first.name, first.size, first.preview) == ("a.txt", "4 bytes", b"")
        assert (second.name, second.preview) == ("b.png", PNG)
        client.intents.attachments.remove(first.key)
        assert client.intents.composer.send("look")
        assert [path for _key, path in client.network.uploads] == [b]
        assert [each.text for each in client.network.sent] == ["look"]
        assert client.screen.attachments == []
        assert not client.intents.composer.send("")

    def test_files_alone(self, client: Client, tmp_path: Path) -> None:
        taking(client).intents.attachments.add([written(tmp_path, "a.txt")])
        assert client.intents.composer.send("")
        assert len(client.network.uploads) == 1

    def test_what_the_room_refuses_stays_with_the_reason(
        self, client: Client, tmp_path: Path
    ) -> None:
        taking(client, "text").intents.attachments.add([written(tmp_path, "b.png", PNG)])
        (row,) = client.screen.attachments
        assert row.problem == "This file is not text. This room accepts text files only."
        assert not client.intents.composer.send("look")
        assert client.banner == row.problem
        assert (client.network.uploads, client.network.sent) == ([], [])

    def test_a_text_that_is_too_long_keeps_them(self, client: Client, tmp_path: Path) -> None:
        taking(client).intents.attachments.add([written(tmp_path, "a.txt")])
        assert not client.intents.composer.send("x" * 9000)
        assert len(client.screen.attachments) == 1

    def test_what_was_pasted_is_on_disk_until_it_is_shared(self, client: Client) -> None:
        taking(client, most=100_000).intents.attachments.add_picture(PNG)
        client.intents.attachments.add_text("long " * 3000)
        assert client.screen.question is not None
        assert "15,000" in client.screen.question.text
        client.screen.agree()
        assert [each.name for each in client.screen.attachments] == ["pasted.png", "pasted.txt"]
        client.intents.composer.send("")
        (key, path), (other, text) = client.network.uploads
        assert path.read_bytes() == PNG
        assert text.read_text() == "long " * 3000
        client.hear(api_files.UploadDone(key))
        assert not path.exists()
        client.intents.files.cancel(other)
        assert not text.exists()

    def test_outside_a_room_there_are_none(self, client: Client, tmp_path: Path) -> None:
        client.intents.attachments.add([written(tmp_path, "a.txt")])
        client.intents.attachments.add_picture(PNG)
        assert client.screen.attachments == ()
        assert "not in a room" in client.banner


class TestKept:
    def again(self, client: Client, folder: Path) -> Client:
        """Quit, and join the same room after a restart."""
        client.intents.quit()
        client.hear(api.MembershipEnded("left", clean=True))
        assert client.screen.closed
        client.model.close()
        return taking(Client(folder), most=100_000)

    def test_they_are_above_the_field_again_after_a_restart(
        self, client: Client, tmp_path: Path
    ) -> None:
        taking(client, most=100_000)
        path = written(tmp_path, "a.txt")
        client.intents.attachments.add([path])
        client.intents.attachments.add_picture(PNG)
        client.intents.attachments.add([written(tmp_path, "b.txt")])
        client.intents.attachments.remove(client.screen.attachments[2].key)
        after = self.again(client, tmp_path)
        assert [each.name for each in after.screen.attachments] == ["a.txt", "pasted.png"]
        assert after.screen.attachments[1].preview == PNG
        assert after.intents.composer.send("")
        assert after.network.uploads[0][1] == path
        assert after.network.uploads[1][1].read_bytes() == PNG
        last = self.again(after, tmp_path)
        assert not last.screen.attachments
        last.model.close()

    def test_one_that_is_gone_says_so(self, client: Client, tmp_path: Path) -> None:
        path = written(tmp_path, "a.txt")
        taking(client).intents.attachments.add([path])
        path.unlink()
        after = self.again(client, tmp_path)
        (row,) = after.screen.attachments
        assert (row.name, row.problem) == ("a.txt", "This file does not exist any more.")
        assert not after.intents.composer.send("look")
        assert after.network.sent == []
        after.model.close()

    def test_each_room_has_its_own(self, client: Client, tmp_path: Path) -> None:
        for server in ("one:1", "two:2", "one:1"):
            client.connect(server=server)
            client.hear(api.Welcomed(welcome(), False))
            if not client.screen.attachments:
                name = server.partition(":")[0]
                client.intents.attachments.add([written(tmp_path, f"{name}.txt")])
            names = [each.name for each in client.screen.attachments]
            assert names == [f"{server.partition(':')[0]}.txt"]
            client.intents.membership.leave()
            client.hear(api.MembershipEnded("left", clean=True))

    def test_a_file_is_never_both_queued_and_above_the_field(
        self, client: Client, tmp_path: Path
    ) -> None:
        taking(client).intents.attachments.add([written(tmp_path, "a.txt")])
        box = client.model.box
        assert box is not None
        # Had the program ended behind this, the controller had not yet cleared the row.
        box.queue_uploads([("k", tmp_path / "a.txt")])
        client.model.close()
        after = Client(tmp_path)
        after.connect()
        assert not after.screen.attachments
        after.model.close()


class TestRefused:
    @pytest.mark.parametrize(
        ("files", "data", "reason"),
        [
            ("text", PNG, "not text"),
            ("text", b"a\0b", "not text"),
            ("pictures", b"PK\x03\x04\0", "text files and pictures only"),
            ("any", b"x" * 1001, "accepts 1,000 bytes at most"),
        ],
    )
    def test_at_once(
        self, client: Client, tmp_path: Path, files: str, data: bytes, reason: str
    ) -> None:
        taking(client, files).intents.files.share([written(tmp_path, "a.txt", data)])
        assert reason in client.banner
        assert client.banner.startswith("a.txt")
        assert client.network.uploads == []

    @pytest.mark.parametrize(
        ("files", "name", "data"),
        [
            ("text", "a.txt", "größer".encode()),
            ("text", "a.txt", "größer".encode("utf-16")),
            ("pictures", "a.png", PNG),
            ("pictures", "a.webp", b"RIFF\0\0\0\0WEBP"),
            ("tomorrow", "a.zip", b"PK\0"),
        ],
    )
    def test_what_the_room_takes_is_sent(
        self, client: Client, tmp_path: Path, files: str, name: str, data: bytes
    ) -> None:
        taking(client, files).intents.files.share([written(tmp_path, name, data)])
        assert len(client.network.uploads) == 1

    def test_the_dialog_says_beforehand(self, client: Client) -> None:
        taking(client, "pictures", 2 * 1024 * 1024)
        assert client.screen.choosers.hint == (
            "This room takes pictures and text files of up to 2 MB."
        )

    def test_by_the_server_offers_no_retry_and_is_not_back(
        self, client: Client, tmp_path: Path
    ) -> None:
        path = written(tmp_path, "a.txt")
        taking(client).intents.files.share([path])
        ((key, _),) = client.network.uploads
        client.hear(api_files.UploadFailed(key, Problem("not_text")))
        (row,) = client.screen.uploads
        note = "This file is not text. This room accepts text files only."
        assert row == UploadRow(key, "a.txt", "", "failed", 0.0, note, retry=False)
        client.intents.files.retry(key)
        assert len(client.network.uploads) == 1
        client.model.close()
        after = Client(tmp_path)
        taking(after)
        assert after.screen.uploads == []
        after.model.close()


class TestPictures:
    def test_small_copies_are_loaded_once(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pictures, "KEPT_BYTES", 10)
        taking(client).events(picture(1, "a"), picture(2, "b"))
        for _ in range(2):
            client.intents.pictures.need("a")
        assert client.network.pictures == [("a", False)]
        client.hear(api_files.PictureFetched("a", b"12345678"))
        assert client.screen.thumbnails == {"a": b"12345678"}
        client.intents.pictures.need("a")
        assert len(client.network.pictures) == 1
        client.intents.pictures.need("b")
        client.hear(api_files.PictureFetched("b", b"12345678"))
        client.intents.pictures.need("a")
        assert client.network.pictures == [("a", False), ("b", False), ("a", False)]
        client.hear(api_files.PictureFetchFailed("a", Problem("gone")))
        assert client.screen.thumbnails["a"] == b""

    def test_the_viewer_goes_through_them(self, client: Client, tmp_path: Path) -> None:
        taking(client).events(picture(1, "a"), said(2), picture(3, "b", type="image/heic"))
        client.events(picture(4, "c"))
        client.intents.pictures.open("a")
        view = client.screen.viewed
        assert view is not None
        assert (view.name, view.facts, view.path) == ("a.png", "100 × 50, 5 bytes", None)  # noqa: RUF001
        assert (view.before, view.after) == (False, True)
        client.hear(api_files.PictureFetched("a", path=tmp_path))
        assert client.screen.viewed is not None
        assert client.screen.viewed.path == tmp_path
        client.intents.pictures.step(1)
        assert client.network.pictures == [("a", True), ("c", True)]
        client.hear(api_files.PictureFetchFailed("c", Problem("gone"), whole=True))
        assert client.screen.viewed is not None
        assert client.screen.viewed.problem == "The file was removed on the server."
        client.intents.pictures.step(1)
        assert len(client.network.pictures) == 2

    def test_a_deleted_one_closes_the_viewer(self, client: Client) -> None:
        from shared.moderation import Deleted

        taking(client).events(picture(1, "a"))
        client.intents.pictures.open("a")
        client.events(Deleted(seq=2, at=AT, name="bob", target=1))
        assert client.screen.viewed is None


class TestOpening:
    def test_what_can_run_only_after_a_question(self, client: Client, tmp_path: Path) -> None:
        taking(client).events(
            picture(1, "a", type="application/octet-stream", name="setup.exe", thumb=UNSET)
        )
        card = client.screen.items[-1]
        assert isinstance(card, FileCard)
        assert card.kind == "program"
        client.intents.files.open("a")
        assert client.network.downloads == []
        assert client.screen.question is not None
        assert client.screen.question.title == "Open with the system's program?"
        client.screen.agree()
        (wanted,) = client.network.downloads
        client.hear(api_files.DownloadDone(wanted.key, wanted.target))
        assert client.opened_files == [wanted.target]
        client.intents.quit()
        client.hear(api.MembershipEnded("left"))
        assert not wanted.target.parent.exists()

    def test_a_program_that_begins_like_a_sound_is_shown_as_one(self, client: Client) -> None:
        named = {"type": "audio/mpeg", "name": "song.exe", "thumb": UNSET}
        taking(client).events(picture(1, "a", **named))
        card = client.screen.items[-1]
        assert isinstance(card, FileCard)
        assert card.kind == "program"

    @pytest.mark.parametrize("name", ["song.html", "song.py", "song", "song.ogg.svg"])
    def test_a_name_counts_and_not_what_the_content_begins_like(
        self, client: Client, name: str
    ) -> None:
        taking(client).events(picture(1, "a", type="audio/mpeg", name=name, thumb=UNSET))
        client.intents.files.open("a")
        assert client.network.downloads == []
        assert client.screen.question is not None

    def test_what_cannot_run_at_once(self, client: Client) -> None:
        song = picture(1, "a", type="audio/ogg", name="Song.OGG")
        taking(client).events(song, picture(2, "b"), shared(3))
        client.intents.files.open("a")
        (wanted,) = client.network.downloads
        client.hear(api_files.DownloadFailed(wanted.key, "Song.OGG", Problem("gone")))
        assert "removed on the server" in client.banner
        client.intents.files.open("b")
        assert client.network.pictures == [("b", True)]
        client.intents.files.open("f1")
        assert [each.id for each in client.network.fetched] == ["f1"]
