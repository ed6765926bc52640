"""The engine guided by code coverage: libFuzzer, through atheris (the extra `fuzz`).

libFuzzer ends the process it runs in, so each target has a process of its own:
`python -m tests.fuzz.guided TARGET [libFuzzer's options]`.
"""

import importlib
import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz import report

LONGEST = 4096
HANGS_AFTER = 20
INSTRUMENTED = ["server", "shared", "aiohttp", "tomllib", "pathvalidate", "precis_i18n"]
_DONE = re.compile(r"^(?:Done |stat::number_of_executed_units:\s*)(\d+)", re.MULTILINE)


def available() -> bool:
    """Return whether atheris is installed."""
    return find_spec("atheris") is not None


def run(name: str, seconds: float) -> report.FuzzResult:
    """Fuzz for `seconds`, or until an input fails; keep that input as libFuzzer writes it.

    The corpus grows in `build/fuzz/corpus`, so that a later run continues from it.
    """
    corpus = report.FOUND / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="chatroom-found-") as folder:
        command = [
            *(sys.executable, "-m", "tests.fuzz.guided", name, str(corpus)),
            f"-max_total_time={max(1, round(seconds))}",
            f"-artifact_prefix={folder}/",
            f"-max_len={LONGEST}",
            f"-timeout={HANGS_AFTER}",
            "-print_final_stats=1",
            "-verbosity=0",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found = next(Path(folder).iterdir(), None)
        if done.returncode and found is None:
            raise RuntimeError(f"the fuzzer failed:\n{done.stderr}")
        counts = _DONE.findall(done.stderr)
        return report.FuzzResult(
            int(counts[-1]) if counts else 0,
            report.keep(name, found.read_bytes()) if found else None,
        )


def main(name: str, *options: str) -> None:
    """Run libFuzzer on one target. Does not return."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=INSTRUMENTED):
        from tests.fuzz.registry import TARGETS
        from tests.fuzz.seeds import SEEDS
    corpus = Path(options[0])
    for number, seed in enumerate(SEEDS[name]):
        (corpus / f"seed-{number}").write_bytes(seed)
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
