"""The sentence for every problem, in English and in the person's language."""

import ast
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Formatter

import pytest

from client_mvc.i18n import errors, translate
from client_mvc.i18n.errors import sentence
from shared import joinlink, messages, names, searching, texts
from shared.problems import Problem, ProblemError, problem, template
from tests.client_mvc.fakes import failure

ROOT = Path(__file__).parents[3]


@pytest.fixture
def german() -> Iterator[None]:
    translate.choose(["de_DE"])
    yield
    translate.choose([])


@pytest.mark.parametrize(
    ("why", "shown"),
    [
        (problem("room_full", active=8, most=8), "The room is full (8/8)."),
        (failure("We are too many.", "room_full"), "We are too many."),
        (Problem("room_full"), "The room is full."),
        (failure("The moon is full."), "The moon is full."),
        (Problem("muted"), "You are muted and cannot send now."),
        (failure("Hush.", "muted"), "Hush."),
        (Problem("of tomorrow"), "The server refused the request (of tomorrow)."),
        (problem("no_such_host", host="nowhere"),
         "There is no computer named nowhere. Check the address."),
        (failure("Where?", "no_such_host"), "Where?"),
        (problem("too_long", "file", most=10 * 2**20, have=12_000_000),
         "The file has 11.4 MB; this room accepts 10 MB at most."),
        (problem("too_long", "file", most=10 * 2**20, have=10 * 2**20 + 1),
         "The file has 10,485,761 bytes; this room accepts 10,485,760 bytes at most."),
        (problem("too_long", "file"), "The file is larger than this room accepts."),
    ],
)  # fmt: skip
def test_sentences(why: Problem, shown: str) -> None:
    assert sentence(why) == shown


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("why", "shown"),
    [
        (failure("We are too many.", "room_full"), "Der Raum ist voll."),
        (failure("Hush.", "muted"), "Du bist stummgeschaltet und kannst jetzt nichts senden."),
        (failure("Slowly.", "slow"), "Dieser Raum ist im langsamen Modus. Warte einen Moment."),
        (Problem("tls_required"), "Dieser Raum nimmt nur verschlüsselte Verbindungen an."),
        (Problem("forbidden"), "Das ist in diesem Raum nicht erlaubt."),
        (failure("Speak, friend.", "bad_password"), "Speak, friend."),
        (failure("The room is full."), "The room is full."),
    ],
)
def test_sentences_in_german(why: Problem, shown: str) -> None:
    assert sentence(why) == shown


def test_an_answer_keeps_the_reason_of_an_unknown_problem() -> None:
    answer = messages.Refused("of tomorrow", "Not today.", {"day": 1}, 60.0)
    why = messages.problem_of(answer)
    assert why == Problem("of tomorrow", {"day": 1, "reason": "Not today."}, 60.0)
    assert sentence(why) == "Not today."
    known = messages.Error("room_full", "Full.", params={"active": 3, "most": 3})
    assert sentence(messages.problem_of(known)) == "The room is full (3/3)."


@pytest.mark.parametrize(
    ("check", "given"),
    [
        *((names.tidy, name) for name in ("", "a" * 33, "-a", "a b", "a/b", "a\u0660\u06f0")),
        *((joinlink.parse, link) for link in ("", "ftp://x", "a b", "a:0", "R2M0 2509")),
        *((searching.words, query) for query in ("", " ", "a" * 999)),
        *((texts.tidy, text) for text in ("", "\x07", "a" * 99_999)),
    ],
)
def test_the_rules_of_both_sides_have_sentences(
    check: Callable[[str], object], given: str
) -> None:
    with pytest.raises(ProblemError) as refused:
        check(given)
    why = refused.value.problem
    assert template(why.code, why.params)
    assert sentence(why) == why.reason


def _codes() -> Iterator[tuple[str, str]]:
    """Module and code of each problem that the network layer makes."""
    for path in (ROOT / "client_mvc" / "network").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id="problem" | "Problem"),
                    args=[ast.Constant(value=str(code)), *_],
                ):
                    yield path.name, code


def test_each_code_of_the_network_has_a_sentence() -> None:
    found = list(_codes())
    assert {"no_such_host", "unknown_fate", "damaged", "is_folder"} <= {
        code for _, code in found
    }
    for module, code in found:
        known = code in errors.CLIENT or Problem(code).reason != code or code in WITH_VALUES
        assert known, (module, code)


WITH_VALUES = ("storage", "rate_limited", "not_joined", "too_long", "forbidden")


def test_sentences_are_short_and_name_their_values() -> None:
    for code, text in errors.CLIENT.items():
        assert len(text.split()) <= 12, code
        assert text[0] in "{ABCDEFGHIJKLMNOPQRSTUVWXYZ", code
        assert text[-1] in ".?", code
        places = {name for _, name, _, _ in Formatter().parse(text) if name}
        assert places <= {"host", "server", "folder", "status"}, code


def test_the_end_of_a_mute_is_a_local_time() -> None:
    soon = datetime.now(UTC) + timedelta(days=3)
    local = soon.astimezone()
    muted = problem("muted", until=soon.isoformat())
    assert f"{local:%H:%M}. This was not sent." in sentence(muted)
    undone = problem("muted", until=(soon + timedelta(days=36_000)).isoformat())
    assert sentence(undone) == "You are muted until a moderator ends it. This was not sent."
    assert "until tomorrow" in sentence(problem("muted", until="tomorrow"))
