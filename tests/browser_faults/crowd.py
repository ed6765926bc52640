"""A server and people with browsers, who send messages while faults strike."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from random import Random

from playwright.async_api import Browser, Error

from server.settings import JOURNAL
from shared import messages
from tests.browser_faults.check import check
from tests.browser_faults.faults import FAULTS
from tests.browser_faults.person import PATIENCE, Person
from tests.faults import checker
from tests.faults.checker import CheckFinding
from tests.support.running import RunningServer
from tests.support.waiting import until_asked

OPTIONS = (
    "--workers", "2", "--rate", "0", "--max-users", "200", "--max-users-per-address", "200",
    "--grace", "20",
)  # fmt: skip


class Crowd:
    """People in one room. `sent` counts their messages."""

    def __init__(self, server: RunningServer, people: Sequence[Person]) -> None:
        self.server = server
        self.people = list(people)
        self._journal = server.data / JOURNAL

    @property
    def sent(self) -> int:
        """The number of messages that people have sent."""
        return sum(len(person.typed) for person in self.people)

    async def round(
        self, kinds: Sequence[str], rng: Random, count: int, seconds: float
    ) -> list[CheckFinding]:
        """Let each person send `count` messages within `seconds` while the faults strike."""
        problems = []
        try:
            async with asyncio.TaskGroup() as group:
                for person in self.people:
                    group.create_task(person.type(count, seconds / count))
                for kind in kinds:
                    group.create_task(self._strike(kind, rng, seconds * rng.uniform(0.1, 0.7)))
        except* (AssertionError, TimeoutError, Error) as stuck:
            problems = [
                CheckFinding("error", "room", f"not settled: {problem}")
                for problem in stuck.exceptions
            ]
        return [*problems, *await self.settle()]

    async def _strike(self, kind: str, rng: Random, after: float) -> None:
        await asyncio.sleep(after)
        await FAULTS[kind](self.server, self.people, rng)

    async def settle(self) -> list[CheckFinding]:
        """Wait until all is sent and shown; return what is wrong then."""
        try:
            await until_asked(self._unsent, lambda unsent: not unsent, within=PATIENCE)
            newest = self._said()[-1:]
            await asyncio.gather(*(person.settled(*newest or [""]) for person in self.people))
        except (AssertionError, TimeoutError) as problem:
            return [
                CheckFinding("lost", "room", f"not settled: {problem}"),
                *await self._check(),
            ]
        return await self._check()

    async def _unsent(self) -> set[str]:
        typed = {text for person in self.people for text in person.typed}
        return typed - set(self._said())

    def _said(self) -> list[str]:
        rows = checker.read_journal(self._journal).rows
        return [row.event.text for row in rows if isinstance(row.event, messages.Said)]

    async def _check(self) -> list[CheckFinding]:
        journal = checker.read_journal(self._journal)
        typed = {person.name: person.typed for person in self.people}
        shown = {person.name: await person.shown() for person in self.people}
        problems = [
            CheckFinding("error", person.name, problem)
            for person in self.people
            for problem in person.problems
        ]
        return [*check(journal, typed, shown), *problems]


@asynccontextmanager
async def gathered(
    browser: Browser, folder: Path, names: Sequence[str]
) -> AsyncIterator[Crowd]:
    """Start a server, and let these people join, each with a profile of the browser."""
    async with AsyncExitStack() as stack:
        server = stack.enter_context(closing(RunningServer(folder, *OPTIONS)))
        server.expect_errors = True
        people = []
        for name in names:
            person = await Person.enter(browser, name, server.port)
            stack.push_async_callback(person.go)
            people.append(person)
        yield Crowd(server, people)
