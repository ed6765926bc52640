"""A few faults while pages send; the long run is `python -m tests.browser_faults`."""

from pathlib import Path
from random import Random

import pytest
from playwright.async_api import Browser

from tests.browser_faults.crowd import gathered

SEED = 1129


@pytest.mark.parametrize(
    "kinds", [("kill worker", "reload"), ("kill room", "cut", "close tab")]
)
async def test_nothing_is_lost(
    browser: Browser, tmp_path: Path, kinds: tuple[str, ...]
) -> None:
    async with gathered(browser, tmp_path, ("ann", "ben")) as crowd:
        assert await crowd.round(kinds, Random(SEED), count=6, seconds=1.5) == []
        assert crowd.sent == 12
