"""Recorded cases that the state machines of both clients must pass (tests/protocol_cases).

A case is a JSON object: `about`, `options` (those of network/api.js), and `inputs` in order. An
input has `at` (seconds), `input` (the method of `ClientProtocol`, as the browser client spells
it), its argument, and `expect`: the steps that follow, which are "open", "hangUp", {"send":
request}, {"askHosts": URLs} or {"tell": event}. `answers` are pairs of a host's URL and its
answer to `GET /room`. `wakeAt` and `state` are those after it, and so are `host` (the URL
of the host that is tried, or connected to) and `within` (the seconds it has to answer). The
English `reason` of a problem is not compared, numbers are equal within 1e-9, and the random
wait is the longest.
The browser client reads the same files: tests/web/protocol/cases.test.js.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import UNSET, structs

from client_mvc.network import api, checks
from client_mvc.network.protocol import ClientProtocol
from client_mvc.network.steps import AskHosts, HangUp, Open, Send, Step
from shared import codec, conversation, joinlink, messages, moderation, protocol
from shared.problems import Problem
from tests.client_mvc.fakes import ADDRESS

FOLDER = Path(__file__).parents[2] / "protocol_cases"
CASES = sorted(path.stem for path in FOLDER.glob("*.json"))
CLIENT = "Example 1.0"

_KINDS = {
    api.CaughtUp: "caughtUp",
    api.Disconnected: "disconnected",
    api.Reconnecting: "reconnecting",
    api.MessageConfirmed: "confirmed",
    api.MessageDelayed: "delayed",
    api.MessageFailed: "failed",
    api.RequestFailed: "requestFailed",
    api.RequestDelayed: "requestDelayed",
    api.MajorityChanged: "majority",
    api.HostsChanged: "hosts",
}
_ANSWERS = {messages.History: "history", messages.Found: "found", moderation.Bans: "bans"}


def begun(options: dict[str, Any]) -> ClientProtocol:
    outgoing = [api.OutgoingMessage(**each) for each in options.get("outgoing", [])]
    journal = options.get("journal", "")
    joining = api.JoinOptions(
        ADDRESS,
        options["name"],
        options.get("password"),
        options.get("token"),
        options.get("after"),
        outgoing,
        journal,
        options.get("afterAt", ""),
        answers_room=journal != "",
        device=options.get("device"),
        owner_key=options.get("ownerKey"),
    )
    return ClientProtocol(joining, client=CLIENT, uniform=lambda _low, high: high)


def played(protocol: ClientProtocol, given: dict[str, Any]) -> list[Step]:
    """Give the machine one input of a case."""
    now = given["at"]
    match given["input"]:
        case "roomFound":
            room = given["room"]
            found = room and checks.room(codec.decode_room(_json(room)))
            return protocol.room_found(found, now=now)
        case "unreachable":
            return protocol.unreachable(Problem(given["problem"]["code"]), now)
        case "closed":
            return protocol.closed(given["code"], now)
        case "received":
            return _received(protocol, given["frame"], now)
        case "send":
            return protocol.send(api.OutgoingMessage(**given["message"]), now)
        case "ask":
            query: Any = codec.decode_request(_json(given["query"]))
            return protocol.ask(query, now)
        case "hostsAsked":
            answers = [
                (joinlink.addresses([url])[0], checks.room(codec.decode_room(_json(room))))
                for url, room in given["answers"]
            ]
            return protocol.hosts_asked(answers, now)
    simple: dict[str, Callable[[], list[Step]]] = {
        "start": protocol.start,
        "opened": lambda: protocol.opened(now),
        "silent": lambda: protocol.silent(now),
        "reconnectNow": protocol.reconnect_now,
        "networkBack": protocol.network_back,
        "leave": lambda: protocol.leave(now),
        "typing": lambda: protocol.typing(now),
        "tick": lambda: protocol.tick(now),
    }
    return simple[given["input"]]()


def _received(protocol: ClientProtocol, frame: dict[str, Any], now: float) -> list[Step]:
    """Read a frame as `websocket.ClientWebSocket` does."""
    try:
        message = codec.decode_from_server(_json(frame))
        if message is None:
            return []
        return protocol.received(checks.message(message), now)
    except msgspec.DecodeError:
        return []
    except checks.BrokenProtocol as broken:
        return protocol.unreachable(broken.problem, now)


def as_json(step: Step) -> Any:
    """Return a step as a case has it."""
    match step:
        case Open():
            return "open"
        case HangUp():
            return "hangUp"
        case Send(request):
            return {"send": plain(request)}
        case AskHosts(hosts):
            return {"askHosts": [f"https://{host}" for host in hosts]}
    return {"tell": _told(step)}


def _told(event: Any) -> dict[str, Any]:
    match event:
        case api.RoomFound(room, known):
            return {"kind": "roomFound", "room": plain(room), "known": known}
        case api.Welcomed(welcome, forget):
            return {"kind": "welcomed", "welcome": plain(welcome), "forget": forget}
        case api.MembershipEnded(why, problem, clean):
            return {"kind": "ended", "why": why, "problem": plain(problem), "clean": clean}
        case api.EventReceived(received):
            return {"kind": "event", "event": plain(received)}
        case api.ReportReceived(report, latency):
            return {"kind": "report", "report": plain(report), "latency": latency}
        case messages.Presence():
            return {"kind": "presence", "presence": plain(event)}
        case conversation.IsTyping():
            return {"kind": "typing", "typing": plain(event)}
        case messages.History() | messages.Found() | moderation.Bans():
            return {"kind": _ANSWERS[type(event)], "answer": plain(event)}
    fields = {name: plain(getattr(event, name)) for name in event.__dataclass_fields__}
    return {"kind": _KINDS[type(event)], **fields}


def plain(value: Any) -> Any:
    """Return a value of the wire or a problem as the browser client has it."""
    match value:
        case Problem(code, params, retry_after):
            known = {name: each for name, each in params.items() if name != "reason"}
            shown: dict[str, Any] = {"code": code}
            shown |= {"params": known} if known else {}
            return shown | ({} if retry_after is None else {"retryAfter": retry_after})
        case messages.UnknownEvent(seq=seq, at=at, raw=raw):
            shown = {"type": "unknown", "seq": seq, "at": at, "name": ""}
            return shown | ({"raw": json.loads(raw)} if raw else {})
        case list():
            return [plain(each) for each in value]
        case msgspec.Struct():
            tag = value.__struct_config__.tag
            fields: dict[str, Any] = {"type": tag} if isinstance(tag, str) else {}
            for field in structs.fields(value):
                given = getattr(value, field.name)
                left_out = value.__struct_config__.omit_defaults and given == field.default
                if given is not UNSET and not left_out:
                    fields[field.name] = plain(given)
            return fields
    return value


def close_to(found: Any, expected: Any) -> bool:
    if isinstance(found, float | int) and isinstance(expected, float | int):
        return found == pytest.approx(expected, abs=1e-9)
    if isinstance(found, dict) and isinstance(expected, dict):
        return found.keys() == expected.keys() and all(
            close_to(found[name], expected[name]) for name in found
        )
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(close_to, found, expected))
    return bool(found == expected)


def as_now(step: Any) -> Any:
    """Return a step as this version takes it: a case may be older than a feature."""
    match step:
        case {"send": {"type": "join"} as join}:
            return {"send": {**join, "features": list(protocol.FEATURES)}}
        case {"tell": {"kind": "welcomed", "welcome": welcome} as tell}:
            limits = {"files": "text", "edit": 0.0, **welcome["limits"]}
            return {"tell": {**tell, "welcome": {"pins": [], **welcome, "limits": limits}}}
    return step


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    protocol = begun(case["options"])
    for number, given in enumerate(case["inputs"]):
        found = [as_json(step) for step in played(protocol, given)]
        place = f"{case['about']}: input {number}, {given['input']}"
        assert close_to(found, [as_now(step) for step in given["expect"]]), (place, found)
        if "wakeAt" in given:
            assert close_to(protocol.wake_at, given["wakeAt"]), place
        assert protocol.state.name.lower() == given["state"], place
        if "host" in given:
            assert f"https://{protocol.hosts.current}" == given["host"], place
        if "within" in given:
            assert protocol.hosts.within == given["within"], place


def test_there_are_cases() -> None:
    assert len(CASES) >= 40
