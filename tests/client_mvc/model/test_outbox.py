"""The outbox on a real disk: crashes, claims, two processes at once."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from client_mvc.model import box_file
from client_mvc.model.claim import Claimed
from client_mvc.model.outbox import Box, Outbox
from shared import limits

ROOM = "localhost:18000"


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    opened = Outbox(tmp_path)
    yield opened
    opened.close()


def texts(box: Box) -> list[str]:
    return [message.text for message in box]


def reopened(box: Box, outbox: Outbox) -> Box:
    box.close()
    return outbox.box(ROOM, "alice")


def test_messages_survive_in_order(tmp_path: Path) -> None:
    first = Outbox(tmp_path)
    box = first.box(ROOM, "alice")
    added = [box.add(text) for text in ("one", "two\n\tthree", "drei 👍")]
    box.remove(added[0].id)
    box.close()
    first.close()
    second = Outbox(tmp_path)
    box = second.box(ROOM, "alice")
    assert list(box) == added[1:]
    box.close()
    second.close()


def test_it_is_on_disk_before_add_returns(outbox: Outbox, tmp_path: Path) -> None:
    box = outbox.box(ROOM, "alice")
    box.add("hello")
    (path,) = tmp_path.glob("outbox-*.sqlite3")
    other = sqlite3.connect(path)
    assert other.execute("SELECT text FROM unsent").fetchall() == [("hello",)]
    other.close()
    box.close()


def test_files_are_for_their_owner_only(outbox: Outbox, tmp_path: Path) -> None:
    box = outbox.box(ROOM, "alice")
    box.add("secret")
    files = [each for each in tmp_path.iterdir() if each.is_file()]
    assert len(files) >= 2
    for each in files:
        assert stat.S_IMODE(each.stat().st_mode) == 0o600, each
    box.close()


def test_each_room_and_name_has_its_own_box(outbox: Outbox) -> None:
    boxes = [
        outbox.box(ROOM, "alice"),
        outbox.box(ROOM, "bob"),
        outbox.box("elsewhere:18000", "alice"),
    ]
    for number, box in enumerate(boxes):
        box.add(str(number))
    assert [texts(box) for box in boxes] == [["0"], ["1"], ["2"]]
    for box in boxes:
        box.close()


def test_the_same_name_in_another_case_is_the_same_box(outbox: Outbox) -> None:
    box = outbox.box(ROOM, "alice")
    with pytest.raises(Claimed):
        outbox.box(ROOM, "Alice")
    box.close()


def test_a_member_may_get_a_name_that_no_room_would_take(outbox: Outbox) -> None:
    """A server may send any."""
    box = outbox.box(ROOM, "alice")
    outbox.rename(box, "no\u0378name")
    box.close()
    with closing(outbox.box(ROOM, "no\u0378name")) as again:
        assert again.name == box.name


def test_failed_stays_failed_until_retried_and_goes_to_the_end(outbox: Outbox) -> None:
    box = outbox.box(ROOM, "alice")
    first, _ = box.add("first"), box.add("second")
    box.failed(first.id, "No.")
    box = reopened(box, outbox)
    assert [(each.text, each.problem) for each in box] == [("first", "No."), ("second", None)]
    again = box.retry(first.id)
    assert again is not None
    assert again.id == first.id
    box.add("third")
    box = reopened(box, outbox)
    assert texts(box) == ["second", "first", "third"]
    box.close()


def test_only_failed_messages_can_be_retried(outbox: Outbox) -> None:
    box = outbox.box(ROOM, "alice")
    assert box.retry(box.add("waiting").id) is None
    assert box.retry("unknown") is None
    box.close()


def test_a_membership_is_resumed_after_a_crash_but_not_after_leaving(outbox: Outbox) -> None:
    box = outbox.box(ROOM, "alice")
    box.welcomed("token", 80, "j1", forget=False)
    box = reopened(box, outbox)
    assert (box.token, box.journal) == ("token", "j1")
    assert box.after == 80 - limits.DEFAULT_HISTORY
    box.left()
    box = reopened(box, outbox)
    assert box.token is None
    assert box.after is None
    box.close()


def test_the_room_of_the_messages_is_known_after_leaving(outbox: Outbox) -> None:
    box = outbox.box(ROOM, "alice")
    box.welcomed("token", 80, "j1", forget=False, answers_room=True)
    box.left()
    box = reopened(box, outbox)
    assert (box.token, box.journal, box.answers_room) == (None, "j1", True)
    box.welcomed("token", 3, "j2", forget=False)
    box = reopened(box, outbox)
    assert (box.journal, box.answers_room) == ("j2", False)
    box.close()


def test_held_messages_wait_again_when_the_box_is_opened_again(outbox: Outbox) -> None:
    box = outbox.box(ROOM, "alice")
    box.add("first")
    box.hold("Another room.")
    assert [each.problem for each in box] == ["Another room."]
    box = reopened(box, outbox)
    assert [each.problem for each in box] == [None]
    box.close()


def test_messages_and_files_for_another_room_fail_for_good(outbox: Outbox) -> None:
    box = outbox.box(ROOM, "alice")
    failed = box.add("failed")
    box.failed(failed.id, "No.")
    box.add("waiting")
    box.queue_uploads([("k", Path("/tmp/a.txt"))])
    box.hold("Held.")
    box.fail_all("Earlier.", "Earlier file.")
    box = reopened(box, outbox)
    assert [each.problem for each in box] == ["No.", "Earlier."]
    assert [each.problem for each in box.uploads] == ["Earlier file."]
    box.close()


class TestAfter:
    """Where the replay must start to show whether waiting messages were sent."""

    def test_the_replay_starts_before_the_first_waiting_message(self, outbox: Outbox) -> None:
        box = outbox.box(ROOM, "alice")
        box.welcomed("token", 10, forget=False)
        failed = box.add("failed")
        box.failed(failed.id, "No.")
        box.seen(12)
        box.add("first")
        box.seen(300)
        box.add("second")
        box.save_position()
        box = reopened(box, outbox)
        assert box.after == 12
        box.left()
        box = reopened(box, outbox)
        assert box.after == 12
        box.close()

    def test_the_replay_fills_a_screen_in_any_case(self, outbox: Outbox) -> None:
        box = outbox.box(ROOM, "alice")
        box.welcomed("token", 300, forget=False)
        box.add("just now")
        assert box.after == 300 - limits.DEFAULT_HISTORY
        box.close()

    def test_another_journal_moves_the_start(self, outbox: Outbox) -> None:
        box = outbox.box(ROOM, "alice")
        box.welcomed("token", 500, forget=False)
        box.add("waiting")
        box.welcomed("other", 3, forget=True)
        box.seen(300)
        box.save_position()
        assert box.after == 3
        box = reopened(box, outbox)
        assert box.after == 3
        box.close()


def test_changes_notify(outbox: Outbox) -> None:
    box = outbox.box(ROOM, "alice")
    notified: list[int] = []
    box.changed.subscribe(lambda _: notified.append(len(box)))
    message = box.add("hello")
    box.delayed(message.id, "Later.")
    assert [each.note for each in box] == ["Later."]
    box.remove(message.id)
    box.remove(message.id)
    assert notified == [1, 1, 0]
    box.close()


def test_a_damaged_database_is_renamed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(box_file, "MOST_PROBES", 10)
    outbox = Outbox(tmp_path)
    box = outbox.box(ROOM, "alice")
    box.welcomed("t", 1, forget=False)
    box.close()
    (path,) = tmp_path.glob("outbox-*.sqlite3")
    path.write_bytes(b"this is no database, but long enough" * 100)
    box = outbox.box(ROOM, "alice")
    box.add("hello")
    box.close()
    outbox.close()
    assert len(list(tmp_path.glob("outbox-*.sqlite3.damaged-*"))) == 1
    assert "damaged" in caplog.text


def test_a_claim_that_fails_on_disk_is_not_reported_as_taken(
    outbox: Outbox, tmp_path: Path
) -> None:
    box = outbox.box(ROOM, "alice")
    (claim,) = tmp_path.glob("claim-*")
    box.close()
    claim.unlink(missing_ok=True)
    claim.mkdir()  # no file can be made there
    with pytest.raises(OSError, match="directory"):
        outbox.box(ROOM, "alice")


_HOLD = """
import sys
from pathlib import Path
from client_mvc.model.outbox import Outbox
outbox = Outbox(Path(sys.argv[1]))
box = outbox.box("localhost:18000", sys.argv[2])
for number in range(int(sys.argv[3])):
    box.add(f"{sys.argv[2]} {number}")
print("done", flush=True)
sys.stdin.read()
"""


def process(folder: Path, name: str, messages: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(folder), name, str(messages)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )


def ended(one: subprocess.Popen[str]) -> None:
    one.communicate(timeout=30)


def test_processes_with_different_names_write_at_the_same_time(tmp_path: Path) -> None:
    running = [process(tmp_path, name, 40) for name in ("alice", "bob", "carol")]
    for one in running:
        assert one.stdout is not None
        assert one.stdout.readline() == "done\n"
    for one in running:
        ended(one)
    outbox = Outbox(tmp_path)
    for name in ("alice", "bob", "carol"):
        box = outbox.box(ROOM, name)
        assert texts(box) == [f"{name} {number}" for number in range(40)]
        box.close()
    outbox.close()


def test_a_process_that_hangs_during_a_write_blocks_no_other(outbox: Outbox) -> None:
    hung, other = outbox.box(ROOM, "alice"), outbox.box(ROOM, "bob")
    hung._database.execute("BEGIN EXCLUSIVE")
    other._database.execute("PRAGMA busy_timeout = 0")
    other.add("hello")
    assert texts(other) == ["hello"]
    hung.close()
    other.close()


def test_a_killed_process_frees_its_box(tmp_path: Path, outbox: Outbox) -> None:
    holder = process(tmp_path, "alice", 1)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "done\n"
    with pytest.raises(Claimed):
        outbox.box(ROOM, "alice")
    os.kill(holder.pid, 9)
    ended(holder)
    box = outbox.box(ROOM, "alice")
    assert texts(box) == ["alice 0"]
    box.close()


def test_the_upload_queue_survives_in_order(outbox: Outbox) -> None:
    box = outbox.box(ROOM, "alice")
    box.welcomed("token", 10, forget=False)
    box.queue_uploads((key, Path(f"/tmp/{key}")) for key in "abcd")
    box.uploads.failed("a", "No.")
    box.uploads.failed("b", "No.")
    box.uploads.retry("b")
    box.uploads.remove("c", "unknown")
    kept = list(box.uploads)
    assert [(file.key, file.problem) for file in kept] == [
        ("a", "No."),
        ("d", None),
        ("b", None),
    ]
    box = reopened(box, outbox)
    assert list(box.uploads) == kept
    box.seen(300)
    assert box.after == 10
    box.welcomed("other", 3, forget=True)
    box.seen(300)
    assert box.after == 3
    box.uploads.remove("d", "b")
    box = reopened(box, outbox)
    assert [file.after for file in box.uploads] == [3]
    assert box.after == 0, "only what failed is left, which needs no replay"
    box.close()
