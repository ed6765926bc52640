"""Questions about servers: nothing is joined before the answer, and it is kept by the key."""

from pathlib import Path

import pytest

from client_mvc.model.known_rooms import KnownRoom
from client_mvc.network import api
from shared import identity, messages
from shared.identity import ServerIdentity
from shared.joinlink import Address
from shared.problems import Problem
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import shared, welcome

A, B = "a" * 64, "b" * 64
HERE, THERE = "192.0.2.1:18000", "192.0.2.2:18000"
ADDRESS = Address("192.0.2.1", 18000)


def room(journal: str = "j1") -> messages.RoomInfo:
    return messages.RoomInfo(
        room="ops", journal=journal, features=[], password=False, active=0, max_users=3
    )


def doubt(client: Client, kind: str, **fields: str) -> None:
    """Nothing was sent, and the person has to decide."""
    found = api.Doubt(kind, **fields)  # type: ignore[arg-type]
    problem = Problem(kind, {"server": HERE})
    client.hear(api.MembershipEnded("doubted", problem, doubt=found))


def enter(
    client: Client,
    key: str = A,
    *,
    server: str = HERE,
    journal: str = "j1",
    system: bool = False,
) -> None:
    """Join the room at HERE, which has this key."""
    client.connect(server=server)
    found = ServerIdentity(ADDRESS, key, system)
    client.hear(
        api.RoomFound(room(journal), True, found),
        api.Welcomed(welcome(journal=journal), False),
        api.CaughtUp(),
    )


def leave(client: Client) -> None:
    client.intents.membership.leave()
    client.hear(api.MembershipEnded("left", clean=True))


def trust(client: Client) -> api.Trust:
    """That of the last attempt."""
    return client.network.joins[-1].trust


class TestUnknownKey:
    def test_yes_joins_with_this_key_only(self, client: Client) -> None:
        client.intents.membership.connect(HERE, "alice", "secret")
        doubt(client, "unknown_key", key=A)
        asked = client.screen.key_question
        assert asked is not None
        assert asked.keys == (("", identity.fingerprint(A)),)
        assert "password" in asked.after
        assert client.screen.error == (
            "server",
            f"You have not confirmed the key of {HERE}. Nothing was sent.",
            False,
        )
        assert len(client.network.joins) == 1
        client.screen.agree()
        assert client.network.joins[-1].password == "secret"
        assert trust(client) == api.Trust(key=A)

    def test_the_answer_is_kept_by_key(self, client: Client, tmp_path: Path) -> None:
        enter(client)
        client.model.close()
        after = Client(tmp_path)
        after.connect(server=THERE)
        assert trust(after) == api.Trust(known=frozenset({A}))
        after.connect(server=HERE)
        assert trust(after) == api.Trust(key=A)
        after.model.close()

    def test_a_room_joined_without_encryption_before_is_resumed(self, client: Client) -> None:
        client.connect(server=HERE)
        doubt(client, "plain", journal="j1")
        client.screen.agree()
        found = ServerIdentity(ADDRESS)
        client.hear(
            api.RoomFound(room(), True, found),
            api.Welcomed(welcome(journal="j1"), False),
            api.CaughtUp(),
            api.Disconnected(Problem("connection_lost"), 1, 0.0),
        )
        client.intents.composer.send("hello")
        doubt(client, "unknown_key", key=A)
        assert client.screen.key_question is None, "it would take the keys typed meanwhile"
        assert "1 message not sent" in client.banner
        client.intents.banner.act()
        client.screen.agree()
        join = client.network.joins[-1]
        assert (join.trust.key, join.token, len(join.outgoing)) == (A, "t1", 1)


class TestLink:
    def test_its_key_is_the_only_one(self, client: Client) -> None:
        client.connect(server=f"chatroom://{HERE}/#sha256={B}")
        assert trust(client) == api.Trust(key=B)
        doubt(client, "other_key", key=A)
        asked = client.screen.key_question
        assert asked is not None
        assert asked.yes == "", "there is no way to join with it"
        assert asked.keys == (
            ("In the link", identity.fingerprint(B)),
            ("Shown now", identity.fingerprint(A)),
        )

    def test_it_counts_more_than_what_is_known(self, client: Client) -> None:
        enter(client, A)
        leave(client)
        enter(client, B, server=f"chatroom://{HERE}/#sha256={B}", journal="j9")
        leave(client)
        client.connect(server=HERE)
        assert trust(client) == api.Trust(key=B)

    def test_it_is_kept_for_another_attempt(self, client: Client) -> None:
        enter(client, B, server=f"chatroom://{HERE}/#sha256={B}")
        client.hear(api.MembershipEnded("replaced", Problem("replaced")))
        client.model.preferences.forget(KnownRoom(key=B))
        client.intents.banner.act()
        assert trust(client) == api.Trust(key=B)


class TestOtherKey:
    @pytest.fixture
    def inside(self, client: Client) -> Client:
        enter(client)
        client.intents.composer.send("hello")
        return client

    def test_in_a_room_a_page_blocks(self, inside: Client) -> None:
        doubt(inside, "other_key", key=B)
        asked = inside.screen.key_question
        assert asked is not None
        assert "#lobby" in asked.text
        assert asked.keys == (
            ("Known", identity.fingerprint(A)),
            ("Shown now", identity.fingerprint(B)),
        )
        assert len(inside.network.joins) == 1
        assert [each.text for each in inside.screen.pending] == ["hello"]
        assert inside.screen.room == ("", "")

    def test_no_keeps_what_was_not_sent_for_the_room(
        self, inside: Client, tmp_path: Path
    ) -> None:
        doubt(inside, "other_key", key=B)
        inside.model.close()
        after = Client(tmp_path)
        after.connect(server=HERE)
        join = after.network.joins[-1]
        assert (join.trust.key, join.token) == (A, "t1")
        assert [each.text for each in join.outgoing] == ["hello"]
        after.model.close()

    def test_yes_joins_as_somebody_new(self, inside: Client) -> None:
        doubt(inside, "other_key", key=B)
        inside.screen.agree()
        join = inside.network.joins[-1]
        assert (join.trust.key, join.token, join.outgoing) == (B, None, ())

    def test_a_known_room_at_the_address_is_named(self, inside: Client) -> None:
        inside.model.preferences.know(KnownRoom(key=B, name="hall"))
        doubt(inside, "other_key", key=B)
        assert inside.screen.key_question is not None
        assert "#hall" in inside.screen.key_question.text


class TestCertificate:
    def test_one_that_the_system_trusts_may_change_its_key(self, client: Client) -> None:
        enter(client, A, system=True)
        leave(client)
        client.connect(server=HERE)
        assert trust(client) == api.Trust(key=A, system=True)
        enter(client, B, system=True)
        assert [each.key for each in client.model.preferences.now.rooms] == [B]

    def test_it_may_also_after_a_join_by_the_known_key(self, client: Client) -> None:
        enter(client, A, system=True)
        leave(client)
        enter(client, A)
        leave(client)
        client.connect(server=HERE)
        assert trust(client) == api.Trust(key=A, system=True)

    def test_who_was_trusted_by_key_stays_so(self, client: Client) -> None:
        enter(client, A)
        leave(client)
        enter(client, A, system=True)
        leave(client)
        client.connect(server=HERE)
        assert trust(client) == api.Trust(key=A)


class TestPlain:
    def test_yes_is_for_this_room(self, client: Client) -> None:
        client.connect(server=HERE)
        doubt(client, "plain", journal="j1")
        assert client.screen.question is not None
        assert "read and change everything" in client.screen.question.text
        client.screen.agree()
        assert trust(client) == api.Trust(plain="j1")
        client.connect(server=THERE)
        assert trust(client).plain is None

    def test_a_room_that_encrypted_once_is_never_plain(self, client: Client) -> None:
        enter(client)
        leave(client)
        client.connect(server=HERE)
        assert trust(client).plain is None


class TestNewHistory:
    def test_it_is_told_in_one_line(self, client: Client) -> None:
        enter(client)
        server = ServerIdentity(ADDRESS, A)
        client.hear(
            api.Disconnected(Problem("connection_lost"), 1, 0.0),
            api.RoomFound(room("j2"), True, server, renewed=True),
            api.Welcomed(welcome(journal="j2"), True),
            api.CaughtUp(),
        )
        assert client.screen.question is None
        assert client.banner == "The room has a new history: it was restored or begun anew."

    def test_the_key_of_the_journal_goes_with_it(self, client: Client) -> None:
        enter(client)
        client.hear(api.MembershipEnded("replaced", Problem("replaced")))
        client.intents.banner.act()
        join = client.network.joins[-1]
        assert (join.journal, join.journal_key) == ("j1", A)


class TestMark:
    def test_encrypted(self, client: Client) -> None:
        enter(client)
        assert client.screen.security is not None
        assert client.screen.security.encrypted
        assert identity.fingerprint(A) in client.screen.security.details
        leave(client)
        assert client.screen.security is None

    def test_not_encrypted(self, client: Client) -> None:
        enter(client, "")
        assert client.screen.security is not None
        assert (client.screen.security.encrypted, client.screen.security.mark) == (
            False,
            "Not encrypted",
        )

    def test_on_this_computer_there_is_nothing_to_show(self, client: Client) -> None:
        client.join()
        assert client.screen.security is None
        assert client.model.preferences.now.rooms == ()

    def test_a_link_to_a_file_is_encrypted_too(self, client: Client) -> None:
        enter(client)
        client.events(shared(1))
        client.intents.files.copy_link("f1")
        assert client.screen.clipboard == f"https://{HERE}/files/f1/notes.txt"


class TestForgetting:
    def test_it_is_asked_what_that_means(self, client: Client) -> None:
        enter(client)
        client.intents.preferences.open()
        form = client.screen.preferences
        assert form is not None
        (row,) = form.rooms
        assert (row.name, row.address) == ("#lobby", HERE)
        client.intents.preferences.forget_room(row.key)
        assert client.screen.question is not None
        assert "compare the fingerprint" in client.screen.question.text
        assert client.model.preferences.now.rooms != ()
        client.screen.agree()
        assert client.screen.preferences is not None
        assert client.screen.preferences.rooms == ()
        leave(client)
        client.connect(server=HERE)
        assert trust(client) == api.Trust()
