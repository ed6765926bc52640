"""Fixtures of the tests of sessions and files."""

from pathlib import Path

import pytest

from server.files.folder import Folder
from server.settings import Settings
from tests.server.connections.driving import Bench


@pytest.fixture
async def bench() -> Bench:
    return Bench(
        Settings(room="lab", rate=0, max_file=1000, files="pictures", edit_window=60.0)
    )


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path / "downloads")
    folder.prepare()
    return folder
