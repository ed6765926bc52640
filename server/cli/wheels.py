"""`wheels`: fill the folder of what the room offers to install from (`GET /get`).

All is made in a folder beside it, which takes its place at the end: whatever ends the command,
what was there before stays.
"""

import shutil
import signal
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from server.cli import needs, own_wheel, targets
from server.cli.own_wheel import WheelError
from server.cli.pip import Pip, PipError
from server.cli.targets import Target
from server.files.wheels import FOLDER
from server.processes import output, run_directory

_PREFIX = f"{FOLDER}-"
_PROBLEMS = (PipError, WheelError, OSError, ValueError, zipfile.BadZipFile)


def run(data: Path, systems: Sequence[str], pythons: Sequence[str]) -> int:
    """Make the wheels; returns the exit status.

    Args:
        data: the data folder.
        systems: further kinds of computers that they are for (`targets.NAMES`).
        pythons: versions of Python that they are for, such as `3.13`.
    """
    try:
        others = _others(systems, pythons)
        with _ended_by_signals(), _folder(data) as work:
            made = work / FOLDER
            made.mkdir(mode=0o700)
            _fill(made, work, others)
            _replace(data / FOLDER, made, work)
        text = _summary(data, others)
    except KeyboardInterrupt:
        print("chatroom: Interrupted. Nothing was changed.", file=sys.stderr)
        return 130
    except _PROBLEMS as problem:
        print(f"chatroom: {_sentence(problem)} Nothing was changed.", file=sys.stderr)
        return 1
    return 0 if output.say(text) else 1


def _others(systems: Sequence[str], pythons: Sequence[str]) -> list[Target]:
    """Return the kinds of computers beside this one. Raises `WheelError`."""
    this = targets.this()
    if pythons and not systems and this is None:
        raise WheelError("This kind of computer is not known: name one with --platform.")
    python = this.python if this else f"3.{sys.version_info.minor}"
    named = [
        Target(system, version)
        for system in systems or ([this.system] if this else [])
        for version in pythons or [python]
    ]
    return [one for one in dict.fromkeys(named) if one != this]


def _fill(folder: Path, work: Path, others: Sequence[Target]) -> None:
    """Put all wheels into a folder."""
    pip = Pip(work, lambda name: output.say(f"  {name}"))
    output.say("Making the wheel of Chatroom …")
    own = own_wheel.make(
        folder,
        work,
        lambda source, to: pip.run("wheel", "--no-deps", "--wheel-dir", to, source),
    )
    output.say("Getting the wheels that it needs on this computer …")
    pip.run("wheel", "--wheel-dir", folder, "--find-links", folder, own)
    known = {
        needs.project(one): one.name.split("-")[1] for one in folder.glob("*.whl") if one != own
    }
    for number, target in enumerate(others):
        output.say(f"Getting the wheels that it needs on {target} …")
        stage = work / f"stage-{number}"
        stage.mkdir()
        _download(pip, target, own, known, stage)
        for one in stage.glob("*.whl"):
            one.replace(folder / one.name)


def _download(
    pip: Pip, target: Target, own: Path, known: Mapping[str, str], folder: Path
) -> None:
    """Put what a kind of computer needs into a folder.

    Args:
        pip: gets the wheels.
        target: the kind of computer.
        own: the wheel of this program.
        known: versions that fit together, by name; they are taken where there is one.
        folder: where the wheels go.
    """
    waiting = needs.of(own, target)
    seen: dict[str, set[str]] = {}
    while new := needs.new(waiting, seen):
        specifications = [
            f"{name}=={known[name]}" if name in known else f"{one.name}{one.specifier}"
            for name, one in new.items()
        ]
        before = set(folder.glob("*.whl"))
        pip.run(
            "download", "--no-deps", "--only-binary", ":all:", "--dest", folder,
            *target.options, *specifications,
        )  # fmt: skip
        waiting = [
            need
            for wheel in set(folder.glob("*.whl")) - before
            for need in needs.of(wheel, target, seen[needs.project(wheel)])
        ]


def _replace(folder: Path, made: Path, work: Path) -> None:
    """Put the folder in the place of the one that was there."""
    if folder.exists():
        folder.replace(work / "before")
    made.replace(folder)


@contextmanager
def _folder(data: Path) -> Iterator[Path]:
    """Return a folder beside the one of the wheels, which is removed afterwards."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=data.resolve()))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let TERM and HUP end the work as Ctrl-C does: what is half done is removed."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _summary(data: Path, others: Sequence[Target]) -> str:
    """Say what there is now, and what people type."""
    wheels = list((data / FOLDER).glob("*.whl"))
    size = sum(one.stat().st_size for one in wheels) / (1 << 20)
    kinds = ", ".join(["this kind of computer", *map(str, others)])
    address = _address(data)
    host = address.removeprefix("https://").removeprefix("http://").rstrip("/")
    trust = f" --trusted-host {host}" if address.startswith("https:") else ""
    return "\n".join(
        [
            f"The room offers {len(wheels)} wheels ({size:.0f} MiB), for {kinds}.",
            f"What to type is on the page {address}get/ of the room:",
            f"  pip install --no-index --find-links {address}get/{trust} chatroom",
        ]
    )


def _address(data: Path) -> str:
    """Return the address of the room, if it is open; else something in its place."""
    try:
        info = run_directory.running(data)
    except run_directory.FolderError:
        info = None
    if info is None or info.ways is None:
        return "https://ADDRESS:18000/"
    return info.ways.web.rstrip("/") + "/"


def _sentence(problem: Exception) -> str:
    """Return what went wrong, as a sentence of one line."""
    if isinstance(problem, OSError):
        where = f": {problem.filename}" if problem.filename else ""
        text = f"{problem.strerror or problem}{where}"
    else:
        text = str(problem)
    text = "".join(c if c.isprintable() else " " for c in text)
    return text if text.endswith(".") else f"{text}."
