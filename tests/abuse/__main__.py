"""Try abuses: `python -m tests.abuse [NAME ...]`.

Each script runs against a server of its own while honest members talk, one message at a time.
A line for each says how many acts the owner needed, and how long the honest messages took. The
exit status is 1 if an abuse was not stopped, needed more than two acts, came back after a
restart of the server, or if honest messages were slow.
"""

import argparse
import asyncio
import sys
import tempfile
import traceback
from contextlib import closing
from pathlib import Path

from tests.abuse.scene import MOST_ACTS, OPTIONS, opened
from tests.abuse.scripts import SCRIPTS
from tests.support.running import RunningServer

MOST_SECONDS = 0.3
"""The 99th percentile of how long an honest message takes."""


async def run(name: str, server: RunningServer) -> tuple[int, int, float]:
    """Run one script; return the number of acts and of honest messages, and their p99."""
    async with opened(server) as scene:
        await scene.talked(5)
        await SCRIPTS[name](scene)
        await scene.talked(5)
        return scene.acts, len(scene.waits), scene.p99


def main() -> int:
    """Run the scripts that are asked for; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.abuse")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SCRIPTS))
    failed = []
    for name in parser.parse_args().names or SCRIPTS:
        with tempfile.TemporaryDirectory() as folder:
            server = RunningServer(Path(folder), *OPTIONS)
            with closing(server):
                try:
                    acts, messages, p99 = asyncio.run(run(name, server))
                except Exception:  # noqa: BLE001 - the next script is tried too
                    traceback.print_exc()
                    failed.append(name)
                    print(f"{name:24} NOT STOPPED", flush=True)
                    continue
        print(f"{name:24} stopped by {acts} acts; {messages} messages, p99 {p99 * 1000:.0f} ms")
        if acts > MOST_ACTS or p99 > MOST_SECONDS:
            failed.append(name)
    print("failed:", failed or "none")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
