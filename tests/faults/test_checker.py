"""The checker finds each planted fault, and nothing in a history without faults."""

import copy
import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import messages
from shared.conversation import Edited, Reactor
from tests.faults import filecheck, history
from tests.faults.checker import FindingKind, JournalEntry
from tests.faults.script import NAMES, ScriptedRoom, scripts

# --- faults to plant: each changes a script, for `name`, at a place that `at` selects --------

type FaultPlanter = Callable[[ScriptedRoom, str, int], None]


def lose_from_journal(script: ScriptedRoom, name: str, at: int) -> None:
    """Lose a message without a trace: later events move up, and no client saw it."""
    _lose(script, script.said(name)[at % len(script.said(name))].seq)


def lose_file_from_journal(script: ScriptedRoom, name: str, at: int) -> None:
    _lose(script, script.shared(name)[at % len(script.shared(name))].seq)


def _lose(script: ScriptedRoom, gone: int) -> None:
    def close_ranks(event: messages.AnyEvent) -> messages.AnyEvent:
        seq = event.seq - (event.seq > gone)
        return msgspec.structs.replace(event, seq=seq)

    rows = [row for row in script.journal.rows if row.seq != gone]
    script.journal.rows = [
        row._replace(seq=seq, event=close_ranks(row.event)) for seq, row in enumerate(rows, 1)
    ]
    for runs in script.histories.values():
        for run in runs:
            run.records = [
                each
                for each in run.records
                if not (isinstance(each, history.EventShown) and each.event.seq == gone)
            ]
    for each in NAMES:
        script.change_for(each, close_ranks)


def leave_unsent(script: ScriptedRoom, name: str, at: int) -> None:
    record = history.MessageSent(id="never", text="never")
    script.record(name, record)


def leave_upload_unfinished(script: ScriptedRoom, name: str, at: int) -> None:
    script.record(name, history.FileQueued(key="never", sha256="never"))


def deliver_missing_file(script: ScriptedRoom, name: str, at: int) -> None:
    """Confirm a file that is not in the journal."""
    leave_upload_unfinished(script, name, at)
    script.record(name, history.FileDelivered(key="never"))


def repeat_file(script: ScriptedRoom, name: str, at: int) -> None:
    """Share a file again under another key."""
    shared = script.shared(name)[at % len(script.shared(name))].event
    _add(script, lambda seq, at: msgspec.structs.replace(shared, seq=seq, at=at, id="another"))


def alter_file(script: ScriptedRoom, name: str, at: int) -> None:
    """Share other bytes than were uploaded."""
    row = script.shared(name)[at % len(script.shared(name))]
    assert isinstance(row.event, messages.Shared)
    assert isinstance(row.event.file, messages.File)
    file = msgspec.structs.replace(row.event.file, sha256="other bytes")
    script.change_everywhere(
        lambda event: (
            msgspec.structs.replace(event, file=file) if event.seq == row.seq else event
        )
    )


def repeat_message(script: ScriptedRoom, name: str, at: int) -> None:
    """Repeat a text under another membership."""
    row = script.said(name)[at % len(script.said(name))]
    seq = len(script.journal.rows) + 1
    last = script.journal.rows[-1].event.at
    again = msgspec.structs.replace(row.event, seq=seq, at=last)
    script.journal.rows.append(JournalEntry(seq, row.member + 100, row.key, again))
    for each in NAMES:
        script.record(each, history.shown(again))


def deliver_twice(script: ScriptedRoom, name: str, at: int) -> None:
    records, found = script.find_run(name, history.EventArrived, 1)
    place = found[at % len(found)]
    records.insert(place, records[place])


def replay_too_early(script: ScriptedRoom, name: str, at: int) -> None:
    """Start a resumed connection one event too early."""
    records, found = script.find_run(name, history.ResumePromised, 1)
    resumed = records[found[0]]
    assert isinstance(resumed, history.ResumePromised)
    wire = history.EventArrived(socket=resumed.socket, seq=resumed.after)
    records.insert(found[0] + 1, wire)


def show_twice(script: ScriptedRoom, name: str, at: int) -> None:
    records, found = script.find_run(name, history.EventShown, 1)
    place = found[at % len(found)]
    records.insert(place, records[place])


def leave_out_of_journal(script: ScriptedRoom, name: str, at: int) -> None:
    del script.journal.rows[at % (len(script.journal.rows) - 1)]


def leave_out_of_wire(script: ScriptedRoom, name: str, at: int) -> None:
    """Leave out an event in the middle of a connection, not at an end, which may differ."""
    records, found = script.find_run(name, history.EventArrived, 3)
    sockets = [records[place].socket for place in found]
    middle = [
        place
        for place, before, own, behind in zip(
            found[1:], sockets, sockets[1:], sockets[2:], strict=False
        )
        if before == own == behind
    ]
    del records[middle[at % len(middle)]]


def leave_out_of_view(script: ScriptedRoom, name: str, at: int) -> None:
    records, found = script.find_run(name, history.EventShown, 3)
    del records[found[1:-1][at % (len(found) - 2)]]


def miss_the_newest(script: ScriptedRoom, name: str, at: int) -> None:
    records = script.histories[name][-1].records
    newest = len(script.journal.rows)
    records[:] = [
        each
        for each in records
        if not (isinstance(each, history.EventShown) and each.event.seq == newest)
    ]


def show_out_of_order(script: ScriptedRoom, name: str, at: int) -> None:
    records, found = script.find_run(name, history.EventShown, 2)
    place = at % (len(found) - 1)
    one, other = found[place], found[place + 1]
    records[one], records[other] = records[other], records[one]


def swap_own(script: ScriptedRoom, name: str, at: int) -> None:
    """Swap two messages of a sender, in the journal and for all clients."""
    said = script.said(name)
    place = at % (len(said) - 1)
    one, other = said[place], said[place + 1]
    texts = {one.seq: other.event, other.seq: one.event}

    def swap(event: messages.AnyEvent) -> messages.AnyEvent:
        if (instead := texts.get(event.seq)) is None:
            return event
        return msgspec.structs.replace(instead, seq=event.seq, at=event.at)

    script.change_everywhere(swap)


def swap_for_one(script: ScriptedRoom, name: str, at: int) -> None:
    """Swap two events for one client."""
    said = [row for each in NAMES for row in script.said(each)]
    shown = {
        each.event.seq
        for run in script.histories[name]
        for each in run.records
        if isinstance(each, history.EventShown)
    }
    seen = [row for row in said if row.seq in shown]
    one, other = seen[at % len(seen)], seen[(at + 1) % len(seen)]
    instead = {one.seq: other.event, other.seq: one.event}

    def swap(event: messages.AnyEvent) -> messages.AnyEvent:
        return msgspec.structs.replace(
            instead.get(event.seq, event), seq=event.seq, at=event.at
        )

    script.change_for(name, swap)


def alter_for_one(script: ScriptedRoom, name: str, at: int) -> None:
    records, found = script.find_run(name, history.EventShown, 1)
    saw = [
        record.event
        for place in found
        if isinstance(record := records[place], history.EventShown)
    ]
    known = [event for event in saw if not isinstance(event, messages.UnknownEvent)]
    seq = known[at % len(known)].seq
    script.change_for(
        name,
        lambda event: (
            msgspec.structs.replace(event, at="2026-11-22T09:00:00.000Z")
            if event.seq == seq
            else event
        ),
    )


def alter_text(script: ScriptedRoom, name: str, at: int) -> None:
    row = script.said(name)[at % 2]  # these are never edited
    script.change_everywhere(
        lambda event: (
            msgspec.structs.replace(event, text="other") if event.seq == row.seq else event
        )
    )


def forge_message(script: ScriptedRoom, name: str, at: int) -> None:
    seq, last = len(script.journal.rows) + 1, script.journal.rows[-1]
    said = messages.Said(seq=seq, at=last.event.at, name=name, text="not I", id="not mine")
    script.journal.rows.append(JournalEntry(seq, last.member, "not mine", said))
    for each in NAMES:
        script.record(each, history.shown(said))


def turn_clock_back(script: ScriptedRoom, name: str, at: int) -> None:
    seq = 2 + at % (len(script.journal.rows) - 1)
    script.change_everywhere(
        lambda event: (
            msgspec.structs.replace(event, at="2026-11-22T07:59:59.999Z")
            if event.seq == seq
            else event
        )
    )


def leave_while_present(script: ScriptedRoom, name: str, at: int) -> None:
    _add(script, lambda seq, at: messages.Left(seq=seq, at=at, name=name, reason="lost"))


def join_while_present(script: ScriptedRoom, name: str, at: int) -> None:
    _add(script, lambda seq, at: messages.Joined(seq=seq, at=at, name=name))


def send_while_absent(script: ScriptedRoom, name: str, at: int) -> None:
    """Put a message after the end of its membership."""
    script.journal.members.remove(name)
    leave_while_present(script, name, at)
    forge_message(script, name, at)


def _add(script: ScriptedRoom, event: Callable[[int, str], messages.AnyEvent]) -> None:
    seq, last = len(script.journal.rows) + 1, script.journal.rows[-1]
    added = event(seq, last.event.at)
    script.journal.rows.append(JournalEntry(seq, last.member, None, added))
    for each in NAMES:
        script.record(each, history.shown(added))


def keep_in_roster(script: ScriptedRoom, name: str, at: int) -> None:
    script.journal.members.append("dan")


def drop_from_roster(script: ScriptedRoom, name: str, at: int) -> None:
    script.journal.members.remove(name)


def list_wrong_members(script: ScriptedRoom, name: str, at: int) -> None:
    records, found = script.find_run(name, history.RoomEntered, 1)
    place = found[at % len(found)]
    welcomed = records[place]
    assert isinstance(welcomed, history.RoomEntered)
    records[place] = msgspec.structs.replace(welcomed, members=[*welcomed.members, "dan"])


def show_as_away(script: ScriptedRoom, name: str, at: int) -> None:
    script.record(name, history.MembersShown(away={**dict.fromkeys(NAMES, False), name: True}))


def reject_message(script: ScriptedRoom, name: str, at: int) -> None:
    script.record(
        name, history.MessageRejected(id=str(script.said(name)[0].key), reason="too bad")
    )


def _changes(script: ScriptedRoom, name: str) -> list[int]:
    """Return the `seq` of each edit of this member whose text is still there."""
    return [
        row.seq
        for row in script.journal.rows
        if isinstance(row.event, Edited) and row.event.name == name
    ]


def lose_change_from_journal(script: ScriptedRoom, name: str, at: int) -> None:
    """Confirm a change that is not there."""
    script.record(name, history.ChangeAsked(id="never", target=1))
    script.record(name, history.ChangeConfirmed(id="never"))


def leave_change_unanswered(script: ScriptedRoom, name: str, at: int) -> None:
    script.record(name, history.ChangeAsked(id="never", target=1))


def change_twice(script: ScriptedRoom, name: str, at: int) -> None:
    """Carry out a request twice."""
    changes = _changes(script, name)
    edited = script.journal.rows[changes[at % len(changes)] - 1].event
    _add(script, lambda seq, at: msgspec.structs.replace(edited, seq=seq, at=at))


def alter_edit(script: ScriptedRoom, name: str, at: int) -> None:
    """Edit to another text than was asked for."""
    script.send(name)
    script.edit(name)
    seq = len(script.journal.rows)
    script.change_everywhere(
        lambda event: (
            msgspec.structs.replace(event, text="other") if event.seq == seq else event
        )
    )


def keep_as_it_was(script: ScriptedRoom, name: str, at: int) -> None:
    """Leave a message in the journal as it was before an edit."""
    script.send(name)
    row = script.journal.rows[-1]
    script.edit(name)
    script.journal.rows[row.seq - 1] = row


def change_for_one(script: ScriptedRoom, name: str, at: int) -> None:
    """Let one client hold a reaction that nobody else has."""
    script.send(name)
    event = script.journal.rows[-1].event
    script.change_for(
        name,
        lambda one: (
            msgspec.structs.replace(one, reactions={"👍": [Reactor(1, "ann")]})
            if one.seq == event.seq
            else one
        ),
    )


def log_error(script: ScriptedRoom, name: str, at: int) -> None:
    script.record(name, history.ErrorLogged(error="Traceback"))


PLANTED: list[tuple[FaultPlanter, FindingKind]] = [
    (lose_from_journal, "lost"),
    (leave_unsent, "lost"),
    (lose_file_from_journal, "lost"),
    (leave_upload_unfinished, "lost"),
    (deliver_missing_file, "lost"),
    (repeat_message, "doubled"),
    (repeat_file, "doubled"),
    (deliver_twice, "doubled"),
    (replay_too_early, "doubled"),
    (show_twice, "doubled"),
    (leave_out_of_journal, "gap"),
    (leave_out_of_wire, "gap"),
    (leave_out_of_view, "gap"),
    (miss_the_newest, "gap"),
    (show_out_of_order, "reordered"),
    (swap_own, "reordered"),
    (swap_for_one, "swapped"),
    (alter_for_one, "altered"),
    (alter_text, "altered"),
    (alter_file, "altered"),
    (forge_message, "altered"),
    (turn_clock_back, "clock"),
    (leave_while_present, "membership"),
    (join_while_present, "membership"),
    (send_while_absent, "membership"),
    (keep_in_roster, "membership"),
    (drop_from_roster, "membership"),
    (list_wrong_members, "membership"),
    (show_as_away, "membership"),
    (reject_message, "failed"),
    (log_error, "error"),
    (lose_change_from_journal, "lost"),
    (leave_change_unanswered, "lost"),
    (change_twice, "doubled"),
    (alter_edit, "altered"),
    (keep_as_it_was, "diverged"),
    (change_for_one, "diverged"),
]


@given(scripts())
@settings(max_examples=100)
def test_a_history_without_faults_passes(script: ScriptedRoom) -> None:
    assert script.findings() == []


@pytest.mark.parametrize(("plant", "kind"), PLANTED, ids=[each.__name__ for each, _ in PLANTED])
@given(script=scripts(), name=st.sampled_from(NAMES), at=st.integers(0, 1000))
@settings(max_examples=25)
def test_a_planted_fault_is_found(
    plant: FaultPlanter, kind: FindingKind, script: ScriptedRoom, name: str, at: int
) -> None:
    script = copy.deepcopy(script)
    plant(script, name, at)
    assert kind in {finding.kind for finding in script.findings()}


def test_a_screen_that_starts_anew_after_a_reset_has_no_gap() -> None:
    script = ScriptedRoom()
    script.record("ann", history.RoomEntered(seq=9, members=list(NAMES), forget=True))
    for row in script.journal.rows[4:]:
        script.record("ann", history.shown(row.event))
    script.end()
    assert script.findings() == []


def test_unknown_events_count_in_the_order() -> None:
    script = ScriptedRoom()
    script.unknown("ann")
    script.unknown("ben")
    script.end()
    assert script.findings() == []
    (run,) = script.histories["cid"]
    assert isinstance(run.records[-3], history.EventArrived)
    del run.records[-3]
    script.send("cid")
    assert {(finding.kind, finding.where) for finding in script.findings()} == {("gap", "cid")}


def test_joins_that_the_disk_wrote_late_pass() -> None:
    script = ScriptedRoom()
    script.leave("cid")
    seq = len(script.journal.rows)
    script.record("ann", history.ConnectionLost(reason="The connection was lost."))
    script.record("ann", history.RoomEntered(seq=seq, members=list(NAMES)))
    script.end()
    assert script.findings() == []


def test_the_bytes_of_a_shared_file_are_in_the_folder(tmp_path: Path) -> None:
    script = ScriptedRoom()
    data = {name: f"a file of {name}".encode() for name in NAMES}
    for name in NAMES:
        (row,) = script.shared(name)
        assert isinstance(row.event, messages.Shared)
        assert isinstance(row.event.file, messages.File)
        file = msgspec.structs.replace(
            row.event.file, sha256=hashlib.sha256(data[name]).hexdigest()
        )
        row_event = msgspec.structs.replace(row.event, file=file)
        script.journal.rows[row.seq - 1] = row._replace(event=row_event)
        (tmp_path / f"{name}.txt").write_bytes(data[name])
    assert list(filecheck.stored(script.journal, tmp_path)) == []
    (tmp_path / "ann.txt").unlink()
    (tmp_path / "ben.txt").write_bytes(b"half a file")
    found = list(filecheck.stored(script.journal, tmp_path))
    assert [(each.kind, each.where) for each in found] == [("lost", "ann"), ("lost", "ben")]
    assert list(filecheck.stored(script.journal, tmp_path, since=row.seq)) == []


def test_histories_survive_saving_and_a_torn_last_line(tmp_path: Path) -> None:
    script = ScriptedRoom()
    script.restart("ben")
    script.end()
    history.save(tmp_path, script.histories)
    with history.path_of(tmp_path, "ann", 1).open("ab") as file:
        file.write(b'{"what":"sa')
    assert history.load(tmp_path) == script.histories
