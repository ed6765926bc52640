"""The table: how much each may use. `docs/operations.md` has the same numbers with reasons.

| who          | counted                                      | where it is counted      |
|--------------|----------------------------------------------|--------------------------|
| connection   | frames, fragments, bytes in, errors          | its worker               |
| address      | connections, new connections                 | the listener             |
| address      | HTTP requests, parts of pages                | each worker              |
| address      | joins, resumes, wrong passwords, places      | the room process         |
| worker       | unread and dropped bytes of HTTP, answers    | each worker              |
| membership   | resumes, uploads                             | the room process         |
| membership   | messages, their bytes, requests, searches    | its worker; see `rested` |
| membership   | reactions, edits, pins, notes, renames       | its worker; see `rested` |
| whole server | password tries, connections, journal, files  | room process, listener   |
| whole server | who is typing                                | each worker, then room   |

An address is that of `server.budgets.addresses.group`. The buckets of a membership live as long
as the membership. A session's own buckets begin with what the room grants at the join
(`JoinAccepted.rested`: seconds since the connection of this membership, or of another from
this address, was made or ended, or since the room process started), as if the session before
had used everything: so a new connection, or another worker, makes no new bucket. The other
buckets of the room process begin full when it starts again: everybody has to come back then.
"""

from dataclasses import dataclass

from server.budgets.buckets import Allowance
from server.settings import Settings
from shared import limits

KIB = 1 << 10
MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """All allowances of a server. Sizes are in bytes, times in seconds."""

    # A connection.
    frames_a_turn: int
    """Frames handled before other connections have their turn; each answer counts as 3 more."""
    unjoined_frames: Allowance
    """Frames of any kind before joining."""
    control_frames: Allowance
    fragments: Allowance
    """Frames that are a part of a message only."""
    errors: Allowance
    """Answers to requests that are not valid. Messages above the rate count apart."""
    bytes_in: Allowance
    takes_nothing: float
    """Whoever takes not a byte of what it was sent for so long is dropped."""

    # An address.
    connects: Allowance
    unjoined: int
    """WebSockets that have not joined. More push out the oldest that is `settled`."""
    pages: int
    """Connections that load pages and files, which are kept alive."""
    settled: float
    """A connection younger than this is not pushed out: it had no time to join."""
    requests: Allowance
    page_requests: Allowance
    """Requests for parts of the browser client. They lie in memory, and a page has some 60."""
    joins: Allowance
    resumes_from_address: Allowance
    places: int

    # A membership.
    messages: Allowance
    message_bytes: Allowance
    """Bytes of messages. A member who is over waits with the next; nothing is refused."""
    asking: Allowance
    changes: Allowance
    """Reactions, edits, pins and notes. Each costs the others what a message costs, but people
    click faster than they write: nobody clicks on 5 reactions a second for longer than 10 s."""
    renames: Allowance
    """Moderators act by name, also by one of the last three."""
    resumes: Allowance
    uploads: Allowance
    uploads_at_once: int

    # A worker.
    unread: int
    """Bytes that its HTTP connections keep of bodies and requests whose turn has not come."""
    dropped: Allowance
    """Bytes that are read and thrown away, of bodies that were answered already."""
    unsent: int
    """Bytes of answers and missed events that its WebSockets keep for slow clients. It grows
    with the room: after an outage of the Wi-Fi all get what they missed at once."""

    # The whole server.
    password_tries: Allowance
    typing: Allowance
    """Notices that somebody is typing. More are left out: people see "several people" then."""
    min_free: int
    """Free space below which nothing is written to the journal and no file is taken."""


def budgets(settings: Settings) -> Budgets:
    """Return the allowances under these settings.

    A whole class may sit behind one address, so what an address may do grows with the room:
    everybody can come, lose the connection, and come again at once.
    """
    users, rate = settings.max_users, settings.rate
    message = 4 * limits.TEXT_CHARACTERS + 1024
    return Budgets(
        frames_a_turn=200,
        unjoined_frames=Allowance(10, 200),
        control_frames=Allowance(10, 100),
        fragments=Allowance(500, 10_000),
        errors=Allowance(10, 100),
        bytes_in=Allowance(
            max(2 * rate * message, limits.FRAME_BYTES) if rate else 0,
            max(2 * MIB, 4 * rate * message),
        ),
        takes_nothing=limits.READ_NOTHING_FOR,
        connects=Allowance(max(20, users / 5), 200 + 10 * users),
        unjoined=32,
        pages=256,
        settled=2.0,
        requests=Allowance(50, 500),
        page_requests=Allowance(500, 2000 + 100 * users),
        joins=Allowance(max(1, users / 60), 20 + 2 * users),
        resumes_from_address=Allowance(max(5, users / 10), 100 + 4 * users),
        places=settings.max_users_per_address or max(1, users - 1),
        messages=Allowance(rate, max(1.0, 2 * rate)),
        message_bytes=Allowance(max(20, rate) * KIB if rate else 0, 64 * KIB),
        asking=Allowance(10 if rate else 0, 100),
        changes=Allowance(5 if rate else 0, 50),
        renames=Allowance(1 if rate else 0, 5),
        resumes=Allowance(1, 20),
        uploads=Allowance(2 if rate else 0, 20),
        uploads_at_once=4,
        unread=32 * MIB,
        dropped=Allowance(8 * MIB, 16 * MIB),
        unsent=max(32 * MIB, users * 64 * KIB),
        password_tries=Allowance(10, 10),
        typing=Allowance(5, 5),
        min_free=settings.min_free,
    )
