"""Requests and events and their JSON (docs/protocol.md, part 1)."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import limits
from shared.messages import (
    AskHistory,
    AskReport,
    AskSearch,
    BadMessage,
    Error,
    Event,
    History,
    Join,
    Leave,
    Request,
    Said,
    Say,
    decode_event,
    decode_from_server,
    decode_request,
    encode,
    encode_history,
)
from tests import strategies


@pytest.mark.parametrize(
    ("frame", "request_"),
    [
        ('{"type":"join","name":"ada"}', Join("ada")),
        (
            '{"type":"join","name":"ada","password":"p","token":"t","after":0,"history":0}',
            Join("ada", "p", "t", 0, 0),
        ),
        ('{"name":"ada","type":"join","password":null}', Join("ada")),
        ('{"type":"say","text":""}', Say("")),
        ('{"type":"say","text":"x","id":"1","colour":"red"}', Say("x", "1")),
        ('{"type":"say","text":"\\ud83d\\ude00"}', Say("😀")),
        ('{"type":"history","id":"h","before":5,"limit":2}', AskHistory("h", 5, 2)),
        ('{"type":"history","id":"h","around":5}', AskHistory("h", around=5)),
        (
            '{"type":"history","id":"h","at":"2026-11-22T01:00:00.5+01:00","limit":2}',
            AskHistory(
                "h", limit=2, at=datetime(2026, 11, 22, microsecond=500_000, tzinfo=UTC)
            ),
        ),
        ('{"type":"search","id":"s","text":"x","before":7}', AskSearch("s", "x", 7)),
        ('{"type":"report","id":"r"}', AskReport("r")),
        (' {"type":"leave","why":"tired"}\n', Leave()),
    ],
)
def test_requests(frame: str, request_: Request) -> None:
    assert decode_request(frame.encode()) == request_


BAD_REQUESTS: list[tuple[str, str, Any, str]] = [
    # frame, code, id, request
    ("", "bad_request", None, ""),
    ("hello", "bad_request", None, ""),
    ("[]", "bad_request", None, ""),
    ('"say"', "bad_request", None, ""),
    ("{}", "bad_request", None, ""),
    ('{"type":5,"id":"1"}', "bad_request", "1", ""),
    ('{"type":null}', "bad_request", None, ""),
    ('{"type":"sing","id":"1"}', "unknown_type", "1", ""),
    ('{"type":"said","id":"1"}', "unknown_type", "1", ""),
    ('{"type":""}', "unknown_type", None, ""),
    ('{"type":"say"}', "bad_request", None, "say"),
    ('{"type":"say","id":"1"}', "bad_request", "1", "say"),
    ('{"type":"say","text":5,"id":"1"}', "bad_request", "1", "say"),
    ('{"type":"say","text":"x","id":""}', "bad_request", None, "say"),
    ('{"type":"say","text":"x","id":7}', "bad_request", None, "say"),
    (f'{{"type":"say","text":"x","id":"{"x" * 65}"}}', "bad_request", None, "say"),
    ('{"type":"join"}', "bad_request", None, "join"),
    ('{"type":"join","name":5}', "bad_request", None, "join"),
    ('{"type":"join","name":"a","after":-1}', "bad_request", None, "join"),
    ('{"type":"join","name":"a","after":1.5}', "bad_request", None, "join"),
    ('{"type":"join","name":"a","history":"all"}', "bad_request", None, "join"),
    ('{"type":"history","id":"h","before":0,"limit":1}', "bad_request", "h", "history"),
    ('{"type":"history","id":"h","before":1,"limit":0}', "bad_request", "h", "history"),
    ('{"type":"history","id":"h","at":"2026-11-22"}', "bad_request", "h", "history"),
    ('{"type":"search","id":"s"}', "bad_request", "s", "search"),
    ('{"type":"search","id":"s","text":"x","limit":0}', "bad_request", "s", "search"),
    ('{"type":"report"}', "bad_request", None, "report"),
    ('{"type":"say","text":"x"} {}', "bad_request", None, ""),
    ("[" * 5000, "bad_request", None, ""),
    ('{"type":' * 5000, "bad_request", None, ""),
]


@pytest.mark.parametrize(("frame", "code", "id", "kind"), BAD_REQUESTS)
def test_bad_requests(frame: str, code: str, id: str | None, kind: str) -> None:
    with pytest.raises(BadMessage) as bad:
        decode_request(frame.encode())
    assert bad.value.code == code
    assert (bad.value.id or None) == id
    assert bad.value.request == kind
    assert decode_from_server(encode(bad.value.error())) == bad.value.error()


@given(strategies.frames)
def test_any_bytes_are_a_request_or_a_bad_message(frame: bytes) -> None:
    try:
        request = decode_request(frame)
    except BadMessage as bad:
        answer = decode_from_server(encode(bad.error()))
    else:
        assert decode_request(encode(request)) == request
        return
    assert isinstance(answer, Error)
    assert answer.code in ("bad_request", "unknown_type")
    assert len(answer.reason) < 500


@given(strategies.requests)
def test_requests_survive_the_way(request_: Request) -> None:
    assert decode_request(encode(request_)) == request_


@pytest.mark.parametrize("field", ["after", "history"])
@pytest.mark.parametrize("number", [2**64, 10**30])
def test_numbers_that_cannot_be_passed_on_are_no_request(field: str, number: int) -> None:
    """A wish crosses the house as MessagePack, which ends at 64 bits."""
    with pytest.raises(BadMessage):
        decode_request(b'{"type":"join","name":"ada","%b":%d}' % (field.encode(), number))


@given(strategies.events)
def test_events_survive_the_way(event: Event) -> None:
    assert decode_event(encode(event)) == event
    assert decode_from_server(encode(event)) == event


def test_fields_that_are_not_there_do_not_appear() -> None:
    said = Said(seq=1, at="2026-11-22T08:00:00.123Z", name="ada", text="hi")
    assert json.loads(encode(said)) == {
        "type": "said",
        "seq": 1,
        "at": "2026-11-22T08:00:00.123Z",
        "name": "ada",
        "text": "hi",
    }


@given(strategies.ids, st.lists(strategies.events, max_size=4), st.booleans())
def test_history_of_encoded_events_is_the_history(
    id: str, events: list[Event], more: bool
) -> None:
    assert encode_history(id, map(encode, events), more) == encode(History(id, events, more))


def test_an_event_of_another_version_is_an_error() -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_event(b'{"type":"edited","seq":1,"at":"","name":"ada"}')
    with pytest.raises(msgspec.DecodeError):
        decode_from_server(b'{"type":"edited"}')


def test_the_longest_text_fits_a_frame() -> None:
    for character in ("\U0001f600", '"', "\\", "\n"):
        say = Say(character * limits.TEXT_CHARACTERS, "x" * limits.ID_CHARACTERS)
        assert len(encode(say)) <= limits.FRAME_BYTES
