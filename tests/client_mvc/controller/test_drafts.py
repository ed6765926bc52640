"""Drafts: kept for each room, over restarts, and never beside the message they became."""

from pathlib import Path

import pytest

from client_mvc.controller.composer.drafts import SAVE_AFTER
from client_mvc.model.outbox import Outbox
from client_mvc.network import api
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import failure, welcome


def on_disk(folder: Path, room: str = "localhost:18000", name: str = "alice") -> str:
    """Return the draft on disk."""
    outbox = Outbox(folder / "copy")
    outbox.close()
    for each in folder.glob("outbox-*.sqlite3*"):
        (folder / "copy" / each.name).write_bytes(each.read_bytes())
    outbox = Outbox(folder / "copy")
    box = outbox.box(room, name)
    draft = box.draft
    box.close()
    outbox.close()
    return draft


def again(client: Client, folder: Path) -> Client:
    """Return a client started again on the same folder."""
    client.intents.quit()
    client.hear(api.MembershipEnded("left", clean=False))
    assert client.screen.closed
    client.model.close()
    return Client(folder)


def test_a_draft_is_written_a_second_after_the_last_key(inside: Client, tmp_path: Path) -> None:
    inside.intents.drafts.edited("hel")
    inside.pass_time(SAVE_AFTER - 0.1)
    inside.intents.drafts.edited("hello")
    inside.pass_time(SAVE_AFTER - 0.1)
    assert on_disk(tmp_path) == ""
    inside.pass_time(0.1)
    assert on_disk(tmp_path) == "hello"


def test_a_draft_typed_without_a_pause_is_at_most_5_s_old(
    inside: Client, tmp_path: Path
) -> None:
    typed, seen = "", ""
    for second in range(20):
        typed += "abcdefghij"
        for part in range(10):
            inside.intents.drafts.edited(typed + "k" * part)
            inside.pass_time(0.1)
        seen = on_disk(tmp_path)
        assert len(typed) - len(seen) <= 10 * 5, second
    assert seen


@pytest.mark.parametrize("text", ["hello", "two\nlines 👍", "half a character \ud83d"])
def test_a_draft_is_shown_again_after_a_restart(
    inside: Client, tmp_path: Path, text: str
) -> None:
    inside.intents.drafts.edited(text)
    after = again(inside, tmp_path)
    assert after.screen.composed == ""
    after.join()
    assert after.screen.composed == text.replace("\ud83d", "?")
    after.model.close()


def test_each_room_has_a_draft(client: Client) -> None:
    for server, draft in (("one:1", "for one"), ("two:2", "for two")):
        client.connect(server=server)
        client.hear(api.Welcomed(welcome(), False))
        client.intents.drafts.edited(draft)
        client.intents.membership.leave()
        client.hear(api.MembershipEnded("left", clean=True))
    client.connect(server="one:1")
    client.hear(api.Welcomed(welcome(), False))
    assert client.screen.composed == "for one"
    client.connect(server="two:2")
    assert client.screen.composed == "for one"
    client.hear(api.Welcomed(welcome(), False))
    assert client.screen.composed == "for two"


def test_a_text_typed_outside_a_room_stays(client: Client, tmp_path: Path) -> None:
    client.intents.drafts.edited("first, where am I?")
    client.join()
    assert client.screen.composed == ""  # the window was not told to change it
    client.hear()
    assert on_disk(tmp_path) == "first, where am I?"


def test_a_sent_message_is_no_draft(inside: Client, tmp_path: Path) -> None:
    inside.intents.drafts.edited("hello")
    inside.pass_time(SAVE_AFTER)
    assert inside.intents.composer.send("hello")
    # Had the program ended here, the window had not yet said that the composer is empty.
    assert on_disk(tmp_path) == ""
    inside.intents.drafts.edited("")
    inside.pass_time(SAVE_AFTER)
    assert on_disk(tmp_path) == ""


def test_after_a_reconnect_the_composer_is_left_alone(inside: Client) -> None:
    inside.screen.composed = "typing"
    inside.intents.drafts.edited("typing")
    inside.hear(api.Disconnected(failure("The connection was lost."), 1, 0.0))
    inside.hear(api.Welcomed(welcome(), False), api.CaughtUp())
    assert inside.screen.composed == "typing"
