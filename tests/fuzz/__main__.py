"""`python -m tests.fuzz TARGET|all [--seconds N]`; `--replay FILE` runs one input again."""

import sys
import traceback
from pathlib import Path

import click

from tests.fuzz import generated, guided, registry, report

NO_ATHERIS = (
    "atheris is not installed (pip install 'chatroom[fuzz]'; Linux, Python 3.12 and 3.13). "
    "Hypothesis generates the inputs instead, without feedback from the code that they reach."
)


@click.command()
@click.argument("target", type=click.Choice([*registry.TARGETS, "all"]))
@click.option("--seconds", default=60.0, show_default=True, help="For each target.")
@click.option(
    "--engine",
    type=click.Choice(["atheris", "hypothesis"]),
    help="Default: atheris if installed.",
)
@click.option(
    "--replay", type=click.Path(path_type=Path, exists=True), help="Run one file again."
)
def main(target: str, seconds: float, engine: str | None, replay: Path | None) -> None:
    """Feed a target with inputs until the time is over or an input fails."""
    if replay is not None:
        if target == "all":
            raise click.UsageError("--replay needs the target of the file.")
        _replay(target, replay)
        return
    if engine == "atheris" and not guided.available():
        raise click.UsageError(NO_ATHERIS)
    if engine is None and not guided.available():
        print(NO_ATHERIS, file=sys.stderr)
    by_atheris = engine != "hypothesis" and guided.available()
    names = list(registry.TARGETS) if target == "all" else [target]
    found = [_fuzz(name, seconds, by_atheris) for name in names]
    sys.exit(any(found))


def _fuzz(name: str, seconds: float, by_atheris: bool) -> bool:
    """Fuzz one target and print the result; return whether an input failed."""
    target = registry.TARGETS[name]
    run = guided.run(name, seconds) if by_atheris else generated.run(name, target, seconds)
    if run.found is None:
        print(f"{name}: {run.executions} executions, no failure", flush=True)
        return False
    data = run.found.read_bytes()
    problem = report.problem_of(target, data)
    if problem is not None:
        data = report.smaller(target, data)
        run.found.unlink()
        run.found = report.keep(name, data)
    print(f"{name}: {run.executions} executions, FAILED {data[:200]!r}")
    print(f"    {_line(problem)}")
    print(f"    python -m tests.fuzz {name} --replay {run.found}", flush=True)
    return True


def _line(problem: Exception | None) -> str:
    if problem is None:
        return "it passes when run again: it took too long, or needs the inputs before it"
    return " ".join(traceback.format_exception_only(problem)).strip().replace("\n", " ")


def _replay(name: str, path: Path) -> None:
    data = path.read_bytes()
    print(f"{name}: {data[:400]!r}")
    registry.TARGETS[name](data)
    print("passed")


if __name__ == "__main__":
    try:
        main(prog_name="python -m tests.fuzz")
    finally:
        registry.close()
