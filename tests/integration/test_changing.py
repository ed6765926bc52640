"""Replies, reactions, edits, pins, names, notes and typing, on a whole server."""

import json
from typing import Any

from shared import codec, messages, standing
from tests.conftest import StartServer
from tests.support.protocol_client import ProtocolClient, http_session
from tests.support.running import RunningServer

FEATURES = [
    "moderation", "deleting", "replies", "reactions", "editing", "pins", "renaming", "notes",
    "typing",
]  # fmt: skip


async def joined(http: Any, server: RunningServer, name: str, **fields: Any) -> ProtocolClient:
    client = await ProtocolClient(http, server.url).connect()
    welcome = await client.join(name, **{"features": FEATURES, **fields})
    assert welcome["type"] == "welcome", welcome
    await client.barrier()
    return client


async def asked(client: ProtocolClient, type: str, id: str, **fields: Any) -> dict[str, Any]:
    """Send a request; return what has its id."""
    await client.send(type, id=id, **fields)
    return await client.until(id=id)


def held(client: ProtocolClient) -> dict[int, messages.AnyEvent]:
    """Return the messages that a client has in the end, without their quotes."""
    sent: dict[int, Any] = {}
    for raw in client.events:
        event = codec.decode_event(json.dumps(raw).encode())
        if isinstance(event, standing.Sent.__value__):
            sent[event.seq] = event
        elif isinstance(event, standing.Change.__value__) and event.target in sent:
            sent[event.target] = standing.changed(sent[event.target], event)
    return {
        seq: codec.decode_event(
            codec.encode(
                {key: value for key, value in _fields(event).items() if key != "quote"}
            )
        )
        for seq, event in sent.items()
    }


def _fields(event: Any) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(codec.encode(event))
    return fields


async def test_a_conversation_comes_to_the_same_for_all(start_server: StartServer) -> None:
    server = start_server("--max-users", "9", "--workers", "2")
    key = (server.data / "owner-key").read_text().strip()
    async with http_session() as http:
        ann = await joined(http, server, "ann", owner_key=key)
        bob, cut = await joined(http, server, "bob"), await joined(http, server, "cut")
        old = await joined(http, server, "old", features=None)

        first = await asked(ann, "say", "1", text="Lunch  at\none?")
        reply = await asked(bob, "say", "2", text="Yes", reply_to=first["seq"])
        assert reply["quote"] == {"name": "ann", "text": "Lunch at one?"}
        await cut.until(seq=reply["seq"])
        await cut.socket.close()

        reacted = await asked(bob, "react", "3", seq=first["seq"], emoji="❤", on=True)
        assert (reacted["target"], reacted["emoji"]) == (first["seq"], "❤\ufe0f")
        edited = await asked(ann, "edit", "4", seq=first["seq"], text="Lunch at two?")
        assert edited["type"] == "edited"
        pinned = await asked(ann, "pin", "5", seq=first["seq"], on=True)
        assert pinned["type"] == "pinned"
        for name, fields, code in (
            ("pin", {"seq": first["seq"], "on": False}, "forbidden"),
            ("edit", {"seq": first["seq"], "text": "no"}, "forbidden"),
            ("react", {"seq": 1, "emoji": "👍", "on": True}, "not_found"),
            ("rename", {"name": "ann"}, "name_taken"),
        ):
            answer = await asked(bob, name, f"{name} fails", **fields)
            assert (answer["type"], answer["code"]) == ("error", code)
        again = await asked(bob, "react", "3", seq=first["seq"], emoji="❤", on=True)
        assert again == {"type": "accepted", "id": "3", "seq": reacted["seq"]}

        presence = await asked(bob, "note", "6", text=" at\nlunch ")
        assert (presence["type"], presence["note"]) == ("presence", "at lunch")
        assert (await ann.until(type="presence", name="bob"))["note"] == "at lunch"
        await bob.send("rename", id="7", name="bea")
        await bob.send("say", id="8", text="That is me", reply_to=reply["seq"])
        assert (await bob.until(id="7"))["to"] == "bea"
        said = await bob.until(id="8")
        assert (said["name"], said["member"]) == ("bea", reply["member"])
        assert said["quote"] == {"name": "bob", "text": "Yes"}

        resumed = await joined(
            http, server, "cut", token=cut.welcome["token"],
            after=reply["seq"], journal=cut.welcome["journal"],
        )  # fmt: skip
        resumed.events = [*cut.events, *resumed.events]
        late = await joined(http, server, "late", history=100)
        for client in (ann, bob, resumed, late):
            await client.barrier()
        messages_of = {client: held(client) for client in (ann, bob, resumed, late)}
        assert messages_of[ann] == messages_of[bob] == messages_of[resumed] == messages_of[late]

        (pin,) = late.welcome["pins"]
        assert (pin["seq"], pin["text"], pin["pinned"]) == (first["seq"], "Lunch at two?", True)
        assert pin["reactions"] == {"❤\ufe0f": [{"member": reply["member"], "name": "bob"}]}
        notes = {one["name"]: one.get("note") for one in late.welcome["members"]}
        assert (notes["bea"], notes["ann"]) == ("at lunch", None)
        shown = {event["seq"]: event for event in late.events}
        assert shown[reply["seq"]]["quote"]["text"] == "Lunch at two?"
        page = await asked(late, "history", "h", around=reply["seq"], limit=2)
        assert page["events"] == [shown[first["seq"]], shown[reply["seq"]]]

        await old.barrier()
        lines = [one["text"] for one in old.events if one["name"] == "server"]
        assert lines[1:] == [
            "bob reacted with ❤\ufe0f.", "ann edited a message.",
            "ann pinned a message or a file.", "bob is now called bea.",
        ]  # fmt: skip
        assert [one["seq"] for one in old.events[-8:]] == [
            one["seq"] for one in ann.events[-8:]
        ]


async def test_who_is_typing_reaches_the_others_of_all_workers(
    start_server: StartServer,
) -> None:
    server = start_server("--max-users", "20", "--workers", "2")
    async with http_session() as http:
        others = [await joined(http, server, f"other{number}") for number in range(6)]
        ann, old = (
            await joined(http, server, "ann"),
            await joined(http, server, "old", features=None),
        )
        await ann.send("typing")
        await ann.send("typing")
        await ann.send("say", text="hi")
        typing = {"type": "typing", "name": "ann", "member": ann.welcome["member"]}
        for other in others:
            assert await other.next("typing") == typing
            while (message := await other.next())["type"] != "said":
                assert message["type"] != "typing"
        for deaf in (ann, old):
            while (message := await deaf.next())["type"] != "said":
                assert message["type"] != "typing"


async def test_changes_outlive_a_restart(start_server: StartServer) -> None:
    server = start_server("--max-users", "5", "--edit-window", "0")
    async with http_session() as http:
        ann = await joined(http, server, "ann")
        assert ann.welcome["limits"]["edit"] == 0
        said = await asked(ann, "say", "1", text="hello")
        await asked(ann, "react", "2", seq=said["seq"], emoji="👍", on=True)
        await asked(ann, "rename", "3", name="bea")
        refused = await asked(ann, "edit", "4", seq=said["seq"], text="hallo")
        assert (refused["code"], refused["params"]["rule"]) == ("forbidden", "edit_window")
        server.stop()
        server.start()
        again = await joined(
            http, server, "ann", token=ann.welcome["token"], after=0,
            journal=ann.welcome["journal"],
        )  # fmt: skip
        assert again.welcome["you"] == "bea"
        shown = {event["seq"]: event for event in again.events}
        assert list(shown[said["seq"]]["reactions"]) == ["👍"]
        await again.send("say", id="5", text="still here")
        assert (await again.until(id="5"))["name"] == "bea"


async def test_a_rename_that_is_asked_for_again_changes_nothing(
    start_server: StartServer,
) -> None:
    server = start_server("--max-users", "5")
    async with http_session() as http:
        ann = await joined(http, server, "ann")
        for id, name in ("1", "bea"), ("2", "cara"):
            assert (await asked(ann, "rename", id, name=name))["to"] == name
        await ann.send("rename", id="1", name="bea")
        await ann.send("say", id="3", text="still cara")
        assert (await ann.until(id="1"))["type"] == "accepted"
        assert (await ann.until(id="3"))["name"] == "cara"
