"""Records as nodes send them."""

import pytest

from server.cluster.nats_internals import Message
from server.cluster.records import Record, nanoseconds, record_of

HEADER = (
    b"NATS/1.0\r\nNats-Msg-Id: Nats-Sequence: 7\r\nNats-Stream: s\r\nNats-Subject: a\r\n"
    b"Nats-Sequence: 12\r\nNats-Time-Stamp: 2026-11-30T04:38:12.6755151Z\r\n"
    b"Nats-Last-Sequence: 11\r\n\r\n"
)


def test_a_record_has_position_and_time_of_its_header() -> None:
    message = Message("a", "", HEADER, b"data")
    assert message.status() == b""
    assert record_of(message) == Record(12, 1796013492_675515100, b"data")


def test_a_message_without_a_position_is_no_record() -> None:
    with pytest.raises(ValueError, match="not found"):
        record_of(Message("a", "", b"NATS/1.0\r\n\r\n", b""))


@pytest.mark.parametrize("header", [b"NATS/1.0 503\r\n\r\n", b"NATS/1.0 503 No One\r\n\r\n"])
def test_a_node_s_own_message_has_a_status(header: bytes) -> None:
    assert Message("a", "", header, b"").status() == b"503"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1970-01-01T00:00:01.1Z", 1_100_000_000),
        ("2026-11-30T04:38:12.999999999Z", 1796013492_999999999),
    ],
)
def test_times_are_exact(text: str, wanted: int) -> None:
    assert nanoseconds(text) == wanted


@pytest.mark.parametrize(
    "text", ["", "Z", "2026-11-30T04:38:12", "2026-11-30T04:38:12.1234567890Z", "2026.-1Z",
             "2026-11-30T04:38:12.5+01:00"],
)  # fmt: skip
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time|isoformat"):
        nanoseconds(text)
