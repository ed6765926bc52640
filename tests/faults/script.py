"""A room without faults, for the checker's tests to plant faults in."""

from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import strategies as st

from shared import messages, standing
from shared.conversation import Edited, Reacted
from shared.messages import Said
from shared.moderation import Deleted
from tests.faults import changecheck, checker, filecheck, history
from tests.faults.checker import CheckFinding, JournalContents, JournalEntry
from tests.faults.history import BotRun, Histories

NAMES = ("ann", "ben", "cid")


class ScriptedRoom:
    """A room without faults: its journal, and the histories of its bots."""

    def __init__(self) -> None:
        self.journal = JournalContents()
        self.histories: Histories = {name: [BotRun()] for name in NAMES}
        self._number: dict[str, int] = {}  # the memberships of the members present
        self._sockets = 0
        self._socket = dict.fromkeys(NAMES, 0)
        for name in NAMES:
            self.join(name)
        for name in NAMES * 3:
            self.send(name)
        for name in NAMES:
            self.share(name)
            self.edit(name)
            self.react(name)
        self.unknown(NAMES[0])

    def record(self, name: str, record: history.Record) -> None:
        self.histories[name][-1].records.append(record)

    def join(self, name: str) -> None:
        if name in self._number:
            return
        after, seq = len(self.journal.rows), len(self.journal.rows) + 1
        self._number[name] = seq
        self._welcome(name, seq, after)
        self._append(messages.Joined(seq=seq, at=self._at(), name=name, member=seq))

    def send(self, name: str) -> None:
        if name not in self._number:
            return
        seq = len(self.journal.rows) + 1
        id, text = f"id of {seq}", f"{name} says {seq}"
        self.record(name, history.MessageSent(id=id, text=text))
        member = self._number[name]
        said = messages.Said(seq=seq, at=self._at(), name=name, member=member, text=text, id=id)
        self._append(said, key=id)
        self.record(name, history.MessageAcknowledged(id=id))

    def share(self, name: str) -> None:
        if name not in self._number:
            return
        seq = len(self.journal.rows) + 1
        key, sha256 = f"key of {seq}", f"bytes of {seq}"
        self.record(name, history.FileQueued(key=key, sha256=sha256))
        file = messages.File(f"f{seq}", "a.txt", 3, sha256, 1, "abc", f"/files/f{seq}/a.txt")
        shared = messages.Shared(seq=seq, at=self._at(), name=name, file=file, id=key)
        self._append(shared, key=f"file {key}")
        self.record(name, history.FileDelivered(key=key))

    def react(self, name: str) -> None:
        """Put an emoji under the newest message, or take it back."""
        if name not in self._number:
            return
        target = self._newest()
        on = len(self.journal.rows) % 3 > 0
        self._change(name, Reacted, target.seq, emoji="👍", on=on)

    def edit(self, name: str) -> None:
        """Edit the newest message of this member, but not the first two."""
        own = self._own(name)
        if name in self._number and own:
            self._change(name, Edited, own[-1], text=f"edit {len(self.journal.rows)}")

    def delete(self, name: str) -> None:
        """Delete the newest message of this member, but not the first two."""
        own = self._own(name)
        if name in self._number and own:
            self._change(name, Deleted, own[-1])

    def _own(self, name: str) -> list[int]:
        """Return the messages of this member that it may change."""
        said = [row.event for row in self.said(name)][2:]
        return [event.seq for event in said if isinstance(event, Said) and not event.deleted]

    def _newest(self) -> JournalEntry:
        return next(row for row in reversed(self.journal.rows) if isinstance(row.event, Said))

    def _change(self, name: str, kind: type[Any], target: int, **fields: Any) -> None:
        """Carry out a change of a message, and confirm it."""
        seq = len(self.journal.rows) + 1
        member, id, text = self._number[name], f"change {seq}", fields.get("text", "")
        self.record(name, history.ChangeAsked(id=id, target=target, text=text))
        event = kind(
            seq=seq, at=self._at(), name=name, member=member, id=id, target=target, **fields
        )
        for place, row in enumerate(self.journal.rows):
            if row.seq == target:
                changed = standing.changed(row.event, event)  # type: ignore[type-var]
                self.journal.rows[place] = row._replace(event=changed)
            elif kind is Deleted and _edits(row.event, target):
                emptied = msgspec.structs.replace(row.event, text="")
                self.journal.rows[place] = row._replace(event=emptied)
        self._append(event, key=id)
        self.record(name, history.ChangeConfirmed(id=id))

    def unknown(self, name: str) -> None:
        """Append an event of a type that only later versions know; some have no `at`."""
        if name not in self._number:
            return
        seq = len(self.journal.rows) + 1
        fields: dict[str, object] = {"type": "polled", "seq": seq, "question": "when?"}
        if seq % 2:
            fields |= {"at": self._at(), "name": name, "member": self._number[name]}
        self._append(history.decode(msgspec.json.encode(fields)))

    def leave(self, name: str) -> None:
        if name not in self._number:
            return
        seq, at = len(self.journal.rows) + 1, self._at()
        self._append(messages.Left(seq=seq, at=at, name=name, reason="quit"))
        del self._number[name]
        self.histories[name].append(BotRun())

    def drop(self, name: str) -> None:
        """Lose the connection and get it back."""
        if name in self._number:
            self.record(name, history.ConnectionLost(reason="The connection was lost."))
            self._welcome(name, len(self.journal.rows), len(self.journal.rows))

    def restart(self, name: str) -> None:
        """Kill the client and start it again; it gets the last few events once more."""
        if name in self._number:
            self.histories[name].append(BotRun())
            after = len(self.journal.rows) - 3
            self._welcome(name, len(self.journal.rows), after)

    def _welcome(self, name: str, seq: int, after: int) -> None:
        self._sockets += 1
        self._socket[name] = self._sockets
        present = [each for each in NAMES if each in self._number]
        self.record(name, history.RoomEntered(seq=seq, members=present))
        self.record(name, history.ResumePromised(socket=self._sockets, after=after))
        for row in self.journal.rows[after:]:
            self._deliver(name, row.event)

    def _append(self, event: messages.AnyEvent, key: str | None = None) -> None:
        number = self._number.get(event.name, 0)
        self.journal.rows.append(JournalEntry(event.seq, number, key, event))
        for name in self._number:
            self._deliver(name, event)

    def _deliver(self, name: str, event: messages.AnyEvent) -> None:
        self.record(name, history.EventArrived(socket=self._socket[name], seq=event.seq))
        self.record(name, history.shown(event))

    def _at(self) -> str:
        return f"2026-11-22T08:00:00.{len(self.journal.rows) // 2:03}Z"

    def end(self) -> None:
        """Let every member be present at the end, with a correct list of members."""
        for name in NAMES:
            self.join(name)
        self.journal.members = list(self._number)
        for name in NAMES:
            self.record(name, history.MembersShown(away=dict.fromkeys(NAMES, False)))

    def findings(self) -> list[CheckFinding]:
        return [
            *checker.check(self.journal, self.histories),
            *checker.settled(self.journal, self.histories),
            *changecheck.check(self.journal, self.histories),
            *changecheck.settled(self.journal, self.histories),
            *filecheck.check(self.journal, self.histories),
            *filecheck.settled(self.histories),
        ]

    # --- planting --------------------------------------------------------------------------

    def said(self, name: str) -> list[JournalEntry]:
        return self._of(name, messages.Said)

    def shared(self, name: str) -> list[JournalEntry]:
        return self._of(name, messages.Shared)

    def _of(self, name: str, kind: type[messages.AnyEvent]) -> list[JournalEntry]:
        return [
            row
            for row in self.journal.rows
            if isinstance(row.event, kind) and row.event.name == name
        ]

    def change_everywhere(
        self, change: Callable[[messages.AnyEvent], messages.AnyEvent]
    ) -> None:
        """Change events in the journal and in all histories."""
        self.journal.rows = [row._replace(event=change(row.event)) for row in self.journal.rows]
        for name in NAMES:
            self.change_for(name, change)

    def change_for(
        self, name: str, change: Callable[[messages.AnyEvent], messages.AnyEvent]
    ) -> None:
        """Change events in the history of one bot."""
        for run in self.histories[name]:
            run.records = [
                history.shown(change(each.event))
                if isinstance(each, history.EventShown)
                else each
                for each in run.records
            ]

    def find_run(
        self, name: str, record: type, least: int
    ) -> tuple[list[history.Record], list[int]]:
        """Return the records of a run with at least `least` of these, and their places."""
        for run in self.histories[name]:
            found = [i for i, each in enumerate(run.records) if isinstance(each, record)]
            if len(found) >= least:
                return run.records, found
        raise AssertionError("the script begins with enough of everything")


def _edits(event: messages.AnyEvent, target: int) -> bool:
    return isinstance(event, Edited) and event.target == target


@st.composite
def scripts(draw: st.DrawFn) -> ScriptedRoom:
    """Generate conversations without faults."""
    script = ScriptedRoom()
    actions = [
        script.send,
        script.send,
        script.share,
        script.unknown,
        script.react,
        script.edit,
        script.delete,
        script.leave,
        script.join,
        script.drop,
        script.restart,
    ]
    steps = st.tuples(st.sampled_from(actions), st.sampled_from(NAMES))
    for action, name in draw(st.lists(steps, max_size=30)):
        action(name)
    script.end()
    return script
