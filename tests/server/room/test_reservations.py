"""The uploads under way: their number, their rate, and the space that they will take."""

from dataclasses import replace
from itertools import count

import pytest

from server.budgets.table import Budgets, budgets
from server.files.space import Space
from server.room.interface import UploadAccepted, UploadRequest
from server.room.room_side.reservations import LEASE, MEASURE_EVERY, Reservations
from server.settings import Settings
from shared.problems import Problem
from tests.fakes import Clock

QUOTA = 1000
FREE = 1 << 40
BUDGETS = budgets(Settings())


class Bench:
    """Reservations for a folder that is what the test says."""

    def __init__(self, quota: int = QUOTA, allowed: Budgets = BUDGETS) -> None:
        self.clock = Clock()
        self.counted: list[str] = []
        self.reservations = Reservations(allowed, quota, self.counted.append, self.clock)
        self.space = Space(0, 0, {}, FREE)
        self._ids = count(1)
        self.measured = 0

    def ask(
        self, size: int, member: int = 1, part: str = "", worker: int = 1
    ) -> tuple[int, UploadAccepted | Problem]:
        """Ask as the room does: measure the folder if need be."""
        upload = UploadRequest(next(self._ids), member, size, part)
        answer = self.reservations.reserve(worker, upload)
        if answer is None:
            self.measured += 1
            self.reservations.measured(self.space, self.reservations.released)
            answer = self.reservations.reserve(worker, upload, again=True)
        assert answer is not None
        return upload.id, answer

    def accepted(self, size: int, member: int = 1, part: str = "", worker: int = 1) -> int:
        id, answer = self.ask(size, member, part, worker)
        assert isinstance(answer, UploadAccepted), answer
        return id

    def refused(self, size: int, member: int = 1) -> tuple[str, str]:
        _, answer = self.ask(size, member)
        assert isinstance(answer, Problem), answer
        return answer.code, answer.params["rule"]


def test_what_is_coming_counts_from_its_announcement_on() -> None:
    bench = Bench()
    one = bench.accepted(600, member=1, worker=1)
    assert bench.refused(600, member=2) == ("storage", "quota")
    bench.accepted(400, member=3, worker=2)
    assert bench.refused(1, member=4) == ("storage", "quota")
    bench.reservations.release(one)  # and it was not kept
    bench.accepted(600, member=2)
    assert bench.counted == ["space", "space"]


def test_what_is_stored_counts_once() -> None:
    bench = Bench()
    id = bench.accepted(600)
    bench.space = Space(600, 0, {}, FREE)
    bench.reservations.release(id)
    bench.accepted(400)
    assert bench.refused(1) == ("storage", "quota")


def test_a_measurement_from_before_a_file_was_stored_is_not_enough() -> None:
    """The folder is measured by a thread: meanwhile an upload may end."""
    bench = Bench()
    id = bench.accepted(600)
    old, mark = bench.space, bench.reservations.released
    bench.reservations.release(id)
    bench.reservations.measured(old, mark)
    upload = UploadRequest(99, 1, 600, "")
    assert isinstance(bench.reservations.reserve(1, upload, again=True), Problem)


def test_announcing_again_and_again_takes_the_same_measurement() -> None:
    bench = Bench(quota=1 << 30)
    for member in range(50):
        bench.accepted(10, member)
    assert bench.measured == 1
    bench.clock.now += MEASURE_EVERY + 1
    bench.accepted(10, 99)
    assert bench.measured == 2


def test_kept_bytes_of_others_stand_in_nobodys_way() -> None:
    bench = Bench()
    bench.space = Space(100, 0, {"a.kept": 500}, FREE)
    _, fits = bench.ask(400, 1)
    _, tight = bench.ask(400, 2)
    assert (fits, tight) == (UploadAccepted(tight=False), UploadAccepted(tight=True))
    assert bench.refused(200, 3) == ("storage", "quota")


def test_kept_bytes_count_once_as_part_of_their_file() -> None:
    bench = Bench()
    bench.space = Space(0, 0, {"a.kept": 500}, FREE)
    assert bench.ask(1000, part="a.kept")[1] == UploadAccepted(tight=False)


def test_free_space_is_left_to_the_rest_of_the_computer() -> None:
    bench = Bench(quota=0)
    bench.space = Space(0, 300, {}, BUDGETS.min_free + 1000)
    bench.reservations.renew(2, [UploadRequest(77, 2, 800, "")])  # 500 of it are to come
    bench.accepted(500)
    assert bench.refused(1) == ("storage", "disk")


def test_uploads_at_once_are_counted_over_all_workers() -> None:
    bench = Bench(quota=0)
    ids = [bench.accepted(1, worker=worker) for worker in (1, 2, 1, 2)]
    assert bench.refused(1) == ("rate_limited", "uploads")
    bench.accepted(1, member=2)
    bench.reservations.release(ids[0])
    bench.accepted(1, worker=3)
    assert bench.counted == ["uploads"]


def test_the_rate_of_uploads_is_the_memberships() -> None:
    bench = Bench(quota=0)
    for number in range(int(BUDGETS.uploads.burst)):
        bench.reservations.release(bench.accepted(1, worker=number % 3))
    _, answer = bench.ask(1)
    assert isinstance(answer, Problem)
    assert answer.params["rule"] == "upload_rate"
    assert answer.retry_after == pytest.approx(1 / BUDGETS.uploads.rate)
    bench.accepted(1, member=2)
    bench.clock.now += 1
    bench.accepted(1)


def test_a_worker_that_dies_gives_all_back() -> None:
    bench = Bench()
    bench.accepted(500, worker=1)
    bench.accepted(500, worker=2)
    bench.reservations.lost(1)
    bench.accepted(500, worker=2)
    assert bench.refused(1) == ("storage", "quota")


def test_a_reservation_that_nobody_names_lapses() -> None:
    bench = Bench()
    upload = UploadRequest(bench.accepted(600, member=1), 1, 600, "")
    bench.clock.now += LEASE - 1
    bench.reservations.renew(1, [upload])
    bench.clock.now += LEASE - 1
    assert bench.refused(600, member=2) == ("storage", "quota")
    bench.clock.now += 2
    bench.accepted(600, member=2)


def test_a_room_that_was_restarted_takes_what_is_under_way() -> None:
    bench = Bench()
    bench.reservations.renew(1, [UploadRequest(7, 1, 600, "")])
    assert bench.refused(600, member=2) == ("storage", "quota")
    bench.reservations.release(7)
    bench.accepted(600, member=2)


def test_uploads_end_with_their_membership() -> None:
    bench = Bench(allowed=replace(BUDGETS, uploads_at_once=9))
    first = bench.accepted(100, member=1, worker=1)
    second = bench.accepted(100, member=1, worker=2)
    bench.accepted(100, member=2, worker=2)
    assert bench.reservations.ended(lambda member: member == 2) == {1: [first], 2: [second]}
    assert bench.reservations.ended(lambda member: member == 2) == {}
    bench.accepted(900, member=2)
