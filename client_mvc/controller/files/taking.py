"""What the room takes: said before a file is chosen, and of a file before it is sent.

The room decides in the end (it reads all of a file). This saves the upload of what it is
certain to refuse.
"""

import codecs
from pathlib import Path

from client_mvc.i18n import translate
from client_mvc.i18n.errors import sentence
from client_mvc.i18n.translate import _
from shared import media_types
from shared.messages import Limits
from shared.problems import Problem, problem

TEXT, PICTURES = "text", "pictures"
"""Of `Limits.files`; all other words mean any file."""
HEAD = 8 * 1024
_ENCODED = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_SUFFIXES = {
    media_types.PNG: "png",
    media_types.JPEG: "jpg",
    media_types.GIF: "gif",
    media_types.WEBP: "webp",
}
FINAL = ("not_text", "too_long", "forbidden", "is_folder", "not_a_file", "file_too_large")
"""Codes of refusals that another attempt cannot change."""


def takes(limits: Limits) -> str:
    """Return what the room takes, as a sentence for the dialog."""
    size = translate.size(limits.file)
    match limits.files:
        case "text":
            return _("This room takes text files of up to {size}.", size=size)
        case "pictures":
            return _("This room takes pictures and text files of up to {size}.", size=size)
    return _("This room takes files of up to {size}.", size=size)


def refusal(path: Path, limits: Limits) -> str:
    """Return why the room would not take a file; empty if it may."""
    try:
        if path.is_dir():
            return sentence(Problem("is_folder"))
        size = path.stat().st_size
        if size > limits.file:
            return sentence(problem("too_long", "file", have=size, most=limits.file))
        if not path.is_file() or limits.files not in (TEXT, PICTURES):
            return ""
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return ""  # the network finds out, and says what is wrong
    if is_text(head) or (limits.files == PICTURES and picture_suffix(head)):
        return ""
    return sentence(problem("not_text", "pictures" if limits.files == PICTURES else ""))


def is_text(head: bytes) -> bool:
    """Tell whether what begins so can be a text."""
    return b"\0" not in head or head.startswith(_ENCODED)


def picture_suffix(head: bytes) -> str:
    """Return the suffix of the pictures that begin so: png, jpg, gif or webp; empty: none."""
    return _SUFFIXES.get(media_types.by_content(head) or "", "")
