"""The desktop client: read the command line, open folders and log, connect the parts.

This module loads without tkinter, which is needed only when the window opens.
"""

import contextlib
import logging
import logging.handlers
import os
import platform
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue

import click
import platformdirs

from client_mvc.controller.controller import Controller
from client_mvc.controller.preferences import is_dark
from client_mvc.i18n import translate
from client_mvc.i18n.translate import _, marked
from client_mvc.model import device
from client_mvc.model.model import Model
from client_mvc.model.outbox import Outbox
from client_mvc.model.preferences import Preferences
from client_mvc.network import api
from client_mvc.network.pump import Pump, work
from client_mvc.network.thread import NetworkThread
from client_mvc.platform.browser import open_file, open_page
from client_mvc.platform.clipboard import ClipboardProgram
from client_mvc.platform.desktop import DesktopServices
from client_mvc.platform.passwords import SystemKeyring
from client_mvc.platform.portal import Portal
from client_mvc.platform.signals import EndSignals
from client_mvc.view.contract.windows import About
from shared import __version__

APP = "chatroom"
LOG_BYTES = 512 * 1024
KEYRING_WITHIN = 2.0
"""Most seconds that the end waits for the keyring to store and delete passwords."""
LOOK_WITHIN = 0.5
"""Most seconds that the start waits for the desktop's theme."""

NO_DISPLAY = marked(
    "No window can be opened here: {problem}. Run it in a desktop session, or set DISPLAY."
)

NO_HOME = marked("You have no home folder. Set HOME, or name a folder with --data-dir.")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="Chatroom %(version)s")
@click.option(
    "--server",
    metavar="ADDRESS",
    help="The server: a link (chatroom://… or https://…), a short code, or host:port.",
)
@click.option("--name", metavar="NAME", help="Your name in the room.")
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for preferences, outgoing messages and the log, instead of the usual ones.",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"], case_sensitive=False),
    default="info",
    show_default=True,
    help="Least important lines in the log, client.log in the data folder.",
)
@click.option(
    "--no-discovery",
    is_flag=True,
    envvar="CHATROOM_NO_DISCOVERY",
    help="Do not look for rooms on this network.",
)
def main(
    server: str | None,
    name: str | None,
    data_dir: Path | None,
    log_level: str,
    *,
    no_discovery: bool,
) -> None:
    """Open the Chatroom window.

    With --server and --name it joins at once, otherwise it asks for both.
    """
    translate.choose(translate.preferred(os.environ))
    if data_dir is None and not _has_home():
        raise click.ClickException(_(NO_HOME))
    config = data_dir or platformdirs.user_config_path(APP)
    data = data_dir or platformdirs.user_data_path(APP)
    try:
        for folder in (config, data):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _logging(data, log_level):
            model = Model(Outbox(data), Preferences(config), device.load(data))
            model.pasted.sweep()
            try:
                _run(model, server, name, discovery=not no_discovery)
            finally:
                model.close()
    except (OSError, sqlite3.Error) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise click.ClickException(
            _("The folder {folder} cannot be used: {problem}", folder=data, problem=reason)
        ) from problem


def _run(model: Model, server: str | None, name: str | None, *, discovery: bool) -> None:
    """Connect the parts and show the window until it is closed."""
    import tkinter as tk  # noqa: PLC0415

    from client_mvc.view.window.main_window import ChatWindow  # noqa: PLC0415

    signals = EndSignals()
    signals.watch()
    choices = model.preferences.now
    desktop = DesktopServices()
    if choices.theme == "system":
        desktop.look()
        desktop.wait(LOOK_WITHIN)
    try:
        window = ChatWindow(
            dark=is_dark(choices, desktop),
            text_size=choices.text_size,
            geometry=choices.geometry,
            portal=Portal(),
            clipboard=ClipboardProgram(),
        )
    except tk.TclError as problem:
        raise click.ClickException(_(NO_DISPLAY, problem=problem)) from problem
    queue: SimpleQueue[api.SessionEvent] = SimpleQueue()
    unopened: SimpleQueue[str] = SimpleQueue()
    unopened_files: SimpleQueue[Path] = SimpleQueue()
    network, keyring = NetworkThread(queue, discovery=discovery), SystemKeyring()
    controller = Controller(
        model,
        window,
        network,
        when_idle=window.root.after_idle,
        open_url=lambda url: _in_thread(url, open_page, unopened),
        open_file=lambda path: _in_thread(path, open_file, unopened_files),
        about=about(),
        desktop=desktop,
        keyring=keyring,
    )
    window.bind_intents(controller)
    network.start()

    def handle(batch: Sequence[api.SessionEvent]) -> bool:
        if signals.take():
            controller.quit()
        while not unopened.empty():
            controller.link_failed(unopened.get())
        while not unopened_files.empty():
            controller.file_not_opened(unopened_files.get())
        return controller.handle(batch)

    try:
        Pump(queue, handle, window.root.after, work).start()
        controller.start(server, name)
        window.root.mainloop()
    finally:
        network.stop()
        keyring.finish(KEYRING_WITHIN)


def _has_home() -> bool:
    try:
        return Path.home().is_absolute()
    except RuntimeError:
        return False


def about() -> About:
    """Return what this program is, and what it runs on."""
    return About(
        "Chatroom",
        _("Version {version}", version=__version__),
        _("A self-hosted chat room for people on one network."),
        (
            ("Python", platform.python_version()),
            (_("System"), f"{platform.system()} {platform.release()}"),
        ),
    )


def _in_thread[T](what: T, open: Callable[[T], bool], failed: SimpleQueue[T]) -> None:
    """Open a web page or a file in a thread, because starting a program may take seconds."""

    def run() -> None:
        if not open(what):
            failed.put(what)

    threading.Thread(target=run, daemon=True).start()


@contextlib.contextmanager
def _logging(folder: Path, level: str) -> Iterator[None]:
    handler = logging.handlers.RotatingFileHandler(
        folder / "client.log",
        maxBytes=LOG_BYTES,
        backupCount=1,
        encoding="utf-8",
        errors="backslashreplace",  # a file name need not be valid text
    )
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s")
    )
    root = logging.getLogger()
    root.addHandler(handler)
    level_before = root.level
    root.setLevel(level.upper())
    try:
        yield
    finally:
        root.setLevel(level_before)
        root.removeHandler(handler)
        handler.close()


if __name__ == "__main__":
    main()
