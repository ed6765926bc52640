"""The quotes in replies: found, put in and taken out, whatever the texts say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from server.room import events, quotes
from shared.codec import decode_event, encode
from shared.conversation import Quote
from shared.messages import Deletion, Joined, Said

AT = "2026-11-22T08:00:00.000Z"
SNEAKY = (
    '"reply_to":7,', ',"quote":{"name":"x","text":"y"}', '\\","reply_to":7', "{}", '"seq":9,',
)  # fmt: skip
texts = st.sampled_from(SNEAKY) | st.text(max_size=20)


def row(text: str, reply_to: int = 0) -> bytes:
    tail = events.said("ann", text, "k", reply_to or UNSET)
    return events.event(b"said", 9, AT.encode(), 1, tail)


@given(texts, st.integers(0, 2**62), texts)
def test_a_quote_is_put_in_and_another_one_in_its_place(
    text: str, parent: int, quoted: str
) -> None:
    body = row(text, parent)
    assert quotes.parent(body) == parent
    first, second = (
        quotes.of(encode(Said(seq=parent or 1, at=AT, name="bob", text=each)))
        for each in (quoted, quoted + "!")
    )
    there = quotes.quoting(quotes.quoting(body, first), second)
    event = decode_event(there)
    assert isinstance(event, Said)
    assert event.text == text
    assert event.quote == Quote("bob", " ".join(f"{quoted}!".split())[:120])
    assert quotes.without(there) == body
    assert quotes.is_reply_to(parent)(there) is (parent > 0)
    assert not quotes.is_reply_to(parent + 1)(there)
    assert not quotes.is_reply_to(parent // 10)(there) or parent < 10


@pytest.mark.parametrize("parent", [None, b"", b"{", encode(Joined(seq=1, at=AT, name="a"))])
def test_without_a_parent_there_is_no_quote(parent: bytes | None) -> None:
    assert quotes.of(parent) == quotes.NO_QUOTE
    body = row("a", 5)
    assert quotes.Quotes(lambda seq: parent)(body) == body


def test_each_parent_is_looked_up_once() -> None:
    asked: list[int] = []

    def find(seq: int) -> bytes | None:
        asked.append(seq)
        return row("what") if seq == 5 else None

    quoted = quotes.Quotes(find)
    for parent in (5, 6, 0, 5, 6):
        quoted(row("a", parent))
    assert asked == [5, 6]


def test_a_deleted_parent_has_no_text() -> None:
    gone = Said(seq=1, at=AT, name="bob", text="", deleted=Deletion("ann", AT))
    assert quotes.of(encode(gone)) == b'{"name":"bob","text":""}'


@given(st.sampled_from(["ann", "zoé", "a.b-c_d"]), st.sampled_from(["bob", "зоя"]), texts)
def test_another_name_in_the_json_of_a_message(before: str, name: str, text: str) -> None:
    tail = events.said(before, text, "k")
    assert events.named(tail, name) == events.said(name, text, "k")
    assert events.named(events.named(tail, name), name) == events.said(name, text, "k")
