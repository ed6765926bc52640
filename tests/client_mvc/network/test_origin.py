"""Whether the room found is the one held, by journal and key. No sockets."""

import pytest

from client_mvc.network import api
from client_mvc.network.origin import Origin
from client_mvc.network.position import Position
from shared import messages
from shared.identity import ServerIdentity
from tests.client_mvc.fakes import ADDRESS, welcome
from tests.client_mvc.network.driving import options

A, B = "a" * 64, "b" * 64


def room(journal: str) -> messages.RoomInfo:
    return messages.RoomInfo(
        room="lobby", journal=journal, features=[], password=False, active=0, max_users=3
    )


def found(journal: str, key: str, held: str = A, *, system: bool = False) -> api.RoomFound:
    """The room found by a client that holds the journal j1 of a server with the key `held`."""
    origin = Origin(options(journal="j1", journal_key=held), Position(5, "", "j1"))
    return origin.found(room(journal), ServerIdentity(ADDRESS, key, system))


@pytest.mark.parametrize(
    ("journal", "key", "held", "known", "renewed"),
    [
        ("j1", A, A, True, False),
        ("j2", A, A, True, True),
        ("j2", B, A, False, False),
        ("j1", B, A, False, False),
        ("j1", "", A, True, False),
        ("j1", A, "", True, False),
        ("j2", A, "", False, False),
        ("j2", "", A, False, False),
    ],
)
def test_the_same_room(journal: str, key: str, held: str, known: bool, renewed: bool) -> None:
    answer = found(journal, key, held)
    assert (answer.known, answer.renewed) == (known, renewed)


def test_a_new_history_stays_one_until_the_room_is_joined() -> None:
    """The token of the one before is refused, and the client asks again without it."""
    position = Position(5, "", "j1")
    origin = Origin(options(journal="j1", journal_key=A), position)
    server = ServerIdentity(ADDRESS, A)
    assert origin.found(room("j2"), server).renewed
    assert origin.found(room("j2"), server).renewed
    position.welcomed(welcome(journal="j2"))
    origin.welcomed()
    assert not origin.found(room("j2"), server).renewed


def test_a_trusted_certificate_may_have_another_key() -> None:
    assert found("j1", B, system=True).known
    assert not found("j2", B, system=True).known
