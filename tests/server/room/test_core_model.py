"""The room against a tiny model of it: whatever happens, in whatever order."""

import tempfile
from contextlib import closing
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from server.room.interface import JoinAccepted, PostResult
from server.room.ipc import Drop, Leave, Operation
from shared import names
from shared.messages import decode_event, encode
from tests.server.room.workbench import Bench, FlakyJournal, Guest, post, wish

GRACE = 30.0
PLACES = 3

people = st.sampled_from(["ada", "ADA", "Bob", "eve", "joe", "not a name"])
keys = st.sampled_from(["1", "2", "3"])
texts = st.sampled_from(["hi", "hello", "x" * 300])
whose = st.integers(0, 3)  # 0 is the connection that was made last; old ones are tried too
anybody = precondition(lambda room: room.guests)


class Known:
    """What the model knows of a member."""

    def __init__(self, name: str, connection: int) -> None:
        self.name = name
        self.connection: int | None = connection
        self.lapses: float | None = None
        self.said: dict[str, int] = {}


class Room(RuleBasedStateMachine):
    """`story` is what everybody must have been told, `owed` what they will be."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "journal.sqlite3"
        self.bench = Bench(path, max_users=PLACES, grace=GRACE)
        self.members: dict[int, Known] = {}
        self.guests: list[Guest] = []
        self.story: list[str] = []
        self.owed: list[str] = []
        self.full = False

    def teardown(self) -> None:
        with closing(self.bench):
            self.folder.cleanup()

    # --- the model -----------------------------------------------------------------------

    def happens(self, *stories: str) -> None:
        """Joins and leaves hold though they cannot be written; they are told when they are."""
        self.owed += stories
        if not self.full:
            self.story += self.owed
            self.owed = []

    def allowed(self, name: str) -> bool:
        taken = {known.name.lower() for known in self.members.values()}
        return " " not in name and name.lower() not in taken and len(self.members) < PLACES

    def guest(self, who: int) -> Guest:
        return self.guests[-1 - who % len(self.guests)]

    # --- what happens --------------------------------------------------------------------

    @initialize()
    def two_are_here(self) -> None:
        self.join("ada")
        self.join("Bob")

    @rule(name=people)
    def join(self, name: str) -> None:
        asked = wish(name)
        answer = self.bench.admit(asked)
        assert isinstance(answer, JoinAccepted) == self.allowed(name)
        if isinstance(answer, JoinAccepted):
            self.members[answer.member] = Known(names.tidy(name), asked.connection)
            self.guests.append(Guest(answer, asked.connection))
            self.happens(f"{name} joined")

    @anybody
    @rule(who=whose, after=st.integers(0, 40))
    def resume(self, who: int, after: int) -> None:
        guest = self.guest(who)
        asked = wish("whoever", token=guest.place.token, after=after)
        answer = self.bench.admit(asked)
        known = self.members.get(guest.place.member)
        assert isinstance(answer, JoinAccepted) == (known is not None)
        if known is None or not isinstance(answer, JoinAccepted):
            return
        if known.connection is not None:
            assert self.bench.evictions[-1][1:] == (known.connection, 4001)
        known.connection, known.lapses = asked.connection, None
        assert answer.name == known.name
        assert answer.reset == (after > len(self.story))
        assert answer.reset or answer.start == after
        self.guests.append(Guest(answer, asked.connection))

    @anybody
    @rule(who=st.just(0), keys=st.lists(keys, min_size=1, max_size=2), text=texts)
    def say_again(self, who: int, keys: list[str], text: str) -> None:
        self.say(who, keys, text)

    @anybody
    @rule(who=whose, keys=st.lists(keys, min_size=1, max_size=4), text=texts)
    def say(self, who: int, keys: list[str], text: str) -> None:
        guest = self.guest(who)
        outcome = self.bench.perform(
            *(post(guest.place, guest.connection, key, text) for key in keys)
        )
        known = self.members.get(guest.place.member)
        if known is None or known.connection != guest.connection:
            assert all(outcome.answers), "refused, or said before: nothing new is said"
            self.happens()
            return
        if not self.full:
            self.happens()
        for key, answer in zip(keys, outcome.answers, strict=True):
            if key in known.said:
                assert answer == PostResult(seq=known.said[key])
            elif self.full:
                assert answer
                assert answer.code == "storage"
            else:
                assert answer is None
                self.story.append(f"{known.name}: {text}")
                known.said[key] = len(self.story)

    @anybody
    @rule(who=whose)
    def leave(self, who: int) -> None:
        guest = self.guest(who)
        self._end(guest, Leave(guest.place.member, guest.connection, "quit"))
        known = self.members.get(guest.place.member)
        if known and known.connection == guest.connection:
            del self.members[guest.place.member]
            self.happens(f"{known.name} left")
        else:
            self.happens()

    @anybody
    @rule(who=whose)
    def drop(self, who: int) -> None:
        guest = self.guest(who)
        self._end(guest, Drop(guest.connection))
        self.happens()
        known = self.members.get(guest.place.member)
        if known and known.connection == guest.connection:
            known.connection, known.lapses = None, self.bench.now + GRACE

    def _end(self, guest: Guest, operation: Operation) -> None:
        assert self.bench.perform(operation).answers == [None]

    @rule(seconds=st.sampled_from([1.0, 10.0, 31.0]), step_back=st.booleans())
    def time_passes(self, seconds: float, step_back: bool) -> None:
        self.bench.now += seconds
        self.bench.wall += -3600 if step_back else seconds
        self.bench.expire()
        lost = [
            id
            for id, known in self.members.items()
            if known.lapses is not None and known.lapses <= self.bench.now
        ]
        self.happens(*(f"{self.members.pop(id).name} left" for id in lost))

    @rule(full=st.booleans())
    def disk(self, full: bool) -> None:
        assert isinstance(self.bench.journal, FlakyJournal)
        self.full = self.bench.journal.full = full

    @precondition(lambda self: not self.full and not self.owed)
    @rule()
    def restart(self) -> None:
        self.bench.reopen()
        for known in self.members.values():
            known.connection, known.lapses = None, self.bench.now + GRACE

    # --- what always holds ---------------------------------------------------------------

    @invariant()
    def everybody_was_told_everything_in_one_order(self) -> None:
        assert self.bench.story == self.story
        kept = self.bench.journal.after(0, 10_000)
        assert kept == [encode(event) for event in self.bench.events]
        assert [decode_event(body).seq for body in kept] == list(range(1, len(kept) + 1))

    @invariant()
    def the_roster_is_right(self) -> None:
        assert self.bench.states == {
            known.name: "active" if known.connection is not None else "away"
            for known in self.members.values()
        }


Room.TestCase.settings = settings(max_examples=80, stateful_step_count=30)
TestRoom = Room.TestCase
