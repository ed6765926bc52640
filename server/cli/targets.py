"""The kinds of computers that wheels can be for."""

import platform
import re
import sys
from collections.abc import Mapping
from typing import NamedTuple

_GLIBC = range(35, 16, -1)  # 2.35 is that of Ubuntu 22.04, 2.17 what old wheels ask for
PYTHON = re.compile(r"3\.(1[2-9]|[2-9][0-9])")


class _System(NamedTuple):
    tags: tuple[str, ...]
    markers: Mapping[str, str]


def _linux(machine: str) -> _System:
    tags = [f"manylinux_2_{minor}_{machine}" for minor in _GLIBC]
    markers = {
        "os_name": "posix",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": machine,
    }
    return _System((*tags, f"manylinux2014_{machine}", f"linux_{machine}"), markers)


def _macos(machine: str) -> _System:
    markers = {
        "os_name": "posix",
        "sys_platform": "darwin",
        "platform_system": "Darwin",
        "platform_machine": machine,
    }
    return _System((f"macosx_14_0_{machine}",), markers)


def _windows(machine: str, tag: str) -> _System:
    markers = {
        "os_name": "nt",
        "sys_platform": "win32",
        "platform_system": "Windows",
        "platform_machine": machine,
    }
    return _System((tag,), markers)


_SYSTEMS: Mapping[str, _System] = {
    "linux": _linux("x86_64"),
    "linux-arm": _linux("aarch64"),
    "macos": _macos("arm64"),
    "macos-intel": _macos("x86_64"),
    "windows": _windows("AMD64", "win_amd64"),
    "windows-arm": _windows("ARM64", "win_arm64"),
}
NAMES = tuple(_SYSTEMS)


class Target(NamedTuple):
    """A kind of computer: one of `NAMES`, and a version of Python such as `3.13`."""

    system: str
    python: str

    def __str__(self) -> str:
        return f"{self.system} with Python {self.python}"

    @property
    def options(self) -> list[str]:
        """Options of `pip download` for it."""
        words = [word for tag in _SYSTEMS[self.system].tags for word in ("--platform", tag)]
        return [*words, "--python-version", self.python, "--implementation", "cp"]

    @property
    def markers(self) -> dict[str, str]:
        """The values there of the markers of requirements (PEP 508)."""
        return dict(_SYSTEMS[self.system].markers) | {
            "python_version": self.python,
            "python_full_version": f"{self.python}.0",
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_version": "",
        }


def this() -> Target | None:
    """Return the kind of this computer; None if it is none of those that are known."""
    system, machine = platform.system(), platform.machine()
    for name, known in _SYSTEMS.items():
        markers = known.markers
        if (markers["platform_system"], markers["platform_machine"]) == (system, machine):
            return Target(name, f"3.{sys.version_info.minor}")
    return None
