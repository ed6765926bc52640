"""The events of an entry of the log, and those that it changes, as they stand within it.

See `core` for what holds here too: no clock, no randomness, no socket, no thread.
"""

from msgspec import structs

from server.room import events, quotes
from server.room.interface import Act
from server.room.pins import Pins
from server.room.storage.batch import Batch, Row
from server.room.storage.dedup import Posted
from server.room.storage.journal import Journal
from shared.codec import decode_event
from shared.conversation import Edited
from shared.messages import Said, Shared


class Rows:
    """What an entry with the time `at` writes to the journal: `batch`.

    `requoted` are the quotes (JSON) that replies have from now on, by the `seq` of the parent;
    `replied` the parents of new replies.
    """

    def __init__(self, journal: Journal, pins: Pins, at: str) -> None:
        self._journal = journal
        self._pins = pins
        self.at = at
        self._stamp = at.encode()
        self._written = self._newest = journal.newest()
        self._known: dict[Posted, int] = {}
        self._hash = 0
        self.batch = Batch()
        self.replied: list[int] = []
        self.requoted: dict[int, bytes] = {}

    def add(self, kind: bytes, member: int, tail: bytes, act: Act | None = None) -> int:
        """Add an event; with `act`, the one that answers it. Returns its `seq`."""
        self._newest = seq = self._newest + 1
        body = events.event(kind, seq, self._stamp, member, tail)
        if act is None:
            self.batch.rows.append(Row(seq, member, None, body))
        else:
            self.batch.rows.append(Row(seq, act.member, act.key, body, hash=self._hash))
            self._known[act.member, act.key] = seq
        return seq

    def body(self, seq: int) -> bytes | None:
        """Return the JSON of an event that is kept, as it stands, without its quote."""
        if not self._journal.first_kept(self._newest) <= seq <= self._newest:
            return None
        if seq > self._written:
            return self.batch.rows[seq - self._written - 1].body
        return self.batch.rewritten.get(seq) or self._journal.body(seq)

    def sent(self, seq: int) -> Said | Shared | None:
        """Return a message or a file that is kept and not deleted."""
        body = self.body(seq)
        event = decode_event(body) if body else None
        return event if isinstance(event, Said | Shared) and not event.deleted else None

    def rewrite(self, seq: int, body: bytes) -> None:
        """Let an event be this from now on."""
        self.batch.rewritten[seq] = body
        self._pins.changed(seq)
        if (place := seq - self._written - 1) >= 0:
            self.batch.rows[place] = structs.replace(self.batch.rows[place], body=body)

    def requote(self, seq: int, quote: bytes) -> None:
        """Let replies to an event have this quote."""
        self.requoted[seq] = quote

    def edit(self, seq: int, target: int) -> None:
        """Note that the `edited` event `seq` gave a message another text."""
        self.batch.edits[seq] = target

    def edits_of(self, target: int) -> list[Edited]:
        """Return the `edited` events of a message."""
        seqs = self._journal.edits_of(target)
        seqs += [seq for seq, of in self.batch.edits.items() if of == target]
        found = [decode_event(body) for seq in seqs if (body := self.body(seq))]
        return [one for one in found if isinstance(one, Edited)]

    def erase(self, seq: int) -> None:
        """Leave nothing of what an event was, in any file."""
        self.batch.erased.append(seq)

    def pin(self, seq: int, since: int | None) -> None:
        """Pin an event, by the `pinned` event `since`; None: not any more."""
        self.batch.pins[seq] = since
        if since:
            self._pins.pin(seq)
        else:
            self._pins.unpin(seq)

    def bodies(self) -> list[bytes]:
        """Return the JSON of the new events, for everybody."""
        if not self.replied:
            return [row.body for row in self.batch.rows]
        quoted = quotes.Quotes(self.body)
        return [quoted(row.body) for row in self.batch.rows]

    def rewritten(self) -> list[tuple[int, bytes]]:
        """Return the JSON of the events that changed, for everybody."""
        quoted = quotes.Quotes(self.body)
        return [(seq, quoted(body)) for seq, body in self.batch.rewritten.items()]


def is_sent(body: bytes | None) -> bool:
    """Return whether an event is a message or a file, deleted or not."""
    return body is not None and body.startswith((b'{"type":"said",', b'{"type":"shared",'))
