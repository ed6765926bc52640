"""The host of a room: acts by the command line, the lines about acts, the owner's key."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from server.room.audit import sentence
from server.room.interface import Act, JoinAccepted
from server.room.moderation import AuditLine
from server.room.room_side import command_line
from server.room.room_side.gateway import Gateway
from server.room.room_side.owner import OwnersKey
from server.room.storage import owner_key
from server.room.storage.owner_key import KeyFileError
from shared.moderation import OWNER, Kick, Lock
from tests.fakes import turns
from tests.server.room.gateway_worker import GRACE, Worker
from tests.server.room.workbench import Bench, join_request, post
from tests.support.waiting import until


class Asking:
    """The command line of a room."""

    def __init__(self, bench: Bench, socket: Path) -> None:
        self.bench = bench
        self.shown: list[str] = []
        self.gateway = Gateway(bench.core, GRACE, show=self.shown.append)
        self.worker = Worker(self.gateway)
        self.socket = socket

    async def send(self, line: bytes) -> bytes:
        reader, writer = await asyncio.open_unix_connection(self.socket)
        writer.write(line + b"\n")
        answer = await reader.read()
        writer.close()
        return answer

    async def act(self, **request: Any) -> dict[str, Any]:
        answer = await self.send(json.dumps({"act": request}).encode())
        fields: dict[str, Any] = json.loads(answer)
        return fields


@pytest.fixture
async def asking(bench: Bench, tmp_path: Path) -> AsyncIterator[Asking]:
    one = Asking(bench, tmp_path / "owner")

    async def hello() -> str:
        return "hello"

    commands = {"hello": hello}
    server = await command_line.serve(str(one.socket), commands, one.gateway.host.act)
    yield one
    server.close()


async def test_an_act_of_the_host_is_answered_with_its_event(asking: Asking) -> None:
    await asking.worker.join("eve")
    answer = await asking.act(type="kick", target="eve", text="spam")
    event = asking.worker.events[-1]
    assert answer == json.loads(asking.bench.journal.event(event.seq) or b"")
    assert (answer["name"], answer["by"], answer["text"]) == ("eve", "server", "spam")
    assert asking.shown == ["The host removed eve: spam"]


async def test_the_host_pins(asking: Asking) -> None:
    eve = await asking.worker.join("eve")
    asking.worker.up(post(eve.place, eve.connection, "k"))
    await turns()
    answer = await asking.act(type="pin", seq=2, on=True)
    assert (answer["type"], answer["name"], answer["target"]) == ("pinned", "server", 2)
    assert asking.shown == ["The host pinned a message of eve"]
    assert (await asking.act(type="react", seq=2, emoji="👍", on=True))[
        "code"
    ] == "unknown_type"


async def test_the_same_id_is_carried_out_once(asking: Asking) -> None:
    first = await asking.act(type="lock", on=True, id="x")
    await asking.act(type="lock", on=False)
    assert await asking.act(type="lock", on=True, id="x") == first
    assert not asking.bench.core.moderation.room.locked


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"type": "kick", "target": "nobody"}, "not_found"),
        ({"type": "kick"}, "bad_request"),
        ({"type": "ban", "target": "eve", "minutes": -1}, "bad_request"),
        ({"type": "topic", "text": "a\x07b"}, "bad_request"),
        ({"type": "claim", "key": "00"}, "unknown_type"),
        ({"type": "join", "name": "server"}, "unknown_type"),
        ({"type": "nonsense"}, "unknown_type"),
        ({}, "bad_request"),
    ],
)
async def test_what_is_not_done_is_said(
    asking: Asking, request_: dict[str, Any], code: str
) -> None:
    answer = await asking.act(**request_)
    assert (answer["type"], answer["code"]) == ("error", code)
    assert answer["reason"]
    assert asking.shown == []


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"hello", b'"hello"'),
        (b'{"ask": "hello"}', b'"hello"'),
        (b'{"ask": "nothing"}', b""),
        (b"{}", b""),
        (b"{", b""),
        (b'{"act": 5}', b""),
        (b"\xff", b""),
        (b"x" * 20_000, b""),
    ],
)
async def test_other_questions(asking: Asking, line: bytes, answer: bytes) -> None:
    assert await asking.send(line) == answer


async def test_an_act_that_cannot_be_written_is_an_error(asking: Asking) -> None:
    asking.bench.journal.full = True  # type: ignore[attr-defined]
    answer = await asking.act(type="lock", on=True)
    assert (answer["type"], answer["code"]) == ("error", "storage")


async def test_while_messages_are_refused_acts_are_carried_out(
    asking: Asking, bench: Bench
) -> None:
    ada = await asking.worker.join("ada")
    bench.journal.no_space = "little space"
    request = Lock(id="l", on=True)
    asking.worker.up(
        post(ada.place, ada.connection, "1"),
        Act(member=0, connection=0, key="l", request=request),
        post(ada.place, ada.connection, "2"),
    )
    await turns()
    assert bench.core.moderation.room.locked
    assert [one.problem.code for one in asking.worker.answers[-2:]] == ["storage", "storage"]


async def test_acts_of_members_are_shown_too(asking: Asking) -> None:
    ann = await asking.worker.join("ann")
    await asking.worker.join("eve")
    await asking.act(type="role", target="ann", role=OWNER)
    request = Kick(id="k", target="eve", text="enough")
    asking.worker.up(
        Act(member=ann.member, connection=ann.connection, key="k", request=request)
    )
    await turns()
    assert asking.shown[-1] == "ann removed eve: enough"


async def test_a_text_cannot_look_like_another_part_of_the_line_in_the_log(
    asking: Asking, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await asking.act(type="topic", text="exams by=ann")
    assert asking.shown == ["The host set the topic: exams by=ann"]
    assert "text='The host set the topic: exams by=ann'" in caplog.text


@pytest.mark.parametrize("text", ["a\nb", "\x1b[2J", "\u202e"])
def test_a_line_about_an_act_is_one_line_and_harmless(text: str) -> None:
    shown = sentence(AuditLine(1, "", "ann", 1, "kick", "eve", 2, "", text))
    assert shown.startswith("ann removed eve: ")
    assert shown.isprintable()


# --- the owner's key ---------------------------------------------------------------------


async def test_the_first_start_makes_a_key(bench: Bench, tmp_path: Path) -> None:
    gateway = Gateway(bench.core, GRACE)
    OwnersKey(tmp_path, gateway).load()
    await turns()
    key = owner_key.read(tmp_path)
    assert key is not None
    assert len(key) == 32
    assert stat.S_IMODE((tmp_path / owner_key.NAME).stat().st_mode) == 0o600
    ann = bench.ask(join_request("ann", owner=owner_key.sha256(key)))
    assert isinstance(ann, JoinAccepted)
    assert ann.role == OWNER


async def test_another_key_ends_the_roles_of_the_former(bench: Bench, tmp_path: Path) -> None:
    gateway = Gateway(bench.core, GRACE)
    key = OwnersKey(tmp_path, gateway)
    key.load()
    await turns()
    first = (await key.current())["key"]
    worker = Worker(gateway)
    await worker.join("ann", owner=owner_key.sha256(first))
    second = (await key.make())["key"]
    await turns()
    assert second != first
    assert (await key.current())["key"] == second
    assert bench.core.roster.members()[0].role == "member"
    _, answer = await worker.ask("amy", owner=owner_key.sha256(first))
    assert answer.problem.code == "forbidden"


async def test_a_key_that_was_replaced_holds_at_the_next_start(
    bench: Bench, tmp_path: Path
) -> None:
    gateway = Gateway(bench.core, GRACE)
    key = OwnersKey(tmp_path, gateway)
    key.load()
    await turns()
    replaced = owner_key.make(tmp_path)
    key.load()
    await turns()
    assert bench.core.moderation.room.owner == owner_key.sha256(replaced)
    newest = bench.journal.newest()
    key.load()
    await turns()
    assert bench.journal.newest() == newest


@pytest.mark.parametrize(
    "content", [b"", b"short", b"\xff" * 40, b"a key of several words" * 2]
)
async def test_a_file_that_is_no_key(
    bench: Bench, tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / owner_key.NAME).write_bytes(content)
    with pytest.raises(KeyFileError, match="does not contain"):
        owner_key.read(tmp_path)
    OwnersKey(tmp_path, Gateway(bench.core, GRACE)).load()
    assert "owner key not loaded" in caplog.text
    assert (tmp_path / owner_key.NAME).read_bytes() == content


def test_a_key_that_others_can_read_is_made_private(tmp_path: Path) -> None:
    owner_key.make(tmp_path)
    (tmp_path / owner_key.NAME).chmod(0o644)
    owner_key.read(tmp_path)
    assert stat.S_IMODE((tmp_path / owner_key.NAME).stat().st_mode) == 0o600


async def test_only_the_first_of_several_hosts_decides_on_the_owners_key(
    bench: Bench, tmp_path: Path
) -> None:
    gateway = Gateway(bench.core, GRACE)
    folders = [tmp_path / "a", tmp_path / "b", tmp_path / "c"]
    for folder in folders:
        folder.mkdir()
    first, second, third = (OwnersKey(one, gateway, several=True) for one in folders)
    first.load()
    second.load()  # at the same moment: the room has no key yet
    await until(lambda: gateway.owner_key)
    third.load()
    key = await first.current()
    assert owner_key.sha256(key["key"]) == gateway.owner_key
    assert not (folders[2] / owner_key.NAME).exists()
    for other in (second, third):
        assert "on another host" in (await other.current())["error"]
    new = await third.make()
    await until(lambda: gateway.owner_key == owner_key.sha256(new["key"]))
    assert await third.current() == new
    assert "on another host" in (await first.current())["error"]
