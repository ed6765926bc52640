"""The checks on a join that come before the order: its password, and how often one may guess.

Knows no member: names, places and tokens are checked by the core.
"""

import hmac
import math

from server.budgets.buckets import Attempts
from server.room.ipc import JoinAttempt
from server.room.operations import Join
from shared import passwords
from shared.problems import Problem, problem


class Admission:
    """Lets joins pass to the log; `password` is empty for a room without one."""

    def __init__(self, password: str = "") -> None:
        self._password = _comparable(password)
        self._attempts = Attempts()

    @property
    def needs_password(self) -> bool:
        """Whether a client needs a password to join."""
        return bool(self._password)

    def admit(self, attempt: JoinAttempt, worker: int, now: float) -> Join | Problem:
        """Return the operation for a join from `worker`, or why there is none.

        `now` is in monotonic seconds.
        """
        request = attempt.request
        if self._password and request.token is None:
            why = self._check(request.peer.address, request.password, now)
            if why is not None:
                return why
        return Join(
            connection=request.connection,
            worker=worker,
            peer=request.peer,
            client=request.client,
            name=request.name,
            token_hash=attempt.token_hash,
            resume=request.token is not None,
            after=request.after,
            after_at=request.after_at,
            history=request.history,
            journal=request.journal,
        )

    def _check(self, address: str, password: str | None, now: float) -> Problem | None:
        if wait := self._attempts.must_wait(address, now):
            return problem("too_many", seconds=math.ceil(wait)).after(wait)
        if password is None:
            return problem("bad_password", "missing")
        if not hmac.compare_digest(_comparable(password), self._password):
            self._attempts.failed(address, now)
            return problem("bad_password", "wrong")
        self._attempts.succeeded(address)
        return None


def _comparable(password: str) -> bytes:
    return passwords.prepare(password).encode("utf-8", "surrogatepass")
