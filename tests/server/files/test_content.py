"""What an upload is, and whether the room takes it, in whatever pieces it comes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.files.content import Content, ContentProbe
from server.files.text_detection import NotTextError
from shared.media_types import Accepted
from tests.support.pictures import picture

TEXT = b"# Notes\nfirst\n" * 60
PNG = picture("PNG")
BINARY = b"\0\1\2" * 400
PDF = b"%PDF-1.4\n% all of it is text\n" * 30


def look(accepted: Accepted, data: bytes, path: Path, piece: int = 1 << 20) -> Content:
    path.write_bytes(data)
    probe = ContentProbe(accepted)
    for start in range(0, len(data), piece):
        probe.feed(data[start : start + piece])
    with path.open("rb") as file:
        return probe.verdict(file.fileno())


@pytest.mark.parametrize("piece", [1, 7, 511, 512, 513, 1 << 20])
@pytest.mark.parametrize(
    ("accepted", "data", "type"),
    [
        ("text", TEXT, "text/plain"),
        ("text", b"", "text/plain"),
        ("text", PDF, "text/plain"),
        ("text", PNG, None),
        ("text", BINARY, None),
        ("pictures", TEXT, "text/plain"),
        ("pictures", b"ab", "text/plain"),
        ("pictures", PNG, "image/png"),
        ("pictures", PDF, "text/plain"),
        ("pictures", BINARY, None),
        ("any", TEXT, "text/plain"),
        ("any", b"", "text/plain"),
        ("any", PNG, "image/png"),
        ("any", PDF, "application/pdf"),
        ("any", BINARY, "application/octet-stream"),
        ("any", TEXT + BINARY, "application/octet-stream"),
    ],
)
def test_by_what_the_room_takes(
    tmp_path: Path, piece: int, accepted: Accepted, data: bytes, type: str | None
) -> None:
    path = tmp_path / "file"
    if type is None:
        with pytest.raises(NotTextError) as refused:
            look(accepted, data, path, piece)
        rule = {"rule": "pictures"} if accepted == "pictures" else {}
        assert refused.value.problem.params == rule
        return
    found = look(accepted, data, path, piece)
    assert found.type == type
    if type != "text/plain":
        assert (found.encoding, found.lines, found.preview) == ("", 0, "")
    elif data == TEXT:
        assert (found.encoding, found.lines) == ("utf-8", 120)
        assert found.preview.startswith("# Notes\nfirst")


def test_what_is_certain_is_told_before_all_has_come() -> None:
    probe = ContentProbe("pictures")
    with pytest.raises(NotTextError):
        probe.feed(BINARY)


@given(st.binary(max_size=2000), st.integers(1, 700))
def test_pieces_make_no_difference(data: bytes, piece: int) -> None:
    whole, parts = ContentProbe("any"), ContentProbe("any")
    whole.feed(data)
    for start in range(0, len(data), piece):
        parts.feed(data[start : start + piece])
    with (Path("/dev/null")).open("rb") as file:
        assert whole._type == parts._type
        assert (whole._text is None) == (parts._text is None)
        del file
