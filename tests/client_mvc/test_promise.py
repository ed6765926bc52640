"""No message is lost, doubled or out of order: link and outbox against the room's rules.

A small room in memory keeps the protocol's promises (one `seq`, ids known per membership,
names kept for a grace period). Hypothesis interleaves what people say with everything that
can go wrong: cuts at any point, refusals, expired memberships, a client killed at any
moment, a room that has forgotten old events.
"""

import itertools
import tempfile
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from client_mvc import link, news
from client_mvc.link import HangUp, Link, Open, Send, State, Step
from client_mvc.model.outbox import Outbox
from shared import limits, messages
from tests.client_mvc.fakes import ADDRESS, AT

ROOM, NAME = "localhost:18000", "alice"


@dataclass(eq=False)
class Wire:
    """One connection: what is under way in either direction."""

    up: deque[messages.Request] = field(default_factory=deque)
    down: deque[messages.Event | messages.Reply] = field(default_factory=deque)
    member: "Member | None" = None
    cut: bool = False
    closing: int | None = None


@dataclass(eq=False)
class Member:
    """One membership at the room."""

    token: str
    name: str
    wire: Wire | None
    ids: dict[str, int] = field(default_factory=dict)


class Room:
    """The server's rules, and nothing else of it."""

    def __init__(self) -> None:
        self.log: list[messages.Event] = []
        self.kept_from = 1
        self.members: dict[str, Member] = {}
        self.trouble: deque[messages.ErrorCode] = deque()
        self._tokens = itertools.count(1)

    def serve(self, wire: Wire) -> None:
        """One request of `wire`, if there is one."""
        if not wire.up:
            return
        request = wire.up.popleft()
        match request:
            case messages.Join():
                self._join(wire, request)
            case messages.Say():
                self._say(wire, request)
            case messages.Leave() if wire.member is not None:
                self.expire(wire.member, "quit")
                wire.closing = limits.CLOSE_LEFT

    def _join(self, wire: Wire, join: messages.Join) -> None:
        if join.token is not None:
            member = self.members.get(join.token)
            if member is None:
                self._down(wire, messages.Refused("bad_token", "Who?"))
                return
            if member.wire is not None:
                member.wire.member = None
                member.wire.closing = limits.CLOSE_REPLACED
        elif any(member.name == join.name for member in self.members.values()):
            self._down(wire, messages.Refused("name_taken", "Taken."))
            return
        else:
            member = Member(f"t{next(self._tokens)}", join.name, wire)
            self.members[member.token] = member
        member.wire, wire.member = None, member
        newest = len(self.log)
        if join.after is None:
            reset, first = False, newest - join.history + 1
        else:
            first = join.after + 1
            reset = first < self.kept_from or join.after > newest
        first = max(first if not reset else newest - join.history + 1, self.kept_from)
        self._down(
            wire,
            messages.Welcome(
                you=join.name,
                token=member.token,
                seq=newest,
                reset=reset,
                max_users=3,
                limits=messages.Limits(8000, 1000),
                members=[],
                room="lobby",
            ),
        )
        for event in self.log[first - 1 :]:
            self._down(wire, event)
        member.wire = wire
        if join.token is None:
            self.happen(messages.Joined(seq=self._next(), at=AT, name=join.name))

    def _say(self, wire: Wire, say: messages.Say) -> None:
        member = wire.member
        if member is None:
            self._down(wire, messages.Error("not_joined", "Join first.", say.id))
        elif str(say.id) in member.ids:
            self._down(wire, messages.Accepted(str(say.id), member.ids[str(say.id)]))
        elif self.trouble:
            self._down(wire, messages.Error(self.trouble.popleft(), "Later.", say.id))
        else:
            member.ids[str(say.id)] = self._next()
            self.say(member.name, say.text, str(say.id))

    def say(self, name: str, text: str, id: str) -> None:
        self.happen(messages.Said(seq=self._next(), at=AT, name=name, text=text, id=id))

    def happen(self, event: messages.Event) -> None:
        self.log.append(event)
        for member in self.members.values():
            if member.wire is not None:
                self._down(member.wire, event)

    def expire(self, member: Member, reason: messages.LeftReason = "lost") -> None:
        """The grace period is over, or somebody left."""
        if member.wire is not None:
            member.wire.member = None
        del self.members[member.token]
        self.happen(messages.Left(seq=self._next(), at=AT, name=member.name, reason=reason))

    def _next(self) -> int:
        return len(self.log) + 1

    def _down(self, wire: Wire, message: messages.Event | messages.Reply) -> None:
        if not wire.cut:
            wire.down.append(message)


class Promise(RuleBasedStateMachine):
    """One client; what it typed is numbered, so that order and number can be checked."""

    prunes = False

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.room = Room()
        self.now = 0.0
        self.typed: list[str] = []
        self.old_wires: list[Wire] = []
        self.outbox = Outbox(Path(self.folder.name))
        self.begin()

    # --- the client ------------------------------------------------------------------------

    def begin(self) -> None:
        """Start the client, as the controller does it."""
        self.box = self.outbox.box(ROOM, NAME)
        self.view: list[messages.Event] = []
        self.news: deque[Step] = deque()
        self.wire: Wire | None = None
        unsaid = [
            news.Unsaid(each.id, each.text, tried=True)
            for each in self.box
            if each.problem is None
        ]
        self.link = Link(
            news.Ticket(ADDRESS, NAME, None, self.box.token, self.box.after, unsaid),
            uniform=lambda _low, high: high / 2,
        )
        self.take(self.link.start())

    def take(self, steps: list[Step]) -> None:
        for step in steps:
            match step:
                case Open():
                    self.wire = Wire()
                case HangUp():
                    self.hang_up()
                case Send(request):
                    assert self.wire is not None
                    self.wire.up.append(request)
                case _:
                    self.news.append(step)

    def hang_up(self) -> None:
        """What is under way to the room may still arrive there, later."""
        if self.wire is not None:
            self.wire.cut = True
            self.wire.down.clear()
            self.old_wires.append(self.wire)
        self.wire = None

    def hear(self) -> None:
        """One piece of news, as the controller takes it."""
        match self.news.popleft():
            case news.Welcomed(welcome, forget):
                if forget:
                    self.view.clear()
                self.box.welcomed(welcome.token, welcome.seq, forget=forget)
            case news.Received(event):
                self.view.append(event)
                self.box.seen(event.seq)
                self.box.keep_place()
            case news.Confirmed(id):
                self.box.said(id)
            case news.SayFailed(id, reason):
                self.box.failed(id, reason)
            case news.Ended(why):
                # Replaced: by a join of a client before this one, which arrived late.
                assert why in ("refused", "unreachable", "replaced"), why
                self.again = True
            case _:
                pass

    again = False

    # --- what happens ----------------------------------------------------------------------

    @rule()
    def say(self) -> None:
        text = str(len(self.typed))
        self.typed.append(text)
        unsent = self.box.add(text)
        self.take(self.link.say(news.Unsaid(unsent.id, text), self.now))

    @rule(count=st.integers(1, 6))
    def connection_works(self, count: int) -> None:
        for _ in range(count):
            self.open_socket()
            if self.wire is not None:
                self.room.serve(self.wire)
                self.deliver()

    @precondition(lambda self: self.wire is not None)
    @rule()
    def open_socket(self) -> None:
        if self.link.state is State.CONNECTING:
            self.take(self.link.opened(self.now))

    @precondition(lambda self: self.wire is not None)
    @rule(count=st.integers(1, 3))
    def room_serves(self, count: int) -> None:
        for _ in range(count):
            if self.wire is not None:
                self.room.serve(self.wire)

    @precondition(lambda self: self.wire is not None)
    @rule()
    def deliver(self) -> None:
        if self.wire is None:
            return
        if self.wire.down:
            self.take(self.link.received(self.wire.down.popleft(), self.now))
        elif (code := self.wire.closing) is not None:
            self.hang_up()
            self.take(self.link.closed(code, self.now))

    @precondition(lambda self: self.next_is_an_event())
    @rule(lost=st.booleans())
    def room_repeats_or_loses_an_event(self, lost: bool) -> None:
        """It should not, but the client is to notice."""
        assert self.wire is not None
        if lost:
            self.wire.down.popleft()
        else:
            self.wire.down.insert(1, self.wire.down[0])

    def next_is_an_event(self) -> bool:
        return (
            self.wire is not None
            and bool(self.wire.down)
            and isinstance(self.wire.down[0], messages.Said | messages.Joined | messages.Left)
        )

    @precondition(lambda self: self.wire is not None)
    @rule()
    def cut(self) -> None:
        opened = self.link.state is not State.CONNECTING
        self.hang_up()
        if opened:
            self.take(self.link.closed(1006, self.now))
        else:
            self.take(self.link.unreachable("Nothing answers.", self.now))

    @precondition(lambda self: self.old_wires)
    @rule()
    def late_bytes_arrive(self) -> None:
        self.room.serve(self.old_wires.pop(0))

    @precondition(
        lambda self: any(m.wire is None or m.wire.cut for m in self.room.members.values())
    )
    @rule()
    def grace_is_over(self) -> None:
        for member in list(self.room.members.values()):
            if member.wire is None or member.wire.cut:
                self.room.expire(member)

    @rule(code=st.sampled_from(("rate_limited", "storage")), count=st.integers(1, 3))
    def room_is_busy(self, code: messages.ErrorCode, count: int) -> None:
        self.room.trouble.extend([code] * count)

    @rule(count=st.integers(1, 60))
    def others_say(self, count: int) -> None:
        for _ in range(count):
            self.room.say("bob", "hi", "same-id-always")

    @rule(seconds=st.sampled_from((0.0, 0.5, 1.0, 5.0, 20.0, 40.0)))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.take(self.link.tick(self.now))

    @rule(count=st.integers(1, 80))
    def client_hears(self, count: int) -> None:
        for _ in range(min(count, len(self.news))):
            self.hear()
        self.join_again_if_refused()

    def join_again_if_refused(self) -> None:
        if self.again:
            self.again = False
            self.box.close()
            self.begin()

    @rule()
    def client_is_killed(self) -> None:
        """Whatever it had not yet taken in, or not yet sent, is gone with it."""
        self.hang_up()
        self.box.close()
        self.outbox.close()
        self.outbox = Outbox(Path(self.folder.name))
        self.again = False
        self.begin()

    @precondition(lambda self: self.prunes)
    @rule()
    def room_forgets_old_events(self) -> None:
        self.room.kept_from = max(1, len(self.room.log))

    @initialize(events=st.integers(0, 70))
    def room_is_old(self, events: int) -> None:
        self.others_say(events)

    # --- what must hold --------------------------------------------------------------------

    @invariant()
    def the_view_is_the_log_without_hole_or_double(self) -> None:
        if self.view:
            first = self.view[0].seq
            assert self.view == self.room.log[first - 1 : first - 1 + len(self.view)]

    @invariant()
    def nothing_is_doubled_or_out_of_order(self) -> None:
        mine = self.mine()
        assert mine == sorted(set(mine))

    def mine(self) -> list[int]:
        return [
            int(event.text)
            for event in self.room.log
            if isinstance(event, messages.Said) and event.name == NAME
        ]

    def teardown(self) -> None:
        """When all is well again, everything typed is said, and everything is on screen."""
        try:
            self.heal()
            failed = {int(each.text) for each in self.box}
            said = set(self.mine())
            assert said | failed == {int(text) for text in self.typed}
            if not self.prunes:
                assert not failed
            assert all(each.problem == link.UNKNOWN_FATE for each in self.box)
            assert self.view[-1] == self.room.log[-1]
            self.the_view_is_the_log_without_hole_or_double()
            self.nothing_is_doubled_or_out_of_order()
        finally:
            self.box.close()
            self.outbox.close()
            self.folder.cleanup()

    def heal(self) -> None:
        self.room.trouble.clear()
        self.others_say(1)  # an event that was lost shows with the next one
        for turn in range(3000):
            while self.old_wires:
                self.late_bytes_arrive()
            self.connection_works(1)
            while self.news:
                self.hear()
            self.join_again_if_refused()
            if turn % 10 == 9:
                # A ghost with our name, from a join that arrived late, would keep us out.
                self.grace_is_over()
            under_way = self.wire and (self.wire.up or self.wire.down or self.wire.closing)
            waiting = any(each.problem is None for each in self.box)
            if self.link.state is State.READY and not under_way and not waiting:
                return
            if not under_way:
                self.time_passes(20.0)
        raise AssertionError(f"it does not come to rest: {self.link.state}")


class ForgetfulPromise(Promise):
    """The same with a room that drops old events: then a say may fail, never double."""

    prunes = True


TestPromise = Promise.TestCase
TestPromise.settings = settings(max_examples=120, stateful_step_count=40)
TestForgetfulPromise = ForgetfulPromise.TestCase
TestForgetfulPromise.settings = settings(max_examples=120, stateful_step_count=40)
