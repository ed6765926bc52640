"""The checker finds what is planted, one fault at a time, and nothing in a clean history."""

import copy
import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import messages
from tests.faults import filecheck, history
from tests.faults.checker import Kind, Row
from tests.faults.script import NAMES, Script, scripts

# --- faults to plant: each changes a script, for `name`, at a place that `at` picks ----------

type Fault = Callable[[Script, str, int], None]


def lose_from_journal(script: Script, name: str, at: int) -> None:
    """Lost without a trace: those behind it have closed the ranks, and nobody saw it."""
    _lose(script, script.said(name)[at % len(script.said(name))].seq)


def lose_file_from_journal(script: Script, name: str, at: int) -> None:
    _lose(script, script.shared(name)[at % len(script.shared(name))].seq)


def _lose(script: Script, gone: int) -> None:
    def close_ranks(event: messages.Event) -> messages.Event:
        seq = event.seq - (event.seq > gone)
        return msgspec.structs.replace(event, seq=seq)

    rows = [row for row in script.journal.rows if row.seq != gone]
    script.journal.rows = [
        row._replace(seq=seq, event=close_ranks(row.event)) for seq, row in enumerate(rows, 1)
    ]
    for lives in script.histories.values():
        for life in lives:
            life.records = [
                each
                for each in life.records
                if not (isinstance(each, history.Saw) and each.event.seq == gone)
            ]
    for each in NAMES:
        script.resee(each, close_ranks)


def leave_unsaid(script: Script, name: str, at: int) -> None:
    record = history.Says(id="never", text="never")
    script.note(name, record)


def leave_unshared(script: Script, name: str, at: int) -> None:
    script.note(name, history.Shares(key="never", sha256="never"))


def deliver_nothing(script: Script, name: str, at: int) -> None:
    """The room said that it has a file, and has none."""
    leave_unshared(script, name, at)
    script.note(name, history.Delivered(key="never"))


def share_again(script: Script, name: str, at: int) -> None:
    """Under another key: whatever went wrong with keys."""
    shared = script.shared(name)[at % len(script.shared(name))].event
    _add(script, lambda seq, at: msgspec.structs.replace(shared, seq=seq, at=at, id="another"))


def alter_file(script: Script, name: str, at: int) -> None:
    """Two halves that do not belong together."""
    row = script.shared(name)[at % len(script.shared(name))]
    assert isinstance(row.event, messages.Shared)
    file = msgspec.structs.replace(row.event.file, sha256="other bytes")
    script.retell(
        lambda event: (
            msgspec.structs.replace(event, file=file) if event.seq == row.seq else event
        )
    )


def say_again(script: Script, name: str, at: int) -> None:
    """By the same text: whatever went wrong with ids and memberships."""
    row = script.said(name)[at % len(script.said(name))]
    seq = len(script.journal.rows) + 1
    last = script.journal.rows[-1].event.at
    again = msgspec.structs.replace(row.event, seq=seq, at=last)
    script.journal.rows.append(Row(seq, row.member + 100, row.key, again))
    for each in NAMES:
        script.note(each, history.Saw(event=again))


def send_twice(script: Script, name: str, at: int) -> None:
    records, found = script.life(name, history.Wire, 1)
    place = found[at % len(found)]
    records.insert(place, records[place])


def send_what_is_held(script: Script, name: str, at: int) -> None:
    """A resumed connection begins one event too early."""
    records, found = script.life(name, history.Resumed, 1)
    resumed = records[found[0]]
    assert isinstance(resumed, history.Resumed)
    wire = history.Wire(socket=resumed.socket, seq=resumed.after)
    records.insert(found[0] + 1, wire)


def show_twice(script: Script, name: str, at: int) -> None:
    records, found = script.life(name, history.Saw, 1)
    place = found[at % len(found)]
    records.insert(place, records[place])


def leave_out_of_journal(script: Script, name: str, at: int) -> None:
    del script.journal.rows[at % (len(script.journal.rows) - 1)]


def leave_out_of_wire(script: Script, name: str, at: int) -> None:
    """In the middle of a connection: where one begins and ends is its own affair."""
    records, found = script.life(name, history.Wire, 3)
    sockets = [records[place].socket for place in found]  # type: ignore[union-attr]
    middle = [
        place
        for place, before, own, behind in zip(
            found[1:], sockets, sockets[1:], sockets[2:], strict=False
        )
        if before == own == behind
    ]
    del records[middle[at % len(middle)]]


def leave_out_of_view(script: Script, name: str, at: int) -> None:
    records, found = script.life(name, history.Saw, 3)
    del records[found[1:-1][at % (len(found) - 2)]]


def see_too_little(script: Script, name: str, at: int) -> None:
    records = script.histories[name][-1].records
    newest = len(script.journal.rows)
    records[:] = [
        each
        for each in records
        if not (isinstance(each, history.Saw) and each.event.seq == newest)
    ]


def show_out_of_order(script: Script, name: str, at: int) -> None:
    records, found = script.life(name, history.Saw, 2)
    place = at % (len(found) - 1)
    one, other = found[place], found[place + 1]
    records[one], records[other] = records[other], records[one]


def swap_own(script: Script, name: str, at: int) -> None:
    """Two of one speaker change places, in the journal and for everybody alike."""
    said = script.said(name)
    place = at % (len(said) - 1)
    one, other = said[place], said[place + 1]
    texts = {one.seq: other.event, other.seq: one.event}

    def swap(event: messages.Event) -> messages.Event:
        if (instead := texts.get(event.seq)) is None:
            return event
        return msgspec.structs.replace(instead, seq=event.seq, at=event.at)

    script.retell(swap)


def swap_for_one(script: Script, name: str, at: int) -> None:
    """One client sees two events in each other's place."""
    said = [row for each in NAMES for row in script.said(each)]
    shown = {
        each.event.seq
        for life in script.histories[name]
        for each in life.records
        if isinstance(each, history.Saw)
    }
    seen = [row for row in said if row.seq in shown]
    one, other = seen[at % len(seen)], seen[(at + 1) % len(seen)]
    instead = {one.seq: other.event, other.seq: one.event}

    def swap(event: messages.Event) -> messages.Event:
        return msgspec.structs.replace(
            instead.get(event.seq, event), seq=event.seq, at=event.at
        )

    script.resee(name, swap)


def alter_for_one(script: Script, name: str, at: int) -> None:
    records, found = script.life(name, history.Saw, 1)
    saw = records[found[at % len(found)]]
    assert isinstance(saw, history.Saw)
    script.resee(
        name,
        lambda event: (
            msgspec.structs.replace(event, at="2026-11-22T09:00:00.000Z")
            if event.seq == saw.event.seq
            else event
        ),
    )


def alter_text(script: Script, name: str, at: int) -> None:
    row = script.said(name)[at % len(script.said(name))]
    script.retell(
        lambda event: (
            msgspec.structs.replace(event, text="other") if event.seq == row.seq else event
        )
    )


def put_words_in_a_mouth(script: Script, name: str, at: int) -> None:
    seq, last = len(script.journal.rows) + 1, script.journal.rows[-1]
    said = messages.Said(seq=seq, at=last.event.at, name=name, text="not I", id="not mine")
    script.journal.rows.append(Row(seq, last.member, "not mine", said))
    for each in NAMES:
        script.note(each, history.Saw(event=said))


def turn_clock_back(script: Script, name: str, at: int) -> None:
    seq = 2 + at % (len(script.journal.rows) - 1)
    script.retell(
        lambda event: (
            msgspec.structs.replace(event, at="2026-11-22T07:59:59.999Z")
            if event.seq == seq
            else event
        )
    )


def leave_while_present(script: Script, name: str, at: int) -> None:
    _add(script, lambda seq, at: messages.Left(seq=seq, at=at, name=name, reason="lost"))


def join_while_present(script: Script, name: str, at: int) -> None:
    _add(script, lambda seq, at: messages.Joined(seq=seq, at=at, name=name))


def speak_while_absent(script: Script, name: str, at: int) -> None:
    """The goodbye overtakes a last word."""
    script.journal.members.remove(name)
    leave_while_present(script, name, at)
    put_words_in_a_mouth(script, name, at)


def _add(script: Script, event: Callable[[int, str], messages.Event]) -> None:
    seq, last = len(script.journal.rows) + 1, script.journal.rows[-1]
    added = event(seq, last.event.at)
    script.journal.rows.append(Row(seq, last.member, None, added))
    for each in NAMES:
        script.note(each, history.Saw(event=added))


def keep_in_roster(script: Script, name: str, at: int) -> None:
    script.journal.members.append("dan")


def drop_from_roster(script: Script, name: str, at: int) -> None:
    script.journal.members.remove(name)


def list_wrongly(script: Script, name: str, at: int) -> None:
    records, found = script.life(name, history.Welcomed, 1)
    place = found[at % len(found)]
    welcomed = records[place]
    assert isinstance(welcomed, history.Welcomed)
    records[place] = msgspec.structs.replace(welcomed, members=[*welcomed.members, "dan"])


def show_as_away(script: Script, name: str, at: int) -> None:
    script.note(name, history.Members(away={**dict.fromkeys(NAMES, False), name: True}))


def fail(script: Script, name: str, at: int) -> None:
    script.note(name, history.Failed(id=str(script.said(name)[0].key), reason="too bad"))


def log_an_error(script: Script, name: str, at: int) -> None:
    script.note(name, history.Broken(error="Traceback"))


PLANTED: list[tuple[Fault, Kind]] = [
    (lose_from_journal, "lost"),
    (leave_unsaid, "lost"),
    (lose_file_from_journal, "lost"),
    (leave_unshared, "lost"),
    (deliver_nothing, "lost"),
    (say_again, "doubled"),
    (share_again, "doubled"),
    (send_twice, "doubled"),
    (send_what_is_held, "doubled"),
    (show_twice, "doubled"),
    (leave_out_of_journal, "gap"),
    (leave_out_of_wire, "gap"),
    (leave_out_of_view, "gap"),
    (see_too_little, "gap"),
    (show_out_of_order, "reordered"),
    (swap_own, "reordered"),
    (swap_for_one, "swapped"),
    (alter_for_one, "altered"),
    (alter_text, "altered"),
    (alter_file, "altered"),
    (put_words_in_a_mouth, "altered"),
    (turn_clock_back, "clock"),
    (leave_while_present, "ghost"),
    (join_while_present, "ghost"),
    (speak_while_absent, "ghost"),
    (keep_in_roster, "ghost"),
    (drop_from_roster, "ghost"),
    (list_wrongly, "ghost"),
    (show_as_away, "ghost"),
    (fail, "failed"),
    (log_an_error, "broken"),
]


@given(scripts())
@settings(max_examples=100)
def test_a_clean_history_passes(script: Script) -> None:
    assert script.findings() == []


@pytest.mark.parametrize(("plant", "kind"), PLANTED, ids=[each.__name__ for each, _ in PLANTED])
@given(script=scripts(), name=st.sampled_from(NAMES), at=st.integers(0, 1000))
@settings(max_examples=25)
def test_a_planted_fault_is_found(
    plant: Fault, kind: Kind, script: Script, name: str, at: int
) -> None:
    script = copy.deepcopy(script)
    plant(script, name, at)
    assert kind in {finding.kind for finding in script.findings()}


def test_a_view_that_begins_anew_after_a_reset_is_no_gap() -> None:
    script = Script()
    script.note("ann", history.Welcomed(seq=9, members=list(NAMES), forget=True))
    for row in script.journal.rows[4:]:
        script.note("ann", history.Saw(event=row.event))
    script.end()
    assert script.findings() == []


def test_joins_that_the_disk_wrote_late_are_no_ghosts() -> None:
    script = Script()
    script.leave("cid")
    seq = len(script.journal.rows)
    script.note("ann", history.Lost(reason="The connection was lost."))
    script.note("ann", history.Welcomed(seq=seq, members=list(NAMES)))
    script.end()
    assert script.findings() == []


def test_the_bytes_of_a_shared_file_are_in_the_folder(tmp_path: Path) -> None:
    script = Script()
    data = {name: f"a file of {name}".encode() for name in NAMES}
    for name in NAMES:
        (row,) = script.shared(name)
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


def test_histories_survive_writing_and_a_torn_last_line(tmp_path: Path) -> None:
    script = Script()
    script.restart("ben")
    script.end()
    history.save(tmp_path, script.histories)
    with history.path_of(tmp_path, "ann", 1).open("ab") as file:
        file.write(b'{"what":"sa')
    assert history.load(tmp_path) == script.histories
