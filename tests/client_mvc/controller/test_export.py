"""The conversation in a file, by the ending of its name."""

import json
from datetime import UTC
from pathlib import Path

import pytest

from client_mvc.controller.export import export
from shared import codec, messages
from tests.client_mvc.fakes import joined, left, said, shared

EVENTS: list[messages.Event] = [
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
