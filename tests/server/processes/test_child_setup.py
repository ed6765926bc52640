"""The memory of a child process: what it gives back to the system, and what it keeps."""

import subprocess
import sys

import pytest

from server.processes.child_setup import FREE_KEPT, LARGE_BLOCK

PROGRAM = """
import resource
from server.processes.child_setup import tune_memory

tune_memory()
def take(count, size):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        blocks = [b"x" * size for _ in range(count)]
        del blocks
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
others = [b"x" * {size} for _ in range(400)]  # take what is free in between
take({count}, {size})
print(take({count}, {size}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a rule of glibc")
def test_blocks_that_come_and_go_use_the_same_memory() -> None:
    size = LARGE_BLOCK - 4096
    count = FREE_KEPT // 2 // size
    pages = 50 * count * size // 4096
    program = PROGRAM.format(count=count, size=size)
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert int(done.stdout) < pages / 10
