"""A conversation in which nothing goes wrong, for the checker's tests to plant faults in."""

from collections.abc import Callable

from hypothesis import strategies as st

from shared import messages
from tests.faults import checker, filecheck, history
from tests.faults.checker import Journal, Row, SearchResult
from tests.faults.history import Histories, Life

NAMES = ("ann", "ben", "cid")


class Script:
    """A conversation in which nothing goes wrong, as its clients and its journal tell it."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.histories: Histories = {name: [Life()] for name in NAMES}
        self._number: dict[str, int] = {}  # the membership of who is present
        self._sockets = 0
        self._socket = dict.fromkeys(NAMES, 0)
        for name in NAMES:
            self.join(name)
        for name in NAMES * 2:
            self.say(name)
        for name in NAMES:
            self.share(name)

    def note(self, name: str, record: history.Record) -> None:
        self.histories[name][-1].records.append(record)

    def join(self, name: str) -> None:
        if name in self._number:
            return
        after, seq = len(self.journal.rows), len(self.journal.rows) + 1
        self._number[name] = seq
        self._welcome(name, seq, after)
        self._happen(messages.Joined(seq=seq, at=self._at(), name=name))

    def say(self, name: str) -> None:
        if name not in self._number:
            return
        seq = len(self.journal.rows) + 1
        id, text = f"id of {seq}", f"{name} says {seq}"
        self.note(name, history.Says(id=id, text=text))
        said = messages.Said(seq=seq, at=self._at(), name=name, text=text, id=id)
        self._happen(said, key=id)
        self.note(name, history.Confirmed(id=id))

    def share(self, name: str) -> None:
        if name not in self._number:
            return
        seq = len(self.journal.rows) + 1
        key, sha256 = f"key of {seq}", f"bytes of {seq}"
        self.note(name, history.Shares(key=key, sha256=sha256))
        file = messages.File(f"f{seq}", "a.txt", 3, sha256, 1, "abc", f"/files/f{seq}/a.txt")
        shared = messages.Shared(seq=seq, at=self._at(), name=name, file=file, id=key)
        self._happen(shared, key=f"file {key}")
        self.note(name, history.Delivered(key=key))

    def leave(self, name: str) -> None:
        if name not in self._number:
            return
        seq, at = len(self.journal.rows) + 1, self._at()
        self._happen(messages.Left(seq=seq, at=at, name=name, reason="quit"))
        del self._number[name]
        self.histories[name].append(Life())

    def drop(self, name: str) -> None:
        """The connection is lost and comes back."""
        if name in self._number:
            self.note(name, history.Lost(reason="The connection was lost."))
            self._welcome(name, len(self.journal.rows), len(self.journal.rows))

    def restart(self, name: str) -> None:
        """The client is killed; it comes back, and sees the last few events once more."""
        if name in self._number:
            self.histories[name].append(Life())
            after = len(self.journal.rows) - 3
            self._welcome(name, len(self.journal.rows), after)

    def _welcome(self, name: str, seq: int, after: int) -> None:
        self._sockets += 1
        self._socket[name] = self._sockets
        present = [each for each in NAMES if each in self._number]
        self.note(name, history.Welcomed(seq=seq, members=present))
        self.note(name, history.Resumed(socket=self._sockets, after=after))
        for row in self.journal.rows[after:]:
            self._see(name, row.event)

    def _happen(self, event: messages.Event, key: str | None = None) -> None:
        number = self._number[event.name]
        self.journal.rows.append(Row(event.seq, number, key, event))
        for name in self._number:
            self._see(name, event)

    def _see(self, name: str, event: messages.Event) -> None:
        self.note(name, history.Wire(socket=self._socket[name], seq=event.seq))
        self.note(name, history.Saw(event=event))

    def _at(self) -> str:
        return f"2026-11-22T08:00:00.{len(self.journal.rows) // 2:03}Z"

    def end(self) -> None:
        """Everybody is there in the end, and sees the others."""
        for name in NAMES:
            self.join(name)
        self.journal.members = list(self._number)
        for name in NAMES:
            self.note(name, history.Members(away=dict.fromkeys(NAMES, False)))

    def findings(self) -> list[SearchResult]:
        return [
            *checker.check(self.journal, self.histories),
            *checker.at_rest(self.journal, self.histories),
            *filecheck.check(self.journal, self.histories),
            *filecheck.at_rest(self.histories),
        ]

    # --- planting --------------------------------------------------------------------------

    def said(self, name: str) -> list[Row]:
        return self._of(name, messages.Said)

    def shared(self, name: str) -> list[Row]:
        return self._of(name, messages.Shared)

    def _of(self, name: str, kind: type[messages.Event]) -> list[Row]:
        return [
            row
            for row in self.journal.rows
            if isinstance(row.event, kind) and row.event.name == name
        ]

    def retell(self, change: Callable[[messages.Event], messages.Event]) -> None:
        """Another event in the journal, and in what everybody saw of it."""
        self.journal.rows = [row._replace(event=change(row.event)) for row in self.journal.rows]
        for name in NAMES:
            self.resee(name, change)

    def resee(self, name: str, change: Callable[[messages.Event], messages.Event]) -> None:
        """Another event in what one saw."""
        for life in self.histories[name]:
            life.records = [
                history.Saw(event=change(each.event)) if isinstance(each, history.Saw) else each
                for each in life.records
            ]

    def life(self, name: str, what: type, least: int) -> tuple[list[history.Record], list[int]]:
        """The records of a life with so many of these, and where those are."""
        for life in self.histories[name]:
            found = [i for i, each in enumerate(life.records) if isinstance(each, what)]
            if len(found) >= least:
                return life.records, found
        raise AssertionError("the script begins with enough of everything")


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """Clean conversations."""
    script = Script()
    deeds = [
        script.say,
        script.say,
        script.share,
        script.leave,
        script.join,
        script.drop,
        script.restart,
    ]
    steps = st.tuples(st.sampled_from(deeds), st.sampled_from(NAMES))
    for deed, name in draw(st.lists(steps, max_size=30)):
        deed(name)
    script.end()
    return script
