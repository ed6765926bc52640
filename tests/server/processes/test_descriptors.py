"""The limit of open files, and how many connections it allows."""

import resource

import pytest

from server.processes.descriptors import connections_of_worker, least, raise_limit


class Limits:
    """A system whose hard limit may be one that it does not take as a soft one."""

    def __init__(self, soft: int, hard: int, most: int) -> None:
        self.soft, self.hard, self.most = soft, hard, most

    def get(self, what: int) -> tuple[int, int]:
        return self.soft, self.hard

    def set(self, what: int, limits: tuple[int, int]) -> None:
        if limits[0] > self.most or limits[0] == resource.RLIM_INFINITY != self.most:
            raise ValueError("current limit exceeds maximum limit")
        self.soft, self.hard = limits


@pytest.mark.parametrize(
    ("soft", "hard", "most", "raised"),
    [
        (1024, 524288, 524288, 524288),
        (24, 24, 24, 24),
        (1024, 1024, 1024, 1024),
        (256, resource.RLIM_INFINITY, 10240, 10240),
        (256, resource.RLIM_INFINITY, 8192, 256),
        (4096, resource.RLIM_INFINITY, resource.RLIM_INFINITY, 10240),
    ],
)
def test_the_limit_is_raised(
    soft: int, hard: int, most: int, raised: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = Limits(soft, hard, most)
    monkeypatch.setattr(resource, "getrlimit", limits.get)
    monkeypatch.setattr(resource, "setrlimit", limits.set)
    assert raise_limit() == raised
    assert limits.hard == hard


@pytest.mark.parametrize("limit", [least(1), 256, 1024, 524288])
def test_a_worker_keeps_open_files_for_its_own_work(limit: int) -> None:
    connections = connections_of_worker(limit)
    reserve = max(4, connections // 8)  # used while others are closing
    assert limit - connections - reserve >= 40
    assert connections >= limit // 10
