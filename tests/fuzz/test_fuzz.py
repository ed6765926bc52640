"""Untrusted bytes do no harm: every target runs on its seeds and on some variations of them.

They are the same in each run; `python -m tests.fuzz` looks for new ones.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import registry
from tests.fuzz.seeds import SEEDS, inputs

VARIATIONS = 80


@pytest.fixture(scope="module", autouse=True)
def _resources() -> Iterator[None]:
    yield
    registry.close()


@pytest.mark.parametrize(
    ("name", "seed"),
    [
        pytest.param(name, seed, id=f"{name}-{number}")
        for name, seeds in SEEDS.items()
        for number, seed in enumerate(seeds)
    ],
)
def test_seed(name: str, seed: bytes) -> None:
    registry.TARGETS[name](seed)


@pytest.mark.parametrize("name", registry.TARGETS)
@settings(
    max_examples=VARIATIONS,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_variations(name: str, data: st.DataObject) -> None:
    registry.TARGETS[name](data.draw(inputs(name)))
