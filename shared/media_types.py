"""The media type of a file, by how its bytes begin, from a short list. Pure."""

from typing import Literal

type Accepted = Literal["text", "pictures", "any"]
"""What a room takes: text files, those and pictures, or any file."""

HEAD_BYTES = 512
"""So many bytes from the beginning decide."""
PNG, JPEG, GIF, WEBP = "image/png", "image/jpeg", "image/gif", "image/webp"
PICTURES = (PNG, JPEG, GIF, WEBP)
"""What a room with `--files pictures` takes beside text, and browsers show."""
TEXT = "text/plain"
UNKNOWN = "application/octet-stream"

_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
)
_IN_RIFF = {b"WEBP": WEBP, b"WAVE": "audio/wav"}
_BRANDS = {
    b"M4A ": "audio/mp4",
    b"qt  ": "video/quicktime",
    b"avif": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heic",
}
"""Of ISO base media files; any other brand is a video."""
_MP4, _WEBM, _MATROSKA, _TAR = (
    "video/mp4",
    "video/webm",
    "video/x-matroska",
    "application/x-tar",
)
KNOWN = frozenset(
    {TEXT, UNKNOWN, _MP4, _WEBM, _MATROSKA, _TAR}
    | {type for _, type in _BEGINNINGS}
    | {*_IN_RIFF.values(), *_BRANDS.values()}
)
"""All types that a server names."""


def by_content(head: bytes) -> str | None:
    """Return the type of a file that begins with `head`; None if it is not known.

    Text is not known by its beginning: `TEXT` never comes back.

    Args:
        head: the first `HEAD_BYTES`, or all bytes of a shorter file.
    """
    for beginning, type in _BEGINNINGS:
        if head.startswith(beginning):
            return type
    if head.startswith(b"RIFF"):
        return _IN_RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], _MP4)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _WEBM if b"webm" in head else _MATROSKA
    return _TAR if head[257:262] == b"ustar" else None
