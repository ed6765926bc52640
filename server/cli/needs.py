"""What a wheel needs on a kind of computer.

pip itself judges by the computer it runs on which packages are needed (`colorama` on Windows),
also when it downloads for another one. So the needs are read here from the wheels.
"""

import zipfile
from collections.abc import Collection, Iterable
from email.parser import BytesParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from server.cli.targets import Target


def of(wheel: Path, target: Target, extras: Iterable[str] = ()) -> list[Requirement]:
    """Return what a wheel needs.

    Args:
        wheel: the wheel.
        target: the kind of computer.
        extras: the extras of it that are wanted.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no wheel.
    """
    environments = [target.markers | {"extra": one} for one in ("", *extras)]
    return [
        one
        for one in map(Requirement, _stated(wheel))
        if one.marker is None or any(map(one.marker.evaluate, environments))
    ]


def new(needs: Collection[Requirement], seen: dict[str, set[str]]) -> dict[str, Requirement]:
    """Return those of names that are not in `seen`, by name, and add them there."""
    found: dict[str, Requirement] = {}
    for one in needs:
        name = canonicalize_name(one.name)
        if name not in seen:
            found[name] = one
        seen.setdefault(name, set()).update(one.extras)
    return found


def project(wheel: Path) -> str:
    """Return the name of what a wheel installs, as requirements are compared by."""
    return canonicalize_name(wheel.name.partition("-")[0])


def _stated(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as packed:
        (name,) = (
            one
            for one in packed.namelist()
            if one.endswith(".dist-info/METADATA") and one.count("/") == 1
        )
        found = BytesParser().parsebytes(packed.read(name), headersonly=True)
    return found.get_all("Requires-Dist", [])
