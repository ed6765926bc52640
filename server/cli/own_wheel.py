"""Makes the wheel of this program: from its source, or from what is installed."""

import base64
import csv
import hashlib
import io
import shutil
import zipfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

DISTRIBUTION = "chatroom"
SOURCE = Path(__file__).resolve().parents[2]
_PARTS = ("pyproject.toml", "README.md", "LICENSE", "server", "client_mvc", "shared")
_OF_THE_INSTALLER = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"}
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same files make the same wheel


class WheelError(Exception):
    """The wheel cannot be made; the text says why."""


def make(folder: Path, work: Path, build: Callable[[Path, Path], object]) -> Path:
    """Put the wheel of this program into a folder, and return its path.

    Args:
        folder: where it goes.
        work: a folder for what is needed meanwhile.
        build: builds the wheel of a source folder (first) into a folder (second).

    Raises:
        WheelError: neither source nor installation is whole.
        OSError: a file cannot be read or written.
    """
    if not (SOURCE / "pyproject.toml").is_file():
        return _of_installation(folder)
    # A build leaves files in its folder, and later ones take what it left for new.
    copy = work / "source"
    copy.mkdir()
    for part in _PARTS:
        if (SOURCE / part).is_dir():
            shutil.copytree(
                SOURCE / part, copy / part, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy2(SOURCE / part, copy / part)
    build(copy, folder)
    made = sorted(folder.glob(f"{DISTRIBUTION}-*.whl"))
    if len(made) != 1:
        raise WheelError("pip made no wheel of this program.")
    return made[0]


def _of_installation(folder: Path) -> Path:
    """Pack the files of the installed program again as its wheel had them (PEP 427)."""
    try:
        installed = metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        raise WheelError("This program is not installed, and has no source.") from None
    paths = [path for path in installed.files or () if _is_of_wheel(path)]
    infos = {path.parts[0] for path in paths if path.parts[0].endswith(".dist-info")}
    if len(infos) != 1 or not any(path.parts[0] == "server" for path in paths):
        raise WheelError("The installation of this program is not whole. Install it again.")
    (info,) = infos
    target = folder / f"{DISTRIBUTION}-{installed.version}-py3-none-any.whl"
    rows = io.StringIO()
    record = csv.writer(rows, lineterminator="\n")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(paths):
            content = Path(str(path.locate())).read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
            record.writerow((path, f"sha256={digest.decode().rstrip('=')}", len(content)))
            _add(packed, str(path), content)
        record.writerow((f"{info}/RECORD", "", ""))
        _add(packed, f"{info}/RECORD", rows.getvalue().encode())
    return target


def _is_of_wheel(path: metadata.PackagePath) -> bool:
    """Whether a file was in the wheel, and is not made by the installation."""
    if ".." in path.parts or path.is_absolute() or "__pycache__" in path.parts:
        return False
    return not (path.parts[0].endswith(".dist-info") and path.name in _OF_THE_INSTALLER)


def _add(packed: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _LONG_AGO)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    packed.writestr(entry, content)
