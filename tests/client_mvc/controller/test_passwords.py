"""Remembered passwords: kept by the key of the room, sent to nobody else, forgotten at once."""

import logging
from pathlib import Path

import pytest

from client_mvc.controller.passwords import CHANGE_WITHIN, READ_WITHIN
from client_mvc.network import api
from client_mvc.view.contract.windows import PasswordOffer
from shared import messages
from shared.identity import ServerIdentity
from shared.joinlink import Address
from shared.problems import problem
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import welcome

A, B = "a" * 64, "b" * 64
HERE, THERE = "192.0.2.1:18000", "192.0.2.2:18000"
ADDRESS = Address("192.0.2.1", 18000)
SECRET = "open sesame"
KEPT = "Kept in this system's keyring, as Chatroom."
ROOM = messages.RoomInfo(
    room="ops", journal="j1", features=[], password=True, active=0, max_users=3
)


def found(key: str = A, *, system: bool = False) -> api.RoomFound:
    return api.RoomFound(ROOM, True, ServerIdentity(ADDRESS, key, system))


def refuse(
    client: Client, key: str = A, *, rule: str = "missing", system: bool = False
) -> None:
    """The server wants another password, or one at all."""
    refused = api.MembershipEnded("refused", problem("bad_password", rule))
    client.hear(found(key, system=system), refused)


def let_in(client: Client, key: str = A, *, system: bool = False) -> None:
    client.hear(
        found(key, system=system), api.Welcomed(welcome(journal="j1"), False), api.CaughtUp()
    )


def leave(client: Client) -> None:
    client.intents.membership.leave()
    client.hear(api.MembershipEnded("left", clean=True))


def remember(client: Client, key: str = A, *, system: bool = False) -> None:
    """Join with a password that is to be remembered, and leave."""
    client.connect(server=HERE)
    refuse(client, key, system=system)
    client.intents.passwords.remember(True)
    client.intents.membership.connect(HERE, "alice", SECRET)
    let_in(client, key, system=system)
    client.hear()
    leave(client)
    client.controller.membership.show_dialog()


def last(client: Client) -> api.JoinOptions:
    return client.network.joins[-1]


class TestOffer:
    def test_it_is_off_by_default_and_says_where(self, client: Client) -> None:
        client.connect(server=HERE)
        refuse(client)
        assert client.screen.offer == PasswordOffer(offered=True, text=KEPT)
        client.intents.membership.connect(HERE, "alice", SECRET)
        let_in(client)
        assert client.keyring.passwords == {}

    def test_nothing_is_offered_without_the_library(self, client: Client) -> None:
        client.keyring.state = "missing"
        client.connect(server=HERE)
        refuse(client)
        assert client.screen.offer == PasswordOffer()

    def test_a_system_without_keyring_is_one_sentence(self, client: Client) -> None:
        client.keyring.state = "unknown"
        client.connect(server=HERE)
        refuse(client)
        assert client.keyring.looks == 1
        assert client.screen.offer == PasswordOffer()
        client.keyring.state = "none"
        client.hear()
        text = "This system has no keyring that can remember the password."
        assert client.screen.offer == PasswordOffer(text=text)

    def test_a_room_without_encryption_is_one_sentence(self, client: Client) -> None:
        client.connect(server=HERE)
        refuse(client, key="")
        text = "Without encryption the password is not remembered."
        assert client.screen.offer == PasswordOffer(text=text)

    def test_no_keyring_is_looked_for_without_a_password(self, client: Client) -> None:
        client.connect(server=HERE)
        let_in(client)
        assert client.keyring.looks == 0
        assert client.keyring.reads == []

    def test_another_room_in_the_field_is_another_choice(self, client: Client) -> None:
        remember(client)
        assert client.screen.offer == PasswordOffer(
            offered=True, ticked=True, kept=True, text=KEPT
        )
        client.intents.passwords.entered(THERE)
        assert client.screen.offer == PasswordOffer(offered=True, text=KEPT)
        client.intents.passwords.entered("192.0.2.1:18000 ")
        assert client.screen.offer.kept


class TestRemembered:
    def test_it_is_sent_to_the_key_of_the_room_only(self, client: Client) -> None:
        remember(client)
        assert client.keyring.passwords == {A: SECRET}
        client.connect(server=HERE)
        client.hear()
        assert last(client).trust == api.Trust(key=A)
        assert (last(client).password, last(client).password_key) == (SECRET, A)

    def test_it_is_kept_over_a_restart(self, client: Client, tmp_path: Path) -> None:
        remember(client)
        client.model.close()
        after = Client(tmp_path)
        after.keyring = client.keyring
        after.controller.passwords._keyring = client.keyring
        after.connect(server=HERE)
        after.hear()
        assert last(after).password == SECRET
        after.model.close()

    def test_the_link_of_another_room_at_the_address_gets_nothing(self, client: Client) -> None:
        remember(client)
        client.connect(server=f"chatroom://{HERE}/#sha256={B}")
        client.hear()
        assert last(client).trust == api.Trust(key=B)
        assert last(client).password is None
        assert client.keyring.reads == []

    def test_another_room_at_the_address_gets_nothing(self, client: Client) -> None:
        """Also if the person agrees to join it."""
        remember(client)
        client.connect(server=HERE)
        client.hear()
        doubt = api.Doubt("other_key", key=B)
        client.hear(api.MembershipEnded("doubted", problem("other_key"), doubt=doubt))
        assert client.screen.key_question is not None
        client.screen.agree()
        assert last(client).trust == api.Trust(key=B)
        assert last(client).password is None

    def test_a_room_that_moved_gets_its_password(self, client: Client) -> None:
        remember(client)
        client.connect(server=THERE)
        refuse(client, A)
        client.hear()
        assert (last(client).password, last(client).password_key) == (SECRET, A)
        refuse(client, A)
        client.hear()
        assert client.screen.error is not None, "it does not try for ever"

    def test_an_unknown_key_gets_nothing(self, client: Client) -> None:
        remember(client)
        client.connect(server=THERE)
        refuse(client, B)
        client.hear()
        assert last(client).password is None
        assert client.keyring.reads == []

    def test_a_password_that_was_typed_goes_first(self, client: Client) -> None:
        remember(client)
        client.intents.membership.connect(HERE, "alice", "typed")
        assert (last(client).password, last(client).password_key) == ("typed", "")
        let_in(client)
        assert client.keyring.passwords == {A: "typed"}

    def test_one_that_is_gone_from_the_keyring_is_not_sent(self, client: Client) -> None:
        remember(client)
        client.keyring.passwords.clear()
        client.connect(server=HERE)
        client.hear()
        assert last(client).password is None
        refuse(client)
        assert client.screen.error == ("password", "This room requires a password.", True)

    def test_a_trusted_certificate_with_a_new_key_is_asked_for_again(
        self, client: Client
    ) -> None:
        remember(client, system=True)
        client.connect(server=HERE)
        client.hear()
        assert last(client).trust == api.Trust(key=A, system=True)
        assert last(client).password_key == A
        refuse(client, B, system=True)
        assert client.keyring.passwords == {A: SECRET}, "it was not sent, so it is not wrong"
        client.intents.passwords.remember(True)
        client.intents.membership.connect(HERE, "alice", SECRET)
        let_in(client, B, system=True)
        client.hear()
        assert client.keyring.passwords == {B: SECRET}, "nothing stays behind"


class TestWaiting:
    def test_the_window_waits_for_no_keyring(self, client: Client) -> None:
        remember(client)
        joins = len(client.network.joins)
        client.keyring.locked = True
        client.connect(server=HERE)
        client.hear()
        assert client.screen.busy == "Asking the keyring for the password…"
        assert len(client.network.joins) == joins
        client.keyring.unlock()
        client.hear()
        assert last(client).password == SECRET

    @pytest.mark.parametrize("how", ["hangs", "fails"])
    def test_without_an_answer_the_person_is_asked(self, client: Client, how: str) -> None:
        remember(client)
        client.keyring.locked, client.keyring.fails = how == "hangs", how == "fails"
        joins = len(client.network.joins)
        client.connect(server=HERE)
        client.pass_time(READ_WITHIN)
        text = "The keyring did not give the password. Enter it."
        assert client.screen.error == ("password", text, True)
        client.keyring.unlock()
        client.hear()
        assert len(client.network.joins) == joins

    def test_cancel_ends_the_wait(self, client: Client) -> None:
        remember(client)
        joins = len(client.network.joins)
        client.keyring.locked = True
        client.connect(server=HERE)
        client.intents.membership.cancel()
        client.keyring.unlock()
        client.hear()
        assert len(client.network.joins) == joins

    def test_a_wrong_name_is_shown_before_the_keyring_is_asked(self, client: Client) -> None:
        remember(client)
        client.intents.membership.connect(HERE, "", "")
        assert client.screen.error is not None
        assert client.screen.error[0] == "name"
        assert client.keyring.reads == []

    @pytest.mark.parametrize("how", ["hangs", "fails"])
    def test_what_the_keyring_does_not_take_is_not_remembered(
        self, client: Client, how: str
    ) -> None:
        client.keyring.locked, client.keyring.fails = how == "hangs", how == "fails"
        remember(client)
        client.pass_time(CHANGE_WITHIN)
        assert not client.model.preferences.now.rooms[0].remembered
        client.keyring.unlock()
        assert client.keyring.passwords == {}


class TestForgetting:
    def test_a_wrong_one_is_forgotten_and_the_new_one_kept(self, client: Client) -> None:
        remember(client)
        client.connect(server=HERE)
        client.hear()
        refuse(client, rule="wrong")
        text = "The remembered password is wrong now. Enter the new one."
        assert client.screen.error == ("password", text, True)
        assert client.keyring.passwords == {}
        client.hear()
        assert client.screen.offer.ticked
        assert not client.screen.offer.kept
        client.intents.membership.connect(HERE, "alice", "changed")
        let_in(client)
        client.hear()
        assert client.keyring.passwords == {A: "changed"}
        assert client.model.preferences.now.rooms[0].remembered

    def test_one_stored_while_the_old_one_is_deleted_stays(self, client: Client) -> None:
        remember(client)
        client.connect(server=HERE)
        client.hear()
        client.keyring.locked = True
        refuse(client, rule="wrong")
        client.intents.membership.connect(HERE, "alice", "changed")
        let_in(client)
        client.keyring.unlock()
        client.hear()
        assert client.keyring.passwords == {A: "changed"}
        assert client.model.preferences.now.rooms[0].remembered

    def test_one_changed_while_in_the_room_is_forgotten_too(self, client: Client) -> None:
        remember(client)
        client.connect(server=HERE)
        client.hear()
        let_in(client)
        refuse(client, rule="wrong")
        assert client.keyring.passwords == {}
        assert client.screen.error is not None
        assert client.screen.error[0] == "password"

    def test_unticking_deletes_it_at_once(self, client: Client) -> None:
        remember(client)
        client.intents.passwords.remember(False)
        assert client.keyring.passwords == {}
        text = "The password was deleted from the keyring."
        assert client.screen.offer == PasswordOffer(offered=True, text=text)
        client.hear()
        assert not client.model.preferences.now.rooms[0].remembered
        client.connect(server=HERE)
        assert last(client).password is None

    def test_the_mark_stays_until_it_is_deleted(self, client: Client) -> None:
        remember(client)
        client.keyring.fails = True
        client.intents.passwords.remember(False)
        client.hear()
        text = "The keyring did not delete the password. Delete Chatroom there."
        assert client.banner == text
        assert client.model.preferences.now.rooms[0].remembered

    def test_forgetting_the_room_deletes_it(self, client: Client) -> None:
        remember(client)
        client.intents.preferences.open()
        assert client.screen.preferences is not None
        row = client.screen.preferences.rooms[0]
        assert row.name == "#lobby (password remembered)"
        client.intents.preferences.forget_room(row.key)
        assert client.screen.question is not None
        assert "password is deleted" in client.screen.question.text
        client.screen.agree()
        assert client.keyring.passwords == {}

    def test_so_does_another_client_of_this_person(
        self, client: Client, tmp_path: Path
    ) -> None:
        other = Client(tmp_path)
        remember(client)
        other.keyring.passwords = client.keyring.passwords
        other.intents.preferences.open()
        other.intents.preferences.forget_room(A)
        other.screen.agree()
        assert client.keyring.passwords == {}
        client.intents.passwords.entered("")
        client.controller.membership.show_dialog()
        assert not client.screen.offer.kept
        other.model.close()


def test_it_is_in_no_file_and_no_log(
    client: Client, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        remember(client)
        client.connect(server=HERE)
        client.hear()
        let_in(client)
        client.intents.save_conversation(tmp_path / "saved.json")
    assert last(client).password == SECRET
    assert SECRET not in caplog.text + repr(last(client))
    files = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert any(each.name == "preferences.json" for each in files)
    assert not [each for each in files if SECRET.encode() in each.read_bytes()]
