"""The JSON of requests, events and replies (docs/protocol.md, part 1)."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from shared import limits
from shared.codec import (
    BadMessage,
    decode_event,
    decode_from_server,
    decode_request,
    encode,
    encode_page,
)
from shared.messages import (
    AskHistory,
    AskReport,
    AskSearch,
    Error,
    Event,
    Found,
    History,
    Join,
    Leave,
    Left,
    Presence,
    Refused,
    Request,
    Said,
    Say,
    UnknownEvent,
    Welcome,
    error,
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
    assert bad.value.problem.code == code
    assert (bad.value.id or None) == id
    assert bad.value.request == kind
    answer = error(bad.value.problem, bad.value.id)
    assert decode_from_server(encode(answer)) == answer


@given(strategies.frames)
def test_any_bytes_are_a_request_or_a_bad_message(frame: bytes) -> None:
    try:
        request = decode_request(frame)
    except BadMessage as bad:
        answer = decode_from_server(encode(error(bad.problem, bad.id)))
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


_SEQ_OR_NONE = st.none() | st.integers(1, 99)


@given(
    strategies.ids,
    st.lists(strategies.events, max_size=4),
    st.booleans(),
    _SEQ_OR_NONE,
    _SEQ_OR_NONE,
)
def test_a_page_of_encoded_events_decodes(
    id: str, events: list[Event], more: bool, before: int | None, after: int | None
) -> None:
    page = encode_page(
        "history", id, map(encode, events), more=more, before=before, after=after
    )
    wanted = History(
        id,
        list(events),
        more,
        UNSET if before is None else before,
        UNSET if after is None else after,
    )
    assert decode_from_server(page) == wanted
    found = encode_page("found", id, map(encode, events), more=more, before=before)
    assert decode_from_server(found) == Found(id, wanted.events, more, wanted.before)


REACTED = b'{"type":"reacted","seq":7,"at":"2026-11-22T08:00:00.123Z","name":"ada","emoji":"x"}'
UNKNOWN = UnknownEvent(seq=7, type="reacted", at="2026-11-22T08:00:00.123Z", raw=REACTED)


class TestGrowth:
    """A client of this version understands the frames of a later one."""

    def test_an_unknown_event_counts_in_the_order(self) -> None:
        assert decode_from_server(REACTED) == UNKNOWN

    @pytest.mark.parametrize(
        "frame",
        [
            b'{"type":"said","seq":7,"at":"2026-11-22T08:00:00.123Z","name":"ada","text":{}}',
            b'{"type":"shared","seq":7,"name":"ada"}',
            b'{"type":"left","seq":7,"reason":["tired"]}',
            b'{"seq":7,"type":"x","at":{}}',
        ],
    )
    def test_an_event_of_an_unknown_shape_counts_in_the_order(self, frame: bytes) -> None:
        event = decode_from_server(frame)
        assert isinstance(event, UnknownEvent)
        assert event.seq == 7

    @pytest.mark.parametrize(
        "frame", [b'{"type":"waving","name":"ada"}', b'{"type":"x","seq":0}']
    )
    def test_an_unknown_frame_without_seq_is_ignored(self, frame: bytes) -> None:
        assert decode_from_server(frame) is None

    def test_pins_of_other_kinds_are_left_out_of_a_welcome(self) -> None:
        pinned = Said(seq=2, at="now", name="ada", text="hi", pinned=True)
        pins = [b'{"seq":4}', encode(pinned), b'{"type":"polled","seq":7}', b'{"type":"said"}']
        welcome = decode_from_server(
            b'{"type":"welcome","you":"ada","token":"t","seq":9,"reset":false,"max_users":3,'
            b'"limits":{"text":1,"file":1},"members":[],"room":"lab","pins":[%b]}'
            % b",".join(pins)
        )
        assert isinstance(welcome, Welcome)
        assert type(welcome) is Welcome
        assert welcome.pins == [pinned]
        assert (welcome.you, welcome.seq, welcome.features) == ("ada", 9, [])

    @pytest.mark.parametrize("kind", ["history", "found"])
    def test_unknown_events_stand_in_pages(self, kind: str) -> None:
        said = Said(seq=6, at="2026-11-22T08:00:00.123Z", name="ada", text="hi")
        page = decode_from_server(encode_page(kind, "h", [encode(said), REACTED], more=False))
        assert isinstance(page, History | Found)
        assert page.events == [said, UNKNOWN]

    @pytest.mark.parametrize("kind", ["history", "found"])
    def test_an_event_without_a_type_makes_no_sense_in_a_page_either(self, kind: str) -> None:
        for event in b'{"seq":2}', b'{"type":5,"seq":2}', b"5":
            page = encode_page(kind, "h", [event], more=False)
            with pytest.raises(msgspec.DecodeError):
                decode_from_server(page)

    @pytest.mark.parametrize(
        ("frame", "decoded"),
        [
            (
                b'{"type":"error","code":"muted","reason":"no","params":{"a":5},"retry_after":2.5}',
                Error("muted", "no", UNSET, {"a": 5}, 2.5),
            ),
            (b'{"type":"refused","code":"locked","reason":"no"}', Refused("locked", "no")),
            (b'{"type":"presence","name":"ada","state":"busy"}', Presence("ada", "busy")),
            (
                b'{"type":"left","seq":1,"at":"","name":"ada","member":4,"reason":"moved"}',
                Left(seq=1, at="", name="ada", member=4, reason="moved"),
            ),
        ],
    )
    def test_codes_reasons_and_states_are_open(self, frame: bytes, decoded: object) -> None:
        assert decode_from_server(frame) == decoded

    @pytest.mark.parametrize(
        "frame",
        [b"", b"[]", b"5", b'{"type":5}', b'{"seq":1}', b'{"type":"welcome"}', b"[" * 9999],
    )
    def test_a_frame_that_makes_no_sense_is_an_error(self, frame: bytes) -> None:
        with pytest.raises(msgspec.DecodeError):
            decode_from_server(frame)

    def test_the_journal_of_a_later_version_is_an_error(self) -> None:
        with pytest.raises(msgspec.DecodeError):
            decode_event(REACTED)


def test_the_longest_text_fits_a_frame() -> None:
    for character in ("\U0001f600", '"', "\\", "\n"):
        say = Say(character * limits.TEXT_CHARACTERS, "x" * limits.ID_CHARACTERS)
        assert len(encode(say)) <= limits.FRAME_BYTES
