"""Files to a room on a real port, by way of the network thread."""

import asyncio
import os
import time
from pathlib import Path

import pytest
from aiohttp import web

from client_mvc.network import api, api_files, backoff, http_answers, uploads, websocket
from client_mvc.network.uploads import disposition
from shared import codec, messages
from shared.joinlink import Address
from shared.problems import NO_MAJORITY, Problem
from tests.client_mvc.conftest import BLOCKS, LARGE
from tests.client_mvc.fakes import failure, shared
from tests.client_mvc.network.fake_room import FakeRoom, HeldAnswer, answer, cut_off
from tests.client_mvc.network.wire import Wire


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "Notizen für morgen.txt"
    path.write_bytes(b"hello")
    return path


class TestUploads:
    async def test_a_file_arrives_whole(
        self, wire: Wire, room: FakeRoom, address: Address, notes: Path
    ) -> None:
        await wire.join(address)
        wire.network.upload("key", notes)
        assert (await wire.until(api_files.UploadDone)).key == "key"
        headers, body = room.posts[0]
        assert body == b"hello"
        assert headers["Authorization"] == "Bearer t1"
        assert headers["Content-Length"] == "5"
        assert headers["Idempotency-Key"] == "key"
        assert headers["Content-Disposition"] == (
            "attachment; filename*=UTF-8''Notizen%20f%C3%BCr%20morgen.txt"
        )

    async def test_files_are_uploaded_one_at_a_time_in_order(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        await wire.join(address)
        for number in range(5):
            path = tmp_path / f"{number}.txt"
            path.write_text(str(number))
            wire.network.upload(str(number), path)
        for number in range(5):
            assert (await wire.until(api_files.UploadDone)).key == str(number)
        assert [body for _, body in room.posts] == [b"0", b"1", b"2", b"3", b"4"]

    async def test_progress_grows_to_the_end(
        self, wire: Wire, room: FakeRoom, large: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(uploads, "PROGRESS_EVERY", 0.0)
        await wire.join(await room.open())
        wire.network.upload("key", large)
        await wire.until(api_files.UploadDone)
        fractions = wire.fractions()
        assert fractions == sorted(set(fractions))
        assert (fractions[0], fractions[-1]) == (0.0, 1.0)
        assert len(fractions) == 1 + BLOCKS
        assert room.posts[0][1] == LARGE

    async def test_progress_events_are_limited(
        self, wire: Wire, room: FakeRoom, large: Path
    ) -> None:
        await wire.join(await room.open())
        began = time.monotonic()
        wire.network.upload("key", large)
        await wire.until(api_files.UploadDone)
        assert len(wire.fractions()) <= 1 + (time.monotonic() - began) / uploads.PROGRESS_EVERY

    async def test_after_a_lost_answer_it_is_sent_again_under_the_same_key(
        self, wire: Wire, room: FakeRoom, address: Address, notes: Path
    ) -> None:
        await wire.join(address)
        room.post_answers = [cut_off]
        wire.network.upload("key", notes)
        await wire.until(api_files.UploadDone)
        assert [headers["Idempotency-Key"] for headers, _ in room.posts] == ["key"]

    async def test_a_lost_answer_does_not_matter_after_the_shared_event(
        self, wire: Wire, room: FakeRoom, address: Address, notes: Path
    ) -> None:
        await wire.join(address)

        async def shown_but_not_answered(request: web.Request) -> web.StreamResponse:
            event = shared(1, name="alice")
            await room.happen(
                messages.Shared(seq=1, at=event.at, name="alice", file=event.file, id="key")
            )
            return await cut_off(request)

        room.post_answers = [shown_but_not_answered]
        wire.network.upload("key", notes)
        await wire.until(api_files.UploadDone)
        assert room.posts == []

    async def test_it_waits_for_the_connection_and_uses_the_new_token(
        self, wire: Wire, room: FakeRoom, address: Address, notes: Path
    ) -> None:
        await wire.join(address)
        room.refuse = messages.Refused("bad_token", "Who?")
        room.cut()
        await wire.until(api.Disconnected)
        await wire.until(api.Disconnected)
        wire.network.upload("key", notes)
        assert (await wire.until(api_files.UploadRetrying)).problem.code == "connection_lost"
        room.refuse = None
        wire.network.reconnect_now()
        await wire.until(api_files.UploadDone)
        assert room.joins[-1].token is None
        headers, _ = room.posts[0]
        assert headers["Authorization"] == f"Bearer t{len(room.joins)}"

    @pytest.mark.parametrize(
        ("status", "body", "problem"),
        [
            (401, "", Problem("not_joined", {"rule": "files"})),
            (403, "", Problem("forbidden")),
            (403, '{"code": "muted", "reason": "Hush."}', failure("Hush.", "muted")),
            (403, '{"code": "tls_required", "reason": "No."}', Problem("tls_required")),
            (413, "", Problem("file_too_large")),
            (415, '{"code": "of tomorrow", "reason": "No."}', failure("No.")),
            (415, '{"code": "not_text", "reason": "This is no text."}', Problem("not_text")),
            (415, "", Problem("not_text")),
            (507, "", Problem("storage", {"rule": "quota"})),
            (500, "oops", Problem("http_status", {"status": 500})),
            (
                500,
                '{"reason": "' + "x" * http_answers.BODY_BYTES,
                Problem("http_status", {"status": 500}),
            ),
        ],
    )
    async def test_a_refusal_has_its_problem_and_the_next_upload_continues(
        self,
        wire: Wire,
        room: FakeRoom,
        address: Address,
        notes: Path,
        *,
        status: int,
        body: str,
        problem: Problem,
    ) -> None:
        await wire.join(address)
        room.post_answers = [answer(status, body)]
        wire.network.upload("refused", notes)
        wire.network.upload("next", notes)
        failed = await wire.until(api_files.UploadFailed)
        assert failed.key == "refused"
        assert failed.problem == problem
        assert (await wire.until(api_files.UploadDone)).key == "next"

    async def test_a_file_that_cannot_be_shared_is_not_sent(
        self, wire: Wire, room: FakeRoom, address: Address, tmp_path: Path
    ) -> None:
        await wire.join(address)
        large = tmp_path / "large.txt"
        large.write_bytes(b"x" * 1001)
        binary = tmp_path / "picture.png"
        binary.write_bytes(b"\x89PNG\r\n\0")
        (tmp_path / "nowhere").symlink_to(tmp_path / "missing")
        os.mkfifo(tmp_path / "pipe")
        for path, problem in (
            (large, Problem("too_long", {"rule": "file", "most": 1000, "have": 1001})),
            (binary, Problem("not_text")),
            (tmp_path, Problem("is_folder")),
            (tmp_path / "pipe", Problem("not_a_file")),
            (tmp_path / "missing", Problem("file_missing")),
            (tmp_path / "nowhere", Problem("file_missing")),
        ):
            wire.network.upload("key", path)
            assert (await wire.until(api_files.UploadFailed)).problem == problem
        assert room.posts == []

    async def test_a_file_that_cannot_be_shared_fails_before_its_turn(
        self, wire: Wire, room: FakeRoom, address: Address, notes: Path
    ) -> None:
        await wire.join(address)
        hold = HeldAnswer()
        room.post_answers = [hold]
        wire.network.upload("current", notes)
        await hold.began.wait()
        wire.network.upload("folder", notes.parent)
        wire.network.upload("waiting", notes)
        assert (await wire.until(api_files.UploadFailed)).key == "folder"
        sizes = [await wire.until(api_files.UploadSize)]
        assert sizes == [api_files.UploadSize("waiting", 5)]
        hold.release.set()
        done = [(await wire.until(api_files.UploadDone)).key for _ in range(2)]
        assert done == ["current", "waiting"]

    @pytest.mark.parametrize(
        ("accepted", "data", "problem"),
        [
            ("text", b"\x89PNG\r\n\x1a\n\0", Problem("not_text")),
            ("pictures", b"\x89PNG\r\n\x1a\n\0", None),
            ("pictures", b"text", None),
            ("pictures", b"%PDF-1.7\0", Problem("not_text", {"rule": "pictures"})),
            ("any", b"%PDF-1.7\0", None),
            ("what comes later", b"%PDF-1.7\0", None),
        ],
    )
    async def test_only_what_the_room_takes_is_sent(
        self, wire: Wire, tmp_path: Path, accepted: str, data: bytes, problem: Problem | None
    ) -> None:
        room, notes = FakeRoom(), tmp_path / "file"
        room.accepted = accepted
        await wire.join(await room.open())
        await asyncio.to_thread(notes.write_bytes, data)
        wire.network.upload("key", notes)
        if problem is None:
            await wire.until(api_files.UploadDone)
        else:
            assert (await wire.until(api_files.UploadFailed)).problem == problem
        assert [body for _, body in room.posts] == ([] if problem else [data])
        await room.close()

    async def test_utf_16_is_text(
        self, wire: Wire, room: FakeRoom, address: Address, notes: Path
    ) -> None:
        await wire.join(address)
        await asyncio.to_thread(notes.write_bytes, "grüß".encode("utf-16"))
        wire.network.upload("key", notes)
        await wire.until(api_files.UploadDone)

    async def test_a_busy_server_gets_the_file_again(
        self, wire: Wire, room: FakeRoom, address: Address, notes: Path
    ) -> None:
        await wire.join(address)
        reason = '{"code": "rate_limited", "reason": "At most 4 uploads at once."}'
        room.post_answers = [answer(429, reason)]
        wire.network.upload("key", notes)
        retrying = await wire.until(api_files.UploadRetrying)
        assert retrying.problem == failure("At most 4 uploads at once.", "rate_limited")
        await wire.until(api_files.UploadDone)
        assert len(room.posts) == 1

    async def test_a_busy_server_decides_how_long_to_wait(
        self,
        wire: Wire,
        room: FakeRoom,
        address: Address,
        notes: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        waits: list[float | None] = []

        def wait(_failures: int, retry_after: float | None = None) -> float:
            waits.append(retry_after)
            return 0.0

        monkeypatch.setattr(backoff, "wait", wait)
        await wire.join(address)
        in_body = '{"code": "storage", "reason": "Later.", "retry_after": 2.5}'
        room.post_answers = [answer(503, in_body), answer(429, headers={"Retry-After": "7"})]
        wire.network.upload("key", notes)
        await wire.until(api_files.UploadDone)
        assert waits == [2.5, 7.0]

    @pytest.mark.parametrize("code", ["muted", "slow", "of tomorrow"])
    async def test_a_member_who_may_not_send_now_shares_the_file_later(
        self,
        wire: Wire,
        room: FakeRoom,
        address: Address,
        notes: Path,
        monkeypatch: pytest.MonkeyPatch,
        *,
        code: str,
    ) -> None:
        waits: list[float | None] = []

        def wait(_failures: int, retry_after: float | None = None) -> float:
            waits.append(retry_after)
            return 0.0

        monkeypatch.setattr(backoff, "wait", wait)
        monkeypatch.setattr(backoff, "TRANSFER_ATTEMPTS", 3)
        await wire.join(address)
        later = answer(403, f'{{"code": "{code}", "reason": "Not now.", "retry_after": 60}}')
        room.post_answers = [later] * 5
        wire.network.upload("key", notes)
        wire.network.upload("next", notes)
        retrying = await wire.until(api_files.UploadRetrying)
        assert retrying.problem == Problem(code, {"reason": "Not now."}, 60)
        assert [(await wire.until(api_files.UploadDone)).key for _ in range(2)] == [
            "key",
            "next",
        ]
        assert waits == [60] * 5

    async def test_a_room_without_a_majority_gets_the_file_when_it_has_one(
        self,
        wire: Wire,
        room: FakeRoom,
        address: Address,
        notes: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(backoff, "wait", lambda *_: 0.0)
        monkeypatch.setattr(backoff, "TRANSFER_ATTEMPTS", 3)
        await wire.join(address)
        body = codec.encode(messages.error(NO_MAJORITY)).decode()
        room.post_answers = [answer(503, body)] * 5
        wire.network.upload("key", notes)
        assert (await wire.until(api_files.UploadRetrying)).problem == NO_MAJORITY
        await wire.until(api_files.UploadDone)
        assert room.posts[0][0]["Idempotency-Key"] == "key"

    async def test_an_upload_fails_after_too_many_attempts(
        self,
        wire: Wire,
        room: FakeRoom,
        address: Address,
        notes: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(backoff, "wait", lambda *_, **__: 0.0)
        monkeypatch.setattr(backoff, "TRANSFER_ATTEMPTS", 3)
        await wire.join(address)
        room.post_answers = [cut_off] * 3
        wire.network.upload("key", notes)
        failed = await wire.until(api_files.UploadFailed)
        assert failed.problem == Problem("connection_lost")

    def test_the_attempts_last_longer_than_a_dead_connection_goes_unnoticed(self) -> None:
        waits = [backoff.wait(failures) for failures in range(1, backoff.TRANSFER_ATTEMPTS)]
        assert sum(waits) > 1.5 * websocket.HEARTBEAT

    async def test_a_cancelled_upload_is_silent_and_the_next_continues(
        self, wire: Wire, room: FakeRoom, address: Address, notes: Path
    ) -> None:
        await wire.join(address)
        hold = HeldAnswer()
        room.post_answers = [hold]
        for key in ("current", "waiting", "next"):
            wire.network.upload(key, notes)
        await hold.began.wait()
        wire.network.cancel_upload("waiting")
        wire.network.cancel_upload("current")
        assert (await wire.until(api_files.UploadDone)).key == "next"
        hold.release.set()
        assert not [each for each in wire.told if isinstance(each, api_files.UploadFailed)]
        assert len(room.posts) == 1

    async def test_leaving_stops_the_uploads(
        self, wire: Wire, room: FakeRoom, address: Address, notes: Path
    ) -> None:
        await wire.join(address)
        never = HeldAnswer()
        room.post_answers = [never]
        wire.network.upload("key", notes)
        await never.began.wait()
        wire.network.leave()
        assert (await wire.until(api.MembershipEnded)).clean


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("a b.txt", "a%20b.txt"),
        ("it's (1)*.txt", "it%27s%20%281%29%2A.txt"),
        ('a;b"c\r\n.txt', "a%3Bb%22c%0D%0A.txt"),
        ("日.txt", "%E6%97%A5.txt"),
        ("\udcff.txt", "%3F.txt"),
    ],
)
def test_file_names_in_a_header(name: str, encoded: str) -> None:
    assert disposition(name) == f"attachment; filename*=UTF-8''{encoded}"
