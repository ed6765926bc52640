"""One random history of a room, and the ways in which clients load it."""

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from server.room import events, quotes
from server.room.interface import Act, JoinAccepted, Post, StoredFile
from server.room.operations import Operation, OwnerKey
from server.room.rows import is_sent
from server.room.storage.journal import Journal
from server.room.storage.rescue import remake
from server.room.worker_side.reads import Changed
from shared.codec import decode_event
from shared.conversation import ConversationRequest, Edit, Pin, React, Rename, SetNote
from shared.messages import AnyEvent, File
from shared.moderation import ActRequest, Delete, SetTopic
from tests.conversations.reader import Reader, comparable
from tests.server.room.workbench import Bench, Guest, join_request
from tests.support.in_memory import temporary_folder

KEY = b"K" * 32
NAMES = ("ada", "bob", "b0b", "eve", "joe", "Ada", "zoé")
TEXTS = ("hello", "bye", 'say "reply_to":3', "x" * 200, "a\nb  c", "ünï")
EMOJI = ("👍", "❤️", "😂")
MOST = 4


class History:
    """Plays a history of about `length` entries of the log in a new room at `path`."""

    def __init__(self, seed: int, path: Path, length: int) -> None:
        self.random = random.Random(seed)
        keep = self.random.choice([0, 0, 0, 15])
        self.bench = Bench(path, max_users=MOST, keep=keep, journal=Journal)
        self.guests: list[Guest] = []
        self.number = 0
        self.memory: list[bytes] = []
        self.pages: list[tuple[int, int, list[bytes]]] = []
        self.reads: list[tuple[Changed, list[bytes]]] = []
        self.done: list[Operation] = []
        self.favourites: list[int] = []
        self._play(length)

    def _play(self, length: int) -> None:
        self.perform(OwnerKey(KEY))
        self.join("ada", owner=KEY)
        self.join("bob")
        for _ in range(self.random.randint(3, length)):
            self.bench.wall += self.random.choice([0, 1, 60, 4_000])
            match self.random.randrange(20):
                case 0:
                    self.join(self.random.choice(NAMES))
                case 1 if len(self.guests) > 1:
                    self.perform(self.guests.pop().leaves)
                case 2:
                    self.bench.reopen()
                case 3:
                    self.load()
                case 4:
                    self.begin_to_read()
                case _:
                    self.perform(*map(self.operation, range(self.random.randint(1, 4))))

    def join(self, name: str, **fields: object) -> None:
        request = join_request(name, **fields)
        answer = self.bench.ask(request)
        if isinstance(answer, JoinAccepted):
            self.guests.append(Guest(answer, request.connection))
            self.remember()

    def perform(self, *operations: Operation) -> None:
        self.bench.perform(*operations)
        self.done += operations
        self.remember()

    def remember(self) -> None:
        """Keep the newest events in memory, as a worker does."""
        outcome = self.bench._outcome
        for seq, body in enumerate(outcome.bodies, outcome.first):
            if is_sent(body) and self.random.random() < 0.3:
                self.favourites.append(seq)
        _state(self.bench)  # what was made once must not be kept for too long
        if outcome.bodies and outcome.first == len(self.memory) + 1:
            self.memory += outcome.bodies
        for seq, body in outcome.rewritten:
            self.memory[seq - 1] = body
        for seq, quote in outcome.requoted:
            is_reply = quotes.is_reply_to(seq)
            self.memory = [
                quotes.quoting(body, quote) if is_reply(body) else body for body in self.memory
            ]
        for changed, _ in self.reads:
            changed.bodies.update(outcome.rewritten)
            changed.quotes.update(outcome.requoted)

    # --- operations ------------------------------------------------------------------------

    def operation(self, _: int) -> Operation:
        """Return something that a member asks for; now and then once more."""
        if self.done and self.random.randrange(15) == 0:
            again = [one for one in self.done if isinstance(one, Post | Act)]
            if again:
                return self.random.choice(again)
        self.number += 1
        if self.random.randrange(10) < 4:
            return self.post(self.random.choice(self.guests))
        return self.act()

    def post(self, guest: Guest) -> Post:
        key, reply_to = f"k{self.number}", self.seq() if self.random.random() < 0.5 else 0
        member = guest.place.member
        name = self.random.choice([guest.place.name, "before"])
        if self.random.randrange(6) == 0:
            file = File(key, "notes.txt", 3, "00", 1, "abc", f"/files/{key}/notes.txt")
            return Post(
                member=member, connection=0, key=key, tail=events.shared(name, file, key),
                stored=StoredFile(file, f"{key}.txt", "utf-8"),
            )  # fmt: skip
        tail = events.said(name, self.random.choice(TEXTS), key, reply_to or msgspec.UNSET)
        return Post(
            member=member, connection=guest.connection, key=key, tail=tail, reply_to=reply_to
        )

    def act(self) -> Act:
        id, seq, choose = f"a{self.number}", self.seq(), self.random.choice
        guest = self.who_may(seq)
        on = self.random.random() < 0.7
        requests: list[ActRequest | ConversationRequest] = [
            Edit(id=id, seq=seq, text=choose(TEXTS)),
            Edit(id=id, seq=seq, text=choose(TEXTS)),
            React(id=id, seq=seq, emoji=choose(EMOJI), on=on),
            React(id=id, seq=seq, emoji=choose(EMOJI), on=on),
            Pin(id=id, seq=seq, on=on),
            Delete(id=id, seq=seq),
            Rename(id=id, name=choose(NAMES)),
            SetNote(id=id, text=choose(["", "at lunch"])),
            SetTopic(id=id, text=choose(TEXTS)),
        ]
        return Act(
            member=guest.place.member,
            connection=guest.connection,
            key=id,
            request=choose(requests),
        )

    def seq(self) -> int:
        """Return the number of some event: rather a message, rather a new one."""
        if self.favourites and self.random.random() < 0.7:
            return self.random.choice(self.favourites[-3:])
        newest = self.bench.journal.newest()
        return max(1, newest + 2 - int(self.random.expovariate(0.2)))

    def who_may(self, seq: int) -> Guest:
        """Return somebody, rather the sender of an event."""
        if seq <= len(self.bench.events) and self.random.random() < 0.8:
            for guest in self.guests:
                if guest.place.member == self.bench.events[seq - 1].member:
                    return guest
        return self.random.choice(self.guests)

    # --- loading ---------------------------------------------------------------------------

    def load(self) -> None:
        """Load a page of history now; changes follow."""
        newest = self.bench.journal.newest()
        page = self.bench.journal.page_before(self.seq() + 1, self.random.randint(1, 9))
        self.pages.append((newest, self.random.randint(0, 3), page.events))

    def begin_to_read(self) -> None:
        """Read a page now that is answered at the end."""
        page = self.bench.journal.page_before(self.seq() + 1, self.random.randint(1, 9))
        self.reads.append((Changed(), page.events))

    def backward(self) -> list[bytes]:
        """Return all kept events, page by page from the newest on."""
        found: list[bytes] = []
        before: int | None = self.bench.journal.newest() + 1
        while before is not None:
            page = self.bench.journal.page_before(before, self.random.randint(1, 9))
            found[:0], before = page.events, page.before
        return found

    def forward(self) -> list[bytes]:
        """Return all kept events, page by page from the oldest on."""
        found: list[bytes] = []
        after: int | None = 0
        while after is not None:
            page = self.bench.journal.page_from(after + 1, self.random.randint(1, 9))
            found += page.events
            after = page.after
        return found


def decoded(bodies: Sequence[bytes]) -> Iterator[AnyEvent]:
    return map(decode_event, bodies)


def check(seed: int, length: int = 30) -> int:
    """Play one history and compare all ways of loading it; returns how many events it has."""
    with temporary_folder() as folder:
        history = History(seed, Path(folder) / "journal.sqlite3", length)
        with closing(history.bench):
            _check(history)
            return history.bench.journal.newest()


def _check(history: History) -> None:
    bench = history.bench
    first, newest = bench.journal.first_kept(), bench.journal.newest()
    stands = history.forward()
    assert stands == history.backward(), "pages backward and forward"
    expected = {event.seq: event for event in decoded(stands)}
    assert list(expected) == list(range(first, newest + 1))

    live = Reader(bench.events)
    assert comparable(live.events, first) == expected, "all events as they came"
    assert comparable(Reader(decoded(stands)).events, first) == expected, "changes once more"
    assert live.names == {one.id: one.name for one in bench.core.roster.members()}
    _check_pins(history, live)
    _check_memory(history)
    _check_resuming(history, expected)
    _check_pages(history, expected)
    _check_starts(history, stands)


def _check_resuming(history: History, expected: dict[int, AnyEvent]) -> None:
    journal, events = history.bench.journal, history.bench.events
    first, newest = journal.first_kept(), journal.newest()
    for after in {first - 1, history.random.randint(first - 1, newest), newest}:
        resumed = Reader(events[:after])
        rest = journal.after(after, newest)
        assert rest is not None
        resumed.take(decoded(rest))
        assert comparable(resumed.events, first) == expected, f"resumed after {after}"


def _check_pages(history: History, expected: dict[int, AnyEvent]) -> None:
    """Pages that were loaded on the way, with the events behind them; also some once more."""
    first = history.bench.journal.first_kept()
    for at, back, page in history.pages:
        late = Reader()
        late.load(decoded(page))
        seqs = set(late.events)
        late.take(history.bench.events[max(0, at - back) :])
        there = comparable(late.events, first)
        assert all(there[seq] == expected[seq] for seq in seqs & there.keys()), "a page"
    for changed, page in history.reads:
        answer = {event.seq: event for event in decoded(changed.applied(page))}
        for seq, event in comparable(answer, first).items():
            assert event == expected[seq], "a page that changed while it was read"


def _check_starts(history: History, stands: list[bytes]) -> None:
    bench = history.bench
    first, before = bench.journal.first_kept(), _state(bench)
    bench.reopen()
    assert _state(bench) == before
    assert history.forward() == stands, "after a start"
    bench.journal.close()
    remake(bench.path)
    bench._open()
    if bench.journal.first_kept() == first:  # not all that was to go had gone
        assert history.forward() == stands, "after a rescue"
        assert _state(bench)[1] == before[1]


def _state(bench: Bench) -> tuple[bytes, bytes]:
    journal = bench.journal
    pins = bench.core.pins.json(journal.first_kept(), journal.body)
    return bytes(bench.core.roster.listing()), pins


def _check_pins(history: History, live: Reader) -> None:
    journal = history.bench.journal
    first = journal.first_kept()
    pinned = [seq for seq in live.pins if seq >= first]
    bodies = [body for seq in pinned[-20:] if (body := journal.event(seq))]
    assert history.bench.core.pins.json(first, journal.body) == b"[%b]" % b",".join(bodies)
    assert [seq for seq in journal.pins() if seq >= first] == pinned


def _check_memory(history: History) -> None:
    """What workers have in memory is what the journal has."""
    journal = history.bench.journal
    first = journal.first_kept()
    for seq in range(first, journal.newest() + 1):
        body = history.memory[seq - 1]
        if quotes.parent(body) < first:
            body = quotes.without(body)
        assert body == journal.event(seq), "a worker's memory"
