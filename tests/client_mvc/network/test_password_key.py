"""A remembered password is for one key: whoever else answers gets a join without it."""

import pytest

from client_mvc.network.protocol import ClientProtocol
from shared import messages
from shared.identity import ServerIdentity
from tests.client_mvc.fakes import ADDRESS, welcome
from tests.client_mvc.network.driving import join, options, sent

A, B = "a" * 64, "b" * 64
ROOM = messages.RoomInfo(
    room="lobby", journal="j1", features=[], password=True, active=0, max_users=3
)


def joins(one: ClientProtocol, server: ServerIdentity | None) -> list[messages.Request]:
    """Return the requests that a server gets once it was reached."""
    one.room_found(ROOM, server)
    return sent(one.opened(0.0))


@pytest.mark.parametrize(
    ("server", "gets_it"),
    [
        (ServerIdentity(ADDRESS, A), True),
        (ServerIdentity(ADDRESS, B), False),
        (ServerIdentity(ADDRESS, A, system=True), False),
        (ServerIdentity(ADDRESS, B, system=True), False),
        (ServerIdentity(ADDRESS), False),
        (None, False),
    ],
)
def test_only_the_server_with_the_key_gets_it(
    server: ServerIdentity | None, gets_it: bool
) -> None:
    one = ClientProtocol(options(password="secret", password_key=A))
    one.start()
    assert joins(one, server) == [join("secret" if gets_it else None)]


def test_each_connection_is_looked_at_anew() -> None:
    one = ClientProtocol(options(password="secret", password_key=A))
    one.start()
    joins(one, ServerIdentity(ADDRESS, A))
    one.received(welcome(token="t1", journal="j1"), 0.0)
    one.closed(1006, 0.0)
    one.tick(100.0)
    again = joins(one, ServerIdentity(ADDRESS, B))
    assert [each.password for each in again if isinstance(each, messages.Join)] == [None]


def test_one_that_was_typed_goes_to_the_server_that_is_joined() -> None:
    one = ClientProtocol(options(password="secret"))
    one.start()
    assert joins(one, ServerIdentity(ADDRESS)) == [join("secret")]


def test_no_text_of_the_options_has_the_password() -> None:
    assert "secret" not in repr(options(password="secret", password_key=A))
