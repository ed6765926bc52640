"""Commands as they are typed, and emotes as they are shown: the same in both clients."""

import json
from pathlib import Path
from typing import Any

import pytest

from client_mvc.controller.composer import commands, suggesting
from client_mvc.controller.conversation import extras
from client_mvc.view.contract.values import Suggestion

CASES = json.loads((Path(__file__).parents[2] / "command_cases.json").read_text("utf-8"))
"""The browser client plays them too (tests/web/controller/commands.test.js)."""


def outcome(typed: str) -> dict[str, str]:
    match commands.parse(typed):
        case commands.Call(command, rest):
            word = next(each.word for each in commands.TABLE if each.command is command)
            return {"command": word, "rest": rest}
        case commands.Unknown(reason):
            word = typed.split(maxsplit=1)[0]
            assert word in reason
            return {"refused": word}
        case str(message):
            return {"message": message}


@pytest.mark.parametrize("case", CASES["commands"], ids=lambda case: repr(case["typed"]))
def test_any_white_space_ends_the_word_of_a_command(case: dict[str, Any]) -> None:
    assert {"typed": case["typed"], **outcome(case["typed"])} == case


@pytest.mark.parametrize(("said", "does"), CASES["emotes"].items())
def test_what_an_emote_says(said: str, does: str | None) -> None:
    assert extras.emoted(said) == does


@pytest.mark.parametrize(("said", "shown"), CASES["shown"].items())
def test_what_a_message_of_ann_is_shown_as(said: str, shown: str) -> None:
    assert extras.as_emote("ann", said) == shown


@pytest.mark.parametrize("word", [entry.word for entry in commands.TABLE])
def test_a_slash_more_makes_a_message_of_a_command(word: str) -> None:
    for text in (word, f"{word} bob", f"/{word} bob"):
        message = commands.parse(f"/{text}")
        assert isinstance(message, str)
        assert extras.as_emote("ann", message) == text


@pytest.mark.parametrize("message", CASES["typedAgain"])
def test_a_message_in_the_composer_is_sent_as_it_was(message: str) -> None:
    assert commands.parse(commands.typed(message)) == message


@pytest.mark.parametrize("space", [" ", "\t", "\u00a0"])
def test_the_name_behind_a_command_is_suggested(space: str) -> None:
    found = suggesting.suggest(f"/unignore{space}bo", [], ["bob"])
    assert found is not None
    assert (found.typed, found.rows) == (2, (Suggestion("bob", "bob"),))
