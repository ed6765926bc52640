"""The quiet lines about acts of owner and moderators, on screen and in saved conversations."""

import json
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET, structs

from client_mvc.controller.export import export
from client_mvc.controller.notices import notice
from client_mvc.controller.wording import Clock
from client_mvc.i18n import translate
from shared import messages, moderation
from shared.messages import Deletion
from tests.client_mvc.fakes import AT, left, said, shared

SOON, LATER = "2026-11-22T14:05:00.000Z", "2026-11-24T14:05:00.000Z"
UNDONE = "2126-11-22T14:05:00.000Z"


def act(kind: Any, by: str = "ann", **fields: Any) -> Any:
    return kind(seq=1, at=AT, name=by, **fields)


def gone(reason: str, **fields: str) -> messages.Left:
    return structs.replace(left(1, "eve", reason), **fields)


CASES: list[tuple[messages.AnyEvent, str]] = [
    (gone("kicked", by="ann", text="spam"), "ann removed eve: spam"),
    (gone("kicked", by="server"), "The server removed eve"),
    (gone("kicked"), "eve was removed"),
    (gone("banned", by="ann", text="spam"), "eve left"),
    (gone("banned"), "eve was banned"),
    (gone("of tomorrow", by="ann"), "eve left"),
    (act(moderation.RoleSet, target="bob", role="moderator"), "ann made bob a moderator"),
    (act(moderation.RoleSet, target="bob", role="member"), "ann made bob a member"),
    (act(moderation.RoleSet, target="bob", role="owner"), "ann made bob an owner"),
    (act(moderation.RoleSet, target="ann", role="owner"), "ann is the owner now"),
    (act(moderation.RoleSet, target="bob", role="janitor"), "ann made bob a member"),
    (act(moderation.Banned, target="eve", text="spam"), "ann banned eve for good: spam"),
    (act(moderation.Banned, target="eve", until=SOON), "ann banned eve until 14:05"),
    (
        act(moderation.Banned, target="eve", until=LATER),
        "ann banned eve until 24 Nov 2026, 14:05",
    ),
    (act(moderation.Unbanned, "server", target="eve"), "The server ended the ban of eve"),
    (act(moderation.Muted, target="eve", until=SOON), "ann muted eve until 14:05"),
    (act(moderation.Muted, target="eve", until=UNDONE), "ann muted eve until undone"),
    (act(moderation.Muted, target="eve"), "ann ended the mute of eve"),
    (act(moderation.Muted, target="eve", until="?"), "ann muted eve until 1 Jan 1970, 00:00"),
    (act(moderation.Slowed, seconds=10), "Slow mode: one message in 10 s"),
    (act(moderation.Slowed, seconds=0), "Slow mode is off"),
    (act(moderation.Locked, on=True), "ann locked the room"),
    (act(moderation.Locked, on=False), "ann unlocked the room"),
    (act(moderation.TopicSet, text="tea"), "Topic: tea"),
    (act(moderation.TopicSet, text=""), "ann removed the topic"),
    (act(moderation.Deleted, target=1), "ann deleted a message or a file"),
    (structs.replace(said(1, ""), deleted=Deletion("bob", AT)), "Message deleted"),
    (structs.replace(said(1, ""), deleted=Deletion("ann", AT)), "Message deleted by ann"),
    (
        structs.replace(shared(1), file=UNSET, deleted=Deletion("server", AT)),
        "File deleted by the server",
    ),
]


@pytest.mark.parametrize(("event", "text"), CASES)
def test_each_act_has_its_line(event: messages.AnyEvent, text: str) -> None:
    assert notice(event, zone=UTC) == text


def test_times_are_in_the_persons_format() -> None:
    muted = act(moderation.Muted, target="eve", until=SOON)
    assert notice(muted, Clock(12), UTC) == "ann muted eve until 2:05 PM"


def test_every_line_is_german_too() -> None:
    same = {"{name} left", "Topic: tea"}
    translate.choose(["de"])
    try:
        for event, text in CASES:
            assert notice(event, zone=UTC) != text or text in same
    finally:
        translate.choose([])


@pytest.mark.parametrize("name", ["c.txt", "c.html"])
def test_a_saved_conversation_has_them_and_nothing_deleted(tmp_path: Path, name: str) -> None:
    events = [structs.replace(event, seq=seq) for seq, (event, _) in enumerate(CASES, 1)]
    export.save_conversation(events, "x", tmp_path / name, UTC)
    saved = (tmp_path / name).read_text("utf-8")
    for event, text in CASES:
        assert (text in saved) is not isinstance(event, moderation.Deleted)


def test_json_has_them_as_the_server_sent_them(tmp_path: Path) -> None:
    event = structs.replace(said(1, ""), deleted=Deletion("ann", AT))
    export.save_conversation([event], "x", tmp_path / "c.json", UTC)
    [saved] = json.loads((tmp_path / "c.json").read_text("utf-8"))["events"]
    assert saved["deleted"] == {"by": "ann", "at": AT}
    assert saved["text"] == ""
