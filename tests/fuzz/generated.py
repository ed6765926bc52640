"""The engine that is always available: Hypothesis generates inputs until the time is over."""

import secrets
from time import monotonic

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz import report
from tests.fuzz.seeds import SEEDS, inputs

AT_ONCE = 500


def run(name: str, target: report.Target, seconds: float) -> report.FuzzResult:
    """Try the seeds, then variations, for `seconds` or until one fails."""
    end, tried = monotonic() + seconds, 0
    bad = next((one for one in SEEDS[name] if report.problem_of(target, one)), None)
    while bad is None and monotonic() < end:
        bad = _round(name, target, end)
        tried += AT_ONCE
    if bad is None:
        return report.FuzzResult(len(SEEDS[name]) + tried)
    return report.FuzzResult(
        len(SEEDS[name]) + tried, report.keep(name, report.smaller(target, bad))
    )


def _round(name: str, target: report.Target, end: float) -> bytes | None:
    """Try AT_ONCE inputs; return the first that fails."""
    bad: list[bytes] = []

    @seed(secrets.randbits(64))
    @settings(
        max_examples=AT_ONCE,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(inputs(name))
    def try_some(data: bytes) -> None:
        if not bad and monotonic() < end and report.problem_of(target, data):
            bad.append(data)

    try_some()
    return bad[0] if bad else None
