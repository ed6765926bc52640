"""What a server sends is held to the limits of the protocol."""

import json
from typing import Any

import pytest
from msgspec import UNSET

from client_mvc.network import checks
from shared import codec, limits, messages
from shared.problems import Problem
from tests.client_mvc.fakes import AT, SHA_OF_HELLO, said, shared, welcome

EVENT: dict[str, Any] = {"seq": 1, "at": AT, "name": "bob", "member": 3}
FILE: dict[str, Any] = {
    "id": "f1",
    "name": "notes.txt",
    "size": 5,
    "sha256": SHA_OF_HELLO,
    "lines": 1,
    "preview": "hello",
    "url": "/files/f1/notes.txt",
}
MEMBER = {"name": "bob", "since": AT, "state": "active"}
WELCOME: dict[str, Any] = {
    "type": "welcome",
    "you": "alice",
    "token": "t1",
    "seq": 0,
    "reset": False,
    "max_users": 3,
    "limits": {"text": 8000, "file": 1000},
    "members": [MEMBER],
    "room": "lobby",
}
LINE = {
    "name": "bob",
    "address": "::1",
    "port": 1,
    "door": "websocket",
    "tls": False,
    "worker": 1,
    "since": AT,
    "idle": 0.5,
    "state": "active",
    "sent": 1,
    "received": 1,
}
REPORT = {
    "type": "report",
    "id": "r",
    "active": 1,
    "max_users": 3,
    "started": AT,
    "members": [LINE],
}


def checked(**fields: Any) -> Any:
    decoded = codec.decode_from_server(json.dumps(fields))
    assert decoded is not None
    return checks.message(decoded)


@pytest.mark.parametrize("usual", [said(1), shared(1), welcome(5, members=("bob", "alice"))])
def test_what_keeps_to_the_protocol_stays_as_it_is(usual: Any) -> None:
    assert checks.message(usual) == usual


def test_long_texts_are_cut() -> None:
    text = checked(type="said", text="x" * 200_000, id="i" * 65, **EVENT)
    assert text.text == "x" * (limits.TEXT_CHARACTERS - 1) + "…"
    assert text.id is UNSET
    assert checked(type="joined", **EVENT | {"name": "n" * 5000}).name == "n" * 31 + "…"
    assert (
        checked(type="joined", **EVENT | {"name": "a\nb\x07"}).name
        == "a b\N{REPLACEMENT CHARACTER}"
    )
    assert checked(type="joined", **EVENT | {"at": "9" * 5000}).at == ""
    assert len(checked(type="left", reason="r" * 5000, **EVENT).reason) == 64


def test_a_file_is_cut_too() -> None:
    file = FILE | {"name": "n" * 5000, "preview": "a\n" * 20_000, "lines": -3, "id": "f" * 99}
    found = checked(type="shared", file=file, **EVENT).file
    assert len(found.name) == limits.FILE_NAME_CHARACTERS
    assert found.preview == "\n".join("a" * limits.PREVIEW_LINES)
    assert (found.lines, found.id) == (0, "f" * 64)
    long = checked(type="shared", file=FILE | {"preview": "x" * 5000}, **EVENT).file
    assert len(long.preview) == limits.PREVIEW_CHARACTERS


@pytest.mark.parametrize("sha256", ["", "0" * 63, '0"\r\nHost: evil', "g" * 64])
def test_a_checksum_that_is_none_fits_no_file(sha256: str) -> None:
    assert checked(type="shared", file=FILE | {"sha256": sha256}, **EVENT).file.sha256 == ""


def test_an_unknown_event_keeps_little() -> None:
    event = checked(type="t" * 5000, seq=4, x="y" * 100_000)
    assert (event.seq, len(event.type), event.raw) == (4, 64, b"")


def test_a_welcome_is_cut() -> None:
    fields = {"room": "r" * 999, "max_users": 10**6, "limits": {"text": -1, "file": 10**18}}
    found = checked(**WELCOME | fields | {"features": ["f" * 999] * 999})
    assert (len(found.room), found.max_users) == (64, limits.MAX_USERS)
    assert found.limits == messages.Limits(0, checks.HIGHEST)
    assert (len(found.features), len(found.features[0])) == (64, 64)


@pytest.mark.parametrize("fields", [WELCOME, {"type": "hosts"}])
def test_hosts_are_as_many_as_a_room_can_have(fields: dict[str, Any]) -> None:
    urls = [f"https://{number}:18000" for number in range(limits.HOSTS + 1)]
    urls[1] = "x" * (limits.HOST_URL_CHARACTERS + 1)
    expected = [urls[0], *urls[2 : limits.HOSTS]]
    assert checked(**fields, hosts=urls).hosts == expected


def test_a_refusal_has_few_and_short_values() -> None:
    params = {"name": "n" * 5000, "list": [[]], "most": 10**300, "have": 7, "on": True}
    fields = {
        "code": "c" * 999,
        "reason": "r" * 9999,
        "params": params | {f"{i}": 1 for i in range(99)},
    }
    found = checked(type="refused", **fields)
    assert (len(found.code), len(found.reason)) == (64, 500)
    assert len(found.params["name"]) == 256
    assert found.params["have"] == 7
    assert not {"list", "most", "on"} & found.params.keys()
    assert len(found.params) <= checks.PARAMS


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "said", "text": "x", **EVENT, "seq": 0},
        {"type": "said", "text": "x", **EVENT, "seq": -1},
        {"type": "said", "text": "x", **EVENT, "seq": 2**53 + 1},
        {"type": "said", "text": "x", **EVENT, "seq": 10**30},
        {"type": "edited", "seq": 2**60},
        {"type": "shared", **EVENT, "file": FILE | {"size": -1}},
        {"type": "shared", **EVENT, "file": FILE | {"size": 2**60}},
        WELCOME | {"seq": 2**62},
        WELCOME | {"seq": -1},
        WELCOME | {"members": [MEMBER] * (limits.MAX_USERS + 1)},
        WELCOME | {"token": "a b"},
        WELCOME | {"token": "a\r\nHost: evil"},
        WELCOME | {"token": ""},
        WELCOME | {"token": "t" * 5000},
        WELCOME | {"journal": "j" * 5000},
        {
            "type": "history",
            "id": "h",
            "more": False,
            "events": [{"type": "joined", **EVENT, "seq": seq} for seq in range(1, 1002)],
        },
        {
            "type": "history",
            "id": "h",
            "more": False,
            "events": [{"type": "joined", **EVENT, "seq": seq} for seq in (2, 1)],
        },
        {"type": "history", "id": "h", "more": True, "events": [], "before": 2**60},
        {
            "type": "found",
            "id": "s",
            "more": False,
            "events": [{"type": "joined", **EVENT}] * 101,
        },
        {"type": "found", "id": "s", "more": True, "events": [], "before": -1},
        REPORT | {"members": [LINE] * (limits.MAX_USERS + 1)},
        REPORT | {"members": [LINE | {"sent": 10**30}]},
        REPORT | {"members": [LINE | {"idle": 1e300}]},
    ],
)
def test_what_cannot_be_right_ends_the_connection(fields: dict[str, Any]) -> None:
    with pytest.raises(checks.BrokenProtocol) as caught:
        checked(**fields)
    assert caught.value.problem == Problem("protocol_broken")


def test_a_report_is_cut() -> None:
    line = LINE | {"name": "n" * 999, "address": "a" * 999, "client": "c" * 999}
    found = checked(**REPORT | {"members": [line], "active": 10**6})
    (cut,) = found.members
    assert [len(cut.name), len(cut.address), len(cut.client)] == [32, 64, 64]
    assert found.active == limits.MAX_USERS


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("banned", {"target": "x" * 900, "text": "y\n" * 900, "until": "z" * 900}),
        ("muted", {"target": "x" * 900, "until": "z" * 900}),
        ("role", {"target": "x" * 900, "role": "y" * 900}),
        ("topic", {"text": "x\n" * 900}),
        ("left", {"reason": "kicked", "by": "x" * 900, "text": "y\n" * 900}),
    ],
)
def test_acts_of_moderators_are_short_and_of_one_line(
    kind: str, fields: dict[str, str]
) -> None:
    event = checked(type=kind, **fields, **EVENT)
    for field in fields:
        value = getattr(event, field)
        assert len(value) <= limits.REASON_CHARACTERS
        assert "\n" not in value


def test_what_a_welcome_says_of_the_room_is_held_to_the_limits() -> None:
    welcome = checked(**WELCOME | {"topic": "x\n" * 900, "slow": 10**9})
    assert len(welcome.topic) <= limits.TOPIC_CHARACTERS
    assert "\n" not in welcome.topic
    assert welcome.slow == limits.SLOW_SECONDS


def test_bans_are_held_to_the_limits() -> None:
    ban = {"ban": 1, "name": "x" * 900, "by": "y" * 900, "at": AT, "text": "z\n" * 900}
    [checked_ban] = checked(type="bans", id="b", bans=[ban]).bans
    assert len(checked_ban.name) <= limits.NAME_CHARACTERS
    assert "\n" not in checked_ban.text
    with pytest.raises(checks.BrokenProtocol):
        checked(type="bans", id="b", bans=[ban | {"ban": -1}])


# --- what is done with messages ------------------------------------------------------------


def test_a_message_as_it_stands_is_held_to_the_limits() -> None:
    many = {
        chr(0x1F600 + n): [{"member": m, "name": "n" * 40} for m in range(60)]
        for n in range(30)
    }
    many |= {"x" * 41: [{"member": 1, "name": "ann"}]}
    message = checked(
        type="said", **EVENT, text="hi", reply_to=7, edited="e" * 100, reactions=many,
        quote={"name": "n" * 40, "text": "two\nlines " * 100},
        deleted={"by": "d" * 40, "at": "a" * 100},
    )  # fmt: skip
    assert len(message.quote.name) == limits.NAME_CHARACTERS
    assert len(message.quote.text) == limits.QUOTE_CHARACTERS
    assert message.quote.text.startswith("two lines")
    assert len(message.edited) == len(message.deleted.at) == checks.WORD_CHARACTERS
    reactors = [one for those in message.reactions.values() for one in those]
    assert len(reactors) == limits.REACTIONS
    assert {len(one.name) for one in reactors} == {limits.NAME_CHARACTERS}
    assert len(message.reactions) <= limits.REACTION_KINDS
    assert "x" * 41 not in message.reactions


def test_changes_are_held_to_the_limits() -> None:
    edited = checked(type="edited", **EVENT, target=1, text="x" * 9_000)
    assert len(edited.text) == limits.TEXT_CHARACTERS
    reacted = checked(type="reacted", **EVENT, target=1, emoji="\n" * 90, on=True)
    assert len(reacted.emoji) == limits.EMOJI_CHARACTERS
    assert "\n" not in reacted.emoji
    assert len(checked(type="renamed", **EVENT, to="n" * 90).to) == limits.NAME_CHARACTERS
    assert len(checked(type="typing", name="n" * 90).name) == limits.NAME_CHARACTERS
    presence = checked(type="presence", name="bob", state="active", note="n" * 900)
    assert len(presence.note) == limits.NOTE_CHARACTERS


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "said", **EVENT, "text": "x", "reply_to": 0},
        {"type": "said", **EVENT, "text": "x", "reply_to": 2**60},
        {"type": "edited", **EVENT, "target": 0, "text": "x"},
        {"type": "reacted", **EVENT, "target": -1, "emoji": "x", "on": True},
        {"type": "pinned", **EVENT, "target": 2**60, "on": True},
    ],
)
def test_a_target_that_cannot_be_ends_the_connection(fields: dict[str, Any]) -> None:
    with pytest.raises(checks.BrokenProtocol):
        checked(**fields)


def test_a_welcome_with_pins_limits_and_notes() -> None:
    pins = [{"type": "said", **EVENT, "seq": seq, "text": "x" * 9_000} for seq in range(1, 31)]
    strange = {"text": 8000, "file": 1000, "files": "f" * 100, "edit": -5.0}
    fields = WELCOME | {
        "pins": pins,
        "limits": strange,
        "members": [MEMBER | {"note": "n" * 900}],
    }
    welcome = checked(**fields)
    assert [pin.seq for pin in welcome.pins] == list(range(11, 31))
    assert {len(pin.text) for pin in welcome.pins} == {limits.TEXT_CHARACTERS}
    assert (len(welcome.limits.files), welcome.limits.edit) == (checks.WORD_CHARACTERS, 0.0)
    assert len(welcome.members[0].note) == limits.NOTE_CHARACTERS


def test_a_picture_has_a_size_that_can_be() -> None:
    huge = FILE | {"type": "t" * 100, "width": -1, "height": 2**40, "thumb": "/files/f1/~thumb"}
    file = checked(type="shared", **EVENT, file=huge).file
    assert (file.width, file.height, len(file.type)) == (
        0,
        checks.PIXELS,
        checks.WORD_CHARACTERS,
    )
    assert file.thumb == "/files/f1/~thumb"
