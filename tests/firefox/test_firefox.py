"""Run the tests of `firefox.test.js`; puppeteer, which drives Firefox, is a Node package."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.conftest import StartServer
from tests.firefox.stage import Stage, served
from tests.support.browser import OTHER_NAME, firefox

HERE = Path(__file__).parent
WITHIN = 100
"""Seconds for all tests."""


@pytest.mark.firefox
async def test_the_page_works_in_firefox(start_server: StartServer, tmp_path: Path) -> None:
    options = ("--max-users", "50", "--workers", "2", "--rate", "0", "--grace", "600")
    stage = Stage(start_server(*options, "--allow-host", OTHER_NAME))
    await stage.enter()
    async with served(stage) as url:
        environment = {
            **os.environ,
            "FIREFOX": str(firefox()),
            "STAGE": url,
            "ROOM_PORT": str(stage.server.port),
            "SAVED": str(tmp_path),
        }
        node = await asyncio.create_subprocess_exec(
            "node", "--test", str(HERE / "firefox.test.js"),
            env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        try:
            async with asyncio.timeout(WITHIN):
                output, _ = await node.communicate()
        finally:
            if node.returncode is None:
                node.kill()
                await node.wait()
    await stage.leave()
    assert node.returncode == 0, output.decode()
