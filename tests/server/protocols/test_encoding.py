"""Replies and events as frames: their JSON, their size, and the form for version 1."""

import json
from typing import Any, get_args

import pytest
from msgspec import UNSET

from server.connections.replies import FoundPage, HistoryPage, Welcomed
from server.protocols.websocket import version_1
from server.protocols.websocket.encoding import (
    CLOSE_CODES,
    encode_events,
    encode_events_version_1,
    encode_reply,
    reply_frame,
)
from server.protocols.websocket.frames import frame
from server.protocols.websocket.version_1 import as_version_1
from server.room.interface import CloseReason
from shared import limits, protocol
from shared.codec import decode_from_server, encode
from shared.conversation import ConversationEvent, IsTyping, Quote, Reactor
from shared.messages import (
    Accepted,
    File,
    HasMajority,
    HostList,
    Joined,
    Left,
    Limits,
    MemberInfo,
    Presence,
    Report,
    ReportLine,
    Said,
    Shared,
    UnknownEvent,
    Welcome,
    error,
    refused,
)
from shared.moderation import ActEvent
from shared.problems import NO_MAJORITY, Problem, problem
from tests.fakes import accepted, listing
from tests.golden import shapes
from tests.server.protocols.client_frames import parse

AT = "2026-11-22T08:00:00.000Z"
LONGEST = "\U0001d400" * limits.NAME_CHARACTERS  # four bytes for each character
INVENTED = (
    b'{"type":"polled","seq":3,"at":"%b","member":4,"name":"ann","target":1}' % AT.encode()
)
LIMITS = Limits(8000, 1000)
SAID = encode(Said(seq=2, at=AT, name="ann", text="hi", member=4))


def fields(reply: Any, *, old: bool = False) -> dict[str, Any]:
    """Return the JSON of a reply; `old` as for a client of version 1."""
    decoded: dict[str, Any] = json.loads(encode_reply(reply, version_1=old))
    return decoded


# --- replies -----------------------------------------------------------------------------


def test_welcome() -> None:
    members = [MemberInfo("ada", AT, member=7), MemberInfo("bob", AT, "away", member=8)]
    reply = Welcomed(accepted(members=listing(members)), "lab", LIMITS)
    welcome = decode_from_server(encode_reply(reply, version_1=False))
    assert isinstance(welcome, Welcome)
    assert welcome.members == members
    assert (welcome.you, welcome.member, welcome.token) == ("ada", 7, "secret")
    assert (welcome.seq, welcome.reset, welcome.journal) == (12, False, "j1")
    assert (welcome.room, welcome.max_users, welcome.version) == ("lab", 3, 1)
    assert welcome.limits == LIMITS
    assert welcome.features == list(protocol.FEATURES)
    assert (welcome.role, welcome.topic, welcome.locked, welcome.slow) == (
        "member",
        "",
        False,
        0,
    )
    assert welcome.muted is UNSET


def test_welcome_names_the_hosts_of_a_room_that_has_several() -> None:
    urls = ("https://a:18000", "https://b:18000")
    reply = Welcomed(accepted(hosts=urls), "lab", LIMITS)
    welcome = decode_from_server(encode_reply(reply, version_1=False))
    assert isinstance(welcome, Welcome)
    assert welcome.hosts == list(urls)
    assert welcome.features == [*protocol.FEATURES, "hosts"]
    assert "hosts" not in fields(Welcomed(accepted(), "lab", LIMITS))


def test_what_a_room_without_a_majority_could_not_decide_is_sent_again() -> None:
    told = fields(error(NO_MAJORITY, "m1"))
    assert (told["code"], told["params"], told["id"], told["retry_after"]) == (
        "unavailable", {"rule": "majority"}, "m1", 2.0,
    )  # fmt: skip
    assert fields(error(NO_MAJORITY, "m1"), old=True)["code"] == "storage"


def test_welcome_has_the_state_of_the_room() -> None:
    answer = accepted(role="owner", topic="Release", locked=True, slow=30, muted=AT)
    told = fields(Welcomed(answer, "lab", LIMITS))
    assert (told["role"], told["topic"], told["locked"], told["slow"]) == (
        "owner", "Release", True, 30,
    )  # fmt: skip
    assert told["muted"] == {"until": AT}
    assert told["pins"] == []


def test_welcome_has_the_newest_pins() -> None:
    pinned = Said(seq=2, at=AT, name="ann", text='"members":[]', member=4, pinned=True)
    reply = Welcomed(accepted(pins=encode([pinned])), "lab", Limits(8000, 1000, "any", 60.0))
    welcome = decode_from_server(encode_reply(reply, version_1=False))
    assert isinstance(welcome, Welcome)
    assert welcome.pins == [pinned]
    assert (welcome.limits.files, welcome.limits.edit) == ("any", 60)
    assert [one.name for one in welcome.members] == ["ada"]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, None, {"more": False}),
        (4, None, {"more": True, "before": 4}),
        (None, 9, {"more": False, "after": 9}),
        (4, 9, {"more": True, "before": 4, "after": 9}),
    ],
)
def test_history_names_the_directions_in_which_there_is_more(
    before: int | None, after: int | None, told: dict[str, object]
) -> None:
    reply = HistoryPage("h", [SAID], before, after)
    expected = {"type": "history", "id": "h", "events": [json.loads(SAID)], **told}
    assert fields(reply) == fields(reply, old=True) == expected


@pytest.mark.parametrize(("more", "old"), [(True, False), (True, True), (False, True)])
def test_found_has_before_where_there_is_more_and_always_for_version_1(
    more: bool, old: bool
) -> None:
    told = fields(FoundPage("s", [SAID], more, 5), old=old)
    assert (told["type"], told["more"], told["before"]) == ("found", more, 5)


def test_found_has_no_before_where_there_is_no_more() -> None:
    assert "before" not in fields(FoundPage("s", [SAID], more=False, before=5))


def test_errors_have_params_and_retry_after_where_there_are_any() -> None:
    why = Problem("rate_limited", {"rule": "messages", "most": 2}, retry_after=0.5)
    assert fields(error(why, "k")) == {
        "type": "error", "code": "rate_limited", "id": "k", "retry_after": 0.5,
        "reason": "You can send 2 messages a second. This one was not sent.",
        "params": {"rule": "messages", "most": 2},
    }  # fmt: skip
    assert set(fields(refused(problem("banned")))) == {"type", "code", "reason"}
    assert fields(Accepted("k", 5)) == {"type": "accepted", "id": "k", "seq": 5}


@pytest.mark.parametrize("members", [0, 1, 1000])
def test_a_reply_is_framed_as_it_is_encoded(members: int) -> None:
    answer = accepted(members=listing([MemberInfo("ada", AT)] * members))
    for reply in (Welcomed(answer, '"members":[] "pins":[]', LIMITS), Accepted("a", 3)):
        encoded = encode_reply(reply, version_1=False, key="k")
        assert reply_frame(reply, version_1=False, key="k") == frame(encoded)


def test_every_reason_to_close_has_a_code_of_its_own() -> None:
    assert set(CLOSE_CODES) == set(CloseReason)
    assert len(set(CLOSE_CODES.values())) == len(CLOSE_CODES)


# --- the largest frames ------------------------------------------------------------------


def largest_welcome(note: str) -> Welcomed:
    member = MemberInfo(
        LONGEST, AT, "active", member=2**53, role="moderator", muted=AT, note=note or UNSET
    )
    members = listing([member] * limits.MAX_USERS)
    topic = LONGEST[:1] * limits.TOPIC_CHARACTERS
    pins = encode([Said(seq=2, at=AT, name="ann", text="x" * (256 * 1024 - 80))])
    answer = accepted(members=members, name=LONGEST, topic=topic, muted=AT, pins=pins)
    return Welcomed(answer, LONGEST * 2, Limits(8000, 2**40, "pictures", 86_400.5))


def test_the_largest_welcome_fits_in_a_frame() -> None:
    assert len(encode_reply(largest_welcome(""), version_1=False)) <= limits.SERVER_FRAME_BYTES


def test_a_welcome_too_large_for_a_frame_has_no_notes() -> None:
    reply = largest_welcome("\U0001d400" * limits.NOTE_CHARACTERS)
    told = fields(reply)
    assert len(encode_reply(reply, version_1=False)) <= limits.SERVER_FRAME_BYTES
    assert len(told["members"]) == limits.MAX_USERS
    assert not any("note" in member for member in told["members"])


def test_a_welcome_that_fits_has_notes() -> None:
    reply = largest_welcome("at lunch")
    assert len(encode_reply(reply, version_1=False)) <= limits.SERVER_FRAME_BYTES
    assert fields(reply)["members"][-1]["note"] == "at lunch"


def report(client: str) -> Report:
    line = ReportLine(
        name=LONGEST, address="2001:db8:ffff:ffff:ffff:ffff:ffff:ffff%enp0s31f6", port=65535,
        door="websocket", tls=False, worker=64, since=AT, idle=86400.123, state="active",
        sent=10**9, received=10**9, member=2**53, client=client, role="moderator",
    )  # fmt: skip
    return Report("i" * limits.ID_CHARACTERS, 2000, 2000, AT, [line] * limits.MAX_USERS)


def test_a_report_too_large_for_a_frame_has_no_clients() -> None:
    encoded = encode_reply(report("\U0001d400" * limits.CLIENT_CHARACTERS), version_1=False)
    assert len(encoded) <= limits.SERVER_FRAME_BYTES
    told = json.loads(encoded)
    assert len(told["members"]) == limits.MAX_USERS
    assert not any("client" in line for line in told["members"])


def test_a_report_that_fits_has_clients() -> None:
    assert fields(report("Bot 1"))["members"][0]["client"] == "Bot 1"


# --- events, and version 1 ---------------------------------------------------------------

FILE = File("f1", "a.txt", 3, "00", 1, "abc", "/files/f1/a.txt")
KNOWN = [
    SAID,
    encode(Shared(seq=2, at=AT, name="ann", file=FILE)),
    encode(Joined(seq=2, at=AT, name="ann")),
    encode(Left(seq=2, at=AT, name="ann", reason="a new one")),
    encode(Presence("ann", "away", member=4)),
]


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        version_1.LINES, "polled", lambda fields: f"{fields['name']} started a poll."
    )


def test_events_are_encoded_one_for_one() -> None:
    events = [*KNOWN, INVENTED]
    assert encode_events(events) == list(map(frame, events))
    assert len(encode_events_version_1(events)) == len(events)


def test_events_of_version_1_are_the_same_bytes_for_all() -> None:
    assert encode_events_version_1(KNOWN) == encode_events(KNOWN)


@pytest.mark.usefixtures("line")
def test_a_later_event_is_told_to_version_1_in_one_line() -> None:
    (encoded,) = encode_events_version_1([INVENTED])
    (event,) = parse(encoded)
    assert decode_from_server(event) == Said(
        seq=3, at=AT, name="server", text="ann started a poll."
    )
    assert isinstance(decode_from_server(INVENTED), UnknownEvent)


def test_a_later_event_without_a_line_keeps_the_order_too() -> None:
    event = decode_from_server(as_version_1(INVENTED))
    assert isinstance(event, Said)
    assert (event.seq, event.at, event.name) == (3, AT, "server")
    assert "\n" not in event.text


def test_a_later_message_without_a_seq_is_left_out() -> None:
    typing = b'{"type":"typing","name":"ann"}'
    assert encode_events_version_1([typing, SAID]) == [b"", frame(SAID)]


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"type": "role", "target": "bob", "role": "moderator"}, "ann made bob a moderator."),
        ({"type": "role", "target": "ann", "role": "owner"}, "ann is an owner now."),
        ({"type": "role", "target": "bob", "role": "referee"}, "ann made bob referee."),
        ({"type": "banned", "target": "bob"}, "ann banned bob."),
        (
            {"type": "banned", "target": "bob", "until": AT, "text": "spam"},
            "ann banned bob until 2026-11-22 08:00 UTC. Reason: spam",
        ),
        ({"type": "unbanned", "target": "bob"}, "ann ended the ban of bob."),
        (
            {"type": "muted", "target": "bob", "until": AT},
            "ann muted bob until 2026-11-22 08:00 UTC.",
        ),
        ({"type": "muted", "target": "bob"}, "ann ended the mute of bob."),
        ({"type": "slowed", "seconds": 30}, "ann set slow mode: one message in 30 s."),
        ({"type": "slowed", "seconds": 0}, "ann ended slow mode."),
        ({"type": "locked", "on": True}, "ann locked the room."),
        ({"type": "locked", "on": False}, "ann unlocked the room."),
        ({"type": "topic", "text": "Release"}, "ann set the topic: Release"),
        ({"type": "topic", "text": ""}, "ann removed the topic."),
        ({"type": "deleted", "target": 2}, "ann deleted a message or a file."),
        ({"type": "edited", "target": 2, "text": "x"}, "ann edited a message."),
        (
            {"type": "reacted", "target": 2, "emoji": "👍", "on": True},
            "ann reacted with 👍.",
        ),
        ({"type": "reacted", "target": 2, "emoji": "👍", "on": False}, "ann took back 👍."),
        ({"type": "pinned", "target": 2, "on": True}, "ann pinned a message or a file."),
        ({"type": "pinned", "target": 2, "on": False}, "ann unpinned a message or a file."),
        ({"type": "renamed", "to": "bea"}, "ann is now called bea."),
        (
            {"type": "said", "text": "", "deleted": {"by": "bob", "at": AT}},
            "This message of ann was deleted by bob.",
        ),
        (
            {"type": "shared", "deleted": {"by": "server", "at": AT}},
            "This file of ann was deleted by server.",
        ),
    ],
)
def test_acts_and_what_is_deleted_are_told_to_version_1_in_one_line(
    fields: dict[str, object], line: str
) -> None:
    event = encode({"type": fields["type"], "seq": 3, "at": AT, "name": "ann", **fields})
    assert decode_from_server(as_version_1(event)) == Said(
        seq=3, at=AT, name="server", text=line
    )
    assert not isinstance(decode_from_server(event), UnknownEvent)


def test_every_later_event_has_a_line() -> None:
    later = get_args(ActEvent.__value__) + get_args(ConversationEvent.__value__)
    assert {one.__struct_config__.tag for one in later} == set(version_1.LINES)


def test_version_1_gets_messages_as_they_stand_as_they_are() -> None:
    reply = Said(
        seq=2, at=AT, name="ann", text="hi", reply_to=1, quote=Quote("bob", "anybody?"),
        edited=AT, reactions={"👍": [Reactor(3, "bob")]}, pinned=True,
    )  # fmt: skip
    assert as_version_1(encode(reply)) == encode(reply)


def test_version_1_does_not_hear_of_a_majority() -> None:
    assert as_version_1(encode(HasMajority(on=False))) == b""


def test_version_1_does_not_hear_of_other_hosts() -> None:
    assert as_version_1(encode(HostList(["https://a:18000", "https://b:18000"]))) == b""


def test_version_1_does_not_hear_who_is_typing() -> None:
    assert as_version_1(encode(IsTyping(name="ann", member=4))) == b""


@pytest.mark.parametrize("text", ['"deleted":{"by":1}', '\\"deleted":{', "deleted"])
def test_a_text_about_deletion_is_no_deletion(text: str) -> None:
    said = encode(Said(seq=2, at=AT, name="ann", text=text))
    assert as_version_1(said) == said


@pytest.mark.parametrize(
    ("code", "known"),
    [("muted", "bad_request"), ("slow", "rate_limited"), ("forbidden", "bad_request"),
     ("not_found", "bad_request"), ("unavailable", "storage"), ("empty", "empty")],
)  # fmt: skip
def test_version_1_gets_errors_with_codes_that_it_can_read(code: str, known: str) -> None:
    why = Problem(code, {"reason": "x"}, retry_after=2.0)
    assert fields(error(why, "k"))["code"] == code
    told = fields(error(why, "k"), old=True)
    assert told == {**fields(error(why, "k")), "code": known}
    assert known in shapes.MESSAGES["error"]["code"]


@pytest.mark.parametrize(
    ("code", "known"),
    [("kicked", "banned"), ("banned", "banned"), ("locked", "room_full"),
     ("storage", "shutting_down"), ("bad_token", "bad_token")],
)  # fmt: skip
def test_version_1_gets_refusals_with_codes_that_it_can_read(code: str, known: str) -> None:
    told = fields(refused(Problem(code)), old=True)
    assert told == {**fields(refused(Problem(code))), "code": known}
    assert known in shapes.MESSAGES["refused"]["code"]


@pytest.mark.usefixtures("line")
@pytest.mark.parametrize("page", [HistoryPage("i", [INVENTED, SAID], None, None),
                                  FoundPage("i", [INVENTED, SAID], False, 1)])  # fmt: skip
def test_pages_have_later_events_in_the_form_that_the_client_knows(page: Any) -> None:
    assert [event["type"] for event in fields(page)["events"]] == ["polled", "said"]
    old = fields(page, old=True)["events"]
    assert [event["seq"] for event in old] == [3, 2]
    assert old[0]["text"] == "ann started a poll."
