"""What nats-server logs, as sentences."""

from pathlib import Path

import pytest

from server.cluster.engine_log import AGAIN_AFTER, Explainer

AT = "[17685] 2026/11/30 04:37:48.455677 "
LINES = Path(__file__).with_name("nats_log.txt").read_text("utf-8")
BLOCKS = [one.split("\n") for one in LINES.strip().split("\n\n") if not one.startswith("#")]


@pytest.mark.parametrize("block", BLOCKS, ids=[one[0][:60] for one in BLOCKS])
def test_a_line(block: list[str]) -> None:
    line, *sentence = block
    said = Explainer(lambda: 0.0).explain(f"{AT}{line}\n")
    if sentence:
        assert said is not None
        assert said.startswith(sentence[0])
    else:
        assert said is None


def test_the_lines_are_there() -> None:
    assert len(BLOCKS) > 25
    assert {len(one) for one in BLOCKS} == {1, 2}


def test_a_line_before_the_log_begins_is_passed_on() -> None:
    log = Explainer(lambda: 0.0)
    assert log.explain("nats-server: cannot read it\n") == "nats-server: cannot read it"
    assert log.explain("\n") is None


def test_the_same_is_said_again_only_after_a_while() -> None:
    now = 0.0
    log = Explainer(lambda: now)
    line = "[ERR] 10.0.0.3:{} - rid:20 - Route Error 'Authorization Violation'"
    assert log.explain(line.format(1))
    now = AGAIN_AFTER - 1
    assert log.explain(line.format(2)) is None
    assert log.explain(line.format(2).replace("0.3", "0.4"))
    now = AGAIN_AFTER
    assert log.explain(line.format(3))


def test_what_changed_meanwhile_is_said_again() -> None:
    log = Explainer(lambda: 0.0)
    here = "[INF] JetStream cluster new metadata leader: node1/chatroom"
    missing = "[INF] JetStream cluster no metadata leader"
    silent = "[ERR] Error trying to connect to route (attempt 1): dial tcp b:6222: i/o timeout"
    connected = "[INF] b:6222 - rid:9 - Route connection created"
    said = [log.explain(one) for one in (here, here, missing, missing, here, missing)]
    assert [one is not None for one in said] == [True, False, True, False, True, True]
    said = [log.explain(one) for one in (silent, silent, connected, silent)]
    assert [one is not None for one in said] == [True, False, False, True]


def test_texts_with_numbers_do_not_pile_up() -> None:
    log = Explainer(lambda: 0.0)
    for number in range(5000):
        assert log.explain(f"[WRN] slow {number}")
    assert len(log._said) <= 1001


def test_when_it_serves() -> None:
    log = Explainer(lambda: 0.0)
    assert not log.ready
    assert log.explain(f"{AT}[INF] Server is ready") is None
    assert log.ready
