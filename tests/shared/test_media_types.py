"""The type of a file by how it begins."""

import pytest

from shared import media_types
from tests.support.pictures import FORMATS, picture


@pytest.mark.parametrize(("format", "type"), FORMATS.items())
def test_pictures_of_real_encoders(format: str, type: str) -> None:
    assert media_types.by_content(picture(format)[:512]) == type
    assert type in media_types.PICTURES


@pytest.mark.parametrize(
    ("head", "type"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"PK\x03\x04rest", "application/zip"),
        (b"\x1f\x8b\x08", "application/gzip"),
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90", "audio/mpeg"),
        (b"OggS\0", "audio/ogg"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"\0\0\0\x20ftypisom", "video/mp4"),
        (b"\0\0\0\x20ftypM4A ", "audio/mp4"),
        (b"\0\0\0\x20ftypheic", "image/heic"),
        (b"\x1a\x45\xdf\xa3\x01B\x82\x84webm", "video/webm"),
        (b"\x1a\x45\xdf\xa3\x01B\x82\x88matroska", "video/x-matroska"),
        (b"a" * 257 + b"ustar", "application/x-tar"),
    ],
)
def test_files_of_other_programs(head: bytes, type: str) -> None:
    assert media_types.by_content(head) == type
    assert type in media_types.KNOWN


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"text",
        b"\x89PN",
        b"RIFF\0\0\0\0AVI ",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"<!doctype html>",
        b"MZ\x90",
    ],
)
def test_all_else_is_not_known(head: bytes) -> None:
    assert media_types.by_content(head) is None


def test_nothing_that_a_browser_runs_is_known() -> None:
    assert not {"text/html", "image/svg+xml", "application/xhtml+xml"} & media_types.KNOWN
