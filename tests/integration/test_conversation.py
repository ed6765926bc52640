"""Joining, talking, leaving: part 1 of the protocol as a stranger's client meets it."""

import asyncio
import json
import sqlite3
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import aiohttp
import pytest

from tests.conftest import StartServer
from tests.support.guest import Guest, guests, http_session
from tests.support.running import RunningServer, eventually


async def test_what_is_said_reaches_everybody_in_one_order(server: RunningServer) -> None:
    async with guests(server.url, "ann", "ben", "cid") as members:

        async def talk(guest: Guest, count: int) -> None:
            for number in range(count):
                await guest.send("say", text=f"{guest.welcome['you']} {number}", id=str(number))

        await asyncio.gather(*(talk(guest, 50) for guest in members))
        for guest in members:
            while len(guest.said()) < 150:
                await guest.next()
        for guest in members:
            seqs = [event["seq"] for event in guest.events]
            assert all(after == before + 1 for before, after in pairwise(seqs))
            stamps = [event["at"] for event in guest.events]
            assert stamps == sorted(stamps)
        for guest in members:
            assert guest.said() == members[0].said()
            for name in ("ann", "ben", "cid"):
                own = [text for text in guest.said() if text.startswith(name)]
                assert own == [f"{name} {number}" for number in range(50)]
        for guest in members:
            await guest.send("leave")


async def test_the_first_answer_tells_who_is_here(server: RunningServer) -> None:
    async with guests(server.url, "dora", "emil") as (dora, emil):
        welcome = emil.welcome
        assert welcome["you"] == "emil"
        assert welcome["version"] == 1
        assert welcome["room"] == "lobby"
        assert welcome["max_users"] == 50
        assert welcome["limits"] == {"text": 8000, "file": 10 * 1024 * 1024}
        assert welcome["reset"] is False
        assert [one["name"] for one in welcome["members"]][-2:] == ["dora", "emil"]
        joined = await dora.until(type="joined", name="emil")
        assert joined["seq"] == welcome["seq"]
        await emil.send("leave")
        left = await dora.until(type="left", name="emil")
        assert left["reason"] == "quit"
        assert await emil.closed() == 1000
        again = await Guest(dora.http, server.url).connect()
        assert (await again.join("emil"))["type"] == "welcome"


@pytest.mark.parametrize("name", ["FAY", "fay", "\uff26ay"])
async def test_a_name_is_had_by_one(server: RunningServer, name: str) -> None:
    async with guests(server.url, "Fay") as (fay,):
        other = await Guest(fay.http, server.url).connect()
        answer = await other.join(name)
        assert (answer["type"], answer["code"]) == ("refused", "name_taken")
        assert "taken" in answer["reason"]
        assert await other.closed() == 4003
        await fay.send("leave")
        await fay.closed()


@pytest.mark.parametrize("name", ["", "two words", "-x", "x" * 33, "a/b", "🎉", "tab\t"])
async def test_a_bad_name_is_refused(server: RunningServer, name: str) -> None:
    async with http_session() as http:
        guest = await Guest(http, server.url).connect()
        answer = await guest.join(name)
        assert (answer["type"], answer["code"]) == ("refused", "bad_name")
        assert await guest.closed() == 4003


async def test_a_full_room_says_so(start_server: StartServer) -> None:
    server = start_server()
    async with guests(server.url, "one", "two", "three") as members:
        fourth = await Guest(members[0].http, server.url).connect()
        answer = await fourth.join("four")
        assert (answer["code"], answer["reason"]) == ("room_full", "The room is full (3/3).")
        await members[0].send("leave")
        await members[0].closed()
        fifth = await Guest(members[1].http, server.url).connect()
        assert (await fifth.join("five"))["type"] == "welcome"


async def test_fifty_claim_three_places_under_ten_names(start_server: StartServer) -> None:
    server = start_server("--workers", "4")
    async with http_session() as http:
        crowd = [await Guest(http, server.url).connect() for _ in range(50)]
        answers = await asyncio.gather(
            *(guest.join(f"name{number % 10}") for number, guest in enumerate(crowd))
        )
        winners = [answer["you"] for answer in answers if answer["type"] == "welcome"]
        assert len(winners) == 3
        assert len(set(winners)) == 3
        codes = {answer["code"] for answer in answers if answer["type"] == "refused"}
        assert codes <= {"room_full", "name_taken"}


async def test_saying_it_again_says_it_once(server: RunningServer) -> None:
    async with guests(server.url, "gus", "hal") as (gus, hal):
        await gus.send("say", text="first", id="x")
        said = await gus.until(type="said", id="x")
        await gus.send("say", text="second try", id="x")
        assert await gus.next("accepted") == {"type": "accepted", "id": "x", "seq": said["seq"]}
        await hal.send("say", text="same id, other member", id="x")
        await hal.until(text="same id, other member")
        assert hal.said().count("first") == 1
        assert "second try" not in hal.said()
        for guest in (gus, hal):
            await guest.send("leave")
            await guest.closed()


async def test_text_comes_as_it_was_said(server: RunningServer) -> None:
    text = 'line\r\nline\rline\n\ttab  two spaces  e\u0301 👩‍💻 \u202eabc </script> \\ " \x7e'
    async with guests(server.url, "ida") as (ida,):
        await ida.send("say", text=text, id="t")
        said = await ida.until(type="said", id="t")
        assert said["text"] == text.replace("\r\n", "\n").replace("\r", "\n")
        request = {"type": "say", "text": "🎉" * 8000, "id": "long"}
        await ida.socket.send_str(json.dumps(request, ensure_ascii=False))
        assert (await ida.until(type="said", id="long"))["text"] == "🎉" * 8000
        await ida.send("leave")
        await ida.closed()


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
async def test_a_bad_request_is_an_error_and_no_more(
    server: RunningServer, frame: str, code: str
) -> None:
    async with guests(server.url, "jan") as (jan,):
        await jan.socket.send_str(frame)
        error = await jan.next("error")
        assert error["code"] == code
        assert error["reason"]
        if "join" not in frame:
            assert error["id"] == "1"
        await jan.send("say", text="still here", unknown="ignored")
        await jan.until(text="still here")
        await jan.send("leave")
        await jan.closed()


async def test_before_joining_nothing_is_done(server: RunningServer) -> None:
    async with http_session() as http:
        guest = await Guest(http, server.url).connect()
        await guest.send("say", text="hello?", id="1")
        error = await guest.next("error")
        assert (error["code"], error["id"]) == ("not_joined", "1")
        await guest.send("join")
        assert (await guest.next("refused"))["code"] == "bad_request"
        assert await guest.closed() == 4003


async def test_frames_that_end_the_connection(server: RunningServer) -> None:
    async with guests(server.url, "kim", "lea", "mia") as (kim, lea, mia):
        await kim.socket.send_bytes(b"binary")
        assert await kim.closed() == 1003
        await lea.socket.send_str("x" * (64 * 1024 + 1))
        assert await lea.closed() == 1009
        await mia.socket.send_str(json.dumps({"type": "say", "text": "x"}).ljust(64 * 1024))
        await mia.until(type="said", name="mia")
        await mia.send("leave")
        await mia.closed()


async def test_history_from_a_place_and_from_a_time(server: RunningServer) -> None:
    async with guests(server.url, "ulla") as (uma,):
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


async def test_what_was_said_is_found_by_any_member(server: RunningServer) -> None:
    def indexed() -> bool:
        with closing(sqlite3.connect(server.data / "search.sqlite3")) as index:
            (last,) = index.execute("SELECT max(last) FROM covered").fetchone()
        return bool(last == tom.events[-1]["seq"])

    async with guests(server.url, "sina", "tilda") as (sid, tom):
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
            # Just said and not yet indexed, or indexed: it makes no difference.
            await asyncio.to_thread(eventually, indexed)
        await tom.send("search", id="u", text='nowhere" OR brulee')
        assert (await tom.next("found"))["events"] == []
        await tom.send("search", id="v", text="  ")
        error = await tom.next("error")
        assert (error["code"], error["id"]) == ("empty", "v")


async def test_history_is_paged_from_the_newest_back(server: RunningServer) -> None:
    async with guests(server.url, "nia") as (nia,):
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
        late = await Guest(nia.http, server.url).connect()
        await late.join("olaf", history=2)
        await late.until(type="joined", name="olaf")
        assert [event["seq"] for event in late.events] == [
            last["seq"] - 1, last["seq"], last["seq"] + 1,
        ]  # fmt: skip
        for guest in (nia, late):
            await guest.send("leave")
            await guest.closed()


async def test_the_report_is_honest(start_server: StartServer) -> None:
    server = start_server("--workers", "2", "--max-users", "50")
    async with guests(server.url, "pia", "quin") as (pia, quin):
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
        assert lines["pia"]["worker"] != mine["worker"]
        for guest in (pia, quin):
            await guest.send("leave")
            await guest.closed()


async def test_a_dropped_member_resumes_where_it_was(server: RunningServer) -> None:
    async with guests(server.url, "rex", "sue") as (rex, sue):
        await rex.send("say", text="before", id="1")
        seen = await rex.until(type="said", name="rex")
        rex.socket._response.connection.transport.abort()
        assert (await sue.next("presence")) == {
            "type": "presence", "name": "rex", "state": "away",
        }  # fmt: skip
        await sue.send("say", text="meanwhile", id="2")
        await sue.until(type="said", id="2")
        back = await Guest(sue.http, server.url).connect()
        welcome = await back.join(
            "whatever", token=rex.welcome["token"], after=seen["seq"], history=0
        )
        assert welcome["you"] == "rex"
        await back.send("say", text="before", id="1")
        await back.next("accepted")
        assert back.said() == ["meanwhile"]
        assert (await sue.next("presence"))["state"] == "active"
        assert [e["type"] for e in sue.events if e["name"] == "rex"].count("left") == 0
        for guest in (back, sue):
            await guest.send("leave")
            await guest.closed()


async def test_a_resumed_member_replaces_its_ghost(server: RunningServer) -> None:
    async with guests(server.url, "tom", "uma") as (tom, uma):
        now = tom
        for _ in range(4):  # whichever worker it comes to
            back = await Guest(tom.http, server.url).connect()
            await back.join("tom", token=tom.welcome["token"], after=tom.welcome["seq"])
            assert await now.closed() == 4001
            now = back
        await uma.send("say", text="hello tom")
        await now.until(text="hello tom")
        for guest in (now, uma):
            await guest.send("leave")
            await guest.closed()


async def test_who_does_not_come_back_has_left(start_server: StartServer) -> None:
    server = start_server("--grace", "0.1")
    async with guests(server.url, "vic", "wim") as (vic, wim):
        await vic.socket.close()
        left = await wim.until(type="left", name="vic")
        assert left["reason"] == "lost"
        late = await Guest(wim.http, server.url).connect()
        answer = await late.join("vic", token=vic.welcome["token"])
        assert (answer["type"], answer["code"]) == ("refused", "bad_token")
        await wim.send("leave")
        await wim.closed()


async def test_who_talks_too_fast_is_told(start_server: StartServer) -> None:
    server = start_server("--rate", "5")
    async with guests(server.url, "xia", "yan") as (xia, yan):
        for number in range(30):
            await xia.send("say", text=str(number), id=str(number))
        errors = []
        while len(errors) + len(xia.said()) < 30:
            message = await xia.next("error", "said")
            errors += [message] if message["type"] == "error" else []
        assert {error["code"] for error in errors} == {"rate_limited"}
        refused = {error["id"] for error in errors}
        assert sorted([*refused, *xia.said()], key=int) == [str(number) for number in range(30)]
        await yan.send("say", text="not me")
        await yan.until(text="not me")


async def test_a_password_is_asked_and_guessing_is_slow(
    start_server: StartServer, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("sesame öffne dich\n")
    server = start_server("--password-file", str(secret))
    async with http_session() as http:

        async def attempt(**fields: str) -> str:
            guest = await Guest(http, server.url).connect()
            answer = await guest.join("abe", **fields)
            return answer.get("code", "welcome")

        assert await attempt() == "bad_password"
        assert await attempt(password="sesame öffne dich") == "welcome"
        assert [await attempt(password=f"guess {n}") for n in range(5)] == ["bad_password"] * 5
        assert await attempt(password="sesame öffne dich") == "too_many"


async def test_a_page_from_elsewhere_may_not_join(server: RunningServer) -> None:
    async with http_session() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await Guest(http, server.url).connect(origin="http://evil.example")
        assert refused.value.status == 403
        own = await Guest(http, server.url).connect(origin=server.url)
        await own.socket.close()
        with pytest.raises(aiohttp.WSServerHandshakeError) as unknown:
            await Guest(http, server.url).connect(protocols=["chatroom.v9"])
        assert unknown.value.status == 400
        plain = await Guest(http, server.url).connect(protocols=[])
        assert (await plain.join("zoe"))["type"] == "welcome"
        await plain.send("leave")
        assert await plain.closed() == 1000
