"""Join, send messages, leave: the WebSocket part of docs/protocol.md."""

import asyncio
import json
import sqlite3
import time
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.conftest import StartServer
from tests.support.protocol_client import ProtocolClient, http_session, joined_clients
from tests.support.running import RunningServer, eventually


async def test_all_members_get_all_messages_in_one_order(server: RunningServer) -> None:
    async with joined_clients(server.url, "ann", "ben", "cid") as members:

        async def send_all(member: ProtocolClient, count: int) -> None:
            for number in range(count):
                await member.send(
                    "say", text=f"{member.welcome['you']} {number}", id=str(number)
                )

        await asyncio.gather(*(send_all(member, 50) for member in members))
        for member in members:
            while len(member.said()) < 150:
                await member.next()
        for member in members:
            seqs = [event["seq"] for event in member.events]
            assert all(after == before + 1 for before, after in pairwise(seqs))
            stamps = [event["at"] for event in member.events]
            assert stamps == sorted(stamps)
        for member in members:
            assert member.said() == members[0].said()
            for name in ("ann", "ben", "cid"):
                own = [text for text in member.said() if text.startswith(name)]
                assert own == [f"{name} {number}" for number in range(50)]


async def test_the_welcome_lists_the_members(server: RunningServer) -> None:
    async with joined_clients(server.url, "dora", "emil") as (dora, emil):
        welcome = emil.welcome
        assert welcome["you"] == "emil"
        assert welcome["version"] == 1
        assert welcome["room"] == "lobby"
        assert welcome["max_users"] == 50
        limits = {"text": 8000, "file": 10 * 1024 * 1024, "files": "text", "edit": 10_800.0}
        assert welcome["limits"] == limits
        assert welcome["reset"] is False
        assert [one["name"] for one in welcome["members"]][-2:] == ["dora", "emil"]
        joined = await dora.until(type="joined", name="emil")
        assert joined["seq"] == welcome["seq"]
        await emil.send("leave")
        left = await dora.until(type="left", name="emil")
        assert left["reason"] == "quit"
        assert await emil.closed() == 1000
        again = await ProtocolClient(dora.http, server.url).connect()
        assert (await again.join("emil"))["type"] == "welcome"


@pytest.mark.parametrize("name", ["FAY", "fay", "\uff26ay"])
async def test_a_name_belongs_to_one_member(server: RunningServer, name: str) -> None:
    async with joined_clients(server.url, "Fay") as (fay,):
        other = await ProtocolClient(fay.http, server.url).connect()
        answer = await other.join(name)
        assert (answer["type"], answer["code"]) == ("refused", "name_taken")
        assert "taken" in answer["reason"]
        assert await other.closed() == 4003


@pytest.mark.parametrize("name", ["", "two words", "-x", "x" * 33, "a/b", "🎉", "tab\t"])
async def test_a_bad_name_is_refused(server: RunningServer, name: str) -> None:
    async with http_session() as http:
        member = await ProtocolClient(http, server.url).connect()
        answer = await member.join(name)
        assert (answer["type"], answer["code"]) == ("refused", "bad_name")
        assert await member.closed() == 4003


async def test_a_full_room_refuses(start_server: StartServer) -> None:
    server = start_server()
    async with joined_clients(server.url, "one", "two", "three") as members:
        fourth = await ProtocolClient(members[0].http, server.url).connect()
        answer = await fourth.join("four")
        assert (answer["code"], answer["reason"]) == ("room_full", "The room is full (3/3).")
        await members[0].send("leave")
        await members[0].closed()
        fifth = await ProtocolClient(members[1].http, server.url).connect()
        assert (await fifth.join("five"))["type"] == "welcome"


async def test_fifty_clients_join_a_room_for_three(start_server: StartServer) -> None:
    server = start_server("--workers", "4")
    async with http_session() as http:
        clients = [await ProtocolClient(http, server.url).connect() for _ in range(50)]
        answers = await asyncio.gather(
            *(member.join(f"name{number % 10}") for number, member in enumerate(clients))
        )
        winners = [answer["you"] for answer in answers if answer["type"] == "welcome"]
        assert len(winners) == 3
        assert len(set(winners)) == 3
        codes = {answer["code"] for answer in answers if answer["type"] == "refused"}
        assert codes <= {"room_full", "name_taken", "too_many"}


async def test_a_repeated_id_is_delivered_once(server: RunningServer) -> None:
    async with joined_clients(server.url, "gus", "hal") as (gus, hal):
        await gus.send("say", text="first", id="x")
        said = await gus.until(type="said", id="x")
        await gus.send("say", text="second try", id="x")
        assert await gus.next("accepted") == {"type": "accepted", "id": "x", "seq": said["seq"]}
        await hal.send("say", text="same id, other member", id="x")
        await hal.until(text="same id, other member")
        assert hal.said().count("first") == 1
        assert "second try" not in hal.said()


async def test_text_arrives_unchanged(server: RunningServer) -> None:
    text = 'line\r\nline\rline\n\ttab  two spaces  e\u0301 👩‍💻 \u202eabc </script> \\ " \x7e'
    async with joined_clients(server.url, "ida") as (ida,):
        await ida.send("say", text=text, id="t")
        said = await ida.until(type="said", id="t")
        assert said["text"] == text.replace("\r\n", "\n").replace("\r", "\n")
        request = {"type": "say", "text": "🎉" * 8000, "id": "long"}
        await ida.socket.send_str(json.dumps(request, ensure_ascii=False))
        assert (await ida.until(type="said", id="long"))["text"] == "🎉" * 8000


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ('{"type":"say","text":"","id":"1"}', "empty"),
        ('{"type":"say","text":"' + "x" * 8001 + '","id":"1"}', "too_long"),
        ('{"type":"say","text":"a\\u0000b","id":"1"}', "bad_request"),
        ('{"type":"say","text":7,"id":"1"}', "bad_request"),
        ('{"type":"say","id":"1"}', "bad_request"),
        ('{"type":"join","name":"again","id":"1"}', "bad_request"),
        ('{"type":"dance","id":"1"}', "unknown_type"),
        ('{"type":"history","id":"1","before":0,"limit":1}', "bad_request"),
    ],
)
async def test_a_bad_request_gives_an_error_and_keeps_the_connection(
    server: RunningServer, frame: str, code: str
) -> None:
    async with joined_clients(server.url, "jan") as (jan,):
        await jan.socket.send_str(frame)
        error = await jan.next("error")
        assert error["code"] == code
        assert error["reason"]
        if "join" not in frame:
            assert error["id"] == "1"
        await jan.send("say", text="still connected", unknown="ignored")
        await jan.until(text="still connected")


async def test_requests_before_joining_are_refused(server: RunningServer) -> None:
    async with http_session() as http:
        member = await ProtocolClient(http, server.url).connect()
        await member.send("say", text="hello?", id="1")
        error = await member.next("error")
        assert (error["code"], error["id"]) == ("not_joined", "1")
        await member.send("join")
        assert (await member.next("refused"))["code"] == "bad_request"
        assert await member.closed() == 4003


async def test_frames_that_end_the_connection(server: RunningServer) -> None:
    async with joined_clients(server.url, "kim", "lea", "mia") as (kim, lea, mia):
        await kim.socket.send_bytes(b"binary")
        assert await kim.closed() == 1003
        await lea.socket.send_str("x" * (64 * 1024 + 1))
        assert await lea.closed() == 1009
        await mia.socket.send_str(json.dumps({"type": "say", "text": "x"}).ljust(64 * 1024))
        await mia.until(type="said", name="mia")


async def test_history_around_a_seq_and_from_a_time(server: RunningServer) -> None:
    async with joined_clients(server.url, "ulla") as (uma,):
        said = []
        for number in range(9):
            await uma.send("say", text=f"page {number}", id=str(number))
            said.append(await uma.until(name="ulla", id=str(number)))
        await uma.send("history", id="a", around=said[4]["seq"], limit=4)
        page = await uma.next("history")
        assert page["events"] == said[2:6]
        assert page["more"]
        await uma.send("history", id="b", after=said[5]["seq"], limit=2)
        assert (await uma.next("history"))["events"] == said[6:8]
        await uma.send("history", id="c", at=said[3]["at"], limit=100)
        events = (await uma.next("history"))["events"]
        assert events[-1] == said[-1]
        assert said[3] in events
        assert all(event["at"] >= said[3]["at"] for event in events)
        await uma.send("history", id="d", at="9999-01-01T00:00:00Z")
        assert (await uma.next("history"))["events"] == []


async def test_any_member_can_search(server: RunningServer) -> None:
    def indexed() -> bool:
        with closing(sqlite3.connect(server.data / "search.sqlite3")) as index:
            (last,) = index.execute("SELECT max(last) FROM covered").fetchone()
        return bool(last == tom.events[-1]["seq"])

    async with joined_clients(server.url, "sina", "tilda") as (sid, tom):
        said = []
        for number in range(5):
            await sid.send("say", text=f"Crème brûlée number {number}", id=str(number))
            said.append(await sid.until(type="said", name="sina", id=str(number)))
        await tom.until(type="said", name="sina", id="4")
        for _ in range(2):
            await tom.send("search", id="s", text="BRULEE creme", limit=3)
            found = await tom.next("found")
            assert found["events"] == said[:1:-1]
            assert found["more"]
            await tom.send("search", id="t", text="BRULEE creme", before=found["before"])
            rest = await tom.next("found")
            assert rest["events"] == said[1::-1]
            assert not rest["more"]
            # The result is the same before and after the index has the messages.
            await asyncio.to_thread(eventually, indexed)
        await tom.send("search", id="u", text='nowhere" OR brulee')
        assert (await tom.next("found"))["events"] == []
        await tom.send("search", id="v", text="  ")
        error = await tom.next("error")
        assert (error["code"], error["id"]) == ("empty", "v")


async def test_history_is_paged_from_the_newest_back(server: RunningServer) -> None:
    async with joined_clients(server.url, "nia") as (nia,):
        for number in range(10):
            await nia.send("say", text=str(number), id=str(number))
        last = await nia.until(type="said", id="9")
        await nia.send("history", id="h", before=last["seq"], limit=3)
        page = await nia.next("history")
        assert [event["text"] for event in page["events"]] == ["6", "7", "8"]
        assert (page["id"], page["more"]) == ("h", True)
        await nia.send("history", id="all", before=last["seq"] + 1000, limit=100_000)
        everything = await nia.next("history")
        assert [event["seq"] for event in everything["events"]] == list(
            range(1, last["seq"] + 1)
        )
        assert everything["more"] is False
        late = await ProtocolClient(nia.http, server.url).connect()
        await late.join("olaf", history=2)
        await late.until(type="joined", name="olaf")
        assert [event["seq"] for event in late.events] == [
            last["seq"] - 1, last["seq"], last["seq"] + 1,
        ]  # fmt: skip


async def test_the_report_has_the_right_values(start_server: StartServer) -> None:
    server = start_server("--workers", "2", "--max-users", "50")
    async with joined_clients(server.url, "pia", "quin") as (pia, quin):
        await pia.send("say", text="one")
        await quin.until(text="one")
        port = quin.socket.get_extra_info("sockname")[1]
        await quin.send("report", id="r")
        report = await quin.next("report")
        assert report["id"] == "r"
        assert report["active"] == len(report["members"])
        assert report["max_users"] == 50
        lines = {line["name"]: line for line in report["members"]}
        mine = lines["quin"]
        assert (mine["address"], mine["port"]) == ("127.0.0.1", port)
        assert (mine["door"], mine["tls"], mine["state"]) == ("websocket", False, "active")
        assert 0 <= mine["idle"] < 5
        assert mine["received"] == len(quin.events)
        assert (lines["pia"]["sent"], mine["sent"]) == (1, 0)
        assert not any("client" in line for line in report["members"])
        assert lines["pia"]["worker"] != mine["worker"]


async def test_a_disconnected_member_resumes(server: RunningServer) -> None:
    async with joined_clients(server.url, "rex", "sue") as (rex, sue):
        await rex.send("say", text="before", id="1")
        seen = await rex.until(type="said", name="rex")
        rex.socket._response.connection.transport.abort()
        assert (await sue.next("presence")) == {
            "type": "presence", "name": "rex", "state": "away", "member": rex.welcome["member"],
        }  # fmt: skip
        await sue.send("say", text="meanwhile", id="2")
        await sue.until(type="said", id="2")
        back = await ProtocolClient(sue.http, server.url).connect()
        welcome = await back.join(
            "other", token=rex.welcome["token"], after=seen["seq"], history=0
        )
        assert welcome["you"] == "rex"
        await back.send("say", text="before", id="1")
        await back.next("accepted")
        assert back.said() == ["meanwhile"]
        assert (await sue.next("presence"))["state"] == "active"
        assert [e["type"] for e in sue.events if e["name"] == "rex"].count("left") == 0


async def test_a_resumed_connection_replaces_the_old_one(server: RunningServer) -> None:
    async with joined_clients(server.url, "tom", "uma") as (tom, uma):
        now = tom
        for _ in range(4):  # on either worker
            back = await ProtocolClient(tom.http, server.url).connect()
            await back.join("tom", token=tom.welcome["token"], after=tom.welcome["seq"])
            assert await now.closed() == 4001
            now = back
        await uma.send("say", text="hello tom")
        await now.until(text="hello tom")


async def test_a_member_leaves_when_the_grace_period_ends(start_server: StartServer) -> None:
    server = start_server("--grace", "0.1")
    async with joined_clients(server.url, "vic", "wim") as (vic, wim):
        await vic.socket.close()
        left = await wim.until(type="left", name="vic")
        assert left["reason"] == "lost"
        late = await ProtocolClient(wim.http, server.url).connect()
        answer = await late.join("vic", token=vic.welcome["token"])
        assert (answer["type"], answer["code"]) == ("refused", "bad_token")


async def test_messages_over_the_rate_are_refused(start_server: StartServer) -> None:
    server = start_server("--rate", "5")
    async with joined_clients(server.url, "xia", "yan") as (xia, yan):
        for number in range(30):
            await xia.send("say", text=str(number), id=str(number))
        errors: list[dict[str, Any]] = []
        while len(errors) + len(xia.said()) < 30:
            message = await xia.next("error", "said")
            errors += [message] if message["type"] == "error" else []
        assert {error["code"] for error in errors} == {"rate_limited"}
        refused = {error["id"] for error in errors}
        assert sorted([*refused, *xia.said()], key=int) == [str(number) for number in range(30)]
        await yan.send("say", text="not limited")
        await yan.until(text="not limited")


async def test_a_password_is_required_and_guesses_are_limited(
    start_server: StartServer, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("sesame öffne dich\n")
    server = start_server("--password-file", str(secret))
    async with http_session() as http:

        async def attempt(name: str = "abe", **fields: str) -> str:
            member = await ProtocolClient(http, server.url).connect()
            answer = await member.join(name, **fields)
            return str(answer.get("code", "welcome"))

        assert await attempt() == "bad_password"
        assert await attempt(password="sesame öffne dich") == "welcome"
        start = time.monotonic()
        guesses = (attempt(password=f"guess {n}") for n in range(30))
        assert await asyncio.gather(*guesses) == ["bad_password"] * 30
        assert time.monotonic() - start > 1, "ten are looked at in a second"
        assert await attempt("bob", password="sesame öffne dich") == "welcome"
        assert server.log.read_text().count("wrong password address=127.0.0.1") == 20


async def test_a_page_of_another_origin_is_refused(server: RunningServer) -> None:
    async with http_session() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await ProtocolClient(http, server.url).connect(origin="http://evil.example")
        assert refused.value.status == 403
        own = await ProtocolClient(http, server.url).connect(origin=server.url)
        await own.socket.close()
        with pytest.raises(aiohttp.WSServerHandshakeError) as unknown:
            await ProtocolClient(http, server.url).connect(protocols=["chatroom.v9"])
        assert unknown.value.status == 400
        plain = await ProtocolClient(http, server.url).connect(protocols=[])
        assert (await plain.join("zoe"))["type"] == "welcome"
        await plain.send("leave")
        assert await plain.closed() == 1000
