"""What the gateway does about joins: admission before the log, and the answers behind it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import cast

from server.room.interface import Answer, JoinRefused, JoinWaits
from server.room.ipc import JoinAttempt
from server.room.operations import Join, Operation
from server.room.room_side.admission import Admission, Admitted
from server.room.room_side.grace import GracePeriods
from server.room.room_side.guesses import Guess

PLACE_AGAIN_AFTER = 0.1


class Joins[Asker]:
    """The joins of one room. Lives on the room process's event loop.

    `take` carries out what is known of a join that waited: it gets the operation or the
    refusal, who asked for it, and under which number. `now` gives monotonic seconds.
    """

    def __init__(
        self,
        admission: Admission,
        grace: GracePeriods,
        take: Callable[[Admitted, Asker, int], None],
        now: Callable[[], float],
    ) -> None:
        self._admission = admission
        self._grace = grace
        self._take = take
        self._now = now
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    # --- before the log --------------------------------------------------------------------

    def admit(self, attempt: JoinAttempt, asker: Asker, number: int) -> Admitted:
        """Return the operation for a join, or why it is refused, or that it waits."""
        admitted = self._admission.admit(attempt, asker, number, self._now())
        if isinstance(admitted, JoinWaits) or self._timer is None:
            self._set_timer()
        return admitted

    def hung_up(self, connection: int) -> None:
        """Take back the join of a connection that has ended, if it waits."""
        if self._admission.guesses:
            self._answer(self._admission.hung_up(connection))

    def forget(self, asker: Asker) -> None:
        """Take back all that `asker` waits for."""
        self._admission.guesses.forget(asker)

    def look(self) -> None:
        """Let those pass that need not wait any more."""
        self._answer(self._admission.released(self._now()))
        self._set_timer()

    def _answer(self, released: list[tuple[Admitted, Guess]]) -> None:
        for admitted, guess in released:
            self._take(admitted, cast(Asker, guess.asker), guess.number)

    def _set_timer(self) -> None:
        self.close()
        wait = self._admission.due(self._now())
        if wait is not None:
            self._timer = self._loop.call_later(wait, self.look)

    def close(self) -> None:
        """Look at no join any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # --- behind the log --------------------------------------------------------------------

    def answered(
        self, operations: Sequence[Operation], answers: Sequence[Answer | None]
    ) -> Sequence[Answer | None]:
        """Return the answers to all operations, with what the rules of the room do not know."""
        joins = [number for number, one in enumerate(operations) if type(one) is Join]
        if not joins:
            return answers
        answers = list(answers)
        for number in joins:
            answers[number] = self._answered(cast(Join, operations[number]), answers[number])
        return answers

    def _answered(self, join: Join, answer: Answer | None) -> Answer | None:
        now = self._now()
        answer = self._admission.answered(join, answer, now)
        group = self._admission.group(join.peer.address)
        if not isinstance(answer, JoinRefused):
            if not join.resume:
                self._grace.place_found(group, now)
        elif answer.problem.code == "room_full":
            wait = self._grace.place_wanted(group, now)
            if wait is not None:
                return JoinRefused(answer.problem.after(wait + PLACE_AGAIN_AFTER))
        return answer

    def lost(self, member: int) -> None:
        """Note that a member's connection has ended."""
        self._admission.lost(member, self._now())

    def left(self, members: Sequence[int]) -> None:
        """Forget members whose memberships have ended."""
        for member in members:
            self._admission.left(member, self._now())
