"""The conversation in a file, by the ending of its name."""

import json
from datetime import UTC
from pathlib import Path

import pytest

from client_mvc.controller.export import export
from client_mvc.model.conversation import Conversation
from shared import codec, messages
from shared.conversation import Edited, Pinned, Quote, Reacted
from shared.moderation import Deleted
from tests.client_mvc.fakes import AT, joined, left, said, shared

EVENTS: list[messages.AnyEvent] = [
    joined(1),
    said(2, "two\nlines 👍", id="a"),
    shared(3),
    left(4, reason="lost"),
]


def save(folder: Path, name: str) -> str:
    target = folder / name
    export.save_conversation(iter(EVENTS), "Conversation in #lobby", target, UTC)
    assert [each.name for each in folder.iterdir()] == [name]
    return target.read_text("utf-8")


def test_json_has_the_events_as_they_were_received(tmp_path: Path) -> None:
    document = json.loads(save(tmp_path, "c.json"))
    assert document["conversation"] == "Conversation in #lobby"
    assert document["saved"].endswith("+00:00")
    sent = [json.dumps(event) for event in document["events"]]
    assert [codec.decode_from_server(event) for event in sent] == EVENTS


@pytest.mark.parametrize("name", ["c.html", "c.HTM"])
def test_a_web_page(tmp_path: Path, name: str) -> None:
    page = save(tmp_path, name)
    assert page.startswith("<!doctype html>")
    assert "two\nlines 👍" in page


@pytest.mark.parametrize("name", ["c.txt", "c.html"])
def test_a_gap_between_two_events_is_marked(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gap = "Messages in between were not loaded."
    assert gap not in save(tmp_path, name)
    monkeypatch.setattr(
        f"{__name__}.EVENTS", [said(1, "old"), said(7, "new"), said(8, "newer")]
    )
    before, after = save(tmp_path, name).split(gap)
    assert "old" in before
    assert "newer" in after


@pytest.mark.parametrize("name", ["c.txt", "c", "c.log", "html"])
def test_anything_else_is_text(tmp_path: Path, name: str) -> None:
    lines = save(tmp_path, name).splitlines()
    assert lines[0].startswith("Conversation in #lobby, saved 2")
    assert lines[2] == "[2026-11-22 08:00:00] * bob joined"


def conversation() -> list[messages.AnyEvent]:
    """Return what people did with messages, as it stands in memory."""
    folded = Conversation()
    reply = messages.Said(
        seq=2, at=AT, name="eve", text="yes", reply_to=1, quote=Quote("bob", "coffee?")
    )
    for event in (
        said(1, "coffee?"), reply, said(3, "/me waves"), said(4, "<secret>"),
        Edited(seq=5, at=AT, name="bob", target=1, text="coffee, now?"),
        Reacted(seq=6, at=AT, name="ann", member=1, target=1, emoji="👍", on=True),
        Pinned(seq=7, at=AT, name="mod", target=2, on=True),
        Edited(seq=8, at=AT, name="bob", target=4, text="<more secret>"),
        Deleted(seq=9, at=AT, name="bob", target=4), said(10, "//me too"),
    ):  # fmt: skip
        folded.add(event)
    return list(folded)


def test_text_has_replies_reactions_edits_and_nothing_that_was_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.EVENTS", conversation())
    assert save(tmp_path, "c.txt").splitlines()[2:] == [
        "[2026-11-22 08:00:00] bob: coffee, now?",
        "    (edited 2026-11-22 08:00:00)",
        "    👍 ann",
        "[2026-11-22 08:00:00] eve (a reply to bob: “coffee, now?”): yes",
        "    (pinned)",
        "[2026-11-22 08:00:00] * bob waves",
        "[2026-11-22 08:00:00] bob: (Message deleted)",
        "[2026-11-22 08:00:00] * mod pinned a message",
        "[2026-11-22 08:00:00] bob: /me too",
    ]


@pytest.mark.parametrize("name", ["c.html", "c.json", "c.txt"])
def test_what_was_deleted_is_in_no_format(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.EVENTS", conversation())
    saved = save(tmp_path, name)
    assert "secret" not in saved
    assert "coffee, now?" in saved
    assert "👍" in saved
