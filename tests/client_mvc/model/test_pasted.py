"""Files made of what was pasted are kept until they are shared, and not for ever."""

import os
import time
from pathlib import Path

from client_mvc.model.pasted import KEPT_FOR, PastedFiles


def test_each_has_the_name_that_others_see(tmp_path: Path) -> None:
    pasted = PastedFiles(tmp_path)
    one, other = pasted.keep("pasted.png", b"1"), pasted.keep("pasted.png", b"2")
    assert (one.name, other.name) == ("pasted.png", "pasted.png")
    assert (one.read_bytes(), other.read_bytes()) == (b"1", b"2")
    assert one.stat().st_mode & 0o077 == 0
    pasted.remove(one)
    assert not one.parent.exists()
    assert other.exists()


def test_other_files_are_never_removed(tmp_path: Path) -> None:
    own = tmp_path / "own.txt"
    own.write_text("mine")
    PastedFiles(tmp_path).remove(own)
    assert own.exists()


def test_old_ones_go(tmp_path: Path) -> None:
    pasted = PastedFiles(tmp_path)
    pasted.sweep()
    old, new = pasted.keep("a.txt", b"1"), pasted.keep("a.txt", b"2")
    os.utime(old, (0, time.time() - KEPT_FOR - 1))
    pasted.sweep()
    assert [old.exists(), new.exists()] == [False, True]
