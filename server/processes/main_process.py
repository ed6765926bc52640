"""The main process: take what a server needs, then start its processes (`supervisor`)."""

import asyncio
import sys
from contextlib import ExitStack

from setproctitle import setproctitle

from server.processes import binding, logs, run_directory, start_checks
from server.processes.run_directory import FolderError, RunDirectory
from server.processes.start_checks import StartError
from server.processes.supervisor import Supervisor
from server.settings import Settings
from server.tls.identity import IdentityError


def run(settings: Settings) -> int:
    """Run the server until a signal ends it; returns the exit status."""
    logs.configure(settings, "listener")
    try:
        with ExitStack() as stack:
            limit = start_checks.open_files(settings.workers)
            sockets = binding.bind(settings.host, settings.port)
            for one in sockets:
                stack.callback(one.close)
            here = RunDirectory(settings.data_dir)
            stack.callback(here.close)
            start_checks.create_downloads(settings)
            stack.enter_context(run_directory.holding_downloads(settings.downloads))
            start_checks.prepare_downloads(settings)
            setproctitle("chatroom: listener")
            asyncio.run(Supervisor(settings, here, sockets, limit).serve())
    except (binding.BindError, FolderError, IdentityError, StartError) as problem:
        print(f"chatroom: {problem}", file=sys.stderr)
        return 1
    return 0
