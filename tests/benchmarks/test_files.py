"""The measurement of large files, with a small one: it runs, and notices wrong bytes."""

import pytest
from click.testing import CliRunner

from benchmarks import files


@pytest.mark.parametrize("text", [[], ["--text"]])
def test_it_measures_both_ways_and_cuts(text: list[str]) -> None:
    arguments = ["--mib", "4", "--rounds", "1", "--cuts", "6", "--pictures", "1", *text]
    done = CliRunner().invoke(files.main, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    up, down = (
        next(line for line in done.output.splitlines() if line.startswith(way))
        for way in ("up ", "down")
    )
    assert "ratio" in up
    assert "ratio" in down
    assert "resumed after 6 cuts" in done.output
    assert "SHA-256 right" in done.output
