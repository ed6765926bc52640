"""No message is lost, doubled or out of order: protocol and outbox against the room's rules.

Hypothesis interleaves messages with every fault: cuts at any point,
refusals, expired memberships, a client killed at any moment, a room that dropped old
events.
"""

from collections import deque
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from client_mvc.model.outbox import Outbox
from client_mvc.network import api
from client_mvc.network.protocol import ClientProtocol
from client_mvc.network.sending import UNKNOWN_FATE
from client_mvc.network.state import ClientState
from client_mvc.network.steps import HangUp, Open, Send, Step
from shared import messages
from shared.problems import Problem
from tests.client_mvc.fakes import ADDRESS
from tests.client_mvc.network.rules import Room, Wire
from tests.support.in_memory import temporary_folder

ROOM, NAME = "localhost:18000", "alice"


class Promise(RuleBasedStateMachine):
    """One client; what it typed is numbered, so that order and number can be checked."""

    prunes = False

    def __init__(self) -> None:
        super().__init__()
        self.folder = temporary_folder()
        self.room = Room()
        self.now = 0.0
        self.typed: list[str] = []
        self.old_wires: list[Wire] = []
        self.outbox = Outbox(Path(self.folder.name))
        self.begin()

    # --- the client ------------------------------------------------------------------------

    def begin(self) -> None:
        """Start the client as the controller does."""
        self.box = self.outbox.box(ROOM, NAME)
        self.view: list[messages.AnyEvent] = []
        self.told: deque[Step] = deque()
        self.wire: Wire | None = None
        outgoing = [
            api.OutgoingMessage(each.id, each.text, tried=True)
            for each in self.box
            if each.problem is None
        ]
        self.protocol = ClientProtocol(
            api.JoinOptions(ADDRESS, NAME, None, self.box.token, self.box.after, outgoing),
            uniform=lambda _low, high: high / 2,
        )
        self.take(self.protocol.start())

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
                    self.told.append(step)

    def hang_up(self) -> None:
        """Messages in flight to the room may still arrive there, later."""
        if self.wire is not None:
            self.wire.cut = True
            self.wire.down.clear()
            self.old_wires.append(self.wire)
        self.wire = None

    def hear(self) -> None:
        """Handle one event as the controller does."""
        match self.told.popleft():
            case api.Welcomed(welcome, forget):
                if forget:
                    self.view.clear()
                self.box.welcomed(welcome.token, welcome.seq, forget=forget)
            case api.EventReceived(event):
                self.view.append(event)
                self.box.seen(event.seq)
                self.box.save_position()
            case api.MessageConfirmed(id):
                self.box.remove(id)
            case api.MessageFailed(id, problem):
                self.box.failed(id, problem.code)
            case api.MembershipEnded(why):
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
        self.take(self.protocol.send(api.OutgoingMessage(unsent.id, text), self.now))

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
        if self.protocol.state is ClientState.CONNECTING:
            self.take(self.protocol.opened(self.now))

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
            self.take(self.protocol.received(self.wire.down.popleft(), self.now))
        elif (code := self.wire.closing) is not None:
            self.hang_up()
            self.take(self.protocol.closed(code, self.now))

    @precondition(lambda self: self.next_is_an_event())
    @rule(lost=st.booleans())
    def room_repeats_or_loses_an_event(self, lost: bool) -> None:
        """A server should not, but the client notices it."""
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
        opened = self.protocol.state is not ClientState.CONNECTING
        self.hang_up()
        if opened:
            self.take(self.protocol.closed(1006, self.now))
        else:
            self.take(self.protocol.unreachable(Problem("no_answer"), self.now))

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
    def room_is_busy(self, code: str, count: int) -> None:
        self.room.trouble.extend([code] * count)

    @rule(count=st.integers(1, 60))
    def others_say(self, count: int) -> None:
        for _ in range(count):
            self.room.say("bob", "hi", "same-id-always")

    @rule(seconds=st.sampled_from((0.0, 0.5, 1.0, 5.0, 20.0, 40.0)))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.take(self.protocol.tick(self.now))

    @rule(count=st.integers(1, 80))
    def client_hears(self, count: int) -> None:
        for _ in range(min(count, len(self.told))):
            self.hear()
        self.join_again_if_refused()

    def join_again_if_refused(self) -> None:
        if self.again:
            self.again = False
            self.box.close()
            self.begin()

    @rule()
    def client_is_killed(self) -> None:
        """Events it has not handled, and messages it has not sent, are lost with it."""
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
        """After all faults each message typed is in the log, and the log is on screen."""
        try:
            self.heal()
            failed = {int(each.text) for each in self.box}
            said = set(self.mine())
            assert said | failed == {int(text) for text in self.typed}
            if not self.prunes:
                assert not failed
            assert all(each.problem == UNKNOWN_FATE.code for each in self.box)
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
            while self.told:
                self.hear()
            self.join_again_if_refused()
            if turn % 10 == 9:
                # A ghost with our name, from a join that arrived late, would keep us out.
                self.grace_is_over()
            under_way = self.wire and (self.wire.up or self.wire.down or self.wire.closing)
            waiting = any(each.problem is None for each in self.box)
            if self.protocol.state is ClientState.READY and not under_way and not waiting:
                return
            if not under_way:
                self.time_passes(20.0)
        raise AssertionError(f"it does not come to rest: {self.protocol.state}")


class ForgetfulPromise(Promise):
    """The same with a room that drops old events: a message may fail, never double."""

    prunes = True


TestPromise = Promise.TestCase
TestPromise.settings = settings(max_examples=120, stateful_step_count=40)
TestForgetfulPromise = ForgetfulPromise.TestCase
TestForgetfulPromise.settings = settings(max_examples=120, stateful_step_count=40)
