"""The tests that run in a browser, for the files that set them up."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest


def mark_browser_tests(items: Sequence[pytest.Item], folder: Path) -> None:
    """Mark the tests of a folder; they run on the event loop of the one browser for all."""
    inside = f"{folder}{os.sep}"
    for item in items:
        if str(item.path).startswith(inside):  # is_relative_to takes a second for all tests
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
