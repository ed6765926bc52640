"""Recorded cases that both clients must fold alike (tests/conversation_cases).

A case is a JSON object: `about`, `steps` in order, and `conversation`, the events that are in
memory at the end, oldest first. A step is one of

- {"event": EVENT}: the next event of the stream, in the order of `seq`;
- {"answer": [EVENT, …], "expect": [EVENT, …]}: events of an answer to `history` or `search`,
  and what becomes of them, with the changes that overtook the answer;
- {"clear": true}: the journal is another one, all events are forgotten.

Events are as on the wire (docs/protocol.md); a field that does not apply is left out. The order
of the emoji of one message is not compared, the order of those who reacted is. The browser
client reads the same files.
"""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from client_mvc.model.conversation import Conversation
from client_mvc.network import checks
from shared import codec, messages

FOLDER = Path(__file__).parents[2] / "conversation_cases"
CASES = sorted(path.stem for path in FOLDER.glob("*.json"))


def event_of(wire: dict[str, Any]) -> messages.AnyEvent:
    """Read an event as the client does."""
    message: Any = codec.decode_from_server(json.dumps(wire).encode())
    return checks.event(message)


def wire_of(event: messages.AnyEvent) -> Any:
    return json.loads(msgspec.json.encode(event))


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    conversation = Conversation()
    for number, step in enumerate(case["steps"]):
        if "event" in step:
            conversation.add(event_of(step["event"]))
        elif "answer" in step:
            stood = conversation.as_they_stand([event_of(each) for each in step["answer"]])
            assert [wire_of(each) for each in stood] == step["expect"], (case["about"], number)
        else:
            conversation.clear()
    assert [wire_of(each) for each in conversation] == case["conversation"], case["about"]


def test_there_are_cases() -> None:
    assert len(CASES) >= 10
