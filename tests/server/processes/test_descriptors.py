"""The limit of open files, and how many connections it allows."""

import resource

import pytest

from server.processes import start_checks
from server.processes.descriptors import connections_of_worker, least, raise_limit
from server.processes.start_checks import StartError


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


@pytest.mark.parametrize(
    ("limit", "workers", "advice"),
    [(24, 2, "LimitNOFILE=1024)."), (24, 1, "LimitNOFILE=1024)."), (70, 8, "--workers 2.")],
)
def test_too_few_open_files_are_refused_with_advice_that_helps(
    monkeypatch: pytest.MonkeyPatch, limit: int, workers: int, advice: str
) -> None:
    limits = Limits(limit, limit, limit)
    monkeypatch.setattr(resource, "getrlimit", limits.get)
    with pytest.raises(StartError) as refused:
        start_checks.open_files(workers)
    text = str(refused.value)
    assert text.startswith(f"The system allows only {limit} open files; the server needs ")
    assert text.endswith(advice)
    assert "ulimit -n 1024" in text
