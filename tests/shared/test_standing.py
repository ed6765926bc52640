"""What a message looks like after changes of it; and that some changes may come twice."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from shared import standing
from shared.conversation import Edited, Pinned, Quote, Reacted, Reactor
from shared.messages import Deletion, File, Said, Shared
from shared.moderation import Deleted

AT, LATER = "2026-11-22T08:00:00.000Z", "2026-11-22T08:01:00.000Z"
SAID = Said(seq=3, at=AT, name="ann", member=1, text="one", id="k")
FILE = File("f", "notes.txt", 3, "00", 1, "abc", "/files/f/notes.txt")
SHARED = Shared(seq=3, at=AT, name="ann", member=1, file=FILE, id="k")


def edited(text: str = "two") -> Edited:
    return Edited(seq=5, at=LATER, name="ann", member=1, target=3, text=text)


def reacted(member: int, emoji: str = "👍", *, on: bool = True) -> Reacted:
    return Reacted(
        seq=5, at=LATER, name=f"m{member}", member=member, target=3, emoji=emoji, on=on
    )


def pinned(*, on: bool = True) -> Pinned:
    return Pinned(seq=5, at=LATER, name="max", member=2, target=3, on=on)


DELETED = Deleted(seq=6, at=LATER, name="max", member=2, target=3)


def test_an_edit_changes_the_text_and_tells_when() -> None:
    now = standing.changed(SAID, edited())
    assert (now.text, now.edited, now.at, now.id) == ("two", LATER, AT, "k")
    assert standing.changed(SAID, edited("")) == SAID, "the message was deleted since"
    assert standing.changed(SHARED, edited()) == SHARED


def test_reactions_are_kept_by_emoji_and_member() -> None:
    now = SAID
    for change in (reacted(1), reacted(2), reacted(1, "😂"), reacted(1)):
        now = standing.changed(now, change)
    assert now.reactions == {
        "👍": [Reactor(2, "m2"), Reactor(1, "m1")],
        "😂": [Reactor(1, "m1")],
    }
    for change in (reacted(2, on=False), reacted(1, on=False), reacted(3, on=False)):
        now = standing.changed(now, change)
    assert now.reactions == {"😂": [Reactor(1, "m1")]}
    assert standing.changed(now, reacted(1, "😂", on=False)).reactions is UNSET


def test_pins() -> None:
    now = standing.changed(SHARED, pinned())
    assert now.pinned is True
    assert standing.changed(now, pinned(on=False)) == SHARED


def test_what_is_deleted_stays_deleted() -> None:
    reply = Said(seq=3, at=AT, name="ann", text="a", reply_to=2, quote=Quote("bob", "x"))
    for sent in (SAID, SHARED, reply):
        now = sent
        for change in (edited(), reacted(1), pinned(), DELETED):
            now = standing.changed(now, change)
        assert now.deleted == Deletion("max", LATER)
        assert (now.edited, now.reactions, now.pinned) == (UNSET, UNSET, UNSET)
        assert not (now.text if isinstance(now, Said) else now.file)
        assert not (isinstance(now, Said) and (now.quote or now.reply_to))
        for change in (edited(), reacted(1), pinned(), DELETED):
            assert standing.changed(now, change) == now


def test_quotes_are_one_short_line() -> None:
    assert standing.quote(SHARED) == Quote("ann", "notes.txt")
    assert standing.quote(standing.changed(SHARED, DELETED)) == Quote("ann", "")
    assert standing.quote(standing.changed(SAID, DELETED)) == Quote("ann", "")
    long = standing.changed(SAID, edited("a\n\tb " + "x" * 500))
    assert standing.quote(long) == Quote("ann", "a b " + "x" * 116)


changes = st.one_of(
    st.builds(edited, st.sampled_from(["a", "b"])),
    st.builds(reacted, st.integers(1, 3), st.sampled_from("👍😂"), on=st.booleans()),
    st.builds(pinned, on=st.booleans()),
    st.just(DELETED),
)


@given(st.lists(changes, max_size=12), st.integers(0, 12))
def test_the_last_changes_may_come_once_more(those: list[standing.Change], start: int) -> None:
    """A page of history may stand further than the events behind which it was asked for."""
    states = [SAID]
    for change in those:
        states.append(standing.changed(states[-1], change))
    again = states[-1]
    for change in those[start:]:
        again = standing.changed(again, change)
    assert again == states[-1]
    for before, after in pairwise(states):
        assert not before.deleted or before == after
