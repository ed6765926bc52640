"""The room against a tiny model of it: any operations, in any order."""

from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from server.room.interface import CloseReason, JoinAccepted, PostResult
from server.room.operations import Operation
from server.room.storage.errors import StorageError
from shared import names
from shared.codec import decode_event
from tests.server.room.workbench import Bench, FlakyJournal, Guest, join_request, post
from tests.support.in_memory import temporary_folder

PLACES = 3

people = st.sampled_from(["ada", "ADA", "Bob", "eve", "joe", "not a name"])
keys = st.sampled_from(["1", "2", "3"])
texts = st.sampled_from(["hi", "hello", "x" * 300])
whose = st.integers(0, 3)  # 0 is the connection that was made last; old ones are tried too
anybody = precondition(lambda room: room.guests)


class Known:
    """A member, as the model has it."""

    def __init__(self, name: str, connection: int) -> None:
        self.name = name
        self.connection: int | None = connection
        self.said: dict[str, int] = {}


class Room(RuleBasedStateMachine):
    """`story` are the events that all members must have got."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = temporary_folder()
        path = Path(self.folder.name) / "journal.sqlite3"
        self.bench = Bench(path, max_users=PLACES)
        self.members: dict[int, Known] = {}
        self.guests: list[Guest] = []
        self.story: list[str] = []
        self.full = False

    def teardown(self) -> None:
        with closing(self.bench):
            self.folder.cleanup()

    # --- the model -----------------------------------------------------------------------

    def allowed(self, name: str) -> bool:
        taken = {known.name.lower() for known in self.members.values()}
        return " " not in name and name.lower() not in taken and len(self.members) < PLACES

    def guest(self, who: int) -> Guest:
        return self.guests[-1 - who % len(self.guests)]

    def known(self, guest: Guest) -> Known | None:
        """The membership, if the guest's connection is its connection."""
        known = self.members.get(guest.place.member)
        return known if known and known.connection == guest.connection else None

    def refused(self, *operations: Operation) -> None:
        with pytest.raises(StorageError):
            self.bench.perform(*operations)

    # --- operations ----------------------------------------------------------------------

    @initialize()
    def two_are_here(self) -> None:
        self.join("ada")
        self.join("Bob")

    @rule(name=people)
    def join(self, name: str) -> None:
        asked = join_request(name)
        allowed = self.allowed(name)
        if self.full and allowed:
            with pytest.raises(StorageError):
                self.bench.ask(asked)
            return
        answer = self.bench.ask(asked)
        assert isinstance(answer, JoinAccepted) == allowed
        if isinstance(answer, JoinAccepted):
            assert answer.member not in self.members
            self.members[answer.member] = Known(names.tidy(name), asked.connection)
            self.guests.append(Guest(answer, asked.connection))
            self.story.append(f"{name} joined")

    @anybody
    @rule(who=whose, after=st.integers(0, 40))
    def resume(self, who: int, after: int) -> None:
        guest = self.guest(who)
        asked = join_request("any name", token=guest.place.token, after=after)
        known = self.members.get(guest.place.member)
        if self.full and known is not None:
            with pytest.raises(StorageError):
                self.bench.ask(asked)
            return
        answer = self.bench.ask(asked)
        assert isinstance(answer, JoinAccepted) == (known is not None)
        if known is None or not isinstance(answer, JoinAccepted):
            return
        if known.connection is not None:
            assert self.bench.evictions[-1] == (known.connection, CloseReason.REPLACED)
        known.connection = asked.connection
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
        posts = [post(guest.place, guest.connection, key, text) for key in keys]
        known = self.known(guest)
        if self.full and known is not None and not known.said.keys() >= set(keys):
            self.refused(*posts)
            return
        answers = self.bench.answers(*posts)
        if known is None:
            assert all(answers), "refused, or said before: nothing new is said"
            return
        for key, answer in zip(keys, answers, strict=True):
            if key in known.said:
                assert answer == PostResult(seq=known.said[key])
            else:
                assert answer is None
                self.story.append(f"{known.name}: {text}")
                known.said[key] = len(self.story)

    @anybody
    @rule(who=whose)
    def leave(self, who: int) -> None:
        guest = self.guest(who)
        known = self.known(guest)
        if self.full and known is not None:
            self.refused(guest.leaves)
            return
        assert self.bench.answers(guest.leaves) == [None]
        if known is not None:
            del self.members[guest.place.member]
            self.story.append(f"{known.name} left")

    @anybody
    @rule(who=whose)
    def drop(self, who: int) -> None:
        guest = self.guest(who)
        known = self.known(guest)
        if self.full and known is not None:
            self.refused(guest.drops)
            return
        assert self.bench.answers(guest.drops) == [None]
        if known is not None:
            known.connection = None

    @precondition(lambda self: not self.full)
    @rule(seconds=st.sampled_from([1.0, -3600.0]))
    def grace_periods_end(self, seconds: float) -> None:
        self.bench.wall += seconds
        self.bench.expire()
        lost = [id for id, known in self.members.items() if known.connection is None]
        self.story += [f"{self.members.pop(id).name} left" for id in lost]

    @rule(full=st.booleans())
    def disk(self, full: bool) -> None:
        assert isinstance(self.bench.journal, FlakyJournal)
        self.full = self.bench.journal.full = full

    @rule()
    def restart(self) -> None:
        self.bench.reopen()
        self.disk(self.full)

    # --- invariants ----------------------------------------------------------------------

    @invariant()
    def all_members_got_everything_in_one_order(self) -> None:
        assert self.bench.story == self.story
        kept = self.bench.journal.after(0, 10_000)
        assert kept is not None
        assert list(map(decode_event, kept)) == self.bench.events
        assert [decode_event(body).seq for body in kept] == list(range(1, len(kept) + 1))

    @invariant()
    def the_roster_is_right(self) -> None:
        assert self.bench.states == {
            known.name: "active" if known.connection is not None else "away"
            for known in self.members.values()
        }


Room.TestCase.settings = settings(max_examples=80, stateful_step_count=30)
TestRoom = Room.TestCase
